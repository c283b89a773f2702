//! Sealed containers, wrapped keys, tokens and the texts of keys.

use crate::take_u64;
use bytes::Bytes;
use soundkeep_crypto::keys::{EnvironmentRootKey, ObjectKey, RootKeyProvider as _, VersionKey, wrapping_key_id};
use soundkeep_crypto::password::{PasswordCost, PasswordHasher};
use soundkeep_crypto::sealed::{HEADER_BYTES, Header, Layout, Opener, Sealer, open_whole, seal_whole};
use soundkeep_crypto::signed_secret::{self, SecretKey};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_crypto::{Entropy, EntropyError};
use std::sync::OnceLock;

/// The context of everything that is sealed here.
pub const CONTEXT: &[u8] = b"fuzz";
/// How far clocks may differ; seconds.
const SKEW_SECONDS: i64 = 60;
/// Whom the secrets of the seeds are for.
pub const SECRET_AUDIENCE: &str = "acme";

/// Gives the same bytes again and again, so that every run is the same.
#[derive(Debug)]
pub struct Repeating<'a>(pub &'a [u8]);

impl Entropy for Repeating<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.iter_mut().zip(self.0.iter().cycle()).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// The key of everything that is sealed here.
///
/// # Panics
/// When the cipher library doesn't work.
pub fn key() -> &'static ObjectKey {
    static KEY: OnceLock<ObjectKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let version = VersionKey::generate(&Repeating(b"a key for the fuzzers")).expect("a key");
        version.object_key("fuzz", b"1").expect("a key of an object")
    })
}

/// A container as it comes from a disk: header, lengths, chunks.
///
/// # Panics
/// When something doesn't hold.
pub fn container(bytes: &[u8]) {
    if let Ok(header) = Header::parse(bytes) {
        assert_eq!(Some(header.to_bytes().as_slice()), bytes.get(..HEADER_BYTES), "a header has one form");
    }
    let mut numbers = bytes;
    layout(take_u64(&mut numbers), take_u64(&mut numbers), take_u64(&mut numbers));
    layout(bytes.len() as u64, take_u64(&mut numbers), take_u64(&mut numbers));
    let Ok(plain) = open_whole(key(), CONTEXT, bytes.to_vec()) else {
        return;
    };
    // Who has no key can't make another container than the one that was sealed.
    let prefix = Header::parse(bytes).expect("what opens has a header").nonce_prefix;
    let again = seal_whole(key(), CONTEXT, &plain, &Repeating(&prefix)).expect("it was sealed before");
    assert_eq!(again, bytes);
    assert!(open_whole(key(), b"else", bytes.to_vec()).is_err(), "a container belongs to its context");
}

fn layout(len: u64, one: u64, other: u64) {
    let Ok(layout) = Layout::of_sealed(len) else {
        return;
    };
    assert_eq!(layout.sealed_len(), len);
    assert_eq!(Layout::of_plain(layout.plain_len()).as_ref(), Ok(&layout));
    let last = layout.sealed_chunk(layout.last_index());
    assert_eq!(last.end, len, "the last chunk ends the container");
    for (start, end) in [(one, other), (one % (layout.plain_len() + 1), other % (layout.plain_len() + 1))] {
        let Ok(span) = layout.span(start..end) else {
            assert!(start > end || end > layout.plain_len(), "a range inside of the content is found");
            continue;
        };
        assert!(span.sealed.start <= span.sealed.end && span.sealed.end <= len, "a span lies in its container");
        let first = layout.plain_chunk(span.first_chunk);
        assert_eq!(first.start + u64::from(span.skip_bytes), start);
    }
}

/// Seals what comes after three numbers, opens a range of it, and changes a byte.
///
/// # Panics
/// When something doesn't hold.
pub fn stream(bytes: &[u8]) {
    let mut rest = bytes;
    let [length, cut, place] = [take_u64(&mut rest), take_u64(&mut rest), take_u64(&mut rest)];
    let below = |number: u64, bound: usize| usize::try_from(number % (bound as u64)).expect("below a length");
    let pattern = if rest.is_empty() { b"0".as_slice() } else { rest };
    let plain: Vec<u8> = pattern.iter().copied().cycle().take(below(length, 200_000)).collect();

    let mut sealed = Vec::new();
    let mut sealer = Sealer::new(key(), CONTEXT, &Repeating(b"nonce")).expect("a sealer");
    let (front, back) = plain.split_at(below(cut, plain.len() + 1));
    for piece in [front, back] {
        sealer.push(piece, &mut sealed).expect("sealing");
    }
    let measured = sealer.finish(&mut sealed).expect("the end");
    assert_eq!((measured.plain_len, measured.sealed_len), (plain.len() as u64, sealed.len() as u64));

    let opener = Opener::new(key(), CONTEXT, &sealed, sealed.len() as u64).expect("an opener");
    let (start, end) = (below(place, plain.len() + 1), front.len());
    let range = start.min(end)..start.max(end);
    let span = opener.layout().span(range.start as u64..range.end as u64).expect("a range inside");
    let (from, until) = (usize::try_from(span.sealed.start), usize::try_from(span.sealed.end));
    let piece = sealed.get(from.expect("fits")..until.expect("fits")).expect("a span lies in its container");
    let opened = opener.open_span(&span, Bytes::copy_from_slice(piece)).expect("a range opens").concat();
    assert_eq!(Some(opened.as_slice()), plain.get(range), "a range is what was sealed there");

    let at = below(place, sealed.len());
    if let Some(byte) = sealed.get_mut(at) {
        *byte ^= 1 << (cut % 8);
    }
    assert!(open_whole(key(), CONTEXT, sealed.clone()).is_err(), "a changed byte is detected");
    if let Some(byte) = sealed.get_mut(at) {
        *byte ^= 1 << (cut % 8);
    }
    sealed.truncate(at);
    assert!(open_whole(key(), CONTEXT, sealed).is_err(), "a cut is detected");
}

/// Texts and bytes of keys, tokens and password hashes.
///
/// # Panics
/// When something doesn't hold.
pub fn keys(bytes: &[u8]) {
    if let Some(id) = wrapping_key_id(bytes) {
        assert_eq!(Some(id.as_bytes().as_slice()), bytes.get(1..17));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(token) = Token::parse(text) {
        assert_eq!(token.reveal(), text);
        let fitting = TokenKind::ALL.iter().filter(|kind| Token::parse_kind(text, **kind).is_ok()).count();
        assert_eq!(fitting, 1, "a token is of one kind");
    }
    if let Ok(root) = EnvironmentRootKey::parse(text) {
        assert!(text.contains(&root.id()), "a root key is named by its text");
        assert!(root.unwrap(CONTEXT, bytes).is_err(), "nothing that was never wrapped opens");
    }
    let hasher = PasswordHasher::new(PasswordCost::default()).expect("the usual cost");
    let _ = hasher.needs_rehash(text);
}

/// A signed secret: whatever it is, only what the key signed for now is taken, and not for long.
///
/// # Panics
/// When something doesn't hold.
pub fn secret(bytes: &[u8]) {
    const NOW: i64 = 1_795_262_400;
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let key = SecretKey::from_bytes(&[7; 32]).expect("32 bytes");
    let Ok(id) = signed_secret::key_id(text) else {
        assert!(signed_secret::verify(text, "", &key, &[SECRET_AUDIENCE], (NOW, SKEW_SECONDS)).is_err());
        return;
    };
    assert!(text.len() <= signed_secret::CHARACTERS_MAX);
    if let Ok(end) = signed_secret::verify(text, &id, &key, &[SECRET_AUDIENCE], (NOW, SKEW_SECONDS)) {
        let longest = NOW + signed_secret::LIFE_SECONDS_MAX + 2 * SKEW_SECONDS;
        assert!((NOW..=longest).contains(&end), "nothing is good for longer than a day");
        assert!(signed_secret::verify(text, &id, &key, &["elsewhere"], (NOW, SKEW_SECONDS)).is_err());
        let other = SecretKey::from_bytes(&[8; 32]).expect("32 bytes");
        assert!(signed_secret::verify(text, &id, &other, &[SECRET_AUDIENCE], (NOW, SKEW_SECONDS)).is_err());
    }
}

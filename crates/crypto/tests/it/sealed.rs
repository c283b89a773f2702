//! The sealed container: what comes back, and what doesn't.

use bytes::Bytes;
use proptest::prelude::*;
use soundkeep_crypto::keys::{ObjectKey, VersionKey};
use soundkeep_crypto::sealed::{
    CHUNK_BYTES, HEADER_BYTES, Header, Layout, Opener, PLAIN_BYTES_MAX, SEALED_CHUNK_BYTES, SealedError, Sealer,
    open_whole, seal_whole,
};

use crate::{NoEntropy, SeededEntropy};

const CHUNK: usize = CHUNK_BYTES as usize;
const SEALED_CHUNK: usize = SEALED_CHUNK_BYTES as usize;
const CONTEXT: &[u8] = b"organisation|recording|1|original";

fn key() -> ObjectKey {
    VersionKey::generate(&SeededEntropy::default()).unwrap().object_key("original", b"1").unwrap()
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|position| (position % 251) as u8 ^ (position / 251) as u8).collect()
}

fn seal(len: usize) -> Vec<u8> {
    seal_whole(&key(), CONTEXT, &plain(len), &SeededEntropy::default()).unwrap()
}

fn lengths_around_borders() -> impl Strategy<Value = usize> {
    prop_oneof![
        0_usize..40,
        (1_usize..4, -2_isize..3).prop_map(|(chunks, offset)| (chunks * CHUNK).saturating_add_signed(offset)),
        0_usize..(3 * CHUNK + 100),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_range_of_any_length_comes_back(len in lengths_around_borders(), left: prop::sample::Index, right: prop::sample::Index, near in 0_u8..4) {
        let (plain, sealed) = (plain(len), seal(len));
        let at = |end: prop::sample::Index| {
            let position = end.index(len + 1);
            // Half of the ends fall on a chunk border.
            if near % 2 == 0 { position } else { (position / CHUNK * CHUNK).min(len) }
        };
        let (start, end) = (at(left).min(at(right)), at(left).max(at(right)));
        let opener = Opener::new(&key(), CONTEXT, &sealed, sealed.len() as u64).unwrap();
        let span = opener.layout().span(start as u64..end as u64).unwrap();
        let read = Bytes::copy_from_slice(&sealed[span.sealed.start as usize..span.sealed.end as usize]);
        let pieces = opener.open_span(&span, read).unwrap();
        prop_assert_eq!(pieces.concat(), &plain[start..end]);
        // No chunk is read that holds nothing of the range.
        let needed = if start == end { u64::from(len == 0) } else { (((end - 1) / CHUNK) - start / CHUNK + 1) as u64 };
        prop_assert_eq!((span.sealed.end - span.sealed.start).div_ceil(SEALED_CHUNK as u64), needed);
    }

    #[test]
    fn the_pieces_pushed_do_not_matter(len in lengths_around_borders(), cuts in prop::collection::vec(1_usize..100_000, 1..8)) {
        let plain = plain(len);
        let mut sealer = Sealer::new(&key(), CONTEXT, &SeededEntropy::default()).unwrap();
        let mut sealed = Vec::new();
        let mut rest = plain.as_slice();
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*cut));
            sealer.push(now, &mut sealed).unwrap();
            rest = later;
            if rest.is_empty() { break; }
        }
        let measured = sealer.finish(&mut sealed).unwrap();
        prop_assert_eq!(&sealed, &seal(len));
        prop_assert_eq!((measured.plain_len, measured.sealed_len), (len as u64, sealed.len() as u64));
        prop_assert_eq!(open_whole(&key(), CONTEXT, sealed).unwrap(), plain);
    }

    #[test]
    fn lengths_convert_both_ways(plain_len in prop_oneof![0..1_u64 << 24, 0..=PLAIN_BYTES_MAX]) {
        let layout = Layout::of_plain(plain_len).unwrap();
        prop_assert_eq!(Layout::of_sealed(layout.sealed_len()).unwrap(), layout);
        prop_assert_eq!(layout.sealed_chunk(layout.last_index()).end, layout.sealed_len());
        prop_assert_eq!(layout.plain_chunk(layout.last_index()).end, plain_len);
    }

    #[test]
    fn no_sealed_length_stands_for_two_plain_lengths(sealed_len in 0_u64..300_000) {
        if let Ok(layout) = Layout::of_sealed(sealed_len) {
            prop_assert_eq!(layout.sealed_len(), sealed_len);
        }
    }

    #[test]
    fn arbitrary_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open_whole(&key(), CONTEXT, bytes).is_err());
    }
}

#[test]
fn an_empty_plaintext_is_one_empty_last_chunk() {
    let sealed = seal(0);
    assert_eq!(sealed.len(), HEADER_BYTES + 16);
    assert_eq!(open_whole(&key(), CONTEXT, sealed.clone()).unwrap(), b"");
    assert_eq!(
        open_whole(&key(), CONTEXT, sealed[..HEADER_BYTES].to_vec()),
        Err(SealedError::BadLength { sealed_len: 32 })
    );
    let opener = Opener::new(&key(), b"other", &sealed, sealed.len() as u64).unwrap();
    let span = opener.layout().span(0..0).unwrap();
    let outcome = opener.open_span(&span, Bytes::copy_from_slice(&sealed[HEADER_BYTES..]));
    assert_eq!(outcome, Err(SealedError::DamagedChunk { index: 0 }), "emptiness is authenticated too");
}

#[test]
fn a_full_last_chunk_is_followed_by_nothing() {
    assert_eq!(seal(CHUNK).len(), HEADER_BYTES + SEALED_CHUNK);
    assert_eq!(seal(2 * CHUNK).len(), HEADER_BYTES + 2 * SEALED_CHUNK);
}

#[test]
fn every_flipped_bit_is_detected() {
    let sealed = seal(50);
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open_whole(&key(), CONTEXT, flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn the_damaged_chunk_is_named_and_the_others_open() {
    let mut sealed = seal(3 * CHUNK);
    sealed[HEADER_BYTES + SEALED_CHUNK + 5] ^= 1;
    assert_eq!(open_whole(&key(), CONTEXT, sealed.clone()), Err(SealedError::DamagedChunk { index: 1 }));
    let opener = Opener::new(&key(), CONTEXT, &sealed, sealed.len() as u64).unwrap();
    for (index, chunk) in sealed[HEADER_BYTES..].chunks_mut(SEALED_CHUNK).enumerate() {
        assert_eq!(opener.open_chunk(index as u32, chunk).is_ok(), index != 1);
    }
}

#[test]
fn a_cut_container_is_detected_at_every_chunk_border_and_beside_it() {
    let sealed = seal(3 * CHUNK + 10);
    for chunks in 0..=3 {
        for offset in [0_usize, 1, 15, 16, 17] {
            for len in [HEADER_BYTES + chunks * SEALED_CHUNK + offset, HEADER_BYTES + chunks * SEALED_CHUNK - offset] {
                if len < sealed.len() {
                    assert!(open_whole(&key(), CONTEXT, sealed[..len].to_vec()).is_err(), "cut to {len}");
                }
            }
        }
    }
}

#[test]
fn a_cut_is_seen_by_whoever_opens_the_last_chunk_that_is_left() {
    let sealed = seal(3 * CHUNK);
    let cut = &sealed[..HEADER_BYTES + 2 * SEALED_CHUNK];
    assert_eq!(open_whole(&key(), CONTEXT, cut.to_vec()), Err(SealedError::DamagedChunk { index: 1 }));
}

#[test]
fn a_lengthened_container_is_detected() {
    let sealed = seal(CHUNK);
    for added in [1, 16, 17, SEALED_CHUNK] {
        let longer = [sealed.as_slice(), &vec![0; added]].concat();
        assert!(open_whole(&key(), CONTEXT, longer).is_err(), "{added} bytes more");
    }
}

#[test]
fn swapped_and_repeated_chunks_are_detected() {
    let sealed = seal(4 * CHUNK);
    let opener = Opener::new(&key(), CONTEXT, &sealed, sealed.len() as u64).unwrap();
    for from in 0..4_u32 {
        for to in 0..4_u32 {
            let range = opener.layout().sealed_chunk(from);
            let mut chunk = sealed[range.start as usize..range.end as usize].to_vec();
            assert_eq!(opener.open_chunk(to, &mut chunk).is_ok(), from == to, "{from} in place of {to}");
        }
    }
}

#[test]
fn a_chunk_of_another_object_under_the_same_key_is_detected() {
    let entropy = SeededEntropy::default();
    let ours = seal_whole(&key(), CONTEXT, &plain(2 * CHUNK), &entropy).unwrap();
    let theirs = seal_whole(&key(), CONTEXT, &plain(2 * CHUNK), &entropy).unwrap();
    assert_ne!(ours[..HEADER_BYTES], theirs[..HEADER_BYTES], "each container has a nonce prefix of its own");
    let border = HEADER_BYTES + SEALED_CHUNK;
    let spliced = [&ours[..border], &theirs[border..]].concat();
    assert_eq!(open_whole(&key(), CONTEXT, spliced), Err(SealedError::DamagedChunk { index: 1 }));
    let swapped_header = [&theirs[..HEADER_BYTES], &ours[HEADER_BYTES..]].concat();
    assert_eq!(open_whole(&key(), CONTEXT, swapped_header), Err(SealedError::DamagedChunk { index: 0 }));
}

#[test]
fn another_context_does_not_open() {
    for context in [&b""[..], b"organisation|recording|2|original", b"organisation|recording|1|originalx"] {
        assert_eq!(open_whole(&key(), context, seal(10)), Err(SealedError::DamagedChunk { index: 0 }));
    }
}

#[test]
fn another_key_is_told_apart_from_damage() {
    let version = VersionKey::generate(&SeededEntropy::default()).unwrap();
    for (kind, id) in [("original", &b"2"[..]), ("peaks", b"1"), ("origina", b"l1")] {
        let other = version.object_key(kind, id).unwrap();
        assert_eq!(open_whole(&other, CONTEXT, seal(10)), Err(SealedError::WrongKey), "{kind}");
    }
}

#[test]
fn what_is_no_container_is_told_apart_from_one_of_a_later_format() {
    let mut sealed = seal(10);
    assert_eq!(open_whole(&key(), CONTEXT, b"RIFF....WAVE".to_vec()), Err(SealedError::NotSealed));
    sealed[4] = 2;
    assert_eq!(open_whole(&key(), CONTEXT, sealed), Err(SealedError::UnknownFormat { format: 2 }));
}

#[test]
fn a_header_comes_back_as_it_was_written() {
    let sealed = seal(10);
    let header = Header::parse(&sealed).unwrap();
    assert_eq!(header.key_id, key().id());
    assert_eq!(header.to_bytes(), sealed[..HEADER_BYTES]);
}

#[test]
fn ranges_past_the_end_are_refused() {
    let layout = Layout::of_plain(100).unwrap();
    assert_eq!(layout.span(90..101), Err(SealedError::OutOfRange { start: 90, end: 101, plain_len: 100 }));
    #[allow(clippy::reversed_empty_ranges)]
    let reversed = layout.span(20..10);
    assert!(reversed.is_err());
    assert!(layout.span(100..100).unwrap().sealed.is_empty());
}

#[test]
fn a_span_of_another_length_than_read_is_refused() {
    let sealed = seal(2 * CHUNK);
    let opener = Opener::new(&key(), CONTEXT, &sealed, sealed.len() as u64).unwrap();
    let span = opener.layout().span(10..2 * CHUNK as u64).unwrap();
    let body = &sealed[HEADER_BYTES..];
    for read in [&body[..body.len() - 1], &body[..SEALED_CHUNK], &[], &sealed[..]] {
        assert!(opener.open_span(&span, Bytes::copy_from_slice(read)).is_err());
    }
}

#[test]
fn opening_a_span_copies_nothing_when_the_memory_is_ours() {
    let sealed = seal(2 * CHUNK);
    let opener = Opener::new(&key(), CONTEXT, &sealed, sealed.len() as u64).unwrap();
    let span = opener.layout().span(0..2 * CHUNK as u64).unwrap();
    let read = Bytes::from(sealed[HEADER_BYTES..].to_vec());
    let address = read.as_ptr();
    let pieces = opener.open_span(&span, read).unwrap();
    assert_eq!(pieces[0].as_ptr(), address);
    assert_eq!(pieces.concat(), plain(2 * CHUNK));
}

#[test]
fn more_than_two_to_the_thirty_two_chunks_are_refused() {
    assert_eq!(Layout::of_plain(PLAIN_BYTES_MAX).unwrap().last_index(), u32::MAX);
    assert_eq!(Layout::of_plain(PLAIN_BYTES_MAX + 1), Err(SealedError::TooLong));
    assert!(Layout::of_sealed(u64::MAX).is_err());
}

#[test]
fn nothing_is_sealed_without_random_bytes() {
    assert!(matches!(seal_whole(&key(), CONTEXT, b"x", &NoEntropy), Err(SealedError::Entropy(_))));
}

#[test]
fn the_plaintext_does_not_show_in_the_container() {
    let secret = b"the card number is 4242 4242 4242 4242";
    let sealed = seal_whole(&key(), CONTEXT, secret, &SeededEntropy::default()).unwrap();
    assert!(!sealed.windows(8).any(|window| secret.windows(8).any(|part| part == window)));
}

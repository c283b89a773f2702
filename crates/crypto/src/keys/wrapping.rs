//! The form of a wrapped key: 77 bytes of AES-256-GCM (NIST SP 800-38D).
//!
//! ```text
//! format (1) · wrapping key id (16) · nonce (12) · sealed key (32) · tag (16)
//! ```
//!
//! The associated data are a label of the level (version or organisation key), the wrapping key's id and the context. The
//! nonce is random, so one wrapping key may wrap 2^32 keys at most.
//!
//! Must not know: what the context means.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::{KeyError, KeyId, Secret};
use crate::entropy::{Entropy, random_bytes};

/// Length of a wrapped key in bytes.
pub const WRAPPED_KEY_BYTES: usize = 77;

const FORMAT: u8 = 1;

/// What kind of key is wrapped; part of the associated data, so that one can't stand for the other.
#[derive(Clone, Copy)]
pub(super) enum Level {
    Version,
    Organisation,
}

impl Level {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Version => b"soundkeep version key v1",
            Self::Organisation => b"soundkeep organisation key v1",
        }
    }
}

/// The id of the key that wrapped these bytes, if they are a wrapped key at all.
#[must_use]
pub fn wrapping_key_id(wrapped: &[u8]) -> Option<KeyId> {
    parse(wrapped).map(|parts| parts.key_id)
}

pub(super) fn wrap(
    wrapping: &Secret,
    level: Level,
    context: &[u8],
    key: &Secret,
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, KeyError> {
    let key_id = wrapping.id()?;
    let nonce = random_bytes::<12>(entropy)?;
    let mut sealed = Zeroizing::new(*key.0);
    let tag = cipher(wrapping)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated(level, key_id, context)),
            sealed.as_mut_slice(),
        )
        .map_err(|_| KeyError::Cipher)?;
    let mut wrapped = Vec::with_capacity(WRAPPED_KEY_BYTES);
    wrapped.push(FORMAT);
    wrapped.extend_from_slice(key_id.as_bytes());
    wrapped.extend_from_slice(&nonce);
    wrapped.extend_from_slice(sealed.as_slice());
    wrapped.extend_from_slice(tag.as_ref());
    Ok(wrapped)
}

pub(super) fn unwrap(wrapping: &Secret, level: Level, context: &[u8], wrapped: &[u8]) -> Result<Secret, KeyError> {
    let parts = parse(wrapped).ok_or(KeyError::DamagedKey)?;
    let key_id = wrapping.id()?;
    if parts.key_id != key_id {
        return Err(KeyError::WrongWrappingKey);
    }
    let mut opened = Zeroizing::new(parts.sealed);
    let key = cipher(wrapping)?
        .open_in_place(
            Nonce::assume_unique_for_key(parts.nonce),
            Aad::from(associated(level, key_id, context)),
            opened.as_mut_slice(),
        )
        .map_err(|_| KeyError::DamagedKey)?;
    let array = key.first_chunk::<32>().ok_or(KeyError::DamagedKey)?;
    Ok(Secret(Zeroizing::new(*array)))
}

struct Parts {
    key_id: KeyId,
    nonce: [u8; 12],
    /// Sealed key and tag.
    sealed: [u8; 48],
}

fn parse(wrapped: &[u8]) -> Option<Parts> {
    let (format, rest) = wrapped.split_first()?;
    let (key_id, rest) = rest.split_first_chunk::<16>()?;
    let (nonce, rest) = rest.split_first_chunk::<12>()?;
    let sealed = <[u8; 48]>::try_from(rest).ok()?;
    (*format == FORMAT).then_some(Parts { key_id: KeyId::from_bytes(*key_id), nonce: *nonce, sealed })
}

/// Level, key id and context; the first two have fixed lengths, so that no two triples read the same.
fn associated(level: Level, key_id: KeyId, context: &[u8]) -> Vec<u8> {
    let mut bytes = level.label().to_vec();
    bytes.push(0);
    bytes.extend_from_slice(key_id.as_bytes());
    bytes.extend_from_slice(context);
    bytes
}

fn cipher(key: &Secret) -> Result<LessSafeKey, KeyError> {
    UnboundKey::new(&AES_256_GCM, key.as_slice()).map(LessSafeKey::new).map_err(|_| KeyError::Cipher)
}

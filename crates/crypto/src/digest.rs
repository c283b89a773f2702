//! SHA-256, HMAC-SHA256 and salted commitments; SHA-1 where others fixed it.
//!
//! Must not know: keys of the hierarchy, or what is hashed.

use aws_lc_rs::{constant_time, digest, hmac};

/// A SHA-256 value or an HMAC-SHA256 tag.
pub type Digest32 = [u8; 32];

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest32 {
    to_array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Bytes of a SHA-1 value.
pub const SHA1_BYTES: usize = 20;

/// SHA-1 of `bytes`, for lists that others made with it. It protects nothing.
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; SHA1_BYTES] {
    to_array(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

/// SHA-256 over a stream.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// A hasher that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Takes in the next bytes of the stream.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was taken in.
    #[must_use]
    pub fn finish(self) -> Digest32 {
        to_array(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sha256(..)")
    }
}

/// HMAC-SHA256 (RFC 2104) of the concatenation of `parts`.
///
/// The parts aren't separated: where their borders matter, give lengths too.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Digest32 {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    for part in parts {
        context.update(part);
    }
    to_array(context.sign().as_ref())
}

/// Whether both are equal, in a time that depends on the length alone.
#[must_use]
pub fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

/// A commitment to one personal field of a ledger event: HMAC-SHA256 keyed with `salt` over the length of the field's name
/// in bytes (u32, big endian), the name and the value.
///
/// Whoever has the salt can check a value; once the salt is destroyed, the commitment says nothing about the value.
#[must_use]
pub fn commit(salt: &[u8; 32], field_name: &str, value: &[u8]) -> Digest32 {
    let name_bytes = u32::try_from(field_name.len()).unwrap_or(u32::MAX);
    hmac_sha256(salt, &[&name_bytes.to_be_bytes(), field_name.as_bytes(), value])
}

/// Whether `commitment` was made by [`commit`] of this salt, name and value.
#[must_use]
pub fn opens(commitment: &Digest32, salt: &[u8; 32], field_name: &str, value: &[u8]) -> bool {
    equal_in_constant_time(commitment, &commit(salt, field_name, value))
}

/// The algorithms used here all give 32 bytes; a shorter slice would leave zeros rather than panic.
fn to_array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    for (target, source) in array.iter_mut().zip(bytes) {
        *target = *source;
    }
    array
}

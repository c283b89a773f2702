//! Makes a sealed container from a stream of plaintext.
//!
//! Must not know: where the container goes.

use aws_lc_rs::aead::Aad;
use zeroize::Zeroizing;

use super::{CHUNK_BYTES, ChunkCipher, Header, Layout, SealedError};
use crate::entropy::{Entropy, random_bytes};
use crate::keys::ObjectKey;

const CHUNK: usize = CHUNK_BYTES as usize;

/// Takes plaintext in pieces of any size and appends sealed bytes to the caller's buffers.
pub struct Sealer {
    cipher: ChunkCipher,
    header: Option<[u8; super::HEADER_BYTES]>,
    /// Plaintext that isn't sealed yet. A full chunk waits here until it is known whether it is the last.
    pending: Zeroizing<Vec<u8>>,
    /// Index of the next chunk; none once 2^32 chunks are sealed.
    next_index: Option<u32>,
    plain_len: u64,
}

/// What a finished container measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Length of the plaintext in bytes.
    pub plain_len: u64,
    /// Length of the container in bytes.
    pub sealed_len: u64,
}

impl Sealer {
    /// Starts a container. `context` says which object this is and must be given again, byte by byte, to open it.
    ///
    /// # Errors
    /// [`SealedError::Entropy`], [`SealedError::Cipher`].
    pub fn new(key: &ObjectKey, context: &[u8], entropy: &dyn Entropy) -> Result<Self, SealedError> {
        let header = Header { key_id: key.id(), nonce_prefix: random_bytes(entropy)? };
        Ok(Self {
            cipher: ChunkCipher::new(key, &header, context)?,
            header: Some(header.to_bytes()),
            pending: Zeroizing::new(Vec::with_capacity(CHUNK)),
            next_index: Some(0),
            plain_len: 0,
        })
    }

    /// Takes in the next plaintext and appends what of the container is ready to `sealed`.
    ///
    /// # Errors
    /// [`SealedError::TooLong`], [`SealedError::Cipher`]; the container is lost then.
    pub fn push(&mut self, plain: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealedError> {
        sealed.extend(self.header.take().into_iter().flatten());
        let mut rest = plain;
        while !rest.is_empty() {
            if self.pending.len() == CHUNK {
                self.seal_pending(false, sealed)?;
            }
            let free = CHUNK - self.pending.len();
            let (now, later) = rest.split_at(rest.len().min(free));
            if self.pending.is_empty() && !later.is_empty() {
                self.seal_chunk(now, false, sealed)?;
            } else {
                self.pending.extend_from_slice(now);
            }
            rest = later;
        }
        // No usize is wider than u64 where this runs.
        self.plain_len += u64::try_from(plain.len()).map_err(|_| SealedError::TooLong)?;
        Ok(())
    }

    /// Ends the container: appends the last chunk to `sealed`. Without it the container doesn't open.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn finish(mut self, sealed: &mut Vec<u8>) -> Result<Sealed, SealedError> {
        sealed.extend(self.header.take().into_iter().flatten());
        self.seal_pending(true, sealed)?;
        let layout = Layout::of_plain(self.plain_len)?;
        Ok(Sealed { plain_len: layout.plain_len(), sealed_len: layout.sealed_len() })
    }

    fn seal_pending(&mut self, last: bool, sealed: &mut Vec<u8>) -> Result<(), SealedError> {
        let mut pending = std::mem::take(&mut self.pending);
        let outcome = self.seal_chunk(&pending, last, sealed);
        pending.clear();
        self.pending = pending;
        outcome
    }

    fn seal_chunk(&mut self, plain: &[u8], last: bool, sealed: &mut Vec<u8>) -> Result<(), SealedError> {
        let index = self.next_index.ok_or(SealedError::TooLong)?;
        self.next_index = index.checked_add(1);
        let start = sealed.len();
        sealed.reserve(plain.len() + super::TAG_BYTES as usize);
        sealed.extend_from_slice(plain);
        let chunk = sealed.get_mut(start..).ok_or(SealedError::Cipher)?;
        let aad = Aad::from(self.cipher.associated.as_slice());
        match self.cipher.key.seal_in_place_separate_tag(self.cipher.nonce(index, last), aad, chunk) {
            Ok(tag) => {
                sealed.extend_from_slice(tag.as_ref());
                Ok(())
            }
            Err(_) => {
                // Plaintext must not stay in a buffer that is on its way to a disk.
                chunk.fill(0);
                sealed.truncate(start);
                Err(SealedError::Cipher)
            }
        }
    }
}

/// A whole container of a plaintext that fits in memory.
///
/// # Errors
/// As [`Sealer`].
pub fn seal_whole(
    key: &ObjectKey,
    context: &[u8],
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealedError> {
    let mut sealer = Sealer::new(key, context, entropy)?;
    let mut sealed = Vec::new();
    sealer.push(plain, &mut sealed)?;
    sealer.finish(&mut sealed)?;
    Ok(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;
    use crate::keys::VersionKey;

    #[test]
    fn no_chunk_is_sealed_past_the_last_counter_value() {
        let entropy = SystemEntropy::new();
        let key = VersionKey::generate(&entropy).unwrap().object_key("original", b"1").unwrap();
        let mut sealer = Sealer::new(&key, b"", &entropy).unwrap();
        sealer.next_index = Some(u32::MAX);
        let mut sealed = Vec::new();
        sealer.push(&vec![0; CHUNK], &mut sealed).unwrap();
        assert_eq!(sealer.push(&vec![0; CHUNK + 1], &mut sealed), Err(SealedError::TooLong));
    }
}

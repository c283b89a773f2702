//! The 32 bytes in front of every sealed container.
//!
//! Must not know: keys; it names one by id.

use super::{CHUNK_BYTES, SealedError};
use crate::keys::KeyId;

/// Length of the header in bytes.
pub const HEADER_BYTES: usize = 32;

const MAGIC: [u8; 4] = *b"SKSO";
const FORMAT: u8 = 1;

/// What a container says about itself. Authenticated with every chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Which key opens it.
    pub key_id: KeyId,
    /// The random part of every nonce.
    pub nonce_prefix: [u8; 7],
}

impl Header {
    /// Reads the header from the first bytes of a container.
    ///
    /// # Errors
    /// [`SealedError::NotSealed`], [`SealedError::UnknownFormat`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SealedError> {
        let (magic, rest) = bytes.split_first_chunk::<4>().ok_or(SealedError::NotSealed)?;
        let (format, rest) = rest.split_first().ok_or(SealedError::NotSealed)?;
        if *magic != MAGIC {
            return Err(SealedError::NotSealed);
        }
        if *format != FORMAT {
            return Err(SealedError::UnknownFormat { format: *format });
        }
        let (chunk_bytes, rest) = rest.split_first_chunk::<4>().ok_or(SealedError::NotSealed)?;
        let (key_id, rest) = rest.split_first_chunk::<16>().ok_or(SealedError::NotSealed)?;
        let (nonce_prefix, _) = rest.split_first_chunk::<7>().ok_or(SealedError::NotSealed)?;
        if u32::from_be_bytes(*chunk_bytes) != CHUNK_BYTES {
            return Err(SealedError::NotSealed);
        }
        Ok(Self { key_id: KeyId::from_bytes(*key_id), nonce_prefix: *nonce_prefix })
    }

    /// The header as it stands in the container.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let fields = MAGIC
            .into_iter()
            .chain([FORMAT])
            .chain(CHUNK_BYTES.to_be_bytes())
            .chain(*self.key_id.as_bytes())
            .chain(self.nonce_prefix);
        for (target, source) in bytes.iter_mut().zip(fields) {
            *target = source;
        }
        bytes
    }
}

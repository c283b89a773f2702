//! The sealed container: a header and chunks of AES-256-GCM, of which any range can be opened alone.
//!
//! ```text
//! header (32 bytes)   "SKSO" · format version 1 · chunk bytes u32 BE (65536) · key id (16) · nonce prefix (7)
//! chunk 0..n          ciphertext of 64 KiB (the last: 0 to 64 KiB) · GCM tag (16)
//! ```
//!
//! The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): a chunk's nonce is the prefix, the chunk's
//! index (u32 BE) and a byte that is 1 for the last chunk alone, so that cut, swapped and repeated chunks don't open. The
//! associated data of every chunk is the header followed by the caller's `context` (which object of which recording this
//! is), so that a chunk of another object doesn't open either, not even under the same key. Byte compatible with
//! `StreamBE32` of RustCrypto's `aead-stream`. An empty plaintext is one empty last chunk; no other chunk is empty.
//!
//! Must not know: where containers are stored, or what is in them.

mod header;
mod layout;
mod opener;
mod sealer;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, Nonce, UnboundKey};

pub use header::{HEADER_BYTES, Header};
pub use layout::{CHUNK_BYTES, Layout, PLAIN_BYTES_MAX, SEALED_CHUNK_BYTES, Span, TAG_BYTES};
pub use opener::{Opener, open_whole};
pub use sealer::{Sealed, Sealer, seal_whole};

use crate::entropy::EntropyError;
use crate::keys::ObjectKey;

/// Sealing or opening failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealedError {
    /// The first bytes aren't a header of a sealed container.
    #[error("this is not a sealed container")]
    NotSealed,
    /// A later program made this container.
    #[error("the sealed container has format {format}, which this program does not know")]
    UnknownFormat {
        /// The format version that the header names.
        format: u8,
    },
    /// The container was sealed under another key.
    #[error("the sealed container belongs to another key")]
    WrongKey,
    /// No container has this length: bytes are missing, or there are too many.
    #[error("a sealed container cannot be {sealed_len} bytes long: it is cut or damaged")]
    BadLength {
        /// The length in bytes that was found.
        sealed_len: u64,
    },
    /// The chunk was changed, moved, taken from elsewhere, or the container was cut or lengthened.
    #[error("chunk {index} of the sealed container is damaged or does not belong here")]
    DamagedChunk {
        /// Which chunk, from 0.
        index: u32,
    },
    /// A range that reaches past the end.
    #[error("bytes {start} to {end} lie outside of the {plain_len} bytes there are")]
    OutOfRange {
        /// First byte asked for.
        start: u64,
        /// First byte not asked for.
        end: u64,
        /// Length of the plaintext in bytes.
        plain_len: u64,
    },
    /// More than 2^32 chunks of 64 KiB.
    #[error("the content is too long for one sealed container (at most 256 TiB)")]
    TooLong,
    /// No random bytes for the nonce.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cipher refused to work.
    #[error("the cipher failed")]
    Cipher,
}

/// The cipher of one container with everything that all of its chunks share.
struct ChunkCipher {
    key: LessSafeKey,
    prefix: [u8; 7],
    /// Header followed by context.
    associated: Vec<u8>,
}

impl ChunkCipher {
    fn new(key: &ObjectKey, header: &Header, context: &[u8]) -> Result<Self, SealedError> {
        let unbound = UnboundKey::new(&AES_256_GCM, key.secret()).map_err(|_| SealedError::Cipher)?;
        let mut associated = Vec::with_capacity(HEADER_BYTES + context.len());
        associated.extend_from_slice(&header.to_bytes());
        associated.extend_from_slice(context);
        Ok(Self { key: LessSafeKey::new(unbound), prefix: header.nonce_prefix, associated })
    }

    fn nonce(&self, index: u32, last: bool) -> Nonce {
        let [a, b, c, d, e, f, g] = self.prefix;
        let [w, x, y, z] = index.to_be_bytes();
        Nonce::assume_unique_for_key([a, b, c, d, e, f, g, w, x, y, z, u8::from(last)])
    }
}

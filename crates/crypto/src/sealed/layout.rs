//! Where which plaintext byte lies in a sealed container: arithmetic alone.
//!
//! Must not know: keys, ciphers, bytes.

use std::ops::Range;

use super::{HEADER_BYTES, SealedError};

/// Plaintext bytes of a full chunk: 64 KiB.
pub const CHUNK_BYTES: u32 = 64 * 1024;
/// Bytes of a GCM tag.
pub const TAG_BYTES: u32 = 16;
/// Bytes of a full chunk with its tag.
pub const SEALED_CHUNK_BYTES: u32 = CHUNK_BYTES + TAG_BYTES;
/// The longest plaintext in bytes: 2^32 chunks, 256 TiB.
pub const PLAIN_BYTES_MAX: u64 = (1 << 32) * CHUNK;

const HEADER: u64 = HEADER_BYTES as u64;
const CHUNK: u64 = CHUNK_BYTES as u64;
const TAG: u64 = TAG_BYTES as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_BYTES as u64;

/// The lengths and borders of one container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    plain_len: u64,
    last_index: u32,
}

/// The chunks that hold a range of plaintext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The bytes to read from the container.
    pub sealed: Range<u64>,
    /// The plaintext asked for.
    pub plain: Range<u64>,
    /// Index of the first chunk in `sealed`.
    pub first_chunk: u32,
    /// Plaintext bytes of the first chunk in front of the range.
    pub skip_bytes: u32,
}

impl Layout {
    /// The layout of a plaintext of `plain_len` bytes.
    ///
    /// # Errors
    /// [`SealedError::TooLong`].
    pub fn of_plain(plain_len: u64) -> Result<Self, SealedError> {
        let chunks = plain_len.div_ceil(CHUNK).max(1);
        let last_index = u32::try_from(chunks - 1).map_err(|_| SealedError::TooLong)?;
        Ok(Self { plain_len, last_index })
    }

    /// The layout of a container of `sealed_len` bytes.
    ///
    /// # Errors
    /// [`SealedError::BadLength`] when no container has that length, [`SealedError::TooLong`].
    pub fn of_sealed(sealed_len: u64) -> Result<Self, SealedError> {
        let bad = SealedError::BadLength { sealed_len };
        let body = sealed_len.checked_sub(HEADER).ok_or(bad.clone())?;
        let chunks = body.div_ceil(SEALED_CHUNK);
        let plain_len = body.checked_sub(chunks * TAG).ok_or(bad.clone())?;
        let layout = Self::of_plain(plain_len)?;
        // Only canonical lengths come out again: no chunk shorter than its tag, none empty but the only one.
        if layout.sealed_len() == sealed_len { Ok(layout) } else { Err(bad) }
    }

    /// Length of the plaintext in bytes.
    #[must_use]
    pub fn plain_len(&self) -> u64 {
        self.plain_len
    }

    /// Length of the container in bytes, header and tags included.
    #[must_use]
    pub fn sealed_len(&self) -> u64 {
        HEADER + self.plain_len + self.chunk_count() * TAG
    }

    /// Number of chunks, at least 1.
    #[must_use]
    pub fn chunk_count(&self) -> u64 {
        u64::from(self.last_index) + 1
    }

    /// Index of the last chunk.
    #[must_use]
    pub fn last_index(&self) -> u32 {
        self.last_index
    }

    /// Where a chunk lies in the container, tag included; empty past the end.
    #[must_use]
    pub fn sealed_chunk(&self, index: u32) -> Range<u64> {
        let end = self.sealed_len();
        let start = HEADER + u64::from(index) * SEALED_CHUNK;
        start.min(end)..(start + SEALED_CHUNK).min(end)
    }

    /// Which plaintext a chunk holds; empty past the end.
    #[must_use]
    pub fn plain_chunk(&self, index: u32) -> Range<u64> {
        let start = u64::from(index) * CHUNK;
        start.min(self.plain_len)..(start + CHUNK).min(self.plain_len)
    }

    /// The chunks that hold the plaintext bytes `plain`. An empty range takes no chunk, but in an empty container the whole
    /// range is the one empty chunk, so that emptiness too is authenticated.
    ///
    /// # Errors
    /// [`SealedError::OutOfRange`].
    pub fn span(&self, plain: Range<u64>) -> Result<Span, SealedError> {
        if plain.start > plain.end || plain.end > self.plain_len {
            return Err(SealedError::OutOfRange { start: plain.start, end: plain.end, plain_len: self.plain_len });
        }
        let first_chunk = u32::try_from(plain.start / CHUNK).map_err(|_| SealedError::TooLong)?;
        let skip_bytes = u32::try_from(plain.start % CHUNK).map_err(|_| SealedError::TooLong)?;
        let start = self.sealed_chunk(first_chunk).start;
        let end = if plain.is_empty() && self.plain_len > 0 {
            start
        } else {
            let last = u32::try_from(plain.end.saturating_sub(1) / CHUNK).map_err(|_| SealedError::TooLong)?;
            self.sealed_chunk(last).end
        };
        Ok(Span { sealed: start..end, plain, first_chunk, skip_bytes })
    }
}

//! Opens chunks of a sealed container, in place and in any order.
//!
//! Must not know: how the sealed bytes came here.

use aws_lc_rs::aead::Aad;
use bytes::{Bytes, BytesMut};
use zeroize::Zeroize;

use super::{ChunkCipher, HEADER_BYTES, Header, Layout, SealedError, Span, TAG_BYTES};
use crate::keys::ObjectKey;

/// Opens one container. Has no state of its own: share it between tasks.
pub struct Opener {
    cipher: ChunkCipher,
    layout: Layout,
}

impl Opener {
    /// An opener for the container that begins with `header` (its first 32 bytes; more are ignored) and is `sealed_len`
    /// bytes long. Nothing is authenticated before a chunk is opened.
    ///
    /// # Errors
    /// [`SealedError::NotSealed`], [`SealedError::UnknownFormat`], [`SealedError::WrongKey`], [`SealedError::BadLength`].
    pub fn new(key: &ObjectKey, context: &[u8], header: &[u8], sealed_len: u64) -> Result<Self, SealedError> {
        let header = Header::parse(header)?;
        if header.key_id != key.id() {
            return Err(SealedError::WrongKey);
        }
        Ok(Self { cipher: ChunkCipher::new(key, &header, context)?, layout: Layout::of_sealed(sealed_len)? })
    }

    /// The lengths and borders of the container.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Opens one chunk in place. `chunk` is the whole sealed chunk with its tag; what is returned is its front part.
    ///
    /// # Errors
    /// [`SealedError::DamagedChunk`]; `chunk` holds nothing useful then.
    pub fn open_chunk<'chunk>(&self, index: u32, chunk: &'chunk mut [u8]) -> Result<&'chunk mut [u8], SealedError> {
        let damaged = SealedError::DamagedChunk { index };
        let expected = self.layout.sealed_chunk(index);
        if u64::try_from(chunk.len()).ok() != Some(expected.end - expected.start) {
            return Err(damaged);
        }
        let nonce = self.cipher.nonce(index, index == self.layout.last_index());
        let aad = Aad::from(self.cipher.associated.as_slice());
        self.cipher.key.open_in_place(nonce, aad, chunk).map_err(|_| damaged)
    }

    /// Opens the sealed bytes of a [`Span`] of this container's layout and returns the plaintext as pieces of at most
    /// 64 KiB. Nothing is copied when `sealed` is the only handle on its memory.
    ///
    /// # Errors
    /// [`SealedError::DamagedChunk`], also when `sealed` is shorter or longer than the span says.
    pub fn open_span(&self, span: &Span, sealed: Bytes) -> Result<Vec<Bytes>, SealedError> {
        let mut rest = sealed.try_into_mut().unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
        let mut index = span.first_chunk;
        let mut skip = usize::try_from(span.skip_bytes).map_err(|_| SealedError::TooLong)?;
        let mut wanted = usize::try_from(span.plain.end - span.plain.start).map_err(|_| SealedError::TooLong)?;
        if u64::try_from(rest.len()).ok() != Some(span.sealed.end - span.sealed.start) {
            return Err(SealedError::DamagedChunk { index });
        }
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let range = self.layout.sealed_chunk(index);
            let chunk_len = usize::try_from(range.end - range.start).map_err(|_| SealedError::TooLong)?;
            if chunk_len == 0 || chunk_len > rest.len() {
                return Err(SealedError::DamagedChunk { index });
            }
            let mut chunk = rest.split_to(chunk_len);
            self.open_chunk(index, &mut chunk)?;
            let mut plain = chunk.freeze();
            plain.truncate(chunk_len - TAG_BYTES as usize);
            let piece = plain.slice(skip.min(plain.len())..(skip + wanted).min(plain.len()));
            wanted -= piece.len().min(wanted);
            skip = 0;
            if !piece.is_empty() {
                pieces.push(piece);
            }
            index = index.wrapping_add(1);
        }
        if wanted > 0 { Err(SealedError::DamagedChunk { index }) } else { Ok(pieces) }
    }
}

/// Opens a whole container that fits in memory.
///
/// # Errors
/// As [`Opener`].
pub fn open_whole(key: &ObjectKey, context: &[u8], mut sealed: Vec<u8>) -> Result<Vec<u8>, SealedError> {
    let sealed_len = u64::try_from(sealed.len()).map_err(|_| SealedError::TooLong)?;
    let opener = Opener::new(key, context, &sealed, sealed_len)?;
    let mut plain = Vec::with_capacity(usize::try_from(opener.layout.plain_len()).map_err(|_| SealedError::TooLong)?);
    let body = sealed.get_mut(HEADER_BYTES..).ok_or(SealedError::NotSealed)?;
    for (index, chunk) in (0..=opener.layout.last_index()).zip(body.chunks_mut(super::SEALED_CHUNK_BYTES as usize)) {
        match opener.open_chunk(index, chunk) {
            Ok(opened) => plain.extend_from_slice(opened),
            Err(error) => {
                plain.zeroize();
                return Err(error);
            }
        }
    }
    Ok(plain)
}

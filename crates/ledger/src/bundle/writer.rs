//! Writing a bundle, entry by entry.
//!
//! It must not judge what it writes: a log that was tampered with is exported as it is, and
//! verification names what is wrong.

use std::io::Write;

use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use thiserror::Error;

use super::line::{CheckpointLine, EntryLine, SealLine, seal_text};
use super::{Header, LINE_BYTES_MAX};
use crate::canonical;
use crate::checkpoint::Checkpoint;
use crate::commitment::Openings;
use crate::hash::Hash;
use crate::note::{SIGNATURE_BYTES, SignError, VerifierKey};

/// Why a bundle wasn't written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// Writing failed.
    #[error("write the bundle")]
    Io(#[from] std::io::Error),
    /// The header contradicts itself.
    #[error("the header of the bundle contradicts itself")]
    Header,
    /// The entry has a number that was passed or is beyond the end.
    #[error("entry {index} can't follow: entries {next} to before {until} are wanted")]
    Order {
        /// The entry given.
        index: u64,
        /// The next one wanted.
        next: u64,
        /// One past the last.
        until: u64,
    },
    /// The checkpoint isn't for the entries written so far.
    #[error("a checkpoint has no place after {next} entries")]
    Checkpoint {
        /// Entries until here.
        next: u64,
    },
    /// The bundle ends elsewhere than its header says.
    #[error("the bundle ends at {next}, but its header says {until}")]
    End {
        /// Entries until here.
        next: u64,
        /// Entries by the header.
        until: u64,
    },
    /// The bundle doesn't end with a checkpoint, so its last entries would prove nothing.
    #[error("the bundle doesn't end with a checkpoint")]
    Unsigned,
    /// An opening has no canonical form, or a line would be too long to be read again.
    #[error("a line of the bundle has no canonical form or is too long")]
    Line,
}

/// Why a bundle wasn't sealed.
#[derive(Debug, Error)]
pub enum SealError<E: std::error::Error + 'static> {
    /// The bundle itself wasn't written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The seal wasn't signed.
    #[error(transparent)]
    Sign(#[from] SignError<E>),
}

/// Writes a bundle to anything that takes bytes; keeps nothing of what was written.
pub struct BundleWriter<W> {
    out: W,
    digest: Context,
    origin: String,
    from: u64,
    until: u64,
    next: u64,
    checkpoint: Option<u64>,
}

impl<W: Write> BundleWriter<W> {
    /// Begins with the header. Choose `until_index` so that a checkpoint of that size exists.
    ///
    /// # Errors
    /// [`WriteError::Header`], [`WriteError::Io`].
    pub fn start(out: W, header: &Header) -> Result<Self, WriteError> {
        if !header.is_sound() || header.frontier().is_none() {
            return Err(WriteError::Header);
        }
        let mut writer = Self {
            out,
            digest: Context::new(&SHA256),
            origin: header.origin.clone(),
            from: header.from_index,
            until: header.until_index,
            next: header.from_index,
            checkpoint: None,
        };
        writer.line(header)?;
        Ok(writer)
    }

    /// Index of the entry, or size of the checkpoint, that has its place now.
    #[must_use]
    pub const fn next_index(&self) -> u64 {
        self.next
    }

    /// Writes an entry: the leaf as stored, the leaf hash as stored (not made from this leaf), and the
    /// openings that are still there and may be shown. A gap in the numbers is written as it is.
    ///
    /// # Errors
    /// [`WriteError::Order`], [`WriteError::Line`], [`WriteError::Io`].
    pub fn entry(&mut self, index: u64, leaf: &str, hash: Hash, openings: &Openings) -> Result<(), WriteError> {
        if index < self.next || index >= self.until {
            return Err(WriteError::Order { index, next: self.next, until: self.until });
        }
        self.line(&EntryLine { i: index, h: hash, leaf: leaf.to_owned(), openings: openings.clone() })?;
        self.next = index + 1;
        Ok(())
    }

    /// Writes a checkpoint, right after the entry that completes its size.
    ///
    /// # Errors
    /// [`WriteError::Checkpoint`] when it is of another size or isn't one, [`WriteError::Io`].
    pub fn checkpoint(&mut self, note: &str) -> Result<(), WriteError> {
        let misplaced = WriteError::Checkpoint { next: self.next };
        let text = note.rfind("\n\n").and_then(|blank| note.get(..=blank));
        let Some(checkpoint) = text.and_then(|text| Checkpoint::parse_text(text).ok()) else {
            return Err(misplaced);
        };
        if checkpoint.size() != self.next {
            return Err(misplaced);
        }
        self.line(&CheckpointLine { checkpoint: note.to_owned() })?;
        self.checkpoint = Some(self.next);
        Ok(())
    }

    /// Ends the bundle without a seal and gives the writer back, flushed.
    ///
    /// # Errors
    /// [`WriteError::End`], [`WriteError::Unsigned`], [`WriteError::Io`].
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.check_end()?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Ends the bundle with a seal: a note over all bytes, signed by the closure with the log's key.
    ///
    /// # Errors
    /// As [`BundleWriter::finish`], and what signing gives.
    pub fn finish_sealed<E: std::error::Error + 'static>(
        mut self,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_BYTES], E>,
    ) -> Result<W, SealError<E>> {
        self.check_end()?;
        let text = seal_text(&self.origin, Hash::finish(self.digest.clone()));
        let seal = key.sign_note(&text, sign)?;
        self.line(&SealLine { seal })?;
        self.out.flush().map_err(WriteError::Io)?;
        Ok(self.out)
    }

    fn check_end(&self) -> Result<(), WriteError> {
        if self.next != self.until {
            return Err(WriteError::End { next: self.next, until: self.until });
        }
        if self.until > 0 && self.checkpoint != Some(self.until) {
            return Err(WriteError::Unsigned);
        }
        Ok(())
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), WriteError> {
        let value = serde_json::to_value(line).map_err(|_| WriteError::Line)?;
        let mut text = canonical::to_string(&value).map_err(|_| WriteError::Line)?;
        text.push('\n');
        if text.len() > LINE_BYTES_MAX {
            return Err(WriteError::Line);
        }
        self.digest.update(text.as_bytes());
        self.out.write_all(text.as_bytes())?;
        Ok(())
    }
}

impl<W> std::fmt::Debug for BundleWriter<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BundleWriter({}..{}, next {})", self.from, self.until, self.next)
    }
}

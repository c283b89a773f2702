//! Lines of a bundle: their shapes, and reading them with a bound on memory.
//!
//! It must not know what stands in an event or a note.

use std::io::{BufRead, Read as _};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::LINE_BYTES_MAX;
use super::finding::LineFault;
use crate::canonical;
use crate::commitment::Openings;
use crate::hash::Hash;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryLine {
    pub(super) i: u64,
    pub(super) h: Hash,
    pub(super) leaf: String,
    #[serde(default, skip_serializing_if = "Openings::is_empty")]
    pub(super) openings: Openings,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointLine {
    pub(super) checkpoint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealLine {
    pub(super) seal: String,
}

/// A line after the header.
#[derive(Debug)]
pub(super) enum Line {
    Entry(Box<EntryLine>),
    Checkpoint(String),
    Seal(String),
}

impl Line {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, LineFault> {
        let value = parse_canonical(bytes)?;
        if value.get("checkpoint").is_some() {
            return Ok(Self::Checkpoint(shape::<CheckpointLine>(value)?.checkpoint));
        }
        if value.get("seal").is_some() {
            return Ok(Self::Seal(shape::<SealLine>(value)?.seal));
        }
        Ok(Self::Entry(Box::new(shape(value)?)))
    }
}

pub(super) fn parse_canonical(bytes: &[u8]) -> Result<Value, LineFault> {
    canonical::parse(bytes).map_err(LineFault::Json)
}

pub(super) fn shape<T: DeserializeOwned>(value: Value) -> Result<T, LineFault> {
    serde_json::from_value(value).map_err(|_| LineFault::Shape)
}

/// The text that a seal signs.
pub(super) fn seal_text(origin: &str, bytes: Hash) -> String {
    format!("{}\n{origin}\n{bytes}\n", super::SEAL)
}

/// Reads lines, counts them and hashes what it read.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    digest: Context,
    number: u64,
}

/// What reading one line gave.
pub(super) enum Next {
    /// The line, without its newline, in [`Lines::bytes`].
    Line,
    /// Bytes without a newline at the end of the file.
    Unended,
    /// The end of the file.
    End,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), digest: Context::new(&SHA256), number: 0 }
    }

    /// Number of the line read last, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer)
    }

    /// The hash of everything before the line read last.
    pub(super) fn hash_before(&self) -> Hash {
        Hash::finish(self.digest.clone())
    }

    pub(super) fn advance(&mut self) -> Result<Next, LineFault> {
        self.digest.update(&self.buffer);
        self.buffer.clear();
        let mut bounded = (&mut self.reader).take(LINE_BYTES_MAX as u64 + 1);
        bounded.read_until(b'\n', &mut self.buffer).map_err(|error| LineFault::Read(error.kind().to_string()))?;
        if self.buffer.is_empty() {
            return Ok(Next::End);
        }
        self.number += 1;
        if self.buffer.last() == Some(&b'\n') {
            return Ok(Next::Line);
        }
        if self.buffer.len() > LINE_BYTES_MAX {
            return Err(LineFault::TooLong);
        }
        Ok(Next::Unended)
    }
}

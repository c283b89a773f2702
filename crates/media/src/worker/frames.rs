//! The framing between child and parent: one byte kind, four bytes length (little-endian), payload.
//!
//! Order: at most one `Begin`, then `Playback` if the plan says so, then exactly one `Analysis` or `Failed`.
//! It must not trust the other side: the child may have been taken over by what it decodes.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::analyse::Analysis;
use crate::error::MediaError;
use crate::format::Format;
use crate::playback::{PlaybackPlan, PlaybackSink};

const KIND_BEGIN: u8 = 1;
const KIND_PLAYBACK: u8 = 2;
const KIND_ANALYSIS: u8 = 3;
const KIND_FAILED: u8 = 4;
const HEADER_BYTES: usize = 5;

/// Longest payloads: an analysis of 8 channels with all its points and intervals is below 3 MB.
const PLAYBACK_BYTES_MAX: usize = 256 * 1024;
const JSON_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One message of the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The file was recognised.
    Begin {
        /// Its shape.
        format: Format,
        /// Whether playback bytes will come, and how many.
        plan: PlaybackPlan,
    },
    /// The next bytes of the playback form.
    Playback(Vec<u8>),
    /// The end: all went well.
    Analysis(Box<Analysis>),
    /// The end: the file can't be taken, and what came before is to be thrown away.
    Failed(MediaError),
}

/// The child said something that it never should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A kind of frame that doesn't exist.
    #[error("the media worker sent a frame of unknown kind {0}")]
    UnknownKind(u8),
    /// A frame longer than its kind may be.
    #[error("the media worker sent a frame that is too long")]
    TooLong,
    /// A payload that is not what its kind says.
    #[error("the media worker sent a frame that can't be read")]
    Unreadable,
}

#[derive(Serialize, Deserialize)]
struct Begin {
    format: Format,
    plan: PlaybackPlan,
}

/// Writes frames; as a [`PlaybackSink`] it is what the child hands to the analysis.
#[derive(Debug)]
pub struct FrameWriter<W> {
    output: W,
    buffer: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Writes to `output`, one call per frame.
    pub fn new(output: W) -> Self {
        Self { output, buffer: Vec::new() }
    }

    /// Writes one frame.
    ///
    /// # Errors
    /// When the output can't be written.
    pub fn write_frame(&mut self, frame: &Frame) -> io::Result<()> {
        match frame {
            Frame::Begin { format, plan } => {
                self.write_json(KIND_BEGIN, &Begin { format: *format, plan: plan.clone() })
            }
            Frame::Playback(bytes) => {
                bytes.chunks(PLAYBACK_BYTES_MAX).try_for_each(|part| self.write_payload(KIND_PLAYBACK, part))
            }
            Frame::Analysis(analysis) => self.write_json(KIND_ANALYSIS, analysis),
            Frame::Failed(error) => self.write_json(KIND_FAILED, error),
        }
    }

    fn write_json<T: Serialize>(&mut self, kind: u8, value: &T) -> io::Result<()> {
        let payload = serde_json::to_vec(value).map_err(io::Error::other)?;
        self.write_payload(kind, &payload)
    }

    fn write_payload(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        self.buffer.clear();
        self.buffer.push(kind);
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.buffer.extend_from_slice(payload);
        self.output.write_all(&self.buffer)
    }
}

impl<W: Write> PlaybackSink for FrameWriter<W> {
    fn begin(&mut self, format: &Format, plan: &PlaybackPlan) -> io::Result<()> {
        self.write_json(KIND_BEGIN, &Begin { format: *format, plan: plan.clone() })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        bytes.chunks(PLAYBACK_BYTES_MAX).try_for_each(|part| self.write_payload(KIND_PLAYBACK, part))
    }
}

/// Puts frames together from the bytes of the child, in whatever pieces they come.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    start: usize,
}

impl FrameDecoder {
    /// With nothing received yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what was read. Call [`Self::next_frame`] until it has no more before pushing again: that is what keeps
    /// the buffer bounded.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start.min(self.buffer.len()));
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, if there is one.
    ///
    /// # Errors
    /// When the bytes are no frame; kill the child then.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, ProtocolError> {
        let pending = self.buffer.get(self.start..).unwrap_or_default();
        let Some(([kind, length @ ..], rest)) = pending.split_first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| ProtocolError::TooLong)?;
        let bound = match *kind {
            KIND_PLAYBACK => PLAYBACK_BYTES_MAX,
            KIND_BEGIN | KIND_ANALYSIS | KIND_FAILED => JSON_BYTES_MAX,
            unknown => return Err(ProtocolError::UnknownKind(unknown)),
        };
        if length > bound {
            return Err(ProtocolError::TooLong);
        }
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = parse(*kind, payload).map_err(|_| ProtocolError::Unreadable)?;
        self.start += HEADER_BYTES + length;
        Ok(Some(frame))
    }

    /// Whether bytes of an incomplete frame are left; at the end of the child's output that means it was cut off.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.start >= self.buffer.len()
    }
}

fn parse(kind: u8, payload: &[u8]) -> serde_json::Result<Frame> {
    Ok(match kind {
        KIND_PLAYBACK => Frame::Playback(payload.to_vec()),
        KIND_BEGIN => {
            let Begin { format, plan } = serde_json::from_slice(payload)?;
            Frame::Begin { format, plan }
        }
        KIND_ANALYSIS => Frame::Analysis(Box::new(serde_json::from_slice(payload)?)),
        _ => Frame::Failed(serde_json::from_slice(payload)?),
    })
}

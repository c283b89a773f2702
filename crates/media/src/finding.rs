//! What is odd about a file that was taken all the same.

use serde::{Deserialize, Serialize};

/// Something worth telling that doesn't keep a file out. Serialises with its name as `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// The header was written for a stream and declares no length; a cut at the end can't be noticed.
    LengthUnknown,
    /// Bytes after the end of the audio that belong to no known structure.
    TrailingBytes {
        /// How many.
        bytes: u64,
    },
    /// Bytes in the middle of the audio that could not be made sense of.
    SkippedBytes {
        /// How many.
        bytes: u64,
    },
    /// Coded frames or packets whose content could not be decoded; they are silent or missing.
    DamagedFrames {
        /// How many.
        frames: u64,
    },
    /// FLAC only: the decoded samples don't have the checksum that the encoder wrote.
    ChecksumMismatch,
    /// Not one sample differs from silence.
    OnlySilence,
}

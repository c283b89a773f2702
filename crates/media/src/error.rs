//! Why a file can't be taken: one stable code each, with the numbers that a sentence for people needs.
//!
//! It must not know the sentences in any language; those are made at the edge from code and parameters.

use serde::{Deserialize, Serialize};

/// What is wrong with a piece of media. Serialises as `{"code": "truncated", "expected_ms": 30000, "found_ms": 1200}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum MediaError {
    /// Not a single byte.
    #[error("the file is empty")]
    Empty,
    /// The content is no container that is known here, whatever the name says.
    #[error("the content is no known audio format")]
    Unrecognised,
    /// The content is recognised, and its codec or container can't be decoded here.
    #[error("{codec} is not supported")]
    Unsupported {
        /// Name of the codec or container as people write it, such as `GSM 06.10`.
        codec: String,
    },
    /// The file stops before the end that it declares, or in the middle of something.
    #[error("the file stops after {found_ms} ms")]
    Truncated {
        /// Declared duration in milliseconds, where the file declares one.
        expected_ms: Option<u64>,
        /// Duration in milliseconds of what is there.
        found_ms: u64,
    },
    /// The content contradicts itself or is damaged beyond use.
    #[error("the file is damaged: {what}")]
    Corrupt {
        /// What doesn't fit, as a short noun phrase.
        what: String,
    },
    /// More channels than can be taken.
    #[error("{channels} channels are more than can be taken")]
    TooManyChannels {
        /// Declared number of channels.
        channels: u32,
    },
    /// A complete container without a single sample.
    #[error("the file has no audio in it")]
    NoAudio,
    /// Decoding would need or has used more memory, time or space than is granted.
    #[error("the file exceeds a limit: {what}")]
    Limits {
        /// Which limit, as a short noun phrase.
        what: String,
    },
    /// Reading the original or writing the playback form failed; says nothing about the media.
    #[error("reading or writing failed: {what}")]
    Io {
        /// Kind of failure as the operating system names it.
        what: String,
    },
}

impl MediaError {
    /// The stable code, the same as the `code` of the serialised form.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Unrecognised => "unrecognised",
            Self::Unsupported { .. } => "unsupported",
            Self::Truncated { .. } => "truncated",
            Self::Corrupt { .. } => "corrupt",
            Self::TooManyChannels { .. } => "too_many_channels",
            Self::NoAudio => "no_audio",
            Self::Limits { .. } => "limits",
            Self::Io { .. } => "io",
        }
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::Corrupt { what: what.to_owned() }
    }

    pub(crate) fn unsupported(codec: impl Into<String>) -> Self {
        Self::Unsupported { codec: codec.into() }
    }
}

impl From<std::io::Error> for MediaError {
    fn from(error: std::io::Error) -> Self {
        Self::Io { what: error.kind().to_string() }
    }
}

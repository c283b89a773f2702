//! What a file turned out to be: container, codec and shape of the samples.

use serde::{Deserialize, Serialize};

use crate::error::MediaError;

/// The most channels that are taken.
pub const CHANNELS_MAX: u8 = 8;
/// The lowest sample rate that is taken, in hertz.
pub const SAMPLE_RATE_HZ_MIN: u32 = 1_000;
/// The highest sample rate that is taken, in hertz.
pub const SAMPLE_RATE_HZ_MAX: u32 = 384_000;

/// How the coded audio is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// RIFF/WAVE.
    Wav,
    /// RF64 or BW64 (EBU Tech 3306), the WAVE for more than 4 GiB.
    Rf64,
    /// Bare MPEG audio frames, with or without tags around them.
    Mp3,
    /// Ogg (RFC 3533).
    Ogg,
    /// Native FLAC (RFC 9639).
    Flac,
}

impl Container {
    /// The stable name, the same as the serialised form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Rf64 => "rf64",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
        }
    }

    /// The media type for `Content-Type`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Wav | Self::Rf64 => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
        }
    }
}

/// How samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// 8-bit unsigned PCM.
    PcmU8,
    /// 16-bit signed PCM.
    PcmS16,
    /// 24-bit signed PCM.
    PcmS24,
    /// 32-bit signed PCM.
    PcmS32,
    /// 32-bit floating point.
    PcmF32,
    /// 64-bit floating point.
    PcmF64,
    /// G.711 A-law.
    Alaw,
    /// G.711 mu-law.
    Mulaw,
    /// MPEG audio layer III.
    Mp3,
    /// Opus (RFC 6716).
    Opus,
    /// FLAC.
    Flac,
}

impl Codec {
    /// The stable name, the same as the serialised form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PcmU8 => "pcm_u8",
            Self::PcmS16 => "pcm_s16",
            Self::PcmS24 => "pcm_s24",
            Self::PcmS32 => "pcm_s32",
            Self::PcmF32 => "pcm_f32",
            Self::PcmF64 => "pcm_f64",
            Self::Alaw => "alaw",
            Self::Mulaw => "mulaw",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Flac => "flac",
        }
    }
}

/// Shape of a file, known before the first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Wrapping.
    pub container: Container,
    /// Coding.
    pub codec: Codec,
    /// Samples per second and channel, as decoded.
    pub sample_rate_hz: u32,
    /// 1 to [`CHANNELS_MAX`].
    pub channels: u8,
    /// Sample frames (one sample of each channel) that the file declares, where it does.
    pub frames_declared: Option<u64>,
}

impl Format {
    /// Checks the shape that a header claims.
    ///
    /// # Errors
    /// `too_many_channels` and `corrupt` for shapes that can't be taken.
    pub(crate) fn checked(
        container: Container,
        codec: Codec,
        sample_rate_hz: u32,
        channels: u32,
        frames_declared: Option<u64>,
    ) -> Result<Self, MediaError> {
        if channels == 0 {
            return Err(MediaError::corrupt("no channels"));
        }
        let channels = u8::try_from(channels)
            .ok()
            .filter(|count| *count <= CHANNELS_MAX)
            .ok_or(MediaError::TooManyChannels { channels })?;
        if !(SAMPLE_RATE_HZ_MIN..=SAMPLE_RATE_HZ_MAX).contains(&sample_rate_hz) {
            return Err(MediaError::corrupt("an impossible sample rate"));
        }
        Ok(Self { container, codec, sample_rate_hz, channels, frames_declared })
    }

    /// Duration of so many sample frames, in milliseconds, rounded down.
    #[must_use]
    pub fn frames_to_ms(&self, frames: u64) -> u64 {
        scale(frames, 1_000, u64::from(self.sample_rate_hz))
    }

    /// Duration of so many sample frames, in microseconds, rounded down.
    #[must_use]
    pub fn frames_to_micros(&self, frames: u64) -> u64 {
        scale(frames, 1_000_000, u64::from(self.sample_rate_hz))
    }
}

/// `value * by / over` without overflow on the way; what doesn't fit is `u64::MAX`.
pub(crate) fn scale(value: u64, by: u64, over: u64) -> u64 {
    let wide = u128::from(value) * u128::from(by) / u128::from(over.max(1));
    u64::try_from(wide).unwrap_or(u64::MAX)
}

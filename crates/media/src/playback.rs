//! The form that browsers play: the original where they can, 16-bit PCM in WAVE where they can't.
//!
//! It must not decode; it turns samples into the bytes of a file whose length is known before its first byte.

use std::io;

use serde::{Deserialize, Serialize};

use crate::error::MediaError;
use crate::format::{Codec, Container, Format};

/// Bytes of the header that [`wav_header`] makes.
const WAV_HEADER_BYTES: u64 = 44;

/// Whose browsers count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Also browsers that refuse G.711 in WAVE (Safari does, depending on the version): costs twice the space for it.
    #[default]
    Everywhere,
    /// Chromium, Edge and Firefox, which play G.711 in WAVE as it is.
    MostBrowsers,
}

/// What is served for listening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum PlaybackPlan {
    /// The original bytes.
    AsIs {
        /// For `Content-Type`.
        media_type: String,
    },
    /// A file made while analysing.
    Transcode {
        /// For `Content-Type`.
        media_type: String,
        /// Exact size of the whole file in bytes, header included.
        bytes: u64,
    },
}

impl PlaybackPlan {
    /// Decides by codec and container; what can't be made ahead (no declared length, over 4 GiB) stays as it is.
    #[must_use]
    pub fn for_format(format: &Format, reach: Reach) -> Self {
        let plays = match (format.codec, format.container) {
            (_, Container::Rf64) => false,
            (Codec::Alaw | Codec::Mulaw, _) => reach == Reach::MostBrowsers,
            (Codec::PcmS32 | Codec::PcmF32 | Codec::PcmF64, _) => false,
            _ => true,
        };
        match format.frames_declared.and_then(|frames| wav_bytes(format, frames)).filter(|_| !plays) {
            Some(bytes) => Self::Transcode { media_type: Container::Wav.media_type().to_owned(), bytes },
            None => Self::AsIs { media_type: format.container.media_type().to_owned() },
        }
    }
}

/// Size of the PCM form, where a WAVE header can express it.
fn wav_bytes(format: &Format, frames: u64) -> Option<u64> {
    let bytes = frames.checked_mul(2 * u64::from(format.channels))?.checked_add(WAV_HEADER_BYTES)?;
    u32::try_from(bytes).ok().map(u64::from)
}

/// Where the playback form goes, in order: `begin` once, then its bytes if the plan is to transcode.
pub trait PlaybackSink {
    /// Learns the shape and whether bytes will come.
    ///
    /// # Errors
    /// Whatever keeps the sink from taking them; ends the analysis.
    fn begin(&mut self, format: &Format, plan: &PlaybackPlan) -> io::Result<()>;

    /// Takes the next bytes of the playback form.
    ///
    /// # Errors
    /// Whatever keeps the sink from taking them; ends the analysis.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Discard;

impl PlaybackSink for Discard {
    fn begin(&mut self, _: &Format, _: &PlaybackPlan) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

impl PlaybackSink for Vec<u8> {
    fn begin(&mut self, _: &Format, _: &PlaybackPlan) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

/// A WAVE header of 44 bytes for 16-bit PCM; `None` where the length doesn't fit into its 32 bits.
#[must_use]
pub fn wav_header(sample_rate_hz: u32, channels: u8, frames: u64) -> Option<Vec<u8>> {
    let block = u16::from(channels) * 2;
    let data = u32::try_from(frames.checked_mul(u64::from(block))?).ok()?;
    let riff = data.checked_add(36)?;
    let mut header = Vec::with_capacity(44);
    header.extend_from_slice(b"RIFF");
    header.extend_from_slice(&riff.to_le_bytes());
    header.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
    header.extend_from_slice(&u16::from(channels).to_le_bytes());
    header.extend_from_slice(&sample_rate_hz.to_le_bytes());
    header.extend_from_slice(&sample_rate_hz.saturating_mul(u32::from(block)).to_le_bytes());
    header.extend_from_slice(&block.to_le_bytes());
    header.extend_from_slice(b"\x10\0data");
    header.extend_from_slice(&data.to_le_bytes());
    Some(header)
}

/// Writes the PCM form to a sink, block by block.
pub(crate) struct PcmWriter<'s> {
    sink: &'s mut dyn PlaybackSink,
    bytes_left: u64,
    buffer: Vec<u8>,
}

impl<'s> PcmWriter<'s> {
    /// Announces the plan and writes the header if there is something to write.
    pub(crate) fn begin(
        sink: &'s mut dyn PlaybackSink,
        format: &Format,
        plan: &PlaybackPlan,
    ) -> Result<Option<Self>, MediaError> {
        sink.begin(format, plan)?;
        let PlaybackPlan::Transcode { bytes, .. } = plan else {
            return Ok(None);
        };
        let header = format
            .frames_declared
            .and_then(|frames| wav_header(format.sample_rate_hz, format.channels, frames))
            .ok_or_else(|| MediaError::Limits { what: "the length of a playback form".to_owned() })?;
        sink.write(&header)?;
        Ok(Some(Self { sink, bytes_left: bytes.saturating_sub(header.len() as u64), buffer: Vec::new() }))
    }

    pub(crate) fn write(&mut self, samples: &[i16]) -> Result<(), MediaError> {
        self.buffer.clear();
        self.buffer.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        self.bytes_left = self
            .bytes_left
            .checked_sub(self.buffer.len() as u64)
            .ok_or_else(|| MediaError::corrupt("more audio than declared"))?;
        self.sink.write(&self.buffer)?;
        Ok(())
    }

    /// # Errors
    /// `corrupt` when the header promised more than came.
    pub(crate) fn finish(self) -> Result<(), MediaError> {
        if self.bytes_left == 0 { Ok(()) } else { Err(MediaError::corrupt("less audio than declared")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(container: Container, codec: Codec, frames: Option<u64>) -> Format {
        Format::checked(container, codec, 8_000, 2, frames).unwrap()
    }

    #[test]
    fn what_browsers_play_stays_as_it_is() {
        for (container, codec, media_type) in [
            (Container::Wav, Codec::PcmU8, "audio/wav"),
            (Container::Wav, Codec::PcmS16, "audio/wav"),
            (Container::Wav, Codec::PcmS24, "audio/wav"),
            (Container::Mp3, Codec::Mp3, "audio/mpeg"),
            (Container::Ogg, Codec::Opus, "audio/ogg"),
            (Container::Flac, Codec::Flac, "audio/flac"),
        ] {
            let plan = PlaybackPlan::for_format(&format(container, codec, Some(10)), Reach::Everywhere);
            assert_eq!(plan, PlaybackPlan::AsIs { media_type: media_type.to_owned() });
        }
    }

    #[test]
    fn g711_is_transcoded_for_every_browser_and_left_for_most() {
        let mulaw = format(Container::Wav, Codec::Mulaw, Some(1_000));
        let transcode = PlaybackPlan::Transcode { media_type: "audio/wav".to_owned(), bytes: 44 + 4_000 };
        assert_eq!(PlaybackPlan::for_format(&mulaw, Reach::Everywhere), transcode);
        assert!(matches!(PlaybackPlan::for_format(&mulaw, Reach::MostBrowsers), PlaybackPlan::AsIs { .. }));
    }

    #[test]
    fn a_length_that_no_header_can_express_is_not_transcoded() {
        for frames in [None, Some(u64::MAX), Some(1 << 30)] {
            let plan = PlaybackPlan::for_format(&format(Container::Wav, Codec::Mulaw, frames), Reach::Everywhere);
            assert!(matches!(plan, PlaybackPlan::AsIs { .. }), "{frames:?}");
        }
    }
}

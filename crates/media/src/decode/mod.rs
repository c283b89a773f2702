//! One door for all containers: recognises by content, then hands out blocks of interleaved 16-bit samples.
//!
//! 16 bits are what peaks, speech detection and the playback form need; deeper originals are kept untouched elsewhere.
//! It must not trust a name, a media type or a declared length.

mod flac;
mod g711;
mod mp3;
mod mpeg;
mod ogg;
mod opus;
mod wav;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use g711::G711;

use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::Format;
use crate::source::Source;

/// A file being decoded. `R` is read forward only and never past what the container needs.
pub struct Decoder<'r, R> {
    format: Format,
    inner: Inner<'r, R>,
    samples: Vec<i16>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Running,
    Ended,
}

enum Inner<'r, R> {
    Wav(wav::WavDecoder<R>),
    Mp3(Box<mp3::Mp3Decoder<R>>),
    Opus(Box<opus::OpusDecoder<R>>),
    Flac(Box<flac::FlacDecoder<'r>>),
}

/// Recognises a file by its content and reads its headers, no audio.
///
/// # Errors
/// All of [`MediaError`] but `truncated` in the audio, which only decoding shows.
pub fn probe<R: Read + Send + Sync>(reader: R) -> Result<Format, MediaError> {
    Ok(*Decoder::open(reader)?.format())
}

impl<'r, R: Read + Send + Sync + 'r> Decoder<'r, R> {
    /// Recognises a file by its content and reads up to its first audio.
    ///
    /// # Errors
    /// `empty`, `unrecognised`, `unsupported`, `too_many_channels`, `corrupt`, `truncated` (within the headers),
    /// `no_audio` and `io`.
    pub fn open(reader: R) -> Result<Self, MediaError> {
        let mut source = Source::new(reader);
        if source.fill(1)?.is_empty() {
            return Err(MediaError::Empty);
        }
        let tagged = mpeg::skip_id3v2(&mut source)?;
        let (format, inner) = match source.fill(12)? {
            [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => {
                let (format, decoder) = wav::WavDecoder::open(source)?;
                (format, Inner::Wav(decoder))
            }
            [b'O', b'g', b'g', b'S', ..] => {
                let (format, decoder) = opus::OpusDecoder::open(source)?;
                (format, Inner::Opus(Box::new(decoder)))
            }
            [b'f', b'L', b'a', b'C', ..] => {
                let (format, decoder) = flac::FlacDecoder::open(source)?;
                (format, Inner::Flac(Box::new(decoder)))
            }
            start => {
                if let Some(name) = foreign(start) {
                    return Err(MediaError::unsupported(name));
                }
                let (format, decoder) = mp3::Mp3Decoder::open(source, tagged)?;
                (format, Inner::Mp3(Box::new(decoder)))
            }
        };
        Ok(Self { format, inner, samples: Vec::new(), state: State::Running })
    }

    /// Shape of the file.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The next interleaved samples, whole frames and never empty; `None` once after the last.
    ///
    /// # Errors
    /// `truncated` when the file stops before its declared end, `corrupt` when too much of it is damaged, `no_audio`
    /// when the end comes before any sample, `io` when reading fails. After an error or the end there is no more.
    pub fn next_block(&mut self) -> Result<Option<&[i16]>, MediaError> {
        if self.state == State::Ended {
            return Ok(None);
        }
        self.samples.clear();
        let more = loop {
            let more = match &mut self.inner {
                Inner::Wav(decoder) => decoder.next(&mut self.samples),
                Inner::Mp3(decoder) => decoder.next(&mut self.samples),
                Inner::Opus(decoder) => decoder.next(&mut self.samples),
                Inner::Flac(decoder) => decoder.next(&mut self.samples),
            };
            if !matches!(more, Ok(true)) || !self.samples.is_empty() {
                break more;
            }
        };
        match more {
            Ok(true) => Ok(Some(&self.samples)),
            Ok(false) => {
                self.state = State::Ended;
                Ok(None)
            }
            Err(error) => {
                self.state = State::Ended;
                Err(error)
            }
        }
    }

    /// What was odd so far; complete after the last block.
    pub fn findings(&self) -> Vec<Finding> {
        match &self.inner {
            Inner::Wav(decoder) => decoder.findings(),
            Inner::Mp3(decoder) => decoder.findings(),
            Inner::Opus(decoder) => decoder.findings(),
            Inner::Flac(decoder) => decoder.findings(),
        }
    }
}

/// Containers that people do upload and that can't be decoded here, so that the reason can name them.
fn foreign(start: &[u8]) -> Option<&'static str> {
    match start {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("MP4 or M4A"),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some("Matroska or WebM"),
        [b'F', b'O', b'R', b'M', ..] => Some("AIFF"),
        [b'R', b'I', b'F', b'X', ..] => Some("big-endian RIFX"),
        [b'r', b'i', b'f', b'f', ..] => Some("Wave64"),
        [b'c', b'a', b'f', b'f', ..] => Some("Core Audio Format"),
        [b'.', b's', b'n', b'd', ..] => Some("Sun AU"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("AMR"),
        [b'#', b'!', b'S', b'I', b'L', b'K', ..] => Some("SILK"),
        [0x30, 0x26, 0xB2, 0x75, ..] => Some("Windows Media"),
        [b'C', b'r', b'e', b'a', b't', b'i', b'v', b'e', ..] => Some("Creative Voice"),
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Some("AAC"),
        _ => None,
    }
}

/// Runs a decoder of others; a panic in there is a verdict on the file, not on the process.
fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|_| MediaError::corrupt("the decoder gave up"))
}

//! RIFF/WAVE, RF64 and BW64 (EBU Tech 3306) with PCM, floating point and G.711.
//!
//! It must not load a chunk: everything but `fmt ` and `ds64` is skipped, and audio passes in blocks.

use std::io::Read;

use super::g711::G711;
use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::{Codec, Container, Format};
use crate::source::Source;

/// Coded bytes per block: large enough to make loops cheap, small enough to stay in the first caches.
const BLOCK_BYTES: usize = 16 * 1024;

/// Lengths that writers leave in a header when they stream and don't know the length: ffmpeg, SoX, and two of arecord.
const LENGTHS_UNKNOWN: [u32; 4] = [u32::MAX, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000];

/// Last 14 bytes of every sub-format GUID that only wraps a plain format tag (`KSDATAFORMAT_SUBTYPE_*`).
const PLAIN_SUBFORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

pub(super) struct WavDecoder<R> {
    source: Source<R>,
    format: Format,
    frame_bytes: usize,
    /// Declared bytes of audio; none when the header was written for a stream.
    declared: Option<u64>,
    taken: u64,
    findings: Vec<Finding>,
}

struct Shape {
    codec: Codec,
    channels: u32,
    sample_rate_hz: u32,
    frame_bytes: usize,
}

impl<R: Read> WavDecoder<R> {
    /// Reads up to the first byte of audio; the source stands on the `RIFF`, `RF64` or `BW64`.
    pub(super) fn open(mut source: Source<R>) -> Result<(Format, Self), MediaError> {
        let Some([r, i, f0, f1, _, _, _, _, form @ ..]) = source.array::<12>()? else {
            return Err(cut_in_header());
        };
        let container = if [r, i, f0, f1] == *b"RIFF" { Container::Wav } else { Container::Rf64 };
        if form != *b"WAVE" {
            return Err(MediaError::unsupported(format!("RIFF {}", printable(form))));
        }
        let mut shape = None;
        let mut long_data = None;
        loop {
            let Some((id, size)) = chunk_header(&mut source)? else {
                return Err(cut_in_header());
            };
            match &id {
                b"ds64" => long_data = Some(read_ds64(&mut source, size)?),
                b"fmt " => shape = Some(read_fmt(&mut source, size)?),
                b"data" => {
                    let Some(shape) = shape else {
                        return Err(MediaError::corrupt("audio before its description"));
                    };
                    let declared = match long_data {
                        Some(bytes) if container == Container::Rf64 && size == u32::MAX => Some(bytes),
                        _ if LENGTHS_UNKNOWN.contains(&size) => None,
                        _ => Some(u64::from(size)),
                    };
                    return Self::start(source, container, &shape, declared);
                }
                _ => skip_chunk(&mut source, size)?,
            }
        }
    }

    fn start(
        mut source: Source<R>,
        container: Container,
        shape: &Shape,
        declared: Option<u64>,
    ) -> Result<(Format, Self), MediaError> {
        let frames = declared.map(|bytes| bytes / shape.frame_bytes.max(1) as u64);
        let format = Format::checked(container, shape.codec, shape.sample_rate_hz, shape.channels, frames)?;
        if declared == Some(0) {
            // A recorder that has not come round to writing the length leaves zero there, with audio behind it.
            return Err(match source.fill(8)? {
                [] => MediaError::NoAudio,
                [a, b, c, d, ..] if is_chunk_id([*a, *b, *c, *d]) => MediaError::NoAudio,
                _ => MediaError::Truncated { expected_ms: None, found_ms: 0 },
            });
        }
        let findings = if declared.is_none() { vec![Finding::LengthUnknown] } else { Vec::new() };
        Ok((format, Self { source, format, frame_bytes: shape.frame_bytes, declared, taken: 0, findings }))
    }

    pub(super) fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError> {
        let left = self.declared.map_or(u64::MAX, |declared| declared - self.taken);
        let limit = usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_BYTES);
        let available = self.source.fill(self.frame_bytes.min(limit))?;
        let limit = limit.min(available.len());
        let whole = limit - limit % self.frame_bytes;
        if whole > 0 {
            let coded = available.get(..whole).unwrap_or_default();
            to_samples(self.format.codec, coded, out);
            self.source.consume(whole);
            self.taken += whole as u64;
            return Ok(true);
        }
        let rest = limit as u64;
        match self.declared {
            Some(declared) if self.taken + rest < declared => Err(self.truncated(declared)),
            Some(declared) => {
                self.source.skip(rest)?;
                self.finish(declared, rest)?;
                Ok(false)
            }
            None if self.taken == 0 => Err(MediaError::NoAudio),
            None => {
                if rest > 0 {
                    self.findings.push(Finding::TrailingBytes { bytes: rest });
                }
                Ok(false)
            }
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        self.findings.clone()
    }

    fn truncated(&self, declared: u64) -> MediaError {
        let frames = |bytes: u64| bytes / self.frame_bytes.max(1) as u64;
        MediaError::Truncated {
            expected_ms: Some(self.format.frames_to_ms(frames(declared))),
            found_ms: self.format.frames_to_ms(frames(self.taken)),
        }
    }

    /// Walks over what follows the audio; only what is no chunk is worth telling.
    fn finish(&mut self, declared: u64, rest: u64) -> Result<(), MediaError> {
        if self.taken == 0 {
            return Err(MediaError::NoAudio);
        }
        let mut odd = rest;
        if declared % 2 == 1 && self.source.fill(1)?.first() == Some(&0) {
            self.source.consume(1);
        }
        loop {
            match self.source.fill(8)? {
                [] => break,
                [a, b, c, d, s0, s1, s2, s3, ..] if is_chunk_id([*a, *b, *c, *d]) => {
                    let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]);
                    self.source.consume(8);
                    self.source.skip(u64::from(size) + u64::from(size % 2))?;
                }
                _ => odd += self.source.skip(u64::MAX)?,
            }
        }
        if odd > 0 {
            self.findings.push(Finding::TrailingBytes { bytes: odd });
        }
        Ok(())
    }
}

fn cut_in_header() -> MediaError {
    MediaError::Truncated { expected_ms: None, found_ms: 0 }
}

fn chunk_header<R: Read>(source: &mut Source<R>) -> Result<Option<([u8; 4], u32)>, MediaError> {
    let Some([a, b, c, d, size @ ..]) = source.array::<8>()? else {
        return Ok(None);
    };
    Ok(Some(([a, b, c, d], u32::from_le_bytes(size))))
}

fn skip_chunk<R: Read>(source: &mut Source<R>, size: u32) -> Result<(), MediaError> {
    let size = u64::from(size) + u64::from(size % 2);
    if source.skip(size)? < size { Err(cut_in_header()) } else { Ok(()) }
}

fn read_ds64<R: Read>(source: &mut Source<R>, size: u32) -> Result<u64, MediaError> {
    const DS64_BYTES: u32 = 24;
    let rest = size.checked_sub(DS64_BYTES).ok_or_else(|| MediaError::corrupt("a ds64 chunk that is too short"))?;
    let sizes = source.array::<24>()?.ok_or_else(cut_in_header)?;
    skip_chunk(source, rest)?;
    Ok(sizes.get(8..16).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes)))
}

fn read_fmt<R: Read>(source: &mut Source<R>, size: u32) -> Result<Shape, MediaError> {
    const FMT_BYTES: u32 = 16;
    const EXTENSION_BYTES: u32 = 24;
    const EXTENSIBLE: u16 = 0xFFFE;
    let mut rest = size.checked_sub(FMT_BYTES).ok_or_else(|| MediaError::corrupt("a format that is too short"))?;
    let [t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, a0, a1, b0, b1] =
        source.array::<16>()?.ok_or_else(cut_in_header)?;
    let mut tag = u16::from_le_bytes([t0, t1]);
    if tag == EXTENSIBLE {
        rest = rest
            .checked_sub(EXTENSION_BYTES)
            .ok_or_else(|| MediaError::corrupt("an extensible format that is too short"))?;
        let [_, _, _, _, _, _, _, _, sub0, sub1, guid @ ..] = source.array::<24>()?.ok_or_else(cut_in_header)?;
        if guid != PLAIN_SUBFORMAT {
            return Err(MediaError::unsupported("this WAVE sub-format"));
        }
        tag = u16::from_le_bytes([sub0, sub1]);
    }
    skip_chunk(source, rest)?;
    let channels = u16::from_le_bytes([c0, c1]);
    let bits = u16::from_le_bytes([b0, b1]);
    let codec = codec_of(tag, bits)?;
    let frame_bytes = usize::from(channels) * sample_bytes(codec);
    if channels > 0 && usize::from(u16::from_le_bytes([a0, a1])) != frame_bytes {
        return Err(MediaError::corrupt("a block size that does not fit channels and bits"));
    }
    Ok(Shape {
        codec,
        channels: u32::from(channels),
        sample_rate_hz: u32::from_le_bytes([r0, r1, r2, r3]),
        frame_bytes: frame_bytes.max(1),
    })
}

/// Format tags of RFC 2361 and of `mmreg.h`.
fn codec_of(tag: u16, bits: u16) -> Result<Codec, MediaError> {
    let name = match (tag, bits) {
        (1, 1..=8) => return Ok(Codec::PcmU8),
        (1, 9..=16) => return Ok(Codec::PcmS16),
        (1, 17..=24) => return Ok(Codec::PcmS24),
        (1, 25..=32) => return Ok(Codec::PcmS32),
        (3, 32) => return Ok(Codec::PcmF32),
        (3, 64) => return Ok(Codec::PcmF64),
        (6, 8) => return Ok(Codec::Alaw),
        (7, 8) => return Ok(Codec::Mulaw),
        (1 | 3 | 6 | 7, _) => return Err(MediaError::corrupt("an impossible number of bits")),
        (0x02, _) => "Microsoft ADPCM",
        (0x10 | 0x17 | 0x20, _) => "OKI ADPCM",
        (0x11, _) => "IMA ADPCM",
        (0x14 | 0x42, _) => "G.723",
        (0x22, _) => "TrueSpeech",
        (0x31 | 0x32, _) => "GSM 06.10",
        (0x40 | 0x45 | 0x64, _) => "G.726",
        (0x41 | 0x83 | 0x133, _) => "G.729",
        (0x50, _) => "MPEG audio in WAVE",
        (0x55, _) => "MP3 in WAVE",
        (0x65 | 0x28F, _) => "G.722",
        (0xFF | 0x1600..=0x1610, _) => "AAC in WAVE",
        (0x160..=0x163, _) => "Windows Media",
        (0x704F, _) => "Opus in WAVE",
        _ => return Err(MediaError::unsupported(format!("WAVE codec {tag:#06x}"))),
    };
    Err(MediaError::unsupported(name))
}

fn sample_bytes(codec: Codec) -> usize {
    match codec {
        Codec::PcmS16 => 2,
        Codec::PcmS24 => 3,
        Codec::PcmS32 | Codec::PcmF32 => 4,
        Codec::PcmF64 => 8,
        _ => 1,
    }
}

fn to_samples(codec: Codec, coded: &[u8], out: &mut Vec<i16>) {
    match codec {
        Codec::Alaw => out.extend(coded.iter().map(|code| expand(G711::Alaw.table(), *code))),
        Codec::Mulaw => out.extend(coded.iter().map(|code| expand(G711::Mulaw.table(), *code))),
        Codec::PcmS16 => out.extend(coded.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes))),
        Codec::PcmS24 => {
            out.extend(coded.as_chunks().0.iter().map(|[_, low, high]| i16::from_le_bytes([*low, *high])));
        }
        Codec::PcmS32 => {
            out.extend(coded.as_chunks().0.iter().map(|[_, _, low, high]| i16::from_le_bytes([*low, *high])));
        }
        Codec::PcmF32 => {
            out.extend(coded.as_chunks().0.iter().map(|bytes| from_unit(f64::from(f32::from_le_bytes(*bytes)))));
        }
        Codec::PcmF64 => out.extend(coded.as_chunks().0.iter().map(|bytes| from_unit(f64::from_le_bytes(*bytes)))),
        _ => out.extend(coded.iter().map(|byte| (i16::from(*byte) - 128) * 256)),
    }
}

#[allow(clippy::indexing_slicing, reason = "a byte can't leave a table of 256, and the check would be in the hot loop")]
fn expand(table: &[i16; 256], code: u8) -> i16 {
    table[usize::from(code)]
}

/// From -1..1 to 16 bits, clipped; not-a-number is silence.
#[allow(clippy::cast_possible_truncation, reason = "a float cast saturates, which is the clipping that is wanted")]
fn from_unit(value: f64) -> i16 {
    (value * 32_768.0).round() as i16
}

fn is_chunk_id(id: [u8; 4]) -> bool {
    id.iter().all(|byte| (0x20..0x7F).contains(byte))
}

fn printable(id: [u8; 4]) -> String {
    id.iter()
        .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' })
        .collect::<String>()
        .trim()
        .to_owned()
}

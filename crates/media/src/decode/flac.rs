//! FLAC (RFC 9639): own reading of the metadata, frames through symphonia.
//!
//! It must not keep pictures, tags or seek tables: only the stream information is passed on, so that a file can't
//! make anybody allocate what a metadata block claims.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia_bundle_flac::{FlacDecoder as FrameDecoder, FlacReader};
use symphonia_core::codecs::CodecParameters;
use symphonia_core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia_core::errors::Error;
use symphonia_core::formats::{FormatOptions, FormatReader};
use symphonia_core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia_core::packet::Packet;

use super::guarded;
use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::{Codec, Container, Format};
use crate::source::Source;

const STREAM_INFO_BYTES: usize = 34;

pub(super) struct FlacDecoder<'r> {
    reader: FlacReader<'r>,
    decoder: FrameDecoder,
    format: Format,
    bytes_read: Arc<AtomicU64>,
    bytes_used: u64,
    /// Sample frames by position in the stream, by count, and those that went missing in between.
    position: u64,
    emitted: u64,
    missing: u64,
    findings: Vec<Finding>,
}

/// Counts what symphonia takes, which is all that tells whether the last frame was whole.
struct Counted<R> {
    source: Source<R>,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(out)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<'r> FlacDecoder<'r> {
    pub(super) fn open<R: Read + Send + Sync + 'r>(mut source: Source<R>) -> Result<(Format, Self), MediaError> {
        let info = read_metadata(&mut source)?;
        let format = format_of(&info)?;
        if source.fill(1)?.is_empty() {
            return Err(match format.frames_declared {
                Some(frames) => MediaError::Truncated { expected_ms: Some(format.frames_to_ms(frames)), found_ms: 0 },
                None => MediaError::NoAudio,
            });
        }
        let mut head = b"fLaC\x80\x00\x00\x22".to_vec();
        head.extend_from_slice(&info);
        let bytes_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { source, bytes: Arc::clone(&bytes_read) };
        let stream = MediaSourceStream::new(
            Box::new(ReadOnlySource::new(Cursor::new(head).chain(counted))),
            MediaSourceStreamOptions::default(),
        );
        let reader = guarded(|| FlacReader::try_new(stream, FormatOptions::default()))?
            .map_err(|error| failure(&error, &format, 0))?;
        let params = reader.tracks().first().and_then(|track| match track.codec_params.as_ref() {
            Some(CodecParameters::Audio(params)) => Some(params.clone()),
            _ => None,
        });
        let params = params.ok_or_else(|| MediaError::corrupt("no stream information"))?;
        let decoder = FrameDecoder::try_new(&params, &AudioDecoderOptions::default().verify(true))
            .map_err(|_| MediaError::corrupt("stream information that contradicts itself"))?;
        let decoder = Self {
            reader,
            decoder,
            format,
            bytes_read,
            bytes_used: 0,
            position: 0,
            emitted: 0,
            missing: 0,
            findings: Vec::new(),
        };
        Ok((format, decoder))
    }

    pub(super) fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError> {
        let reader = &mut self.reader;
        match guarded(|| reader.next_packet())? {
            Ok(Some(packet)) => {
                self.decode(&packet, out)?;
                Ok(true)
            }
            Ok(None) => {
                self.finish()?;
                Ok(false)
            }
            Err(error) => Err(failure(&error, &self.format, self.emitted)),
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        if self.missing > 0 {
            findings.push(Finding::DamagedFrames { frames: self.missing });
        }
        findings
    }

    fn decode(&mut self, packet: &Packet, out: &mut Vec<i16>) -> Result<(), MediaError> {
        self.bytes_used += packet.data.len() as u64;
        let decoder = &mut self.decoder;
        let intact = guarded(|| match decoder.decode(packet) {
            Ok(buffer) => {
                buffer.copy_to_vec_interleaved::<i16>(out);
                true
            }
            Err(_) => false,
        })?;
        let position = u64::try_from(packet.pts.get()).unwrap_or(0);
        self.missing = self.missing.saturating_add(position.saturating_sub(self.position));
        self.position = position.saturating_add(packet.dur.get());
        let frames = (out.len() / usize::from(self.format.channels)) as u64;
        if !intact || frames != packet.dur.get() {
            out.clear();
            self.missing = self.missing.saturating_add(packet.dur.get());
            return Ok(());
        }
        self.emitted += frames;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), MediaError> {
        let unused = self.bytes_read.load(Ordering::Relaxed).saturating_sub(self.bytes_used);
        let cut = match self.format.frames_declared {
            Some(declared) => self.position < declared,
            None => unused > 0,
        };
        if cut {
            return Err(truncated(&self.format, self.emitted));
        }
        if self.emitted == 0 {
            return Err(MediaError::NoAudio);
        }
        if self.missing > self.emitted {
            return Err(MediaError::corrupt("most of its frames can't be decoded"));
        }
        if unused > 0 && self.missing == 0 {
            self.findings.push(Finding::TrailingBytes { bytes: unused });
        }
        if self.decoder.finalize().verify_ok == Some(false) {
            self.findings.push(Finding::ChecksumMismatch);
        }
        Ok(())
    }
}

fn truncated(format: &Format, emitted: u64) -> MediaError {
    MediaError::Truncated {
        expected_ms: format.frames_declared.map(|frames| format.frames_to_ms(frames)),
        found_ms: format.frames_to_ms(emitted),
    }
}

fn failure(error: &Error, format: &Format, emitted: u64) -> MediaError {
    match error {
        Error::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => truncated(format, emitted),
        Error::IoError(error) => MediaError::Io { what: error.kind().to_string() },
        Error::LimitError(what) => MediaError::Limits { what: (*what).to_owned() },
        _ => MediaError::corrupt("a FLAC stream that can't be followed"),
    }
}

/// Takes the stream information and drops all other metadata.
fn read_metadata<R: Read>(source: &mut Source<R>) -> Result<[u8; STREAM_INFO_BYTES], MediaError> {
    let cut = || MediaError::Truncated { expected_ms: None, found_ms: 0 };
    source.array::<4>()?.ok_or_else(cut)?;
    let mut info = None;
    loop {
        let [kind, a, b, c] = source.array::<4>()?.ok_or_else(cut)?;
        let size = u64::from(u32::from_be_bytes([0, a, b, c]));
        match (kind & 0x7F, info) {
            (0, None) if size == STREAM_INFO_BYTES as u64 => {
                info = Some(source.array::<STREAM_INFO_BYTES>()?.ok_or_else(cut)?);
            }
            (0, _) | (0x7F, _) | (_, None) => {
                return Err(MediaError::corrupt("metadata blocks out of order"));
            }
            _ => {
                if source.skip(size)? < size {
                    return Err(cut());
                }
            }
        }
        if let (true, Some(info)) = (kind & 0x80 != 0, info) {
            return Ok(info);
        }
    }
}

fn format_of(info: &[u8; STREAM_INFO_BYTES]) -> Result<Format, MediaError> {
    // RFC 9639 section 8.2: after 10 bytes of block and frame sizes 20 bits rate, 3 channels, 5 depth, 36 samples.
    let packed = info.get(10..18).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let rate = u32::try_from(packed >> 44).unwrap_or(0);
    let channels = u32::try_from((packed >> 41) & 7).unwrap_or(0) + 1;
    let frames = packed & 0xF_FFFF_FFFF;
    Format::checked(Container::Flac, Codec::Flac, rate, channels, (frames > 0).then_some(frames))
}

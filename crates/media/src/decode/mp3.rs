//! MP3: own framing, which notices cuts and damage, around the frame decoder of symphonia.
//!
//! It must not believe the table of contents further than to compare with it.

use std::io::Read;

use symphonia_bundle_mp3::MpaDecoder;
use symphonia_core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::guarded;
use super::mpeg::{Contents, FRAME_BYTES_MAX, FrameHeader, contents, is_trailing_tag};
use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::{Codec, Container, Format};
use crate::source::Source;

/// How far into a file without tags the first frame is looked for.
const SCAN_BYTES: usize = 4 * 1024;
/// The same behind a tag, where encoders leave padding.
const SCAN_TAGGED_BYTES: usize = 64 * 1024;
/// Samples by which every layer III decoder lags; encoder delays are counted without it.
const DECODER_DELAY: u64 = 529;

pub(super) struct Mp3Decoder<R> {
    source: Source<R>,
    decoder: MpaDecoder,
    format: Format,
    first: FrameHeader,
    contents: Contents,
    frames_read: u64,
    frames_damaged: u64,
    bytes_skipped: u64,
    /// Samples per channel still to be dropped at the front, and still to be given out.
    skip: u64,
    left: u64,
    emitted: u64,
    decoded: Vec<i16>,
}

enum Step {
    Frame(FrameHeader),
    Lost,
    End { partial_bytes: u64 },
}

impl<R: Read> Mp3Decoder<R> {
    pub(super) fn open(mut source: Source<R>, tagged: u64) -> Result<(Format, Self), MediaError> {
        let offset = find_first(&mut source, tagged > 0)?;
        source.skip(offset as u64)?;
        let start = source.fill(FRAME_BYTES_MAX)?;
        let first = FrameHeader::parse(start).ok_or(MediaError::Unrecognised)?;
        if first.layer != 3 {
            let numeral = if first.layer == 1 { "I" } else { "II" };
            return Err(MediaError::unsupported(format!("MPEG audio layer {numeral}")));
        }
        let found = start.get(..first.frame_bytes).and_then(|frame| contents(&first, frame));
        if found.is_some() {
            source.consume(first.frame_bytes);
        }
        let contents = found.unwrap_or_default();
        let per_frame = u64::from(first.samples());
        let coded = contents.frames.map(|frames| u64::from(frames) * per_frame);
        let (skip, total) = match (contents.padding, coded) {
            (Some((front, back)), Some(coded)) if u64::from(front) + u64::from(back) < coded => {
                (u64::from(front) + DECODER_DELAY, Some(coded - u64::from(front) - u64::from(back)))
            }
            _ => (0, coded),
        };
        let format =
            Format::checked(Container::Mp3, Codec::Mp3, first.sample_rate_hz, u32::from(first.channels), total)?;
        let mut params = AudioCodecParameters::new();
        params.for_codec(CODEC_ID_MP3);
        let decoder = MpaDecoder::try_new(&params, &AudioDecoderOptions::default())
            .map_err(|_| MediaError::corrupt("an MPEG stream that can't be set up"))?;
        let decoder = Self {
            source,
            decoder,
            format,
            first,
            contents,
            frames_read: 0,
            frames_damaged: 0,
            bytes_skipped: offset as u64,
            skip,
            left: if skip > 0 { total.unwrap_or(u64::MAX) } else { u64::MAX },
            emitted: 0,
            decoded: Vec::new(),
        };
        Ok((format, decoder))
    }

    pub(super) fn next(&mut self, out: &mut Vec<i16>) -> Result<bool, MediaError> {
        loop {
            match self.step()? {
                Step::Frame(header) => {
                    self.decode(&header)?;
                    self.give(out);
                    return Ok(true);
                }
                Step::Lost => {}
                Step::End { partial_bytes } => {
                    self.finish(partial_bytes)?;
                    return Ok(false);
                }
            }
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.bytes_skipped > 0 {
            findings.push(Finding::SkippedBytes { bytes: self.bytes_skipped });
        }
        if self.frames_damaged > 0 {
            findings.push(Finding::DamagedFrames { frames: self.frames_damaged });
        }
        findings
    }

    /// Looks at what comes next: a frame, rubbish (of which some is dropped), or the end.
    fn step(&mut self) -> Result<Step, MediaError> {
        let first = self.first;
        let window = self.source.fill(2 * FRAME_BYTES_MAX + 4)?;
        if window.is_empty() {
            return Ok(Step::End { partial_bytes: 0 });
        }
        if let Some(header) = FrameHeader::parse(window).filter(|header| header.fits(&first)) {
            if header.frame_bytes <= window.len() {
                return Ok(Step::Frame(header));
            }
            let partial_bytes = window.len() as u64;
            self.source.skip(u64::MAX)?;
            return Ok(Step::End { partial_bytes });
        }
        if is_trailing_tag(window) {
            self.source.skip(u64::MAX)?;
            return Ok(Step::End { partial_bytes: 0 });
        }
        // A lone header in rubbish is as likely chance as audio: it counts when another or the end follows.
        let resumed = (1..window.len())
            .find(|at| window.get(*at..).is_some_and(|rest| is_trailing_tag(rest) || is_chain(rest, &first, 2)));
        let step = resumed.unwrap_or_else(|| window.len().saturating_sub(FRAME_BYTES_MAX + 4).max(1));
        self.source.consume(step);
        self.bytes_skipped += step as u64;
        Ok(Step::Lost)
    }

    fn decode(&mut self, header: &FrameHeader) -> Result<(), MediaError> {
        let frame = self.source.fill(header.frame_bytes)?.get(..header.frame_bytes).unwrap_or_default();
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::from(header.samples()), frame);
        let decoder = &mut self.decoder;
        let decoded = &mut self.decoded;
        let intact = guarded(|| match decoder.decode_ref(&packet) {
            Ok(buffer) => {
                buffer.copy_to_vec_interleaved::<i16>(decoded);
                true
            }
            Err(_) => false,
        })?;
        self.source.consume(header.frame_bytes);
        self.frames_read += 1;
        let expected = usize::from(header.samples()) * usize::from(header.channels);
        if !intact || self.decoded.len() != expected {
            self.frames_damaged += 1;
            self.decoded.clear();
            self.decoded.resize(expected, 0);
        }
        Ok(())
    }

    /// Passes on what is decoded, without the samples that the encoder added.
    fn give(&mut self, out: &mut Vec<i16>) {
        let channels = usize::from(self.format.channels);
        let frames = (self.decoded.len() / channels) as u64;
        let from = self.skip.min(frames);
        self.skip -= from;
        let count = (frames - from).min(self.left);
        self.left -= count;
        self.emitted += count;
        let samples = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(channels);
        out.extend_from_slice(self.decoded.get(samples(from)..samples(from + count)).unwrap_or_default());
    }

    fn finish(&mut self, partial_bytes: u64) -> Result<(), MediaError> {
        let declared = self.contents.frames.map(u64::from);
        // Some encoders count the table of contents as a frame, hence one frame of grace where nothing else is odd.
        let grace = u64::from(partial_bytes == 0);
        let missing = declared.is_some_and(|frames| self.frames_read + grace < frames);
        if missing || (declared.is_none() && partial_bytes > 0) {
            let expected = self.format.frames_declared.map(|frames| self.format.frames_to_ms(frames));
            let found_ms = self.format.frames_to_ms(self.emitted);
            return Err(MediaError::Truncated { expected_ms: expected, found_ms });
        }
        self.bytes_skipped += partial_bytes;
        if self.emitted == 0 {
            return Err(MediaError::NoAudio);
        }
        if self.frames_damaged * 2 > self.frames_read {
            return Err(MediaError::corrupt("most of its frames can't be decoded"));
        }
        Ok(())
    }
}

/// Offset of the first frame within what can be looked at ahead.
fn find_first<R: Read>(source: &mut Source<R>, tagged: bool) -> Result<usize, MediaError> {
    let reach = if tagged { SCAN_TAGGED_BYTES } else { SCAN_BYTES };
    let window = source.fill(reach + 3 * FRAME_BYTES_MAX)?;
    if window.is_empty() {
        return Err(MediaError::NoAudio);
    }
    for at in 0..window.len().min(reach) {
        let rest = window.get(at..).unwrap_or_default();
        let Some(header) = FrameHeader::parse(rest) else {
            continue;
        };
        // At the very start two headers in the right distance are enough; further in, chance has more tries.
        let headers = if at == 0 { 2 } else { 4 };
        if is_chain(rest, &header, headers) {
            return Ok(at);
        }
        if tagged && at == 0 && header.layer == 3 && rest.len() < header.frame_bytes {
            return Err(MediaError::Truncated { expected_ms: None, found_ms: 0 });
        }
    }
    Err(MediaError::Unrecognised)
}

/// Whether `count` headers of one stream follow one another here, or fewer up to the end or a partial frame.
fn is_chain(mut bytes: &[u8], like: &FrameHeader, count: usize) -> bool {
    for seen in 0..count {
        if seen > 0 && (bytes.is_empty() || is_trailing_tag(bytes)) {
            return true;
        }
        let Some(header) = FrameHeader::parse(bytes).filter(|header| header.fits(like)) else {
            return false;
        };
        match bytes.get(header.frame_bytes..) {
            Some(rest) => bytes = rest,
            None => return seen > 0,
        }
    }
    true
}

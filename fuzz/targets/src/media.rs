//! Recordings of any container, and what the process says that decodes them.
//!
//! A decoder's output is bounded here, as the limits of the worker's process bound it in the house.

use soundkeep_media::worker::{Frame, FrameDecoder, FrameWriter};
use soundkeep_media::{
    Analysis, AnalysisOptions, CHANNELS_MAX, Decoder, Format, MediaError, PlaybackPlan, Reach, SAMPLE_RATE_HZ_MAX,
    SAMPLE_RATE_HZ_MIN, analyse_stream, probe,
};
use std::io::{self, Read};

/// So many samples are listened to: a few bytes of silence can stand for hours.
const SAMPLES_MAX: u64 = 200_000;
const POINTS_MAX: usize = 64;

/// A file of any container.
pub fn file(bytes: &[u8]) {
    let probed = probe(bytes);
    let Some((format, samples)) = decoded(bytes) else {
        return;
    };
    assert_eq!(probed.as_ref(), Ok(&format), "probing and opening agree");
    assert!((1..=CHANNELS_MAX).contains(&format.channels));
    assert!((SAMPLE_RATE_HZ_MIN..=SAMPLE_RATE_HZ_MAX).contains(&format.sample_rate_hz));
    if samples <= SAMPLES_MAX {
        analysed(bytes, &format, samples);
    }
}

/// An Ogg file, whose checksums are put right first: no mutation meets one by chance.
pub fn ogg(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    mend_checksums(&mut bytes);
    file(&bytes);
}

/// The shape of a file and how many samples it holds; nothing when it can't be opened.
fn decoded(bytes: &[u8]) -> Option<(Format, u64)> {
    let mut decoder = match Decoder::open(bytes) {
        Ok(decoder) => decoder,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return None;
        }
    };
    let format = *decoder.format();
    let mut samples = 0;
    while samples <= SAMPLES_MAX {
        match decoder.next_block() {
            Ok(Some(block)) => {
                assert!(!block.is_empty() && block.len().is_multiple_of(usize::from(format.channels)), "whole frames");
                samples += block.len() as u64;
            }
            Ok(None) | Err(_) => {
                assert!(matches!(decoder.next_block(), Ok(None)), "there is nothing after the end");
                break;
            }
        }
    }
    Some((format, samples))
}

fn analyse(reader: impl Read + Send + Sync, sink: &mut Vec<u8>) -> Result<Analysis, MediaError> {
    let options = AnalysisOptions { reach: Reach::Everywhere, points_per_channel_max: POINTS_MAX };
    analyse_stream(reader, &options, sink)
}

fn analysed(bytes: &[u8], format: &Format, samples: u64) {
    let mut sink = Vec::new();
    let outcome = analyse(bytes, &mut sink);
    let mut sink_in_pieces = Vec::new();
    let in_pieces = analyse(Pieces { bytes, turn: 0 }, &mut sink_in_pieces);
    assert_eq!(outcome, in_pieces, "it doesn't matter in which pieces a file comes");
    assert_eq!(sink, sink_in_pieces);
    let Ok(analysis) = outcome else {
        return;
    };
    assert_eq!(analysis.bytes, bytes.len() as u64);
    assert_eq!(analysis.frames * u64::from(format.channels), samples);
    assert_eq!(analysis.channels.len(), usize::from(format.channels));
    for channel in &analysis.channels {
        assert!(channel.peaks.points() <= POINTS_MAX, "the waveform is bounded");
        assert!(channel.peaks.points() > 0 && channel.peaks.values().len() == 2 * channel.peaks.points());
        let mut end = 0;
        for interval in &channel.speech {
            assert!(interval.from_ms >= end && interval.from_ms < interval.until_ms, "speech is in order");
            end = interval.until_ms;
        }
        assert!(end <= analysis.duration_ms() + 1, "nobody speaks after the end");
    }
    match &analysis.playback {
        PlaybackPlan::AsIs { .. } => assert!(sink.is_empty()),
        PlaybackPlan::Transcode { bytes, .. } => {
            assert_eq!(sink.len() as u64, *bytes, "the playback form is as long as was said before its first byte");
            let (played, again) = decoded(&sink).expect("the playback form can be played");
            assert_eq!((played.channels, played.sample_rate_hz), (format.channels, format.sample_rate_hz));
            assert_eq!(again, samples);
        }
    }
    let json = serde_json::to_string(&analysis).expect("an analysis is JSON");
    assert_eq!(serde_json::from_str::<Analysis>(&json).expect("which reads back"), analysis);
}

/// Hands bytes out in odd pieces.
struct Pieces<'a> {
    bytes: &'a [u8],
    turn: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        let count = (self.turn * 37 % 61 + 1).min(out.len());
        self.bytes.read(out.get_mut(..count).unwrap_or_default())
    }
}

/// Writes the right checksum into every page of an Ogg file.
fn mend_checksums(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(4).position(|four| four == b"OggS")) {
        at += found;
        let sizes = |bytes: &[u8]| {
            let segments = usize::from(*bytes.get(at + 26)?);
            let lacing = bytes.get(at + 27..at + 27 + segments)?;
            Some(27 + segments + lacing.iter().map(|size| usize::from(*size)).sum::<usize>())
        };
        let Some(page) = sizes(bytes).and_then(|length| bytes.get_mut(at..at + length)) else {
            return;
        };
        at += page.len();
        if let Some(field) = page.get_mut(22..26) {
            field.fill(0);
        }
        let sum = page.iter().fold(0_u32, |sum, byte| {
            (0..8).fold(sum ^ (u32::from(*byte) << 24), |sum, _| {
                if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x04C1_1DB7 }
            })
        });
        if let Some(field) = page.get_mut(22..26) {
            field.copy_from_slice(&sum.to_le_bytes());
        }
    }
}

/// What the worker's process sends, which may have been taken over by what it decodes.
pub fn worker(bytes: &[u8]) {
    let whole = frames(&mut FrameDecoder::new(), &[bytes]);
    let pieces: Vec<&[u8]> = bytes.chunks(7).collect();
    assert_eq!(whole, frames(&mut FrameDecoder::new(), &pieces), "it doesn't matter in which pieces frames come");
    let mut written = Vec::new();
    let mut writer = FrameWriter::new(&mut written);
    for frame in &whole {
        writer.write_frame(frame).expect("a buffer takes everything");
    }
    // An empty piece of playback says nothing, and isn't written.
    let said: Vec<Frame> = whole.into_iter().filter(|frame| *frame != Frame::Playback(Vec::new())).collect();
    let mut decoder = FrameDecoder::new();
    assert_eq!(frames(&mut decoder, &[&written]), said, "frames read back as they were written");
    assert!(decoder.is_empty());
}

fn frames(decoder: &mut FrameDecoder, pieces: &[&[u8]]) -> Vec<Frame> {
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return frames,
            }
        }
    }
    frames
}

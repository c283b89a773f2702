//! One pass over a file: its shape, waveform peaks, who sounds when, and the playback form on the way.
//!
//! It must not look back: memory is the same for a minute and for a day.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::decode::Decoder;
use crate::error::MediaError;
use crate::finding::Finding;
use crate::format::{Codec, Container, Format, scale};
use crate::peaks::{Peaks, PeaksBuilder};
use crate::playback::{PcmWriter, PlaybackPlan, PlaybackSink, Reach};
use crate::speech::{Interval, SpeechDetector, TICK_MS};

const TICKS_PER_SECOND: u64 = 1_000 / TICK_MS;
/// Up to this sample a channel is silent: the smallest step of A-law.
const SILENCE_LEVEL: u16 = 8;
/// Samples that are scanned at once, so that 32-bit sums suffice; whole frames of 1, 2, 4 and 8 channels.
const SCAN_SAMPLES: usize = 8_192;
const LANES: usize = 16;

/// What to make of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisOptions {
    /// Whose browsers the playback form is for.
    pub reach: Reach,
    /// Bound for the points of [`ChannelAnalysis::peaks`].
    pub points_per_channel_max: usize,
}

impl Default for AnalysisOptions {
    fn default() -> Self {
        Self { reach: Reach::default(), points_per_channel_max: 20_000 }
    }
}

/// All that is known about a file after one pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// Wrapping.
    pub container: Container,
    /// Coding.
    pub codec: Codec,
    /// Samples per second and channel.
    pub sample_rate_hz: u32,
    /// Sample frames that were decoded.
    pub frames: u64,
    /// Duration in microseconds, rounded down.
    pub duration_micros: u64,
    /// Bytes of the original, tags and trailers included.
    pub bytes: u64,
    /// Time that each point of the peaks covers: 20, 40, 80, … milliseconds; the last point covers the rest.
    pub milliseconds_per_point: u32,
    /// One for each channel, in the order of the file.
    pub channels: Vec<ChannelAnalysis>,
    /// What is served for listening.
    pub playback: PlaybackPlan,
    /// What was odd.
    pub findings: Vec<Finding>,
}

impl Analysis {
    /// Duration in milliseconds, rounded down.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.duration_micros / 1_000
    }

    /// Points of the peaks per second: 50, 25, 12.5, …
    #[must_use]
    pub fn points_per_second(&self) -> f64 {
        1_000.0 / f64::from(self.milliseconds_per_point.max(1))
    }
}

/// What one channel holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelAnalysis {
    /// The waveform.
    pub peaks: Peaks,
    /// When it sounds; silence in between.
    pub speech: Vec<Interval>,
    /// The loudest sample, 0..=32768.
    pub peak_level: u16,
}

/// Decodes `reader` to its end in one pass, writing the playback form to `sink` on the way where one is needed.
///
/// # Errors
/// All of [`MediaError`]. What the sink has by then is not usable.
pub fn analyse_stream<R: Read + Send + Sync>(
    reader: R,
    options: &AnalysisOptions,
    sink: &mut dyn PlaybackSink,
) -> Result<Analysis, MediaError> {
    let mut counted = Counted { reader, bytes: 0 };
    let mut decoder = Decoder::open(&mut counted)?;
    let format = *decoder.format();
    let plan = PlaybackPlan::for_format(&format, options.reach);
    let mut writer = PcmWriter::begin(sink, &format, &plan)?;
    let mut analyser = Analyser::new(&format, options.points_per_channel_max);
    while let Some(samples) = decoder.next_block()? {
        analyser.push(samples);
        if let Some(writer) = &mut writer {
            writer.write(samples)?;
        }
    }
    if let Some(writer) = writer {
        writer.finish()?;
    }
    let findings = decoder.findings();
    drop(decoder);
    std::io::copy(&mut counted, &mut std::io::sink())?;
    Ok(analyser.finish(&format, counted.bytes, plan, findings))
}

struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.reader.read(out)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

/// What a tick of one channel adds up to.
#[derive(Debug, Clone, Copy)]
struct Tick {
    low: i16,
    high: i16,
    /// Sum, and sum of the squares, of samples over 16.
    sum: i64,
    energy: u64,
}

const NO_TICK: Tick = Tick { low: i16::MAX, high: i16::MIN, sum: 0, energy: 0 };

struct Channel {
    tick: Tick,
    low: i16,
    high: i16,
    peaks: PeaksBuilder,
    speech: SpeechDetector,
}

struct Analyser {
    sample_rate_hz: u64,
    channels: Vec<Channel>,
    ticks: Vec<Tick>,
    frames: u64,
    tick: u64,
    tick_start: u64,
    tick_end: u64,
}

impl Analyser {
    fn new(format: &Format, points_max: usize) -> Self {
        let channel = || Channel {
            tick: NO_TICK,
            low: 0,
            high: 0,
            peaks: PeaksBuilder::new(points_max),
            speech: SpeechDetector::new(),
        };
        let rate = u64::from(format.sample_rate_hz);
        Self {
            sample_rate_hz: rate,
            channels: (0..format.channels).map(|_| channel()).collect(),
            ticks: vec![NO_TICK; usize::from(format.channels)],
            frames: 0,
            tick: 0,
            tick_start: 0,
            tick_end: tick_end(0, rate),
        }
    }

    fn push(&mut self, mut interleaved: &[i16]) {
        let count = self.channels.len();
        while interleaved.len() >= count {
            let left = usize::try_from(self.tick_end - self.frames).unwrap_or(usize::MAX);
            let frames = left.min(interleaved.len() / count);
            let (now, later) = interleaved.split_at_checked(frames * count).unwrap_or_default();
            interleaved = later;
            self.scan(now);
            self.frames += frames as u64;
            if self.frames == self.tick_end {
                self.close_tick();
            }
        }
    }

    fn scan(&mut self, samples: &[i16]) {
        self.ticks.fill(NO_TICK);
        let ticks = &mut self.ticks;
        match self.channels.len() {
            1 => samples.chunks(SCAN_SAMPLES).for_each(|piece| scan_lanes::<1>(piece, ticks)),
            2 => samples.chunks(SCAN_SAMPLES).for_each(|piece| scan_lanes::<2>(piece, ticks)),
            4 => samples.chunks(SCAN_SAMPLES).for_each(|piece| scan_lanes::<4>(piece, ticks)),
            8 => samples.chunks(SCAN_SAMPLES).for_each(|piece| scan_lanes::<8>(piece, ticks)),
            count => samples.chunks_exact(count).for_each(|frame| {
                frame.iter().zip(&mut self.ticks).for_each(|(sample, tick)| tick.add(*sample));
            }),
        }
        for (channel, tick) in self.channels.iter_mut().zip(&self.ticks) {
            channel.tick = channel.tick.merged(tick);
        }
    }

    fn close_tick(&mut self) {
        let frames = self.frames - self.tick_start;
        for channel in &mut self.channels {
            let tick = std::mem::replace(&mut channel.tick, NO_TICK);
            channel.low = channel.low.min(tick.low);
            channel.high = channel.high.max(tick.high);
            channel.peaks.push(tick.low, tick.high);
            channel.speech.push(tick.power(frames));
        }
        self.tick += 1;
        self.tick_start = self.frames;
        self.tick_end = tick_end(self.tick, self.sample_rate_hz);
    }

    fn finish(mut self, format: &Format, bytes: u64, playback: PlaybackPlan, mut findings: Vec<Finding>) -> Analysis {
        if self.frames > self.tick_start {
            self.close_tick();
        }
        let duration_ms = format.frames_to_ms(self.frames);
        let ticks_per_point = self.channels.first().map_or(1, |channel| channel.peaks.ticks_per_point());
        let channels: Vec<ChannelAnalysis> = self
            .channels
            .into_iter()
            .map(|channel| ChannelAnalysis {
                peak_level: channel.low.unsigned_abs().max(channel.high.unsigned_abs()),
                peaks: channel.peaks.finish(),
                speech: channel.speech.finish(duration_ms),
            })
            .collect();
        if channels.iter().all(|channel| channel.peak_level <= SILENCE_LEVEL) {
            findings.push(Finding::OnlySilence);
        }
        Analysis {
            container: format.container,
            codec: format.codec,
            sample_rate_hz: format.sample_rate_hz,
            frames: self.frames,
            duration_micros: format.frames_to_micros(self.frames),
            bytes,
            milliseconds_per_point: u32::try_from(TICK_MS).unwrap_or(0).saturating_mul(ticks_per_point),
            channels,
            playback,
            findings,
        }
    }
}

/// The frame at which a tick ends; ticks share out the frames of a second where the rate is no multiple of 50.
fn tick_end(tick: u64, sample_rate_hz: u64) -> u64 {
    scale(tick + 1, sample_rate_hz, TICKS_PER_SECOND)
}

impl Tick {
    fn add(&mut self, sample: i16) {
        let small = i64::from(sample >> 4);
        self.low = self.low.min(sample);
        self.high = self.high.max(sample);
        self.sum += small;
        self.energy += (small * small).unsigned_abs();
    }

    fn merged(&self, other: &Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            sum: self.sum + other.sum,
            energy: self.energy + other.energy,
        }
    }

    /// Mean power over so many frames without the constant offset that cheap converters and 8-bit PCM add; 1.0 for a
    /// full-scale square wave.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "three digits are plenty")]
    fn power(&self, frames: u64) -> f32 {
        const FULL_SCALE: f64 = 2_048.0 * 2_048.0;
        let frames = frames.max(1) as f64;
        let mean = self.sum as f64 / frames;
        ((self.energy as f64 / frames - mean * mean) / FULL_SCALE) as f32
    }
}

/// The same as [`Tick::add`] over all samples, laid out so that the compiler makes vector instructions of it: lane
/// `n` of 16 always holds channel `n` modulo the number of channels, which has to divide 16.
fn scan_lanes<const CHANNELS: usize>(samples: &[i16], ticks: &mut [Tick]) {
    let mut low = [i16::MAX; LANES];
    let mut high = [i16::MIN; LANES];
    let mut sum = [0_i32; LANES];
    let mut energy = [0_i32; LANES];
    let (chunks, rest) = samples.as_chunks::<LANES>();
    for chunk in chunks {
        for (((low, high), (sum, energy)), sample) in
            low.iter_mut().zip(&mut high).zip(sum.iter_mut().zip(&mut energy)).zip(chunk)
        {
            *low = (*low).min(*sample);
            *high = (*high).max(*sample);
            let small = *sample >> 4;
            *sum += i32::from(small);
            *energy += i32::from(small) * i32::from(small);
        }
    }
    let lanes = low.as_chunks::<CHANNELS>().0.iter().zip(high.as_chunks::<CHANNELS>().0);
    let sums = sum.as_chunks::<CHANNELS>().0.iter().zip(energy.as_chunks::<CHANNELS>().0);
    for ((low, high), (sum, energy)) in lanes.zip(sums) {
        for (((tick, low), high), (sum, energy)) in ticks.iter_mut().zip(low).zip(high).zip(sum.iter().zip(energy)) {
            let energy = u64::from(energy.unsigned_abs());
            *tick = tick.merged(&Tick { low: *low, high: *high, sum: i64::from(*sum), energy });
        }
    }
    for frame in rest.chunks_exact(CHANNELS) {
        frame.iter().zip(ticks.iter_mut()).for_each(|(sample, tick)| tick.add(*sample));
    }
}

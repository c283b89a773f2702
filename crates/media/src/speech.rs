//! When somebody speaks: a gate on loudness that follows the noise floor, with hysteresis and minimum lengths.
//!
//! It tells sound from silence, not speech from music; hold music counts as sound. It must not see samples, only the
//! power of one tick after the other, and holds a bounded number of intervals.

use serde::{Deserialize, Serialize};

/// Length of a tick in milliseconds.
pub(crate) const TICK_MS: u64 = 20;

/// Pauses shorter than this don't end an interval (300 ms).
const PAUSE_TICKS: u64 = 15;
/// Shorter sounds are clicks (160 ms).
const SOUND_TICKS: u64 = 8;
/// More intervals than this are merged across longer and longer pauses.
const INTERVALS_MAX: usize = 5_000;
/// The floor is the quietest of this many half seconds.
const FLOOR_WINDOWS: usize = 16;
const FLOOR_WINDOW_TICKS: u32 = 25;
/// Before so many half seconds have passed, nothing is known of the floor.
const FLOOR_WINDOWS_MIN: usize = 6;
/// Powers relative to full scale: -62, -48 and -20 dB.
const FLOOR_MIN: f32 = 6.3e-7;
const ENTER_MIN: f32 = 1.6e-5;
const ENTER_MAX: f32 = 1e-2;
/// Ratios of power: a sound begins 9 dB over the floor and lasts while it is not 4 dB below its beginning.
const ENTER_OVER_FLOOR: f32 = 8.0;
const LEAVE_UNDER_ENTER: f32 = 0.4;

/// A stretch of sound in milliseconds from the start. Serialises as `[from, until]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub struct Interval {
    /// First millisecond.
    pub from_ms: u64,
    /// First millisecond after it.
    pub until_ms: u64,
}

impl From<(u64, u64)> for Interval {
    fn from((from_ms, until_ms): (u64, u64)) -> Self {
        Self { from_ms, until_ms }
    }
}

impl From<Interval> for (u64, u64) {
    fn from(interval: Interval) -> Self {
        (interval.from_ms, interval.until_ms)
    }
}

/// Follows one channel.
#[derive(Debug)]
pub(crate) struct SpeechDetector {
    tick: u64,
    /// First and last tick of the sound that is going on.
    open: Option<(u64, u64)>,
    intervals: Vec<(u64, u64)>,
    pause_ticks: u64,
    floor: f32,
    window_floor: f32,
    window_ticks: u32,
    window_floors: [f32; FLOOR_WINDOWS],
    window: usize,
}

impl SpeechDetector {
    pub(crate) fn new() -> Self {
        Self {
            tick: 0,
            open: None,
            intervals: Vec::new(),
            pause_ticks: PAUSE_TICKS,
            floor: FLOOR_MIN,
            window_floor: f32::MAX,
            window_ticks: 0,
            window_floors: [f32::MAX; FLOOR_WINDOWS],
            window: 0,
        }
    }

    /// Takes the mean power of the next tick, where 1.0 is that of a full-scale square wave.
    pub(crate) fn push(&mut self, power: f32) {
        let enter = (self.floor * ENTER_OVER_FLOOR).clamp(ENTER_MIN, ENTER_MAX);
        let threshold = if self.open.is_some() { enter * LEAVE_UNDER_ENTER } else { enter };
        if power > threshold {
            self.open = Some((self.open.map_or(self.tick, |(from, _)| from), self.tick));
        } else if let Some((_, last)) = self.open
            && self.tick - last >= self.pause_ticks
        {
            self.close();
        }
        self.follow_floor(power);
        self.tick += 1;
    }

    /// The intervals, in order and apart by at least the shortest pause; none reaches past `duration_ms`.
    pub(crate) fn finish(mut self, duration_ms: u64) -> Vec<Interval> {
        self.close();
        let clip = |tick: u64| (tick * TICK_MS).min(duration_ms);
        let to_ms = |(from, until)| Interval { from_ms: clip(from), until_ms: clip(until) };
        self.intervals.into_iter().map(to_ms).filter(|interval| interval.from_ms < interval.until_ms).collect()
    }

    fn close(&mut self) {
        let Some((from, last)) = self.open.take() else {
            return;
        };
        let until = last + 1;
        if until - from < SOUND_TICKS {
            return;
        }
        match self.intervals.last_mut() {
            Some((_, previous)) if from - *previous < self.pause_ticks => *previous = until,
            _ => self.intervals.push((from, until)),
        }
        while self.intervals.len() >= INTERVALS_MAX {
            self.pause_ticks *= 2;
            let pause_ticks = self.pause_ticks;
            self.intervals.dedup_by(|next, kept| {
                let near = next.0 - kept.1 < pause_ticks;
                if near {
                    kept.1 = next.1;
                }
                near
            });
        }
    }

    fn follow_floor(&mut self, power: f32) {
        self.window_floor = self.window_floor.min(power);
        self.window_ticks += 1;
        if self.window_ticks < FLOOR_WINDOW_TICKS {
            return;
        }
        if let Some(slot) = self.window_floors.get_mut(self.window % FLOOR_WINDOWS) {
            *slot = self.window_floor;
        }
        self.window += 1;
        self.window_ticks = 0;
        self.window_floor = f32::MAX;
        if self.window >= FLOOR_WINDOWS_MIN {
            let lowest = self.window_floors.iter().copied().fold(f32::MAX, f32::min);
            self.floor = lowest.max(FLOOR_MIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(parts: &[(u64, f32)]) -> Vec<(u64, u64)> {
        let mut detector = SpeechDetector::new();
        for (ms, power) in parts {
            for _ in 0..ms / TICK_MS {
                detector.push(*power);
            }
        }
        let duration = parts.iter().map(|(ms, _)| ms).sum();
        detector.finish(duration).into_iter().map(Into::into).collect()
    }

    const LOUD: f32 = 1e-3;
    const QUIET: f32 = 1e-8;

    #[test]
    fn a_sentence_between_silences_is_one_interval() {
        assert_eq!(detect(&[(1_000, QUIET), (800, LOUD), (200, QUIET), (600, LOUD), (900, QUIET)]), [(1_000, 2_600)]);
    }

    #[test]
    fn a_long_pause_parts_two_intervals_and_a_click_is_none() {
        let parts = [(400, LOUD), (600, QUIET), (40, LOUD), (600, QUIET), (400, LOUD)];
        assert_eq!(detect(&parts), [(0, 400), (1_640, 2_040)]);
    }

    #[test]
    fn steady_noise_stops_counting_once_it_is_known_as_the_floor() {
        let noise = 1e-4;
        let found = detect(&[(20_000, noise), (1_000, LOUD), (2_000, noise)]);
        assert_eq!(found.last(), Some(&(20_000, 21_000)));
        assert!(found.iter().filter(|(from, _)| *from < 20_000).all(|(_, until)| *until <= 4_000), "{found:?}");
    }

    #[test]
    fn a_voice_that_drops_a_little_does_not_flicker() {
        assert_eq!(detect(&[(400, LOUD), (600, ENTER_MIN * 0.6), (400, LOUD)]), [(0, 1_400)]);
    }

    #[test]
    fn intervals_stay_bounded() {
        let mut detector = SpeechDetector::new();
        for _ in 0..20_000 {
            for _ in 0..SOUND_TICKS {
                detector.push(LOUD);
            }
            for _ in 0..PAUSE_TICKS + 1 {
                detector.push(QUIET);
            }
        }
        let intervals = detector.finish(u64::MAX);
        assert!(!intervals.is_empty() && intervals.len() < INTERVALS_MAX, "{}", intervals.len());
    }
}

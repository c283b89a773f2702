//! Waveform peaks: the lowest and highest sample of each stretch of time, at a resolution that adapts to the length.
//!
//! It must not grow with the recording: when the points run out, neighbours are merged and each covers twice the time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Lowest and highest sample per point, -127..=127 of full scale, in turn: `min, max, min, max, …`.
/// Serialises as base64 of the bytes in two's complement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peaks(Vec<i8>);

impl Peaks {
    /// From pairs laid out as `min, max, …`.
    #[must_use]
    pub fn new(values: Vec<i8>) -> Self {
        Self(values)
    }

    /// The values as `min, max, min, max, …`.
    #[must_use]
    pub fn values(&self) -> &[i8] {
        &self.0
    }

    /// Number of points, which is half the number of values.
    #[must_use]
    pub fn points(&self) -> usize {
        self.0.len() / 2
    }
}

impl Serialize for Peaks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().map(|value| value.cast_unsigned()).collect();
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Peaks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        Ok(Self(bytes.into_iter().map(u8::cast_signed).collect()))
    }
}

/// 16 bits to -127..=127, rounded to the nearest; keeps order, so that merging and rounding can change places.
#[must_use]
pub(crate) fn quantise(sample: i16) -> i8 {
    let scaled = i32::from(sample) * 127;
    let half = if scaled < 0 { -16_383 } else { 16_383 };
    i8::try_from((scaled + half) / 32_767).unwrap_or(if scaled < 0 { -127 } else { 127 }).max(-127)
}

/// Collects one channel, tick by tick.
#[derive(Debug)]
pub(crate) struct PeaksBuilder {
    points: Vec<[i8; 2]>,
    points_max: usize,
    ticks_per_point: u32,
    ticks_open: u32,
    open: [i8; 2],
}

impl PeaksBuilder {
    /// At most `points_max` points, rounded up to an even number of at least 2.
    pub(crate) fn new(points_max: usize) -> Self {
        let points_max = points_max.max(2).next_multiple_of(2);
        Self { points: Vec::new(), points_max, ticks_per_point: 1, ticks_open: 0, open: [i8::MAX, i8::MIN] }
    }

    /// Adds the extremes of the next tick.
    pub(crate) fn push(&mut self, low: i16, high: i16) {
        self.open = merged(self.open, [quantise(low), quantise(high)]);
        self.ticks_open += 1;
        if self.ticks_open < self.ticks_per_point {
            return;
        }
        self.close();
        if self.points.len() >= self.points_max {
            self.halve();
        }
    }

    /// How many ticks each point covers, the last one perhaps fewer.
    pub(crate) fn ticks_per_point(&self) -> u32 {
        self.ticks_per_point
    }

    pub(crate) fn finish(mut self) -> Peaks {
        if self.ticks_open > 0 {
            self.close();
        }
        Peaks(self.points.into_iter().flatten().collect())
    }

    fn close(&mut self) {
        self.points.push(self.open);
        self.open = [i8::MAX, i8::MIN];
        self.ticks_open = 0;
    }

    fn halve(&mut self) {
        let halved: Vec<[i8; 2]> = self.points.as_chunks().0.iter().map(|[a, b]| merged(*a, *b)).collect();
        self.points.clear();
        self.points.extend(halved);
        self.ticks_per_point = self.ticks_per_point.saturating_mul(2);
    }
}

fn merged([low, high]: [i8; 2], [other_low, other_high]: [i8; 2]) -> [i8; 2] {
    [low.min(other_low), high.max(other_high)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_127_both_ways_and_order_is_kept() {
        assert_eq!((quantise(i16::MIN), quantise(0), quantise(i16::MAX)), (-127, 0, 127));
        let all: Vec<i8> = (i16::MIN..=i16::MAX).map(quantise).collect();
        assert!(all.is_sorted());
    }

    #[test]
    fn points_stay_bounded_and_lose_no_extreme() {
        let mut builder = PeaksBuilder::new(8);
        for tick in 0..1_000_i16 {
            builder.push(if tick == 777 { -32_768 } else { -100 }, 100);
        }
        assert_eq!(builder.ticks_per_point(), 128);
        let peaks = builder.finish();
        assert_eq!(peaks.points(), 1_000_usize.div_ceil(128));
        assert_eq!(peaks.values()[777 / 128 * 2], -127);
    }

    #[test]
    fn peaks_survive_serialisation() {
        let peaks = Peaks::new(vec![-127, 127, 0, 1, -1, 5]);
        let json = serde_json::to_string(&peaks).unwrap();
        assert_eq!(json, "\"gX8AAf8F\"");
        assert_eq!(serde_json::from_str::<Peaks>(&json).unwrap(), peaks);
    }
}

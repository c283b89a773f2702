//! Time: microseconds since 1970 in UTC, and the clock that hands it out.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A point in time, in microseconds since 1970-01-01T00:00:00Z. Texts are RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// What was given as a time is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time: expected RFC 3339 such as 2026-11-21T09:00:00Z")]
pub struct BadTimestamp;

/// The latest time that can be written: the end of the year 9999.
const LAST_MICROS: i64 = 253_402_300_799_999_999;

impl Timestamp {
    /// The time that lies so many microseconds after 1970; times outside 1970 to 9999 are moved to its ends.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Self {
        if micros < 0 {
            Self(0)
        } else if micros > LAST_MICROS {
            Self(LAST_MICROS)
        } else {
            Self(micros)
        }
    }
    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_unix_micros(self) -> i64 {
        self.0
    }
    /// Whole milliseconds since 1970.
    #[must_use]
    pub const fn as_unix_millis(self) -> u64 {
        self.0.unsigned_abs() / 1000
    }
    /// Whole seconds since 1970.
    #[must_use]
    pub const fn as_unix_seconds(self) -> i64 {
        self.0 / 1_000_000
    }
    /// This time and so many seconds, backwards when negative.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
    /// Microseconds from `earlier` to this time; negative when it is later.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => time.fmt(f),
            Err(_) => f.write_str("9999-12-31T23:59:59Z"),
        }
    }
}

impl FromStr for Timestamp {
    type Err = BadTimestamp;
    fn from_str(text: &str) -> Result<Self, BadTimestamp> {
        let micros = text.parse::<jiff::Timestamp>().map_err(|_| BadTimestamp)?.as_microsecond();
        if (0..=LAST_MICROS).contains(&micros) { Ok(Self(micros)) } else { Err(BadTimestamp) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Hands out the time. The binary has one that reads the machine's; tests turn theirs by hand.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_its_text() {
        let time = Timestamp::from_unix_micros(1_790_000_000_000_001);
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!("2026-11-21T10:00:00+01:00".parse::<Timestamp>().unwrap().to_string(), "2026-11-21T09:00:00Z");
        assert!("yesterday".parse::<Timestamp>().is_err());
    }
}

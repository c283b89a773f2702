//! What the file names of Asterisk and FreePBX say.
//!
//! `{type}-{number}-{extension}-{YYYYMMDD}-{HHMMSS}-{uniqueid}.{format}`, where the number may hold `-`
//! and `+` or be a word such as `anonymous`, and the order of the two numbers differs by type: `out` and
//! `exten` calls name the one who was called first. Times are local to the PBX, so a zone is needed.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::conversations::Direction;

/// What a file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// When the call began.
    pub started_at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// The number outside, or the other extension.
    pub number: Option<String>,
    /// The extension, queue or ring group here.
    pub extension: Option<String>,
    /// Asterisk's id of the call.
    pub unique_id: String,
    /// The type word, such as `out`, `in`, `q`, `rg`, `force`, `internal`.
    pub kind: String,
}

impl Named {
    /// The number that called and the number that was called.
    #[must_use]
    pub fn numbers(&self) -> (Option<String>, Option<String>) {
        match self.direction {
            Direction::Outbound => (self.extension.clone(), self.number.clone()),
            Direction::Inbound | Direction::Internal | Direction::Unknown => {
                (self.number.clone(), self.extension.clone())
            }
        }
    }
}

/// Reads the stem of a file name (without folder and ending). Nothing when it isn't of this form.
#[must_use]
pub fn parse(stem: &str, zone: &TimeZone) -> Option<Named> {
    let parts: Vec<&str> = stem.split('-').collect();
    // The date is the last field of eight digits that has six digits and an id behind it: numbers may look like dates too.
    let at = (2..parts.len()).rev().find(|at| {
        let field = |offset: usize| parts.get(at + offset).copied().unwrap_or_default();
        is_digits(field(0), 8) && is_digits(field(1), 6) && !field(2).is_empty()
    })?;
    let started_at = local_time(parts.get(at)?, parts.get(at + 1)?, zone)?;
    let unique_id = parts.get(at + 2..)?.join("-");
    let kind = parts.first()?.to_ascii_lowercase();
    let between = parts.get(1..at)?;
    let (first, last) = match between {
        [] => (None, None),
        [one] => (Some((*one).to_owned()), None),
        [number @ .., extension] => (Some(number.join("-")), Some((*extension).to_owned())),
    };
    let direction = match kind.as_str() {
        "out" | "outbound" => Direction::Outbound,
        "in" | "inbound" | "q" | "queue" | "rg" | "ringgroup" | "external" => Direction::Inbound,
        "internal" | "exten" => Direction::Internal,
        _ => Direction::Unknown,
    };
    Some(Named { started_at, direction, number: known(first), extension: known(last), unique_id, kind })
}

/// A number that says nothing is none.
fn known(number: Option<String>) -> Option<String> {
    number.filter(|number| {
        !number.is_empty() && !matches!(number.to_ascii_lowercase().as_str(), "unknown" | "anonymous" | "unavailable")
    })
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Local time of the PBX: in the hour that a clock shows twice the first is meant, in one that it skips the
/// time after the gap (RFC 5545 does the same).
fn local_time(date: &str, time: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local = DateTime::strptime("%Y%m%d%H%M%S", format!("{date}{time}")).ok()?;
    let instant = zone.to_ambiguous_timestamp(local).compatible().ok()?;
    (instant.as_microsecond() >= 0).then(|| Timestamp::from_unix_micros(instant.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(stem: &str) -> Option<Named> {
        parse(stem, &TimeZone::UTC)
    }

    #[test]
    fn the_usual_forms_are_read() {
        let named = utc("out-0891234567-201-20260321-141502-1774102502.118").unwrap();
        assert_eq!(named.direction, Direction::Outbound);
        assert_eq!(named.numbers(), (Some("201".to_owned()), Some("0891234567".to_owned())));
        assert_eq!(named.started_at.to_string(), "2026-03-21T14:15:02Z");
        assert_eq!(named.unique_id, "1774102502.118");

        let named = utc("q-+49-30-23125-042-801-20260102-030405-1.2").unwrap();
        assert_eq!(named.number.as_deref(), Some("+49-30-23125-042"));
        assert_eq!(named.extension.as_deref(), Some("801"));
        assert_eq!(named.direction, Direction::Inbound);

        let named = utc("force-anonymous-3201-20250327-092517-1743042317.12206").unwrap();
        assert_eq!((named.number, named.direction), (None, Direction::Unknown));
    }

    #[test]
    fn a_number_that_looks_like_a_date_is_a_number() {
        let named = utc("in-20251231-235959-204-20260101-000001-9.9").unwrap();
        assert_eq!(named.number.as_deref(), Some("20251231-235959"));
        assert_eq!(named.started_at.to_string(), "2026-01-01T00:00:01Z");
    }

    #[test]
    fn local_time_is_that_of_the_pbx_also_when_clocks_change() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let at = |time: &str| parse(&format!("in-1-2-{time}-1.1"), &berlin).unwrap().started_at.to_string();
        assert_eq!(at("20260701-120000"), "2026-07-01T10:00:00Z");
        assert_eq!(at("20260329-023000"), "2026-03-29T01:30:00Z");
        assert_eq!(at("20261025-023000"), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn other_names_are_not_guessed_at() {
        for stem in ["", "call", "in-1-2", "in-1-2-20261301-000000-1.1", "in-1-2-20260101-250000-1.1", "---"] {
            assert_eq!(utc(stem), None, "{stem}");
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_panic(stem in ".{0,80}") {
            let _ = utc(&stem);
        }

        #[test]
        fn whatever_number_is_written_comes_back(number in "[+0-9][-+0-9a-z]{0,18}[0-9]", extension in "[0-9]{2,5}") {
            let named = utc(&format!("in-{number}-{extension}-20260102-030405-1.2")).unwrap();
            prop_assert_eq!(named.number, Some(number));
            prop_assert_eq!(named.extension, Some(extension));
        }
    }
}

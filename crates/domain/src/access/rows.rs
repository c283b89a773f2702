//! Row rules of an access group: which conversations its members reach at all.
//!
//! Fields combine with AND, the values of one field with OR, and an empty field doesn't limit.

use super::columns::Column;
use super::facts::{RecordState, ThingFacts};
use crate::conversations::{Channel, Direction, Source};
use crate::ids::GroupId;
use std::fmt;
use std::str::FromStr;

/// Most values of one field.
pub const VALUES_MAX: usize = 1000;
/// Fewest and most digits of a number in a rule.
const DIGITS: std::ops::RangeInclusive<usize> = 2..=32;

/// A phone number in a rule: digits, either whole or the beginning of a number (`+4930*`).
///
/// Compared by digits alone: what a PBX writes around them differs from source to source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberPattern {
    digits: String,
    is_prefix: bool,
}

/// What was given as a number of a rule is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a number: 2 to 32 digits, with a * at the end for every number that begins so")]
pub struct BadNumber;

impl NumberPattern {
    /// Its digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }
    /// Whether a number may go on after them.
    #[must_use]
    pub const fn is_prefix(&self) -> bool {
        self.is_prefix
    }
}

impl FromStr for NumberPattern {
    type Err = BadNumber;
    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let text = text.trim();
        let (number, is_prefix) = match text.strip_suffix('*') {
            Some(number) => (number, true),
            None => (text, false),
        };
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/');
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if !number.chars().all(is_number) || !DIGITS.contains(&digits.len()) || number.rfind('+').unwrap_or(0) > 0 {
            return Err(BadNumber);
        }
        Ok(Self { digits, is_prefix })
    }
}

impl fmt::Display for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.digits, if self.is_prefix { "*" } else { "" })
    }
}

/// The digits of a phone number as it is compared: those before the host of an address.
#[must_use]
pub fn number_digits(number: &str) -> String {
    number.split('@').next().unwrap_or_default().chars().filter(char::is_ascii_digit).collect()
}

/// A field of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowField {
    /// Phone numbers, of either side.
    Numbers,
    /// How it came in.
    Sources,
    /// The state of its recording.
    Statuses,
    /// Tags.
    Tags,
    /// By what means.
    Channels,
    /// Which way.
    Directions,
    /// The stamp.
    Groups,
}

impl RowField {
    /// All of them, in the order in which they are asked.
    pub const ALL: [RowField; 7] =
        [Self::Channels, Self::Directions, Self::Sources, Self::Statuses, Self::Groups, Self::Tags, Self::Numbers];
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Sources => "sources",
            Self::Statuses => "statuses",
            Self::Tags => "tags",
            Self::Channels => "channels",
            Self::Directions => "directions",
            Self::Groups => "groups",
        }
    }
    /// The column that shows what it asks of: whoever doesn't see that may not learn it from who is kept out.
    #[must_use]
    pub const fn column(self) -> Column {
        match self {
            Self::Numbers => Column::Number,
            Self::Sources => Column::Source,
            Self::Statuses => Column::Status,
            Self::Tags => Column::Tags,
            Self::Channels => Column::Channel,
            Self::Directions => Column::Direction,
            Self::Groups => Column::Groups,
        }
    }
}

/// The row rules of an access group. Lists are sorted and without doubles.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RowRules {
    numbers: Vec<NumberPattern>,
    sources: Vec<Source>,
    statuses: Vec<RecordState>,
    tags: Vec<String>,
    channels: Vec<Channel>,
    directions: Vec<Direction>,
    groups: Vec<GroupId>,
}

/// Values for each field, to make rules of.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct RowValues {
    pub numbers: Vec<NumberPattern>,
    pub sources: Vec<Source>,
    pub statuses: Vec<RecordState>,
    pub tags: Vec<String>,
    pub channels: Vec<Channel>,
    pub directions: Vec<Direction>,
    pub groups: Vec<GroupId>,
}

impl From<RowValues> for RowRules {
    fn from(values: RowValues) -> Self {
        let RowValues { mut numbers, sources, statuses, mut tags, channels, directions, mut groups } = values;
        numbers.sort();
        numbers.dedup();
        tags.sort();
        tags.dedup();
        groups.sort();
        groups.dedup();
        Self {
            numbers,
            sources: ordered(Source::ALL, &sources),
            statuses: ordered(&RecordState::ALL, &statuses),
            tags,
            channels: ordered(Channel::ALL, &channels),
            directions: ordered(Direction::ALL, &directions),
            groups,
        }
    }
}

fn ordered<T: Copy + PartialEq>(all: &[T], named: &[T]) -> Vec<T> {
    all.iter().copied().filter(|one| named.contains(one)).collect()
}

#[allow(missing_docs)]
impl RowRules {
    #[must_use]
    pub fn numbers(&self) -> &[NumberPattern] {
        &self.numbers
    }
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }
    #[must_use]
    pub fn statuses(&self) -> &[RecordState] {
        &self.statuses
    }
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }
    #[must_use]
    pub fn directions(&self) -> &[Direction] {
        &self.directions
    }
    #[must_use]
    pub fn groups(&self) -> &[GroupId] {
        &self.groups
    }
    /// Whether no field limits anything.
    #[must_use]
    pub fn are_blank(&self) -> bool {
        RowField::ALL.into_iter().all(|field| self.is_blank(field))
    }
    /// Whether this field doesn't limit.
    #[must_use]
    pub const fn is_blank(&self, field: RowField) -> bool {
        match field {
            RowField::Numbers => self.numbers.is_empty(),
            RowField::Sources => self.sources.is_empty(),
            RowField::Statuses => self.statuses.is_empty(),
            RowField::Tags => self.tags.is_empty(),
            RowField::Channels => self.channels.is_empty(),
            RowField::Directions => self.directions.is_empty(),
            RowField::Groups => self.groups.is_empty(),
        }
    }
    /// The fields that limit something.
    pub fn limiting(&self) -> impl Iterator<Item = RowField> {
        RowField::ALL.into_iter().filter(|field| !self.is_blank(*field))
    }
    /// The first field that keeps a conversation out.
    #[must_use]
    pub fn excluded_by(&self, thing: &ThingFacts) -> Option<RowField> {
        RowField::ALL.into_iter().find(|field| !self.is_blank(*field) && !self.lets_through(*field, thing))
    }

    /// One search per length, so that a long list of numbers costs no more than a short one.
    fn number_fits(&self, digits: &str) -> bool {
        let has = |digits: &str, is_prefix: bool| {
            let wanted = (digits, is_prefix);
            self.numbers.binary_search_by(|held| (held.digits.as_str(), held.is_prefix).cmp(&wanted)).is_ok()
        };
        has(digits, false)
            || (*DIGITS.start()..=digits.len()).any(|end| digits.get(..end).is_some_and(|start| has(start, true)))
    }

    fn lets_through(&self, field: RowField, thing: &ThingFacts) -> bool {
        let traits = &thing.traits;
        match field {
            RowField::Numbers => traits.numbers.iter().any(|number| self.number_fits(number)),
            RowField::Sources => self.sources.contains(&traits.source),
            RowField::Statuses => self.statuses.contains(&thing.state),
            RowField::Tags => traits.tags.iter().any(|tag| self.tags.binary_search(tag).is_ok()),
            RowField::Channels => self.channels.contains(&traits.channel),
            RowField::Directions => self.directions.contains(&traits.direction),
            RowField::Groups => thing.groups.iter().any(|group| self.groups.binary_search(group).is_ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_their_digits() {
        let rules = |patterns: &[&str]| {
            let numbers = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
            RowRules::from(RowValues { numbers, ..RowValues::default() })
        };
        let whole = rules(&["+49 (30) 123-45", "77"]);
        assert!(whole.number_fits("493012345") && !whole.number_fits("4930123456") && whole.number_fits("77"));
        let prefix = rules(&["+4930*", "4930", "11"]);
        assert!(prefix.number_fits("4930") && prefix.number_fits("49301") && !prefix.number_fits("4940"));
        assert_eq!(prefix.numbers().iter().map(ToString::to_string).collect::<Vec<_>>(), ["11", "4930", "4930*"]);
        for bad in ["", "*", "1", "abc", "12*3", "1+2", "49#", &"1".repeat(33)] {
            assert_eq!(bad.parse::<NumberPattern>(), Err(BadNumber), "{bad}");
        }
        assert_eq!(number_digits("+4930 55@pbx7.example.org"), "493055");
    }
}

//! What verification can find, each naming the entries concerned as exactly as can be known.
//!
//! It must not know how it was found.

use std::ops::RangeInclusive;

use serde::Serialize;
use thiserror::Error;

use crate::canonical::CanonicalError;

/// What is wrong with a line as such.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum LineFault {
    /// Reading failed; the kind of the I/O error.
    #[error("reading failed: {0}")]
    Read(String),
    /// Longer than [`super::LINE_BYTES_MAX`].
    #[error("it is too long")]
    TooLong,
    /// Not canonical JSON.
    #[error("it is {0}")]
    Json(CanonicalError),
    /// No line of this format.
    #[error("it has not the members of this format")]
    Shape,
    /// The file ends in the middle of it.
    #[error("the file ends in the middle of it")]
    Unended,
    /// It stands after the seal.
    #[error("it stands after the seal")]
    AfterSeal,
}

/// The first thing that doesn't hold. Indexes count entries from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The verifier key can't be read.
    #[error("verifier key: {why}")]
    Key {
        /// Why not.
        why: String,
    },
    /// A checkpoint given from outside can't be read or isn't signed by this key.
    #[error("checkpoint {number} of those published outside: {why}")]
    Trusted {
        /// Which of those given, from 0.
        number: usize,
        /// Why not.
        why: String,
    },
    /// The first line is missing or malformed.
    #[error("the header can't be read: {why}")]
    Header {
        /// Why not.
        why: String,
    },
    /// The bundle is of another log than the key.
    #[error("this is the log {found}, but the key is for {wanted}")]
    Origin {
        /// The log that the key names.
        wanted: String,
        /// The log that the header names.
        found: String,
    },
    /// A line can't be read; it stands where entry `index` should follow.
    #[error("line {line}, where entry {index} is expected, can't be read: {why}")]
    Line {
        /// Line number, from 1.
        line: u64,
        /// The entry expected there.
        index: u64,
        /// Why not.
        why: String,
    },
    /// Entries are not there.
    #[error("{} missing: after that comes entry {}", entries(*first, *last, true), last + 1)]
    Missing {
        /// First missing entry.
        first: u64,
        /// Last missing entry.
        last: u64,
    },
    /// An entry stands later than it should.
    #[error("entry {index} stands in another place: line {line}")]
    Moved {
        /// The entry.
        index: u64,
        /// The line where it stands.
        line: u64,
    },
    /// An entry with a number that was there before.
    #[error("entry {index} is there a second time, in line {line}")]
    Repeated {
        /// The entry.
        index: u64,
        /// The line of the second.
        line: u64,
    },
    /// An entry beyond the end that the header gives.
    #[error("entry {index} is beyond the end: the header says that there are {until} entries")]
    Surplus {
        /// The entry.
        index: u64,
        /// One past the last entry by the header.
        until: u64,
    },
    /// The entry's text isn't a canonical event.
    #[error("entry {index} is not an event: {why}")]
    Event {
        /// The entry.
        index: u64,
        /// Why not.
        why: String,
    },
    /// The entry's text isn't what its hash was made of.
    #[error("entry {index} was changed: it doesn't fit its hash")]
    Changed {
        /// The entry.
        index: u64,
    },
    /// The entry is about another organisation than the header.
    #[error("entry {index} belongs to another organisation")]
    Organisation {
        /// The entry.
        index: u64,
    },
    /// A personal value isn't the one that was committed.
    #[error("entry {index}: the value shown at {path} doesn't hold: {why}")]
    Opening {
        /// The entry.
        index: u64,
        /// Where in the event.
        path: String,
        /// Why not.
        why: String,
    },
    /// A checkpoint in the bundle can't be read or isn't signed by this key.
    #[error("the checkpoint in line {line}, after {size} entries: {why}")]
    Checkpoint {
        /// Line number, from 1.
        line: u64,
        /// Entries before it.
        size: u64,
        /// Why not.
        why: String,
    },
    /// A checkpoint stands after more or fewer entries than it counts.
    #[error("the checkpoint of {size} entries stands after {found}: {}", displaced(*size, *found, *first))]
    Displaced {
        /// Entries that the checkpoint counts.
        size: u64,
        /// Entries before it.
        found: u64,
        /// First entry that no earlier checkpoint confirms.
        first: u64,
    },
    /// The entries lead to another root than a checkpoint states.
    #[error(
        "the entries don't lead to the {} of {size} entries: {} changed, removed, inserted or moved",
        if *published { "checkpoint published outside" } else { "checkpoint" },
        suspects(*first, *likely_first, *last)
    )]
    Root {
        /// Size of the checkpoint.
        size: u64,
        /// First entry that no checkpoint published outside confirms.
        first: u64,
        /// First entry that no checkpoint at all confirms: where the change is, unless the signing key
        /// was misused.
        likely_first: u64,
        /// Last entry under the checkpoint.
        last: u64,
        /// Whether the checkpoint came from outside.
        published: bool,
    },
    /// Two checkpoints signed with the key state different roots for one size: history was rewritten by
    /// somebody who can sign.
    #[error(
        "two signed checkpoints of {size} entries differ: history was rewritten with the signing key, not before entry {first}"
    )]
    Fork {
        /// The size.
        size: u64,
        /// First entry that no checkpoint published outside confirms.
        first: u64,
    },
    /// What the header says about earlier entries isn't what a checkpoint states.
    #[error("the header tells of other entries before {from_index} than the checkpoint of {size} entries")]
    Prefix {
        /// Size of the checkpoint.
        size: u64,
        /// First entry of the bundle.
        from_index: u64,
    },
    /// Fewer entries are there than there must be. They were cut off at the end, unless entries before
    /// it are unconfirmed too: then somebody may have removed others and renumbered.
    #[error("{}: {have} of {wanted} are there, as {by}", missing_at_end(*confirmed, *have, *wanted))]
    CutOff {
        /// First entry that no checkpoint confirms, at most `have`.
        confirmed: u64,
        /// Entries until the end of the bundle.
        have: u64,
        /// Entries that there must be.
        wanted: u64,
        /// Who says so.
        by: CutOffBy,
    },
    /// No checkpoint covers the last entries, so nothing proves them.
    #[error("{} covered by no checkpoint", entries(*first, *last, true))]
    Unsigned {
        /// First uncovered entry.
        first: u64,
        /// Last uncovered entry.
        last: u64,
    },
    /// The seal doesn't fit the file: a line, often an opening, was changed or removed.
    #[error("the seal doesn't fit the file: {why}")]
    Seal {
        /// Why not.
        why: String,
    },
}

/// What shows that entries are missing at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CutOffBy {
    /// The header of the bundle.
    Header,
    /// The newest checkpoint published outside.
    Published,
}

impl std::fmt::Display for CutOffBy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Header => "the header says",
            Self::Published => "the newest checkpoint published outside says",
        })
    }
}

impl Finding {
    /// The entries among which the fault lies, as closely as can be known; `None` when it isn't about entries.
    #[must_use]
    pub fn entries(&self) -> Option<RangeInclusive<u64>> {
        match *self {
            Self::Line { index, .. }
            | Self::Moved { index, .. }
            | Self::Repeated { index, .. }
            | Self::Surplus { index, .. }
            | Self::Event { index, .. }
            | Self::Changed { index }
            | Self::Organisation { index }
            | Self::Opening { index, .. } => Some(index..=index),
            Self::Missing { first, last } | Self::Unsigned { first, last } => Some(first..=last),
            Self::Displaced { size, found, first } => Some(first..=size.max(found).saturating_sub(1)),
            Self::Root { likely_first, last, .. } => Some(likely_first..=last),
            Self::Fork { size, first } => Some(first..=size.saturating_sub(1)),
            Self::CutOff { confirmed, wanted, .. } => Some(confirmed..=wanted.saturating_sub(1)),
            Self::Prefix { from_index, .. } => Some(0..=from_index.saturating_sub(1)),
            Self::Key { .. }
            | Self::Trusted { .. }
            | Self::Header { .. }
            | Self::Origin { .. }
            | Self::Checkpoint { .. }
            | Self::Seal { .. } => None,
        }
    }
}

fn entries(first: u64, last: u64, with_verb: bool) -> String {
    let (noun, verb) =
        if first == last { (format!("entry {first}"), "is") } else { (format!("entries {first} to {last}"), "are") };
    if with_verb { format!("{noun} {verb}") } else { noun }
}

fn missing_at_end(confirmed: u64, have: u64, wanted: u64) -> String {
    let last = wanted.saturating_sub(1);
    if confirmed >= have {
        return format!("{} missing at the end", entries(have, last, true));
    }
    format!("{} missing among {}", wanted.saturating_sub(have), entries(confirmed, last, false))
}

fn suspects(first: u64, likely_first: u64, last: u64) -> String {
    let mut sentence =
        format!("{} {}", entries(likely_first, last, false), if likely_first == last { "was" } else { "were partly" });
    if first < likely_first {
        sentence = format!("{sentence} (or, if the signing key was misused, something from entry {first} on was)");
    }
    sentence
}

fn displaced(size: u64, found: u64, first: u64) -> String {
    let last = size.max(found).saturating_sub(1);
    if first > last || size < first {
        return "its line was moved or repeated".to_owned();
    }
    let (count, what) = if size > found { (size - found, "removed from") } else { (found - size, "inserted into") };
    format!("{count} {what} {}, or its line was moved", entries(first, last, false))
}

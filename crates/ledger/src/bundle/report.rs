//! What verification says when everything holds.
//!
//! It must not find faults.

use serde::Serialize;

use super::Header;
use crate::event::Event;
use crate::hash::Hash;

/// What a bundle proves. All of it holds as long as the signing key was used by its owner only; what
/// the checkpoints published outside cover holds even if it wasn't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The log.
    pub origin: String,
    /// Whose log it is, as the header says.
    pub organisation: Option<String>,
    /// When it was exported, in microseconds UTC, as the header says.
    pub exported_at: i64,
    /// Index of the first entry.
    pub from_index: u64,
    /// One past the index of the last entry.
    pub until_index: u64,
    /// Number of entries.
    pub entries: u64,
    /// Root of the tree of `until_index` entries.
    pub root: Hash,
    /// Time of the first entry, in microseconds UTC.
    pub first_at: Option<i64>,
    /// Time of the last entry, in microseconds UTC.
    pub last_at: Option<i64>,
    /// Checkpoints in the bundle, all matched.
    pub checkpoints_matched: u64,
    /// Time of the last checkpoint, in microseconds UTC.
    pub checkpoint_at: Option<i64>,
    /// Checkpoints published outside that matched, by root or by a consistency proof.
    pub published_matched: u64,
    /// Size of the newest of them.
    pub published_size: Option<u64>,
    /// Checkpoints published outside that this bundle says nothing about: before its start without a
    /// proof, or (for a part) after its end.
    pub published_untouched: u64,
    /// Personal values shown, all of which are those that were committed.
    pub openings_verified: u64,
    /// Personal values that stay closed.
    pub commitments_closed: u64,
    /// Whether a seal covers the file byte by byte.
    pub sealed: bool,
}

impl Report {
    pub(super) fn of(header: &Header, root: Hash) -> Self {
        Self {
            origin: header.origin.clone(),
            organisation: header.organisation.clone(),
            exported_at: header.exported_at,
            from_index: header.from_index,
            until_index: header.until_index,
            entries: 0,
            root,
            first_at: None,
            last_at: None,
            checkpoints_matched: 0,
            checkpoint_at: None,
            published_matched: 0,
            published_size: None,
            published_untouched: 0,
            openings_verified: 0,
            commitments_closed: 0,
            sealed: false,
        }
    }

    /// Counts an entry that holds.
    pub(super) fn count(&mut self, event: &Event, openings: u64) {
        self.entries += 1;
        self.first_at = self.first_at.or(Some(event.at()));
        self.last_at = Some(event.at());
        self.openings_verified += openings;
        self.commitments_closed += (event.committed_paths().len() as u64).saturating_sub(openings);
    }
}

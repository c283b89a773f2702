//! Checkpoints published outside: read once, sorted by size, asked for in passing.
//!
//! It must not know the bundle.

use super::Finding;
use crate::checkpoint::Checkpoint;
use crate::note::VerifierKey;

pub(super) struct TrustedCheckpoints(Vec<Checkpoint>);

impl TrustedCheckpoints {
    /// Verifies all notes; two of one size must agree.
    pub(super) fn read(notes: &[String], key: &VerifierKey) -> Result<Self, Finding> {
        let mut checkpoints = Vec::with_capacity(notes.len());
        for (number, note) in notes.iter().enumerate() {
            let checkpoint =
                Checkpoint::verify(note, key).map_err(|why| Finding::Trusted { number, why: why.to_string() })?;
            checkpoints.push(checkpoint);
        }
        checkpoints.sort_by_key(Checkpoint::size);
        for (older, newer) in checkpoints.iter().zip(checkpoints.iter().skip(1)) {
            if older.size() == newer.size() && older.root() != newer.root() {
                return Err(Finding::Fork { size: newer.size(), first: 0 });
            }
        }
        checkpoints.dedup_by(|newer, older| newer.size() == older.size());
        Ok(Self(checkpoints))
    }

    pub(super) fn before(&self, size: u64) -> impl Iterator<Item = &Checkpoint> {
        self.0.iter().take_while(move |checkpoint| checkpoint.size() < size)
    }

    pub(super) fn at(&self, size: u64) -> Option<&Checkpoint> {
        let place = self.0.binary_search_by_key(&size, Checkpoint::size).ok()?;
        self.0.get(place)
    }

    /// How many there are of more than `size` entries.
    pub(super) fn after(&self, size: u64) -> u64 {
        self.0.iter().filter(|checkpoint| checkpoint.size() > size).count() as u64
    }

    pub(super) fn newest(&self) -> Option<&Checkpoint> {
        self.0.last()
    }
}

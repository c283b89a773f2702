//! A single entry with its proof: what goes with an exported recording as its chain of custody.
//!
//! It must not know recordings.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::canonical::{self, CanonicalError};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::commitment::{CommitmentError, Openings};
use crate::event::{Event, EventError};
use crate::hash::Hash;
use crate::note::{NoteError, VerifierKey};
use crate::tree::{ProofError, verify_inclusion};

/// The format's name, which is also its version.
pub const FORMAT: &str = "soundkeep-proof-1";

/// Why an entry isn't proven.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntryProofError {
    /// The document isn't canonical JSON.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The document has other members than this format.
    #[error("the proof has not the members of this format")]
    Shape,
    /// The verifier key can't be read.
    #[error("verifier key: {0}")]
    Key(#[from] NoteError),
    /// The checkpoint doesn't hold.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The leaf isn't an event.
    #[error("entry {index}: {why}")]
    Event {
        /// Index of the entry.
        index: u64,
        /// Why not.
        why: EventError,
    },
    /// A personal value isn't the one that was committed.
    #[error("entry {index}: the value shown at {path} doesn't hold: {why}")]
    Opening {
        /// Index of the entry.
        index: u64,
        /// Where in the event.
        path: String,
        /// Why not.
        why: CommitmentError,
    },
    /// The entry isn't in the tree of the checkpoint.
    #[error("entry {index} is not in the log of the checkpoint: {why}")]
    Inclusion {
        /// Index of the entry.
        index: u64,
        /// Why not.
        why: ProofError,
    },
}

/// An entry, its openings, and the proof that it is in the tree of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryProof {
    format: String,
    /// Index of the entry.
    pub index: u64,
    /// Canonical JSON of the event.
    pub leaf: String,
    /// Personal values shown.
    #[serde(default, skip_serializing_if = "Openings::is_empty")]
    pub openings: Openings,
    /// The inclusion proof (RFC 9162, section 2.1.3) for the size of the checkpoint.
    pub proof: Vec<Hash>,
    /// The checkpoint, a signed note.
    pub checkpoint: String,
}

impl EntryProof {
    /// Puts a proof together; nothing is checked.
    #[must_use]
    pub fn new(index: u64, leaf: String, openings: Openings, proof: Vec<Hash>, checkpoint: String) -> Self {
        Self { format: FORMAT.to_owned(), index, leaf, openings, proof, checkpoint }
    }

    /// The document: one line of canonical JSON.
    ///
    /// # Errors
    /// [`EntryProofError::Canonical`] when an opening has no canonical form.
    pub fn to_json(&self) -> Result<String, EntryProofError> {
        let value = serde_json::to_value(self).map_err(|_| EntryProofError::Shape)?;
        Ok(canonical::to_string(&value)?)
    }

    /// Reads a document; nothing but its form is checked. A newline at its end is allowed.
    ///
    /// # Errors
    /// [`EntryProofError::Canonical`], [`EntryProofError::Shape`].
    pub fn from_json(document: &str) -> Result<Self, EntryProofError> {
        let value = canonical::parse(document.strip_suffix('\n').unwrap_or(document).as_bytes())?;
        let proof: Self = serde_json::from_value(value).map_err(|_| EntryProofError::Shape)?;
        if proof.format == FORMAT { Ok(proof) } else { Err(EntryProofError::Shape) }
    }

    /// Checks everything against the text form of the log's key.
    ///
    /// # Errors
    /// The first thing that doesn't hold.
    pub fn verify(&self, verifier_key: &str) -> Result<(Event, Checkpoint), EntryProofError> {
        let index = self.index;
        let key = VerifierKey::parse(verifier_key)?;
        let checkpoint = Checkpoint::verify(&self.checkpoint, &key)?;
        let event = Event::parse(&self.leaf).map_err(|why| EntryProofError::Event { index, why })?;
        verify_inclusion(&event.leaf_hash(), index, checkpoint.size(), &self.proof, checkpoint.root())
            .map_err(|why| EntryProofError::Inclusion { index, why })?;
        event.check_openings(&self.openings).map_err(|(path, why)| EntryProofError::Opening { index, path, why })?;
        Ok((event, checkpoint))
    }
}

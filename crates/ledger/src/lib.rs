//! The ledger: a Merkle log of events that can be checked offline with only files and a public key.
//!
//! Canonical JSON (RFC 8785) makes the bytes of an event, [`tree`] hashes them as RFC 9162 says,
//! [`checkpoint`] states a root in a C2SP signed note, and [`bundle`] carries entries, openings and
//! checkpoints out of the house and checks them there.
//!
//! This crate knows no SQL, no clock, no randomness and no private key: hashes are read by
//! position, salts and signatures are arguments.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod commitment;
pub mod event;
mod hash;
pub mod note;
pub mod proof;
pub mod tree;

pub use bundle::{BundleWriter, Extent, Finding, Header, Report, verify_bundle, verify_extent};
pub use checkpoint::{Checkpoint, CheckpointError, publish_name};
pub use commitment::{Commitment, Opening, Openings, Salt, check_opening, commit};
pub use event::{Event, EventError};
pub use hash::Hash;
pub use note::{NoteError, SignError, VerifierKey};
pub use proof::EntryProof;
pub use tree::{
    Frontier, HashReader, Position, StoredHash, TreeError, leaf_hash, verify_consistency, verify_inclusion,
};

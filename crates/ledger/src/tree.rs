//! The Merkle tree of RFC 9162: hashing, appending, roots, proofs and their verification.
//!
//! A stored hash is that of a *perfect* subtree, kept by [`Position`] (level, index): exactly what a
//! table keyed (organisation, level, index) holds. Stored hashes never change, so that any proof for
//! any past size can be made from them.
//!
//! It must not know where hashes are kept nor what a leaf means: the plans say which positions to
//! read (in one query), the caller reads them as it likes.

mod frontier;
mod plan;
mod verify;

use aws_lc_rs::digest::{Context, SHA256};
use thiserror::Error;

pub use frontier::Frontier;
pub use plan::{ConsistencyPlan, InclusionPlan, RootPlan, consistency_proof, inclusion_proof, root_at};
pub use verify::{ProofError, verify_consistency, verify_inclusion};

use crate::hash::Hash;

/// Trees hold at most this many leaves: every size is an exact JSON integer and an SQL integer.
pub const SIZE_MAX: u64 = crate::canonical::INTEGER_MAX.unsigned_abs();

/// Where a stored hash stands: the perfect subtree over the leaves
/// `index << level .. (index + 1) << level`. Leaves have level 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Height above the leaves, at most 53.
    pub level: u8,
    /// Which subtree of that level, counted from 0.
    pub index: u64,
}

/// A hash that came into being by appending and is to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHash {
    /// Where it stands.
    pub position: Position,
    /// The hash of that subtree.
    pub hash: Hash,
}

/// Reads stored hashes by position, where a synchronous reader is at hand. Asynchronous stores use the
/// plans instead ([`InclusionPlan`], [`ConsistencyPlan`], [`RootPlan`]).
pub trait HashReader {
    /// Why reading failed.
    type Error;

    /// Gives the hashes at the positions, in the order asked.
    ///
    /// # Errors
    /// When a hash can't be read or isn't there.
    fn read(&self, positions: &[Position]) -> Result<Vec<Hash>, Self::Error>;
}

/// Why a tree operation is impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TreeError {
    /// The leaf asked for is not in the tree.
    #[error("entry {index} is not in a tree of {size} entries")]
    NoSuchLeaf {
        /// The leaf asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is empty or larger than the newer one.
    #[error("a tree of {old} entries can't be proven part of one of {new}")]
    NoSuchPrefix {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// More leaves than [`SIZE_MAX`].
    #[error("the tree is full")]
    Full,
    /// The reader gave fewer or more hashes than positions were asked for.
    #[error("{given} hashes were given for {wanted} positions")]
    WrongCount {
        /// Positions asked for.
        wanted: usize,
        /// Hashes given.
        given: usize,
    },
    /// The bytes of a frontier don't fit its size.
    #[error("the frontier is malformed")]
    Frontier,
}

/// The hash of a leaf: SHA-256 of 0x00 and the entry (RFC 9162, section 2.1.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of(&[&[0x00], entry])
}

/// The hash of an inner node: SHA-256 of 0x01, the left and the right hash (RFC 9162, section 2.1.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(&[0x01]);
    context.update(left.as_bytes());
    context.update(right.as_bytes());
    Hash::finish(context)
}

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// Joins perfect subtrees that stand side by side, largest first, into the hash of the whole.
pub(crate) fn join(peaks: &[Hash]) -> Option<Hash> {
    let (last, rest) = peaks.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

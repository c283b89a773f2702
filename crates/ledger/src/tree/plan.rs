//! Which stored hashes a root or a proof needs, and putting it together from them.
//!
//! A plan lists its positions, so that a store reads them in one query. It must not read itself.

use super::{HashReader, Position, SIZE_MAX, TreeError, empty_root, join};
use crate::hash::Hash;

/// The perfect subtrees that cover the leaves `from..until`, largest first. `from` must be a
/// multiple of the largest power of two that is at most `until - from`, as all ranges of the RFC are.
pub(super) fn perfect_subtrees(from: u64, until: u64) -> Vec<Position> {
    let mut positions = Vec::new();
    let mut start = from;
    while start < until {
        let level = (until - start).ilog2();
        positions.push(Position { level: u8::try_from(level).unwrap_or(u8::MAX), index: start >> level });
        start += 1 << level;
    }
    positions
}

/// Subtrees, each given by the perfect subtrees that make it up.
#[derive(Debug, Clone, Default)]
struct Plan {
    positions: Vec<Position>,
    counts: Vec<usize>,
}

impl Plan {
    fn of(ranges: Vec<(u64, u64)>) -> Self {
        let mut plan = Self::default();
        for (from, until) in ranges {
            let subtrees = perfect_subtrees(from, until);
            plan.counts.push(subtrees.len());
            plan.positions.extend(subtrees);
        }
        plan
    }

    fn finish(&self, hashes: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        let wrong = TreeError::WrongCount { wanted: self.positions.len(), given: hashes.len() };
        if self.positions.len() != hashes.len() {
            return Err(wrong);
        }
        let mut rest = hashes;
        let mut joined = Vec::with_capacity(self.counts.len());
        for count in &self.counts {
            let (own, others) = rest.split_at_checked(*count).ok_or(wrong)?;
            joined.push(join(own).ok_or(wrong)?);
            rest = others;
        }
        Ok(joined)
    }
}

/// The largest power of two smaller than `size`, which must be at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// What an inclusion proof needs (RFC 9162, section 2.1.3.1): at most 2 log2(size) hashes.
#[derive(Debug, Clone)]
pub struct InclusionPlan(Plan);

impl InclusionPlan {
    /// Plans the proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`TreeError::NoSuchLeaf`], [`TreeError::Full`].
    pub fn new(index: u64, size: u64) -> Result<Self, TreeError> {
        if size > SIZE_MAX {
            return Err(TreeError::Full);
        }
        if index >= size {
            return Err(TreeError::NoSuchLeaf { index, size });
        }
        let (mut from, mut until) = (0, size);
        let mut ranges = Vec::new();
        while until - from > 1 {
            let middle = from + split(until - from);
            if index < middle {
                ranges.push((middle, until));
                until = middle;
            } else {
                ranges.push((from, middle));
                from = middle;
            }
        }
        ranges.reverse();
        Ok(Self(Plan::of(ranges)))
    }

    /// The positions to read.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.0.positions
    }

    /// The proof, from the hashes at the positions in their order.
    ///
    /// # Errors
    /// [`TreeError::WrongCount`].
    pub fn finish(&self, hashes: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        self.0.finish(hashes)
    }
}

/// What a consistency proof needs (RFC 9162, section 2.1.4.1): at most 2 log2(new) hashes.
#[derive(Debug, Clone)]
pub struct ConsistencyPlan(Plan);

impl ConsistencyPlan {
    /// Plans the proof that the tree of `new` leaves begins with the tree of `old` leaves.
    ///
    /// # Errors
    /// [`TreeError::NoSuchPrefix`] when `old` is 0 or larger than `new`; [`TreeError::Full`].
    pub fn new(old: u64, new: u64) -> Result<Self, TreeError> {
        if new > SIZE_MAX {
            return Err(TreeError::Full);
        }
        if old == 0 || old > new {
            return Err(TreeError::NoSuchPrefix { old, new });
        }
        let (mut from, mut until) = (0, new);
        let mut ranges = Vec::new();
        // Walks down to the subtree that ends where the old tree ended, keeping what is left aside.
        while until != old {
            let middle = from + split(until - from);
            if old <= middle {
                ranges.push((middle, until));
                until = middle;
            } else {
                ranges.push((from, middle));
                from = middle;
            }
        }
        if from > 0 {
            // The verifier knows the old root only as a whole; the subtree at its end it must be given.
            ranges.push((from, until));
        }
        ranges.reverse();
        Ok(Self(Plan::of(ranges)))
    }

    /// The positions to read.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.0.positions
    }

    /// The proof, from the hashes at the positions in their order.
    ///
    /// # Errors
    /// [`TreeError::WrongCount`].
    pub fn finish(&self, hashes: &[Hash]) -> Result<Vec<Hash>, TreeError> {
        self.0.finish(hashes)
    }
}

/// What the root of a past or present size needs: at most log2(size) + 1 hashes.
#[derive(Debug, Clone)]
pub struct RootPlan(Vec<Position>);

impl RootPlan {
    /// Plans the root of the tree of `size` leaves.
    #[must_use]
    pub fn new(size: u64) -> Self {
        Self(perfect_subtrees(0, size))
    }

    /// The positions to read.
    #[must_use]
    pub fn positions(&self) -> &[Position] {
        &self.0
    }

    /// The root, from the hashes at the positions in their order.
    ///
    /// # Errors
    /// [`TreeError::WrongCount`].
    pub fn finish(&self, hashes: &[Hash]) -> Result<Hash, TreeError> {
        if self.0.len() != hashes.len() {
            return Err(TreeError::WrongCount { wanted: self.0.len(), given: hashes.len() });
        }
        Ok(join(hashes).unwrap_or_else(empty_root))
    }
}

/// The root of the tree of `size` leaves, read through a reader.
///
/// # Errors
/// What the reader gives, or [`TreeError`].
pub fn root_at<R>(size: u64, reader: &R) -> Result<Hash, R::Error>
where
    R: HashReader,
    R::Error: From<TreeError>,
{
    let plan = RootPlan::new(size);
    Ok(plan.finish(&reader.read(plan.positions())?)?)
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 9162, section 2.1.3.1).
///
/// # Errors
/// What the reader gives, or [`TreeError`].
pub fn inclusion_proof<R>(index: u64, size: u64, reader: &R) -> Result<Vec<Hash>, R::Error>
where
    R: HashReader,
    R::Error: From<TreeError>,
{
    let plan = InclusionPlan::new(index, size)?;
    Ok(plan.finish(&reader.read(plan.positions())?)?)
}

/// The proof that the tree of `new` leaves begins with that of `old` (RFC 9162, section 2.1.4.1).
///
/// # Errors
/// What the reader gives, or [`TreeError`].
pub fn consistency_proof<R>(old: u64, new: u64, reader: &R) -> Result<Vec<Hash>, R::Error>
where
    R: HashReader,
    R::Error: From<TreeError>,
{
    let plan = ConsistencyPlan::new(old, new)?;
    Ok(plan.finish(&reader.read(plan.positions())?)?)
}

//! The right edge of a tree: all that appending needs, at most 53 hashes.
//!
//! It must not read stored hashes.

use serde::{Deserialize, Serialize};

use super::{Position, SIZE_MAX, StoredHash, TreeError, empty_root, join, leaf_hash, node_hash};
use crate::hash::Hash;

/// The size of a tree and the hashes of its perfect subtrees from the left, largest first: one per
/// bit set in the size. Whoever keeps it appends without reading anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of an empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a frontier together from stored hashes read at [`Frontier::positions`].
    ///
    /// # Errors
    /// [`TreeError::Frontier`] when the number of hashes doesn't fit the size, [`TreeError::Full`].
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Result<Self, TreeError> {
        if size > SIZE_MAX {
            return Err(TreeError::Full);
        }
        if u64::from(size.count_ones()) != peaks.len() as u64 {
            return Err(TreeError::Frontier);
        }
        Ok(Self { size, peaks })
    }

    /// Where the hashes of the frontier of a tree of `size` leaves are stored.
    #[must_use]
    pub fn positions(size: u64) -> Vec<Position> {
        super::plan::perfect_subtrees(0, size)
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, largest subtree first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree (RFC 9162, section 2.1.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        join(&self.peaks).unwrap_or_else(empty_root)
    }

    /// Appends one leaf and gives the hashes to store: the leaf and each subtree that it completes.
    ///
    /// # Errors
    /// [`TreeError::Full`].
    pub fn append(&mut self, leaf: Hash) -> Result<Vec<StoredHash>, TreeError> {
        let mut stored = Vec::with_capacity(2);
        self.append_into(leaf, &mut stored)?;
        Ok(stored)
    }

    /// Appends an entry by its bytes; see [`Frontier::append`].
    ///
    /// # Errors
    /// [`TreeError::Full`].
    pub fn append_entry(&mut self, entry: &[u8]) -> Result<Vec<StoredHash>, TreeError> {
        self.append(leaf_hash(entry))
    }

    /// Appends leaf hashes in their order and gives all hashes to store (two per leaf on average).
    ///
    /// # Errors
    /// [`TreeError::Full`]; leaves before the one that didn't fit have been appended.
    pub fn append_batch(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Result<Vec<StoredHash>, TreeError> {
        let mut stored = Vec::new();
        for leaf in leaves {
            self.append_into(leaf, &mut stored)?;
        }
        Ok(stored)
    }

    fn append_into(&mut self, leaf: Hash, stored: &mut Vec<StoredHash>) -> Result<(), TreeError> {
        if self.size >= SIZE_MAX {
            return Err(TreeError::Full);
        }
        let mut hash = leaf;
        let mut position = Position { level: 0, index: self.size };
        stored.push(StoredHash { position, hash });
        // Each trailing one of the old size is a subtree that the new leaf completes, as a carry does.
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().ok_or(TreeError::Frontier)?;
            hash = node_hash(&left, &hash);
            position = Position { level: position.level + 1, index: position.index >> 1 };
            stored.push(StoredHash { position, hash });
        }
        self.peaks.push(hash);
        self.size += 1;
        Ok(())
    }

    /// The bytes to keep: size (8 bytes, big endian), then the hashes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            bytes.extend_from_slice(peak.as_bytes());
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TreeError::Frontier`] when the length doesn't fit the size, [`TreeError::Full`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeError> {
        let (size, hashes) = bytes.split_first_chunk::<8>().ok_or(TreeError::Frontier)?;
        let (peaks, rest) = hashes.as_chunks::<{ Hash::BYTES }>();
        if !rest.is_empty() {
            return Err(TreeError::Frontier);
        }
        Self::from_peaks(u64::from_be_bytes(*size), peaks.iter().copied().map(Hash::from_bytes).collect())
    }
}

impl From<Frontier> for Parts {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size, peaks: frontier.peaks }
    }
}

impl TryFrom<Parts> for Frontier {
    type Error = TreeError;

    fn try_from(parts: Parts) -> Result<Self, TreeError> {
        Self::from_peaks(parts.size, parts.peaks)
    }
}

//! The export format and its offline verification.
//!
//! A bundle is JSON Lines; every line is canonical JSON ended by a newline, so that the same content
//! is the same file. The first line is the [`Header`]. Then come the entries in their order, and after
//! the entry that completes its size each checkpoint (a signed note). A last line may seal the file: a
//! signed note over the hash of all bytes before it, so that a removed opening is noticed as well.
//!
//! ```text
//! {"exported_at":…,"format":"soundkeep-ledger-1","from_index":0,"organisation":"…","origin":"…","until_index":2}
//! {"h":"<leaf hash>","i":0,"leaf":"<canonical JSON of the event>","openings":{"/actor/name":{"salt":"…","value":"…"}}}
//! {"h":"…","i":1,"leaf":"…"}
//! {"checkpoint":"<signed note for size 2>"}
//! {"seal":"<signed note>"}
//! ```
//!
//! The writer takes leaf hashes as they were stored, not made anew: a changed event then differs from
//! its hash and is named exactly. It must not know a database, a file or a key.

mod finding;
mod line;
mod report;
mod trusted;
mod verify;
mod writer;

use serde::{Deserialize, Serialize};

pub use finding::{CutOffBy, Finding};
pub use report::Report;
pub use verify::{Extent, verify_bundle, verify_extent};
pub use writer::{BundleWriter, SealError, WriteError};

use crate::hash::Hash;

/// The format's name, which is also its version.
pub const FORMAT: &str = "soundkeep-ledger-1";

/// The first line of the text that a seal signs. No log may bear this name.
pub const SEAL: &str = "soundkeep-export-1";

/// Lines beyond this length are refused unread.
pub const LINE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The first line of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`FORMAT`].
    pub format: String,
    /// The name of the log, which is the name of its key.
    pub origin: String,
    /// Whose log it is; absent for the operator's. Where an event names an organisation, it must be this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// When the bundle was made, in microseconds UTC, as its maker says. Proven only by a seal.
    pub exported_at: i64,
    /// Index of the first entry.
    pub from_index: u64,
    /// One past the index of the last entry.
    pub until_index: u64,
    /// What stands for the entries before `from_index`; there exactly when that isn't 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Prefix>,
}

/// The tree before the first entry of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// The peaks of the frontier at `from_index`, largest first.
    pub peaks: Vec<Hash>,
    /// Proofs that older trees are part of the tree at `from_index`, for checkpoints published then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consistency: Vec<PrefixProof>,
}

/// A proof that the tree at `from_index` begins with the tree of `size` entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrefixProof {
    /// Size of the older tree.
    pub size: u64,
    /// The consistency proof (RFC 9162, section 2.1.4).
    pub proof: Vec<Hash>,
}

impl Header {
    /// A header for the entries `0..until_index`; set the other members for a later start.
    #[must_use]
    pub fn new(origin: &str, organisation: Option<&str>, exported_at: i64, until_index: u64) -> Self {
        Self {
            format: FORMAT.to_owned(),
            origin: origin.to_owned(),
            organisation: organisation.map(str::to_owned),
            exported_at,
            from_index: 0,
            until_index,
            prefix: None,
        }
    }

    /// The same header for a bundle that starts where this frontier ends.
    #[must_use]
    pub fn starting_at(mut self, frontier: &crate::tree::Frontier, consistency: Vec<PrefixProof>) -> Self {
        self.from_index = frontier.size();
        self.prefix = (frontier.size() > 0).then(|| Prefix { peaks: frontier.peaks().to_vec(), consistency });
        self
    }

    /// The frontier at `from_index`, if prefix and index fit together.
    fn frontier(&self) -> Option<crate::tree::Frontier> {
        let peaks = self.prefix.as_ref().map(|prefix| prefix.peaks.clone());
        if peaks.is_some() != (self.from_index > 0) {
            return None;
        }
        crate::tree::Frontier::from_peaks(self.from_index, peaks.unwrap_or_default()).ok()
    }

    fn is_sound(&self) -> bool {
        self.format == FORMAT && self.from_index <= self.until_index && self.until_index <= crate::tree::SIZE_MAX
    }
}

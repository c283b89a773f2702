//! What can't be deleted because it is in use, and by whom.
//!
//! Names are parameters of an error; doors make sentences of them, in any language.

/// How many names a refusal tells of each kind.
const NAMES_MAX: usize = 5;

/// What is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// A role that is held.
    Role,
    /// A group that roles are limited to.
    Group,
}

/// Some names, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The first of them.
    pub told: Vec<String>,
    /// How many aren't told.
    pub more: usize,
}

impl Names {
    /// These names, as far as they fit a sentence.
    #[must_use]
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        let mut told: Vec<String> = names.into_iter().collect();
        let more = told.len().saturating_sub(NAMES_MAX);
        told.truncate(NAMES_MAX);
        Self { told, more }
    }
    /// As many that aren't told.
    #[must_use]
    pub const fn untold(more: usize) -> Self {
        Self { told: Vec::new(), more }
    }
    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.told.len() + self.more
    }
}

/// Why something can't be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// What.
    pub used: Used,
    /// Users it is used by.
    pub users: Names,
    /// API keys it is used by.
    pub api_keys: Names,
}

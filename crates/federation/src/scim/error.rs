//! What can be wrong with a SCIM request, with the words of RFC 7644, section 3.12.

use std::fmt;

/// What kind of mistake it is (RFC 7644, table 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimType {
    /// The filter can't be read, or asks what can't be compared.
    InvalidFilter,
    /// More would have to be looked at than is reasonable.
    TooMany,
    /// Another has this value already.
    Uniqueness,
    /// What can't be changed was to be changed.
    Mutability,
    /// The body isn't what this request takes.
    InvalidSyntax,
    /// The path of a PATCH names nothing.
    InvalidPath,
    /// A PATCH has no target, or none that is there.
    NoTarget,
    /// A value doesn't fit its attribute.
    InvalidValue,
    /// Personal values stand in the address of a request.
    Sensitive,
}

impl ScimType {
    /// The word in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Sensitive => "sensitive",
        }
    }

    /// The status of an answer with this word.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::Sensitive => 403,
            _ => 400,
        }
    }
}

impl fmt::Display for ScimType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a SCIM request can't be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// What kind of mistake it is.
    pub kind: ScimType,
    /// What is wrong, for people.
    pub detail: String,
}

/// Answers of the rules.
pub type Result<T, E = ScimError> = std::result::Result<T, E>;

/// Longest part of a request that a sentence repeats, in characters.
const QUOTED_MAX: usize = 60;

impl ScimError {
    /// A mistake of this kind.
    #[must_use]
    pub fn new(kind: ScimType, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }
    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidPath, detail)
    }
    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }
    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }
    pub(super) fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }
}

/// What somebody wrote, short enough to be repeated.
pub(super) fn quoted(text: &str) -> String {
    let mut short: String = text.chars().filter(|character| !character.is_control()).take(QUOTED_MAX).collect();
    if text.chars().count() > QUOTED_MAX {
        short.push('…');
    }
    short
}

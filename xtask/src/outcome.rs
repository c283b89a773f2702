//! What a task ends with: nothing, or one failure told in a sentence.

use std::fmt;

/// A task's result.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a task could not be done, ready to be read by a person.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// Several complaints as one failure, or none.
    pub(crate) fn unless_empty(complaints: &[String]) -> Outcome {
        if complaints.is_empty() { Ok(()) } else { Err(Self(complaints.join("\n"))) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("unreadable JSON: {error}"))
    }
}

impl From<toml::de::Error> for Failure {
    fn from(error: toml::de::Error) -> Self {
        Self(format!("unreadable TOML: {error}"))
    }
}

/// Adds what was being done, as a verb phrase, to an error.
pub(crate) trait While<T> {
    fn while_(self, doing: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_(self, doing: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{doing}: {error}")))
    }
}

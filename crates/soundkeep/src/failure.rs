//! What stops a command, in words that say what is wrong and what to do.

use std::io::Write as _;
use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl From<soundkeep_app::Error> for Failure {
    fn from(error: soundkeep_app::Error) -> Self {
        match &error {
            soundkeep_app::Error::Invalid(fields) => {
                let fields: Vec<String> = fields.iter().map(|(field, why)| format!("{field}: {why}")).collect();
                Self(fields.join("; "))
            }
            soundkeep_app::Error::Bug(cause) => Self(format!("an unexpected error: {cause}")),
            _ => Self(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("not the JSON that was expected: {error}"))
    }
}

/// Says it on standard error.
pub(crate) fn show(failure: &Failure) -> ExitCode {
    // Nobody may be listening; the exit code says it as well.
    let _ = writeln!(std::io::stderr(), "soundkeep: {failure}");
    ExitCode::FAILURE
}

//! Sidecars: a JSON file beside a recording that says what the name can't.
//!
//! `<name>.json` or `<name>.<ending>.json`, with the members of an upload's metadata. What it says wins
//! over the name.

use soundkeep_app::recordings::ingest::Metadata;
use std::path::{Path, PathBuf};

/// Longest sidecar, in bytes.
pub const BYTES_MAX: u64 = 64 * 1024;

/// A sidecar that can't be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum SidecarError {
    /// It can't be read from disk.
    #[error("the sidecar {} can't be read: {error}", path.display())]
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It isn't what a sidecar is.
    #[error("the sidecar {} doesn't fit: {sentence}", path.display())]
    Unfit {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        sentence: String,
    },
}

/// The places where a recording's sidecar may be.
#[must_use]
pub fn places(recording: &Path) -> [PathBuf; 2] {
    let mut long = recording.as_os_str().to_owned();
    long.push(".json");
    [recording.with_extension("json"), PathBuf::from(long)]
}

/// The sidecar of a recording, if there is one.
///
/// # Errors
/// When there is one and it can't be used.
pub fn read(recording: &Path) -> Result<Option<Metadata>, SidecarError> {
    for path in places(recording) {
        let length = match std::fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(SidecarError::Unreadable { path, error }),
        };
        if length > BYTES_MAX {
            return Err(SidecarError::Unfit { path, sentence: format!("longer than {BYTES_MAX} bytes") });
        }
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) => return Err(SidecarError::Unreadable { path, error }),
        };
        return match parse(&text) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) => Err(SidecarError::Unfit { path, sentence: error.to_string() }),
        };
    }
    Ok(None)
}

/// What the text of a sidecar says.
///
/// # Errors
/// When it isn't JSON, or has a member that isn't known.
pub fn parse(text: &[u8]) -> serde_json::Result<Metadata> {
    serde_json::from_slice(text)
}

/// What the sidecar says, and what the name says where the sidecar is silent.
#[must_use]
pub fn over(sidecar: Metadata, name: Metadata) -> Metadata {
    Metadata {
        started_at: sidecar.started_at.or(name.started_at),
        direction: sidecar.direction.or(name.direction),
        from_number: sidecar.from_number.or(name.from_number),
        to_number: sidecar.to_number.or(name.to_number),
        contact: sidecar.contact.or(name.contact),
        agent: sidecar.agent.or(name.agent),
        tags: if sidecar.tags.is_empty() { name.tags } else { sidecar.tags },
        external_id: sidecar.external_id.or(name.external_id),
        channel_labels: sidecar.channel_labels.or(name.channel_labels),
    }
}

//! What can go wrong with sealed objects.
//!
//! Must not know: how callers show it.

use std::error::Error;
use std::io;

use crate::BlobName;

/// An operation on sealed objects failed. The plain text is fit for an operator.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no object of this name.
    #[error("there is no sealed object {name}")]
    NotFound {
        /// The name asked for.
        name: BlobName,
    },
    /// The object is shorter than the range asked for.
    #[error("the sealed object {name} is cut: it has {len} bytes, and bytes up to {wanted} were asked for")]
    Truncated {
        /// The name asked for.
        name: BlobName,
        /// Its length in bytes.
        len: u64,
        /// The end of the range asked for.
        wanted: u64,
    },
    /// No space is left, or a quota is used up.
    #[error("the storage is full")]
    Full,
    /// The storage refuses the credentials or the permissions of this process; trying again won't help.
    #[error("the storage refused to {action}: check its credentials and permissions")]
    Refused {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// What the storage said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The storage can't be reached or failed; trying again may help.
    #[error("the storage is unavailable: cannot {action}")]
    Unavailable {
        /// What was tried, as a verb phrase.
        action: &'static str,
        /// What the storage said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BlobError {
    /// Whether the same call may succeed later without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    pub(crate) fn unavailable(action: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { action, source: source.into() }
    }

    /// An error of a file operation on the object `name`.
    pub(crate) fn of_file(action: &'static str, name: &BlobName, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound { name: name.clone() },
            _ => Self::of_io(action, error),
        }
    }

    /// An error of a file operation where a missing file would be a fault of the storage.
    pub(crate) fn of_io(action: &'static str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Refused { action, source: Box::new(error) }
            }
            _ => Self::Unavailable { action, source: Box::new(error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_refusing_and_a_failing_one() {
        let of = |error: rustix::io::Errno| BlobError::of_io("write", io::Error::from(error));
        assert!(matches!(of(rustix::io::Errno::NOSPC), BlobError::Full));
        assert!(matches!(of(rustix::io::Errno::DQUOT), BlobError::Full));
        assert!(matches!(of(rustix::io::Errno::ACCESS), BlobError::Refused { .. }));
        assert!(matches!(of(rustix::io::Errno::ROFS), BlobError::Refused { .. }));
        assert!(of(rustix::io::Errno::IO).is_transient());
        assert!(!of(rustix::io::Errno::NOSPC).is_transient());
    }
}

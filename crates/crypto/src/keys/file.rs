//! A root key in a file of its own, made at the first start.
//!
//! Must not know: where the vault keeps its data; a path is handed in.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use zeroize::Zeroizing;

use super::root::{RootKey, RootKeyProvider};
use super::{KeyError, OrganisationKey};
use crate::entropy::Entropy;

const REMARK: &str = "# Soundkeep root key. Without this line nothing in the vault can be read: keep a copy in a safe place, apart from\n# the backups of the vault, and show it to nobody.\n";

/// Something about the root key's file that the operator should hear of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootKeyFinding {
    /// There was no file: a new key was made.
    #[error("a new root key was made: keep a copy of the file in a safe place")]
    Created,
    /// Others than the owner can read or change the file.
    #[error("the root key file can be read or changed by others (mode {mode:04o}): set it to 0600")]
    LooseMode {
        /// The permission bits of the file.
        mode: u32,
    },
}

/// A root key read from a file.
pub struct FileRootKey {
    key: RootKey,
    id: String,
}

impl FileRootKey {
    /// Reads the key from an existing file; blank lines and lines that begin with `#` don't matter.
    ///
    /// # Errors
    /// [`KeyError::RootKeyFile`], [`KeyError::MalformedRootKey`].
    pub fn open(path: &Path) -> Result<(Self, Vec<RootKeyFinding>), KeyError> {
        let failed = |source| KeyError::RootKeyFile { action: "read", path: path.to_owned(), source };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let line = lines.next().unwrap_or_default();
        if lines.next().is_some() {
            return Err(KeyError::MalformedRootKey { reason: "the file has more than one line with a key" });
        }
        let key = RootKey::parse(line)?;
        let findings = loose_mode(path).map_err(failed)?.into_iter().collect();
        Ok((Self { id: key.id()?, key }, findings))
    }

    /// Makes a new key in a new file (mode 0600) that is safe on the disk when this returns.
    ///
    /// # Errors
    /// [`KeyError::RootKeyFile`], also when the file is there already; [`KeyError::Entropy`].
    pub fn create(path: &Path, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let key = RootKey::generate(entropy)?;
        let text = key.to_text()?;
        write_new(path, text.as_bytes()).map_err(|source| KeyError::RootKeyFile {
            action: "make",
            path: path.to_owned(),
            source,
        })?;
        Ok(Self { id: key.id()?, key })
    }

    /// Reads the key, or makes it when there is no file yet.
    ///
    /// Compare it with what the vault remembers ([`super::check_root_key`]) before using it: a lost file is made anew here.
    ///
    /// # Errors
    /// As [`Self::open`] and [`Self::create`].
    pub fn open_or_create(path: &Path, entropy: &dyn Entropy) -> Result<(Self, Vec<RootKeyFinding>), KeyError> {
        match Self::open(path) {
            Err(KeyError::RootKeyFile { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok((Self::create(path, entropy)?, vec![RootKeyFinding::Created]))
            }
            opened => opened,
        }
    }
}

impl std::fmt::Debug for FileRootKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FileRootKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl RootKeyProvider for FileRootKey {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn wrap(&self, context: &[u8], key: &OrganisationKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError> {
        self.key.wrap(context, key, entropy)
    }

    fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<OrganisationKey, KeyError> {
        self.key.unwrap(context, wrapped)
    }
}

/// Writes a file that must not exist: beside its place, synced, then linked to it, and its folder synced. A power cut
/// leaves all of it or nothing; half a key would be refused at every later start.
fn write_new(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(beside)?;
    let placed = file
        .write_all(REMARK.as_bytes())
        .and_then(|()| file.write_all(text))
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(beside, path));
    std::fs::remove_file(beside)?;
    placed?;
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn loose_mode(path: &Path) -> std::io::Result<Option<RootKeyFinding>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path)?.permissions().mode() & 0o7777;
    Ok((mode & 0o077 != 0).then_some(RootKeyFinding::LooseMode { mode }))
}

#[cfg(not(unix))]
fn loose_mode(_path: &Path) -> std::io::Result<Option<RootKeyFinding>> {
    Ok(None)
}

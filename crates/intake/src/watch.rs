//! Watching a folder: what is new and finished is taken in.
//!
//! It polls, because change notices don't come over NFS and SMB, and looks only into folders whose time
//! of change is new. A file is taken when two looks some seconds apart found the same length and time,
//! and when its header doesn't say that it is still being written. What was taken is remembered by path,
//! length and time, so that a restart doesn't read everything again.

use crate::take::{Folder, Taken, is_ignored, is_recording, take};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::recordings::intake_files::{FileState, is_known, remember};
use soundkeep_app::{Caller, Error, Vault};
use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How a folder is watched.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// A file must stay the same for so long; seconds.
    pub settle_seconds: i64,
    /// A file whose header says that it isn't finished is waited for so long; seconds.
    pub unfinished_seconds: i64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { settle_seconds: 3, unfinished_seconds: 600 }
    }
}

/// A folder's time of change says nothing when it is younger than this; some file systems count in seconds.
const FOLDER_SECONDS: u64 = 5;

/// Watches one folder.
pub struct Watcher {
    folder: Folder,
    patience: Patience,
    /// Folders and when they had changed when they were looked into and nothing was left open.
    folders: HashMap<PathBuf, SystemTime>,
    /// Files that are not taken yet: how they looked and since when.
    waiting: HashMap<PathBuf, Waiting>,
}

#[derive(Clone, Copy)]
struct Waiting {
    state: FileState,
    since: Timestamp,
}

/// What one look came to.
#[derive(Debug, Default)]
pub struct Look {
    /// Files that were taken, and what became of them.
    pub taken: Vec<(PathBuf, Taken)>,
    /// Files that are waited for.
    pub waiting: usize,
    /// What could not be looked at, in words.
    pub complaints: Vec<String>,
}

impl Watcher {
    /// Watches this folder.
    #[must_use]
    pub fn new(folder: Folder, patience: Patience) -> Self {
        Self { folder, patience, folders: HashMap::new(), waiting: HashMap::new() }
    }

    /// Looks once, and takes in what is new and finished.
    ///
    /// # Errors
    /// When the vault can't be asked or refuses to take anything in; files that it refuses are in the answer.
    pub async fn look(&mut self, vault: &Vault, caller: &Caller) -> soundkeep_app::Result<Look> {
        let mut look = Look::default();
        for path in self.candidates(&mut look) {
            let Some(state) = file_state(&path) else {
                self.waiting.remove(&path);
                continue;
            };
            if !self.is_settled(&path, state, vault.now()) {
                continue;
            }
            if is_known(vault, caller, &path.to_string_lossy(), state).await? {
                self.waiting.remove(&path);
                continue;
            }
            let taken = take(vault, caller, &self.folder, &path).await;
            match &taken {
                Taken::Ingested(_) => {
                    remember(vault, caller, &path.to_string_lossy(), state).await?;
                    self.waiting.remove(&path);
                }
                // Tried again when the file or its sidecar changes, or at the next start.
                Taken::SidecarUnfit(_) | Taken::Refused(Error::Invalid(_)) => {
                    self.waiting.remove(&path);
                }
                // The house can't at the moment: the file waits.
                Taken::Refused(_) => {}
            }
            look.taken.push((path, taken));
        }
        look.waiting = self.waiting.len();
        Ok(look)
    }

    /// Files that wait, and those in folders that changed since they were looked into.
    fn candidates(&mut self, look: &mut Look) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = self.waiting.keys().cloned().collect();
        let mut folders = vec![self.folder.path.clone()];
        while let Some(folder) = folders.pop() {
            let changed = std::fs::metadata(&folder).and_then(|state| state.modified());
            let known = self.folders.get(&folder).copied();
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) => {
                    look.complaints.push(format!("{} can't be read: {error}", folder.display()));
                    continue;
                }
            };
            let fresh = changed.as_ref().ok() != known.as_ref();
            for entry in entries.flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && !is_ignored(&path) => folders.push(path),
                    Ok(kind) if fresh && kind.is_file() && is_recording(&path) && !self.waiting.contains_key(&path) => {
                        found.push(path);
                    }
                    Ok(_) | Err(_) => {}
                }
            }
            if let Ok(changed) = changed
                && changed.elapsed().is_ok_and(|age| age.as_secs() >= FOLDER_SECONDS)
            {
                self.folders.insert(folder, changed);
            }
        }
        found.sort();
        found
    }

    fn is_settled(&mut self, path: &Path, state: FileState, now: Timestamp) -> bool {
        let held = self.waiting.get(path).copied().filter(|held| held.state == state);
        let Some(held) = held else {
            self.waiting.insert(path.to_owned(), Waiting { state, since: now });
            return false;
        };
        let waited = now.micros_since(held.since) / 1_000_000;
        let patience = match looks_unfinished(path, state.bytes) {
            true => self.patience.unfinished_seconds,
            false => self.patience.settle_seconds,
        };
        waited >= patience
    }
}

/// Length and time of change of a file that has more than a header.
fn file_state(path: &Path) -> Option<FileState> {
    let found = std::fs::metadata(path).ok()?;
    let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_micros();
    Some(FileState { bytes: found.len(), modified_at: Timestamp::from_unix_micros(i64::try_from(modified).ok()?) })
}

/// Whether a WAVE file's header and its length contradict each other, as they do while Asterisk writes.
fn looks_unfinished(path: &Path, bytes: u64) -> bool {
    let mut head = [0_u8; 44];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    if bytes <= 44 {
        return true;
    }
    if read < head.len() || !head.starts_with(b"RIFF") {
        return false;
    }
    let [_, _, _, _, a, b, c, d, ..] = head;
    let declared = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
    declared > bytes || declared <= 44
}

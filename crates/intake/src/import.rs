//! `soundkeep import`: everything below a folder, once, with progress and a summary.

use crate::take::{Folder, Taken, is_ignored, is_recording, take};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use soundkeep_app::recordings::ingest::Ingested;
use soundkeep_app::{Caller, Vault};
use std::path::{Path, PathBuf};

/// So many files are taken in at the same time.
const AT_ONCE: usize = 4;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Files that were found.
    pub files: u64,
    /// New recordings.
    pub stored: u64,
    /// Recordings that were there already.
    pub duplicates: u64,
    /// Files that can't be read and wait in quarantine.
    pub quarantined: u64,
    /// Files that were refused, with the reason.
    pub refused: Vec<(String, String)>,
    /// Bytes of the new recordings.
    pub bytes: u64,
}

impl Summary {
    fn add(&mut self, path: &Path, taken: &Taken) {
        match taken {
            Taken::Ingested(Ingested::Stored { bytes, .. }) => {
                self.stored += 1;
                self.bytes += bytes;
            }
            Taken::Ingested(Ingested::Duplicate { .. }) => self.duplicates += 1,
            Taken::Ingested(Ingested::Quarantined { .. }) => self.quarantined += 1,
            Taken::SidecarUnfit(_) | Taken::Refused(_) => {
                self.refused.push((path.display().to_string(), taken.why().unwrap_or_default()))
            }
        }
    }
    /// How many files are done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.stored + self.duplicates + self.quarantined + u64::try_from(self.refused.len()).unwrap_or(u64::MAX)
    }
}

/// Takes in every recording below a folder. `progress` hears of each file that is done, and what became of it; what it
/// hears of is durable.
///
/// # Errors
/// When the folder itself can't be read; files that can't are in the summary.
pub async fn import(
    vault: &Vault,
    caller: &Caller,
    folder: &Folder,
    mut progress: impl FnMut(&Summary, &Path, &Taken),
) -> std::io::Result<Summary> {
    let root = folder.path.clone();
    let files = tokio::task::spawn_blocking(move || recordings_below(&root)).await.map_err(std::io::Error::other)??;
    let mut summary = Summary { files: u64::try_from(files.len()).unwrap_or(u64::MAX), ..Summary::default() };
    let mut taking = futures::stream::iter(files)
        .map(|path| async move {
            let taken = take(vault, caller, folder, &path).await;
            (path, taken)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((path, taken)) = taking.next().await {
        summary.add(&path, &taken);
        progress(&summary, &path, &taken);
    }
    Ok(summary)
}

/// All recordings below a folder, in the order of their paths, so that older days come first.
pub(crate) fn recordings_below(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() && !is_ignored(&path) {
                folders.push(path);
            } else if kind.is_file() && is_recording(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

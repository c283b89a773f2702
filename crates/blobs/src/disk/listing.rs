//! Walks the folders: lists objects, sweeps what was left unfinished.
//!
//! Must not know: how objects are written.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use futures::stream::{self, BoxStream, StreamExt};

use super::{Folders, blocking};
use crate::{BlobEntry, BlobError, BlobName};

/// Lists folder by folder, so that no more than one folder's entries are in memory.
pub(super) fn list(
    folders: Arc<Folders>,
    prefix: Option<BlobName>,
) -> BoxStream<'static, Result<BlobEntry, BlobError>> {
    let start = match &prefix {
        Some(prefix) => folders.objects.join(prefix.first_segment()),
        None => folders.objects.clone(),
    };
    let walk = stream::unfold(vec![start], move |mut open| {
        let prefix = prefix.clone();
        async move {
            let folder = open.pop()?;
            match blocking("list objects", move || read_folder(&folder, prefix.as_ref())).await {
                Ok((entries, deeper)) => {
                    open.extend(deeper);
                    Some((entries.into_iter().map(Ok).collect::<Vec<_>>(), open))
                }
                Err(error) => Some((vec![Err(error)], Vec::new())),
            }
        }
    });
    walk.flat_map(stream::iter).boxed()
}

fn read_folder(folder: &Path, prefix: Option<&BlobName>) -> Result<(Vec<BlobEntry>, Vec<PathBuf>), BlobError> {
    let failed = |error| BlobError::of_io("list objects", error);
    let (mut entries, mut deeper) = (Vec::new(), Vec::new());
    let Some(found) = present(fs::read_dir(folder)).map_err(failed)? else {
        return Ok((entries, deeper));
    };
    for entry in found {
        let entry = entry.map_err(failed)?;
        if entry.file_type().map_err(failed)?.is_dir() {
            deeper.push(entry.path());
        } else if let Some(name) = name_of(&entry)
            && prefix.is_none_or(|prefix| name.is_below(prefix))
            && let Some(metadata) = present(entry.metadata()).map_err(failed)?
        {
            entries.push(BlobEntry { name, len: metadata.len(), modified: metadata.modified().map_err(failed)? });
        }
    }
    Ok((entries, deeper))
}

/// The object's name, or none for a file that isn't ours.
fn name_of(entry: &DirEntry) -> Option<BlobName> {
    BlobName::parse(&entry.file_name().to_str()?.replace('+', "/")).ok()
}

pub(super) fn sweep(unfinished: &Path, older_than: SystemTime) -> io::Result<u64> {
    let mut swept = 0;
    for entry in fs::read_dir(unfinished)? {
        let entry = entry?;
        let Some(metadata) = present(entry.metadata())? else {
            continue;
        };
        if metadata.is_file() && metadata.modified()? < older_than && present(fs::remove_file(entry.path()))?.is_some()
        {
            swept += 1;
        }
    }
    Ok(swept)
}

/// What is gone meanwhile isn't an error.
fn present<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

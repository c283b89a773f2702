//! Writes one object to disk.
//!
//! Must not know: who reads it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::{Folders, blocking, sync_folder};
use crate::{BlobError, BlobName, BlobWriter};

/// Pieces are gathered up to this many bytes before they go to the file.
const GATHER_BYTES: usize = 1024 * 1024;

pub(super) struct DiskWriter {
    folders: Arc<Folders>,
    name: BlobName,
    /// None while a write is under way, and for good once one has failed.
    unfinished: Option<Unfinished>,
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
}

/// A file that is removed when dropped, unless it was placed.
struct Unfinished {
    path: PathBuf,
    file: File,
    written: u64,
    placed: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed now is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl DiskWriter {
    pub(super) fn start(folders: Arc<Folders>, name: BlobName) -> Result<Self, BlobError> {
        let process = std::process::id();
        loop {
            let number = folders.writers.fetch_add(1, Ordering::Relaxed);
            let path = folders.unfinished.join(format!("{process}-{number}"));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) => {
                    let unfinished = Some(Unfinished { path, file, written: 0, placed: false });
                    return Ok(Self { folders, name, unfinished, gathered: Vec::new(), gathered_bytes: 0 });
                }
                // Left by an earlier process of the same id, or in use on another node.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(BlobError::of_io("start an object", error)),
            }
        }
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut unfinished = self.take_unfinished()?;
        let pieces = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        let written = blocking("write an object", move || {
            unfinished.append(&pieces).map_err(|error| BlobError::of_io("write an object", error))?;
            Ok(unfinished)
        });
        self.unfinished = Some(written.await?);
        Ok(())
    }

    fn take_unfinished(&mut self) -> Result<Unfinished, BlobError> {
        self.unfinished
            .take()
            .ok_or_else(|| BlobError::unavailable("go on writing an object", "an earlier write failed"))
    }
}

impl Unfinished {
    fn append(&mut self, pieces: &[Bytes]) -> io::Result<()> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.written = self.written.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        }
        Ok(())
    }

    /// Syncs the file, moves it to its place and syncs the folder.
    fn place(mut self, folders: &Folders, target: &Path) -> io::Result<u64> {
        self.file.sync_all()?;
        let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
        folders.make_safe(folder)?;
        fs::rename(&self.path, target)?;
        self.placed = true;
        sync_folder(folder)?;
        Ok(self.written)
    }
}

impl BlobWriter for DiskWriter {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            self.gathered_bytes = self.gathered_bytes.saturating_add(bytes.len());
            self.gathered.push(bytes);
            if self.gathered_bytes < GATHER_BYTES { Ok(()) } else { self.flush().await }
        })
    }

    fn finish(mut self: Box<Self>) -> BoxFuture<'static, Result<u64, BlobError>> {
        Box::pin(async move {
            let mut unfinished = self.take_unfinished()?;
            let pieces = std::mem::take(&mut self.gathered);
            let (folders, name) = (self.folders.clone(), self.name.clone());
            blocking("finish an object", move || {
                let placed =
                    unfinished.append(&pieces).and_then(|()| unfinished.place(&folders, &folders.place(&name)));
                folders.handles.forget(&name);
                placed.map_err(|error| BlobError::of_io("finish an object", error))
            })
            .await
        })
    }

    fn abort(mut self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        let unfinished = self.unfinished.take();
        Box::pin(blocking("give up an object", move || {
            drop(unfinished);
            Ok(())
        }))
    }
}

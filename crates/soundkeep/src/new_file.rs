//! Writing a file that takes the place of an older one only when it is whole. Knows nothing of what it holds.

use std::fs::File;
use std::io::{BufWriter, Result, Write as _};
use std::path::{Path, PathBuf};

/// A file that is being written; unless it is kept, nothing of it stays and the older one stands as it was.
pub(crate) struct NewFile {
    out: BufWriter<File>,
    /// Where it grows and where it belongs; nothing when it is written where it is, as a pipe is.
    places: Option<(PathBuf, PathBuf)>,
}

impl NewFile {
    /// Begins a file beside the one whose place it will take.
    ///
    /// # Errors
    /// When none can be made there.
    pub(crate) fn beside(path: &Path) -> Result<Self> {
        let held = std::fs::metadata(path).ok();
        if held.as_ref().is_some_and(|held| !held.is_file()) {
            return Ok(Self { out: BufWriter::new(File::options().write(true).open(path)?), places: None });
        }
        // Behind a link stands the file that is meant.
        let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = place.file_name().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut unfinished = std::ffi::OsString::from(".");
        unfinished.push(name);
        unfinished.push(format!(".{}.part", std::process::id()));
        let unfinished = place.with_file_name(unfinished);
        let file = File::create(&unfinished)?;
        let new = Self { out: BufWriter::new(file), places: Some((unfinished, place)) };
        if let Some(held) = held {
            new.out.get_ref().set_permissions(held.permissions())?;
        }
        Ok(new)
    }

    pub(crate) const fn writer(&mut self) -> &mut BufWriter<File> {
        &mut self.out
    }

    /// Puts it where it belongs, durably.
    ///
    /// # Errors
    /// When the disk is full or the like; then the older file stands as it was.
    pub(crate) fn keep(mut self) -> Result<()> {
        self.out.flush()?;
        let Some((unfinished, place)) = &self.places else { return Ok(()) };
        self.out.get_ref().sync_all()?;
        std::fs::rename(unfinished, place)?;
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(folder)?.sync_all()?;
        self.places = None;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some((unfinished, _)) = &self.places {
            let _ = std::fs::remove_file(unfinished);
        }
    }
}

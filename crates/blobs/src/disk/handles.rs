//! Open files of the objects that were read last, so that a range costs one system call.
//!
//! Must not know: where the files lie.

use std::collections::HashMap;
use std::fs::File;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::BlobName;

const HANDLES_MAX: usize = 256;

/// A small cache, least recently used out first.
#[derive(Default)]
pub(super) struct Handles(Mutex<State>);

#[derive(Default)]
struct State {
    files: HashMap<BlobName, Kept>,
    /// Counts uses, to tell which is oldest.
    uses: u64,
    /// Counts removals: a file opened before one may be the removed one.
    epoch: u64,
}

struct Kept {
    file: Arc<File>,
    last_use: u64,
}

impl Handles {
    pub(super) fn get(&self, name: &BlobName) -> Option<Arc<File>> {
        let mut state = self.0.lock();
        state.uses += 1;
        let last_use = state.uses;
        let kept = state.files.get_mut(name)?;
        kept.last_use = last_use;
        Some(kept.file.clone())
    }

    /// To be asked for before a file is opened that is to be kept.
    pub(super) fn epoch(&self) -> u64 {
        self.0.lock().epoch
    }

    /// Keeps a file, unless anything was removed or replaced since `epoch`.
    pub(super) fn keep(&self, name: &BlobName, file: &Arc<File>, epoch: u64) {
        let mut state = self.0.lock();
        if state.epoch != epoch {
            return;
        }
        if state.files.len() >= HANDLES_MAX
            && let Some(oldest) = state.files.iter().min_by_key(|(_, kept)| kept.last_use).map(|(name, _)| name.clone())
        {
            state.files.remove(&oldest);
        }
        state.uses += 1;
        let last_use = state.uses;
        state.files.insert(name.clone(), Kept { file: file.clone(), last_use });
    }

    /// To be called once an object is removed or replaced.
    pub(super) fn forget(&self, name: &BlobName) {
        let mut state = self.0.lock();
        state.epoch += 1;
        state.files.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Arc<File> {
        Arc::new(tempfile::tempfile().unwrap())
    }

    fn name(number: usize) -> BlobName {
        BlobName::parse(&format!("a/{number}")).unwrap()
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let (handles, file) = (Handles::default(), file());
        for number in 0..HANDLES_MAX {
            handles.keep(&name(number), &file, 0);
        }
        assert!(handles.get(&name(0)).is_some());
        handles.keep(&name(HANDLES_MAX), &file, 0);
        assert!(handles.get(&name(0)).is_some());
        assert!(handles.get(&name(1)).is_none());
        assert_eq!(handles.0.lock().files.len(), HANDLES_MAX);
    }

    #[test]
    fn a_file_opened_before_a_removal_is_not_kept() {
        let handles = Handles::default();
        let epoch = handles.epoch();
        handles.forget(&name(1));
        handles.keep(&name(1), &file(), epoch);
        assert!(handles.get(&name(1)).is_none());
    }
}

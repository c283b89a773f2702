//! A disk after a power cut: what was synced, and of the rest nothing, all, or some.
//!
//! As little is taken for granted as POSIX promises: a synced file may have lost its name when its folder wasn't
//! synced, a name may be there without the bytes, and unsynced writes arrive in any order or torn. Granted is that a
//! rename is one step, and that changes to one name keep their order.

use super::trace::Event;
use crate::support::Random;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// What becomes of what wasn't synced.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    Lost,
    Kept,
    /// Some of it, by a seed.
    Some(u64),
}

/// A file, whatever its names.
type FileId = usize;

/// What is done to names.
enum Naming {
    Add(PathBuf, Option<FileId>),
    Move(PathBuf, PathBuf, FileId),
    Remove(PathBuf),
}

impl Naming {
    fn names(&self) -> Vec<&Path> {
        match self {
            Self::Add(path, _) | Self::Remove(path) => vec![path],
            Self::Move(from, to, _) => vec![from, to],
        }
    }
}

enum Change {
    Bytes(u64, Vec<u8>),
    Length(u64),
}

struct Step<T> {
    what: T,
    /// The number of its event.
    at: usize,
    is_safe: bool,
}

/// Files and names as they were left.
pub(super) struct Disk {
    files: Vec<Vec<u8>>,
    /// Folders have no file.
    names: BTreeMap<PathBuf, Option<FileId>>,
}

#[derive(Default)]
struct Record {
    namings: Vec<Step<Naming>>,
    changes: Vec<Vec<Step<Change>>>,
    /// Names as a process sees them.
    current: HashMap<PathBuf, FileId>,
}

impl Record {
    fn event(&mut self, at: usize, event: &Event) {
        let mut name = None;
        match event {
            Event::Created(path) => {
                self.changes.push(Vec::new());
                let file = self.changes.len() - 1;
                self.current.insert(path.clone(), file);
                name = Some(Naming::Add(path.clone(), Some(file)));
            }
            Event::FolderMade(path) => name = Some(Naming::Add(path.clone(), None)),
            Event::Linked { from, to } => {
                let file = self.current[from];
                self.current.insert(to.clone(), file);
                name = Some(Naming::Add(to.clone(), Some(file)));
            }
            Event::Renamed { from, to } => {
                let file = self.current.remove(from).unwrap();
                self.current.insert(to.clone(), file);
                name = Some(Naming::Move(from.clone(), to.clone(), file));
            }
            Event::Removed(path) => {
                self.current.remove(path).unwrap();
                name = Some(Naming::Remove(path.clone()));
            }
            Event::Written { path, at: offset, bytes } => {
                let what = Change::Bytes(*offset, bytes.clone());
                self.changes[self.current[path]].push(Step { what, at, is_safe: false });
            }
            Event::Cut { path, length } => {
                self.changes[self.current[path]].push(Step { what: Change::Length(*length), at, is_safe: false });
            }
            Event::Sync { path, before } => self.sync(path, *before),
            Event::Said(_) => {}
        }
        if let Some(what) = name {
            self.namings.push(Step { what, at, is_safe: false });
        }
    }

    fn sync(&mut self, path: &Path, before: usize) {
        if let Some(file) = self.current.get(path) {
            for change in &mut self.changes[*file] {
                change.is_safe |= change.at < before;
            }
            return;
        }
        for naming in &mut self.namings {
            naming.is_safe |= naming.at < before && naming.what.names().iter().any(|name| name.parent() == Some(path));
        }
    }

    /// Changes to one name keep their order: what a safe one follows is safe.
    fn close(&mut self) {
        let mut safe: std::collections::HashSet<PathBuf> = Default::default();
        for naming in self.namings.iter_mut().rev() {
            let names = naming.what.names();
            naming.is_safe |= names.iter().any(|name| safe.contains(*name));
            if naming.is_safe {
                safe.extend(names.into_iter().map(Path::to_owned));
            }
        }
    }
}

impl Disk {
    /// What these events leave when the power goes after the last.
    pub(super) fn after(events: &[Event], fate: Fate) -> Self {
        let mut record = Record::default();
        for (at, event) in events.iter().enumerate() {
            record.event(at, event);
        }
        let mut random = Random::new(match fate {
            Fate::Some(seed) => seed,
            Fate::Lost | Fate::Kept => 0,
        });
        let mut survives = move |is_safe: bool| {
            is_safe
                || match fate {
                    Fate::Lost => false,
                    Fate::Kept => true,
                    Fate::Some(_) => random.below(2) == 0,
                }
        };
        for naming in &mut record.namings {
            naming.is_safe = survives(naming.is_safe);
        }
        record.close();
        let mut names = BTreeMap::new();
        for naming in record.namings.into_iter().filter(|naming| naming.is_safe) {
            match naming.what {
                Naming::Add(path, file) => drop(names.insert(path, file)),
                Naming::Remove(path) => drop(names.remove(&path)),
                Naming::Move(from, to, file) => {
                    names.remove(&from);
                    names.insert(to, Some(file));
                }
            }
        }
        let mut torn = Random::new(events.len() as u64);
        let files = record.changes.into_iter().map(|changes| {
            let mut bytes = Vec::new();
            for change in changes {
                if !survives(change.is_safe) {
                    continue;
                }
                let is_torn = !change.is_safe && matches!(fate, Fate::Some(_)) && torn.below(4) == 0;
                apply(&mut bytes, change.what, is_torn);
            }
            bytes
        });
        Self { files: files.collect(), names }
    }

    /// Writes it into a new folder. What lies in a folder that has no name is lost with it.
    pub(super) fn put(&self, place: &Path) {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        std::fs::create_dir(place).unwrap();
        for (name, file) in &self.names {
            let path = place.join(name);
            if !path.parent().unwrap().is_dir() {
                continue;
            }
            let Some(file) = file else {
                std::fs::DirBuilder::new().mode(0o700).create(path).unwrap();
                continue;
            };
            let mut options = std::fs::File::options();
            let mut made = options.write(true).create_new(true).mode(0o600).open(path).unwrap();
            std::io::Write::write_all(&mut made, &self.files[*file]).unwrap();
        }
    }
}

fn apply(file: &mut Vec<u8>, change: Change, is_torn: bool) {
    match change {
        Change::Length(length) => file.resize(length as usize, 0),
        Change::Bytes(at, mut bytes) => {
            if is_torn {
                // Whole sectors arrive, and not all of them.
                bytes.truncate(bytes.len() / 2 / 512 * 512);
            }
            let at = at as usize;
            file.resize(file.len().max(at + bytes.len()), 0);
            file[at..at + bytes.len()].copy_from_slice(&bytes);
        }
    }
}

//! What strace wrote, as events: changes of files below one folder, syncs, and what was said.
//!
//! Calls that it doesn't know are no reason to guess: they end the test.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Something that happened, in the order in which it was done.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A file is there from now on, empty.
    Created(PathBuf),
    /// A folder is there from now on.
    FolderMade(PathBuf),
    /// Bytes were written.
    Written { path: PathBuf, at: u64, bytes: Vec<u8> },
    /// A file got this length.
    Cut { path: PathBuf, length: u64 },
    /// A file has another name.
    Renamed { from: PathBuf, to: PathBuf },
    /// A file has one more name.
    Linked { from: PathBuf, to: PathBuf },
    /// A name is gone.
    Removed(PathBuf),
    /// What was done to this file or folder before the event of this number is safe from now on.
    Sync { path: PathBuf, before: usize },
    /// A line on standard output.
    Said(String),
}

/// Collects events of several processes, one after the other.
pub(super) struct Traced {
    root: PathBuf,
    pub(super) events: Vec<Event>,
    files: std::collections::HashSet<PathBuf>,
}

/// A call that isn't over.
struct Begun {
    text: String,
    /// How many events there were.
    before: usize,
}

/// The process that strace started.
pub(super) fn first_process(log: &Path) -> u32 {
    let text = std::fs::read(log).unwrap();
    let digits: String = text.iter().map(|byte| char::from(*byte)).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

impl Traced {
    /// Events below this folder.
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), events: Vec::new(), files: Default::default() }
    }

    /// Reads the record of one process and its threads and children.
    pub(super) fn read(&mut self, log: &Path) {
        let text = std::fs::read_to_string(log).unwrap();
        let mut begun: HashMap<&str, Begun> = HashMap::new();
        // Where the next plain write to a descriptor goes.
        let mut offsets: HashMap<String, u64> = HashMap::new();
        for line in text.lines() {
            let (thread, rest) = line.split_once(' ').unwrap();
            let rest = rest.trim_start();
            if rest.starts_with("+++") || rest.starts_with("---") {
                continue;
            }
            if let Some(start) = rest.strip_suffix("<unfinished ...>") {
                begun.insert(thread, Begun { text: start.trim_end().to_owned(), before: self.events.len() });
                continue;
            }
            let before = self.events.len();
            let (call, before) = match rest.strip_prefix("<... ") {
                Some(resumed) => {
                    let begun = begun.remove(thread).unwrap();
                    let (_, end) = resumed.split_once(" resumed>").unwrap();
                    (begun.text + end, begun.before)
                }
                None => (rest.to_owned(), before),
            };
            self.call(&call, before, &mut offsets);
        }
    }

    fn call(&mut self, text: &str, before: usize, offsets: &mut HashMap<String, u64>) {
        let (call, result) = text.rsplit_once(" = ").unwrap_or_else(|| panic!("no call: {text:.200}"));
        let (name, arguments) = call.split_once('(').unwrap();
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        let arguments: Vec<&str> = arguments.split(", ").collect();
        if result.starts_with(['-', '?']) {
            return;
        }
        match name {
            "openat" | "open" | "creat" => self.opened(name, &arguments, result, offsets),
            "write" => self.written(&arguments, result, offsets),
            "pwrite64" => {
                if let Some(path) = self.of_descriptor(arguments[0]) {
                    let bytes = bytes_written(arguments[1], result);
                    self.push(Event::Written { path, at: arguments[3].parse().unwrap(), bytes });
                }
            }
            "ftruncate" => {
                if let Some(path) = self.of_descriptor(arguments[0]) {
                    self.push(Event::Cut { path, length: arguments[1].parse().unwrap() });
                }
            }
            "rename" => self.renamed(arguments[0], arguments[1]),
            "renameat" | "renameat2" => self.renamed(arguments[1], arguments[3]),
            "linkat" | "link" => {
                let (from, to) = if name == "link" { (0, 1) } else { (1, 3) };
                if let (Some(from), Some(to)) = (self.named(arguments[from]), self.named(arguments[to])) {
                    self.files.insert(to.clone());
                    self.push(Event::Linked { from, to });
                }
            }
            "unlink" | "unlinkat" => {
                let at = usize::from(name == "unlinkat");
                // Sockets aren't made by a call that is recorded.
                if let Some(path) = self.named(arguments[at]).filter(|path| self.files.remove(path)) {
                    self.push(Event::Removed(path));
                }
            }
            "mkdir" | "mkdirat" => {
                let at = usize::from(name == "mkdirat");
                self.named(arguments[at]).into_iter().for_each(|path| self.push(Event::FolderMade(path)));
            }
            "fsync" | "fdatasync" => {
                if let Some(path) = self.of_descriptor(arguments[0]) {
                    self.push(Event::Sync { path, before });
                }
            }
            "writev" if self.of_descriptor(arguments[0]).is_none() => {}
            _ => assert!(!self.concerns(&arguments), "the model doesn't know this call: {text:.300}"),
        }
    }

    fn opened(&mut self, name: &str, arguments: &[&str], result: &str, offsets: &mut HashMap<String, u64>) {
        let (descriptor, path) = descriptor(result);
        offsets.insert(descriptor, 0);
        let Some(path) = self.below(path) else { return };
        let flags =
            if name == "openat" { arguments[2] } else { arguments.get(1).copied().unwrap_or("O_CREAT|O_TRUNC") };
        assert!(!flags.contains("O_APPEND") && !flags.contains("O_TMPFILE"), "the model doesn't know {flags}");
        if flags.contains("O_CREAT") && self.files.insert(path.clone()) {
            self.push(Event::Created(path));
        } else if flags.contains("O_TRUNC") {
            self.push(Event::Cut { path, length: 0 });
        }
    }

    fn written(&mut self, arguments: &[&str], result: &str, offsets: &mut HashMap<String, u64>) {
        if let Some(path) = self.of_descriptor(arguments[0]) {
            let bytes = bytes_written(arguments[1], result);
            let at = offsets.get_mut(&descriptor(arguments[0]).0).unwrap();
            let event = Event::Written { path, at: *at, bytes };
            *at += result.parse::<u64>().unwrap();
            self.push(event);
        } else if arguments[0].starts_with("1<") {
            // Children speak there too, in frames; lines that matter are text.
            if let Ok(said) = String::from_utf8(unescaped(arguments[1])) {
                said.lines().for_each(|line| self.push(Event::Said(line.to_owned())));
            }
        }
    }

    fn renamed(&mut self, from: &str, to: &str) {
        if let (Some(from), Some(to)) = (self.named(from), self.named(to)) {
            assert!(self.files.remove(&from), "{} was renamed and never made", from.display());
            self.files.insert(to.clone());
            self.push(Event::Renamed { from, to });
        }
    }

    fn push(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Its place below the root, if it is there and the model is about it.
    fn below(&self, path: PathBuf) -> Option<PathBuf> {
        let path = path.strip_prefix(&self.root).ok()?.to_owned();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // Shared memory of SQLite, which recovery makes anew; a file that has no name any more.
        (!name.ends_with("-shm") && !name.ends_with("(deleted)")).then_some(path)
    }
    fn named(&self, argument: &str) -> Option<PathBuf> {
        self.below(path_of(&unescaped(argument)))
    }
    fn of_descriptor(&self, argument: &str) -> Option<PathBuf> {
        self.below(descriptor(argument).1)
    }
    fn concerns(&self, arguments: &[&str]) -> bool {
        arguments.iter().any(|argument| {
            let is_there = |path: PathBuf| path.starts_with(&self.root);
            (argument.starts_with('"') && is_there(path_of(&unescaped(argument))))
                || (argument.contains('<') && is_there(descriptor(argument).1))
        })
    }
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(std::str::from_utf8(bytes).unwrap())
}

/// A descriptor's number and path: `7<\x2f...>`.
fn descriptor(text: &str) -> (String, PathBuf) {
    let Some((number, path)) = text.split_once('<') else { return (text.to_owned(), PathBuf::new()) };
    let (path, rest) = path.split_once('>').unwrap();
    let mut path = unescaped_plain(path);
    path.extend(rest.bytes());
    (number.to_owned(), PathBuf::from(String::from_utf8_lossy(&path).into_owned()))
}

fn bytes_written(argument: &str, result: &str) -> Vec<u8> {
    let mut bytes = unescaped(argument);
    bytes.truncate(result.parse().unwrap());
    bytes
}

fn unescaped(argument: &str) -> Vec<u8> {
    let inner = argument.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    unescaped_plain(inner.unwrap_or_else(|| panic!("cut: {argument:.100}")))
}

/// `\x61\x62` as bytes.
fn unescaped_plain(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks_exact(4).map(|four| digit(four[2]) << 4 | digit(four[3])).collect()
}

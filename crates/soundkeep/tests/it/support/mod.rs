//! Running the program: commands, servers, what they say.

pub(crate) mod audio;
pub(crate) mod http;
pub(crate) mod ledger;

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// The program, with nothing of the environment that would change what it does.
pub(crate) fn soundkeep() -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_soundkeep")))
}

/// The command without our variables.
pub(crate) fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SOUNDKEEP_") {
            command.env_remove(name);
        }
    }
    command
}

/// strace, which records and answers calls of the program.
#[track_caller]
pub(crate) fn strace() -> Command {
    assert!(
        Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()),
        "strace is missing; install it and start again:\n    \
         sudo apt-get update && sudo apt-get install --yes --no-install-recommends strace"
    );
    clean(Command::new("strace"))
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) well: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Panics unless it went well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.well, "{self:#?}");
        self
    }
    /// Panics unless it failed in order: with code 1 and this in its words.
    #[track_caller]
    pub(crate) fn refused(self, words: &str) -> Self {
        let said = format!("{}{}", self.out, self.err);
        assert!(!self.well && said.contains(words), "no {words:?} in {self:#?}");
        assert!(!said.contains("panicked"), "{self:#?}");
        self
    }
    /// The last line as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let line = self.out.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|_| panic!("{line:?} is no JSON: {self:#?}"))
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.code().is_some(), "killed: {output:?}");
    Ran {
        well: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A data folder.
pub(crate) struct Vault {
    place: PathBuf,
    _folder: Option<TempDir>,
}

impl Vault {
    /// A folder that isn't there yet.
    pub(crate) fn none() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { place: folder.path().join("data"), _folder: Some(folder) }
    }
    /// A new vault with one organisation.
    pub(crate) fn new() -> Self {
        let vault = Self::none();
        vault.serve(&[]).stop();
        vault
    }
    /// The vault in a folder.
    pub(crate) fn at(place: &Path) -> Self {
        Self { place: place.to_owned(), _folder: None }
    }
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }
    /// The program with these words and this data folder.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = soundkeep();
        command.arg("--data-dir").arg(&self.place).args(words);
        command
    }
    /// Runs the program with these words.
    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        run(&mut self.command(words))
    }
    /// Takes a folder in.
    pub(crate) fn import(&self, folder: &Path, words: &[&str]) -> Ran {
        run(self.command(&["import"]).arg(folder).args(words))
    }
    /// Serves it.
    pub(crate) fn serve(&self, words: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Server::start(command.args(words), |line| Some(line.split_once("Soundkeep is at ")?.1.to_owned()))
    }
    /// Serves the demo in it; the lines are its people.
    pub(crate) fn demo(&self) -> (Server, Vec<Value>) {
        Self::demo_by(&mut self.command(&["demo", "--json", "--listen", "127.0.0.1:0"]))
    }
    /// Serves the demo as this command does; the lines are its people.
    pub(crate) fn demo_by(command: &mut Command) -> (Server, Vec<Value>) {
        let (server, mut lines) = Self::demo_lines(command);
        lines.pop();
        (server, lines.split_off(1))
    }
    /// Serves the demo in it; the line that tells of its directory.
    pub(crate) fn demo_with_directory(&self) -> (Server, Value) {
        let (server, lines) = Self::demo_lines(&mut self.command(&["demo", "--json", "--listen", "127.0.0.1:0"]));
        (server, lines.last().unwrap().clone())
    }
    /// Everything that the demo tells: its address, twelve people and the directory, which is set up last.
    fn demo_lines(command: &mut Command) -> (Server, Vec<Value>) {
        let mut lines = Vec::new();
        let server = Server::start(command, |line| {
            lines.push(serde_json::from_str::<Value>(line).unwrap());
            (lines.len() == 14).then(|| lines[0]["url"].as_str().unwrap().to_owned())
        });
        assert!(lines[13]["scim_token"].is_string(), "the directory comes last: {}", lines[13]);
        (server, lines)
    }
    /// Panics unless everything in it opens and fits together.
    #[track_caller]
    pub(crate) fn is_whole(&self) -> Ran {
        let ran = self.run(&["doctor", "--deep"]).well();
        assert!(!ran.out.contains("bad "), "{ran:#?}");
        ran
    }
}

/// A process that serves a vault. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    /// How it is reached.
    pub(crate) origin: String,
}

impl Server {
    /// Starts it and reads its lines until one says where it is.
    #[track_caller]
    pub(crate) fn start(command: &mut Command, mut is_ready: impl FnMut(&str) -> Option<String>) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while out.read_line(&mut line).unwrap() > 0 {
            if let Some(origin) = is_ready(line.trim_end()) {
                return Self { child, out: Some(out), origin };
            }
            line.clear();
        }
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        panic!("it ended before it was ready: {said}");
    }
    /// Lets it write no file beyond this many bytes; nothing lifts the limit.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let process = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        prlimit(process, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    }
    /// Ends it in order, and says what else it said.
    #[track_caller]
    pub(crate) fn stop(self) -> String {
        let process = self.child.id();
        self.stop_process(process)
    }
    /// Ends the process that does the work behind this one.
    #[track_caller]
    pub(crate) fn stop_process(mut self, process: u32) -> String {
        signal(process, rustix::process::Signal::TERM);
        let mut said = String::new();
        self.out.take().unwrap().read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {said}");
        said
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that the test started.
pub(crate) fn signal(process: u32, signal: rustix::process::Signal) {
    let process = rustix::process::Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    rustix::process::kill_process(process, signal).unwrap();
}

/// All files below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found.sort();
    found
}

/// A small generator, so that a failed round can be run again.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
    pub(crate) const fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    /// From 0 up to but without `end`.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        (self.number() >> 11) % end
    }
}

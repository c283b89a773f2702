//! Programs that the tests need, and how to come by them with the system's package manager.
//!
//! Nothing is skipped because something is missing: it is installed when that is allowed, and otherwise
//! the exact command is said.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::{Failure, Outcome, While};
use crate::process;

/// One program and the packages that bring it.
pub(crate) struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    find: fn() -> Option<PathBuf>,
}

/// The folder of PostgreSQL's server programs.
pub(crate) const POSTGRESQL: Need =
    Need { what: "the PostgreSQL server", packages: &["postgresql"], find: postgresql_programs };

/// Chromium without windows, with letters to draw: it needs a third less work for the same tests.
const CHROMIUM: Need =
    Need { what: "Chromium", packages: &["chromium-headless-shell", "fonts-liberation"], find: headless_chromium };

/// What records every write of the vault, to cut the power after any of them, and fills its disk.
pub(crate) const STRACE: Need = Need { what: "strace", packages: &["strace"], find: || process::on_path(&["strace"]) };

/// Somebody else's program for codes of authenticator apps, to show ours.
pub(crate) const OATHTOOL: Need =
    Need { what: "oathtool", packages: &["oathtool"], find: || process::on_path(&["oathtool"]) };

/// What turns the clock of a server on, for tests in the browser that wait for an hour or for days.
pub(crate) const FAKETIME: Need = Need { what: "libfaketime", packages: &["libfaketime"], find: faketime };

/// The interpreter of counterparts that others wrote in Python.
pub(crate) const PYTHON: Need =
    Need { what: "Python 3 with its module venv", packages: &["python3", "python3-venv"], find: python };

/// The peer of the playback benchmark.
pub(crate) const NGINX: Need =
    Need { what: "nginx", packages: &["nginx-light"], find: || process::on_path(&["nginx"]) };

impl Need {
    /// Where it is, after installing it if it was missing.
    ///
    /// # Errors
    /// When it is missing and may not or can't be installed; says which command would.
    pub(crate) fn met(&self) -> Outcome<PathBuf> {
        if let Some(found) = (self.find)() {
            return Ok(found);
        }
        println!("  {} is missing: installing {}", self.what, self.packages.join(" "));
        self.install()?;
        (self.find)().ok_or_else(|| Failure::new(format!("{} was installed and still can't be found", self.what)))
    }

    fn install(&self) -> Outcome {
        let by_hand = format!(
            "{} is missing; install it and start again:\n    sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            self.what,
            self.packages.join(" ")
        );
        if process::on_path(&["apt-get"]).is_none() {
            return Err(Failure::new(format!(
                "{} is missing and this system has no apt-get: install it with your package manager",
                self.what
            )));
        }
        let Some(become_root) = way_to_root() else {
            return Err(Failure::new(by_hand));
        };
        let mut install = vec!["install", "--yes", "--no-install-recommends"];
        install.extend(self.packages);
        process::quiet(&mut apt_get(become_root, &["update"])).while_(&by_hand)?;
        process::quiet(&mut apt_get(become_root, &install)).while_(&by_hand)
    }
}

/// A browser for the end-to-end tests: where there is none without windows, and none can be had, one with them.
///
/// # Errors
/// When there is none at all.
pub(crate) fn browser() -> Outcome<PathBuf> {
    CHROMIUM.met().or_else(|failure| {
        let windowed = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
        let found = process::on_path(&windowed).ok_or_else(|| Failure::new(failure.to_string()))?;
        println!("  {failure}\n  instead of it {} is used", found.display());
        Ok(found)
    })
}

/// Checks for a Node that can build the console.
///
/// # Errors
/// When there is none, or one before version 20.
pub(crate) fn node() -> Outcome {
    let said = process::output(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new("Node is missing: install Node 20.19 or newer, with npm"))?;
    let major = said.trim().trim_start_matches('v').split('.').next().and_then(|number| number.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        _ => Err(Failure::new(format!("Node {} is too old for the console: install 20.19 or newer", said.trim()))),
    }
}

/// Checks for a C compiler: the cipher library and SQLite are built from source.
///
/// # Errors
/// When there is none.
pub(crate) fn c_compiler() -> Outcome {
    if std::env::var_os("CC").is_some() || process::on_path(&["cc", "gcc", "clang"]).is_some() {
        return Ok(());
    }
    Err(Failure::new(
        "a C compiler is missing; install one and start again:\n    sudo apt-get install --yes gcc libc6-dev",
    ))
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// The words before a command that make it run as root; none of them when we are.
fn way_to_root() -> Option<&'static [&'static str]> {
    if is_root() {
        Some(&[])
    } else if process::succeeds(Command::new("sudo").args(["-n", "true"])) {
        Some(&["sudo", "-n"])
    } else {
        None
    }
}

fn apt_get(become_root: &[&str], arguments: &[&str]) -> Command {
    let words = [become_root, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"], arguments].concat();
    let mut command = Command::new(words.first().copied().unwrap_or("apt-get"));
    command.args(words.iter().skip(1));
    command
}

/// Debian keeps the server's programs out of the search path, a folder per version: the newest wins.
fn postgresql_programs() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, programs)| has_server(programs))
        .collect();
    versions.sort();
    versions.pop().map(|(_, programs)| programs).or_else(|| {
        let initdb = process::on_path(&["initdb"])?;
        let programs = std::fs::canonicalize(initdb).ok()?.parent()?.to_path_buf();
        has_server(&programs).then_some(programs)
    })
}

fn has_server(programs: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl"].iter().all(|program| programs.join(program).is_file())
}

/// Debian has Python without the module that makes environments, unless it is asked for.
fn python() -> Option<PathBuf> {
    let found = process::on_path(&["python3"])?;
    process::succeeds(Command::new(&found).args(["-c", "import venv, ensurepip"])).then_some(found)
}

/// Debian keeps a folder of libraries per kind of machine.
fn faketime() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SOUNDKEEP_TEST_FAKETIME") {
        return Some(PathBuf::from(named));
    }
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let places = folders.chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64")]);
    places.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|place| place.is_file())
}

fn headless_chromium() -> Option<PathBuf> {
    std::env::var_os("SOUNDKEEP_TEST_CHROMIUM")
        .map(PathBuf::from)
        .or_else(|| process::on_path(&["chromium-headless-shell", "chrome-headless-shell"]))
}

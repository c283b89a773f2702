//! An environment of Python packages that tests use as counterparts: documents that others signed, servers that others wrote.
//!
//! Made again only when the list of packages changed. Must not know: what the packages are for.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::{Outcome, While};
use crate::workspace::Workspace;
use crate::{needs, process};

/// Where tests learn the interpreter that knows the packages.
pub(crate) const INTERPRETER: &str = "SOUNDKEEP_TEST_PYTHON";

const PACKAGES: &str = "xtask/requirements.txt";

/// The interpreter, after installing what it lacks.
///
/// # Errors
/// When Python is missing, or a package can't be installed; with what was said.
pub(crate) fn interpreter(workspace: &Workspace) -> Outcome<PathBuf> {
    let system = needs::PYTHON.met()?;
    let folder = workspace.target.join("xtask/python");
    let (interpreter, stamp) = (folder.join("bin/python"), folder.join("installed"));
    let packages = workspace.path(PACKAGES);
    let wanted = fingerprint(&packages)?;
    if interpreter.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(interpreter);
    }
    println!("  installing the Python packages of {PACKAGES}");
    process::quiet(Command::new(system).args(["-m", "venv", "--clear"]).arg(&folder))?;
    process::quiet(
        Command::new(&interpreter)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"])
            .arg("--requirement")
            .arg(&packages),
    )?;
    std::fs::write(&stamp, wanted).while_("note which Python packages are installed")?;
    Ok(interpreter)
}

fn fingerprint(packages: &Path) -> Outcome<String> {
    let list = std::fs::read_to_string(packages).while_(format!("read {}", packages.display()))?;
    let mut hasher = DefaultHasher::new();
    list.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

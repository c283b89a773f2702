//! Starting other programs: loudly, quietly or for their output.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::outcome::{Failure, Outcome, While};

/// Runs a program whose output the person sees.
///
/// # Errors
/// Names the command when it can't be started or ends with another status than 0.
pub(crate) fn loud(command: &mut Command) -> Outcome {
    let status = command.stdin(Stdio::null()).status().while_(format!("start {}", said(command)))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{} ended with {status}", said(command)))) }
}

/// Runs a program and shows what it said only when it fails.
///
/// # Errors
/// As [`loud`], with the output.
pub(crate) fn quiet(command: &mut Command) -> Outcome {
    output(command).map(|_| ())
}

/// Runs a program for its standard output.
///
/// # Errors
/// As [`loud`], with the output.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let out = command.stdin(Stdio::null()).output().while_(format!("start {}", said(command)))?;
    let stdout = String::from_utf8_lossy(&out.stdout).into_owned();
    if out.status.success() {
        return Ok(stdout);
    }
    let stderr = String::from_utf8_lossy(&out.stderr);
    Err(Failure::new(format!("{} ended with {}\n{stdout}{stderr}", said(command), out.status)))
}

/// Whether a program starts and ends well; what it says is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The first of these programs that the search path holds.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|candidate| is_program(candidate)))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn said(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}

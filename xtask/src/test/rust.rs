//! The Rust tests: with nextest where it is installed, else by running each test binary ourselves.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::build::{self, Profile};
use crate::outcome::{Failure, Outcome, While};
use crate::process;
use crate::python::INTERPRETER;
use crate::test::junit::{self, Naming};
use crate::test::suite::Tally;
use crate::workspace::Workspace;

/// Where the tests learn the address of the PostgreSQL server.
pub(super) const POSTGRES: &str = "SOUNDKEEP_TEST_POSTGRES";

/// Every Rust test of the workspace.
///
/// # Errors
/// When the tests don't compile or the runner breaks; failed tests are in the tally.
pub(crate) fn test(workspace: &Workspace, postgres_url: &str, python: &Path) -> Outcome<Tally> {
    if process::succeeds(&mut workspace.cargo(&["nextest", "--version"])) {
        with_nextest(workspace, postgres_url, python)
    } else {
        println!("  cargo-nextest isn't installed: running the test binaries one after the other");
        by_hand(workspace, postgres_url, python)
    }
}

/// Tests in documentation, which include the uses of a permit that must not compile.
///
/// # Errors
/// When one fails.
pub(crate) fn documentation(workspace: &Workspace) -> Outcome<Tally> {
    process::loud(&mut workspace.cargo(&["test", "--doc", "--workspace", "--quiet"]))?;
    Ok(Tally::one())
}

/// The server for the browser tests, from the tests' profile.
///
/// # Errors
/// When it doesn't compile.
pub(crate) fn server(workspace: &Workspace) -> Outcome {
    build::compile(workspace, Profile::Debug)
}

fn with_nextest(workspace: &Workspace, postgres_url: &str, python: &Path) -> Outcome<Tally> {
    // Nextest keeps its store below the project, wherever the target folder is.
    let report = workspace.path("target/nextest/ci/junit.xml");
    // A report of an earlier run would be taken for this one's.
    std::fs::remove_file(&report).ok();
    let mut nextest = workspace.cargo(&[
        "nextest",
        "run",
        "--workspace",
        "--profile",
        "ci",
        "--no-fail-fast",
        "--status-level",
        "slow",
    ]);
    let ran = process::loud(nextest.env(POSTGRES, postgres_url).env(INTERPRETER, python));
    let Ok(tally) = junit::read(&report, Naming::Rust) else {
        return Err(ran.err().unwrap_or_else(|| Failure::new("nextest wrote no report")));
    };
    match ran {
        Err(failure) if tally.failed.is_empty() => Err(failure),
        _ => Ok(tally),
    }
}

/// One compiled test binary.
struct Binary {
    /// As nextest calls it: the package, and the target behind it when that isn't the library.
    id: String,
    program: PathBuf,
    folder: PathBuf,
}

fn by_hand(workspace: &Workspace, postgres_url: &str, python: &Path) -> Outcome<Tally> {
    let mut tally = Tally::default();
    for binary in binaries(workspace)? {
        let out = Command::new(&binary.program)
            .current_dir(&binary.folder)
            .env("CARGO_MANIFEST_DIR", &binary.folder)
            .env(POSTGRES, postgres_url)
            .env(INTERPRETER, python)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .while_(format!("start {}", binary.program.display()))?;
        let said = String::from_utf8_lossy(&out.stdout);
        let before = tally.failed.len();
        count(&binary.id, &said, &mut tally);
        if !out.status.success() {
            println!("{said}");
            if tally.failed.len() == before {
                tally.failed.insert(format!("{} ended with {}", binary.id, out.status));
            }
        }
    }
    println!("  {} passed, {} failed", tally.passed.len(), tally.failed.len());
    Ok(tally)
}

fn binaries(workspace: &Workspace) -> Outcome<Vec<Binary>> {
    let messages = workspace
        .cargo(&["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .while_("compile the tests")?;
    if !messages.status.success() {
        return Err(Failure::new("the tests don't compile"));
    }
    let text = String::from_utf8_lossy(&messages.stdout);
    Ok(text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|message| binary(workspace, &message))
        .collect())
}

fn binary(workspace: &Workspace, message: &Value) -> Option<Binary> {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
    if message.pointer("/profile/test")?.as_bool() != Some(true) {
        return None;
    }
    let program = PathBuf::from(text("/executable")?);
    let manifest = PathBuf::from(text("/manifest_path")?);
    let folder = manifest.parent()?.to_path_buf();
    let package = &workspace.members.iter().find(|member| member.folder == folder)?.name;
    let target = text("/target/name")?;
    let id = match text("/target/kind/0")? {
        "lib" => package.clone(),
        "bin" => format!("{package}::bin/{target}"),
        _ => format!("{package}::{target}"),
    };
    Some(Binary { id, program, folder })
}

/// Adds the lines `test NAME ... ok` of one binary.
fn count(binary: &str, said: &str, tally: &mut Tally) {
    for line in said.lines() {
        let Some((name, ending)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) else {
            continue;
        };
        let name = format!("{binary}::{}", name.trim_end_matches(" - should panic"));
        match ending {
            "ok" => tally.passed.insert(name),
            "FAILED" => tally.failed.insert(name),
            other => tally.failed.insert(format!("{name} ({other})")),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_read_from_a_test_binary() {
        let mut tally = Tally::default();
        count(
            "soundkeep-domain",
            "running 3 tests\ntest a::b ... ok\ntest c ... FAILED\ntest d ... ignored\n\ntest result: FAILED.",
            &mut tally,
        );
        assert!(tally.passed.contains("soundkeep-domain::a::b"));
        assert!(tally.failed.contains("soundkeep-domain::c"));
        assert!(tally.failed.contains("soundkeep-domain::d (ignored)"));
    }
}

//! End-to-end tests: a demo vault of the real binary, and a real browser in front of it.

use std::path::PathBuf;
use std::process::Command;

use crate::build::{self, Profile};
use crate::outcome::{Failure, Outcome, While};
use crate::test::junit::{self, Naming};
use crate::test::suite::Tally;
use crate::workspace::Workspace;
use crate::{console, needs, process, python};

/// A file has a vault, a browser and ports of its own, and waits half of its time.
const FILES_AT_ONCE: usize = 2;

/// # Errors
/// When the browser or a package is missing, or the runner breaks; failed tests are in the tally.
pub(crate) fn test(workspace: &Workspace) -> Outcome<Tally> {
    needs::node()?;
    let chromium = needs::browser()?;
    needs::OATHTOOL.met()?;
    let faketime = needs::FAKETIME.met()?;
    let python = python::interpreter(workspace)?;
    console::install_packages(workspace, "e2e")?;
    let reports = workspace.target.join("xtask");
    std::fs::create_dir_all(&reports).while_("make a folder for the report")?;
    let report = reports.join("e2e.xml");
    std::fs::remove_file(&report).ok();
    let ran = process::loud(
        Command::new("node")
            .arg("--test")
            .arg(format!("--test-concurrency={FILES_AT_ONCE}"))
            .args(["--test-reporter=spec", "--test-reporter-destination=stdout"])
            .arg("--test-reporter=junit")
            .arg(format!("--test-reporter-destination={}", report.display()))
            .args(files(workspace)?)
            .current_dir(workspace.path("e2e"))
            .env("SOUNDKEEP_BINARY", build::program(workspace, Profile::Debug))
            .env("SOUNDKEEP_TEST_CHROMIUM", chromium)
            .env("SOUNDKEEP_TEST_FAKETIME", faketime)
            .env(python::INTERPRETER, python),
    );
    let Ok(tally) = junit::read(&report, Naming::Title("e2e")) else {
        return Err(ran.err().unwrap_or_else(|| Failure::new("the end-to-end tests wrote no report")));
    };
    match ran {
        Err(failure) if tally.failed.is_empty() => Err(failure),
        _ => Ok(tally),
    }
}

/// The test files, named one by one: what `node --test` makes of a folder differs between its versions.
fn files(workspace: &Workspace) -> Outcome<Vec<PathBuf>> {
    let found: Vec<PathBuf> = workspace
        .files()?
        .into_iter()
        .filter(|path| path.starts_with("e2e/tests") && path.to_string_lossy().ends_with(".test.mjs"))
        .map(|path| workspace.root.join(path))
        .collect();
    if found.is_empty() {
        return Err(Failure::new("e2e/tests holds no test"));
    }
    Ok(found)
}

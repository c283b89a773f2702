//! The console's own checks and unit tests.

use crate::outcome::{Failure, Outcome};
use crate::process;
use crate::test::junit::{self, Naming};
use crate::test::suite::Tally;
use crate::workspace::Workspace;

/// Types, lints and formatting.
///
/// # Errors
/// When one complains.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    process::loud(&mut workspace.npm("console", &["run", "--silent", "check"]))
}

/// # Errors
/// When the runner breaks; failed tests are in the tally.
pub(crate) fn test(workspace: &Workspace) -> Outcome<Tally> {
    let report = workspace.target.join("xtask/console.xml");
    std::fs::remove_file(&report).ok();
    let to_file = format!("--outputFile.junit={}", report.display());
    let ran = process::loud(
        &mut workspace.npm("console", &["test", "--silent", "--", "--reporter=default", "--reporter=junit", &to_file]),
    );
    let Ok(tally) = junit::read(&report, Naming::Title("console")) else {
        return Err(ran.err().unwrap_or_else(|| Failure::new("the console's tests wrote no report")));
    };
    match ran {
        Err(failure) if tally.failed.is_empty() => Err(failure),
        _ => Ok(tally),
    }
}

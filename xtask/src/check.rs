//! `cargo xtask check`: the quick part of the tests, to be run before every commit.

use std::time::Instant;

use crate::build::seconds;
use crate::outcome::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{console, mutations, process, rows, tidy};

/// One check by name.
type Step = (&'static str, fn(&Workspace) -> Outcome);

/// What needs no compiler.
pub(crate) const QUICK_STEPS: [Step; 8] = [
    ("formatting", formatting),
    ("lock file", lock_file),
    ("arrows between crates", tidy::arrows::check),
    ("tidiness of files", tidy::files::check),
    ("SQL and routes in their rooms", tidy::walls::check),
    ("licences, bans and duplicates", tidy::licences::check),
    ("rows.toml: every named test exists", rows::exist),
    ("mutations.toml: every mutation fits", mutations::fit),
];

/// What to leave out.
pub(crate) struct Options {
    is_tidy_only: bool,
}

impl Options {
    /// # Errors
    /// On a flag that isn't known.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => Ok(Self { is_tidy_only: false }),
            ["--tidy"] => Ok(Self { is_tidy_only: true }),
            other => Err(Failure::new(format!("check doesn't know {}", other.join(" ")))),
        }
    }
}

/// # Errors
/// Every complaint of every check.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    console::make_room(workspace)?;
    let clippy: [Step; 1] = [("clippy", clippy)];
    let mut complaints = Vec::new();
    for (name, step) in QUICK_STEPS.iter().chain(&clippy) {
        if options.is_tidy_only && *name == "clippy" {
            continue;
        }
        let start = Instant::now();
        let outcome = step(workspace);
        let took = seconds(start.elapsed());
        match outcome {
            Ok(()) => println!("ok      {name} ({took})"),
            Err(failure) => {
                println!("FAILED  {name} ({took})");
                complaints.push(format!("{name}:\n{failure}"));
            }
        }
    }
    Failure::unless_empty(&complaints)
}

/// # Errors
/// On the first lint, warnings included.
pub(crate) fn clippy(workspace: &Workspace) -> Outcome {
    process::loud(&mut workspace.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ]))
}

fn formatting(workspace: &Workspace) -> Outcome {
    process::quiet(&mut workspace.cargo(&["fmt", "--all", "--", "--check", "-l"]))
        .map_err(|failure| Failure::new(format!("{failure}\n`cargo fmt --all` mends it")))
}

/// A lock file that doesn't fit the manifests would be changed by the first build of whoever clones.
fn lock_file(workspace: &Workspace) -> Outcome {
    for folder in [".", "fuzz"] {
        let mut command = workspace.cargo(&["metadata", "--format-version", "1", "--locked"]);
        process::output(command.current_dir(workspace.path(folder))).map_err(|failure| {
            Failure::new(format!(
                "{failure}
`cargo metadata --format-version 1` in {folder}/ mends it"
            ))
        })?;
    }
    Ok(())
}

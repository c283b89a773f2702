//! `cargo xtask build`: the console, then the server that embeds it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::outcome::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{console, needs, process};

/// How the server is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let profile = match words.as_slice() {
        [] | ["--release"] => Profile::Release,
        ["--debug"] => Profile::Debug,
        other => {
            return Err(Failure::new(format!("build doesn't know {}", other.join(" "))));
        }
    };
    let server = server(workspace, profile)?;
    println!("{}", server.display());
    Ok(())
}

/// Builds everything that the server needs and the server, telling each step.
///
/// # Errors
/// When a tool is missing or a build fails.
pub(crate) fn server(workspace: &Workspace, profile: Profile) -> Outcome<PathBuf> {
    needs::node()?;
    needs::c_compiler()?;
    told("1/3 console packages", || console::install_packages(workspace, "console").map(console::Work::said))?;
    told("2/3 console pages", || console::build(workspace).map(console::Work::said))?;
    let name = match profile {
        Profile::Release => "3/3 server (release; the first time takes about ten minutes on two cores)",
        Profile::Debug => "3/3 server (debug)",
    };
    println!("{name}");
    let start = Instant::now();
    compile(workspace, profile)?;
    println!("    done in {}", seconds(start.elapsed()));
    Ok(program(workspace, profile))
}

/// Compiles the server alone.
///
/// # Errors
/// When the compiler says no.
pub(crate) fn compile(workspace: &Workspace, profile: Profile) -> Outcome {
    let mut words = vec!["build", "--package", "soundkeep"];
    if profile == Profile::Release {
        words.push("--release");
    }
    process::loud(&mut workspace.cargo(&words))
}

/// Where the compiler puts the server.
pub(crate) fn program(workspace: &Workspace, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    };
    workspace.target.join(folder).join("soundkeep")
}

fn told(name: &str, work: impl FnOnce() -> Outcome<&'static str>) -> Outcome {
    use std::io::Write as _;
    print!("{name} ... ");
    std::io::stdout().flush()?;
    let start = Instant::now();
    let said = work()?;
    println!("{said} in {}", seconds(start.elapsed()));
    Ok(())
}

/// A duration as a person reads it.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

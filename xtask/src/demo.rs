//! `cargo xtask run`: from a fresh checkout to a vault to try, in one command.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::build::{self, Profile};
use crate::outcome::{Failure, Outcome};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    println!("Building Soundkeep, then starting a demo vault on this machine.");
    let server = build::server(workspace, Profile::Release)?;
    println!("Starting `soundkeep demo`. Stop it with Ctrl-C.\n");
    let error = Command::new(&server).arg("demo").args(arguments).exec();
    Err(Failure::new(format!("start {}: {error}", server.display())))
}

//! `cargo xtask bench`: builds the benchmark programs in release mode and runs the named ones.
//!
//! The measuring is in `bench/` (package `soundkeep-bench`, one module per benchmark); this only
//! prepares what they measure against.

use std::process::Command;

use crate::outcome::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{build, needs, process, python};

const PACKAGE: &str = "soundkeep-bench";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Outcome {
    if !workspace.members.iter().any(|member| member.name == PACKAGE) {
        return Err(Failure::new(format!("{PACKAGE} is no member of the workspace")));
    }
    needs::c_compiler()?;
    needs::NGINX.met()?;
    build::server(workspace, build::Profile::Release)?;
    println!("building the benchmarks (release)");
    process::loud(&mut workspace.cargo(&["build", "--release", "--package", PACKAGE, "--features", "peers"]))?;
    process::loud(&mut workspace.cargo(&[
        "build",
        "--release",
        "--package",
        "soundkeep-testkit",
        "--features",
        "vault",
    ]))?;
    let mut bench = Command::new(workspace.target.join("release").join(PACKAGE));
    bench
        .args(arguments)
        .current_dir(&workspace.root)
        .env("SOUNDKEEP_BINARY", build::program(workspace, build::Profile::Release));
    // Vaults of millions of rows take minutes to fill: they are kept for the next run.
    bench.env("SOUNDKEEP_BENCH_FOLDER", workspace.target.join("xtask/bench"));
    bench.env("SOUNDKEEP_FILL", workspace.target.join("release/soundkeep-fill"));
    bench.env("SOUNDKEEP_COMMIT", workspace.target.join("release/soundkeep-commit"));
    bench.env("SOUNDKEEP_CHECK", workspace.target.join("release/soundkeep-check"));
    bench.env("SOUNDKEEP_PEOPLE", workspace.target.join("release/soundkeep-people"));
    bench.env("SOUNDKEEP_BENCH_POSTGRESQL", needs::POSTGRESQL.met()?);
    bench.env(python::INTERPRETER, python::interpreter(workspace)?);
    process::loud(&mut bench)
}

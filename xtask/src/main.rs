//! Developer tasks: `cargo xtask build | run | test | check | fuzz | bench | generate`.
//!
//! Everything that a person or the continuous integration types goes through here, so that both get
//! the same answers. Knows the outside of the project (folders, commands, names of tests) and must not
//! know a type of it: this crate depends on no sister.
#![allow(clippy::print_stdout, reason = "a command line tool speaks on standard output")]

mod bench;
mod build;
mod check;
mod console;
mod demo;
mod fuzz;
mod generate;
mod mutations;
mod needs;
mod outcome;
mod process;
mod python;
mod rows;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use outcome::{Failure, Outcome};
use workspace::Workspace;

const HELP: &str = "\
cargo xtask TASK

  run [ARGS]        build the console and the server, then start `soundkeep demo ARGS`
  test [OPTIONS]    everything that proves the project
      --only PART     rust, console, e2e or lint
      --fast          leave out documentation tests, end-to-end tests and generated files
  check             the quick part: formatting, clippy, arrows, tidiness, licences, rows
      --tidy          only what needs no compiler
  build [--debug]   the console and the server (release unless --debug)
  generate          write docs/reference and the console's API types
      --check         compare instead of writing
  mutations [WORD]  take out each gate and clause of scope in turn; a test must fail
  fuzz [TARGET ...] libFuzzer over every parser of foreign bytes
      --seconds N     for each target (60)
  postgres COMMAND  run a command beside a PostgreSQL server of its own
  bench [NAME ...]  benchmarks, ours and the peer interleaved; `bench list` names them
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match perform(&task, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: &str, rest: &[String]) -> Outcome {
    if matches!(task, "" | "help" | "-h" | "--help") {
        print!("{HELP}");
        return Ok(());
    }
    let workspace = Workspace::find()?;
    match task {
        "run" => demo::run(&workspace, rest),
        "test" => test::run(&workspace, &test::Options::parse(rest)?),
        "check" => check::run(&workspace, &check::Options::parse(rest)?),
        "build" => build::run(&workspace, rest),
        "generate" => generate::run(&workspace, rest),
        "postgres" => test::beside_postgres(&workspace, rest),
        "mutations" => mutations::run(&workspace, rest),
        "fuzz" => fuzz::run(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        other => Err(Failure::new(format!("there is no task '{other}'\n\n{HELP}"))),
    }
}

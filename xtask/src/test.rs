//! `cargo xtask test`: everything that proves the project, the quick things first.
//!
//! A step that fails doesn't stop the others; one that needs a failed step counts as failed too. What
//! isn't there and can't be installed is a failure with a sentence, never a silent skip.

mod browser;
mod junit;
mod pages;
mod postgres;
mod rust;
mod suite;

use std::path::PathBuf;
use std::process::Command;

use crate::outcome::{Failure, Outcome};
use crate::workspace::Workspace;
use crate::{check, console, generate, needs, process, python, rows};
use suite::{Suite, Tally};

/// What to leave out. By default nothing.
#[derive(Default)]
pub(crate) struct Options {
    only: Option<Part>,
    is_fast: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Lint,
    Rust,
    Console,
    EndToEnd,
}

impl Options {
    /// # Errors
    /// On a flag that isn't known.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--fast" => options.is_fast = true,
                "--only" => options.only = Some(Part::parse(words.next().unwrap_or_default())?),
                other => return Err(Failure::new(format!("test doesn't know {other}"))),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

impl Part {
    fn parse(word: &str) -> Outcome<Self> {
        match word {
            "lint" => Ok(Self::Lint),
            "rust" => Ok(Self::Rust),
            "console" => Ok(Self::Console),
            "e2e" => Ok(Self::EndToEnd),
            other => Err(Failure::new(format!("--only takes rust, console, e2e or lint, not '{other}'"))),
        }
    }
}

/// # Errors
/// When a step or a test failed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    console::make_room(workspace)?;
    let mut suite = Suite::new();
    if options.wants(Part::Lint) {
        lint(workspace, &mut suite);
    }
    if options.wants(Part::Console) || options.wants(Part::EndToEnd) {
        pages(workspace, options, &mut suite);
    }
    if options.wants(Part::Lint) {
        suite.step("clippy", &[], || check::clippy(workspace).map(|()| Tally::one()));
    }
    if options.wants(Part::Rust) {
        rust(workspace, options, &mut suite);
    }
    if options.wants(Part::EndToEnd) && !options.is_fast {
        end_to_end(workspace, &mut suite);
    }
    if options.wants(Part::Lint) && !options.is_fast {
        suite.step("generated files", &["server"], || generate::compare(workspace).map(|()| Tally::one()));
    }
    if options.only.is_none() && !options.is_fast {
        let passed = suite.passed_tests();
        suite.step("rows.toml: every named test ran and passed", &[], || {
            rows::ran(workspace, &passed).map(|()| Tally::one())
        });
    } else {
        println!("\nThis was a part of the tests: --only and --fast leave things out.");
    }
    suite.close()
}

/// Runs one command with the tests' PostgreSQL server beside it, for work on a single test.
///
/// # Errors
/// When the server doesn't start or the command fails.
pub(crate) fn beside_postgres(workspace: &Workspace, words: &[String]) -> Outcome {
    let [program, arguments @ ..] = words else {
        return Err(Failure::new("postgres takes a command to run"));
    };
    let cluster = WithPostgres::start(workspace)?;
    process::loud(cluster.tell(Command::new(program).args(arguments)))
}

/// The tests' PostgreSQL server and Python, for other tasks.
pub(crate) struct WithPostgres {
    cluster: postgres::Cluster,
    python: PathBuf,
}

impl WithPostgres {
    /// # Errors
    /// When it is missing or doesn't start.
    pub(crate) fn start(workspace: &Workspace) -> Outcome<Self> {
        let python = python::interpreter(workspace)?;
        Ok(Self { cluster: postgres::Cluster::start(&needs::POSTGRESQL.met()?)?, python })
    }

    /// Tells a command where they are.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(rust::POSTGRES, self.cluster.url()).env(python::INTERPRETER, &self.python)
    }
}

fn lint(workspace: &Workspace, suite: &mut Suite) {
    for (name, step) in check::QUICK_STEPS {
        suite.step(name, &[], || step(workspace).map(|()| Tally::one()));
    }
}

fn pages(workspace: &Workspace, options: &Options, suite: &mut Suite) {
    suite.step("console packages", &[], || {
        needs::node()?;
        console::install_packages(workspace, "console").map(|_| Tally::one())
    });
    suite.step("console build", &["console packages"], || console::build(workspace).map(|_| Tally::one()));
    if options.wants(Part::Console) {
        suite.step("console check", &["console packages"], || pages::check(workspace).map(|()| Tally::one()));
        suite.step("console tests", &["console packages"], || pages::test(workspace));
    }
}

fn rust(workspace: &Workspace, options: &Options, suite: &mut Suite) {
    suite.step("Rust tests, on SQLite and PostgreSQL", &[], || {
        needs::c_compiler()?;
        let programs = needs::POSTGRESQL.met()?;
        needs::STRACE.met()?;
        needs::OATHTOOL.met()?;
        let python = python::interpreter(workspace)?;
        let cluster = postgres::Cluster::start(&programs)?;
        rust::test(workspace, &cluster.url(), &python)
    });
    if !options.is_fast {
        suite.step("Rust documentation tests", &[], || rust::documentation(workspace));
    }
}

fn end_to_end(workspace: &Workspace, suite: &mut Suite) {
    suite.step("server", &["console build"], || {
        needs::c_compiler()?;
        rust::server(workspace).map(|()| Tally::one())
    });
    suite.step("end-to-end tests in Chromium", &["server"], || browser::test(workspace));
}

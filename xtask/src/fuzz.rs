//! `cargo xtask fuzz`: runs the fuzz targets with libFuzzer, each for a while, over a corpus that stays.
//!
//! Stable Rust has all that libFuzzer needs, asked for by flags. What crashes a target is kept as a seed, so that
//! the ordinary tests fail too until it is mended. Must not know what a target checks.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::needs;
use crate::outcome::{Failure, Outcome, While};
use crate::process;
use crate::workspace::Workspace;

/// What cargo-fuzz passes too, but for the sanitizers that need a nightly compiler.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
const SECONDS: u32 = 60;
const INPUT_BYTES_MAX: u32 = 16 * 1024;
/// The decoders' fixtures, which are seeds of every target of sound.
const FIXTURES: &str = "crates/media/tests/fixtures";

/// What to run, and for how long each.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    targets: Vec<String>,
    seconds: u32,
}

impl Options {
    fn parse(words: &[String], all: &[String]) -> Outcome<Self> {
        let mut options = Self { targets: Vec::new(), seconds: SECONDS };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--seconds" {
                let number = words.next().and_then(|word| word.parse().ok()).filter(|seconds| *seconds > 0);
                options.seconds = number.ok_or_else(|| Failure::new("--seconds takes a number from 1 on"))?;
            } else if all.contains(word) {
                options.targets.push(word.clone());
            } else {
                return Err(Failure::new(format!("there is no target '{word}', but {}", all.join(", "))));
            }
        }
        if options.targets.is_empty() {
            options.targets = all.to_vec();
        }
        Ok(options)
    }
}

/// # Errors
/// When a target doesn't build, or found something; the sentence names the input.
pub(crate) fn run(workspace: &Workspace, words: &[String]) -> Outcome {
    let options = Options::parse(words, &targets(workspace)?)?;
    needs::c_compiler()?;
    if process::on_path(&["c++", "g++", "clang++"]).is_none() {
        return Err(Failure::new("libFuzzer is C++, and no compiler for it is on the path; install g++"));
    }
    let binaries = build(workspace, &options.targets)?;
    let mut complaints = Vec::new();
    for target in &options.targets {
        let outcome = fuzz(workspace, &binaries.join(target), target, options.seconds);
        match outcome {
            Ok(told) => println!("ok      {target}: {told}"),
            Err(failure) => {
                println!("FAILED  {target}");
                complaints.push(format!("{target}: {failure}"));
            }
        }
    }
    Failure::unless_empty(&complaints)
}

/// The targets, by their binaries.
fn targets(workspace: &Workspace) -> Outcome<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(workspace.path("fuzz/src/bin")).while_("list fuzz/src/bin")? {
        names.extend(entry?.path().file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Builds the targets and says in which folder they are.
fn build(workspace: &Workspace, targets: &[String]) -> Outcome<PathBuf> {
    let folder = workspace.target.join("fuzz");
    let rustc = process::output(Command::new("rustc").arg("-vV"))?;
    let machine =
        rustc.lines().find_map(|line| after(line, "host: ")).ok_or_else(|| Failure::new("rustc names no host"))?;
    // The machine is named, so that build scripts and macros are built without the flags.
    let mut command = workspace.cargo(&["build", "--locked", "--release", "--target", machine]);
    command.current_dir(workspace.path("fuzz")).env("CARGO_TARGET_DIR", &folder).env("RUSTFLAGS", FLAGS);
    for target in targets {
        command.args(["--bin", target]);
    }
    process::loud(&mut command)?;
    Ok(folder.join(machine).join("release"))
}

/// Runs one target and tells runs and coverage.
fn fuzz(workspace: &Workspace, binary: &Path, target: &str, seconds: u32) -> Outcome<String> {
    let seeds = workspace.path("fuzz/seeds").join(target);
    let corpus = workspace.target.join("fuzz/corpus").join(target);
    let artefacts = workspace.target.join("fuzz/artefacts").join(target);
    for folder in [&corpus, &artefacts] {
        std::fs::create_dir_all(folder).while_(format!("make {}", folder.display()))?;
    }
    let mut command = Command::new(binary);
    command.current_dir(&artefacts).stdin(Stdio::null());
    // New inputs go into the first folder; the others are only read.
    command.arg(&corpus).arg(&seeds);
    if target.starts_with("media_") {
        command.arg(workspace.path(FIXTURES));
    }
    let room = target.split('_').next().unwrap_or_default();
    for dictionary in [room, "json"] {
        let path = workspace.path("fuzz/dictionaries").join(format!("{dictionary}.dict"));
        // libFuzzer takes one dictionary: that of the room, where it has one.
        if path.is_file() {
            command.arg(format!("-dict={}", path.display()));
            break;
        }
    }
    command.arg(format!("-artifact_prefix={}/", artefacts.display()));
    command.arg(format!("-max_len={INPUT_BYTES_MAX}"));
    command.arg(format!("-max_total_time={seconds}"));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=1"]);
    let out = command.output().while_(format!("start {}", binary.display()))?;
    let said = String::from_utf8_lossy(&out.stderr);
    std::fs::write(artefacts.join("log"), out.stderr.as_slice()).while_("write the log")?;
    if out.status.success() {
        return Ok(told(&said));
    }
    Err(Failure::new(found(&said, &seeds).unwrap_or_else(|| tail(&said))))
}

/// Runs and coverage, from libFuzzer's last lines.
fn told(said: &str) -> String {
    let coverage = said.lines().rev().find_map(|line| after(line, " cov: ")).unwrap_or("none");
    let features = said.lines().rev().find_map(|line| after(line, " ft: ")).unwrap_or("none");
    let runs = said.lines().rev().find_map(|line| after(line, "stat::number_of_executed_units: ")).unwrap_or("no");
    format!("{runs} runs, coverage {coverage}, features {features}")
}

/// The word behind a mark.
fn after<'line>(line: &'line str, mark: &str) -> Option<&'line str> {
    line.split_once(mark)?.1.split_whitespace().next()
}

/// Keeps what crashed the target as a seed, and says where it is and what was said.
fn found(said: &str, seeds: &Path) -> Option<String> {
    let artefact = Path::new(said.lines().find_map(|line| after(line, "Test unit written to "))?);
    let seed = seeds.join(artefact.file_name()?);
    let kept = std::fs::create_dir_all(seeds).and_then(|()| std::fs::copy(artefact, &seed));
    let where_kept = match kept {
        Ok(_) => format!("kept as {}; commit it with the mending", seed.display()),
        Err(error) => format!("could not be kept as {}: {error}", seed.display()),
    };
    Some(format!("{} ({where_kept})\n{}", artefact.display(), tail(said)))
}

/// The lines that a person wants to see of a failure: from the panic on, else the last.
fn tail(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let panic = lines.iter().position(|line| line.contains("panicked at") || line.contains("ERROR: libFuzzer"));
    let from = panic.unwrap_or(lines.len().saturating_sub(12));
    lines.into_iter().skip(from).take(12).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "#12\tNEW    cov: 40 ft: 52 corp: 3/9b\n#900\tDONE   cov: 44 ft: 61 corp: 4/12b\n\
        stat::number_of_executed_units: 900\n";

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn runs_and_coverage_are_told() {
        assert_eq!(told(SAID), "900 runs, coverage 44, features 61");
    }

    #[test]
    fn a_crash_becomes_a_seed() {
        let folder = std::env::temp_dir().join(format!("soundkeep-xtask-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let artefact = folder.join("crash-1");
        std::fs::write(&artefact, b"bad").unwrap();
        let said = format!("thread panicked at a.rs:1\nTest unit written to {}\n", artefact.display());
        let sentence = found(&said, &folder.join("seeds")).unwrap();
        assert!(sentence.contains("crash-1") && sentence.contains("a.rs:1"), "{sentence}");
        assert_eq!(std::fs::read(folder.join("seeds/crash-1")).unwrap(), b"bad");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn all_targets_run_unless_some_are_named() {
        let all = words("a b c");
        let parsed = Options::parse(&[], &all).unwrap();
        assert_eq!(parsed, Options { targets: all.clone(), seconds: SECONDS });
        let parsed = Options::parse(&words("b --seconds 5"), &all).unwrap();
        assert_eq!(parsed, Options { targets: words("b"), seconds: 5 });
        assert!(Options::parse(&words("d"), &all).is_err());
        assert!(Options::parse(&words("--seconds 0"), &all).is_err());
    }
}

//! Every seed and every input that a fuzzer once found something with, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

use soundkeep_fuzz_targets::TARGETS;
use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn names(paths: &[PathBuf]) -> BTreeSet<String> {
    paths.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn run(target: fn(&[u8]), paths: &[PathBuf]) {
    assert!(!paths.is_empty(), "a target without a seed");
    for path in paths {
        let bytes = std::fs::read(path).unwrap();
        assert!(bytes.len() <= 64 * 1024, "{}: a seed is small", path.display());
        if let Err(panic) = catch_unwind(|| target(&bytes)) {
            eprintln!("with {}", path.display());
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn every_seed_passes_its_target() {
    for (name, target) in TARGETS {
        run(target, &files(&fuzz_folder().join("seeds").join(name)));
    }
}

#[test]
fn every_fixture_of_the_decoders_passes() {
    let fixtures = files(&fuzz_folder().join("../crates/media/tests/fixtures"));
    for (_, target) in TARGETS.iter().filter(|(name, _)| name.starts_with("media_")) {
        run(*target, &fixtures);
    }
}

#[test]
fn no_input_is_too_short_for_any_target() {
    for (_, target) in TARGETS {
        for length in 0..70 {
            target(&vec![0; length]);
            target(&vec![b'{'; length]);
            target(&vec![0xFF; length]);
        }
    }
}

#[test]
fn targets_binaries_and_seeds_are_the_same_list() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&files(&fuzz_folder().join("src/bin"))), targets);
    let folders: Vec<PathBuf> = files(&fuzz_folder().join("seeds")).into_iter().filter(|path| path.is_dir()).collect();
    assert_eq!(names(&folders), targets);
}

/// Cargo knows no "all crates of this folder" in a profile, so the list could fall behind.
#[test]
fn every_crate_of_the_house_is_fuzzed_with_its_checks_on() {
    let profile = std::fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    let manifest = std::fs::read_to_string(fuzz_folder().join("targets/Cargo.toml")).unwrap();
    let house = manifest.lines().filter(|line| line.starts_with("soundkeep-"));
    let crates = house.map(|line| line.split(['.', ' ']).next().unwrap()).chain(["soundkeep-fuzz-targets"]);
    for name in crates {
        let checked = format!("[profile.release.package.{name}]\ndebug-assertions = true\noverflow-checks = true\n");
        assert!(profile.contains(&checked), "fuzz/Cargo.toml has no checks for {name}");
    }
}

/// The fuzzers have a lock file of their own, and must not drift away from what is shipped.
#[test]
fn what_is_fuzzed_are_the_versions_of_the_house() {
    const OURS: [&str; 3] = ["arbitrary", "libfuzzer-sys", "soundkeep-fuzz"];
    let versions = |path: &str| -> BTreeSet<(String, String)> {
        let text = std::fs::read_to_string(fuzz_folder().join(path)).unwrap();
        let value = |block: &str, key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        text.split("[[package]]").skip(1).map(|block| (value(block, "name"), value(block, "version"))).collect()
    };
    let house = versions("../Cargo.lock");
    let others: Vec<_> = versions("Cargo.lock").into_iter().filter(|package| !house.contains(package)).collect();
    let names: Vec<&str> = others.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, OURS, "copy Cargo.lock to fuzz/ and let cargo add what is missing: {others:?}");
}

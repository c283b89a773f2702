//! Killed with signal 9 at whatever moment: what was acknowledged is there, and nothing is half there.

use crate::content::Content;
use crate::support::audio::{put, sha256, wave};
use crate::support::{Random, Vault, files, ledger, signal};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime};

const ROUNDS: u64 = 14;
const FILES: u64 = 8;

/// Imports until so many files were acknowledged and a moment more, then kills. Says what was acknowledged.
fn import_and_kill(vault: &Vault, folder: &Path, after: u64, moment: Duration) -> Vec<Value> {
    let mut command = vault.command(&["import", "--json", "--verbose"]);
    command.arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said: Vec<String> = lines.by_ref().take(after as usize).map(Result::unwrap).collect();
    let begin = Instant::now();
    while begin.elapsed() < moment {
        std::hint::spin_loop();
    }
    signal(child.id(), rustix::process::Signal::KILL);
    // What was said before the end counts too; its last line may be cut.
    said.extend(lines.map_while(Result::ok));
    child.wait().unwrap();
    let said = said.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    said.filter(|line| line["outcome"] == "stored").collect()
}

#[test]
fn a_process_killed_at_any_moment_keeps_what_it_acknowledged() {
    let seed = std::env::var("SOUNDKEEP_TEST_SEED").map_or(2_026, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    let key = ledger::key(&vault);
    let mut acknowledged: HashMap<String, String> = HashMap::new();
    let mut left = 0;
    for round in 0..ROUNDS {
        let calls = folder.path().join(format!("{round}"));
        let mut contents = HashMap::new();
        for at in 0..FILES {
            let call = wave(seed * 10_000 + round * 100 + at, 300 + random.below(9_000) as u32);
            contents.insert(format!("{at}.wav"), sha256(&call));
            put(&calls, &format!("{at}.wav"), &call);
        }
        let moment = Duration::from_micros(random.below(30_000));
        let said = import_and_kill(&vault, &calls, random.below(FILES), moment);
        let what = format!("seed {seed}, round {round}, {} acknowledged", said.len());
        for line in said {
            let sha256 = line["sha256"].as_str().unwrap().to_owned();
            assert_eq!(sha256, contents[line["file"].as_str().unwrap()], "{what}");
            acknowledged.insert(line["recording"].as_str().unwrap().to_owned(), sha256);
        }
        // Content lies nowhere in the clear, not even in what the dead process was writing.
        let calls: Vec<Vec<u8>> = files(&calls).iter().map(|file| std::fs::read(file).unwrap()).collect();
        Content::of(calls.iter().map(|call| &call[44..])).is_in_no_file_of(vault.place());
        left += files(&vault.place().join("objects/unfinished")).len();

        vault.is_whole();
        let exported = ledger::export(&vault, &folder.path().join("ledger"));
        let checkpoints = ledger::checkpoints(&vault);
        ledger::verify(&exported, &key, checkpoints.as_deref()).well();
        let told = ledger::told(&exported);
        for (recording, sha256) in &acknowledged {
            assert_eq!(told.get(recording), Some(sha256), "{what}");
        }
    }
    assert!(left > 0, "no round was killed in the middle of a file: nothing was proved");
    nothing_is_left_over(&vault, &acknowledged);
    // What had not come in before comes in now, once.
    let again = vault.import(folder.path(), &["--json"]).well().json();
    assert_eq!(again["files"], ROUNDS * FILES, "{again}");
    assert!(again["duplicates"].as_u64().unwrap() >= acknowledged.len() as u64, "{again}");
    vault.is_whole();
    let third = vault.import(folder.path(), &["--json"]).well().json();
    assert_eq!((&third["stored"], &third["duplicates"]), (&0.into(), &(ROUNDS * FILES).into()));
}

/// A day later the next start sweeps what the dead left, and nothing else.
fn nothing_is_left_over(vault: &Vault, acknowledged: &HashMap<String, String>) {
    let before_yesterday = SystemTime::now() - Duration::from_secs(2 * 86_400);
    for file in files(&vault.place().join("objects")) {
        std::fs::File::options().write(true).open(file).unwrap().set_modified(before_yesterday).unwrap();
    }
    vault.serve(&[]).stop();
    assert_eq!(files(&vault.place().join("objects/unfinished")).len(), 0);
    let said = vault.is_whole().out;
    assert!(!said.contains("nothing refers to"), "{said}");
    let originals = said.split_once("bytes), ").unwrap().1.split_once(' ').unwrap().0;
    assert!(originals.parse::<usize>().unwrap() >= acknowledged.len(), "{said}");
}

#[test]
fn a_server_killed_again_and_again_starts_again() {
    let vault = Vault::new();
    for round in 0..6 {
        let server = vault.serve(&[]);
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "call.wav", &wave(900 + round, 300));
        let said = vault.import(folder.path(), &["--json"]).well().json();
        assert_eq!(said["stored"], 1, "{said}");
        // Dropping kills it.
        drop(server);
    }
    let said = vault.is_whole().out;
    assert!(said.contains("6 originals"), "{said}");
}

//! `soundkeep ledger` and `soundkeep verify`: an exported ledger that somebody tampered with.

use crate::support::audio::{put, wave};
use crate::support::{Vault, ledger, run, soundkeep};
use std::path::PathBuf;
use tempfile::TempDir;

struct Exported {
    vault: Vault,
    folder: TempDir,
    key: String,
    lines: Vec<String>,
}

impl Exported {
    fn new() -> Self {
        let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
        for seed in 0..6 {
            put(folder.path(), &format!("calls/{seed}.wav"), &wave(seed, 200));
        }
        vault.import(&folder.path().join("calls"), &[]).well();
        let file = ledger::export(&vault, &folder.path().join("ledger"));
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text.lines().map(str::to_owned).collect();
        Self { key: ledger::key(&vault), vault, folder, lines }
    }
    fn file(&self) -> PathBuf {
        self.folder.path().join("ledger")
    }
    /// Where the lines of entries are.
    fn entries(&self) -> Vec<usize> {
        (0..self.lines.len()).filter(|at| ledger::leaf(&self.lines[*at]).is_some()).collect()
    }
    /// Verifies the ledger after somebody had it in hand; it must be found, naming the entry.
    #[track_caller]
    fn finds(&self, named: &str, tamper: impl FnOnce(&mut Vec<String>)) {
        let mut lines = self.lines.clone();
        tamper(&mut lines);
        let file = self.folder.path().join("tampered");
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
        let checkpoints = ledger::checkpoints(&self.vault).unwrap();
        for checkpoints in [None, Some(checkpoints.as_path())] {
            let ran = ledger::verify(&file, &self.key, checkpoints);
            ran.refused("The ledger is NOT whole").refused(named);
        }
    }
}

#[test]
fn an_untouched_export_verifies_with_nothing_but_the_key() {
    let exported = Exported::new();
    let checkpoints = ledger::checkpoints(&exported.vault).unwrap();
    let alone = ledger::verify(&exported.file(), &exported.key, None).well();
    assert!(alone.err.contains("Without published checkpoints"), "{alone:?}");
    let ran = ledger::verify(&exported.file(), &exported.key, Some(&checkpoints)).well();
    assert!(ran.out.contains("The ledger is whole: 9 entries"), "{ran:?}");
    assert!(!ran.err.contains("Without published checkpoints"), "{ran:?}");
    // The key from its published file, the report as JSON, the export from standard output.
    let out = exported.vault.run(&["ledger", "export"]).well().out;
    let file = put(exported.folder.path(), "piped", out.as_bytes());
    let mut command = soundkeep();
    command.arg("verify").arg(file).arg("--public-key").arg(checkpoints.join("verifier-key.txt")).arg("--json");
    assert_eq!(run(&mut command).well().json()["entries"], 10);
}

#[test]
fn a_changed_entry_is_named() {
    let exported = Exported::new();
    let at = exported.entries()[3];
    exported.finds("entry 3 ", |lines| lines[at] = lines[at].replacen("\\\"bytes\\\":3", "\\\"bytes\\\":4", 1));
}

#[test]
fn a_removed_entry_is_named() {
    let exported = Exported::new();
    let at = exported.entries()[4];
    exported.finds("entry 4 ", |lines| drop(lines.remove(at)));
}

#[test]
fn an_inserted_entry_is_named() {
    let exported = Exported::new();
    let at = exported.entries()[4];
    exported.finds("entry 4 ", |lines| {
        let copy = lines[at].clone();
        lines.insert(at + 1, copy);
    });
}

#[test]
fn swapped_entries_are_named() {
    let exported = Exported::new();
    let (one, other) = (exported.entries()[4], exported.entries()[5]);
    exported.finds("entry 4 ", |lines| lines.swap(one, other));
}

#[test]
fn a_cut_end_is_found() {
    let exported = Exported::new();
    let at = exported.entries()[6];
    exported.finds("6", |lines| lines.truncate(at));
}

#[test]
fn an_older_export_in_place_of_the_newest_is_found_by_a_published_checkpoint() {
    let exported = Exported::new();
    // It is whole in itself, but more was published since.
    put(exported.folder.path(), "calls/later.wav", &wave(77, 200));
    exported.vault.import(&exported.folder.path().join("calls"), &[]).well();
    ledger::verify(&exported.file(), &exported.key, None).well();
    let checkpoints = ledger::checkpoints(&exported.vault).unwrap();
    ledger::verify(&exported.file(), &exported.key, Some(&checkpoints)).refused("The ledger is NOT whole");
    let newest = exported.folder.path().join("newest");
    ledger::verify(&ledger::export(&exported.vault, &newest), &exported.key, Some(&checkpoints)).well();
}

#[test]
fn the_ledger_of_another_vault_is_refused() {
    let (exported, other) = (Exported::new(), Vault::new());
    ledger::verify(&exported.file(), &ledger::key(&other), None).refused("but the key is for");
}

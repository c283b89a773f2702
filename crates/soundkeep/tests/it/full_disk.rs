//! A full disk: said in words, nothing half there, the ledger still verifies.
//!
//! A small file system is mounted where nobody else sees it (`unshare --mount`); where that isn't allowed these tests
//! fail and say so. A database or an object that can't grow is had everywhere, by a limit.

use crate::support::audio::{put, wave};
use crate::support::{Ran, Random, Vault, clean, ledger, run};
use std::path::Path;
use std::process::Command;

/// Runs a script in which `$soundkeep` is the program and `$vault` an empty file system of so many MiB.
fn on_a_small_disk(mebibytes: u32, folder: &Path, script: &str) -> Ran {
    let is_root = run(Command::new("id").arg("-u")).out.trim() == "0";
    let mut unshare = clean(Command::new("unshare"));
    unshare.arg("--mount").args((!is_root).then_some("--map-root-user"));
    let mount = format!("mount -t tmpfs -o size={mebibytes}M small \"$vault\" && cd /");
    let ran = run(unshare
        .args(["sh", "-ec", &format!("{mount} || exit 77\n{script}")])
        .env("soundkeep", env!("CARGO_BIN_EXE_soundkeep"))
        .env("vault", folder.join("vault"))
        .env("folder", folder));
    assert!(
        !ran.err.contains("unshare:") && !ran.err.contains("mount:"),
        "no small file system can be mounted: {ran:?}"
    );
    ran
}

#[test]
fn the_reserve_stops_what_comes_in_and_a_full_disk_is_said_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("vault")).unwrap();
    let made = Vault::new();
    for seed in 0..24 {
        put(&folder.path().join("calls"), &format!("{seed:02}.wav"), &wave(seed, 60_000));
    }
    // 1 GiB is the ledger's; the vault itself and a few calls fit above it.
    let script = r#"
        cp -r "$made"/. "$vault"
        if "$soundkeep" import "$folder/calls" --data-dir "$vault" --json >"$folder/summary"; then exit 1; fi
        "$soundkeep" doctor --deep --data-dir "$vault" >"$folder/doctor" || true
        "$soundkeep" ledger export --data-dir "$vault" --output "$folder/ledger"
        find "$vault/objects/unfinished" -type f >"$folder/unfinished"
        used=$(df --output=used -k "$vault" | tail -n 1)
        mount -o remount,size=$((used + 4))k "$vault"
        if "$soundkeep" ledger export --data-dir "$vault" --output "$folder/none" 2>"$folder/full"; then exit 2; fi
        mount -o remount,size=1100M "$vault"
        "$soundkeep" doctor --deep --data-dir "$vault" >"$folder/after"
        "$soundkeep" ledger export --data-dir "$vault" --output "$folder/later"
        "$soundkeep" import "$folder/calls" --data-dir "$vault" --json >"$folder/again"
        "$soundkeep" doctor --deep --data-dir "$vault"
    "#;
    let script = script.replace("$made", made.place().to_str().unwrap());
    let ran = on_a_small_disk(1_036, folder.path(), &script).well();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&read("summary")).unwrap();
    let (stored, refused) = (summary["stored"].as_u64().unwrap(), summary["refused"].as_array().unwrap());
    assert!(stored >= 2 && refused.len() >= 8, "{summary}");
    assert!(refused.iter().all(|one| one[1].as_str().unwrap().contains("the disk is almost full")), "{summary}");
    assert!(read("doctor").contains("bad   disk space"), "{}", read("doctor"));
    assert!(read("doctor").contains(&format!("{stored} originals")), "{}", read("doctor"));
    assert_eq!(read("unfinished"), "");
    assert!(read("full").starts_with("soundkeep: ") || read("full").contains("\nsoundkeep: "), "{}", read("full"));
    assert!(!read("full").contains("panicked"), "{}", read("full"));
    assert!(!read("after").contains("bad "), "{}", read("after"));
    let key = ledger::key(&made);
    ledger::verify(&folder.path().join("ledger"), &key, None).well();
    ledger::verify(&folder.path().join("later"), &key, None).well();
    let again: serde_json::Value = serde_json::from_str(&read("again")).unwrap();
    assert_eq!((again["stored"].as_u64(), again["duplicates"].as_u64()), (Some(24 - stored), Some(stored)));
    assert!(ran.out.contains("24 originals"), "{ran:?}");
}

#[test]
fn an_object_that_can_not_grow_is_refused_and_nothing_of_it_stays() {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    for seed in 0..4 {
        put(folder.path(), &format!("small-{seed}.wav"), &wave(seed, 1_000));
    }
    put(folder.path(), "large.wav", &wave(9, 400_000));
    // Files of at most 3 MiB; a limit that is met is an error, not a signal.
    let script = "trap '' XFSZ; ulimit -f 6144; exec \"$0\" \"$@\"";
    let mut shell = clean(Command::new("sh"));
    shell.args(["-c", script, env!("CARGO_BIN_EXE_soundkeep"), "import", "--json", "--data-dir"]);
    let said = run(shell.arg(vault.place()).arg(folder.path())).json();
    assert_eq!((said["stored"].as_u64(), said["refused"].as_array().unwrap().len()), (Some(4), 1), "{said}");
    assert!(said["refused"][0][0].as_str().unwrap().ends_with("large.wav"), "{said}");
    let unfinished = crate::support::files(&vault.place().join("objects/unfinished"));
    assert!(unfinished.is_empty(), "{unfinished:?}");
    let whole = vault.is_whole().out;
    assert!(!whole.contains("nothing refers to"), "{whole}");
    assert_eq!(vault.import(folder.path(), &["--json"]).well().json()["stored"], 1);
    vault.is_whole();
}

#[test]
fn a_database_that_can_not_be_written_takes_nothing_in_half() {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    let key = ledger::key(&vault);
    let mut random = Random::new(11);
    for round in 0..8 {
        for at in 0..6 {
            put(folder.path(), &format!("{round}/{at}.wav"), &wave(round * 10 + at, 400));
        }
        // Only SQLite writes at a place; from some write on every one fails, as on a full disk.
        let fails = format!("inject=pwrite64:error=ENOSPC:when={}+", 20 + random.below(260));
        let mut command = clean(Command::new("strace"));
        command.args(["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=pwrite64", "-e", &fails]);
        command.arg(env!("CARGO_BIN_EXE_soundkeep")).arg("import").arg(folder.path().join(round.to_string()));
        let ran = run(command.arg("--data-dir").arg(vault.place()).arg("--json"));
        assert!(!ran.err.contains("panicked"), "{fails}: {ran:#?}");
        vault.is_whole();
        let exported = ledger::export(&vault, &folder.path().join("ledger"));
        ledger::verify(&exported, &key, ledger::checkpoints(&vault).as_deref()).well();
    }
    let again = vault.import(folder.path(), &["--json"]).well().json();
    assert_eq!(again["stored"].as_u64().unwrap() + again["duplicates"].as_u64().unwrap(), 48, "{again}");
    assert!(vault.is_whole().out.contains("48 originals"));
}

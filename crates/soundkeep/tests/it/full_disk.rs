//! A full disk: said in words, nothing half there, the ledger still verifies.
//!
//! The disk is full for the program alone: strace answers in its place, or a limit does.

use crate::support::audio::{put, wave};
use crate::support::{Random, Vault, clean, http, ledger, run, strace};
use std::process::Command;

/// The program under strace, which answers some of its calls of this kind.
fn with_answers(vault: &Vault, call: &str, answer: &str) -> Command {
    let mut command = strace();
    command.args(["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:{answer}")]);
    command.arg(env!("CARGO_BIN_EXE_soundkeep")).arg("--data-dir").arg(vault.place());
    command
}

/// Answers, from the second question of each thread on, that not a block of the file system is free.
fn nothing_free() -> String {
    // The first five words of `struct statfs`: type, block size, blocks, free ones, those free for users.
    format!("poke_exit=@arg2={}:when=2+", "00".repeat(40))
}

#[test]
fn the_reserve_of_the_ledger_stops_what_comes_in_and_nothing_else() {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    for seed in 0..24 {
        put(folder.path(), &format!("{seed:02}.wav"), &wave(seed, 1_000));
    }
    let mut command = with_answers(&vault, "statfs", &nothing_free());
    let said = run(command.args(["import", "--json"]).arg(folder.path())).json();
    let (stored, refused) = (said["stored"].as_u64().unwrap(), said["refused"].as_array().unwrap());
    assert!(stored >= 1 && refused.len() >= 4, "{said}");
    assert!(refused.iter().all(|one| one[1].as_str().unwrap().contains("the disk is almost full")), "{said}");

    let mut full = with_answers(&vault, "statfs", &nothing_free().replace("when=2+", "when=1+"));
    run(full.arg("doctor")).refused("bad   disk space");
    let mut full = with_answers(&vault, "statfs", &nothing_free().replace("when=2+", "when=1+"));
    let exported = folder.path().join("ledger");
    run(full.args(["ledger", "export", "--output"]).arg(&exported)).well();
    ledger::verify(&exported, &ledger::key(&vault), ledger::checkpoints(&vault).as_deref()).well();

    let whole = vault.is_whole().out;
    assert!(whole.contains(&format!("{stored} originals")) && !whole.contains("nothing refers to"), "{whole}");
    let again = vault.import(folder.path(), &["--json"]).well().json();
    assert_eq!((again["stored"].as_u64(), again["duplicates"].as_u64()), (Some(24 - stored), Some(stored)));
    vault.is_whole();
}

#[test]
fn without_even_the_reserve_what_can_not_be_written_down_does_not_happen() {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    let exported = folder.path().join("ledger");
    let mut command = with_answers(&vault, "pwrite64", "error=ENOSPC");
    run(command.args(["ledger", "export", "--output"]).arg(&exported)).refused("soundkeep: the database");
    assert!(!exported.exists(), "it was exported and the ledger doesn't tell");
    let earlier = std::fs::read(ledger::export(&vault, &exported)).unwrap();
    for call in ["pwrite64", "fsync"] {
        let mut command = with_answers(&vault, call, "error=ENOSPC");
        run(command.args(["ledger", "export", "--output"]).arg(&exported)).refused("soundkeep: ");
        assert_eq!(std::fs::read(&exported).unwrap(), earlier, "the export before is still there and whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "and nothing unfinished beside it");
    }
    vault.is_whole();
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
        let fails = format!("error=ENOSPC:when={}+", 20 + random.below(260));
        let mut command = with_answers(&vault, "pwrite64", &fails);
        let ran = run(command.args(["import", "--json"]).arg(folder.path().join(round.to_string())));
        assert!(!ran.err.contains("panicked"), "{fails}: {ran:#?}");
        vault.is_whole();
        let exported = ledger::export(&vault, &folder.path().join("ledger"));
        ledger::verify(&exported, &key, ledger::checkpoints(&vault).as_deref()).well();
    }
    let again = vault.import(folder.path(), &["--json"]).well().json();
    assert_eq!(again["stored"].as_u64().unwrap() + again["duplicates"].as_u64().unwrap(), 48, "{again}");
    assert!(vault.is_whole().out.contains("48 originals"));
}

#[test]
fn nothing_is_heard_of_which_no_event_can_be_written_and_the_server_says_that_it_is_not_ready() {
    let vault = Vault::none();
    // A limit that is met is an error, not a signal.
    let script = "trap '' XFSZ; exec \"$0\" demo --json --listen 127.0.0.1:0 --data-dir \"$1\"";
    let mut shell = clean(Command::new("sh"));
    let (server, people) =
        Vault::demo_by(shell.args(["-c", script, env!("CARGO_BIN_EXE_soundkeep")]).arg(vault.place()));
    let key = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap();
    let ask = |path: &str| http::ask(&server.origin, key, "GET", path, None);
    let page = ask("/api/v1/conversations?limit=1").json();
    let audio = format!("/api/v1/recordings/{}/audio", page["items"][0]["audio"]["recording_id"].as_str().unwrap());
    assert_eq!(ask("/readyz").status, 200);

    server.limit_files(Some(0));
    let refused = ask(&audio);
    assert_eq!((refused.status, &refused.json()["code"]), (503, &"unavailable".into()), "{}", refused.json());
    assert!(refused.json()["detail"].as_str().unwrap().contains("can't write"), "{}", refused.json());
    let ready = ask("/readyz");
    let said = String::from_utf8(ready.body).unwrap();
    assert!(ready.status == 503 && said.contains("[-] database failed") && said.contains("can't write"), "{said}");
    assert_eq!(ask("/api/v1/conversations?limit=1").status, 200, "what needs no event is still shown");

    server.limit_files(None);
    assert_eq!(ask("/readyz").status, 200);
    assert_eq!(ask(&audio).status, 200);
    let played = ask("/api/v1/ledger/events?kind=recording_play").json();
    assert_eq!(played["items"].as_array().unwrap().len(), 1, "{played}");
    server.stop();
    vault.is_whole();
}

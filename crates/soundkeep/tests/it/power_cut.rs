//! A power cut at any moment of a vault's first start and of an import.
//!
//! Every call that changes a file is recorded with its bytes (strace), from before the data folder is there. For
//! moments before and after every sync a disk is built as a power cut may leave it: nothing that wasn't synced, all of
//! it, or some of it. On each such disk the vault must start, be whole, and hold every recording that had been
//! acknowledged on standard output by then.

mod disk;
mod trace;

use crate::support::audio::{put, sha256, wave};
use crate::support::{Ran, Random, Server, Vault, ledger, run, strace};
use disk::{Disk, Fate};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use trace::{Event, Traced};

/// Calls that the model knows, and some that it doesn't and that must not occur.
const CALLS: &str = "trace=open,openat,openat2,creat,write,writev,pwrite64,pwritev,pwritev2,truncate,ftruncate,fallocate,\
    rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,\
    sync_file_range,copy_file_range,sendfile,splice,io_uring_setup";
const FILES: u64 = 10;
/// So many disks are looked at, beside those right after an acknowledgement.
const DISKS: usize = 60;

/// The program with these words, every change that it makes to files recorded.
fn recorded(vault: &Vault, words: &[&str], log: &Path) -> Command {
    let mut command = strace();
    command.args(["-f", "--seccomp-bpf", "-y", "-xx", "-s", "100000000", "-e", "signal=none", "-e", CALLS, "-o"]);
    command.arg(log).arg(env!("CARGO_BIN_EXE_soundkeep")).args(words).arg("--data-dir").arg(vault.place());
    command
}

/// The whole life of a small vault: made, served, stopped; calls imported by two commands.
fn live(vault: &Vault, folder: &Path) -> Vec<Event> {
    let logs = ["start", "import", "again"].map(|name| folder.join(name));
    let words = ["serve", "--listen", "127.0.0.1:0"];
    let server = Server::start(&mut recorded(vault, &words, &logs[0]), |line| {
        Some(line.split_once("Soundkeep is at ")?.1.to_owned())
    });
    let served = trace::first_process(&logs[0]);
    server.stop_process(served);
    for (at, log) in logs[1..].iter().enumerate() {
        let calls = folder.join(format!("calls/{at}"));
        for call in 0..FILES / 2 {
            let number = at as u64 * 100 + call;
            put(&calls, &format!("{call}.wav"), &wave(4_000 + number, 400 + 700 * call as u32));
        }
        // One that comes as a duplicate, one that goes to quarantine.
        put(&calls, "twin.wav", &wave(4_000, 400));
        put(&calls, "letter.wav", format!("letter {at}").as_bytes());
        let mut command = recorded(vault, &["import", "--json", "--verbose"], log);
        run(command.arg(folder.join("calls"))).well();
    }
    let mut traced = Traced::new(vault.place().parent().unwrap());
    for log in &logs {
        traced.read(log);
    }
    traced.events
}

/// What was acknowledged on standard output before a moment.
#[derive(Default)]
struct Acknowledged {
    is_ready: bool,
    recordings: HashMap<String, String>,
}

impl Acknowledged {
    fn before(events: &[Event]) -> Self {
        let mut acknowledged = Self::default();
        for event in events {
            let Event::Said(line) = event else { continue };
            acknowledged.is_ready |= line.contains("Soundkeep is at");
            let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
            if line["outcome"] == "stored" {
                let text = |name: &str| line[name].as_str().unwrap().to_owned();
                acknowledged.recordings.insert(text("recording"), text("sha256"));
            }
        }
        acknowledged
    }
}

/// The moments to look at: right after each acknowledgement, when all that wasn't synced is lost; and many others.
fn moments(events: &[Event], random: &mut Random) -> Vec<(usize, Fate)> {
    let mut moments = Vec::new();
    let (mut first_start, mut later) = (Vec::new(), Vec::new());
    let mut is_ready = false;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Said(line) => {
                is_ready |= line.contains("Soundkeep is at");
                moments.push((at + 1, Fate::Lost));
            }
            Event::Sync { .. } => {
                let others = if is_ready { &mut later } else { &mut first_start };
                for moment in [at, at + 1] {
                    others.push((moment, Fate::Lost));
                    others.push((moment, Fate::Kept));
                    others.push((moment, Fate::Some(random.number())));
                    others.push((moment, Fate::Some(random.number())));
                }
            }
            _ => {}
        }
    }
    let counts = (first_start.len(), later.len());
    assert!(counts.0 > 50 && counts.1 > 400, "{counts:?} moments: the record isn't whole");
    for disk in 0..DISKS {
        let others = if disk % 4 == 0 { &mut first_start } else { &mut later };
        moments.push(others.swap_remove(random.below(others.len() as u64) as usize));
    }
    moments
}

/// Whether the vault on what the power cut left is whole and holds what was acknowledged; else what is wrong.
fn survives(place: &Path, key: &str, acknowledged: &Acknowledged) -> Result<(), String> {
    let vault = Vault::at(place);
    if !acknowledged.is_ready {
        // The first start was cut: the next makes good.
        vault.serve(&[]).stop();
    }
    let well = |ran: Ran| if ran.well { Ok(ran) } else { Err(format!("{ran:#?}")) };
    let whole = well(vault.run(&["doctor", "--deep"]))?;
    if whole.out.contains("bad ") {
        return Err(whole.out);
    }
    let exported = vault.place().join("exported");
    well(run(vault.command(&["ledger", "export", "--output"]).arg(&exported)))?;
    if acknowledged.is_ready {
        well(ledger::verify(&exported, key, ledger::checkpoints(&vault).as_deref()))?;
    }
    let told = ledger::told(&exported);
    match acknowledged.recordings.iter().find(|(recording, sha256)| told.get(*recording) != Some(sha256)) {
        Some((recording, _)) => Err(format!("the acknowledged recording {recording} is lost")),
        None => Ok(()),
    }
}

#[test]
fn a_power_cut_at_any_moment_leaves_everything_acknowledged_and_nothing_half() {
    let seed = std::env::var("SOUNDKEEP_TEST_SEED").map_or(7, |seed| seed.parse().unwrap());
    let mut random = Random::new(seed);
    let (vault, folder) = (Vault::none(), tempfile::tempdir().unwrap());
    let events = live(&vault, folder.path());
    let key = ledger::key(&vault);

    let all = Acknowledged::before(&events);
    assert!(all.is_ready);
    assert_eq!(all.recordings.len() as u64, FILES, "every acknowledgement is in the record");
    let known: Vec<String> = (0..FILES / 2).map(|call| sha256(&wave(4_000 + call, 400 + 700 * call as u32))).collect();
    assert!(known.iter().all(|one| all.recordings.values().any(|other| one == other)));

    let place = folder.path().join("disk");
    for (at, fate) in moments(&events, &mut random) {
        let what = format!("seed {seed}, after {at} of {} calls, what wasn't synced: {fate:?}", events.len());
        Disk::after(&events[..at], fate).put(&place);
        let survived = survives(&place.join("data"), &key, &Acknowledged::before(&events[..at]));
        survived.unwrap_or_else(|wrong| panic!("{what}: {wrong}"));
        std::fs::remove_dir_all(&place).unwrap();
    }
}

#[test]
fn the_disk_of_the_model_is_the_one_that_was_written() {
    let (vault, folder) = (Vault::none(), tempfile::tempdir().unwrap());
    let events = live(&vault, folder.path());
    let place = folder.path().join("disk");
    Disk::after(&events, Fate::Kept).put(&place);
    let mut compared = 0;
    for file in crate::support::files(vault.place()) {
        let name = file.strip_prefix(vault.place().parent().unwrap()).unwrap();
        let built = std::fs::read(place.join(name)).unwrap_or_else(|_| panic!("{} isn't in the model", name.display()));
        assert!(built == std::fs::read(&file).unwrap(), "{} is another in the model", name.display());
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    assert_eq!(compared, crate::support::files(&place).len());
}

/// Whether the syncs of a file or folder are left out.
type LeftOut<'a> = &'a dyn Fn(&Path) -> bool;

#[test]
fn a_sync_that_is_left_out_is_noticed() {
    let (vault, folder) = (Vault::none(), tempfile::tempdir().unwrap());
    let events = live(&vault, folder.path());
    let key = ledger::key(&vault);
    let last = events.iter().rposition(|event| matches!(event, Event::Said(line) if line.contains("stored"))).unwrap();
    let events = &events[..=last];
    let is_below = |path: &Path, folder: &str| path.starts_with(Path::new("data").join(folder));
    let left_out: [(&str, LeftOut<'_>); 5] = [
        ("nothing", &|_| false),
        ("the write-ahead log", &|path| path.ends_with("soundkeep.db-wal")),
        ("the bytes of objects", &|path| is_below(path, "objects/unfinished/")),
        ("the folders of objects", &|path| is_below(path, "objects/objects")),
        ("the data folder", &|path| path == Path::new("data")),
    ];
    for (what, is_left_out) in left_out {
        let place = folder.path().join("disk");
        let mut kept = events.to_vec();
        for event in &mut kept {
            if matches!(event, Event::Sync { path, .. } if is_left_out(path)) {
                // In its place, so that the numbers of events stay.
                *event = Event::Said(String::new());
            }
        }
        Disk::after(&kept, Fate::Lost).put(&place);
        let survived = survives(&place.join("data"), &key, &Acknowledged::before(events));
        assert_eq!(survived.is_ok(), what == "nothing", "without the syncs of {what}: {survived:?}");
        std::fs::remove_dir_all(&place).unwrap();
    }
}

//! `soundkeep import`: what it finds, what it says, where it files.

use crate::support::audio::{header, put, sha256, wave};
use crate::support::{Vault, http, ledger};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use std::path::Path;

/// A moment of yesterday on the clocks of the PBX.
fn yesterday(zone: &str) -> DateTime {
    let zone = TimeZone::get(zone).unwrap();
    let day = Timestamp::now().to_zoned(zone).date().checked_sub(1.day()).unwrap();
    day.at(14, 15, 2, 0)
}

/// The name that FreePBX gives a recording.
fn name(kind: &str, number: &str, extension: &str, at: DateTime, id: &str) -> String {
    let folder = at.strftime("%Y/%m/%d");
    let time = at.strftime("%Y%m%d-%H%M%S");
    format!("{folder}/{kind}-{number}-{extension}-{time}-{id}.wav")
}

/// Ten files below a folder: five that are heard, and one of each that isn't.
fn pbx(folder: &Path, at: DateTime) {
    put(folder, &name("in", "+49-30-23125-042", "201", at, "1.1"), &wave(1, 900));
    put(folder, &name("out", "0891234567", "202", at, "1.2"), &wave(2, 900));
    put(folder, &name("q", "anonymous", "211", at, "1.3"), &wave(3, 900));
    put(folder, &name("internal", "212", "221", at, "1.4"), &wave(4, 900));
    let told = put(folder, &name("in", "+442079460018", "999", at, "1.5"), &wave(5, 900));
    let sidecar = json!({"agent": "231", "contact": "Graham Ellis", "tags": ["late"]});
    std::fs::write(told.with_extension("json"), sidecar.to_string()).unwrap();
    // The same bytes under another name, a file that Asterisk still writes, no audio, nothing, a sidecar with a slip.
    put(folder, &name("in", "030111", "201", at, "1.6"), &wave(1, 900));
    let mut cut = header(16_000);
    cut.extend(&wave(6, 100)[44..]);
    put(folder, &name("in", "030112", "201", at, "1.7"), &cut);
    put(folder, &name("in", "030113", "201", at, "1.8"), b"this is a letter, not a call");
    put(folder, &name("in", "030114", "201", at, "1.9"), b"");
    let slip = put(folder, &name("in", "030115", "201", at, "1.10"), &wave(7, 900));
    std::fs::write(slip.with_extension("json"), json!({"contct": "?"}).to_string()).unwrap();
    // None of ours.
    put(folder, "2026/.hidden.wav", &wave(8, 100));
    put(folder, "2026/readme.txt", b"hello");
}

/// What became of the file whose name ends so.
#[track_caller]
fn outcome<'a>(lines: &'a [Value], id: &str) -> &'a Value {
    let ending = format!("-{id}.wav");
    lines.iter().find(|line| line["file"].as_str().is_some_and(|file| file.ends_with(&ending))).unwrap()
}

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_pbx_folder_comes_in_once_with_a_word_on_every_file() {
    let vault = Vault::new();
    let folder = tempfile::tempdir().unwrap();
    let at = yesterday("Europe/Berlin");
    pbx(folder.path(), at);

    let first = vault.import(folder.path(), &["--json", "--verbose", "--time-zone", "Europe/Berlin"]);
    assert!(!first.well, "two files were refused: {first:#?}");
    let said = lines(&first.out);
    let summary = said.last().unwrap();
    assert_eq!(summary["files"], 10, "{summary}");
    assert_eq!(summary["duplicates"], 1, "{summary}");
    assert_eq!(summary["refused"].as_array().unwrap().len(), 2, "{summary}");
    assert!(outcome(&said, "1.9")["why"].as_str().unwrap().contains("empty"), "{first:#?}");
    assert!(outcome(&said, "1.10")["why"].as_str().unwrap().contains("contct"), "{first:#?}");
    assert_eq!(outcome(&said, "1.8")["outcome"], "quarantined", "{first:#?}");
    assert_ne!(outcome(&said, "1.7")["outcome"], "refused", "{first:#?}");
    for (id, seed) in [("1.2", 2), ("1.3", 3), ("1.4", 4), ("1.5", 5)] {
        assert_eq!(outcome(&said, id)["outcome"], "stored", "{id}");
        assert_eq!(outcome(&said, id)["sha256"], sha256(&wave(seed, 900)), "{id}");
    }
    let mut twins = ["1.1", "1.6"].map(|id| outcome(&said, id)["outcome"].as_str().unwrap());
    twins.sort_unstable();
    assert_eq!(twins, ["duplicate", "stored"]);
    vault.is_whole();

    let second = vault.import(folder.path(), &["--json", "--time-zone", "Europe/Berlin"]).json();
    assert_eq!(second["stored"], 0, "{second}");
    let stored = summary["stored"].as_u64().unwrap();
    assert_eq!(second["duplicates"].as_u64().unwrap(), stored + 1, "{second}");
    assert_eq!(second["quarantined"], summary["quarantined"], "{second}");
    let spoken = vault.import(folder.path(), &[]);
    assert!(spoken.out.contains("10 files: 0 new"), "{spoken:?}");
    assert!(spoken.err.contains("not taken in"), "{spoken:?}");
    assert!(spoken.err.contains("of 10 files"), "no progress: {spoken:?}");
    vault.is_whole();
}

#[test]
fn the_same_bytes_many_times_at_once_are_one_recording() {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    for copy in 0..12 {
        put(folder.path(), &format!("calls/{copy}.wav"), &wave(5, 300));
        put(folder.path(), &format!("letters/{copy}.wav"), b"dear all");
    }
    let calls = vault.import(&folder.path().join("calls"), &["--json"]).well().json();
    assert_eq!((&calls["stored"], &calls["duplicates"]), (&json!(1), &json!(11)), "{calls}");
    let letters = vault.import(&folder.path().join("letters"), &["--json"]).well().json();
    assert_eq!(letters["quarantined"], 12, "{letters}");
    // Original, analysis, and one letter.
    let said = vault.is_whole().out;
    assert!(said.contains("3 objects opened") && !said.contains("nothing refers to"), "{said}");
}

#[test]
fn while_a_server_runs_it_takes_in_and_files_by_extension_and_zone() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let folder = tempfile::tempdir().unwrap();
    let at = yesterday("Asia/Tokyo");
    pbx(folder.path(), at);
    let words = ["--json", "--verbose", "--time-zone", "Asia/Tokyo"];
    let said = lines(&vault.import(folder.path(), &words).out);
    let key = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap();
    let answer = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=200", None).json();
    let filed = |id: &str| {
        let recording = &outcome(&said, id)["recording"];
        assert!(recording.is_string(), "{id}: {said:#?}");
        answer["items"].as_array().unwrap().iter().find(|one| one["audio"]["recording_id"] == *recording).unwrap()
    };
    let began = at.to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).unwrap().timestamp().to_string();
    let expected = [
        ("1.2", "outbound", json!("202"), json!("0891234567"), "Ben Fischer", "Sales"),
        ("1.3", "inbound", Value::Null, json!("211"), "Aisha Khan", "Support"),
        ("1.4", "internal", json!("212"), json!("221"), "Callum Reid", "Support"),
        ("1.5", "inbound", json!("+442079460018"), json!("999"), "Daniel Cho", "Billing"),
    ];
    for (id, direction, from, to, agent, group) in expected {
        let conversation = filed(id);
        assert_eq!(conversation["started_at"], began, "{id}");
        assert_eq!(conversation["direction"], direction, "{id}");
        assert_eq!(conversation["from_number"], from, "{id}");
        assert_eq!(conversation["to_number"], to, "{id}");
        assert_eq!(conversation["agents"][0]["name"], agent, "{conversation}");
        assert!(conversation["agents"][0]["user_id"].is_string(), "{conversation}");
        let groups = conversation["groups"].as_array().unwrap();
        assert!(groups.iter().any(|held| held["name"] == group), "{conversation}");
        assert_eq!(conversation["source"], "import", "{id}");
    }
    let told = filed("1.5");
    assert_eq!((&told["contact"], &told["tags"]), (&json!("Graham Ellis"), &json!(["late"])));
    // What was taken in over the socket is heard as it came.
    let path = format!("/api/v1/recordings/{}/audio", outcome(&said, "1.2")["recording"].as_str().unwrap());
    let heard = http::ask(&server.origin, key, "GET", &path, None);
    assert_eq!((heard.status, sha256(&heard.body)), (200, sha256(&wave(2, 900))));
    server.stop();
    vault.is_whole();
    let exported = ledger::export(&vault, &folder.path().join("ledger"));
    let told = ledger::told(&exported);
    let ids = said.iter().filter(|line| line["outcome"] == "stored");
    for line in ids {
        assert_eq!(told[line["recording"].as_str().unwrap()], line["sha256"].as_str().unwrap());
    }
}

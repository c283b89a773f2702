//! What commands print.

use crate::support::audio::wave;
use crate::support::{Vault, clean, http, run, soundkeep};
use std::path::Path;

#[test]
fn the_matrix_is_the_one_of_the_reference_byte_for_byte() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/access-matrix.csv");
    let printed = run(soundkeep().args(["access", "matrix", "--format", "csv"])).well();
    assert_eq!(printed.out, std::fs::read_to_string(reference).unwrap());
}

#[test]
fn the_demo_prints_a_line_per_person_and_each_key_opens_the_door() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let mut roles: Vec<&str> = people.iter().map(|person| person["role"].as_str().unwrap()).collect();
    roles.sort_unstable();
    roles.dedup();
    assert_eq!(roles, ["admin", "agent", "analyst", "manager", "supervisor"]);
    for person in &people {
        let link = person["sign_in_link"].as_str().unwrap();
        assert!(link.starts_with(&format!("{}/welcome#", server.origin)), "{person}");
        assert!(person["email"].as_str().unwrap().contains('@'), "{person}");
        let key = person["api_key"].as_str().unwrap();
        let answer = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=200", None);
        assert_eq!(answer.status, 200, "{person}");
        if person["role"] == "admin" {
            assert_eq!(answer.json()["items"].as_array().unwrap().len(), 24);
            let said = serde_json::json!({"contact": "Said behind the audio"});
            let taken = http::upload(&server.origin, key, &wave(77, 300), &said);
            assert_eq!(taken.status, 201, "{}", taken.json());
            let path = format!("/api/v1/conversations/{}", taken.json()["conversation_id"].as_str().unwrap());
            let shown = http::ask(&server.origin, key, "GET", &path, None).json();
            assert_eq!(shown["contact"], said["contact"]);
        }
    }
    server.stop();
    vault.is_whole();
}

#[test]
fn explain_prints_every_gate_in_words_and_as_json() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let by_role = |role: &str| people.iter().find(|person| person["role"] == role).unwrap();
    let key = by_role("admin")["api_key"].as_str().unwrap();
    let page = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=1", None).json();
    let recording = page["items"][0]["audio"]["recording_id"].as_str().unwrap().to_owned();
    let conversation = page["items"][0]["id"].as_str().unwrap().to_owned();
    let explain = |role: &str, permission: &str, thing: &str, words: &[&str]| {
        let user = by_role(role)["email"].as_str().unwrap();
        // The older name of `why` goes on.
        let name = if words.is_empty() { "explain" } else { "why" };
        let mut command = vault.command(&["access", name, "--user", user]);
        run(command.args(["--permission", permission, "--recording", thing]).args(words))
    };
    // Over the socket of the server, then alone.
    let spoken = explain("admin", "recordings.play", &recording, &[]).well();
    assert!(spoken.out.contains("may "), "{spoken:?}");
    for gate in ["passed account", "passed role"] {
        assert!(spoken.out.contains(gate), "no {gate:?} in {spoken:#?}");
    }
    let denied = explain("analyst", "recordings.delete", &conversation, &["--json"]).well().json();
    server.stop();
    assert_eq!(denied["allowed"], false);
    let gates = denied["gates"].as_array().unwrap();
    assert!(gates.iter().any(|gate| gate["outcome"] == "failed" && gate["sentence"].as_str().unwrap().len() > 10));
    assert!(explain("admin", "recordings.play", &recording, &["--json"]).well().json()["allowed"] == true);
    explain("admin", "recordings.sing", &recording, &[]).refused("there is no permission");
    let unknown = "01a2006e-eefe-70bd-a69d-523934a759da";
    explain("admin", "recordings.play", unknown, &[]).refused("there is no recording or conversation");
}

#[test]
fn then_tells_who_could_and_who_did_in_words_and_as_json() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let admin = people.iter().find(|person| person["role"] == "admin").unwrap();
    let (key, email) = (admin["api_key"].as_str().unwrap(), admin["email"].as_str().unwrap());
    let page = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=1&status=ready", None).json();
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    let detail = http::ask(&server.origin, key, "GET", &format!("/api/v1/conversations/{id}"), None).json();
    let received = detail["received_at"].as_str().unwrap().to_owned();
    let then = |at: &str, words: &[&str]| {
        let mut command = vault.command(&["access", "then", "--recording", &id, "--at", at]);
        run(command.args(words))
    };
    // Over the socket of the server, then alone.
    let spoken = then(&received, &["--permission", "conversations.view"]).well();
    for words in
        ["conversations.view: ", "could", email, "the role was given: “Admin” since ", "By then the ledger tells:"]
    {
        assert!(spoken.out.contains(words), "no {words:?} in {spoken:#?}");
    }
    assert!(!spoken.out.contains("recordings.play: "), "{spoken:#?}");
    server.stop();
    let before = then("2020-01-01T00:00:00Z", &[]).well();
    assert!(before.out.contains("not in the vault yet: nobody could"), "{before:#?}");
    let told = then(&received, &["--json"]).well().json();
    assert_eq!((&told["in_vault"], &told["at"]), (&true.into(), &received.as_str().into()));
    assert!(told["grounds"].as_array().unwrap().iter().any(|ground| ground["event"]["kind"] == "role_change"));
    assert_eq!(told["did"]["refused"], serde_json::json!([]));
    then("yesterday", &[]).refused("is no time");
    then("2999-01-01T00:00:00Z", &[]).refused("a time that has passed");
}

#[test]
fn access_tests_hold_or_end_with_one() {
    let vault = Vault::none();
    let (server, _) = vault.demo();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access-tests.txt");
    let test = |text: &str, words: &[&str]| {
        std::fs::write(&file, text).unwrap();
        run(vault.command(&["access", "test", "--file"]).arg(&file).args(words))
    };
    // Over the socket of the server, from a folder that isn't the server's, then alone.
    let kept = vault.run(&["access", "test"]).well();
    assert!(kept.out.contains("0 hold, 0 broken"), "{kept:?}");
    let text = "# Sound\nrole Analyst never plays\n";
    assert!(test(text, &[]).well().out.contains("1 hold, 0 broken, 0 can't be read"));
    let broken = format!("{text}nobody but role Admin plays\nrole Analyst plys\n");
    let told = test(&broken, &[]).refused("1 hold, 1 broken, 1 can't be read");
    for words in
        ["line 3: nobody but role Admin plays", "could play audio recordings", "line 4: Column 14: “plys” doesn't fit"]
    {
        assert!(told.out.contains(words), "no {words:?} in {told:#?}");
    }
    server.stop();
    let found = test(&broken, &["--json"]).refused("").json();
    assert_eq!((&found["holds"], &found["items"][1]["line"]), (&false.into(), &3.into()));
    assert_eq!(found["items"][2]["outcome"], "unreadable");
    assert_eq!(vault.run(&["access", "test", "--print"]).well().out, "");
    run(&mut vault.command(&["access", "test", "--file", "nowhere.txt"])).refused("nowhere.txt can't be read");
}

#[test]
fn who_and_reach_tell_everybody_with_the_rule_and_as_json() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let by_role = |role: &str| people.iter().find(|person| person["role"] == role).unwrap();
    let key = by_role("admin")["api_key"].as_str().unwrap();
    let page = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=1", None).json();
    let recording = page["items"][0]["audio"]["recording_id"].as_str().unwrap().to_owned();
    let conversation = page["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/conversations/{conversation}/access/users?limit=200&permission=recordings.play");
    let by_api = http::ask(&server.origin, key, "GET", &path, None).json();
    let who = |words: &[&str]| vault.run(&[&["access", "who", "--recording", &recording], words].concat());
    // Over the socket of the server, then alone.
    let spoken = who(&["--permission", "recordings.play"]).well().out;
    let email = |role: &str| by_role(role)["email"].as_str().unwrap().to_owned();
    assert!(spoken.contains(&format!("may       {}: ", email("admin"))), "{spoken}");
    assert!(spoken.contains("allows it in every conversation."), "{spoken}");
    assert!(!spoken.contains(&email("analyst")) && !spoken.contains("recordings.download"), "{spoken}");
    let json = who(&["--permission", "recordings.play", "--json"]).well().json();
    server.stop();
    assert_eq!((&json["items"], &json["permissions"]), (&by_api["items"], &by_api["permissions"]));
    let whole = who(&[]).well().out;
    assert!(whole.contains("recordings.download: download or export recordings (coming)"), "{whole}");
    who(&["--permission", "users.manage"]).refused("permission: one of conversations.view");
    let reach = |user: &str, words: &[&str]| vault.run(&[&["access", "reach", "--user", user], words].concat());
    let spoken = reach(&email("agent"), &[]).well().out;
    assert!(spoken.contains("Only those they took part in as the agent, through the role “Agent”."), "{spoken}");
    let json = reach(&email("manager"), &["--json"]).well().json();
    assert_eq!(json["conversations"][0]["ways"][0]["extent"], "everything");
    reach("nobody@example.org", &[]).refused("there is no user");
}

#[test]
fn a_second_process_on_the_same_folder_is_refused_in_words() {
    let vault = Vault::none();
    let server = vault.serve(&[]);
    vault.run(&["serve", "--listen", "127.0.0.1:0"]).refused("another process uses the data folder");
    assert!(vault.run(&["doctor"]).well().out.contains("a process serves"));
    server.stop();
    vault.serve(&[]).stop();
}

#[test]
fn commands_reach_the_server_of_a_folder_whose_path_is_longer_than_a_sockets_address() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::at(&folder.path().join("long".repeat(20)).join("path".repeat(20)));
    let server = vault.serve(&[]);
    let key = vault.run(&["ledger", "key"]).well().out;
    server.stop();
    assert_eq!(vault.run(&["ledger", "key"]).well().out, key);
}

#[test]
fn a_folder_without_a_vault_is_said_and_stays_as_it_was() {
    let vault = Vault::none();
    for words in [&["ledger", "export"][..], &["ledger", "key"], &["doctor"], &["doctor", "--deep"]] {
        vault.run(words).refused("there is no vault in");
    }
    vault.import(Path::new("."), &[]).refused("there is no vault in");
    assert!(!vault.place().exists());
}

#[test]
fn wrong_words_and_configuration_are_said_before_anything_happens() {
    let vault = Vault::new();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("soundkeep.toml");
    std::fs::write(&config, "lissen = \"127.0.0.1:0\"\n").unwrap();
    run(vault.command(&["serve", "--config"]).arg(&config)).refused("lissen");
    vault.import(&folder.path().join("none"), &[]).refused("can't be read");
    vault.import(folder.path(), &["--time-zone", "Europe/Atlantis"]).refused("there is no time zone");
    vault.import(folder.path(), &["--organisation", "other"]).refused("there is no organisation \"other\"");
    vault.run(&["serve", "--listen", "0.0.0.0:0"]).refused("");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let vault = Vault::new();
    let program = env!("CARGO_BIN_EXE_soundkeep");
    let mut shell = clean(std::process::Command::new("sh"));
    let script = "\"$0\" access matrix | head -n 1 && \"$0\" ledger export --data-dir \"$1\" | head -n 1";
    let ran = run(shell.args(["-c", script, program]).arg(vault.place())).well();
    assert_eq!(ran.out.lines().count(), 2, "{ran:?}");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
}

//! Programs of others, and our own command: each gets in by its key, by a token and by a secret of the day.

use crate::support::{Vault, http, run, soundkeep};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A key of an administrator's, made with the demo's.
fn key(origin: &str, people: &[Value]) -> (String, String, String) {
    let admin = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap();
    let new = json!({"name": "a program", "role": "supervisor"});
    let made = http::confirmed(origin, admin, "/api/v1/api-keys", &new).json();
    let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    (admin.to_owned(), text("id"), text("key"))
}

/// What a command says to what it is given.
fn tell(command: &mut Command, said: &str) -> (bool, String, String) {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(said.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_command_makes_the_secret_of_the_day_and_never_shows_the_key() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let (_, id, key) = key(&server.origin, &people);
    let made = |audience: &str| {
        tell(soundkeep().args(["api-secret", "--id", &id, "--audience", audience]), &format!("{key}\n"))
    };
    let (well, secret, said) = made(&server.origin);
    assert!(well && said.is_empty(), "{said}");
    let secret = secret.trim();
    assert_eq!(http::ask(&server.origin, secret, "GET", "/api/v1/conversations", None).status, 200);
    let (_, elsewhere, _) = made("https://elsewhere.example");
    assert_eq!(http::ask(&server.origin, elsewhere.trim(), "GET", "/api/v1/conversations", None).status, 401);
    let file = vault.place().join("key.txt");
    std::fs::write(&file, &key).unwrap();
    let by_file =
        run(soundkeep().args(["api-secret", "--id", &id, "--audience", &server.origin, "--key-file"]).arg(&file));
    assert_eq!(by_file.well().out.trim(), secret, "the same all day");
    for said in ["", "sk_nothing", &key.replace('a', "b").replace('7', "8")] {
        if said == key {
            continue;
        }
        let (well, out, err) = tell(soundkeep().args(["api-secret", "--id", &id, "--audience", "x"]), said);
        assert!(!well && out.is_empty() && err.contains("no API key"), "{out} {err}");
        assert!(said.is_empty() || !err.contains(said), "the key is shown");
    }
    let (well, _, err) = tell(soundkeep().args(["api-secret", "--id", "nobody", "--audience", "x"]), &key);
    assert!(!well && err.contains("--id"), "{err}");
}

/// Needs packages that `cargo xtask test` installs, and says where.
#[test]
fn clients_that_others_wrote_get_in() {
    let interpreter = std::env::var("SOUNDKEEP_TEST_PYTHON").expect("`cargo xtask test` says where Python is");
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let (_, id, key) = key(&server.origin, &people);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/clients.py");
    let given = json!({"origin": server.origin, "id": id, "key": key}).to_string();
    let (well, out, err) = tell(Command::new(interpreter).arg(script), &given);
    assert!(well && out.trim() == "well", "{out}\n{err}");
}

//! Who may hear a conversation, and what a user reaches, among ten thousand users.
//!
//! Over HTTP on one connection, each answer whole: session, rights of everybody, decisions, a page of names, the event.

use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, percentile, written};
use crate::report::Section;
use crate::vault::Vault;

const USERS: usize = 10_000;
const REQUESTS: usize = 50;

pub(crate) fn run() -> Outcome<Section> {
    let folder = tempfile::Builder::new().prefix("soundkeep-bench-").tempdir()?;
    Vault::demo_in(folder.path(), None)?.stop()?;
    let people = std::env::var_os("SOUNDKEEP_PEOPLE").ok_or("start this with `cargo xtask bench`")?;
    let filled = Command::new(people).arg(folder.path()).arg(USERS.to_string()).stderr(Stdio::inherit()).status()?;
    if !filled.success() {
        return Err("the vault could not be filled".into());
    }
    let vault = Vault::demo_in(folder.path(), None)?;
    let key = vault.key_of("admin")?;
    let mut connection = Connection::open(&vault.host)?;
    let conversations = json(&mut connection, "/api/v1/conversations?limit=1&status=ready", &key)?;
    let conversation = conversations.pointer("/items/0/id").and_then(Value::as_str).ok_or("no conversation")?;
    let who = format!("/api/v1/conversations/{conversation}/access/users");
    let first = json(&mut connection, &who, &key)?;
    let user = first.pointer("/items/9/id").and_then(Value::as_str).ok_or("no user")?;
    let cases = [
        ("who may see, play, download", format!("{who}?limit=200")),
        ("who may play, by name", format!("{who}?permission=recordings.play&q=person")),
        ("what a user reaches", format!("/api/v1/users/{user}/reach")),
    ];
    let mut rows = Vec::new();
    for (name, path) in cases {
        let mut times = Vec::new();
        for round in 0..=REQUESTS {
            let start = Instant::now();
            let status = connection.get(&path, &key)?.status;
            if status != 200 {
                return Err(format!("{path} answered {status}").into());
            }
            // The first warms up.
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        }
        let (middle, slow) = (median(&times), percentile(&times, 0.99));
        rows.push(vec![
            name.to_owned(),
            format!("{} ms", written(middle)),
            format!("{} ms", written(slow)),
            "1,000 ms".to_owned(),
        ]);
    }
    vault.stop()?;
    Ok(Section {
        title: "Who, among ten thousand users",
        conditions: format!(
            "{} users in 100 groups (a tenth managers, supervisors and analysts each), 20 access groups of 50 numbers; \
             SQLite. {REQUESTS} requests a case over HTTP on one connection, with an event in the ledger for each.",
            written(10_000.0)
        ),
        columns: &["what", "middle", "p99", "wanted"],
        rows,
    })
}

fn json(connection: &mut Connection, path: &str, key: &str) -> Outcome<Value> {
    let answer = connection.get(path, key)?;
    if answer.status != 200 {
        return Err(format!("{path} answered {}", answer.status).into());
    }
    Ok(serde_json::from_slice(answer.body)?)
}

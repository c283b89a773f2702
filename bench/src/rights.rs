//! What governing rights costs: a decision under many access groups, a list under many rules, and what a change of
//! rights would do to many users and conversations.
//!
//! The vault is the one of the lists, with a thousand users more. Everything but the decision goes over HTTP.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Connection;
use crate::measure::{median, percentile, written};
use crate::report::Section;
use crate::vault::Vault;
use crate::{Outcome, decisions, lists};

const USERS: usize = 1000;
const ACCESS_GROUPS: u32 = 20;
const RULES: usize = 10;
const GROUPS: usize = 50;
const LISTS: usize = 500;
const EFFECTS: usize = 10;
/// A walk is watched for so long at most.
const WALK_MAX: Duration = Duration::from_secs(180);
const WHAT_IF: &str = "Soundkeep-What-If: true\r\n";

pub(crate) fn run() -> Outcome<Section> {
    let rows = lists::rows()?;
    let home = PathBuf::from(std::env::var_os("SOUNDKEEP_BENCH_FOLDER").ok_or("start this with `cargo xtask bench`")?);
    let folder = home.join(format!("sqlite-{rows}"));
    let filled = lists::filled(&folder, rows, None)?;
    let marker = folder.join("people");
    if !marker.exists() {
        let people = std::env::var_os("SOUNDKEEP_PEOPLE").ok_or("start this with `cargo xtask bench`")?;
        let made = Command::new(people).arg(&folder).arg(USERS.to_string()).stderr(Stdio::inherit()).status()?;
        if !made.success() {
            return Err("the users could not be made".into());
        }
        std::fs::write(&marker, "")?;
    }
    let vault = Vault::demo_in(&folder, None)?;
    let mut connection = Connection::open(&vault.host)?;
    let mut table = vec![vec![
        format!("a decision under {ACCESS_GROUPS} access groups"),
        format!("{} ns", written(decisions::under_access_groups(ACCESS_GROUPS)?)),
        String::new(),
        "2,000 ns".to_owned(),
    ]];
    let lister = lister(&mut connection, &filled.admin)?;
    let mut times = Vec::new();
    for _ in 0..LISTS {
        let start = Instant::now();
        asked(connection.get("/api/v1/conversations?limit=50", &lister)?.status, 200, "the list")?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    table.push(line(&format!("newest 50 of {GROUPS} groups under {RULES} row rules"), &times, "p99 10 ms"));
    let (times, users) = effects(&mut connection, &filled.admin, &json!({"directions": ["inbound"]}))?;
    table.push(line(&format!("what if, {users} users moved"), &times, "1,000 ms"));
    table.push(walk(&mut connection, &filled.admin)?);
    vault.stop()?;
    #[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
    let conversations = written(rows as f64);
    Ok(Section {
        title: "Governing rights",
        conditions: format!(
            "{conversations} conversations on SQLite, over HTTP on one connection, warm; but for the decision."
        ),
        columns: &["what", "middle", "p99", "wanted"],
        rows: table,
    })
}

/// A rule over tags is walked conversation by conversation, in the background: how many of them in a second.
fn walk(connection: &mut Connection, admin: &str) -> Outcome<Vec<String>> {
    let start = Instant::now();
    let mut last = (0.0, 0.0);
    while start.elapsed() < WALK_MAX {
        let effect = effect(connection, admin, &json!({"tags": ["billing"]}))?;
        let number = |at: &str| effect.pointer(at).and_then(Value::as_f64);
        let Some(done) = number("/counting/done") else {
            return Ok(walked("to its end", start.elapsed().as_secs_f64(), None));
        };
        last = (done, number("/counting/total").unwrap_or(0.0));
        std::thread::sleep(Duration::from_millis(250));
    }
    let seconds = start.elapsed().as_secs_f64();
    let (done, total) = last;
    Ok(walked(&format!("{} of {}", written(done), written(total)), seconds, Some(done / seconds)))
}

fn walked(how_far: &str, seconds: f64, rate: Option<f64>) -> Vec<String> {
    let rate = rate.map_or_else(String::new, |rate| format!("{}/s", written(rate)));
    let what = format!("the same by a rule over tags, {how_far}");
    vec![what, format!("{} s", written(seconds)), rate, "with progress".to_owned()]
}

fn line(what: &str, times: &[f64], wanted: &str) -> Vec<String> {
    let (middle, slow) = (written(median(times)), written(percentile(times, 0.99)));
    vec![what.to_owned(), format!("{middle} ms"), format!("{slow} ms"), wanted.to_owned()]
}

fn asked(status: u16, wanted: u16, what: &str) -> Outcome {
    if status == wanted { Ok(()) } else { Err(format!("{what} answered {status}").into()) }
}

/// Posts, and confirms what has to be confirmed.
fn post(connection: &mut Connection, key: &str, path: &str, body: &Value) -> Outcome<Value> {
    let headers = format!("{key}Content-Type: application/json\r\n");
    let answer = connection.post(path, &headers, body.to_string().as_bytes())?;
    let (status, said): (u16, Value) = (answer.status, serde_json::from_slice(answer.body)?);
    if status != 409 {
        asked(status, 201, &format!("{path}: {said}"))?;
        return Ok(said);
    }
    let token = said.pointer("/effect/confirmation/token").and_then(Value::as_str).ok_or_else(|| said.to_string())?;
    let headers = format!("{headers}Soundkeep-Confirmation: {token}\r\n");
    let answer = connection.post(path, &headers, body.to_string().as_bytes())?;
    let (status, said): (u16, Value) = (answer.status, serde_json::from_slice(answer.body)?);
    asked(status, 201, &format!("{path}: {said}"))?;
    Ok(said)
}

/// Somebody who supervises many groups and belongs to many access groups.
fn lister(connection: &mut Connection, admin: &str) -> Outcome<String> {
    let text = |value: &Value, at: &str| -> Outcome<String> {
        let text = value.pointer(at).and_then(Value::as_str);
        Ok(text.ok_or_else(|| format!("no {at} in {value}"))?.to_owned())
    };
    let unique = Instant::now().elapsed().as_nanos() ^ u128::from(std::process::id());
    let user = json!({"email": format!("lister{unique}@example.org"), "name": "Lister"});
    let invited = post(connection, admin, "/api/v1/users", &user)?;
    let user = text(&invited, "/user/id")?;
    // A key acts for nobody who hasn't come in.
    let link = text(&invited, "/invitation_link")?;
    let token = link.split('#').nth(1).ok_or("an invitation without a token")?;
    let redeem = json!({"token": token, "password": "a long phrase of a benchmark 4711"}).to_string();
    let answer = connection.post("/api/v1/links/redeem", "Content-Type: application/json\r\n", redeem.as_bytes())?;
    asked(answer.status, 200, "the invitation")?;
    let directory: Value = serde_json::from_slice(connection.get("/api/v1/directory", admin)?.body)?;
    let groups = directory.pointer("/groups").and_then(Value::as_array).ok_or("no groups")?;
    // Those that have conversations.
    let filled = groups.iter().filter(|group| group.get("name").and_then(Value::as_str).is_some_and(is_team));
    let groups: Vec<&Value> = filled.filter_map(|group| group.get("id")).take(GROUPS).collect();
    let role = json!({"role": "manager", "limit": "groups", "groups": groups});
    post(connection, admin, &format!("/api/v1/users/{user}/assignments"), &role)?;
    for number in 0..RULES {
        let rule = json!({
            "name": format!("Rule {number} of {unique}"), "columns": ["started", "number", "direction", "audio", "playback"],
            "rows": {"directions": ["inbound", "outbound"], "channels": ["voice"], "groups": groups},
            "targets": [{"kind": "user", "id": user}],
        });
        post(connection, admin, "/api/v1/access-groups", &rule)?;
    }
    let key = json!({"name": "lister", "acts_for": user});
    Ok(format!("Authorization: Bearer {}\r\n", text(&post(connection, admin, "/api/v1/api-keys", &key)?, "/key")?))
}

fn is_team(name: &str) -> bool {
    name.starts_with("Team ")
}

/// What an access group for every role but the administrator's would do.
fn effect(connection: &mut Connection, admin: &str, rules: &Value) -> Outcome<Value> {
    let roles = ["manager", "supervisor", "analyst", "agent"].map(|role| json!({"kind": "role", "id": role}));
    let wish = json!({"name": "What if", "columns": ["started", "audio", "playback"], "rows": rules, "targets": roles});
    let headers = format!("{admin}{WHAT_IF}Content-Type: application/json\r\n");
    let answer = connection.post("/api/v1/access-groups", &headers, wish.to_string().as_bytes())?;
    asked(answer.status, 200, "what if")?;
    Ok(serde_json::from_slice(answer.body)?)
}

fn effects(connection: &mut Connection, admin: &str, rules: &Value) -> Outcome<(Vec<f64>, u64)> {
    let (mut times, mut users) = (Vec::new(), 0);
    for round in 0..=EFFECTS {
        let start = Instant::now();
        let effect = effect(connection, admin, rules)?;
        // The first warms up.
        if round > 0 {
            times.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        let parties = effect.get("parties").and_then(Value::as_array).ok_or("no parties")?;
        users = parties.iter().filter_map(|party| party.get("users_total")?.as_u64()).sum();
    }
    Ok((times, users))
}

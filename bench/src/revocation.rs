//! From switching somebody off at one node to the end of what they are playing at another, on PostgreSQL.
//!
//! The listener takes what comes at a steady pace and goes on until the connection ends: what lay in the buffers of the
//! machine by then counts as well.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, percentile, written};
use crate::playback::uploaded;
use crate::postgres::Postgres;
use crate::report::Section;
use crate::vault::{Node, Vault, write_wav};

const ROUNDS: usize = 9;
/// 16-bit PCM at 8 kHz: 115 MB, which the listener would take some seven seconds for.
const RECORDING_SECONDS: u32 = 2 * 60 * 60;
const PIECE: usize = 32 * 1024;
const PAUSE: Duration = Duration::from_millis(2);
/// So long they listen undisturbed.
const LISTENS: Duration = Duration::from_millis(700);
const PASSWORD: &str = "seven otters fold paper lamps";

pub(crate) fn run() -> Outcome<Section> {
    let folder = tempfile::Builder::new().prefix("soundkeep-bench-").tempdir()?;
    let postgres = Postgres::start(&folder.path().join("postgres"))?;
    let data = folder.path().join("vault");
    let first = Vault::demo_in(&data, Some(&postgres.url()))?;
    let second = Node::beside(&data, &postgres.url())?;
    let admin = first.key_of("admin")?;
    let file = folder.path().join("long.wav");
    write_wav(&file, RECORDING_SECONDS, 11, false)?;
    let audio = uploaded(&first, &admin, &file)?;
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let (user, key) = listener(&first.host, &admin, round)?;
        times.push(closes(&first.host, &second.host, &admin, (&user, &key), &audio)?);
    }
    let milliseconds = |value: f64| format!("{} ms", written(value));
    Ok(Section {
        title: "Revocation",
        conditions: format!(
            "Two nodes over one PostgreSQL. {ROUNDS} people one after another play a recording at the second node and are \
             switched off at the first: from sending that to the last byte that reaches them."
        ),
        columns: &["what", "middle", "longest", "wanted"],
        rows: vec![vec![
            "switched off to closed stream".to_owned(),
            milliseconds(median(&times)),
            milliseconds(percentile(&times, 1.0)),
            "1,000 ms".to_owned(),
        ]],
    })
}

fn read(answer: &[u8], name: &str) -> Outcome<String> {
    let said: Value = serde_json::from_slice(answer)?;
    let found = said.pointer(name).and_then(Value::as_str).ok_or_else(|| format!("no {name} in {said}"))?;
    Ok(found.to_owned())
}

/// Somebody who may hear everything: their id, and the header line of a key that acts for them.
fn listener(host: &str, admin: &str, round: usize) -> Outcome<(String, String)> {
    let mut connection = Connection::open(host)?;
    let headers = format!("{admin}Content-Type: application/json\r\n");
    let role = json!([{"role": "manager", "limit": "none"}]);
    let email = format!("listener{round}@example.org");
    let new = json!({"email": email, "name": "Listener", "assignments": role}).to_string();
    // They gain something by it: the vault shows what, and wants it confirmed.
    let shown = read(connection.post("/api/v1/users", &headers, new.as_bytes())?.body, "/effect/confirmation/token")?;
    let confirmed = format!("{headers}Soundkeep-Confirmation: {shown}\r\n");
    let made = connection.post("/api/v1/users", &confirmed, new.as_bytes())?.body.to_vec();
    let (id, link) = (read(&made, "/user/id").or_else(|_| read(&made, "/id"))?, read(&made, "/invitation_link")?);
    let token = link.split('#').nth(1).ok_or("a link without a token")?;
    let said = json!({"token": token, "password": PASSWORD}).to_string();
    let status = connection.post("/api/v1/links/redeem", "Content-Type: application/json\r\n", said.as_bytes())?.status;
    if status != 200 {
        return Err(format!("an invitation answered {status}").into());
    }
    let new = json!({"name": format!("Listener {round}"), "acts_for": id}).to_string();
    let key = read(connection.post("/api/v1/api-keys", &headers, new.as_bytes())?.body, "/key")?;
    Ok((id, format!("Authorization: Bearer {key}\r\n")))
}

/// Milliseconds from switching somebody off at one node to the end of what they play at another.
fn closes(first: &str, second: &str, admin: &str, (user, key): (&str, &str), audio: &str) -> Outcome<f64> {
    let (heard, hear) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let listens = scope.spawn(move || listen(second, key, audio, &heard).map_err(|error| error.to_string()));
        hear.recv_timeout(Duration::from_secs(30)).map_err(|_| "nothing came")?;
        std::thread::sleep(LISTENS);
        let mut connection = Connection::open(first)?;
        let headers = format!("{admin}Content-Type: application/json\r\nIf-Match: *\r\n");
        let path = format!("/api/v1/users/{user}");
        let sent = Instant::now();
        let answer = connection.bring("PATCH", &path, &headers, br#"{"state":"disabled"}"#)?;
        if answer.status != 200 {
            return Err(format!("{} {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        let (ended, is_whole) = listens.join().map_err(|_| "the listener broke down")??;
        match is_whole {
            true => Err("the recording came to its end".into()),
            false => Ok(ended.duration_since(sent).as_secs_f64() * 1000.0),
        }
    })
}

/// Takes a recording at a steady pace; when the last byte came, and whether that was all of it.
fn listen(host: &str, key: &str, audio: &str, heard: &std::sync::mpsc::Sender<()>) -> Outcome<(Instant, bool)> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(format!("GET {audio} HTTP/1.1\r\nHost: {host}\r\n{key}Connection: close\r\n\r\n").as_bytes())?;
    let (mut piece, mut total, mut last) = (vec![0; PIECE], 0_usize, Instant::now());
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => {
                if total == 0 && !piece.starts_with(b"HTTP/1.1 200") {
                    return Err(String::from_utf8_lossy(piece.get(..count.min(200)).unwrap_or_default()).into());
                }
                (total, last) = (total + count, Instant::now());
                heard.send(()).ok();
            }
        }
        std::thread::sleep(PAUSE);
    }
    Ok((last, total >= usize::try_from(RECORDING_SECONDS)? * 16_000))
}

//! 64 KiB ranges over HTTP with session, decision and ledger, beside nginx with `auth_request` on the plain files.
//!
//! New and continued listenings apart: the first range of a listening waits for a durable event, the later
//! ones don't. nginx's question is answered by itself with 204, so it decides and writes down nothing.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, written};
use crate::report::Section;
use crate::vault::{self, Vault};

const CONNECTIONS: usize = 16;
const RANGE: u32 = 64 * 1024;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// 16-bit PCM at 8 kHz: 800 kB a file, twelve ranges.
const FILE_SECONDS: u32 = 50;
const FILES: u32 = 24;
/// Recordings that nobody has listened to yet are used up by the new listenings.
const NEW_PER_ROUND: u32 = 600;
const NEW_SECONDS: u32 = 5;

pub(crate) fn run() -> Outcome<Section> {
    let vault = Vault::demo()?;
    let key = vault.key_of("admin")?;
    let folder = tempfile::tempdir()?;
    let nginx = Nginx::start(folder.path(), FILES)?;
    let continued: Vec<String> =
        (0..FILES).map(|number| uploaded(&vault, &key, &nginx.file(number))).collect::<Outcome<_>>()?;
    let mut new = fresh(&vault, &key, folder.path(), NEW_PER_ROUND * u32::try_from(ROUNDS)?)?;
    let plain: Vec<String> = (0..FILES).map(|number| format!("/audio/{number}.wav")).collect();
    let (mut ours, mut peers, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    load(&vault.host, &key, &continued, Some(ROUND))?;
    for _ in 0..ROUNDS {
        ours.push(load(&vault.host, &key, &continued, Some(ROUND))?);
        peers.push(load(&nginx.host, "", &plain, Some(ROUND))?);
        let rest = new.split_off(new.len().saturating_sub(usize::try_from(NEW_PER_ROUND)?));
        firsts.push(load(&vault.host, &key, &rest, None)?);
    }
    let (ours, peer, first) = (median(&ours), median(&peers), median(&firsts));
    let row = |what: &str, rate: f64| {
        vec![
            what.to_owned(),
            format!("{}/s", written(rate)),
            format!("{}/s", written(peer)),
            written(rate / peer),
            "0.5, aim at 1".to_owned(),
        ]
    };
    Ok(Section {
        title: "Playing",
        conditions: format!(
            "64 KiB ranges, {CONNECTIONS} connections kept open, {ROUNDS} rounds of {} s in turns, server and load on the same \
             machine. nginx: two workers, `auth_request` answered by a local `return 204`, plain files in the page cache. \
             New listenings: every request is the first of a recording and waits for its durable event.",
            ROUND.as_secs()
        ),
        columns: &["what", "ours", "nginx", "ratio", "wanted"],
        rows: vec![row("continued listenings", ours), row("new listenings", first)],
    })
}

/// Asks for ranges on every connection, for a time or until each path was asked once; gives requests a second.
#[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
fn load(host: &str, key: &str, paths: &[String], lasts: Option<Duration>) -> Outcome<f64> {
    let done = AtomicU64::new(0);
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    one_connection(host, key, paths, lasts, start, &next, &done).map_err(|error| error.to_string())
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a connection broke down".to_owned())))
            .collect()
    });
    let took = start.elapsed().as_secs_f64();
    for result in results {
        result?;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / took)
}

fn one_connection(
    host: &str,
    key: &str,
    paths: &[String],
    lasts: Option<Duration>,
    start: Instant,
    next: &AtomicUsize,
    done: &AtomicU64,
) -> Outcome {
    let mut connection = Connection::open(host)?;
    while lasts.is_none_or(|lasts| start.elapsed() < lasts) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if lasts.is_none() && number >= paths.len() {
            break;
        }
        let path = paths.get(number % paths.len().max(1)).ok_or("nothing to ask for")?;
        let from = if lasts.is_some() { u32::try_from(number / paths.len() % 10)? * RANGE } else { 0 };
        let headers = format!("{key}Range: bytes={from}-{}\r\n", from + RANGE - 1);
        let answer = connection.get(path, &headers)?;
        if answer.status != 206 || answer.body.len() != usize::try_from(RANGE)? {
            return Err(format!("{path} answered {} with {} bytes", answer.status, answer.body.len()).into());
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Puts recordings in that nobody has listened to.
pub(crate) fn fresh(vault: &Vault, key: &str, folder: &Path, count: u32) -> Outcome<Vec<String>> {
    let file = folder.join("new.wav");
    (0..count)
        .map(|number| {
            vault::write_wav(&file, NEW_SECONDS, u64::from(number) + 1_000_003, false)?;
            uploaded(vault, key, &file)
        })
        .collect()
}

/// Uploads a file; gives the path of its audio, when it can be played.
pub(crate) fn uploaded(vault: &Vault, key: &str, file: &Path) -> Outcome<String> {
    let boundary = "soundkeep-bench-boundary";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"audio\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(&std::fs::read(file)?);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let headers = format!("{key}Content-Type: multipart/form-data; boundary={boundary}\r\n");
    let mut connection = Connection::open(&vault.host)?;
    let answer = connection.post("/api/v1/recordings", &headers, &body)?;
    if !matches!(answer.status, 200 | 201) {
        return Err(
            format!("the upload was answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into()
        );
    }
    let said: Value = serde_json::from_slice(answer.body)?;
    let id = said.get("recording_id").and_then(Value::as_str).ok_or("no recording id")?.to_owned();
    for _ in 0..600 {
        let recording = connection.get(&format!("/api/v1/recordings/{id}"), key)?;
        let state: Value = serde_json::from_slice(recording.body)?;
        if state.get("state").and_then(Value::as_str) == Some("ready") {
            return Ok(format!("/api/v1/recordings/{id}/audio"));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(format!("recording {id} was never ready").into())
}

/// nginx with files of the same size, in a folder of its own.
struct Nginx {
    server: Child,
    host: String,
    folder: PathBuf,
}

impl Nginx {
    fn start(folder: &Path, files: u32) -> Outcome<Self> {
        let audio = folder.join("audio");
        std::fs::create_dir_all(&audio)?;
        for number in 0..files {
            vault::write_wav(&audio.join(format!("{number}.wav")), FILE_SECONDS, u64::from(number) + 7, false)?;
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let host = format!("127.0.0.1:{port}");
        let at = folder.display();
        // Root's workers would be another user, who can't enter the folder.
        let user = if std::env::var("USER").is_ok_and(|user| user != "root") { "" } else { "user root;" };
        let configuration = format!(
            "{user} worker_processes 2; daemon off; pid {at}/pid; error_log {at}/error.log;
             events {{ worker_connections 256; }}
             http {{
               access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
               types {{ audio/wav wav; }}
               client_body_temp_path {at}/t1; proxy_temp_path {at}/t2; fastcgi_temp_path {at}/t3;
               uwsgi_temp_path {at}/t4; scgi_temp_path {at}/t5;
               server {{
                 listen {host};
                 location /audio/ {{ auth_request /auth; root {at}; }}
                 location = /auth {{ internal; return 204; }}
               }}
             }}"
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, configuration)?;
        let server = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("start nginx: {error}"))?;
        let nginx = Self { server, host, folder: audio };
        for _ in 0..200 {
            if Connection::open(&nginx.host).is_ok() {
                return Ok(nginx);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("nginx didn't start".into())
    }

    fn file(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number}.wav"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to stop, it takes its workers along; killed, it would leave them.
        let process = self.server.id().to_string();
        Command::new("kill").args(["-TERM", &process]).status().ok();
        self.server.wait().ok();
    }
}

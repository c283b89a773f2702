//! Users that a directory brings over SCIM, beside PyPI scim2-server, which keeps them in memory alone.
//!
//! Each `POST /Users` of ours is answered after its user, what the directory says of them, and the event in the ledger are
//! durable. Both sides are asked by the same client with the same bodies.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, written};
use crate::postgres::Postgres;
use crate::report::Section;
use crate::vault::Vault;

const CLIENTS: u32 = 16;
const ROUNDS: u32 = 3;
const PER_ROUND: u32 = 8_000;
/// The peer takes its time.
const PER_ROUND_OF_PEER: u32 = 1_000;
const WANTED: f64 = 2_000.0;
const READY_WITHIN: Duration = Duration::from_secs(30);

pub(crate) fn run() -> Outcome<Section> {
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(&folder.path().join("postgres"))?;
    let on_sqlite = Vault::demo()?;
    let on_postgres = Vault::demo_in(&folder.path().join("vault"), Some(&postgres.url()))?;
    let peer = Peer::start()?;
    let (mut sqlite, mut postgresql, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let token = on_sqlite.directory()?;
        sqlite.push(posts((&on_sqlite.host, "/scim/v2", &token), round, PER_ROUND)?);
        let token = on_postgres.directory()?;
        postgresql.push(posts((&on_postgres.host, "/scim/v2", &token), round, PER_ROUND)?);
        peers.push(posts((&peer.host, "", ""), round, PER_ROUND_OF_PEER)?);
    }
    let peer = median(&peers);
    let row = |what: &str, rates: &[f64]| {
        let ours = median(rates);
        let rate = |rate| format!("{}/s", written(rate));
        vec![what.to_owned(), rate(ours), rate(WANTED), rate(peer), written(ours / peer)]
    };
    Ok(Section {
        title: "Users over SCIM",
        conditions: format!(
            "`POST /Users` with {CLIENTS} clients, {ROUNDS} rounds in turns: {PER_ROUND} users each of ours, with fsync, and \
             {PER_ROUND_OF_PEER} of scim2-server, which keeps them in memory. The clients run on the same cores."
        ),
        columns: &["database", "ours", "wanted", "scim2-server", "ratio"],
        rows: vec![row("SQLite", &sqlite), row("PostgreSQL", &postgresql)],
    })
}

fn body(round: u32, number: u32) -> String {
    let name = format!("person{round}x{number}@bench.example");
    format!(
        "{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"{name}\",\
         \"externalId\":\"00u{round}x{number}\",\"name\":{{\"givenName\":\"Person\",\"familyName\":\"Number {number}\"}},\
         \"displayName\":\"Person Number {number}\",\"emails\":[{{\"value\":\"{name}\",\"type\":\"work\",\"primary\":true}}],\
         \"active\":true,\"title\":\"Agent\"}}"
    )
}

/// Users a second that clients bring.
fn posts(place: (&str, &str, &str), round: u32, users: u32) -> Outcome<f64> {
    let next = AtomicU32::new(0);
    let start = Instant::now();
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let client = || client(place, round, users, &next).map_err(|error| error.to_string());
        let threads: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|ended| ended.unwrap_or_else(|_| Err("a client broke down".to_owned()))).collect()
    });
    let took = start.elapsed().as_secs_f64();
    results.into_iter().collect::<Result<(), String>>()?;
    Ok(f64::from(users) / took)
}

fn client((host, base, token): (&str, &str, &str), round: u32, users: u32, next: &AtomicU32) -> Outcome {
    let mut connection = Connection::open(host)?;
    let path = format!("{base}/Users");
    let headers = format!("Content-Type: application/scim+json\r\n{token}");
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= users {
            return Ok(());
        }
        // A server that ends each connection is asked on a new one.
        let body = body(round, number);
        let answer = match connection.post(&path, &headers, body.as_bytes()) {
            Ok(answer) => answer.status,
            Err(_) => {
                connection = Connection::open(host)?;
                connection.post(&path, &headers, body.as_bytes())?.status
            }
        };
        if answer != 201 {
            return Err(format!("a user was answered with {answer}").into());
        }
    }
}

/// The peer. Ends when it is dropped.
struct Peer {
    server: Child,
    host: String,
}

impl Peer {
    fn start() -> Outcome<Self> {
        let python = std::env::var_os("SOUNDKEEP_TEST_PYTHON").ok_or("start this with `cargo xtask bench`")?;
        let program: PathBuf = Path::new(&python).with_file_name("scim2-server");
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let host = format!("127.0.0.1:{port}");
        let server =
            Command::new(program).args(["--port", &port]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let peer = Self { server, host };
        let start = Instant::now();
        while std::net::TcpStream::connect(&peer.host).is_err() {
            if start.elapsed() > READY_WITHIN {
                return Err("scim2-server was not ready in time".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(peer)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

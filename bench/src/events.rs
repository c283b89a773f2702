//! Durable events with 16 writers, beside what PostgreSQL commits with 16 clients on the same disk.
//!
//! Ours is measured from outside: each request is the first of a listening, so it carries a session, a decision,
//! a durable event and a byte of sealed audio. That is more work than a commit, and the figure is a lower bound.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, written};
use crate::playback;
use crate::report::Section;
use crate::vault::Vault;

const WRITERS: usize = 16;
const ROUNDS: usize = 3;
const PER_ROUND: u32 = 1500;
const ROUND_SECONDS: u32 = 5;

pub(crate) fn run() -> Outcome<Section> {
    let vault = Vault::demo()?;
    let key = vault.key_of("admin")?;
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path())?;
    let mut paths = playback::fresh(&vault, &key, folder.path(), PER_ROUND * u32::try_from(ROUNDS)?)?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = paths.split_off(paths.len().saturating_sub(usize::try_from(PER_ROUND)?));
        ours.push(events(&vault, &key, &round)?);
        peers.push(postgres.commits()?);
    }
    let (ours, peer) = (median(&ours), median(&peers));
    Ok(Section {
        title: "Durable events",
        conditions: format!(
            "{WRITERS} writers, {ROUNDS} rounds in turns, both with fsync on the same disk. PostgreSQL: `pgbench` with \
             {WRITERS} clients, one insert of 300 bytes a commit. Ours: the first byte of {PER_ROUND} recordings over HTTP, \
             each a session, a decision and a durable event."
        ),
        columns: &["what", "ours", "PostgreSQL", "ratio", "wanted"],
        rows: vec![vec![
            "durable events".to_owned(),
            format!("{}/s", written(ours)),
            format!("{}/s", written(peer)),
            written(ours / peer),
            "1".to_owned(),
        ]],
    })
}

#[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
fn events(vault: &Vault, key: &str, paths: &[String]) -> Outcome<f64> {
    let next = AtomicUsize::new(0);
    let headers = format!("{key}Range: bytes=0-0\r\n");
    let start = Instant::now();
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS)
            .map(|_| scope.spawn(|| writer(vault, &headers, paths, &next).map_err(|error| error.to_string())))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a writer broke down".to_owned())))
            .collect()
    });
    let took = start.elapsed().as_secs_f64();
    for result in results {
        result?;
    }
    Ok(paths.len() as f64 / took)
}

fn writer(vault: &Vault, headers: &str, paths: &[String], next: &AtomicUsize) -> Outcome {
    let mut connection = Connection::open(&vault.host)?;
    while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
        let status = connection.get(path, headers)?.status;
        if status != 206 {
            return Err(format!("{path} answered {status}").into());
        }
    }
    Ok(())
}

/// A PostgreSQL server with everything durable, as it comes.
struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: String,
    is_root: bool,
}

impl Postgres {
    fn start(folder: &Path) -> Outcome<Self> {
        let programs =
            std::env::var_os("SOUNDKEEP_BENCH_POSTGRESQL").map(PathBuf::from).ok_or("PostgreSQL is missing")?;
        let is_root = String::from_utf8_lossy(&Command::new("id").arg("-u").output()?.stdout).trim() == "0";
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
        let postgres = Self { programs, folder: folder.join("postgres"), port, is_root };
        std::fs::create_dir_all(&postgres.folder)?;
        if is_root {
            quiet(Command::new("chown").arg("postgres").arg(&postgres.folder))?;
            quiet(Command::new("chmod").arg("711").arg(folder))?;
        }
        let data = postgres.folder.join("data");
        quiet(postgres.program("initdb").args(["--username", "bench", "--auth", "trust", "--pgdata"]).arg(&data))?;
        let options = format!("-k {} -h '' -p {}", postgres.folder.display(), postgres.port);
        quiet(
            postgres
                .program("pg_ctl")
                .args(["start", "--wait", "--silent", "--log"])
                .arg(postgres.folder.join("log"))
                .arg("--pgdata")
                .arg(&data)
                .args(["--options", &options]),
        )?;
        let table = "CREATE TABLE events (id bigserial PRIMARY KEY, body text NOT NULL)";
        quiet(postgres.client("psql").args(["--quiet", "--command", table]))?;
        std::fs::write(postgres.folder.join("insert.sql"), "INSERT INTO events (body) VALUES (repeat('x', 300));\n")?;
        Ok(postgres)
    }

    /// Commits a second with as many clients as we have writers.
    fn commits(&self) -> Outcome<f64> {
        let out = self
            .client("pgbench")
            .args(["--no-vacuum", "--client", &WRITERS.to_string(), "--jobs", "2"])
            .args(["--time", &ROUND_SECONDS.to_string(), "--file"])
            .arg(self.folder.join("insert.sql"))
            .stderr(Stdio::null())
            .output()?;
        String::from_utf8_lossy(&out.stdout)
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
            .ok_or_else(|| "pgbench said no rate".into())
    }

    fn client(&self, name: &str) -> Command {
        let mut command = self.program(name);
        command
            .arg("--host")
            .arg(&self.folder)
            .args(["--port", &self.port, "--username", "bench"])
            .env("PGDATABASE", "postgres");
        command
    }

    /// PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if self.is_root {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--"]).arg(program);
            runuser
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode", "immediate", "--pgdata"]).arg(self.folder.join("data"));
        quiet(&mut stop).ok();
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn quiet(command: &mut Command) -> Outcome {
    let out = command.stdin(Stdio::null()).output()?;
    if out.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)).into())
    }
}

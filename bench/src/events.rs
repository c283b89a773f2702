//! Durable events with 16 writers, beside what PostgreSQL commits with 16 clients on the same disk.
//!
//! Ours is measured twice. By the store: a transaction with one event, as PostgreSQL has one with one row. And from
//! outside: each request is the first of a listening, so it carries a session, a decision, a durable event and a byte of
//! sealed audio.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, written};
use crate::playback;
use crate::postgres::Postgres;
use crate::report::Section;
use crate::vault::Vault;

const WRITERS: usize = 16;
const ROUNDS: usize = 3;
const PER_ROUND: u32 = 1500;
const ROUND_SECONDS: u32 = 5;
/// Events of a round by the store: some seconds of work.
const COMMITS: u32 = 30_000;

pub(crate) fn run() -> Outcome<Section> {
    let vault = Vault::demo()?;
    let key = vault.key_of("admin")?;
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(&folder.path().join("postgres"))?;
    postgres.sql(include_str!("../sql/event_table.sql"))?;
    let insert = folder.path().join("insert.sql");
    std::fs::write(&insert, include_str!("../sql/event_insert.sql"))?;
    let mut paths = playback::fresh(&vault, &key, folder.path(), PER_ROUND * u32::try_from(ROUNDS)?)?;
    let still = tempfile::tempdir()?;
    Vault::demo_in(still.path(), None)?.stop()?;
    let (mut ours, mut commits, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let round = paths.split_off(paths.len().saturating_sub(usize::try_from(PER_ROUND)?));
        ours.push(events(&vault, &key, &round)?);
        commits.push(committed(still.path())?);
        peers.push(postgres.pgbench(&insert, WRITERS, ROUND_SECONDS)?.rate);
    }
    let (ours, commits, peer) = (median(&ours), median(&commits), median(&peers));
    let row = |what: &str, ours: f64| {
        let rate = |rate| format!("{}/s", written(rate));
        vec![what.to_owned(), rate(ours), rate(peer), written(ours / peer), "1".to_owned()]
    };
    Ok(Section {
        title: "Durable events",
        conditions: format!(
            "{WRITERS} writers, {ROUNDS} rounds in turns, both with fsync on the same disk. PostgreSQL: `pgbench` with \
             {WRITERS} clients, one insert of 300 bytes a commit. By the store: {COMMITS} transactions of an event with its \
             indices, numbered later. Over HTTP: the first byte of {PER_ROUND} recordings, each a session, a decision and a \
             durable event."
        ),
        columns: &["what", "ours", "PostgreSQL", "ratio", "wanted"],
        rows: vec![row("transactions with one event, by the store", commits), row("first listenings, over HTTP", ours)],
    })
}

/// Events a second that writers in one process commit to a stopped vault.
fn committed(folder: &Path) -> Outcome<f64> {
    let commit = std::env::var_os("SOUNDKEEP_COMMIT").ok_or("start this with `cargo xtask bench`")?;
    let out = Command::new(commit).arg(folder).args([WRITERS.to_string(), COMMITS.to_string()]).output()?;
    if !out.status.success() {
        return Err(format!("no events were committed: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(String::from_utf8(out.stdout)?.trim().parse()?)
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

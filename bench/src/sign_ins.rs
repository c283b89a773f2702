//! Sign-ins with a password, beside Argon2id alone at the same cost on the same cores, and what others wait meanwhile.
//!
//! Each sign-in comes from a network of its own, as behind a proxy: none is limited. In rounds by turns.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use soundkeep_crypto::SystemEntropy;
use soundkeep_crypto::password::{PasswordCost, PasswordHasher};

use crate::Outcome;
use crate::http::Connection;
use crate::measure::{median, percentile, written};
use crate::report::Section;
use crate::vault::Vault;

const USERS: usize = 32;
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);
const PASSWORD: &str = "seven otters fold paper lamps";

pub(crate) fn run() -> Outcome<Section> {
    let folder = tempfile::Builder::new().prefix("soundkeep-bench-").tempdir()?;
    let vault = Vault::demo_behind_proxy(folder.path())?;
    let key = vault.key_of("admin")?;
    let emails: Vec<String> = (0..USERS).map(|number| user(&vault, &key, number)).collect::<Outcome<_>>()?;
    let (mut ours, mut alone, mut waits, mut quiet) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let networks = AtomicU64::new(0);
    sign_ins(&vault.host, &key, &emails, &networks)?;
    for _ in 0..ROUNDS {
        let (rate, latencies) = sign_ins(&vault.host, &key, &emails, &networks)?;
        ours.push(rate);
        waits.extend(latencies);
        alone.push(hashes()?);
        quiet.extend(others(&vault.host, &key, &AtomicBool::new(false), Some(Duration::from_secs(1)))?);
    }
    let (ours, alone) = (median(&ours), median(&alone));
    let wait = |values: &[f64]| format!("{} ms", written(percentile(values, 0.99)));
    Ok(Section {
        title: "Signing in",
        conditions: format!(
            "{USERS} users, {CONNECTIONS} connections, {ROUNDS} rounds of {} s in turns, server and load on the same machine. \
             A sign-in is the hash, a session and a durable event. Argon2id alone: a thread per core. Others: one \
             connection that asks who it is, again and again.",
            ROUND.as_secs()
        ),
        columns: &["what", "ours", "beside", "ratio", "wanted"],
        rows: vec![
            vec![
                "sign-ins with a password, beside Argon2id alone".to_owned(),
                format!("{}/s", written(ours)),
                format!("{}/s", written(alone)),
                written(ours / alone),
                "0.9".to_owned(),
            ],
            vec![
                "other requests meanwhile, p99; beside them without sign-ins".to_owned(),
                wait(&waits),
                wait(&quiet),
                String::new(),
                "50 ms".to_owned(),
            ],
        ],
    })
}

/// Makes a user who has chosen a password; their email address.
fn user(vault: &Vault, key: &str, number: usize) -> Outcome<String> {
    let email = format!("bench{number}@example.org");
    let mut connection = Connection::open(&vault.host)?;
    let headers = format!("{key}Content-Type: application/json\r\n");
    let new = json!({"email": email, "name": format!("Bench {number}")}).to_string();
    let made: Value = serde_json::from_slice(connection.post("/api/v1/users", &headers, new.as_bytes())?.body)?;
    let link = made.get("invitation_link").and_then(Value::as_str).ok_or_else(|| format!("no invitation: {made}"))?;
    let token = link.split('#').nth(1).ok_or("a link without a token")?;
    let said = json!({"token": token, "password": PASSWORD}).to_string();
    let from = format!("X-Forwarded-For: 172.16.{}.1\r\nContent-Type: application/json\r\n", number % 250);
    match connection.post("/api/v1/links/redeem", &from, said.as_bytes())?.status {
        200 => Ok(email),
        status => Err(format!("an invitation answered {status}").into()),
    }
}

/// Signs in on every connection for a round; sign-ins a second, and what another connection waited meanwhile, in ms.
fn sign_ins(host: &str, key: &str, emails: &[String], networks: &AtomicU64) -> Outcome<(f64, Vec<f64>)> {
    let (done, over, start) = (AtomicU64::new(0), AtomicBool::new(false), Instant::now());
    let (results, latencies) = std::thread::scope(|scope| {
        let other = scope.spawn(|| others(host, key, &over, None).map_err(|error| error.to_string()));
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| one_connection(host, emails, start, networks, &done).map_err(|error| error.to_string()))
            })
            .collect();
        let results: Vec<Result<(), String>> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a connection broke down".to_owned())))
            .collect();
        over.store(true, Ordering::Relaxed);
        (results, other.join().unwrap_or_else(|_| Err("a connection broke down".to_owned())))
    });
    let took = start.elapsed().as_secs_f64();
    results.into_iter().collect::<Result<(), String>>()?;
    #[allow(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
    Ok((done.load(Ordering::Relaxed) as f64 / took, latencies?))
}

fn one_connection(host: &str, emails: &[String], start: Instant, networks: &AtomicU64, done: &AtomicU64) -> Outcome {
    let mut connection = Connection::open(host)?;
    while start.elapsed() < ROUND {
        let number = networks.fetch_add(1, Ordering::Relaxed);
        let email = emails.get(usize::try_from(number)? % emails.len().max(1)).ok_or("nobody to sign in")?;
        let body = json!({"email": email, "password": PASSWORD}).to_string();
        let (high, low) = (number / 250 % 250, number % 250);
        let headers = format!("X-Forwarded-For: 10.{high}.{low}.1\r\nContent-Type: application/json\r\n");
        match connection.post("/api/v1/session", &headers, body.as_bytes())?.status {
            200 => done.fetch_add(1, Ordering::Relaxed),
            status => return Err(format!("a sign-in answered {status}").into()),
        };
    }
    Ok(())
}

/// Asks who it is until it is over, or for a time; milliseconds of each answer.
fn others(host: &str, key: &str, over: &AtomicBool, lasts: Option<Duration>) -> Outcome<Vec<f64>> {
    let mut connection = Connection::open(host)?;
    let (mut times, start) = (Vec::new(), Instant::now());
    while !over.load(Ordering::Relaxed) && lasts.is_none_or(|lasts| start.elapsed() < lasts) {
        let asked = Instant::now();
        let status = connection.get("/api/v1/session", key)?.status;
        if status != 200 {
            return Err(format!("who it is was answered {status}").into());
        }
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(times)
}

/// Argon2id alone, a thread per core that keeps its memory; hashes a second.
fn hashes() -> Outcome<f64> {
    let stored = PasswordHasher::new(PasswordCost::default())?.hash(PASSWORD, &SystemEntropy::new())?;
    let cores = std::thread::available_parallelism()?.get();
    let (done, start) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let Ok(mut hasher) = PasswordHasher::new(PasswordCost::default()) else { return };
                while start.elapsed() < ROUND {
                    if hasher.verify(PASSWORD, &stored).is_ok_and(|right| right) {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    #[allow(clippy::cast_precision_loss, reason = "a count of hashes is far below 2^52")]
    Ok(done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64())
}

//! Commits events to the vault of a stopped demo as fast as it can, for benchmarks.
//!
//! `soundkeep-commit DATA_DIR WRITERS EVENTS` lets that many writers commit that many events in all, one a transaction,
//! and prints how many a second. The events are as long as those of a listening; nobody numbers them meanwhile.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing)]

use soundkeep_domain::audit::{EventKind, Outcome as How};
use soundkeep_domain::{ConversationId, EventId, OrganisationId, Timestamp};
use soundkeep_store::audit::{NewEvent, append};
use soundkeep_store::{Location, Store, organisations};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Characters of the leaf and of the openings of a listening.
const LEAF_CHARACTERS: usize = 560;
const OPENINGS_CHARACTERS: usize = 190;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, writers, events] = arguments.as_slice() else {
        return Err("usage: soundkeep-commit DATA_DIR WRITERS EVENTS".into());
    };
    let (writers, events): (usize, u64) = (writers.parse()?, events.parse()?);
    let store = Store::open(&Location::Sqlite(PathBuf::from(folder).join("soundkeep.db"))).await?;
    let organisation = organisations::all(&mut store.reader()).await?.first().ok_or("no organisation")?.id;
    let next = Arc::new(AtomicU64::new(0));
    let start = begun();
    let tasks: Vec<_> =
        (0..writers).map(|_| tokio::spawn(write(store.clone(), organisation, Arc::clone(&next), events))).collect();
    for task in tasks {
        task.await??;
    }
    #[allow(clippy::cast_precision_loss)] // a count far below 2^52
    let rate = events as f64 / start.elapsed().as_secs_f64();
    println!("{rate}");
    store.close().await?;
    Ok(())
}

async fn write(store: Store, organisation: OrganisationId, next: Arc<AtomicU64>, events: u64) -> Outcome {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= events {
            return Ok(());
        }
        let mut transaction = store.begin().await?;
        append(&mut transaction, &event(organisation, number)).await?;
        transaction.commit().await?;
    }
}

fn event(organisation: OrganisationId, number: u64) -> NewEvent {
    let (at, random) = (now(), random(number));
    NewEvent {
        id: EventId::make(at, &random),
        organisation,
        at,
        kind: EventKind::RecordingPlay,
        outcome: How::Success,
        actor_kind: "user",
        actor_id: Some(format!("01a2028d-7479-7a96-810e-{:012}", number % 200)),
        object_kind: Some("recording"),
        object_id: Some(format!("01a2028d-7479-7a97-810e-{number:012}")),
        conversation: Some(ConversationId::make(at, &random)),
        leaf: format!("{{\"detail\":\"{}\"}}", "x".repeat(LEAF_CHARACTERS)),
        openings: Some(format!("{{\"name\":\"{}\"}}", "x".repeat(OPENINGS_CHARACTERS))),
    }
}

/// What makes an id one of its kind.
fn random(number: u64) -> [u8; 10] {
    let mut bytes = [7; 10];
    bytes[2..].copy_from_slice(&number.to_be_bytes());
    bytes
}

#[allow(clippy::disallowed_methods)] // a tool of its own, with nobody above it to take the time from
fn begun() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods)] // as above
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since.as_micros()).unwrap_or(0))
}

//! Requests that are carried out once, however often they are sent: what was answered, by the caller's key.
//!
//! The door decides what is kept of an answer; secrets never are. An answer is kept for a day. A request whose
//! node died in the middle holds its key for ten minutes, and can be sent again then.

use crate::{Caller, Result, Vault};
use soundkeep_crypto::digest::Sha256;
use soundkeep_store::idempotency::{self, Kept};

/// An answer is kept so long; seconds.
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// A request that isn't done after so long never will be; seconds.
const RUNNING_SECONDS_MAX: i64 = 10 * 60;

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// Nothing yet: carry the request out.
    Now,
    /// Another request.
    ByAnother,
    /// The same request, which is being carried out.
    StillRunning,
    /// The same request, which was answered.
    Done {
        /// The status of the answer.
        status: u16,
        /// The body of the answer, or what was kept of it.
        body: String,
    },
}

fn who(caller: &Caller) -> String {
    let (kind, id) = caller.identity();
    format!("{kind}:{id}")
}

/// Takes a key for a request that is about to be carried out. `request` is what tells requests apart.
///
/// # Errors
/// When the database is away.
pub async fn reserve(vault: &Vault, caller: &Caller, key: &str, request: &[&[u8]]) -> Result<Reserved> {
    let mut hash = Sha256::new();
    for part in request {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash = hash.finish();
    let (organisation, who, now) = (caller.organisation(), who(caller), vault.now());
    let mut transaction = vault.store().begin().await?;
    let kept = idempotency::find(&mut transaction, organisation, &who, key).await?;
    let age = |kept: &Kept| now.micros_since(kept.created_at) / 1_000_000;
    let in_force = kept.filter(|kept| {
        let seconds = if kept.status == 0 { RUNNING_SECONDS_MAX } else { KEPT_SECONDS };
        age(kept) < seconds
    });
    match in_force {
        Some(kept) if kept.request_hash != hash => return Ok(Reserved::ByAnother),
        Some(kept) if kept.status == 0 => return Ok(Reserved::StillRunning),
        Some(kept) => {
            let status = u16::try_from(kept.status).unwrap_or(200);
            return Ok(Reserved::Done { status, body: kept.body });
        }
        None => {}
    }
    match idempotency::take(&mut transaction, organisation, (&who, key), &hash, now).await {
        Err(soundkeep_store::Error::Conflict(_)) => return Ok(Reserved::StillRunning),
        taken => taken?,
    }
    idempotency::forget_before(&mut transaction, organisation, now.plus_seconds(-KEPT_SECONDS)).await?;
    match transaction.commit().await {
        Err(soundkeep_store::Error::Conflict(_)) => Ok(Reserved::StillRunning),
        committed => {
            committed?;
            Ok(Reserved::Now)
        }
    }
}

/// Keeps the answer of a request that was carried out.
///
/// # Errors
/// When the database is away.
pub async fn finish(vault: &Vault, caller: &Caller, key: &str, status: u16, body: &str) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    let place = (who(caller), key);
    let place = (place.0.as_str(), place.1);
    idempotency::finish(&mut transaction, caller.organisation(), place, i64::from(status), body).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives a key back, because nothing was done.
///
/// # Errors
/// When the database is away.
pub async fn release(vault: &Vault, caller: &Caller, key: &str) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    idempotency::release(&mut transaction, caller.organisation(), (&who(caller), key)).await?;
    transaction.commit().await?;
    Ok(())
}

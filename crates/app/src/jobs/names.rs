//! A new name of an agent: their conversations are found by it, and no more by the old one.

use super::{Job, JobKind, NewJob, Step, order};
use crate::event::Draft;
use crate::{Error, Result, Vault};
use serde::{Deserialize, Serialize};
use serde_json::json;
use soundkeep_domain::{OrganisationId, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::conversations::names as rows;

/// Conversations indexed in one transaction.
const BATCH: u32 = 100;

/// Whose name is new. The version tells two renamings apart.
#[derive(Serialize, Deserialize)]
struct Renamed {
    user: UserId,
    version: i64,
}

/// Orders it in the transaction of the renaming, by whoever renames.
pub(crate) async fn renamed(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user, version): (OrganisationId, UserId, i64),
    by: (&'static str, String),
    started: Draft,
) -> Result<()> {
    let total = rows::count(transaction, organisation, user).await?;
    if total == 0 {
        return Ok(());
    }
    let parameters = serde_json::to_value(Renamed { user, version }).map_err(Error::bug)?;
    let new = NewJob { kind: JobKind::AgentName, parameters, total };
    order(vault, transaction, (organisation, by), started, &new).await.map(|_| ())
}

/// Indexes the next conversations.
pub(super) async fn batch(transaction: &mut Transaction, job: &Job) -> Result<Step> {
    let Renamed { user, .. } = serde_json::from_str(&job.parameters).map_err(Error::bug)?;
    let after = job.cursor.as_deref().map(str::parse).transpose().map_err(Error::bug)?;
    let places = rows::index_next(transaction, job.organisation, user, after, BATCH).await?;
    let done = i64::try_from(places.len()).map_err(Error::bug)?;
    let full = places.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let cursor = places.last().filter(|_| full).map(ToString::to_string);
    Ok(Step { done, cursor, outcome: json!({}) })
}

//! Answers of requests that create something, kept by the key that the caller chose.

use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, Timestamp};

/// What is kept of a request. A status of 0 says that it is being carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// The status of its answer.
    pub status: i64,
    /// The body of its answer.
    pub body: String,
    /// When it came.
    pub created_at: Timestamp,
}

/// What is kept under a caller's key.
///
/// # Errors
/// When the database is away.
pub async fn find(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    caller: &str,
    key: &str,
) -> Result<Option<Kept>> {
    let select = "SELECT request_hash, status, body, created_at FROM idempotency
                  WHERE organisation_id = $1 AND caller = $2 AND key = $3";
    let Some(row) = queries.row(sql!(select, organisation, caller, key)).await? else {
        return Ok(None);
    };
    let mut columns = row.columns();
    Ok(Some(Kept {
        request_hash: columns.next()?,
        status: columns.next()?,
        body: columns.next()?,
        created_at: columns.next()?,
    }))
}

/// Takes a key for a request that begins; what stood under it is gone.
///
/// # Errors
/// [`crate::Error::Conflict`] when somebody took it at the same moment.
pub async fn take(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (caller, key): (&str, &str),
    request_hash: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    let delete = "DELETE FROM idempotency WHERE organisation_id = $1 AND caller = $2 AND key = $3";
    transaction.execute(sql!(delete, organisation, caller, key)).await?;
    let insert = "INSERT INTO idempotency (organisation_id, caller, key, request_hash, status, body, created_at)
                  VALUES ($1, $2, $3, $4, 0, '', $5)";
    transaction.execute_one(sql!(insert, organisation, caller, key, request_hash, now)).await
}

/// Keeps the answer of a request that is done.
///
/// # Errors
/// [`crate::Error::NotFound`] when the key wasn't taken.
pub async fn finish(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (caller, key): (&str, &str),
    status: i64,
    body: &str,
) -> Result<()> {
    let update = "UPDATE idempotency SET status = $4, body = $5
                  WHERE organisation_id = $1 AND caller = $2 AND key = $3";
    transaction.execute_one(sql!(update, organisation, caller, key, status, body)).await
}

/// Gives a key back.
///
/// # Errors
/// When the database refuses.
pub async fn release(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (caller, key): (&str, &str),
) -> Result<()> {
    let delete = "DELETE FROM idempotency WHERE organisation_id = $1 AND caller = $2 AND key = $3";
    transaction.execute(sql!(delete, organisation, caller, key)).await.map(|_| ())
}

/// Forgets what came before a time, for all callers of an organisation; says how many.
///
/// # Errors
/// When the database refuses.
pub async fn forget_before(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    before: Timestamp,
) -> Result<u64> {
    let delete = "DELETE FROM idempotency WHERE organisation_id = $1 AND created_at < $2";
    transaction.execute(sql!(delete, organisation, before)).await
}

//! The quarantine in rows: files that could not be read, sealed, with the reason. Holds no key.

use super::doom;
use crate::database::{Queries, Row, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{OrganisationPermit, marks};
use soundkeep_domain::{OrganisationId, QuarantineId, Timestamp};

/// A file that could not be read: sealed, with the reason.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// Its id.
    pub id: QuarantineId,
    /// The name that the source gave it.
    pub name: String,
    /// How it came in.
    pub source: String,
    /// Why it could not be read, as a stable code.
    pub code: String,
    /// Why it could not be read, in words.
    pub reason: String,
    /// What came with it, as JSON.
    pub metadata: String,
    /// SHA-256 of the bytes.
    pub sha256: Vec<u8>,
    /// The length of the bytes.
    pub plain_bytes: i64,
    /// The length as stored.
    pub sealed_bytes: i64,
    /// The name of the bytes in the object store.
    pub blob: String,
    /// Their key, wrapped by the organisation's.
    pub wrapped_key: Vec<u8>,
    /// When it came in.
    pub received_at: Timestamp,
    /// `waiting` or `retrying`.
    pub state: String,
}

pub(super) const QUARANTINE_COLUMNS: &str =
    "id, name, source, code, reason, metadata, sha256, plain_bytes, sealed_bytes, blob,
     wrapped_key, received_at, state";

pub(super) fn quarantined(row: &Row) -> Result<Quarantined> {
    let mut columns = row.columns();
    Ok(Quarantined {
        id: columns.next()?,
        name: columns.next()?,
        source: columns.next()?,
        code: columns.next()?,
        reason: columns.next()?,
        metadata: columns.next()?,
        sha256: columns.next()?,
        plain_bytes: columns.next()?,
        sealed_bytes: columns.next()?,
        blob: columns.next()?,
        wrapped_key: columns.next()?,
        received_at: columns.next()?,
        state: columns.next()?,
    })
}

/// Puts a file into quarantine. The same bytes again only bring the reason up to date.
///
/// # Errors
/// When the database refuses.
pub async fn quarantine(
    transaction: &mut Transaction,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    new: &Quarantined,
) -> Result<bool> {
    let added = transaction
        .execute(sql!(
            "INSERT INTO quarantine (organisation_id, id, name, source, code, reason, metadata, sha256, plain_bytes,
             sealed_bytes, blob, wrapped_key, received_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             ON CONFLICT (organisation_id, sha256) DO NOTHING",
            permit.organisation(),
            new.id,
            &new.name,
            &new.source,
            &new.code,
            &new.reason,
            &new.metadata,
            new.sha256.clone(),
            new.plain_bytes,
            new.sealed_bytes,
            &new.blob,
            new.wrapped_key.clone(),
            new.received_at,
            &new.state
        ))
        .await?;
    Ok(added == 1)
}

/// The quarantine, newest first.
///
/// # Errors
/// When the database is away.
pub async fn quarantine_list(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::QuarantineManage>,
    before: Option<QuarantineId>,
    limit: u32,
) -> Result<Vec<Quarantined>> {
    let mut query = crate::database::Sql::new("SELECT ");
    query.push(QUARANTINE_COLUMNS).push(" FROM quarantine WHERE organisation_id = ").bind(permit.organisation());
    if let Some(before) = before {
        query.push(" AND id < ").bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(quarantined).collect()
}

/// One file of the quarantine.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn quarantine_get(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::QuarantineManage>,
    id: QuarantineId,
) -> Result<Quarantined> {
    let text = format!("SELECT {QUARANTINE_COLUMNS} FROM quarantine WHERE organisation_id = $1 AND id = $2");
    let row = queries.row(sql!(&text, permit.organisation(), id)).await?;
    quarantined(&row.ok_or(Error::NotFound)?)
}

/// The file of the quarantine with these bytes, for intake.
///
/// # Errors
/// When the database is away.
pub async fn quarantine_by_content(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    sha256: &[u8; 32],
) -> Result<Option<QuarantineId>> {
    let query =
        sql!("SELECT id FROM quarantine WHERE organisation_id = $1 AND sha256 = $2", permit.organisation(), sha256);
    queries.scalar(query).await
}

/// Brings the reason of a file up to date after a retry that failed too.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn quarantine_set(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: QuarantineId,
    state: &str,
    reason: Option<(&str, &str)>,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE quarantine SET state = $3, code = coalesce($4, code), reason = coalesce($5, reason)
             WHERE organisation_id = $1 AND id = $2",
            organisation,
            id,
            state,
            reason.map(|(code, _)| code),
            reason.map(|(_, text)| text)
        ))
        .await
}

/// Takes a file out of the quarantine and dooms its bytes.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn quarantine_remove(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: QuarantineId,
    now: Timestamp,
) -> Result<()> {
    let blob: String = transaction
        .scalar(sql!("DELETE FROM quarantine WHERE organisation_id = $1 AND id = $2 RETURNING blob", organisation, id))
        .await?
        .ok_or(Error::NotFound)?;
    doom(transaction, organisation, &blob, now).await
}

/// Takes a file out of the quarantine because it was filed: its bytes stay.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn quarantine_release(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: QuarantineId,
) -> Result<()> {
    let delete = "DELETE FROM quarantine WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(delete, organisation, id)).await
}

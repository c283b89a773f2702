//! Settings in rows: one row per save, holding all that was decided by then. The newest is in force.
//!
//! A save advances the policy epoch, so that every node reads anew. Knows no setting by name.

use crate::access::advance_policy_epoch;
use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use serde_json::{Map, Value};
use soundkeep_domain::settings::{Registry, Settings};
use soundkeep_domain::{OrganisationId, Timestamp};

/// A save of the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Save {
    /// The version that it made.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `user` or `api_key`, and the id.
    pub by: (String, String),
    /// The version that it restored.
    pub restored: Option<i64>,
    /// What it changed, as the use case told it.
    pub changes: Value,
}

fn object(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt("settings that are no object"))
}

/// The settings in force.
///
/// # Errors
/// When the database is away.
pub async fn in_force(
    queries: &mut impl Queries,
    registry: Registry,
    organisation: OrganisationId,
) -> Result<Settings> {
    let query = "SELECT version, document FROM setting_saves WHERE organisation_id = $1 ORDER BY version DESC LIMIT 1";
    let Some(row) = queries.row(sql!(query, organisation)).await? else {
        return Ok(Settings::defaults(registry));
    };
    Ok(Settings::of_document(registry, row.get(0)?, &object(&row.get::<String>(1)?)?))
}

/// The settings that were in force at a time.
///
/// # Errors
/// When the database is away.
pub async fn at_time(
    queries: &mut impl Queries,
    registry: Registry,
    organisation: OrganisationId,
    time: Timestamp,
) -> Result<Settings> {
    let query = "SELECT version, document FROM setting_saves WHERE organisation_id = $1 AND saved_at <= $2
                 ORDER BY version DESC LIMIT 1";
    match queries.row(sql!(query, organisation, time)).await? {
        Some(row) => Ok(Settings::of_document(registry, row.get(0)?, &object(&row.get::<String>(1)?)?)),
        None => Ok(Settings::defaults(registry)),
    }
}

/// The settings as they were at a version; at 0 nobody had decided anything.
///
/// # Errors
/// [`Error::NotFound`] when there was no such version.
pub async fn at_version(
    queries: &mut impl Queries,
    registry: Registry,
    organisation: OrganisationId,
    version: i64,
) -> Result<Settings> {
    if version == 0 {
        return Ok(Settings::defaults(registry));
    }
    let query = "SELECT document FROM setting_saves WHERE organisation_id = $1 AND version = $2";
    let document: Option<String> = queries.scalar(sql!(query, organisation, version)).await?;
    Ok(Settings::of_document(registry, version, &object(&document.ok_or(Error::NotFound)?)?))
}

/// Saves settings under their version. Whoever does this holds the lock of the rights.
///
/// # Errors
/// [`Error::Conflict`] when that version is there.
pub async fn save(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    settings: &Settings,
    save: &Save,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    let insert = "INSERT INTO setting_saves (organisation_id, version, saved_at, by_kind, by_id, restored_version,
         changes, document) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    transaction
        .execute_one(sql!(
            insert,
            organisation,
            save.version,
            save.at,
            &save.by.0,
            &save.by.1,
            save.restored,
            save.changes.to_string(),
            Value::Object(settings.document()).to_string()
        ))
        .await
}

/// Saves, newest first, older than a version.
///
/// # Errors
/// When the database is away.
pub async fn saves(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Save>> {
    let mut query = Sql::new(
        "SELECT version, saved_at, by_kind, by_id, restored_version, changes FROM setting_saves
         WHERE organisation_id = ",
    );
    query.bind(organisation);
    if let Some(before) = before {
        query.push(" AND version < ").bind(before);
    }
    query.push(" ORDER BY version DESC LIMIT ").bind(limit);
    let save = |row: &Row| {
        let mut columns = row.columns();
        Ok(Save {
            version: columns.next()?,
            at: columns.next()?,
            by: (columns.next()?, columns.next()?),
            restored: columns.next()?,
            changes: serde_json::from_str(&columns.next::<String>()?)
                .map_err(|_| Error::Corrupt("changes of settings that are no JSON"))?,
        })
    };
    queries.rows(query).await?.iter().map(save).collect()
}

/// Ends open sessions so long after their beginning at the latest.
///
/// # Errors
/// When the database refuses.
pub async fn shorten_sessions(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    seconds: i64,
) -> Result<u64> {
    let micros = seconds.saturating_mul(1_000_000);
    let update = "UPDATE sessions SET expires_at = created_at + $2
         WHERE organisation_id = $1 AND ended_at IS NULL AND expires_at > created_at + $2";
    transaction.execute(sql!(update, organisation, micros)).await
}

//! API keys of programs: found by the hash of the key in one query, touched at most once a minute.

use super::assignments::{custom_names, name_of};
use super::sessions::TOUCH_SECONDS;
use crate::access::{KeyRights, advance_policy_epoch, lock_policy};
use crate::database::{Queries, Row, sql};
use crate::{Error, Result, Transaction, Whose, access};
use soundkeep_domain::access::PermissionSet;
use soundkeep_domain::{ApiKeyId, OrganisationId, Timestamp, UserId};
use std::collections::HashMap;

/// A key that is made.
#[derive(Debug, Clone)]
pub struct NewApiKey<'new> {
    /// Its id.
    pub id: ApiKeyId,
    /// SHA-256 of the key.
    pub token_hash: [u8; 32],
    /// Its first characters, by which people know it.
    pub prefix: &'new str,
    /// Its name.
    pub name: &'new str,
    /// What it may do.
    pub rights: KeyRights,
    /// What it is narrowed to.
    pub scopes: Option<PermissionSet>,
    /// From where it may be used; nothing is everywhere.
    pub networks: &'new [String],
    /// What its daily secret is signed with, sealed; nothing for a key that signs none.
    pub sealed_secret_key: Option<Vec<u8>>,
    /// Who made it, if a person did.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its first characters.
    pub prefix: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub rights: KeyRights,
    /// What it is narrowed to.
    pub scopes: Option<PermissionSet>,
    /// From where it may be used; nothing is everywhere.
    pub networks: Vec<String>,
    /// Whether it can sign secrets: keys that were made before there were any can't.
    pub signs: bool,
    /// The name of that role, or of the user that it acts for.
    pub rights_name: String,
    /// Who made it, if a person did.
    pub created_by: Option<(UserId, String)>,
    /// When.
    pub created_at: Timestamp,
    /// When it was given its present text.
    pub begun_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
}

/// A key that may act, with its organisation.
#[derive(Debug, Clone)]
pub struct LiveKey {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The key.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub rights: KeyRights,
    /// What it is narrowed to.
    pub scopes: Option<PermissionSet>,
    /// From where it may be used; nothing is everywhere.
    pub networks: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
    /// The policy epoch: what was decided at this epoch is still right.
    pub policy_epoch: i64,
}

fn rights(word: &str) -> Result<KeyRights> {
    word.parse().map_err(|_| Error::Corrupt("an unknown role"))
}

pub(crate) fn scopes_of(text: Option<String>) -> Result<Option<PermissionSet>> {
    text.map(|text| text.parse().map_err(|_| Error::Corrupt("an unknown permission"))).transpose()
}

/// Networks as they stand in a row.
fn text_of(networks: &[String]) -> Option<String> {
    (!networks.is_empty()).then(|| networks.join(" "))
}

fn networks_of(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// Makes a key.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such role or user.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewApiKey<'_>) -> Result<()> {
    match new.rights {
        KeyRights::Role(role) => access::role(transaction, organisation, role).await.map(|_| ())?,
        KeyRights::User(user) => access::user_name(transaction, organisation, user).await.map(|_| ())?,
    }
    transaction.changed_policy(Whose::Program(new.id, new.rights));
    transaction
        .execute_one(sql!(
            "INSERT INTO api_keys (organisation_id, id, token_hash, prefix, name, role, created_by, created_at,
             expires_at, acts_for, scopes, sealed_secret_key, networks)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            organisation,
            new.id,
            new.token_hash,
            new.prefix,
            new.name,
            new.rights.to_string(),
            new.created_by,
            new.created_at,
            new.expires_at,
            new.rights.user(),
            new.scopes.map(|scopes| scopes.to_string()),
            new.sealed_secret_key.clone(),
            text_of(new.networks)
        ))
        .await
}

const COLUMNS: &str =
    "SELECT k.id, k.prefix, k.name, k.role, k.created_by, u.name, k.created_at, k.expires_at, k.used_at,
     a.name, k.scopes, CAST(CASE WHEN k.sealed_secret_key IS NULL THEN 0 ELSE 1 END AS BIGINT), k.networks,
     COALESCE(k.renewed_at, k.created_at)
     FROM api_keys k LEFT JOIN users u ON u.organisation_id = k.organisation_id AND u.id = k.created_by
     LEFT JOIN users a ON a.organisation_id = k.organisation_id AND a.id = k.acts_for
     WHERE k.organisation_id = $1";
const IN_USE: &str = "k.revoked_at IS NULL";

fn key(row: &Row, custom: &HashMap<String, String>) -> Result<ApiKey> {
    let mut columns = row.columns();
    let (id, prefix, name) = (columns.next()?, columns.next()?, columns.next()?);
    let word: String = columns.next()?;
    let maker: Option<UserId> = columns.next()?;
    let maker_name: Option<String> = columns.next()?;
    let (created_at, expires_at, used_at) = (columns.next()?, columns.next()?, columns.next()?);
    let acts_for: Option<String> = columns.next()?;
    let scopes = scopes_of(columns.next()?)?;
    let signs = columns.next::<i64>()? > 0;
    let networks = networks_of(columns.next()?);
    let begun_at = columns.next()?;
    let rights = rights(&word)?;
    Ok(ApiKey {
        id,
        prefix,
        name,
        rights,
        scopes,
        networks,
        signs,
        rights_name: match rights {
            KeyRights::Role(_) => name_of(&word, custom)?,
            KeyRights::User(_) => acts_for.unwrap_or_default(),
        },
        created_by: maker.map(|maker| (maker, maker_name.unwrap_or_default())),
        created_at,
        begun_at,
        expires_at,
        used_at,
    })
}

/// The keys of an organisation that may act at this time, or might at a past one, newest first.
///
/// # Errors
/// When the database is away.
pub async fn acting(queries: &mut impl Queries, organisation: OrganisationId, now: Timestamp) -> Result<Vec<ApiKey>> {
    let query = format!(
        "{COLUMNS} AND k.created_at <= $2 AND (k.revoked_at IS NULL OR k.revoked_at > $2)
         AND (k.expires_at IS NULL OR k.expires_at > $2) ORDER BY k.id DESC"
    );
    let rows = queries.rows(sql!(&query, organisation, now)).await?;
    let custom = custom_names(queries, organisation).await?;
    rows.iter().map(|row| key(row, &custom)).collect()
}

/// The keys of an organisation that weren't revoked, newest first; expired ones too.
///
/// # Errors
/// When the database is away.
pub async fn page(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    after: Option<ApiKeyId>,
    limit: u32,
) -> Result<Vec<ApiKey>> {
    let query = format!("{COLUMNS} AND {IN_USE} AND ($2 IS NULL OR k.id < $2) ORDER BY k.id DESC LIMIT $3");
    let rows = queries.rows(sql!(&query, organisation, after, limit)).await?;
    let custom = custom_names(queries, organisation).await?;
    rows.iter().map(|row| key(row, &custom)).collect()
}

/// One key that wasn't revoked.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such key.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: ApiKeyId) -> Result<ApiKey> {
    let query = format!("{COLUMNS} AND {IN_USE} AND k.id = $2");
    let row = queries.row(sql!(&query, organisation, id)).await?.ok_or(Error::NotFound)?;
    let custom = custom_names(queries, organisation).await?;
    key(&row, &custom)
}

/// The key of a hash that may act at this time. The organisation follows from the key.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<LiveKey>> {
    let row = queries
        .row(sql!(
            "SELECT k.organisation_id, k.id, k.name, k.role, CASE WHEN k.token_hash = $1 OR k.former_until > k.expires_at
             THEN k.expires_at ELSE k.former_until END, k.used_at, o.policy_epoch, k.scopes, k.networks
             FROM api_keys k JOIN organisations o ON o.id = k.organisation_id
             WHERE k.id = (SELECT t.id FROM api_keys t WHERE t.token_hash = $1
                           UNION SELECT f.id FROM api_keys f WHERE f.former_token_hash = $1 AND f.former_until > $2)
             AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)",
            token_hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(LiveKey {
        organisation: columns.next()?,
        id: columns.next()?,
        name: columns.next()?,
        rights: rights(&columns.next::<String>()?)?,
        expires_at: columns.next()?,
        used_at: columns.next()?,
        policy_epoch: columns.next()?,
        scopes: scopes_of(columns.next()?)?,
        networks: networks_of(columns.next()?),
    }))
}

/// A text of a key that signs secrets.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The organisation.
    pub organisation: OrganisationId,
    /// SHA-256 of the text.
    pub text_hash: [u8; 32],
    /// What it signs with, sealed.
    pub sealed_secret_key: Vec<u8>,
}

/// The texts of a key that are taken at this time: the present one, and the one before while a rotation overlaps.
///
/// # Errors
/// When the database is away.
pub async fn signing(queries: &mut impl Queries, id: ApiKeyId, now: Timestamp) -> Result<Vec<Signing>> {
    let query = sql!(
        "SELECT organisation_id, token_hash, sealed_secret_key, CASE WHEN former_until > $2 THEN former_token_hash END,
         former_sealed_secret_key FROM api_keys
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        id,
        now
    );
    let Some(row) = queries.row(query).await? else { return Ok(Vec::new()) };
    let organisation = row.get(0)?;
    let mut texts = Vec::new();
    for place in [1, 3] {
        let (hash, sealed): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(place)?, row.get(place + 1)?);
        if let (Some(hash), Some(sealed_secret_key)) = (hash, sealed) {
            let text_hash = hash.try_into().map_err(|_| Error::Corrupt("a hash that is none"))?;
            texts.push(Signing { organisation, text_hash, sealed_secret_key });
        }
    }
    Ok(texts)
}

/// The organisation of a key, however it stands with it; nothing when there is none.
///
/// # Errors
/// When the database is away.
pub async fn organisation_of(queries: &mut impl Queries, id: ApiKeyId) -> Result<Option<OrganisationId>> {
    queries.scalar(sql!("SELECT organisation_id FROM api_keys WHERE id = $1", id)).await
}

/// The rights of a key that may act at this time, and what it is narrowed to.
///
/// # Errors
/// [`Error::NotFound`] when it was revoked or has expired.
pub async fn rights_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (id, text): (ApiKeyId, Option<[u8; 32]>),
    now: Timestamp,
) -> Result<(KeyRights, Option<PermissionSet>)> {
    let query = sql!(
        "SELECT role, scopes FROM api_keys WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL
         AND (expires_at IS NULL OR expires_at > $3)
         AND ($4 IS NULL OR token_hash = $4 OR (former_token_hash = $4 AND former_until > $3))",
        organisation,
        id,
        now,
        text.map(|hash| hash.to_vec())
    );
    let row = queries.row(query).await?.ok_or(Error::NotFound)?;
    Ok((rights(&row.get::<String>(0)?)?, scopes_of(row.get(1)?)?))
}

/// Another text for a key.
#[derive(Debug, Clone)]
pub struct Rotation<'new> {
    /// SHA-256 of the new text.
    pub token_hash: [u8; 32],
    /// Its first characters.
    pub prefix: &'new str,
    /// What its daily secret is signed with, sealed.
    pub sealed_secret_key: Vec<u8>,
    /// When the key ends now.
    pub expires_at: Option<Timestamp>,
    /// Until when the text before is taken too.
    pub former_until: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// Gives a key another text. The one before goes on until its time; one before that ends.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such key.
pub async fn rotate(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ApiKeyId,
    rotation: &Rotation<'_>,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE api_keys SET former_token_hash = token_hash, former_until = $6, token_hash = $3, prefix = $4,
             expires_at = $5, former_sealed_secret_key = sealed_secret_key, sealed_secret_key = $7,
             end_told_at = NULL, renewed_at = $8
             WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL",
            organisation,
            id,
            rotation.token_hash,
            rotation.prefix,
            rotation.expires_at,
            rotation.former_until,
            rotation.sealed_secret_key.clone(),
            rotation.at
        ))
        .await?;
    advance_policy_epoch(transaction, organisation).await
}

/// From where a key may be used; nothing is everywhere.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such key.
pub async fn networks(queries: &mut impl Queries, organisation: OrganisationId, id: ApiKeyId) -> Result<Vec<String>> {
    let query = "SELECT networks FROM api_keys WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL";
    let row = queries.row(sql!(query, organisation, id)).await?.ok_or(Error::NotFound)?;
    Ok(networks_of(row.get(0)?))
}

/// Says from where a key may be used.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such key.
pub async fn set_networks(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ApiKeyId,
    networks: &[String],
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    let update = "UPDATE api_keys SET networks = $3 WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL";
    transaction.execute_one(sql!(update, organisation, id, text_of(networks))).await?;
    advance_policy_epoch(transaction, organisation).await
}

/// Remembers that a key is in use, when the last time is at least [`TOUCH_SECONDS`] past.
///
/// # Errors
/// When the database refuses.
pub async fn touch(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE api_keys SET used_at = $3
             WHERE organisation_id = $1 AND id = $2 AND (used_at IS NULL OR used_at <= $4)",
            organisation,
            id,
            now,
            now.plus_seconds(-TOUCH_SECONDS)
        ))
        .await
        .map(|_| ())
}

/// Revokes a key for good, and says its name.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such key or it is revoked already.
pub async fn revoke(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ApiKeyId,
    now: Timestamp,
) -> Result<String> {
    lock_policy(transaction, organisation).await?;
    let name = transaction
        .scalar(sql!(
            "UPDATE api_keys SET revoked_at = $3 WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL
             RETURNING name",
            organisation,
            id,
            now
        ))
        .await?
        .ok_or(Error::NotFound)?;
    advance_policy_epoch(transaction, organisation).await?;
    Ok(name)
}

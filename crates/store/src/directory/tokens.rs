//! SCIM tokens: found by the hash of their text in one query, touched at most once a minute.

use crate::access::{advance_policy_epoch, lock_policy};
use crate::database::{Queries, Row, sql};
use crate::identity::sessions::TOUCH_SECONDS;
use crate::{Error, Result, Transaction};
use soundkeep_domain::{OrganisationId, ProviderId, ScimTokenId, Timestamp, UserId};

/// A token that is made.
#[derive(Debug, Clone)]
pub struct NewToken<'new> {
    /// Its id.
    pub id: ScimTokenId,
    /// The provider that it is for.
    pub provider: ProviderId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Its first characters, by which people know it.
    pub prefix: &'new str,
    /// Who made it, if a person did.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: ScimTokenId,
    /// The provider that it is for.
    pub provider: ProviderId,
    /// Its first characters.
    pub prefix: String,
    /// Who made it, if a person did.
    pub created_by: Option<(UserId, String)>,
    /// When.
    pub created_at: Timestamp,
    /// When it was given its present text.
    pub begun_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Until when the text before is taken too.
    pub former_until: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
}

/// A token that may act.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: ScimTokenId,
    /// The provider that it is for.
    pub provider: ProviderId,
    /// The provider's name.
    pub provider_name: String,
    /// When this text of it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub used_at: Option<Timestamp>,
    /// The policy epoch: what was read at this epoch is still right.
    pub policy_epoch: i64,
}

/// Makes a token.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such provider.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewToken<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO scim_tokens (organisation_id, id, provider_id, token_hash, prefix, created_by, created_at,
             expires_at) SELECT p.organisation_id, $2, p.id, $4, $5, $6, $7, $8 FROM identity_providers p
             WHERE p.organisation_id = $1 AND p.id = $3",
            organisation,
            new.id,
            new.provider,
            new.token_hash,
            new.prefix,
            new.created_by,
            new.created_at,
            new.expires_at
        ))
        .await
}

fn token(row: &Row) -> Result<Token> {
    let mut columns = row.columns();
    let (id, provider, prefix) = (columns.next()?, columns.next()?, columns.next()?);
    let maker: Option<UserId> = columns.next()?;
    let maker_name: Option<String> = columns.next()?;
    Ok(Token {
        id,
        provider,
        prefix,
        created_by: maker.map(|maker| (maker, maker_name.unwrap_or_default())),
        created_at: columns.next()?,
        begun_at: columns.next()?,
        expires_at: columns.next()?,
        former_until: columns.next()?,
        used_at: columns.next()?,
    })
}

const COLUMNS: &str = "SELECT t.id, t.provider_id, t.prefix, t.created_by, u.name, t.created_at,
                       COALESCE(t.renewed_at, t.created_at), t.expires_at, t.former_until, t.used_at FROM scim_tokens t
                       LEFT JOIN users u ON u.organisation_id = t.organisation_id AND u.id = t.created_by
                       WHERE t.organisation_id = $1 AND t.revoked_at IS NULL";

/// The tokens of a provider that weren't revoked, newest first; expired ones too.
///
/// # Errors
/// When the database is away.
pub async fn of_provider(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<Vec<Token>> {
    let query = format!("{COLUMNS} AND t.provider_id = $2 ORDER BY t.id DESC");
    queries.rows(sql!(&query, organisation, provider)).await?.iter().map(token).collect()
}

/// One token of a provider that wasn't revoked.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (provider, id): (ProviderId, ScimTokenId),
) -> Result<Token> {
    let query = format!("{COLUMNS} AND t.provider_id = $2 AND t.id = $3");
    token(&queries.row(sql!(&query, organisation, provider, id)).await?.ok_or(Error::NotFound)?)
}

/// The token of a hash that may act at this time. The organisation follows from it.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, hash: &[u8; 32], now: Timestamp) -> Result<Option<LiveToken>> {
    let row = queries
        .row(sql!(
            "SELECT t.organisation_id, t.id, t.provider_id, p.name,
             CASE WHEN t.token_hash = $1 OR t.former_until > t.expires_at THEN t.expires_at ELSE t.former_until END,
             t.used_at, o.policy_epoch FROM scim_tokens t JOIN organisations o ON o.id = t.organisation_id
             JOIN identity_providers p ON p.organisation_id = t.organisation_id AND p.id = t.provider_id
             WHERE t.id = (SELECT n.id FROM scim_tokens n WHERE n.token_hash = $1
                           UNION SELECT f.id FROM scim_tokens f WHERE f.former_token_hash = $1 AND f.former_until > $2)
             AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)",
            hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(LiveToken {
        organisation: columns.next()?,
        id: columns.next()?,
        provider: columns.next()?,
        provider_name: columns.next()?,
        expires_at: columns.next()?,
        used_at: columns.next()?,
        policy_epoch: columns.next()?,
    }))
}

/// Another text of a token.
#[derive(Debug, Clone)]
pub struct Rotation<'new> {
    /// SHA-256 of the new text.
    pub token_hash: [u8; 32],
    /// Its first characters.
    pub prefix: &'new str,
    /// When the token ends now.
    pub expires_at: Option<Timestamp>,
    /// Until when the text before is taken too.
    pub former_until: Timestamp,
    /// When.
    pub at: Timestamp,
}

/// Gives a token another text. The one before goes on until its time; one before that ends.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such token.
pub async fn rotate(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ScimTokenId,
    rotation: &Rotation<'_>,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE scim_tokens SET former_token_hash = token_hash, former_until = $6, token_hash = $3, prefix = $4,
             expires_at = $5, end_told_at = NULL, renewed_at = $7 WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL",
            organisation,
            id,
            rotation.token_hash,
            rotation.prefix,
            rotation.expires_at,
            rotation.former_until,
            rotation.at
        ))
        .await?;
    advance_policy_epoch(transaction, organisation).await
}

/// Revokes a token for good.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such token or it is revoked already.
pub async fn revoke(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ScimTokenId,
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE scim_tokens SET revoked_at = $3 WHERE organisation_id = $1 AND id = $2 AND revoked_at IS NULL",
            organisation,
            id,
            now
        ))
        .await?;
    advance_policy_epoch(transaction, organisation).await
}

/// Remembers that a token is in use, when the last time is long enough past.
///
/// # Errors
/// When the database refuses.
pub async fn touch(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ScimTokenId,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE scim_tokens SET used_at = $3
             WHERE organisation_id = $1 AND id = $2 AND (used_at IS NULL OR used_at <= $4)",
            organisation,
            id,
            now,
            now.plus_seconds(-TOUCH_SECONDS)
        ))
        .await
        .map(|_| ())
}

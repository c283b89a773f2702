//! Access tokens of programs: hashes, found in one query, each as good as the text of the key behind it.
//!
//! A token says for itself only when it ends and what it is narrowed to. Whether its key may act, and by which text, is
//! asked each time, so that revoking or rotating a key needs no look at its tokens.

use super::api_keys::{self, LiveKey, scopes_of};
use crate::access::{advance_policy_epoch, lock_policy};
use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::PermissionSet;
use soundkeep_domain::{AccessTokenId, ApiKeyId, OrganisationId, Timestamp};
use std::collections::HashMap;

/// A token that is given out.
#[derive(Debug, Clone)]
pub struct NewAccessToken {
    /// Its id.
    pub id: AccessTokenId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub key: ApiKeyId,
    /// SHA-256 of the key's text that it was asked for with.
    pub key_text_hash: [u8; 32],
    /// What it is narrowed to, besides its key.
    pub scopes: Option<PermissionSet>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A token that may act, with its key.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// Which.
    pub id: AccessTokenId,
    /// When it was given out.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub ends_at: Timestamp,
    /// SHA-256 of the key's text that it was asked for with.
    pub key_text_hash: [u8; 32],
    /// The key behind it, narrowed and ended as the token is.
    pub key: LiveKey,
}

/// Adds a token.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewAccessToken) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO access_tokens (organisation_id, id, token_hash, api_key_id, key_text_hash, scopes, created_at,
             expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            organisation,
            new.id,
            new.token_hash,
            new.key,
            new.key_text_hash,
            new.scopes.map(|scopes| scopes.to_string()),
            new.created_at,
            new.expires_at
        ))
        .await
}

/// The token of a hash that may act at this time. The organisation follows from the token.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<LiveToken>> {
    let row = queries
        .row(sql!(
            "SELECT t.id, t.key_text_hash, t.scopes, t.created_at, t.expires_at, o.policy_epoch
             FROM access_tokens t JOIN organisations o ON o.id = t.organisation_id
             WHERE t.token_hash = $1 AND t.ended_at IS NULL AND t.expires_at > $2",
            token_hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    let (id, text): (AccessTokenId, Vec<u8>) = (columns.next()?, columns.next()?);
    let scopes = scopes_of(columns.next()?)?;
    let (created_at, expires_at): (Timestamp, Timestamp) = (columns.next()?, columns.next()?);
    let policy_epoch = columns.next()?;
    let text: [u8; 32] = text.try_into().map_err(|_| Error::Corrupt("a hash that is none"))?;
    let Some(key) = api_keys::find(queries, &text, now).await? else { return Ok(None) };
    let key = LiveKey {
        scopes: PermissionSet::narrower(key.scopes, scopes),
        expires_at: Some(key.expires_at.map_or(expires_at, |end| end.min(expires_at))),
        // The key was read after the token: what was revoked in between has advanced the epoch since.
        policy_epoch,
        ..key
    };
    Ok(Some(LiveToken { id, created_at, ends_at: expires_at, key_text_hash: text, key }))
}

/// What a token that hasn't ended is narrowed to.
///
/// # Errors
/// [`Error::NotFound`] when it has.
pub async fn narrowed_to(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<PermissionSet>> {
    let query = "SELECT scopes FROM access_tokens
                 WHERE organisation_id = $1 AND token_hash = $2 AND ended_at IS NULL AND expires_at > $3";
    let row = queries.row(sql!(query, organisation, token_hash, now)).await?.ok_or(Error::NotFound)?;
    scopes_of(row.get(0)?)
}

/// Whose a token is, and which, however it stands with it; nothing when there is none.
///
/// # Errors
/// When the database is away.
pub async fn owner(
    queries: &mut impl Queries,
    token_hash: &[u8; 32],
) -> Result<Option<(OrganisationId, ApiKeyId, AccessTokenId)>> {
    let query = "SELECT organisation_id, api_key_id, id FROM access_tokens WHERE token_hash = $1";
    let row = queries.row(sql!(query, token_hash)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()
}

/// Ends one token of a key, or all, and says how many hadn't ended. All nodes learn of it with the policy epoch.
///
/// # Errors
/// When the database refuses.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (key, one): (ApiKeyId, Option<AccessTokenId>),
    now: Timestamp,
) -> Result<u64> {
    lock_policy(transaction, organisation).await?;
    let update = sql!(
        "UPDATE access_tokens SET ended_at = $4 WHERE organisation_id = $1 AND api_key_id = $2
         AND ($3 IS NULL OR id = $3) AND ended_at IS NULL AND expires_at > $4",
        organisation,
        key,
        one,
        now
    );
    let ended = transaction.execute(update).await?;
    if ended > 0 {
        advance_policy_epoch(transaction, organisation).await?;
    }
    Ok(ended)
}

/// How many tokens of each key may act at this time.
///
/// # Errors
/// When the database is away.
pub async fn active(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<HashMap<ApiKeyId, i64>> {
    let query = sql!(
        "SELECT k.id, count(*) FROM api_keys k
         JOIN access_tokens t ON t.organisation_id = k.organisation_id AND t.api_key_id = k.id
         WHERE k.organisation_id = $1 AND t.ended_at IS NULL AND t.expires_at > $2
         AND (t.key_text_hash = k.token_hash OR (t.key_text_hash = k.former_token_hash AND k.former_until > $2))
         GROUP BY k.id",
        organisation,
        now
    );
    queries.rows(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

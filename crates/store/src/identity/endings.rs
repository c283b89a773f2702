//! Keys of programs and tokens of directories that end: which were not told of yet.

use crate::database::{Queries, Row, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{ApiKeyId, OrganisationId, ScimTokenId, Timestamp, UserId};

/// What ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A SCIM token.
    ScimToken(ScimTokenId),
}

/// A key or token that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which.
    pub which: Which,
    /// The key's name, or that of the token's provider.
    pub name: String,
    /// Who made it, if a person did.
    pub made_by: Option<UserId>,
    /// When it was given its present text.
    pub begun_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

fn ending(row: &Row, which: Which) -> Result<Ending> {
    Ok(Ending { which, name: row.get(1)?, made_by: row.get(2)?, begun_at: row.get(3)?, ends_at: row.get(4)? })
}

/// The keys and tokens that act, end by then, and weren't told of.
///
/// # Errors
/// When the database is away.
pub async fn untold(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (now, until): (Timestamp, Timestamp),
) -> Result<Vec<Ending>> {
    let keys = "SELECT id, name, created_by, COALESCE(renewed_at, created_at), expires_at FROM api_keys
                WHERE organisation_id = $1 AND expires_at > $2 AND expires_at <= $3 AND expires_at IS NOT NULL
                AND end_told_at IS NULL AND revoked_at IS NULL ORDER BY expires_at, id";
    let rows = queries.rows(sql!(keys, organisation, now, until)).await?;
    let mut found = rows.iter().map(|row| ending(row, Which::ApiKey(row.get(0)?))).collect::<Result<Vec<Ending>>>()?;
    let tokens = "SELECT t.id, p.name, t.created_by, COALESCE(t.renewed_at, t.created_at), t.expires_at
                  FROM scim_tokens t
                  JOIN identity_providers p ON p.organisation_id = t.organisation_id AND p.id = t.provider_id
                  WHERE t.organisation_id = $1 AND t.expires_at > $2 AND t.expires_at <= $3
                  AND t.expires_at IS NOT NULL AND t.end_told_at IS NULL AND t.revoked_at IS NULL
                  ORDER BY t.expires_at, t.id";
    let rows = queries.rows(sql!(tokens, organisation, now, until)).await?;
    for row in &rows {
        found.push(ending(row, Which::ScimToken(row.get(0)?))?);
    }
    Ok(found)
}

/// Remembers that the end of one was told; says whether it wasn't before.
///
/// # Errors
/// When the database refuses.
pub async fn tell(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (which, ends_at): (Which, Timestamp),
    now: Timestamp,
) -> Result<bool> {
    let key = "UPDATE api_keys SET end_told_at = $4 WHERE organisation_id = $1 AND id = $2 AND expires_at = $3
               AND end_told_at IS NULL AND revoked_at IS NULL";
    let token = "UPDATE scim_tokens SET end_told_at = $4 WHERE organisation_id = $1 AND id = $2 AND expires_at = $3
                 AND end_told_at IS NULL AND revoked_at IS NULL";
    let changed = match which {
        Which::ApiKey(id) => transaction.execute(sql!(key, organisation, id, ends_at, now)).await?,
        Which::ScimToken(id) => transaction.execute(sql!(token, organisation, id, ends_at, now)).await?,
    };
    Ok(changed > 0)
}

//! One-time links: set-up, invitation, new password, demo.

use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::identity::LinkPurpose;
use soundkeep_domain::{LinkId, OrganisationId, Timestamp, UserId};

/// A link that is made.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// Its id.
    pub id: LinkId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// What it is for.
    pub purpose: LinkPurpose,
    /// For whom; nobody yet at set-up.
    pub user: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// A link that can be used.
#[derive(Debug, Clone)]
pub struct Link {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// The link.
    pub id: LinkId,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// For whom.
    pub user: Option<UserId>,
    /// Their email address.
    pub email: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// Makes a link. Those of the same purpose and user that weren't used end.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewLink) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE links SET used_at = $4 WHERE organisation_id = $1 AND purpose = $2 AND used_at IS NULL
             AND ($3 IS NULL OR user_id = $3)",
            organisation,
            new.purpose.word(),
            new.user,
            new.created_at
        ))
        .await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO links (organisation_id, id, token_hash, purpose, user_id, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organisation,
            new.id,
            new.token_hash,
            new.purpose.word(),
            new.user,
            new.created_at,
            new.expires_at
        ))
        .await
}

/// The link of a token's hash, if it can be used at this time. The organisation follows from the link.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Link>> {
    let row = queries
        .row(sql!(
            "SELECT l.organisation_id, o.name, l.id, l.purpose, l.user_id, u.email, u.name, l.expires_at
             FROM links l JOIN organisations o ON o.id = l.organisation_id
             LEFT JOIN users u ON u.organisation_id = l.organisation_id AND u.id = l.user_id
             WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2",
            token_hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(Link {
        organisation: columns.next()?,
        organisation_name: columns.next()?,
        id: columns.next()?,
        purpose: LinkPurpose::from_word(&columns.next::<String>()?)
            .ok_or(Error::Corrupt("an unknown purpose of a link"))?,
        user: columns.next()?,
        email: columns.next()?,
        name: columns.next()?,
        expires_at: columns.next()?,
    }))
}

/// Uses a link up: of two who try at once, one succeeds.
///
/// # Errors
/// [`Error::NotFound`] when it was used or has expired.
pub async fn use_up(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: LinkId,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE links SET used_at = $3
             WHERE organisation_id = $1 AND id = $2 AND used_at IS NULL AND expires_at > $3",
            organisation,
            id,
            now
        ))
        .await
}

/// Ends all links of a user that weren't used.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE links SET used_at = $3 WHERE organisation_id = $1 AND user_id = $2 AND used_at IS NULL";
    transaction.execute(sql!(update, organisation, user, now)).await.map(|_| ())
}

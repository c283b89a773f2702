//! Passkeys by the hash of their credential's id, and what authenticators were asked. Holds passkeys sealed.

use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::identity::FactorKind;
use soundkeep_domain::{FactorId, OrganisationId, Timestamp, UserId};

/// A passkey that is set up; it counts at once, because it showed that it works.
#[derive(Debug, Clone)]
pub struct NewPasskey<'new> {
    /// Its id.
    pub id: FactorId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: &'new str,
    /// SHA-256 of its credential's id.
    pub credential_hash: [u8; 32],
    /// The sealed passkey.
    pub sealed: &'new [u8],
    /// When.
    pub created_at: Timestamp,
}

/// A passkey that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Whose.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// The factor.
    pub id: FactorId,
    /// The sealed passkey.
    pub sealed: Vec<u8>,
}

/// Adds a passkey.
///
/// # Errors
/// [`crate::Error::Conflict`] when its credential is somebody's already.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewPasskey<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO factors (organisation_id, id, user_id, kind, name, sealed_secret, last_step, created_at,
             confirmed_at, credential_hash) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $7, $8)",
            organisation,
            new.id,
            new.user,
            FactorKind::Passkey.word(),
            new.name,
            new.sealed.to_vec(),
            new.created_at,
            new.credential_hash
        ))
        .await
}

/// The passkey of a credential's hash, of somebody who may come in. The organisation follows from the passkey.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, credential_hash: [u8; 32]) -> Result<Option<Found>> {
    let row = queries
        .row(sql!(
            "SELECT f.organisation_id, f.user_id, u.name, f.id, f.sealed_secret
             FROM factors f JOIN users u ON u.organisation_id = f.organisation_id AND u.id = f.user_id
             WHERE f.credential_hash = $1 AND u.state = 'active'",
            credential_hash
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(Found {
        organisation: columns.next()?,
        user: columns.next()?,
        user_name: columns.next()?,
        id: columns.next()?,
        sealed: columns.next()?,
    }))
}

/// Remembers what a passkey became by being used: its counter goes on.
///
/// # Errors
/// [`crate::Error::NotFound`] when it was used or taken away at the same moment.
pub async fn used(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: FactorId,
    (before, after): (&[u8], &[u8]),
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE factors SET sealed_secret = $4, used_at = $5
                  WHERE organisation_id = $1 AND id = $2 AND sealed_secret = $3";
    transaction.execute_one(sql!(update, organisation, id, before.to_vec(), after.to_vec(), now)).await
}

/// Whether a user has a passkey: it lets them in without a password.
///
/// # Errors
/// When the database is away.
pub async fn has_any(queries: &mut impl Queries, organisation: OrganisationId, user: UserId) -> Result<bool> {
    let query = "SELECT count(*) FROM factors WHERE organisation_id = $1 AND user_id = $2 AND kind = $3";
    let kind = FactorKind::Passkey.word();
    Ok(queries.scalar::<i64>(sql!(query, organisation, user, kind)).await?.unwrap_or(0) > 0)
}

/// What an authenticator was asked.
#[derive(Debug, Clone)]
pub struct NewChallenge<'new> {
    /// SHA-256 of what the browser shows with the answer.
    pub token_hash: [u8; 32],
    /// What for.
    pub purpose: &'new str,
    /// The session, sign-in or link that it was asked in; zeros at the door.
    pub bound_to: [u8; 16],
    /// What the answer is checked against.
    pub state: &'new str,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// Keeps what an authenticator was asked, and forgets what can't be answered any more.
///
/// # Errors
/// When the database refuses.
pub async fn ask(transaction: &mut Transaction, new: &NewChallenge<'_>, now: Timestamp) -> Result<()> {
    let over = "DELETE FROM passkey_challenges WHERE expires_at <= $1";
    transaction.execute(sql!(over, now)).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO passkey_challenges (token_hash, purpose, bound_to, state, expires_at)
             VALUES ($1, $2, $3, $4, $5)",
            new.token_hash,
            new.purpose,
            &new.bound_to,
            new.state,
            new.expires_at
        ))
        .await
}

/// Takes what was asked for this purpose, in this session, sign-in or link: of two who answer it, one succeeds.
///
/// # Errors
/// When the database refuses.
pub async fn take(
    transaction: &mut Transaction,
    token_hash: &[u8; 32],
    (purpose, bound_to): (&str, [u8; 16]),
    now: Timestamp,
) -> Result<Option<String>> {
    let delete = "DELETE FROM passkey_challenges
                  WHERE token_hash = $1 AND purpose = $2 AND bound_to = $3 AND expires_at > $4 RETURNING state";
    transaction.scalar(sql!(delete, token_hash, purpose, &bound_to, now)).await
}

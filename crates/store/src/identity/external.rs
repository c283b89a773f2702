//! Who people are elsewhere, and sign-ins that are at a provider at the moment.

use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::identity::Purpose;
use soundkeep_domain::{FederatedSignInId, OrganisationId, ProviderId, SessionId, Timestamp, UserId};

/// Who somebody is whom a provider calls so.
///
/// # Errors
/// When the database is away.
pub async fn user_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    subject: &str,
) -> Result<Option<UserId>> {
    let query = "SELECT user_id FROM external_identities
                 WHERE organisation_id = $1 AND provider_id = $2 AND subject = $3";
    queries.scalar(sql!(query, organisation, provider, subject)).await
}

/// The providers that somebody comes in through.
///
/// # Errors
/// When the database is away.
pub async fn providers_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Vec<ProviderId>> {
    let query = "SELECT DISTINCT provider_id FROM external_identities WHERE organisation_id = $1 AND user_id = $2";
    queries.rows(sql!(query, organisation, user)).await?.iter().map(|row| row.get(0)).collect()
}

/// Remembers who somebody is at a provider.
///
/// # Errors
/// [`Error::Conflict`] when the provider calls somebody else so.
pub async fn link(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (provider, subject): (ProviderId, &str),
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let insert = "INSERT INTO external_identities (organisation_id, provider_id, subject, user_id, created_at)
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organisation_id, provider_id, subject) DO NOTHING";
    match transaction.execute(sql!(insert, organisation, provider, subject, user, now)).await? {
        0 => Err(Error::Conflict("the provider calls somebody else so")),
        _ => Ok(()),
    }
}

/// Forgets who somebody is at all providers, and says at how many.
///
/// # Errors
/// When the database refuses.
pub async fn unlink(transaction: &mut Transaction, organisation: OrganisationId, user: UserId) -> Result<u64> {
    let delete = "DELETE FROM external_identities WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(delete, organisation, user)).await
}

/// A sign-in that goes to a provider.
#[derive(Debug, Clone)]
pub struct NewFederated<'new> {
    /// Its id.
    pub id: FederatedSignInId,
    /// SHA-256 of what the provider hands back.
    pub state_hash: [u8; 32],
    /// SHA-256 of what the browser keeps.
    pub browser_hash: [u8; 32],
    /// To which provider.
    pub provider: ProviderId,
    /// What for.
    pub purpose: Purpose,
    /// The session and its user, unless it is to sign in.
    pub whose: Option<(SessionId, UserId)>,
    /// Where the browser goes afterwards.
    pub return_to: &'new str,
    /// Sealed: what only we know of it.
    pub sealed_secret: &'new [u8],
    /// When.
    pub created_at: Timestamp,
    /// Until when the answer is taken.
    pub expires_at: Timestamp,
}

/// A sign-in that came back from a provider.
#[derive(Debug, Clone)]
pub struct Federated {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: FederatedSignInId,
    /// From which provider.
    pub provider: ProviderId,
    /// What for.
    pub purpose: Purpose,
    /// The session and its user, unless it is to sign in.
    pub whose: Option<(SessionId, UserId)>,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// Sealed: what only we know of it.
    pub sealed_secret: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
}

/// Keeps a sign-in that goes to a provider.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewFederated<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO federated_sign_ins (organisation_id, id, state_hash, browser_hash, provider_id, purpose,
             session_id, user_id, return_to, sealed_secret, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            organisation,
            new.id,
            new.state_hash,
            new.browser_hash,
            new.provider,
            new.purpose.word(),
            new.whose.map(|(session, _)| session),
            new.whose.map(|(_, user)| user),
            new.return_to,
            new.sealed_secret,
            new.created_at,
            new.expires_at
        ))
        .await
}

/// The sign-in that a provider answers, in the browser in which it began, if it still waits. The organisation follows
/// from it.
///
/// # Errors
/// When the database is away.
pub async fn find(
    queries: &mut impl Queries,
    (state_hash, browser_hash): (&[u8; 32], &[u8; 32]),
    now: Timestamp,
) -> Result<Option<Federated>> {
    let query = "SELECT organisation_id, id, provider_id, purpose, session_id, user_id, return_to, sealed_secret,
                 created_at FROM federated_sign_ins
                 WHERE state_hash = $1 AND browser_hash = $2 AND ended_at IS NULL AND expires_at > $3";
    let Some(row) = queries.row(sql!(query, state_hash, browser_hash, now)).await? else { return Ok(None) };
    let mut columns = row.columns();
    let (organisation, id, provider) = (columns.next()?, columns.next()?, columns.next()?);
    let purpose: String = columns.next()?;
    let session: Option<SessionId> = columns.next()?;
    let user: Option<UserId> = columns.next()?;
    Ok(Some(Federated {
        organisation,
        id,
        provider,
        purpose: Purpose::from_word(&purpose).ok_or(Error::Corrupt("an unknown purpose"))?,
        whose: session.zip(user),
        return_to: columns.next()?,
        sealed_secret: columns.next()?,
        created_at: columns.next()?,
    }))
}

/// Ends a sign-in that came back, perhaps with a sealed result: of two answers one counts.
///
/// # Errors
/// [`Error::NotFound`] when it has ended already.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: FederatedSignInId,
    sealed_result: Option<&[u8]>,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE federated_sign_ins SET ended_at = $3, sealed_result = $4
                  WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL";
    transaction.execute_one(sql!(update, organisation, id, now, sealed_result.map(<[u8]>::to_vec))).await
}

/// The sealed result of the newest test of a provider that a user made after this time.
///
/// # Errors
/// When the database is away.
pub async fn last_test(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (provider, user): (ProviderId, UserId),
    after: Timestamp,
) -> Result<Option<(FederatedSignInId, Vec<u8>)>> {
    let query = "SELECT id, sealed_result FROM federated_sign_ins
                 WHERE organisation_id = $1 AND provider_id = $2 AND user_id = $3 AND purpose = 'test'
                 AND sealed_result IS NOT NULL AND created_at > $4 ORDER BY id DESC LIMIT 1";
    let row = queries.row(sql!(query, organisation, provider, user, after)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Forgets those that began before this time.
///
/// # Errors
/// When the database refuses.
pub async fn forget(transaction: &mut Transaction, organisation: OrganisationId, before: Timestamp) -> Result<()> {
    let delete = "DELETE FROM federated_sign_ins WHERE organisation_id = $1 AND created_at < $2";
    transaction.execute(sql!(delete, organisation, before)).await.map(|_| ())
}

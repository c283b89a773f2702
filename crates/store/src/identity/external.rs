//! Who people are elsewhere, and sign-ins that came back from there.

use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::identity::Purpose;
use soundkeep_domain::{FederatedSignInId, OrganisationId, ProviderId, Timestamp, UserId};

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

/// Whether a provider's names stand for anybody here.
///
/// # Errors
/// When the database is away.
pub async fn has_people(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<bool> {
    let query = "SELECT count(*) FROM external_identities WHERE organisation_id = $1 AND provider_id = $2";
    Ok(queries.scalar::<i64>(sql!(query, organisation, provider)).await?.unwrap_or(0) > 0)
}

/// A provider through which somebody comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// The provider's name.
    pub name: String,
    /// What stands in its addresses.
    pub slug: String,
}

/// The providers through which these users come in, in the order of their names.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<Vec<Identity>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new(
        "SELECT DISTINCT e.user_id, p.name, p.slug FROM external_identities e
         JOIN identity_providers p ON p.organisation_id = e.organisation_id AND p.id = e.provider_id
         WHERE e.organisation_id = ",
    );
    query
        .bind(organisation)
        .push(" AND e.user_id IN (")
        .bind_all(users.iter().copied())
        .push(") ORDER BY p.name, p.slug");
    let identity = |row: &Row| {
        let mut columns = row.columns();
        Ok(Identity { user: columns.next()?, name: columns.next()?, slug: columns.next()? })
    };
    queries.rows(query).await?.iter().map(identity).collect()
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

/// A sign-in that came back from a provider.
#[derive(Debug, Clone)]
pub struct Back<'back> {
    /// Its id.
    pub id: FederatedSignInId,
    /// From which provider.
    pub provider: ProviderId,
    /// What for.
    pub purpose: Purpose,
    /// Whose, unless it is to sign in.
    pub user: Option<UserId>,
    /// Of a test: what came of it, sealed.
    pub sealed_result: Option<&'back [u8]>,
    /// When.
    pub ended_at: Timestamp,
}

/// Remembers that a sign-in came back: of two answers one counts.
///
/// # Errors
/// [`Error::Conflict`] when it came back already.
pub async fn came_back(transaction: &mut Transaction, organisation: OrganisationId, back: &Back<'_>) -> Result<()> {
    let insert = "INSERT INTO federated_sign_ins (organisation_id, id, provider_id, purpose, user_id, ended_at,
                  sealed_result) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING";
    let added = transaction
        .execute(sql!(
            insert,
            organisation,
            back.id,
            back.provider,
            back.purpose.word(),
            back.user,
            back.ended_at,
            back.sealed_result.map(<[u8]>::to_vec)
        ))
        .await?;
    if added == 0 { Err(Error::Conflict("this sign-in came back already")) } else { Ok(()) }
}

/// What came of the newest test of a provider that a user made after this time, sealed.
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
                 AND sealed_result IS NOT NULL AND ended_at > $4 ORDER BY ended_at DESC, id DESC LIMIT 1";
    let row = queries.row(sql!(query, organisation, provider, user, after)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Forgets those that came back before this time, with what tests showed of people.
///
/// # Errors
/// When the database refuses.
pub async fn forget(transaction: &mut Transaction, organisation: OrganisationId, before: Timestamp) -> Result<()> {
    let delete = "DELETE FROM federated_sign_ins WHERE organisation_id = $1 AND ended_at < $2";
    transaction.execute(sql!(delete, organisation, before)).await.map(|_| ())
}

//! Phone numbers of people, one of each. Knows nothing of what is sent to them.

use crate::database::{Queries, Sql, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, Timestamp, UserId};
use std::collections::BTreeMap;

/// The number of a user, if there is one.
///
/// # Errors
/// When the database is away.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, user: UserId) -> Result<Option<String>> {
    let query = "SELECT number FROM phone_numbers WHERE organisation_id = $1 AND user_id = $2";
    queries.scalar(sql!(query, organisation, user)).await
}

/// When the owner of a number confirmed it; nothing when they have none, or haven't yet.
///
/// # Errors
/// When the database is away.
pub async fn confirmed_at(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Option<Timestamp>> {
    let query = "SELECT confirmed_at FROM phone_numbers WHERE organisation_id = $1 AND user_id = $2
                 AND confirmed_at IS NOT NULL";
    queries.scalar(sql!(query, organisation, user)).await
}

/// Remembers that the owner of a number showed a code that was sent to it; says whether they hadn't before.
///
/// # Errors
/// When the database refuses.
pub async fn confirm(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<bool> {
    let update = "UPDATE phone_numbers SET confirmed_at = $3 WHERE organisation_id = $1 AND user_id = $2
                  AND confirmed_at IS NULL";
    Ok(transaction.execute(sql!(update, organisation, user, now)).await? > 0)
}

/// The numbers of these users who have one, and when they were confirmed.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, (String, Option<Timestamp>)>> {
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = Sql::new("SELECT user_id, number, confirmed_at FROM phone_numbers WHERE organisation_id = ");
    query.bind(organisation).push(" AND user_id IN (").bind_all(users.iter().copied()).push(")");
    let rows = queries.rows(query).await?;
    rows.iter().map(|row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).collect()
}

/// Keeps a number in place of the one before.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    number: &str,
    now: Timestamp,
) -> Result<()> {
    remove(transaction, organisation, user).await?;
    let insert = "INSERT INTO phone_numbers (organisation_id, user_id, number, created_at) VALUES ($1, $2, $3, $4)";
    transaction.execute_one(sql!(insert, organisation, user, number.to_owned(), now)).await
}

/// Takes the number of a user away, and says whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn remove(transaction: &mut Transaction, organisation: OrganisationId, user: UserId) -> Result<bool> {
    let delete = "DELETE FROM phone_numbers WHERE organisation_id = $1 AND user_id = $2";
    Ok(transaction.execute(sql!(delete, organisation, user)).await? > 0)
}

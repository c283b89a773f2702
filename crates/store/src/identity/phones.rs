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

/// The numbers of these users who have one.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<BTreeMap<UserId, String>> {
    if users.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut query = Sql::new("SELECT user_id, number FROM phone_numbers WHERE organisation_id = ");
    query.bind(organisation).push(" AND user_id IN (").bind_all(users.iter().copied()).push(")");
    let rows = queries.rows(query).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
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

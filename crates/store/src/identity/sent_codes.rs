//! Codes that were sent to people, one of each person. Holds their hashes sealed, and opens none.

use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, Timestamp, UserId};

/// A code to be kept.
#[derive(Debug, Clone)]
pub struct SentCode {
    /// Its hash, sealed.
    pub sealed: Vec<u8>,
    /// How many wrong answers it bears.
    pub tries: i64,
    /// The number that it is to confirm; nothing for a code to sign in or to prove who somebody is with.
    pub number: Option<String>,
}

/// Keeps a code in place of the one before.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    code: &SentCode,
    (created_at, expires_at): (Timestamp, Timestamp),
) -> Result<()> {
    end(transaction, organisation, user).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO sent_codes (organisation_id, user_id, sealed, tries_left, created_at, expires_at, number)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organisation,
            user,
            code.sealed.clone(),
            code.tries,
            created_at,
            expires_at,
            code.number.clone()
        ))
        .await
}

/// Takes a try of the code of a user that proves who they are, and answers its sealed hash; nothing when there is no code,
/// or it has ended. Of two who try at once, each takes a try of their own.
///
/// # Errors
/// When the database refuses.
pub async fn take_try(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Vec<u8>>> {
    let update = "UPDATE sent_codes SET tries_left = tries_left - 1
                  WHERE organisation_id = $1 AND user_id = $2 AND tries_left > 0 AND expires_at > $3 AND number IS NULL
                  RETURNING sealed";
    transaction.scalar(sql!(update, organisation, user, now)).await
}

/// Takes a try of the code of a user that confirms a number, and answers the number with its sealed hash.
///
/// # Errors
/// When the database refuses.
pub async fn take_try_of_number(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<(String, Vec<u8>)>> {
    let update = "UPDATE sent_codes SET tries_left = tries_left - 1
                  WHERE organisation_id = $1 AND user_id = $2 AND tries_left > 0 AND expires_at > $3
                  AND number IS NOT NULL RETURNING number, sealed";
    let row = transaction.row(sql!(update, organisation, user, now)).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// The number that waits for its code.
///
/// # Errors
/// When the database is away.
pub async fn waiting_number(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<String>> {
    let query = "SELECT number FROM sent_codes WHERE organisation_id = $1 AND user_id = $2 AND tries_left > 0
                 AND expires_at > $3 AND number IS NOT NULL";
    queries.scalar(sql!(query, organisation, user, now)).await
}

/// Ends the code of a user, and says whether there was one: of two who use it at once, one does.
///
/// # Errors
/// When the database refuses.
pub async fn end(transaction: &mut Transaction, organisation: OrganisationId, user: UserId) -> Result<bool> {
    let delete = "DELETE FROM sent_codes WHERE organisation_id = $1 AND user_id = $2";
    Ok(transaction.execute(sql!(delete, organisation, user)).await? > 0)
}

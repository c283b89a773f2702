//! What waits to be sent, in rows: claimed by one node at a time, taken up by another when that one is gone.
//!
//! A claim puts the row off until its lease is over, and has a fence: who comes back later than that changes nothing.
//! Holds what is to be sent sealed, and opens none of it.

use crate::database::{Queries, Row, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{MessageId, OrganisationId, Timestamp, UserId};

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct NewMessage<'new> {
    /// Its id.
    pub id: MessageId,
    /// Who gets it.
    pub user: UserId,
    /// What it tells.
    pub kind: &'static str,
    /// To whom it goes and what it says, sealed.
    pub sealed: &'new [u8],
    /// When.
    pub created_at: Timestamp,
    /// From when on it is of no use.
    pub expires_at: Timestamp,
}

/// A message that a node has claimed.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: MessageId,
    /// Who gets it.
    pub user: UserId,
    /// What it tells.
    pub kind: String,
    /// To whom it goes and what it says, sealed.
    pub sealed: Vec<u8>,
    /// From when on it is of no use.
    pub expires_at: Timestamp,
    /// The number of the claim.
    pub fence: i64,
    /// How often it was claimed.
    pub attempts: i64,
}

const COLUMNS: &str = "organisation_id, id, user_id, kind, sealed, expires_at, fence, attempts";

fn message(row: &Row) -> Result<Message> {
    let mut columns = row.columns();
    Ok(Message {
        organisation: columns.next()?,
        id: columns.next()?,
        user: columns.next()?,
        kind: columns.next()?,
        sealed: columns.next()?,
        expires_at: columns.next()?,
        fence: columns.next()?,
        attempts: columns.next()?,
    })
}

/// Adds a message.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewMessage<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO messages (organisation_id, id, user_id, kind, sealed, created_at, expires_at, not_before, fence,
             attempts) VALUES ($1, $2, $3, $4, $5, $6, $7, $6, 0, 0)",
            organisation,
            new.id,
            new.user,
            new.kind,
            new.sealed.to_vec(),
            new.created_at,
            new.expires_at
        ))
        .await
}

/// Whether a message waits for its turn.
///
/// # Errors
/// When the database is away.
pub async fn is_waiting(queries: &mut impl Queries, now: Timestamp) -> Result<bool> {
    let query = "SELECT 1 FROM messages WHERE not_before <= $1 LIMIT 1";
    Ok(queries.row(sql!(query, now)).await?.is_some())
}

/// Claims the message that has waited longest, until this time.
///
/// # Errors
/// When the database refuses.
pub async fn claim(transaction: &mut Transaction, now: Timestamp, until: Timestamp) -> Result<Option<Message>> {
    let update = format!(
        "UPDATE messages SET not_before = $2, fence = fence + 1, attempts = attempts + 1
         WHERE id = (SELECT id FROM messages WHERE not_before <= $1 ORDER BY not_before, id LIMIT 1)
         AND not_before <= $1 RETURNING {COLUMNS}"
    );
    transaction.row(sql!(&update, now, until)).await?.as_ref().map(message).transpose()
}

/// Deletes a message that this claim holds.
///
/// # Errors
/// [`crate::Error::NotFound`] when it no longer does.
pub async fn delete(transaction: &mut Transaction, claimed: &Message) -> Result<()> {
    let delete = "DELETE FROM messages WHERE organisation_id = $1 AND id = $2 AND fence = $3";
    transaction.execute_one(sql!(delete, claimed.organisation, claimed.id, claimed.fence)).await
}

/// Puts a message off that this claim holds.
///
/// # Errors
/// [`crate::Error::NotFound`] when it no longer does.
pub async fn put_off(transaction: &mut Transaction, claimed: &Message, until: Timestamp) -> Result<()> {
    let update = "UPDATE messages SET not_before = $4 WHERE organisation_id = $1 AND id = $2 AND fence = $3";
    transaction.execute_one(sql!(update, claimed.organisation, claimed.id, claimed.fence, until)).await
}

//! Sessions of people: found by the hash of their token in one query, touched at most once a minute.

use crate::access::{advance_policy_epoch, advance_policy_epoch_of, lock_policy};
use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, SessionId, Timestamp, UserId};

/// How old the last use may be before it is written anew, in seconds.
pub const TOUCH_SECONDS: i64 = 60;

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession<'new> {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// From which network address.
    pub address: Option<&'new str>,
    /// What they showed first: `password`, or what a link was for.
    pub way: &'new str,
}

/// A session that is open, with its user and organisation.
#[derive(Debug, Clone)]
pub struct Session {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The session.
    pub id: SessionId,
    /// The user.
    pub user: UserId,
    /// Their email address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// When it was last used, to a minute.
    pub used_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// When they last proved who they are.
    pub proven_at: Option<Timestamp>,
    /// The policy epoch: what was decided at this epoch is still right.
    pub policy_epoch: i64,
}

/// Begins a session.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewSession<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO sessions (organisation_id, id, token_hash, user_id, created_at, used_at, expires_at, address,
             way, proven_at) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $5)",
            organisation,
            new.id,
            new.token_hash,
            new.user,
            new.created_at,
            new.expires_at,
            new.address,
            new.way
        ))
        .await
}

/// The open session of a token's hash, however long it wasn't used: how long it may be, its organisation says, which
/// follows from the session.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    let row = queries
        .row(sql!(
            "SELECT s.organisation_id, s.id, s.user_id, u.email, u.name, s.used_at, s.expires_at, s.proven_at,
             o.policy_epoch
             FROM sessions s JOIN users u ON u.organisation_id = s.organisation_id AND u.id = s.user_id
             JOIN organisations o ON o.id = s.organisation_id
             WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2
             AND u.state = 'active'",
            token_hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(Session {
        organisation: columns.next()?,
        id: columns.next()?,
        user: columns.next()?,
        email: columns.next()?,
        name: columns.next()?,
        used_at: columns.next()?,
        expires_at: columns.next()?,
        proven_at: columns.next()?,
        policy_epoch: columns.next()?,
    }))
}

/// When a session ends whatever happens.
///
/// # Errors
/// [`crate::Error::NotFound`] when it has ended.
pub async fn expires_at(queries: &mut impl Queries, organisation: OrganisationId, id: SessionId) -> Result<Timestamp> {
    let query = "SELECT expires_at FROM sessions WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL";
    queries.scalar(sql!(query, organisation, id)).await?.ok_or(crate::Error::NotFound)
}

/// Remembers that a session is in use, when the last time is at least [`TOUCH_SECONDS`] past.
///
/// # Errors
/// When the database refuses.
pub async fn touch(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SessionId,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE sessions SET used_at = $3 WHERE organisation_id = $1 AND id = $2 AND used_at <= $4",
            organisation,
            id,
            now,
            now.plus_seconds(-TOUCH_SECONDS)
        ))
        .await
        .map(|_| ())
}

/// Remembers that the person of a session proved anew who they are. All nodes learn of it with the policy epoch.
///
/// # Errors
/// [`crate::Error::NotFound`] when the session has ended.
pub async fn proven(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (id, user): (SessionId, UserId),
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    let update = "UPDATE sessions SET proven_at = $3 WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL";
    transaction.execute_one(sql!(update, organisation, id, now)).await?;
    advance_policy_epoch_of(transaction, organisation, user).await
}

/// Ends a session, and says whether it was open.
///
/// # Errors
/// When the database refuses.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SessionId,
    now: Timestamp,
) -> Result<bool> {
    lock_policy(transaction, organisation).await?;
    let update = "UPDATE sessions SET ended_at = $3 WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL";
    let ended = transaction.execute(sql!(update, organisation, id, now)).await? > 0;
    if ended {
        advance_policy_epoch(transaction, organisation).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a user, with what was on its way to be one, and says how many were open.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<u64> {
    super::sign_ins::end_all(transaction, organisation, user, now).await?;
    end_open(transaction, organisation, user, now).await
}

/// Ends all sessions of a user, and says how many were open.
///
/// # Errors
/// When the database refuses.
pub async fn end_open(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<u64> {
    lock_policy(transaction, organisation).await?;
    let update = "UPDATE sessions SET ended_at = $3 WHERE organisation_id = $1 AND user_id = $2 AND ended_at IS NULL";
    let ended = transaction.execute(sql!(update, organisation, user, now)).await?;
    if ended > 0 {
        advance_policy_epoch_of(transaction, organisation, user).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a user but one, with what was on its way to be one, and says how many were open.
///
/// # Errors
/// When the database refuses.
pub async fn end_others(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    kept: SessionId,
    now: Timestamp,
) -> Result<u64> {
    lock_policy(transaction, organisation).await?;
    let update = "UPDATE sessions SET ended_at = $3
                  WHERE organisation_id = $1 AND user_id = $2 AND id <> $4 AND ended_at IS NULL";
    let ended = transaction.execute(sql!(update, organisation, user, now, kept)).await?;
    super::sign_ins::end_all(transaction, organisation, user, now).await?;
    if ended > 0 {
        advance_policy_epoch_of(transaction, organisation, user).await?;
    }
    Ok(ended)
}

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
    /// When they proved who they are.
    pub proven_at: Timestamp,
    /// The second factor that they showed.
    pub second_factor: Option<&'new str>,
    /// What they came with, such as `Firefox on Linux`.
    pub device: Option<&'new str>,
    /// Whether that is a phone or tablet.
    pub is_mobile: bool,
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
    /// Whether they showed a second factor.
    pub second_factor: bool,
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
             way, proven_at, device, is_mobile, second_factor)
             VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $12, $9, $10, $11)",
            organisation,
            new.id,
            new.token_hash,
            new.user,
            new.created_at,
            new.expires_at,
            new.address,
            new.way,
            new.device,
            new.is_mobile,
            new.second_factor,
            new.proven_at
        ))
        .await
}

/// The open session of a token's hash, however long it wasn't used: how long it may be, its organisation says, which
/// follows from the session. A token that was renewed ends in a moment.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
    let row = queries
        .row(sql!(
            "SELECT s.organisation_id, s.id, s.user_id, u.email, u.name, s.used_at,
             CASE WHEN s.token_hash = $1 OR s.former_until > s.expires_at THEN s.expires_at ELSE s.former_until END,
             CASE WHEN s.token_hash = $1 THEN s.proven_at END, s.second_factor, o.policy_epoch
             FROM sessions s JOIN users u ON u.organisation_id = s.organisation_id AND u.id = s.user_id
             JOIN organisations o ON o.id = s.organisation_id
             WHERE s.id = (SELECT t.id FROM sessions t WHERE t.token_hash = $1
                           UNION SELECT f.id FROM sessions f WHERE f.former_token_hash = $1 AND f.former_until > $2)
             AND s.ended_at IS NULL AND s.expires_at > $2 AND u.state = 'active'",
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
        second_factor: columns.next::<Option<String>>()?.is_some(),
        policy_epoch: columns.next()?,
    }))
}

/// Whether a second factor was shown in a session.
///
/// # Errors
/// When the database is away.
pub async fn shows_second_factor(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<bool> {
    let query = "SELECT count(*) FROM sessions WHERE organisation_id = $1 AND id = $2 AND second_factor IS NOT NULL";
    Ok(queries.scalar::<i64>(sql!(query, organisation, id)).await?.unwrap_or(0) > 0)
}

/// Whether a session came in through an identity provider, also one that isn't there any more.
///
/// # Errors
/// When the database is away.
pub async fn came_through_provider(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<bool> {
    let query = "SELECT count(*) FROM sessions WHERE organisation_id = $1 AND id = $2 AND way IN ('oidc', 'saml')";
    Ok(queries.scalar::<i64>(sql!(query, organisation, id)).await?.unwrap_or(0) > 0)
}

/// Whose session it is; nothing when there is none.
///
/// # Errors
/// When the database is away.
pub async fn user_of(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<Option<UserId>> {
    queries.scalar(sql!("SELECT user_id FROM sessions WHERE organisation_id = $1 AND id = $2", organisation, id)).await
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

/// How long the token before the present one still opens a session, in seconds: for what was on its way.
pub const FORMER_SECONDS: i64 = 10;

/// Remembers that the person of a session proved anew who they are, and gives the session another token (OWASP ASVS
/// 5.0, 7.2.4). All nodes learn of it with the policy epoch.
///
/// # Errors
/// [`crate::Error::NotFound`] when the session has ended.
pub async fn renew(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (id, user): (SessionId, UserId),
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE sessions SET former_token_hash = token_hash, former_until = $4, token_hash = $3, proven_at = $5
             WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL",
            organisation,
            id,
            token_hash,
            now.plus_seconds(FORMER_SECONDS),
            now
        ))
        .await?;
    advance_policy_epoch_of(transaction, organisation, user).await
}

/// A session that is open, as its owner and administrators see it.
#[derive(Debug, Clone)]
pub struct Open {
    /// Which.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a minute.
    pub used_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// From which network address it began.
    pub address: Option<String>,
    /// What somebody showed first.
    pub way: Option<String>,
    /// What they came with.
    pub device: Option<String>,
    /// Whether that is a phone or tablet.
    pub is_mobile: bool,
}

/// The sessions of a user that are open and were used after a time, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn of_user(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    (now, used_after): (Timestamp, Timestamp),
) -> Result<Vec<Open>> {
    let query = sql!(
        "SELECT id, created_at, used_at, expires_at, address, way, device, coalesce(is_mobile, 0) FROM sessions
         WHERE organisation_id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3 AND used_at > $4
         ORDER BY id",
        organisation,
        user,
        now,
        used_after
    );
    let open = |row: &crate::database::Row| -> Result<Open> {
        let mut columns = row.columns();
        Ok(Open {
            id: columns.next()?,
            created_at: columns.next()?,
            used_at: columns.next()?,
            expires_at: columns.next()?,
            address: columns.next()?,
            way: columns.next()?,
            device: columns.next()?,
            is_mobile: columns.next()?,
        })
    };
    queries.rows(query).await?.iter().map(open).collect()
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

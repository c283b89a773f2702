//! Sign-ins that aren't complete: found by the hash of their token, ended by the session that begins, by too many
//! wrong answers, or by time.

use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, SignInId, Timestamp, UserId};

/// A sign-in that isn't complete yet.
#[derive(Debug, Clone)]
pub struct NewSignIn<'new> {
    /// Its id.
    pub id: SignInId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose.
    pub user: UserId,
    /// What they showed first: `password`, or what a link was for.
    pub way: &'new str,
    /// How many wrong answers end it.
    pub tries: i64,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
}

/// A sign-in that can be completed.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The sign-in.
    pub id: SignInId,
    /// Whose.
    pub user: UserId,
    /// What they showed first.
    pub way: String,
    /// The second factor that they showed: `app` or `recovery_code`.
    pub second_factor: Option<String>,
    /// Whether recovery codes were made that they haven't taken.
    pub recovery_codes: bool,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
}

/// Keeps a sign-in that isn't complete.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewSignIn<'_>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO sign_ins (organisation_id, id, token_hash, user_id, way, recovery_codes, tries_left,
             created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8)",
            organisation,
            new.id,
            new.token_hash,
            new.user,
            new.way,
            new.tries,
            new.created_at,
            new.expires_at
        ))
        .await
}

/// The sign-in of a token's hash, if it can be completed at this time by somebody who may come in. The organisation
/// follows from the sign-in.
///
/// # Errors
/// When the database is away.
pub async fn find(queries: &mut impl Queries, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<SignIn>> {
    let row = queries
        .row(sql!(
            "SELECT s.organisation_id, s.id, s.user_id, s.way, s.second_factor, s.recovery_codes, s.expires_at
             FROM sign_ins s JOIN users u ON u.organisation_id = s.organisation_id AND u.id = s.user_id
             WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.tries_left > 0 AND s.expires_at > $2
             AND u.state = 'active'",
            token_hash,
            now
        ))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(SignIn {
        organisation: columns.next()?,
        id: columns.next()?,
        user: columns.next()?,
        way: columns.next()?,
        second_factor: columns.next()?,
        recovery_codes: columns.next()?,
        expires_at: columns.next()?,
    }))
}

/// Counts a wrong answer, and says how many more there may be.
///
/// # Errors
/// When the database refuses.
pub async fn count_wrong(transaction: &mut Transaction, organisation: OrganisationId, id: SignInId) -> Result<i64> {
    let update = "UPDATE sign_ins SET tries_left = tries_left - 1
                  WHERE organisation_id = $1 AND id = $2 AND tries_left > 0 RETURNING tries_left";
    Ok(transaction.scalar(sql!(update, organisation, id)).await?.unwrap_or(0))
}

/// Remembers that a second factor was shown, and whether recovery codes were made that have to be taken.
///
/// # Errors
/// [`crate::Error::NotFound`] when the sign-in has ended meanwhile.
pub async fn second_factor_shown(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SignInId,
    second_factor: &str,
    recovery_codes: bool,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE sign_ins SET second_factor = $3, recovery_codes = $4
             WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL AND tries_left > 0",
            organisation,
            id,
            second_factor,
            recovery_codes
        ))
        .await
}

/// Remembers that the recovery codes were taken.
///
/// # Errors
/// [`crate::Error::NotFound`] when the sign-in has ended meanwhile.
pub async fn recovery_codes_taken(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SignInId,
) -> Result<()> {
    let update = "UPDATE sign_ins SET recovery_codes = 0 WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL";
    transaction.execute_one(sql!(update, organisation, id)).await
}

/// Ends a sign-in: of two who complete it at once, one succeeds.
///
/// # Errors
/// [`crate::Error::NotFound`] when it has ended already.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SignInId,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE sign_ins SET ended_at = $3
                  WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL AND tries_left > 0";
    transaction.execute_one(sql!(update, organisation, id, now)).await
}

/// Ends all sign-ins of a user but one.
///
/// # Errors
/// When the database refuses.
pub async fn end_others(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (user, kept): (UserId, SignInId),
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE sign_ins SET ended_at = $3
                  WHERE organisation_id = $1 AND user_id = $2 AND id <> $4 AND ended_at IS NULL";
    transaction.execute(sql!(update, organisation, user, now, kept)).await.map(|_| ())
}

/// Ends all sign-ins of a user.
///
/// # Errors
/// When the database refuses.
pub async fn end_all(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE sign_ins SET ended_at = $3 WHERE organisation_id = $1 AND user_id = $2 AND ended_at IS NULL";
    transaction.execute(sql!(update, organisation, user, now)).await.map(|_| ())
}

//! Through which provider a session came in, and what it is called there: so that it ends when they end it.

use crate::access::{advance_policy_epoch_of, lock_policy};
use crate::database::{Queries, Row, Sql, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, ProviderId, SessionId, SignInId, Timestamp, UserId};

/// How somebody came in through a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Through {
    /// Which.
    pub provider: ProviderId,
    /// What it calls them.
    pub subject: String,
    /// What it calls their session there, if it said so.
    pub session: Option<String>,
    /// Which kind of name `subject` is there, where there are several.
    pub name_format: Option<String>,
    /// The token by which it said so, sealed: it wants to see it again when they sign out.
    pub sealed_token: Option<Vec<u8>>,
    /// When the session there ends, if it said so. A session here ends with it, and doesn't remember it.
    pub ends_at: Option<Timestamp>,
}

fn through(row: &Row) -> Result<Option<Through>> {
    let mut columns = row.columns();
    let (provider, subject): (Option<ProviderId>, Option<String>) = (columns.next()?, columns.next()?);
    let (session, name_format) = (columns.next()?, columns.next()?);
    let (sealed_token, ends_at) = (columns.next()?, columns.next()?);
    let come = |(provider, subject)| Through { provider, subject, session, name_format, sealed_token, ends_at };
    Ok(provider.zip(subject).map(come))
}

/// Remembers it of a session.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such session.
pub async fn mark_session(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SessionId,
    through: &Through,
) -> Result<()> {
    let update = "UPDATE sessions SET provider_id = $3, provider_subject = $4, provider_session = $5,
                  provider_name_format = $6, provider_token_sealed = $7 WHERE organisation_id = $1 AND id = $2";
    let Through { provider, subject, session, name_format, sealed_token, ends_at: _ } = through;
    let (session, name_format, token) = (session.clone(), name_format.clone(), sealed_token.clone());
    transaction.execute_one(sql!(update, organisation, id, *provider, subject, session, name_format, token)).await
}

/// Remembers it of a sign-in that isn't complete.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such sign-in.
pub async fn mark_sign_in(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: SignInId,
    through: &Through,
) -> Result<()> {
    let update = "UPDATE sign_ins SET provider_id = $3, provider_subject = $4, provider_session = $5,
                  provider_name_format = $6, provider_token_sealed = $7, provider_ends_at = $8
                  WHERE organisation_id = $1 AND id = $2";
    let Through { provider, subject, session, name_format, sealed_token, ends_at } = through;
    let (session, name_format, token) = (session.clone(), name_format.clone(), sealed_token.clone());
    let query = sql!(update, organisation, id, *provider, subject, session, name_format, token, *ends_at);
    transaction.execute_one(query).await
}

/// How a sign-in came in, if through a provider.
///
/// # Errors
/// When the database is away.
pub async fn of_sign_in(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: SignInId,
) -> Result<Option<Through>> {
    let query = "SELECT provider_id, provider_subject, provider_session, provider_name_format,
                 provider_token_sealed, provider_ends_at FROM sign_ins
                 WHERE organisation_id = $1 AND id = $2";
    queries.row(sql!(query, organisation, id)).await?.as_ref().map_or(Ok(None), through)
}

/// How a session came in, if through a provider.
///
/// # Errors
/// When the database is away.
pub async fn of_session(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: SessionId,
) -> Result<Option<Through>> {
    let query = "SELECT provider_id, provider_subject, provider_session, provider_name_format,
                 provider_token_sealed, NULL FROM sessions
                 WHERE organisation_id = $1 AND id = $2";
    queries.row(sql!(query, organisation, id)).await?.as_ref().map_or(Ok(None), through)
}

/// Ends the sessions that came in through a provider: those of a session there, or all of somebody, as they are named.
/// Says whose ended, and how many of each.
///
/// # Errors
/// When the database refuses.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    (subject, session): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<Vec<(UserId, u64)>> {
    lock_policy(transaction, organisation).await?;
    let mut ended: Vec<(UserId, u64)> = Vec::new();
    for begins in ["UPDATE sessions SET ended_at = ", "UPDATE sign_ins SET ended_at = "] {
        let mut update = Sql::new(begins);
        update.bind(now).push(" WHERE ended_at IS NULL AND organisation_id = ").bind(organisation);
        update.push(" AND provider_id = ").bind(provider);
        if let Some(subject) = subject {
            update.push(" AND provider_subject = ").bind(subject);
        }
        if let Some(session) = session {
            update.push(" AND provider_session = ").bind(session);
        }
        update.push(" RETURNING user_id");
        for row in transaction.rows(update).await? {
            let user = row.get(0)?;
            match ended.iter_mut().find(|(one, _)| *one == user) {
                Some((_, count)) => *count += 1,
                None => ended.push((user, 1)),
            }
        }
    }
    for (user, _) in &ended {
        advance_policy_epoch_of(transaction, organisation, *user).await?;
    }
    Ok(ended)
}

/// Ends the sign-ins through a provider that aren't complete: whoever it sent isn't let in after it is gone.
///
/// # Errors
/// When the database refuses.
pub async fn end_sign_ins(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE sign_ins SET ended_at = $3
                  WHERE ended_at IS NULL AND organisation_id = $1 AND provider_id = $2";
    transaction.execute(sql!(update, organisation, provider, now)).await?;
    Ok(())
}

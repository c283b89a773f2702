//! Sessions as people see them: which are open, ending one elsewhere, and how many there may be at once.

use super::account::{Own, own};
use super::change;
use super::entry::Comer;
use super::sign_in::Visitor;
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{ProviderId, SessionId, Timestamp, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::identity::{providers, sessions as rows, through, users};

/// A session that is open.
#[derive(Debug, Clone)]
pub struct Session {
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
    /// What somebody showed first: `password`, or what a link was for.
    pub way: Option<String>,
    /// What they came with.
    pub device: Option<String>,
    /// Whether that is a phone or tablet.
    pub is_mobile: bool,
    /// Whether it is the one that asks.
    pub is_own: bool,
}

/// Now, and since when a session must have been used that isn't idle.
fn times(vault: &Vault, settings: &Settings) -> (Timestamp, Timestamp) {
    let now = vault.now();
    (now, now.plus_seconds(-settings.session_idle_minutes() * 60))
}

async fn listed(vault: &Vault, caller: &Caller, user: UserId) -> Result<Vec<Session>> {
    let organisation = caller.organisation();
    let settings = vault.settings(organisation).await?;
    let mut reader = vault.store().reader();
    let found = rows::of_user(&mut reader, organisation, user, times(vault, &settings)).await?;
    let shown = |row: rows::Open| Session {
        is_own: row.id.to_string() == caller.session(),
        id: row.id,
        created_at: row.created_at,
        used_at: row.used_at,
        expires_at: row.expires_at,
        address: row.address,
        way: row.way,
        device: row.device,
        is_mobile: row.is_mobile,
    };
    // Newest first.
    Ok(found.into_iter().rev().map(shown).collect())
}

/// One's own sessions that are open, newest first.
///
/// # Errors
/// [`Error::Conflict`] for programs.
pub async fn own_sessions(vault: &Vault, caller: &Caller) -> Result<Vec<Session>> {
    let Own { user, .. } = own(caller)?;
    listed(vault, caller, user).await
}

/// The sessions of a user that are open, newest first.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`].
pub async fn sessions_of(vault: &Vault, caller: &Caller, user: UserId) -> Result<Vec<Session>> {
    change::allow::<marks::UsersManage>(vault, caller).await?;
    users::get(&mut vault.store().reader(), caller.organisation(), user).await?;
    listed(vault, caller, user).await
}

async fn end(
    vault: &Vault,
    mut transaction: Transaction,
    caller: &Caller,
    user: UserId,
    session: SessionId,
) -> Result<()> {
    let organisation = caller.organisation();
    if rows::user_of(&mut transaction, organisation, session).await? != Some(user) {
        return Err(Error::NotFound);
    }
    if !rows::end(&mut transaction, organisation, session, vault.now()).await? {
        return Err(Error::NotFound);
    }
    let draft = Draft::of(vault, caller, EventKind::SessionEnded)?
        .object(Object::new("session", session))
        .detail("user", user.to_string())
        .detail("why", "revoked");
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Ends one of one's own sessions.
///
/// # Errors
/// [`Error::NotFound`] when it isn't open, [`Error::Conflict`] for programs.
pub async fn end_own_session(vault: &Vault, caller: &Caller, session: SessionId) -> Result<()> {
    let Own { user, .. } = own(caller)?;
    end(vault, vault.store().begin().await?, caller, user, session).await
}

/// Ends a session of a user.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`] when it isn't open.
pub async fn end_session_of(vault: &Vault, caller: &Caller, user: UserId, session: SessionId) -> Result<()> {
    let transaction = change::begin::<marks::UsersManage>(vault, caller).await?;
    end(vault, transaction, caller, user, session).await
}

/// Ends all sessions of a user but the one that asks, and the sign-ins that aren't complete.
async fn end_all(vault: &Vault, mut transaction: Transaction, caller: &Caller, user: UserId) -> Result<()> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let name = users::get(&mut transaction, organisation, user).await?.name;
    let ended = match caller.user() == Some(user) {
        true => {
            let own = caller.session().parse().map_err(Error::bug)?;
            rows::end_others(&mut transaction, organisation, user, own, now).await?
        }
        false => rows::end_all(&mut transaction, organisation, user, now).await?,
    };
    if ended > 0 {
        let draft = Draft::of(vault, caller, EventKind::SessionEnded)?
            .object(Object::new("user", user).named(name))
            .detail("sessions_ended", ended)
            .detail("why", "revoked");
        record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends all of one's own sessions but the one that asks: for a device that was lost, and after a change of second factors
/// (ASVS 5.0, 7.4.3).
///
/// # Errors
/// [`Error::Conflict`] for programs.
pub async fn end_own_other_sessions(vault: &Vault, caller: &Caller) -> Result<()> {
    let Own { user, .. } = own(caller)?;
    end_all(vault, vault.store().begin().await?, caller, user).await
}

/// Ends all sessions of a user; of one's own all but the one that asks.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`].
pub async fn end_sessions_of(vault: &Vault, caller: &Caller, user: UserId) -> Result<()> {
    let transaction = change::begin::<marks::UsersManage>(vault, caller).await?;
    end_all(vault, transaction, caller, user).await
}

/// Ends all sessions that came in through a provider, and the sign-ins through it that aren't complete: for the day on
/// which it isn't trusted any more. Switching it off ends none, so that its maintenance throws nobody out of their work.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`, [`Error::NotFound`].
pub async fn end_sessions_through(vault: &Vault, caller: &Caller, provider: ProviderId) -> Result<()> {
    let mut transaction = change::begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let stored = providers::get(&mut transaction, organisation, provider).await?;
    let ended = through::end(&mut transaction, organisation, provider, (None, None), vault.now()).await?;
    for (user, count) in ended {
        let name = users::get(&mut transaction, organisation, user).await?.name;
        let draft = Draft::of(vault, caller, EventKind::SessionEnded)?
            .object(Object::new("user", user).named(name))
            .detail("provider", stored.provider.slug.as_str())
            .detail("sessions_ended", count)
            .detail("why", "revoked");
        record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Ends the oldest sessions of somebody who comes in, as far as the organisation allows no more.
pub(super) async fn make_room(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: &Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<()> {
    let organisation = comer.organisation;
    let (in_all, on_phones) = (settings.sessions_max(), settings.sessions_mobile_max());
    if in_all == 0 && on_phones == 0 {
        return Ok(());
    }
    let open = rows::of_user(transaction, organisation, comer.user, times(vault, settings)).await?;
    let too_many = |limit: i64, count: usize| match usize::try_from(limit) {
        Ok(limit) if limit > 0 => (count + 1).saturating_sub(limit),
        _ => 0,
    };
    let mobile: Vec<SessionId> = open.iter().filter(|one| one.is_mobile).map(|one| one.id).collect();
    let phones = if visitor.device.is_mobile { too_many(on_phones, mobile.len()) } else { 0 };
    let mut ending: Vec<SessionId> = mobile.into_iter().take(phones).collect();
    let rest: Vec<SessionId> = open.iter().map(|one| one.id).filter(|id| !ending.contains(id)).collect();
    ending.extend(rest.iter().take(too_many(in_all, rest.len())));
    for session in ending {
        rows::end(transaction, organisation, session, vault.now()).await?;
        let draft = Draft::by(vault, organisation, comer.actor(), EventKind::SessionEnded)?
            .address(visitor.text())
            .object(Object::new("session", session))
            .detail("user", comer.user.to_string())
            .detail("why", "too_many");
        record(vault, transaction, draft).await?;
    }
    Ok(())
}

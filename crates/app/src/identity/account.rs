//! One's own account: what it is protected by, choosing another password, proving oneself anew for sensitive changes.

use super::codes::{self, SentBy};
use super::factors::{self, WRONG_CODE, WRONG_RECOVERY_CODE, use_code, use_recovery_code};
use super::passkeys::{self, Answered, Purpose, WRONG_PASSKEY};
use super::{Network, passwords};
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault, messages};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::CallerKind;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::{FactorKind, ProviderState};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{FactorId, OrganisationId, SessionId, Timestamp, UserId};
use soundkeep_store::identity::{factors as factor_rows, phones, providers, sent_codes, sessions, through, users};
use soundkeep_store::{Queries, Transaction, organisations};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Sensitive changes ask who somebody is when they last proved it this long ago; seconds.
pub const STEP_UP_SECONDS: i64 = 60 * 60;
const WRONG_PASSWORD: &str = "this isn't your password";

/// A person with a session.
pub(super) struct Own {
    pub(super) organisation: OrganisationId,
    pub(super) user: UserId,
    pub(super) session: SessionId,
}

/// The person who asks in their own session.
pub(super) fn own(caller: &Caller) -> Result<Own> {
    let no_account = || Error::Conflict("a program has no account: somebody who is signed in can do this");
    let CallerKind::User(user) = caller.facts().kind() else {
        return Err(no_account());
    };
    let session = caller.session().parse().map_err(|_| no_account())?;
    Ok(Own { organisation: caller.organisation(), user, session })
}

/// What somebody's account is protected by.
#[derive(Debug, Clone)]
pub struct Account {
    /// When they chose their password; nothing without one.
    pub password_set_at: Option<Timestamp>,
    /// From when on they may choose another; nothing when they may now.
    pub password_changeable_from: Option<Timestamp>,
    /// When they have to choose another at their next sign-in.
    pub password_expires_at: Option<Timestamp>,
    /// How long a password has to be, in characters.
    pub password_characters_min: usize,
    /// Their second factors, oldest first.
    pub factors: Vec<Factor>,
    /// How many recovery codes they haven't used.
    pub recovery_codes_left: i64,
    /// Whether the organisation asks everybody for a second factor.
    pub second_factor_asked: bool,
    /// How a code comes to them that they prove who they are by.
    pub code_sent_by: Option<SentBy>,
    /// The phone number that codes are sent to.
    pub phone: Option<String>,
    /// Whether its owner showed a code that was sent there.
    pub phone_confirmed: bool,
    /// A number that waits for the code that was sent there.
    pub phone_waiting: Option<String>,
    /// Whether the organisation sends text messages.
    pub has_text_messages: bool,
    /// Whether the organisation has authenticator apps.
    pub has_apps: bool,
    /// Until when sensitive changes don't ask who they are.
    pub step_up_until: Option<Timestamp>,
    /// The name of the provider through which this session came in, while it is on.
    pub came_through: Option<String>,
    /// Whether their password proves who they are in this session.
    pub password_proves: bool,
}

/// A second factor, to its owner.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Which.
    pub id: FactorId,
    /// What it is.
    pub kind: FactorKind,
    /// What it is called.
    pub name: String,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it was last shown.
    pub used_at: Option<Timestamp>,
}

/// Whether a password proves nothing in a session: people sign in through providers alone, and so it began. In sessions
/// that began otherwise it does, because whoever came in by the way back has nothing else.
async fn is_password_off(queries: &mut impl Queries, settings: &Settings, own: &Own) -> Result<bool> {
    Ok(settings.sso_only() && sessions::came_through_provider(queries, own.organisation, own.session).await?)
}

/// What one's own account is protected by.
///
/// # Errors
/// [`Error::Conflict`] for programs.
pub async fn account(vault: &Vault, caller: &Caller) -> Result<Account> {
    let own = own(caller)?;
    let Own { organisation, user, session } = own;
    let settings = vault.settings(organisation).await?;
    let mut reader = vault.store().reader();
    let came_through = match through::of_session(&mut reader, organisation, session).await? {
        Some(through) => {
            let stored = providers::get(&mut reader, organisation, through.provider).await?;
            (stored.state == ProviderState::On).then_some(stored.provider.name)
        }
        None => None,
    };
    let set_at = users::password_set_at(&mut reader, organisation, user).await?;
    let after = |days: i64| set_at.filter(|_| days > 0).map(|at| at.plus_seconds(days * DAY_SECONDS));
    let factors = factor_rows::of_user(&mut reader, organisation, user).await?;
    let has_any = factors.iter().any(|row| row.confirmed_at.is_some());
    let shown = |row: factor_rows::Factor| Factor {
        id: row.id,
        kind: row.kind,
        name: row.name,
        created_at: row.created_at,
        used_at: row.used_at,
    };
    let phone = phones::get(&mut reader, organisation, user).await?;
    let code_sent_by = if has_any { None } else { codes::reaches(&settings, phone.is_some()) };
    let password_off = is_password_off(&mut reader, &settings, &own).await?;
    Ok(Account {
        password_proves: set_at.is_some() && !has_any && code_sent_by.is_none() && !password_off,
        password_set_at: set_at,
        password_changeable_from: after(settings.password_minimum_days()).filter(|from| *from > vault.now()),
        password_expires_at: after(settings.password_maximum_days()),
        password_characters_min: passwords::characters_min(&settings),
        factors: factors.into_iter().filter(|row| row.confirmed_at.is_some()).map(shown).collect(),
        recovery_codes_left: factor_rows::recovery_codes_left(&mut reader, organisation, user).await?,
        second_factor_asked: settings.second_factor() == "always",
        code_sent_by,
        phone,
        phone_confirmed: phones::confirmed_at(&mut reader, organisation, user).await?.is_some(),
        phone_waiting: sent_codes::waiting_number(&mut reader, organisation, user, vault.now()).await?,
        has_text_messages: messages::sends_text_messages(&settings),
        has_apps: settings.second_factor_mode() != "none",
        step_up_until: caller.proven_at().map(|at| at.plus_seconds(STEP_UP_SECONDS)),
        came_through,
    })
}

/// Compares a password with one's own. Whoever found an open session could guess here, so that tries are counted.
async fn compare(vault: &Vault, caller: &Caller, user: UserId, field: &str, password: String) -> Result<String> {
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let limits = &vault.identity_state().limits;
    let network = Network::of(caller.address());
    let taken = limits.take_in_session(caller.session(), vault.now()).map_err(Error::TooMany)?;
    let account = users::account_by_id(&mut reader, organisation, user).await?;
    let stored = account.password_hash.ok_or(Error::Conflict("you have no password"))?;
    if !passwords::verify(vault, password, Some(stored.clone())).await?.right {
        let draft = Draft::of(vault, caller, EventKind::StepUpRefused)?.object(Object::new("user", user));
        factors::refused(vault, organisation, network, draft.detail("by", "password")).await?;
        return Err(Error::invalid(field, WRONG_PASSWORD));
    }
    limits.give_back(&taken);
    Ok(stored)
}

/// Chooses another password, and renews the session's token. All other sessions end: perhaps it was changed because
/// somebody knew the old one.
///
/// # Errors
/// [`Error::StepUpNeeded`] for who has a second factor and showed it too long ago; [`Error::Invalid`] naming
/// `current_password` or `new_password`, [`Error::Conflict`] before the minimum age is over and for programs,
/// [`Error::TooMany`].
pub async fn change_password(vault: &Vault, caller: &Caller, current: String, new: String) -> Result<Renewed> {
    let own = own(caller)?;
    let Own { organisation, user: id, session } = own;
    // A password alone is less than a second factor or a provider, and must not open the window that only these open.
    let settings = vault.settings(organisation).await?;
    let mut reader = vault.store().reader();
    let has_factor = codes::way_to(&mut reader, &settings, (organisation, id)).await?.is_some()
        || factor_rows::has_any(&mut reader, organisation, id).await?;
    let password_off = is_password_off(&mut reader, &settings, &own).await?;
    drop(reader);
    if (has_factor || password_off) && needs_step_up(caller, vault.now()) {
        return Err(Error::StepUpNeeded);
    }
    let stored = compare(vault, caller, id, "current_password", current).await?;
    let mut reader = vault.store().reader();
    let user = users::get(&mut reader, organisation, id).await?;
    let set_at = users::password_set_at(&mut reader, organisation, id).await?;
    let open_from = set_at.map(|at| at.plus_seconds(settings.password_minimum_days() * DAY_SECONDS));
    if settings.password_minimum_days() > 0 && open_from.is_some_and(|from| from > vault.now()) {
        return Err(Error::Conflict(
            "your password is too new to be changed: if somebody may know it, ask an administrator for a link",
        ));
    }
    let owner = passwords::Owner {
        email: user.email.clone(),
        name: user.name.clone(),
        organisation: organisations::get(&mut reader, organisation).await?.name,
        characters_min: passwords::characters_min(&settings),
    };
    let used = users::last_passwords(&mut reader, organisation, id, settings.password_history()).await?;
    let hash = match passwords::choose(vault, new, owner, used).await? {
        Ok(hash) => hash,
        Err(complaint) => return Err(Error::invalid("new_password", complaint)),
    };
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    if users::account_by_id(&mut transaction, organisation, id).await?.password_hash != Some(stored) {
        return Err(Error::Changed);
    }
    let now = vault.now();
    users::choose_password(&mut transaction, organisation, id, (&hash, now), settings.password_history()).await?;
    let ended = sessions::end_others(&mut transaction, organisation, id, session, now).await?;
    let draft = Draft::of(vault, caller, EventKind::PasswordChange)?
        .object(Object::new("user", id).named(&user.name))
        .detail("sessions_ended", ended);
    record(vault, &mut transaction, draft).await?;
    let renewed = renew(vault, &mut transaction, &own).await?;
    transaction.commit().await?;
    Ok(renewed)
}

/// What somebody proves who they are with, in a session that is open.
#[derive(Clone)]
pub enum Proof {
    /// Their password; for those who have no second factor.
    Password(String),
    /// A code of their app, or the one that was sent to who has none.
    Code(String),
    /// A recovery code.
    RecoveryCode(String),
    /// One of their passkeys.
    Passkey(Answered),
}

/// A session under another token: the one before ends in a moment.
#[derive(Clone)]
pub struct Renewed {
    /// The session's token, for the cookie; nobody can show it again.
    pub token: String,
    /// When the session ends whatever happens.
    pub expires_at: Timestamp,
}

pub(super) async fn renew(
    vault: &Vault,
    transaction: &mut Transaction,
    Own { organisation, user, session }: &Own,
) -> Result<Renewed> {
    let token = Token::generate(TokenKind::Session, vault.entropy())?;
    let whose = (*session, *user);
    sessions::renew(transaction, *organisation, whose, token.hash().as_bytes(), vault.now()).await?;
    let expires_at = sessions::expires_at(transaction, *organisation, *session).await?;
    Ok(Renewed { token: token.reveal().to_owned(), expires_at })
}

/// Opens the window for sensitive changes anew, for [`STEP_UP_SECONDS`], and renews the session's token.
///
/// # Errors
/// [`Error::Invalid`] when the proof is wrong; [`Error::Conflict`] for a password where there is a second factor or only
/// a provider lets in, and for programs; [`Error::TooMany`].
pub async fn step_up(vault: &Vault, caller: &Caller, proof: Proof) -> Result<Renewed> {
    let own = own(caller)?;
    let Own { organisation, user, session } = own;
    let now = vault.now();
    let limits = &vault.identity_state().limits;
    let network = Network::of(caller.address());
    let settings = vault.settings(organisation).await?;
    let mut reader = vault.store().reader();
    let has_any = factor_rows::has_any(&mut reader, organisation, user).await?;
    let sent_by = match has_any {
        true => None,
        false => codes::way_to(&mut reader, &settings, (organisation, user)).await?,
    };
    let password_off = is_password_off(&mut reader, &settings, &own).await?;
    drop(reader);
    let code_is_sent = sent_by.is_some();
    if let Proof::Password(password) = &proof {
        if has_any || code_is_sent {
            return Err(Error::Conflict("you have a second factor: show a code of it"));
        }
        if password_off {
            let sentence = "your organisation signs in through its identity provider alone: prove it there, or with a \
                            passkey or an app of your own";
            return Err(Error::Conflict(sentence));
        }
        compare(vault, caller, user, "password", password.clone()).await?;
    }
    let taken = match &proof {
        Proof::Code(_) => Some(limits.take_in_session(caller.session(), now).map_err(Error::TooMany)?),
        Proof::Password(_) | Proof::RecoveryCode(_) | Proof::Passkey(_) => None,
    };
    // What was asked is over whatever comes of it, so that it is taken before there is a transaction.
    let passkey = match &proof {
        Proof::Passkey(answered) => Some(passkeys::take(vault, Purpose::StepUp(session), answered.clone()).await?),
        Proof::Password(_) | Proof::Code(_) | Proof::RecoveryCode(_) => None,
    };
    let mut transaction = vault.store().begin().await?;
    let whose = (organisation, user);
    let draft = |kind| Draft::of(vault, caller, kind);
    let (right, field, sentence, by) = match (&proof, passkey) {
        (_, Some(taken)) => {
            let shown = passkeys::show(vault, &mut transaction, whose, taken).await?;
            (shown.is_ok(), "passkey", WRONG_PASSKEY, "passkey")
        }
        (Proof::Password(_), None) => (true, "password", WRONG_PASSWORD, "password"),
        (Proof::Passkey(_), None) => (false, "passkey", WRONG_PASSKEY, "passkey"),
        (Proof::Code(code), None) if code_is_sent => {
            let right = codes::use_sent_code(vault, &mut transaction, whose, code).await?;
            (right, "code", codes::WRONG_SENT_CODE, sent_by.map_or("app", SentBy::word))
        }
        (Proof::Code(code), None) => {
            (use_code(vault, &mut transaction, whose, code, true).await?, "code", WRONG_CODE, "app")
        }
        (Proof::RecoveryCode(code), None) => (
            use_recovery_code(vault, &mut transaction, whose, code, draft).await?,
            "recovery_code",
            WRONG_RECOVERY_CODE,
            "recovery_code",
        ),
    };
    if !right {
        match &proof {
            // It has borne a wrong answer.
            Proof::Code(_) if code_is_sent => transaction.commit().await?,
            // What a device may have counted on isn't kept.
            Proof::Password(_) | Proof::Code(_) | Proof::RecoveryCode(_) | Proof::Passkey(_) => drop(transaction),
        }
        let draft = draft(EventKind::StepUpRefused)?.object(Object::new("user", user)).detail("by", by);
        factors::refused(vault, organisation, network, draft).await?;
        return Err(Error::invalid(field, sentence));
    }
    let renewed = renew(vault, &mut transaction, &own).await?;
    let event = draft(EventKind::StepUp)?.object(Object::new("session", session)).detail("by", by);
    record(vault, &mut transaction, event).await?;
    transaction.commit().await?;
    if let Some(taken) = taken {
        limits.give_back(&taken);
    }
    Ok(renewed)
}

/// Whether the caller has to prove who they are before a sensitive change. Programs don't: whoever made their key did.
#[must_use]
pub fn needs_step_up(caller: &Caller, now: Timestamp) -> bool {
    matches!(caller.facts().kind(), CallerKind::User(_))
        && caller.proven_at().is_none_or(|at| at.plus_seconds(STEP_UP_SECONDS) <= now)
}

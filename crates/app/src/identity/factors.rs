//! Second factors: setting up an authenticator app, checking its codes, recovery codes, and taking them away.

use super::account::{Own, own};
use super::{Network, change, codes, passkeys, refusals};
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_crypto::otp::{RecoveryCode, TotpSecret};
use soundkeep_crypto::sealed;
use soundkeep_domain::access::{Permission, decide_plain, marks};
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::identity::FactorKind;
use soundkeep_domain::{FactorId, OrganisationId, UserId};
use soundkeep_store::identity::{factors as rows, phones, sent_codes, sessions, users};
use soundkeep_store::{Transaction, organisations};

/// So many recovery codes are made at once.
const RECOVERY_CODES: usize = 10;
/// Most apps of one person: each is tried with every code.
const APPS_MAX: usize = 10;
/// What an app is called until its owner can name it.
pub(super) const APP_NAME: &str = "Authenticator app";
/// What is answered to a code that isn't right.
pub(super) const WRONG_CODE: &str = "this code isn't right, or was used: take the one that the app shows now";
/// What is answered to a recovery code that isn't right.
pub(super) const WRONG_RECOVERY_CODE: &str = "this is none of your recovery codes, or it was used";

/// An authenticator app that is to be set up.
#[derive(Clone)]
pub struct Enrolment {
    /// What is typed into an app, in base 32.
    pub secret: String,
    /// What a QR code says to an app: `otpauth://totp/...`.
    pub uri: String,
}

/// What binds a sealed secret to its place.
fn context(organisation: OrganisationId, user: UserId, factor: FactorId) -> Vec<u8> {
    [b"factor:".as_slice(), organisation.as_bytes(), user.as_bytes(), factor.as_bytes()].concat()
}

/// Adds a factor that proves nothing until its code was shown.
pub(super) async fn begin_enrolment(
    vault: &Vault,
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Enrolment> {
    let now = vault.now();
    let id = FactorId::make(now, &vault.random()?);
    let secret = TotpSecret::generate(vault.entropy())?;
    let key = vault.keys(organisation).await?.key.object_key("factor", id.as_bytes())?;
    let sealed = sealed::seal_whole(&key, &context(organisation, user, id), secret.as_bytes(), vault.entropy())?;
    let kind = FactorKind::App;
    let new = rows::NewFactor { id, user, kind, name: APP_NAME, sealed_secret: &sealed, created_at: now };
    rows::add(transaction, organisation, &new).await?;
    let account = users::get(transaction, organisation, user).await?.email;
    let issuer = format!("Soundkeep {}", organisations::get(transaction, organisation).await?.name);
    Ok(Enrolment { secret: secret.base32().to_string(), uri: secret.uri(&issuer, &account).to_string() })
}

/// What a user can show, each kind once, in the order of [`FactorKind::ALL`].
pub(super) async fn kinds(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Vec<FactorKind>> {
    let factors = rows::of_user(transaction, organisation, user).await?;
    let has = |kind| factors.iter().any(|factor| factor.kind == kind && factor.confirmed_at.is_some());
    Ok(FactorKind::ALL.iter().copied().filter(|kind| has(*kind)).collect())
}

/// Uses a code up, of the confirmed apps of a user or of the one that is being set up, and says whether it was right.
pub(super) async fn use_code(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    code: &str,
    confirmed: bool,
) -> Result<bool> {
    let now = vault.now();
    let seconds = u64::try_from(now.as_unix_micros() / 1_000_000).unwrap_or(0);
    let keys = vault.keys(organisation).await?;
    for factor in rows::of_user(transaction, organisation, user).await? {
        if factor.kind != FactorKind::App || factor.confirmed_at.is_some() != confirmed {
            continue;
        }
        let key = keys.key.object_key("factor", factor.id.as_bytes())?;
        let secret = sealed::open_whole(&key, &context(organisation, user, factor.id), factor.sealed_secret)?;
        let secret = TotpSecret::from_bytes(&secret).ok_or(Error::Damaged)?;
        let Some(step) = secret.matched_step(code, seconds).and_then(|step| i64::try_from(step).ok()) else {
            continue;
        };
        if rows::use_step(transaction, organisation, factor.id, step, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Uses a recovery code up, with its event, and says whether it was right.
pub(super) async fn use_recovery_code(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    code: &str,
    draft: impl FnOnce(EventKind) -> Result<Draft>,
) -> Result<bool> {
    let Some(code) = RecoveryCode::parse(code) else { return Ok(false) };
    let used = rows::use_recovery_code(transaction, organisation, user, code.hash(), vault.now()).await?;
    if used {
        let left = rows::recovery_codes_left(transaction, organisation, user).await?;
        let draft = draft(EventKind::RecoveryCodeUsed)?.object(Object::new("user", user)).detail("left", left);
        record(vault, transaction, draft).await?;
    }
    Ok(used)
}

/// Makes recovery codes in place of those that there were, with their event.
pub(super) async fn make_recovery_codes(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    draft: Draft,
) -> Result<Vec<String>> {
    let codes: Vec<RecoveryCode> =
        (0..RECOVERY_CODES).map(|_| RecoveryCode::generate(vault.entropy())).collect::<std::result::Result<_, _>>()?;
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| code.hash()).collect();
    rows::replace_recovery_codes(transaction, organisation, user, &hashes).await?;
    record(vault, transaction, draft.object(Object::new("user", user)).detail("count", RECOVERY_CODES as u64)).await?;
    Ok(codes.iter().map(|code| code.reveal().to_string()).collect())
}

/// Writes down that a factor was set up, and makes recovery codes for whoever has none. They stand in for the factor
/// beside a password: who has only passkeys has no use for them.
pub(super) async fn enrolled(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    (kind, name): (FactorKind, &str),
    draft: impl Fn(EventKind) -> Result<Draft>,
) -> Result<Vec<String>> {
    let added = draft(EventKind::SecondFactorAdded)?
        .object(Object::new("user", user))
        .detail("kind", kind.word())
        .new_value(change::personal(json!({"name": name})));
    record(vault, transaction, added).await?;
    let alone = kind == FactorKind::Passkey && !users::has_password(transaction, organisation, user).await?;
    if alone || rows::recovery_codes_left(transaction, organisation, user).await? > 0 {
        return Ok(Vec::new());
    }
    make_recovery_codes(vault, transaction, (organisation, user), draft(EventKind::RecoveryCodesCreated)?).await
}

/// Begins to set an authenticator app up for oneself. It counts once a code of it was shown.
///
/// # Errors
/// [`Error::Conflict`] for programs.
pub async fn begin_app(vault: &Vault, caller: &Caller) -> Result<Enrolment> {
    let Own { organisation, user, .. } = own(caller)?;
    if vault.settings(organisation).await?.second_factor_mode() == "none" {
        return Err(Error::Conflict("your organisation has no second factor"));
    }
    let mut transaction = vault.store().begin().await?;
    let factors = rows::of_user(&mut transaction, organisation, user).await?;
    let is_app = |factor: &&rows::Factor| factor.kind == FactorKind::App && factor.confirmed_at.is_some();
    if factors.iter().filter(is_app).count() >= APPS_MAX {
        return Err(Error::Conflict("you have ten authenticator apps: take one away first"));
    }
    let enrolment = begin_enrolment(vault, &mut transaction, organisation, user).await?;
    let draft = Draft::of(vault, caller, EventKind::SecondFactorBegun)?.object(Object::new("user", user));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(enrolment)
}

/// Shows that an app works, from when on it counts; answers recovery codes when there were none.
///
/// # Errors
/// [`Error::Invalid`] when the code is wrong, [`Error::TooMany`], [`Error::Conflict`] for programs.
pub async fn confirm_app(vault: &Vault, caller: &Caller, code: &str) -> Result<Vec<String>> {
    let Own { organisation, user, .. } = own(caller)?;
    let limits = &vault.identity_state().limits;
    let taken = limits.take_in_session(caller.session(), vault.now()).map_err(Error::TooMany)?;
    let mut transaction = vault.store().begin().await?;
    if !use_code(vault, &mut transaction, (organisation, user), code, false).await? {
        return Err(Error::invalid("code", WRONG_CODE));
    }
    let draft = |kind| Draft::of(vault, caller, kind);
    let codes = enrolled(vault, &mut transaction, (organisation, user), (FactorKind::App, APP_NAME), draft).await?;
    transaction.commit().await?;
    limits.give_back(&taken);
    Ok(codes)
}

/// Takes one of one's own second factors away.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is the last one and the organisation asks for one, and when it is the
/// only way in.
pub async fn remove_factor(vault: &Vault, caller: &Caller, id: FactorId) -> Result<()> {
    let Own { organisation, user, .. } = own(caller)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    let factors = rows::of_user(&mut transaction, organisation, user).await?;
    let kind = factors.into_iter().find(|factor| factor.id == id).ok_or(Error::NotFound)?.kind;
    rows::delete(&mut transaction, organisation, user, id).await?;
    if kind == FactorKind::Passkey && !passkeys::can_come_in(&mut transaction, organisation, user).await? {
        return Err(Error::Conflict("you have no password, and this passkey is your only way in: add another before"));
    }
    let is_last = !rows::has_any(&mut transaction, organisation, user).await?;
    let is_reached = codes::way_to(&mut transaction, &settings, (organisation, user)).await?.is_some();
    if is_last && settings.second_factor() == "always" && !is_reached {
        return Err(Error::Conflict("your organisation asks for a second factor: set another up before"));
    }
    if is_last {
        rows::delete_all(&mut transaction, organisation, user).await?;
    }
    let draft = Draft::of(vault, caller, EventKind::SecondFactorRemoved)?
        .object(Object::new("user", user))
        .detail("factors", 1)
        .detail("kind", kind.word())
        .detail("is_last", is_last);
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes recovery codes for oneself; those before end.
///
/// # Errors
/// [`Error::Conflict`] without a second factor, and for programs.
pub async fn renew_recovery_codes(vault: &Vault, caller: &Caller) -> Result<Vec<String>> {
    let Own { organisation, user, .. } = own(caller)?;
    let mut transaction = vault.store().begin().await?;
    // Those who could lock everybody out of the console need a way back, also without a second factor.
    let keeps_the_house = decide_plain(caller.facts(), Permission::SecuritySettingsManage).allowed();
    if !keeps_the_house && !rows::has_any(&mut transaction, organisation, user).await? {
        return Err(Error::Conflict("recovery codes stand in for a second factor: set one up first"));
    }
    let draft = Draft::of(vault, caller, EventKind::RecoveryCodesCreated)?;
    let codes = make_recovery_codes(vault, &mut transaction, (organisation, user), draft).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Takes all second factors, recovery codes and the phone number of a user away, and ends their sessions: perhaps the phone is in
/// somebody else's hands.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`], [`Error::Conflict`] when there is none.
pub async fn reset_second_factor(vault: &Vault, caller: &Caller, id: UserId) -> Result<()> {
    let mut transaction = change::begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let user = users::get(&mut transaction, organisation, id).await?;
    let factors = rows::delete_all(&mut transaction, organisation, id).await?;
    // Perhaps the phone with that number is gone, too.
    let had_phone = phones::remove(&mut transaction, organisation, id).await?;
    sent_codes::end(&mut transaction, organisation, id).await?;
    if factors == 0 && !had_phone {
        return Err(Error::Conflict("this user has no second factor"));
    }
    let ended = sessions::end_all(&mut transaction, organisation, id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::SecondFactorRemoved)?
        .object(Object::new("user", id).named(&user.name))
        .detail("factors", factors)
        .detail("phone", had_phone)
        .detail("sessions_ended", ended);
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes a wrong code down, in a transaction of its own: whoever knows a password and guesses codes must be seen.
pub(super) async fn refused(vault: &Vault, organisation: OrganisationId, network: Network, draft: Draft) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    record(vault, &mut transaction, draft.outcome(Outcome::Refused)).await?;
    transaction.commit().await?;
    refusals::refuse(vault, network, Some(organisation), false).await
}

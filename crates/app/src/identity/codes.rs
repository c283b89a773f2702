//! Codes by mail or text message, for people without an authenticator app or passkey where the organisation wants that: made, sent, and used once.
//!
//! A code lives ten minutes and bears five wrong answers; a newer one ends it. Its hash is kept sealed, because six digits
//! are found from a hash alone in no time.

use super::account::{Own, own};
use super::limits::Trying;
use super::{Network, Visitor, devices, refusals, steps};
use crate::event::{Draft, record};
use crate::messages::{self, Letter, Letterhead, Short};
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::digest::{equal_in_constant_time, sha256};
use soundkeep_crypto::sealed;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::{OrganisationId, Timestamp, UserId};
use soundkeep_store::identity::sent_codes::{self as rows, SentCode};
use soundkeep_store::identity::{factors, phones, users};
use soundkeep_store::{Queries, Transaction};

/// A code can be used for so long; seconds.
pub const CODE_SECONDS: i64 = 10 * 60;
/// So many wrong answers end a code.
const TRIES: i64 = 5;
/// How many codes there are: six digits.
const CODES: u64 = 1_000_000;
/// What is answered to a code that isn't right.
pub(super) const WRONG_SENT_CODE: &str = "this code isn't right, or has ended: take the newest one";
const NO_CODE: &str = "no code is sent to you: show one of your authenticator app, a passkey, or your password";

/// How a code comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentBy {
    /// By mail.
    Mail,
    /// By text message.
    Sms,
}

impl SentBy {
    /// Its stable name: in the ledger, of a session, and of the setting.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "email",
            Self::Sms => "sms",
        }
    }
}

/// A code that is on its way.
#[derive(Debug, Clone)]
pub struct CodeSent {
    /// How it comes.
    pub by: SentBy,
    /// Where it goes, with most of it hidden.
    pub to: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// How codes come to those who have neither app nor passkey, where the organisation has them sent.
pub(super) fn sent_by(settings: &Settings) -> Option<SentBy> {
    match settings.second_factor_mode().as_str() {
        _ if settings.second_factor() == "off" => None,
        "email" => Some(SentBy::Mail),
        "sms" => Some(SentBy::Sms),
        _ => None,
    }
}

/// How a code reaches somebody who has neither app nor passkey: a text message reaches nobody without a phone number.
pub(super) fn reaches(settings: &Settings, has_phone: bool) -> Option<SentBy> {
    sent_by(settings).filter(|by| *by == SentBy::Mail || has_phone)
}

/// The same for a user whose phone is looked up where it matters.
pub(super) async fn way_to(
    queries: &mut impl Queries,
    settings: &Settings,
    (organisation, user): (OrganisationId, UserId),
) -> Result<Option<SentBy>> {
    let has_phone = sent_by(settings) == Some(SentBy::Sms) && phones::get(queries, organisation, user).await?.is_some();
    Ok(reaches(settings, has_phone))
}

fn context(organisation: OrganisationId, user: UserId) -> Vec<u8> {
    [b"code:".as_slice(), organisation.as_bytes(), user.as_bytes()].concat()
}

fn hash(organisation: OrganisationId, user: UserId, digits: &str) -> [u8; 32] {
    sha256(&[organisation.as_bytes().as_slice(), user.as_bytes(), digits.as_bytes()].concat())
}

/// The digits that somebody typed: with blanks or hyphens, as people do.
fn digits(typed: &str) -> String {
    typed.chars().filter(|character| !character.is_whitespace() && *character != '-').take(64).collect()
}

/// `a…@example.org`: enough to know which mailbox to look into.
fn hidden(address: &str) -> String {
    match address.split_once('@') {
        Some((local, domain)) => format!("{}…@{domain}", local.chars().next().unwrap_or('…')),
        None => "…".to_owned(),
    }
}

/// `…89`: enough to know which phone to look at.
fn hidden_number(number: &str) -> String {
    let from = number.len().saturating_sub(2);
    format!("…{}", number.get(from..).unwrap_or_default())
}

/// Sends a code to somebody on their way in, whose first proof held.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is no such sign-in, or not any more; [`Error::Conflict`] when no code comes next;
/// [`Error::TooMany`] with the seconds to wait.
pub async fn send_sign_in_code(vault: &Vault, token: &str, head: &Letterhead, visitor: &Visitor) -> Result<CodeSent> {
    let (organisation, person) =
        steps::waits_for_sent_code(vault, token, visitor).await?.ok_or(Error::Conflict(NO_CODE))?;
    let network = Network::of(visitor.address);
    let device = devices::known(vault, visitor.known.as_deref(), organisation, person.id).await?;
    let limits = &vault.identity_state().limits;
    if let Err(seconds) = limits.take_sent_code(person.id, Trying::new(device, network), vault.now()) {
        refusals::refuse(vault, network, Some(organisation), true).await?;
        return Err(Error::TooMany(seconds));
    }
    let actor = super::entry::Comer::new(organisation, person.id, &person.name, "").actor();
    let draft = Draft::by(vault, organisation, actor, EventKind::CodeSent)?.address(visitor.text());
    send(vault, (organisation, &person), head, draft.detail("for", "sign_in")).await
}

/// Sends a code to somebody who is signed in, for a sensitive change.
///
/// # Errors
/// [`Error::Conflict`] for programs, and for whom no code is sent; [`Error::TooMany`].
pub async fn send_step_up_code(vault: &Vault, caller: &Caller, head: &Letterhead) -> Result<CodeSent> {
    let Own { organisation, user, .. } = own(caller)?;
    let mut reader = vault.store().reader();
    let settings = soundkeep_store::settings::in_force(&mut reader, vault.registry(), organisation).await?;
    if factors::has_any(&mut reader, organisation, user).await?
        || way_to(&mut reader, &settings, (organisation, user)).await?.is_none()
    {
        return Err(Error::Conflict(NO_CODE));
    }
    let limits = &vault.identity_state().limits;
    limits.take_sent_code_in_session(caller.session(), vault.now()).map_err(Error::TooMany)?;
    let person = users::get(&mut reader, organisation, user).await?;
    let draft = Draft::of(vault, caller, EventKind::CodeSent)?.detail("for", "step_up");
    send(vault, (organisation, &person), head, draft).await
}

async fn send(
    vault: &Vault,
    (organisation, user): (OrganisationId, &users::User),
    head: &Letterhead,
    draft: Draft,
) -> Result<CodeSent> {
    let now = vault.now();
    let number = u64::from_be_bytes(vault.random()?) % CODES;
    let code = format!("{number:06}");
    let key = vault.keys(organisation).await?.key.object_key("code", user.id.as_bytes())?;
    let hash = hash(organisation, user.id, &code);
    let sealed = sealed::seal_whole(&key, &context(organisation, user.id), &hash, vault.entropy())?;
    let expires_at = now.plus_seconds(CODE_SECONDS);
    let mut transaction = vault.store().begin().await?;
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    let sent = SentCode { sealed, tries: TRIES, number: None };
    rows::replace(&mut transaction, (organisation, user.id), &sent, (now, expires_at)).await?;
    let said = (&settings, head.language.as_str(), expires_at);
    let whose = (organisation, user);
    let by = way_to(&mut transaction, &settings, (organisation, user.id)).await?.ok_or(Error::Conflict(NO_CODE))?;
    let to = match by {
        SentBy::Mail => {
            messages::keep(vault, &mut transaction, whose, &Letter::Code(code), said).await?;
            hidden(&user.email)
        }
        SentBy::Sms => {
            let number = phones::get(&mut transaction, organisation, user.id).await?;
            let number = number.ok_or(Error::Conflict(NO_CODE))?;
            let short = (Short::Code(code), number.as_str());
            messages::keep_short(vault, &mut transaction, whose, short, said).await?;
            hidden_number(&number)
        }
    };
    record(
        vault,
        &mut transaction,
        draft.object(Object::new("user", user.id).named(&user.name)).detail("by", by.word()),
    )
    .await?;
    transaction.commit().await?;
    Ok(CodeSent { by, to, expires_at })
}

/// Uses a code up that was sent, and says whether it was right. A wrong answer has taken a try in
/// the transaction, which is to be committed then too.
pub(super) async fn use_sent_code(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    typed: &str,
) -> Result<bool> {
    let taken = rows::take_try(transaction, organisation, user, vault.now()).await?;
    let Some(sealed) = taken else { return Ok(false) };
    let key = vault.keys(organisation).await?.key.object_key("code", user.as_bytes())?;
    let kept = sealed::open_whole(&key, &context(organisation, user), sealed)?;
    if !equal_in_constant_time(&kept, &hash(organisation, user, &digits(typed))) {
        return Ok(false);
    }
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    if sent_by(&settings) == Some(SentBy::Sms) {
        // An administrator may have entered the number: whoever shows a code that was sent to it has it.
        phones::confirm(transaction, organisation, user, vault.now()).await?;
    }
    Ok(rows::end(transaction, organisation, user).await?)
}

/// Sends a code to a number that somebody says is theirs. Until they show it, the number counts for nothing.
pub(super) async fn send_to_number(
    vault: &Vault,
    caller: &Caller,
    (own, number): (&Own, &str),
    head: &Letterhead,
) -> Result<CodeSent> {
    let (organisation, now) = (own.organisation, vault.now());
    let limits = &vault.identity_state().limits;
    let mut transaction = vault.store().begin().await?;
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    if !messages::sends_text_messages(&settings) {
        return Err(Error::Conflict("your organisation sends no text messages: a number couldn't be confirmed"));
    }
    limits.take_sent_code_in_session(caller.session(), now).map_err(Error::TooMany)?;
    let code = format!("{:06}", u64::from_be_bytes(vault.random()?) % CODES);
    let key = vault.keys(organisation).await?.key.object_key("code", own.user.as_bytes())?;
    let hash = hash(organisation, own.user, &format!("{code} for {number}"));
    let sealed = sealed::seal_whole(&key, &context(organisation, own.user), &hash, vault.entropy())?;
    let expires_at = now.plus_seconds(CODE_SECONDS);
    let sent = SentCode { sealed, tries: TRIES, number: Some(number.to_owned()) };
    rows::replace(&mut transaction, (organisation, own.user), &sent, (now, expires_at)).await?;
    let user = users::get(&mut transaction, organisation, own.user).await?;
    let said = (&settings, head.language.as_str(), expires_at);
    let short = (Short::Code(code), number);
    messages::keep_short(vault, &mut transaction, (organisation, &user), short, said).await?;
    let draft = Draft::of(vault, caller, EventKind::CodeSent)?
        .object(Object::new("user", user.id).named(&user.name))
        .detail("for", "phone")
        .detail("by", SentBy::Sms.word());
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(CodeSent { by: SentBy::Sms, to: hidden_number(number), expires_at })
}

/// Uses a code up that was sent to a number, and answers the number when it was right. A wrong answer has taken a try in
/// the transaction, which is to be committed then too.
pub(super) async fn use_code_of_number(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, user): (OrganisationId, UserId),
    typed: &str,
) -> Result<Option<String>> {
    let Some((number, sealed)) = rows::take_try_of_number(transaction, organisation, user, vault.now()).await? else {
        return Ok(None);
    };
    let key = vault.keys(organisation).await?.key.object_key("code", user.as_bytes())?;
    let kept = sealed::open_whole(&key, &context(organisation, user), sealed)?;
    let told = hash(organisation, user, &format!("{} for {number}", digits(typed)));
    let is_right = equal_in_constant_time(&kept, &told) && rows::end(transaction, organisation, user).await?;
    Ok(is_right.then_some(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_told_to_whom_it_belongs_and_to_nobody_else() {
        assert_eq!(hidden("ada.lovelace@example.org"), "a…@example.org");
        assert_eq!(hidden(""), "…");
        assert_eq!(hidden_number("+4930123456"), "…56");
    }

    proptest! {
        #[test]
        fn a_code_is_the_same_however_it_is_spaced(code in 0..CODES, at in 0_usize..7, typed in ".{0,80}") {
            let code = format!("{code:06}");
            let spaced = format!(" {}-\u{a0}{} ", &code[..at.min(6)], &code[at.min(6)..]);
            prop_assert_eq!(digits(&spaced), code);
            prop_assert!(digits(&typed).chars().count() <= 64);
        }
    }
}

//! A link for a new password, by mail, for whoever says that they forgot theirs.
//!
//! Whoever asks gets one answer, after the same work: asking does nothing but put the address on a list in memory, which
//! is worked at beside requests. So neither the answer nor its time tells whether an account exists. What is on the list
//! when a node ends is asked for again by whoever misses the mail.

use super::entry;
use super::links;
use super::sign_in::Visitor;
use super::{Network, refusals};
use crate::event::{Draft, record};
use crate::messages::{self, Letter, Letterhead};
use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::Timestamp;
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::{Actor, EventKind, Object, Outcome};
use soundkeep_domain::identity::{LinkPurpose, normal_email};
use soundkeep_store::identity::users;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// More than this isn't remembered: whoever asks then is told to try again.
const WAITING_MAX: usize = 1000;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Somebody who forgot a password, as they said.
struct Asked {
    email: String,
    organisation: Option<String>,
    head: Letterhead,
    address: Option<String>,
}

/// Those who asked and aren't looked after yet.
#[derive(Default)]
pub(crate) struct Resets {
    waiting: Mutex<VecDeque<Asked>>,
    came: Arc<Notify>,
}

impl Vault {
    /// Wakes when somebody asked for a new password.
    #[must_use]
    pub fn resets_waiting(&self) -> Arc<Notify> {
        Arc::clone(&self.identity_state().resets.came)
    }
}

/// Takes down that somebody forgot the password of this address. Whether there is such an account is looked at later.
///
/// # Errors
/// [`Error::TooMany`] with the seconds to wait, [`Error::Unavailable`] when too many ask at once; neither hangs on the
/// account.
pub async fn ask_for_reset(
    vault: &Vault,
    email: &str,
    organisation: Option<&str>,
    head: Letterhead,
    visitor: &Visitor,
) -> Result<()> {
    let network = Network::of(visitor.address);
    // What is no address has no account, and is counted like one that isn't known.
    let email = normal_email(email).unwrap_or_default();
    if let Err(seconds) = vault.identity_state().limits.take_reset(&email, network, vault.now()) {
        refusals::refuse(vault, network, None, true).await?;
        return Err(Error::TooMany(seconds));
    }
    let resets = &vault.identity_state().resets;
    let organisation = organisation.map(|slug| slug.trim().to_lowercase()).filter(|slug| !slug.is_empty());
    let mut waiting = resets.waiting.lock();
    if waiting.len() >= WAITING_MAX {
        return Err(Error::Unavailable("too many people ask at this moment: try again in a minute".to_owned()));
    }
    waiting.push_back(Asked { email, organisation, head, address: visitor.text() });
    drop(waiting);
    resets.came.notify_one();
    Ok(())
}

/// Looks after those who asked: makes their links, and keeps the mails to be sent. Says how many there were.
///
/// # Errors
/// When the database is away; whoever is looked after then is forgotten, and asks again.
pub async fn work_at_resets(vault: &Vault) -> Result<usize> {
    let mut done = 0;
    loop {
        let next = vault.identity_state().resets.waiting.lock().pop_front();
        let Some(asked) = next else { return Ok(done) };
        done += 1;
        work_at(vault, asked).await?;
    }
}

async fn work_at(vault: &Vault, asked: Asked) -> Result<()> {
    let mut reader = vault.store().reader();
    let Some(account) = users::account(&mut reader, &asked.email, asked.organisation.as_deref()).await? else {
        return Ok(());
    };
    drop(reader);
    let organisation = account.organisation;
    // One mail in five minutes, whoever asks and from wherever: its link is good, and in the mailbox already.
    if vault.identity_state().limits.take_reset_mail(account.user, vault.now()).is_err() {
        return Ok(());
    }
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    let account = users::account_by_id(&mut transaction, organisation, account.user).await?;
    let may = account.state == AccountState::Active && account.password_hash.is_some();
    if !may || !messages::is_set_up(&settings) {
        return Ok(());
    }
    if !entry::opens_without_provider(&mut transaction, &settings, (organisation, account.user)).await? {
        return Ok(());
    }
    let user = users::get(&mut transaction, organisation, account.user).await?;
    let set_at = users::password_set_at(&mut transaction, organisation, user.id).await?;
    let days = settings.password_minimum_days();
    let is_too_new = |at: Timestamp| days > 0 && at.plus_seconds(days * DAY_SECONDS) > vault.now();
    let language = asked.head.language.as_str();
    if set_at.is_some_and(is_too_new) {
        let until = vault.now().plus_seconds(super::PASSWORD_LINK_SECONDS);
        let letter = Letter::PasswordTooNew;
        messages::keep(vault, &mut transaction, (organisation, &user), &letter, (&settings, language, until)).await?;
        let draft = Draft::by(vault, organisation, Actor::anonymous(), EventKind::PasswordLinkCreated)?
            .address(asked.address)
            .outcome(Outcome::Refused)
            .object(Object::new("user", user.id).named(&user.name))
            .detail("why", "too_new");
        record(vault, &mut transaction, draft).await?;
        return Ok(transaction.commit().await?);
    }
    let draft = Draft::by(vault, organisation, Actor::anonymous(), EventKind::PasswordLinkCreated)?
        .address(asked.address)
        .detail("why", "forgotten");
    let purpose = (LinkPurpose::Password, &user, Some(&asked.head));
    links::add_and_send(vault, &mut transaction, draft, organisation, purpose).await?;
    Ok(transaction.commit().await?)
}

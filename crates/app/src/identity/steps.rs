//! Going on with a sign-in that isn't complete: a code, a recovery code, the app that was set up, another password.

use super::change::normal_name;
use super::codes::{self, SentBy};
use super::entry::{self, Comer, Entered, enter, finish};
use super::limits::Trying;
use super::passkeys::{self, Answered, Asked, NewPasskey, Purpose, Site, Taken};
use super::sign_in::Visitor;
use super::{Network, devices, factors, passwords};
use crate::event::{Draft, record};
use crate::{Error, Result, Vault};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::OrganisationId;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::{FactorKind, Step};
use soundkeep_store::identity::{factors as factor_rows, sessions, sign_ins, users};
use soundkeep_store::{Transaction, organisations};

/// What somebody says to the step that comes next.
#[derive(Clone)]
pub enum Said {
    /// A code of the app, to show it or to set it up.
    Code(String),
    /// A passkey that they have.
    Passkey(Answered),
    /// A passkey that they set up.
    NewPasskey(NewPasskey),
    /// A recovery code instead.
    RecoveryCode(String),
    /// The recovery codes are kept.
    Kept,
    /// Another password.
    NewPassword(String),
    /// Nothing yet: they want to know what comes next.
    Nothing,
}

/// What a device is asked in a sign-in.
#[derive(Debug, Clone)]
pub enum AskedInStep {
    /// For a passkey that there is.
    Existing(Asked),
    /// For a new one.
    New(Asked),
}

/// A sign-in that is gone on with.
struct Going<'going> {
    vault: &'going Vault,
    token: Token,
    row: sign_ins::SignIn,
    user: users::User,
    visitor: &'going Visitor,
}

/// Goes on with a sign-in.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is no such sign-in, or not any more; [`Error::Conflict`] when something else comes
/// next; [`Error::Invalid`] when a code or password doesn't fit; [`Error::TooMany`] with the seconds to wait.
pub async fn continue_sign_in(vault: &Vault, token: &str, said: Said, visitor: &Visitor) -> Result<Entered> {
    let going = Going::find(vault, token, visitor).await?;
    let said = going.heard(said).await?;
    let (mut transaction, _) = entry::begin(vault, going.row.organisation).await?;
    let step = going.step(&mut transaction).await?;
    match (step, said) {
        (Some(step @ (Step::SecondFactor | Step::Enrolment)), Heard::Said(Said::Code(code))) => {
            going.code(transaction, step, &code).await
        }
        (Some(Step::SecondFactor), Heard::Passkey(taken)) => going.passkey(transaction, taken).await,
        (Some(Step::Enrolment), Heard::NewPasskey(taken, name)) => going.new_passkey(transaction, taken, &name).await,
        (Some(Step::SecondFactor | Step::WayBack), Heard::Said(Said::RecoveryCode(code))) => {
            going.recovery_code(transaction, &code).await
        }
        (Some(Step::RecoveryCodes), Heard::Said(Said::Kept)) => {
            sign_ins::recovery_codes_taken(&mut transaction, going.row.organisation, going.row.id).await?;
            going.enter(transaction, None, (Vec::new(), false)).await
        }
        (Some(Step::NewPassword), Heard::Said(Said::NewPassword(password))) => {
            // Hashing takes its time, which no transaction waits for.
            drop(transaction);
            going.new_password(password).await
        }
        (Some(_), Heard::Said(Said::Nothing)) => {
            let due = going.row.recovery_codes;
            going.enter(transaction, None, (Vec::new(), due)).await
        }
        (None, _) => going.enter(transaction, None, (Vec::new(), false)).await,
        (Some(_), _) => Err(Error::Conflict("something else comes next in this sign-in")),
    }
}

/// Asks for a passkey, where one may be shown next in a sign-in, or set up.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is no such sign-in, or not any more; [`Error::Conflict`] when something else comes
/// next, for who has none, and at an address without passkeys.
pub async fn ask_in_sign_in(vault: &Vault, site: &Site, token: &str, visitor: &Visitor) -> Result<AskedInStep> {
    let going = Going::find(vault, token, visitor).await?;
    let whose = (going.row.organisation, going.row.user);
    let mut transaction = vault.store().begin().await?;
    let asked = match going.step(&mut transaction).await? {
        Some(Step::SecondFactor) => {
            let purpose = Purpose::SecondFactor(going.row.id);
            AskedInStep::Existing(passkeys::ask_for_one(vault, &mut transaction, site, whose, purpose).await?)
        }
        Some(Step::Enrolment) => {
            let purpose = Purpose::Enrolment(going.row.id);
            AskedInStep::New(passkeys::ask_for_new(vault, &mut transaction, site, whose, purpose).await?)
        }
        Some(Step::WayBack | Step::RecoveryCodes | Step::NewPassword) | None => {
            return Err(Error::Conflict("something else comes next in this sign-in"));
        }
    };
    transaction.commit().await?;
    Ok(asked)
}

/// Who waits for a code that is sent, in the sign-in of this token; nothing when something else comes next.
///
/// # Errors
/// [`Error::NotSignedIn`] when there is no such sign-in, or not any more.
pub(super) async fn waits_for_sent_code(
    vault: &Vault,
    token: &str,
    visitor: &Visitor,
) -> Result<Option<(OrganisationId, users::User)>> {
    let going = Going::find(vault, token, visitor).await?;
    let (organisation, user) = (going.row.organisation, going.row.user);
    let mut transaction = vault.store().begin().await?;
    let waits = going.step(&mut transaction).await? == Some(Step::SecondFactor)
        && !factor_rows::has_any(&mut transaction, organisation, user).await?;
    Ok(waits.then_some((organisation, going.user)))
}

/// What somebody said, with what their device was asked.
enum Heard {
    Said(Said),
    Passkey(Taken),
    NewPasskey(Taken, String),
}

impl<'going> Going<'going> {
    async fn find(vault: &'going Vault, token: &str, visitor: &'going Visitor) -> Result<Self> {
        let token = Token::parse_kind(token.trim(), TokenKind::SignIn).map_err(|_| Error::NotSignedIn)?;
        let mut reader = vault.store().reader();
        let row = sign_ins::find(&mut reader, token.hash().as_bytes(), vault.now()).await?.ok_or(Error::NotSignedIn)?;
        let user = users::get(&mut reader, row.organisation, row.user).await?;
        Ok(Self { vault, token, row, user, visitor })
    }

    /// Takes what a device was asked, before there is a transaction: what was asked is over whatever comes of it.
    async fn heard(&self, said: Said) -> Result<Heard> {
        Ok(match said {
            Said::Passkey(answered) => {
                Heard::Passkey(passkeys::take(self.vault, Purpose::SecondFactor(self.row.id), answered).await?)
            }
            Said::NewPasskey(NewPasskey { answered, name }) => {
                let name = normal_name("name", &name)?;
                Heard::NewPasskey(passkeys::take(self.vault, Purpose::Enrolment(self.row.id), answered).await?, name)
            }
            said => Heard::Said(said),
        })
    }

    fn comer(&'going self) -> Comer<'going> {
        let row = &self.row;
        let mut comer = Comer::new(row.organisation, row.user, &self.user.name, &row.way);
        comer.second_factor = row.second_factor.as_deref();
        comer.continues = Some((row.id, &self.token, row.expires_at));
        comer.recovery_codes_due = row.recovery_codes;
        comer
    }

    fn draft(&self, kind: EventKind) -> Result<Draft> {
        let draft = Draft::by(self.vault, self.row.organisation, self.comer().actor(), kind)?;
        Ok(draft.address(self.visitor.text()))
    }

    async fn step(&self, transaction: &mut Transaction) -> Result<Option<Step>> {
        let registry = self.vault.registry();
        let settings = soundkeep_store::settings::in_force(transaction, registry, self.row.organisation).await?;
        Ok(entry::arrival(self.vault, transaction, &self.comer(), self.visitor, &settings).await?.next_step())
    }

    /// How a code comes to them.
    async fn sent_by(&self, transaction: &mut Transaction) -> Result<Option<SentBy>> {
        let (registry, organisation) = (self.vault.registry(), self.row.organisation);
        let settings = soundkeep_store::settings::in_force(transaction, registry, organisation).await?;
        codes::way_to(transaction, &settings, (organisation, self.row.user)).await
    }

    /// Goes on to the session or the next step, with a second factor if one was just shown, and the recovery codes
    /// that were made.
    async fn enter(
        &self,
        mut transaction: Transaction,
        second_factor: Option<&str>,
        (codes, due): (Vec<String>, bool),
    ) -> Result<Entered> {
        let mut comer = self.comer();
        comer.second_factor = second_factor.or(comer.second_factor);
        comer.recovery_codes = codes;
        comer.recovery_codes_due = due;
        let settings = entry::in_force(self.vault, &mut transaction, self.row.organisation).await?;
        let begun = enter(self.vault, &mut transaction, comer, self.visitor, &settings).await?;
        finish(self.vault, transaction, begun, self.visitor).await
    }

    async fn code(&self, mut transaction: Transaction, step: Step, code: &str) -> Result<Entered> {
        let limits = &self.vault.identity_state().limits;
        let (organisation, user) = (self.row.organisation, self.row.user);
        let network = Network::of(self.visitor.address);
        let device = devices::known(self.vault, self.visitor.known.as_deref(), organisation, user).await?;
        let trying = Trying::new(device, network);
        let taken = limits.take_code(user, trying, self.vault.now()).map_err(Error::TooMany)?;
        let enrolling = step == Step::Enrolment;
        let is_sent = !enrolling && !factor_rows::has_any(&mut transaction, organisation, user).await?;
        let whose = (organisation, user);
        let (right, by, sentence) = match is_sent {
            true => {
                let by = self.sent_by(&mut transaction).await?;
                let right = codes::use_sent_code(self.vault, &mut transaction, whose, code).await?;
                (right, by.map_or("email", SentBy::word), codes::WRONG_SENT_CODE)
            }
            false => {
                let right = factors::use_code(self.vault, &mut transaction, whose, code, !enrolling).await?;
                (right, FactorKind::App.word(), factors::WRONG_CODE)
            }
        };
        if !right {
            return Err(self.wrong(transaction, "code", sentence).await?);
        }
        let made = match enrolling {
            true => {
                let what = (FactorKind::App, factors::APP_NAME);
                factors::enrolled(self.vault, &mut transaction, whose, what, |kind| self.draft(kind)).await?
            }
            false => Vec::new(),
        };
        let entered = self.shown(transaction, by, made).await?;
        limits.give_back(&taken);
        Ok(entered)
    }

    /// Goes on with a second factor that was shown, and recovery codes that were made with it.
    async fn shown(&self, mut transaction: Transaction, by: &str, codes: Vec<String>) -> Result<Entered> {
        let due = !codes.is_empty();
        sign_ins::second_factor_shown(&mut transaction, self.row.organisation, self.row.id, by, due).await?;
        self.enter(transaction, Some(by), (codes, due)).await
    }

    async fn passkey(&self, mut transaction: Transaction, taken: Taken) -> Result<Entered> {
        let whose = (self.row.organisation, self.row.user);
        if passkeys::show(self.vault, &mut transaction, whose, taken).await?.is_err() {
            // What a device may have counted on isn't kept.
            drop(transaction);
            let transaction = self.vault.store().begin().await?;
            return Err(self.wrong(transaction, "passkey", passkeys::WRONG_PASSKEY).await?);
        }
        self.shown(transaction, FactorKind::Passkey.word(), Vec::new()).await
    }

    async fn new_passkey(&self, mut transaction: Transaction, taken: Taken, name: &str) -> Result<Entered> {
        let whose = (self.row.organisation, self.row.user);
        passkeys::add(self.vault, &mut transaction, whose, taken, name).await?;
        let what = (FactorKind::Passkey, name);
        let codes = factors::enrolled(self.vault, &mut transaction, whose, what, |kind| self.draft(kind)).await?;
        self.shown(transaction, FactorKind::Passkey.word(), codes).await
    }

    async fn recovery_code(&self, mut transaction: Transaction, code: &str) -> Result<Entered> {
        let (organisation, user) = (self.row.organisation, self.row.user);
        let whose = (organisation, user);
        let draft = |kind| self.draft(kind);
        if !factors::use_recovery_code(self.vault, &mut transaction, whose, code, draft).await? {
            return Err(self.wrong(transaction, "recovery_code", factors::WRONG_RECOVERY_CODE).await?);
        }
        sign_ins::second_factor_shown(&mut transaction, organisation, self.row.id, "recovery_code", false).await?;
        self.enter(transaction, Some("recovery_code"), (Vec::new(), false)).await
    }

    /// Counts a wrong answer, which ends the sign-in when it was the last.
    async fn wrong(&self, mut transaction: Transaction, field: &str, sentence: &str) -> Result<Error> {
        let left = sign_ins::count_wrong(&mut transaction, self.row.organisation, self.row.id).await?;
        transaction.commit().await?;
        let draft = self.draft(EventKind::SecondFactorRefused)?.object(Object::new("sign_in", self.row.id));
        let network = Network::of(self.visitor.address);
        factors::refused(self.vault, self.row.organisation, network, draft.detail("tries_left", left)).await?;
        Ok(if left > 0 { Error::invalid(field, sentence) } else { Error::NotSignedIn })
    }

    async fn new_password(&self, password: String) -> Result<Entered> {
        let (organisation, id) = (self.row.organisation, self.row.user);
        let settings = self.vault.settings(organisation).await?;
        let mut reader = self.vault.store().reader();
        let owner = passwords::Owner {
            email: self.user.email.clone(),
            name: self.user.name.clone(),
            organisation: organisations::get(&mut reader, organisation).await?.name,
            characters_min: passwords::characters_min(&settings),
        };
        let used = users::last_passwords(&mut reader, organisation, id, settings.password_history()).await?;
        let hash = match passwords::choose(self.vault, password, owner, used.clone()).await? {
            Ok(hash) => hash,
            Err(complaint) => return Err(Error::invalid("new_password", complaint)),
        };
        let mut transaction = self.vault.store().begin().await?;
        soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
        let now_there = users::account_by_id(&mut transaction, organisation, id).await?;
        if now_there.password_hash.as_ref() != used.first() {
            return Err(Error::NotSignedIn);
        }
        let (now, kept) = (self.vault.now(), settings.password_history());
        users::choose_password(&mut transaction, organisation, id, (&hash, now), kept).await?;
        let ended = sessions::end_open(&mut transaction, organisation, id, now).await?;
        // Whoever else knows the old password may be at this very step.
        sign_ins::end_others(&mut transaction, organisation, (id, self.row.id), now).await?;
        let chosen = self
            .draft(EventKind::PasswordChange)?
            .object(Object::new("user", id).named(&self.user.name))
            .detail("why", "too_old")
            .detail("sessions_ended", ended);
        record(self.vault, &mut transaction, chosen).await?;
        self.enter(transaction, None, (Vec::new(), self.row.recovery_codes)).await
    }
}

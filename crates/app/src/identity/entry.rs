//! From a proof to a session: what is still to be done, and the session once nothing is.
//!
//! A sign-in that isn't complete is a row with a token of its own, which opens nothing but its next step.

use super::codes::{self, SentBy};
use super::devices;
use super::factors::{self, Enrolment};
use super::passwords;
use super::session::{self, may_come_from_outside, wrong_network};
use super::sign_in::{SignedIn, Visitor};
use super::users::is_inactive;
use crate::event::{Draft, record};
use crate::messages::{self, Notice};
use crate::{Error, Result, Vault};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::Permission;
use soundkeep_domain::audit::{Actor, EventKind, Object, Outcome};
use soundkeep_domain::identity::{Arrival, FactorKind, Step};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::networks::{Networks, is_of_domain};
use soundkeep_domain::{OrganisationId, SessionId, SignInId, Timestamp, UserId};
pub(super) use soundkeep_store::identity::through::Through;
use soundkeep_store::identity::{assignments, factors as factor_rows, sessions, sign_ins, through, users};
use soundkeep_store::{Transaction, access};

/// A sign-in has to be completed within this time; seconds.
pub(super) const COMPLETE_SECONDS: i64 = 15 * 60;
/// So many wrong answers end a sign-in that isn't complete.
const TRIES: i64 = 5;

/// Where a sign-in stands.
#[derive(Clone)]
pub enum Entered {
    /// The session has begun.
    In(Box<SignedIn>),
    /// Something is still to be done.
    Next(Box<NextStep>),
}

impl Entered {
    /// The session that has begun.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something is still to be done.
    pub fn signed_in(self) -> Result<SignedIn> {
        match self {
            Self::In(signed_in) => Ok(*signed_in),
            Self::Next(_) => Err(Error::Conflict("the sign-in isn't complete yet")),
        }
    }
}

/// What somebody has to do next.
#[derive(Clone)]
pub struct NextStep {
    /// Continues this sign-in, and opens nothing else.
    pub token: String,
    /// What it is.
    pub step: Step,
    /// Until when the sign-in has to be complete.
    pub expires_at: Timestamp,
    /// What they can show, for [`Step::SecondFactor`], each kind once; none where a code is sent.
    pub second_factors: Vec<FactorKind>,
    /// The app that is to be set up, for [`Step::Enrolment`].
    pub enrolment: Option<Enrolment>,
    /// The codes that are to be kept, for [`Step::RecoveryCodes`].
    pub recovery_codes: Vec<String>,
    /// How a code comes that is sent when it is asked for, for [`Step::SecondFactor`].
    pub code_sent_by: Option<SentBy>,
    /// How long a password has to be, in characters.
    pub password_characters_min: usize,
}

/// Somebody whose first proof held.
pub(super) struct Comer<'who> {
    pub(super) organisation: OrganisationId,
    pub(super) user: UserId,
    pub(super) name: &'who str,
    /// What they showed first: `password`, or what a link was for.
    pub(super) way: &'who str,
    /// The second factor that they showed.
    pub(super) second_factor: Option<&'who str>,
    /// The provider that vouches for them.
    pub(super) through: Option<Through>,
    /// When they showed the provider who they are, if it says so.
    pub(super) authenticated_at: Option<Timestamp>,
    /// The sign-in that they continue, its token, and until when it has to be complete.
    pub(super) continues: Option<(SignInId, &'who Token, Timestamp)>,
    /// Recovery codes that were just made, to be shown this once.
    pub(super) recovery_codes: Vec<String>,
    /// Recovery codes were made, now or in a step before, that they haven't said to have kept.
    pub(super) recovery_codes_due: bool,
}

impl<'who> Comer<'who> {
    pub(super) const fn new(organisation: OrganisationId, user: UserId, name: &'who str, way: &'who str) -> Self {
        Self {
            organisation,
            user,
            name,
            way,
            second_factor: None,
            through: None,
            authenticated_at: None,
            continues: None,
            recovery_codes: Vec::new(),
            recovery_codes_due: false,
        }
    }

    pub(super) fn actor(&self) -> Actor {
        Actor { kind: "user", id: Some(self.user.to_string()), name: Some(self.name.to_owned()) }
    }
}

/// What begins with the commit.
pub(super) enum Begun {
    Session {
        token: Token,
        expires_at: Timestamp,
    },
    Step(Box<NextStep>),
    /// Nothing: whatever was done on the way is taken back, and the ledger told.
    Refused(Box<Draft>, Error),
}

/// Begins a transaction in which somebody may come in: nobody changes rights until it ends. Where older sessions may have
/// to end, nobody else comes in meanwhile. With the settings that are in force in it.
pub(super) async fn begin(vault: &Vault, organisation: OrganisationId) -> Result<(Transaction, Settings)> {
    let ends_sessions = |settings: &Settings| settings.sessions_max() > 0 || settings.sessions_mobile_max() > 0;
    let alone = ends_sessions(&*vault.settings(organisation).await?);
    let mut transaction = vault.store().begin().await?;
    if alone {
        access::lock_policy(&mut transaction, organisation).await?;
    } else {
        access::hold_policy(&mut transaction, organisation).await?;
    }
    let settings = in_force(vault, &mut transaction, organisation).await?;
    match ends_sessions(&settings) && !alone {
        true => Err(Error::Unavailable("rights were changed at this moment: try again".to_owned())),
        false => Ok((transaction, settings)),
    }
}

/// The settings that are in force in a transaction.
pub(super) async fn in_force(
    vault: &Vault,
    transaction: &mut Transaction,
    organisation: OrganisationId,
) -> Result<Settings> {
    Ok(soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?)
}

/// What is known of somebody on their way in.
pub(super) async fn arrival(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: &Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<Arrival> {
    let (organisation, user) = (comer.organisation, comer.user);
    let password_due = match settings.password_maximum_days() {
        days if days > 0 && comer.way == "password" => {
            let set_at = users::password_set_at(transaction, organisation, user).await?;
            set_at.is_some_and(|at| at.plus_seconds(days * 24 * 60 * 60) <= vault.now())
        }
        _ => false,
    };
    Ok(Arrival {
        way_back: settings.sso_only() && !comes_freely(comer.way) && comer.second_factor != Some("recovery_code"),
        second_factor_shown: comer.second_factor.is_some() || comer.way == "demo",
        has_second_factor: factor_rows::has_any(transaction, organisation, user).await?,
        second_factor_asked: settings.second_factor() == "always" || is_outside(settings, visitor),
        codes_are_sent: codes::way_to(transaction, settings, (organisation, user)).await?.is_some(),
        recovery_codes_due: comer.recovery_codes_due,
        password_due,
    })
}

/// Begins the session, or says what is to be done before it begins; with its event.
pub(super) async fn enter(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<Begun> {
    if let Some((why, error)) = refused_at_all(vault, transaction, &comer, visitor, settings).await? {
        let draft = Draft::by(vault, comer.organisation, comer.actor(), EventKind::SignInRefused)?
            .address(visitor.text())
            .outcome(Outcome::Refused)
            .object(Object::new("user", comer.user))
            .detail("why", why);
        return Ok(Begun::Refused(Box::new(draft), error));
    }
    match arrival(vault, transaction, &comer, visitor, settings).await?.next_step() {
        Some(step) => pause(vault, transaction, comer, visitor, (step, settings)).await,
        None => begin_session(vault, transaction, comer, visitor, settings).await,
    }
}

/// Why somebody whose proof held isn't let in whatever else they show; nothing when they may go on.
async fn refused_at_all(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: &Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<Option<(&'static str, Error)>> {
    if comer.way == "demo" {
        return Ok(None);
    }
    if !comes_freely(comer.way)
        && !opens_without_provider(transaction, settings, (comer.organisation, comer.user)).await?
    {
        let sentence = "your organisation signs in through its identity provider alone";
        return Ok(Some(("sso_only", Error::Conflict(sentence))));
    }
    if settings.inactive_refused() && is_kept_out(vault, transaction, comer, settings.inactive_days()).await? {
        let sentence =
            "you weren't here for long, and your account is inactive: ask an administrator to let you in again";
        return Ok(Some(("inactive", Error::Conflict(sentence))));
    }
    if settings.domains_approved() {
        let email = users::get(transaction, comer.organisation, comer.user).await?.email;
        if !is_of_domain(&settings.email_domains(), &email) {
            let sentence = "your email address is of none of the domains that your organisation approved";
            return Ok(Some(("email_domain", Error::Conflict(sentence))));
        }
    }
    if is_outside(settings, visitor) {
        let facts = access::user_caller(transaction, comer.organisation, comer.user, vault.now()).await?;
        // Who has a second factor is asked for it next. Setting one up is for those inside: out there a password alone
        // would be enough for it.
        let whose = (comer.organisation, comer.user);
        let has_any = codes::way_to(transaction, settings, whose).await?.is_some()
            || factor_rows::has_any(transaction, comer.organisation, comer.user).await?;
        if !may_come_from_outside(&facts, has_any, settings) {
            return Ok(Some(("network", wrong_network(visitor.address))));
        }
    }
    Ok(None)
}

/// Whether anything but an identity provider opens the vault to somebody. Where people sign in through providers alone,
/// a password does with a recovery code, for those who could end that.
pub(super) async fn opens_without_provider(
    transaction: &mut Transaction,
    settings: &Settings,
    (organisation, user): (OrganisationId, UserId),
) -> Result<bool> {
    if !settings.sso_only() {
        return Ok(true);
    }
    let holders = assignments::holders(transaction, organisation, Permission::SecuritySettingsManage).await?;
    Ok(holders.iter().any(|(holder, _)| *holder == user))
}

/// Whether somebody may come in this way where people sign in through providers alone.
fn comes_freely(way: &str) -> bool {
    matches!(way, "oidc" | "saml" | "demo" | "setup")
}

/// Whether somebody comes from outside of the organisation's networks.
fn is_outside(settings: &Settings, visitor: &Visitor) -> bool {
    !Networks::of(&settings.console_networks()).lets_in(visitor.address)
}

/// Whether somebody wasn't here for too long. Whoever is the only one who could let others in again is never kept out.
async fn is_kept_out(vault: &Vault, transaction: &mut Transaction, comer: &Comer<'_>, days: i64) -> Result<bool> {
    let (organisation, now) = (comer.organisation, vault.now());
    let user = users::get(transaction, organisation, comer.user).await?;
    if !is_inactive(&user, days, now) {
        return Ok(false);
    }
    let holders = assignments::holders(transaction, organisation, Permission::UsersManage).await?;
    if !holders.iter().any(|(holder, _)| *holder == comer.user) {
        return Ok(true);
    }
    for (holder, _) in holders {
        if holder != comer.user && !is_inactive(&users::get(transaction, organisation, holder).await?, days, now) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn begin_session(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<Begun> {
    let (organisation, now) = (comer.organisation, vault.now());
    let mut came_through = comer.through.clone();
    if let Some((id, ..)) = comer.continues {
        came_through = through::of_sign_in(transaction, organisation, id).await?;
        sign_ins::end(transaction, organisation, id, now).await?;
    }
    let token = Token::generate(TokenKind::Session, vault.entropy())?;
    let address = visitor.text();
    let lasts = now.plus_seconds(settings.session_hours() * 60 * 60);
    // No session outlives the one at the provider that vouched for it (SAML 2.0 core, section 2.7.2).
    let there = came_through.as_ref().and_then(|came| came.ends_at);
    let expires_at = there.map_or(lasts, |there| lasts.min(there));
    let proven_at = match comer.way {
        // Nobody knows a password of the demo's people, and nothing of it is real: they are never asked again.
        "demo" => expires_at,
        // A provider lets in again whom it knows from this morning: that proves nothing of now (ASVS 6.8.4).
        _ if comer.continues.is_none() => comer.authenticated_at.map_or(now, |at| at.min(now)),
        _ => now,
    };
    let session = sessions::NewSession {
        proven_at,
        id: SessionId::make(now, &vault.random()?),
        token_hash: *token.hash().as_bytes(),
        user: comer.user,
        created_at: now,
        expires_at,
        address: address.as_deref(),
        way: comer.way,
        second_factor: comer.second_factor,
        device: visitor.device.name.as_deref(),
        is_mobile: visitor.device.is_mobile,
    };
    super::sessions::make_room(vault, transaction, &comer, visitor, settings).await?;
    tell_of_new_device(vault, transaction, &comer, visitor, settings).await?;
    sessions::add(transaction, organisation, &session).await?;
    if let Some(came) = came_through {
        through::mark_session(transaction, organisation, session.id, &came).await?;
    }
    users::signed_in(transaction, organisation, comer.user, now).await?;
    let mut draft = Draft::by(vault, organisation, comer.actor(), EventKind::SignIn)?
        .address(address.clone())
        .object(Object::new("session", session.id))
        .detail("by", comer.way);
    if let Some(second) = comer.second_factor {
        draft = draft.detail("second_factor", second);
    }
    record(vault, transaction, draft).await?;
    Ok(Begun::Session { token, expires_at: session.expires_at })
}

/// Tells somebody who was here before that they came in on a device that isn't known.
async fn tell_of_new_device(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: &Comer<'_>,
    visitor: &Visitor,
    settings: &Settings,
) -> Result<()> {
    let (organisation, user) = (comer.organisation, comer.user);
    if !messages::owners_are_told(settings) || comer.way == "demo" {
        return Ok(());
    }
    let is_known = devices::known(vault, visitor.known.as_deref(), organisation, user).await?.is_some();
    if is_known || users::get(transaction, organisation, user).await?.last_sign_in_at.is_none() {
        return Ok(());
    }
    let notice = Notice::NewDevice { device: visitor.device.name.clone(), address: visitor.text(), at: vault.now() };
    messages::notify_owner(vault, transaction, (organisation, user), &notice).await
}

async fn pause(
    vault: &Vault,
    transaction: &mut Transaction,
    comer: Comer<'_>,
    visitor: &Visitor,
    (step, settings): (Step, &Settings),
) -> Result<Begun> {
    let (organisation, now) = (comer.organisation, vault.now());
    let (token, expires_at) = match comer.continues {
        Some((_, token, expires_at)) => (token.clone(), expires_at),
        None => {
            let there = comer.through.as_ref().and_then(|came| came.ends_at);
            let complete_by = now.plus_seconds(COMPLETE_SECONDS);
            let expires_at = there.map_or(complete_by, |there| complete_by.min(there));
            let token = Token::generate(TokenKind::SignIn, vault.entropy())?;
            let new = sign_ins::NewSignIn {
                id: SignInId::make(now, &vault.random()?),
                token_hash: *token.hash().as_bytes(),
                user: comer.user,
                way: comer.way,
                tries: TRIES,
                created_at: now,
                expires_at,
            };
            sign_ins::add(transaction, organisation, &new).await?;
            if let Some(came) = &comer.through {
                through::mark_sign_in(transaction, organisation, new.id, came).await?;
            }
            let draft = Draft::by(vault, organisation, comer.actor(), EventKind::SignInStep)?
                .address(visitor.text())
                .object(Object::new("sign_in", new.id))
                .detail("by", comer.way)
                .detail("next", step.word());
            record(vault, transaction, draft).await?;
            (token, expires_at)
        }
    };
    let enrolment = match step {
        Step::Enrolment => Some(factors::begin_enrolment(vault, transaction, organisation, comer.user).await?),
        Step::WayBack | Step::SecondFactor | Step::RecoveryCodes | Step::NewPassword => None,
    };
    let second_factors = match step {
        Step::SecondFactor => factors::kinds(transaction, organisation, comer.user).await?,
        Step::WayBack | Step::Enrolment | Step::RecoveryCodes | Step::NewPassword => Vec::new(),
    };
    let code_sent_by = match step {
        Step::SecondFactor if second_factors.is_empty() => {
            codes::way_to(transaction, settings, (organisation, comer.user)).await?
        }
        _ => None,
    };
    Ok(Begun::Step(Box::new(NextStep {
        token: token.reveal().to_owned(),
        step,
        expires_at,
        second_factors,
        enrolment,
        recovery_codes: comer.recovery_codes,
        code_sent_by,
        password_characters_min: passwords::characters_min(settings),
    })))
}

/// Commits, and says where the sign-in stands.
pub(super) async fn finish(
    vault: &Vault,
    transaction: Transaction,
    begun: Begun,
    visitor: &Visitor,
) -> Result<Entered> {
    match begun {
        Begun::Step(next) => {
            transaction.commit().await?;
            Ok(Entered::Next(next))
        }
        Begun::Refused(draft, error) => {
            drop(transaction);
            let mut transaction = vault.store().begin().await?;
            record(vault, &mut transaction, *draft).await?;
            transaction.commit().await?;
            Err(error)
        }
        Begun::Session { token, expires_at } => {
            transaction.commit().await?;
            let caller = session::check(vault, token.reveal(), visitor.address).await?;
            let user = caller.user().ok_or(Error::NotSignedIn)?;
            let known = devices::remember(vault, visitor.known.as_deref(), caller.organisation(), user).await?;
            let me = session::me(vault, &caller).await?;
            Ok(Entered::In(Box::new(SignedIn { token: token.reveal().to_owned(), expires_at, known, me })))
        }
    }
}

//! Somebody is back from a provider, and what it says of them is believed: who they are here, and what comes next.
//!
//! A provider vouches for addresses of its domains alone. Who came in through one provider comes in through no other,
//! so that whoever controls one can't take the accounts of another.

use super::mapping;
use super::trip::{Trip, address_of};
use crate::access::weigh;
use crate::event::{Draft, record};
use crate::identity::account::{self, Own};
use crate::identity::change::{normal_name, personal, plain};
use crate::identity::entry::{self, Comer, Entered, Through, enter, finish};
use crate::identity::{Renewed, Visitor, scim};
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_crypto::sealed;
use soundkeep_domain::access::{AccountState, SystemCaller};
use soundkeep_domain::audit::{Actor, EventKind, Object, Outcome};
use soundkeep_domain::identity::{Arrived, ProviderState, Purpose, domain_of};
use soundkeep_domain::settings::networks::is_of_domain;
use soundkeep_domain::{OrganisationId, ProviderId, Timestamp, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::access::lock_policy;
use soundkeep_store::identity::providers::{self, Stored};
use soundkeep_store::identity::{external, links, users};

/// What came of a trip.
pub enum Came {
    /// They are in, or something is still to be done; and where they wanted to go.
    In(Box<Entered>, String),
    /// They proved anew who they are; and where they were.
    Proven(OrganisationId, Renewed, String),
    /// A test ended, of this provider.
    Tested(ProviderId),
}

/// Why somebody whom a provider sent isn't let in: a stable code and a sentence.
type No = (&'static str, &'static str);

const WHO: No = ("address", "the provider doesn't say that the email address is theirs");
const DOMAIN: No = ("domain", "the provider doesn't vouch for addresses of this domain");
const UNKNOWN: No = ("unknown", "nobody here has this email address: ask an administrator to invite you");
const ELSEWHERE: No = ("elsewhere", "this account comes in through another provider");
const SWITCHED_OFF: No = ("switched_off", "your account is switched off: ask an administrator");
const PROVIDER_OFF: No = ("provider_off", "nobody signs in through this provider at the moment");
const TOO_LONG_AGO: No = ("too_long_ago", "you signed in at the provider too long ago: sign in there again");
const GROUPS: No = ("groups", "the provider left your groups out, because there are too many");
const AGAIN: No = ("again", "this sign-in was used already: begin anew");
const SOMEBODY_ELSE: No = ("somebody_else", "somebody else signed in at the provider than is signed in here");
const NOT_ANEW: No = ("not_anew", "the provider doesn't say that you proved anew who you are");

/// What a test of a provider found, for whoever made it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// Whether somebody would have come in.
    pub passed: bool,
    /// The stable name of what was wrong.
    pub code: Option<String>,
    /// What was wrong, or what the provider said to us.
    pub sentence: Option<String>,
    /// The user who would have come in, by their email address.
    pub email: Option<String>,
    /// Whether they would be made.
    pub would_be_made: bool,
    /// The name that the provider told.
    pub name: Option<String>,
    /// The groups and roles that it told.
    pub groups: Vec<String>,
    /// Whether a second factor counts.
    pub second_factor: bool,
    /// Whether it said when they showed who they are: otherwise nobody can prove it anew there.
    #[serde(default)]
    pub says_when: bool,
    /// All that it said, by name.
    pub said: serde_json::Map<String, serde_json::Value>,
}

/// Goes on with somebody who is back: signs them in, proves them anew, or tells what a test found.
///
/// # Errors
/// [`Error::AtProvider`] with why they aren't let in, which the ledger then tells too.
pub(crate) async fn arrive(
    vault: &Vault,
    (stored, trip): (&Stored, &Trip),
    arrived: std::result::Result<Arrived, Refusal>,
    visitor: &Visitor,
) -> Result<Came> {
    if trip.purpose() == Purpose::Test {
        return test(vault, (stored, trip), arrived, visitor).await;
    }
    let arrived = match arrived {
        Ok(arrived) => arrived,
        Err(refusal) => {
            refused(vault, stored, refusal.code, None, visitor).await?;
            return Err(Error::AtProvider(refusal.code, refusal.sentence));
        }
    };
    let done = match trip.purpose() {
        Purpose::StepUp => prove(vault, (stored, trip), &arrived, visitor).await,
        Purpose::SignIn | Purpose::Test => sign_in(vault, (stored, trip), &arrived, visitor).await,
    };
    let why = match &done {
        Err(Error::AtProvider(code, _)) => Some(*code),
        // What their groups give or take breaks a rule of the organisation: its administrators find it in the ledger.
        Err(Error::AssertionBroken(_)) => Some("rules"),
        _ => None,
    };
    if let Some(why) = why {
        refused(vault, stored, why, arrived.email.as_deref(), visitor).await?;
    }
    done
}

/// Why what a provider said isn't believed.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) sentence: &'static str,
    /// What the provider said instead, for a test.
    pub(crate) said: Option<String>,
}

fn no((code, sentence): No) -> Error {
    Error::AtProvider(code, sentence)
}

/// Tells the ledger that somebody whom a provider sent isn't let in.
async fn refused(vault: &Vault, stored: &Stored, why: &str, email: Option<&str>, visitor: &Visitor) -> Result<()> {
    let mut draft = Draft::by(vault, stored.organisation, Actor::anonymous(), EventKind::ProviderRefused)?
        .address(address_of(visitor))
        .outcome(Outcome::Refused)
        .object(Object::new("identity_provider", stored.id).named(&stored.provider.name))
        .detail("why", why);
    if let Some(email) = email {
        draft = draft.personal_detail("email", email);
    }
    crate::event::record_alone(vault, draft).await
}

async fn directory(vault: &Vault, organisation: OrganisationId, visitor: &Visitor) -> Result<Caller> {
    let caller = crate::operator::system_caller(vault, organisation, SystemCaller::Directory).await?;
    Ok(caller.coming_from(visitor.address))
}

async fn once(
    transaction: &mut Transaction,
    (stored, trip): (&Stored, &Trip),
    user: Option<UserId>,
    sealed_result: Option<&[u8]>,
    vault: &Vault,
) -> Result<()> {
    let (purpose, ended_at) = (trip.purpose(), vault.now());
    let back = external::Back { id: trip.id, provider: stored.id, purpose, user, sealed_result, ended_at };
    match external::came_back(transaction, stored.organisation, &back).await {
        Err(soundkeep_store::Error::Conflict(_)) => Err(no(AGAIN)),
        done => Ok(done?),
    }
}

async fn sign_in(
    vault: &Vault,
    (stored, trip): (&Stored, &Trip),
    arrived: &Arrived,
    visitor: &Visitor,
) -> Result<Came> {
    let organisation = stored.organisation;
    let caller = directory(vault, organisation, visitor).await?;
    let skew = super::skew(vault, stored).await?;
    let mut transaction = vault.store().begin().await?;
    lock_policy(&mut transaction, organisation).await?;
    once(&mut transaction, (stored, trip), None, None, vault).await?;
    let now_stands = providers::get(&mut transaction, organisation, stored.id).await?;
    if now_stands.state != ProviderState::On {
        return Err(no(PROVIDER_OFF));
    }
    if was_too_long_ago(vault, &now_stands, arrived, skew) {
        return Err(no(TOO_LONG_AGO));
    }
    let user = known(vault, &mut transaction, &caller, &now_stands, arrived).await?;
    // A provider that pushes groups by SCIM says there who belongs to them.
    let pushed = scim::names_of(&mut transaction, organisation, stored.id, user).await?;
    if pushed.is_none() && lacks_groups(&mut transaction, &now_stands, arrived).await? {
        return Err(no(GROUPS));
    }
    let groups = pushed.as_deref().unwrap_or(&arrived.groups);
    let against_rules = |error| match error {
        Error::Conflict(sentence) => no(("rules", sentence)),
        other => other,
    };
    let given = mapping::apply(vault, &mut transaction, &caller, &now_stands, (user, groups)).await;
    given.map_err(against_rules)?;
    weigh::commit(vault, &caller, transaction).await.map_err(against_rules)?;

    let (mut transaction, settings) = entry::begin(vault, organisation).await?;
    let who = users::get(&mut transaction, organisation, user).await?;
    if who.state != AccountState::Active {
        return Err(no(SWITCHED_OFF));
    }
    let mut comer = Comer::new(organisation, user, &who.name, stored.provider.protocol.word());
    comer.second_factor = arrived.second_factor.then_some("provider");
    comer.authenticated_at =
        arrived.authenticated_at.map(|at| Timestamp::from_unix_micros(at.saturating_mul(1_000_000)));
    comer.through = Some(Through {
        provider: stored.id,
        subject: arrived.subject.clone(),
        session: arrived.session.clone(),
        name_format: arrived.name_format.clone(),
        sealed_token: arrived.sealed_token.clone(),
        ends_at: arrived.session_ends_at,
    });
    let begun = enter(vault, &mut transaction, comer, visitor, &settings).await?;
    let entered = finish(vault, transaction, begun, visitor).await?;
    Ok(Came::In(Box::new(entered), trip.return_to.clone()))
}

/// Whether somebody signed in at the provider longer ago than the organisation takes, or it doesn't say when.
fn was_too_long_ago(vault: &Vault, stored: &Stored, arrived: &Arrived, skew: i64) -> bool {
    let now = vault.now().as_unix_micros() / 1_000_000;
    let age = arrived.authenticated_at.map(|at| now.saturating_sub(at));
    super::age_max(stored).is_some_and(|most| age.is_none_or(|age| age > most.saturating_add(skew)))
}

/// Whether it isn't known what somebody would hold: taking what their groups gave would be as wrong as leaving it.
async fn lacks_groups(transaction: &mut Transaction, stored: &Stored, arrived: &Arrived) -> Result<bool> {
    Ok(arrived.groups_left_out && !providers::mappings(transaction, stored.organisation, stored.id).await?.is_empty())
}

/// Who somebody is here: whom the provider called so before, or who has the address that it vouches for.
async fn known(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    arrived: &Arrived,
) -> Result<UserId> {
    let (organisation, now) = (stored.organisation, vault.now());
    if let Some(user) = external::user_of(transaction, organisation, stored.id, &arrived.subject).await? {
        return match users::get(transaction, organisation, user).await?.state {
            AccountState::Disabled => Err(no(SWITCHED_OFF)),
            AccountState::Active | AccountState::Invited => Ok(user),
        };
    }
    let email = vouched(stored, arrived).map_err(no)?;
    let user = match users::by_email(transaction, organisation, email).await {
        Ok(user) => {
            may_be_linked(transaction, stored, &user).await?;
            if user.state == AccountState::Invited {
                come_in(vault, transaction, caller, &user).await?;
            }
            user
        }
        Err(soundkeep_store::Error::NotFound) => make(vault, transaction, caller, stored, (arrived, email)).await?,
        Err(error) => return Err(error.into()),
    };
    external::link(transaction, organisation, (stored.id, &arrived.subject), user.id, now).await?;
    let linked = Draft::of(vault, caller, EventKind::IdentityLinked)?
        .object(Object::new("user", user.id).named(&user.name))
        .detail("provider", stored.provider.slug.as_str())
        .personal_detail("subject", arrived.subject.as_str());
    record(vault, transaction, linked).await?;
    Ok(user.id)
}

/// The address that a provider vouches for.
fn vouched<'arrived>(stored: &Stored, arrived: &'arrived Arrived) -> std::result::Result<&'arrived str, No> {
    let email = arrived.email.as_deref().filter(|_| arrived.email_verified).ok_or(WHO)?;
    let domain = domain_of(email);
    if stored.provider.domains.iter().any(|one| one == domain) { Ok(email) } else { Err(DOMAIN) }
}

async fn may_be_linked(transaction: &mut Transaction, stored: &Stored, user: &users::User) -> Result<()> {
    if user.state == AccountState::Disabled {
        return Err(no(SWITCHED_OFF));
    }
    // Also at this provider under another name: an address that was given to somebody else there isn't them.
    match external::providers_of(transaction, stored.organisation, user.id).await?.is_empty() {
        true => Ok(()),
        false => Err(no(ELSEWHERE)),
    }
}

/// Who was invited comes in: the provider says who they are, and no password is needed.
async fn come_in(vault: &Vault, transaction: &mut Transaction, caller: &Caller, user: &users::User) -> Result<()> {
    let (organisation, now) = (caller.organisation(), vault.now());
    users::set_state(transaction, organisation, user.id, AccountState::Active, now).await?;
    users::reactivate(transaction, organisation, user.id, now).await?;
    links::end_all(transaction, organisation, user.id, now).await?;
    let draft = Draft::of(vault, caller, EventKind::UserChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(json!({"state": "invited"})))
        .new_value(plain(json!({"state": "active"})));
    record(vault, transaction, draft).await
}

async fn make(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (arrived, email): (&Arrived, &str),
) -> Result<users::User> {
    let (organisation, now) = (stored.organisation, vault.now());
    if !stored.provider.document.creates_users {
        return Err(no(UNKNOWN));
    }
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    if settings.domains_approved() && !is_of_domain(&settings.email_domains(), email) {
        return Err(no(DOMAIN));
    }
    // A name that doesn't fit is no reason to keep somebody out.
    let name = normal_name("name", arrived.name.as_deref().unwrap_or(email)).unwrap_or_else(|_| email.to_owned());
    let new = users::NewUser {
        id: UserId::make(now, &vault.random()?),
        email,
        name: &name,
        state: AccountState::Active,
        password_hash: None,
        created_at: now,
    };
    users::add(transaction, organisation, &new).await?;
    let created = Draft::of(vault, caller, EventKind::UserCreated)?
        .object(Object::new("user", new.id).named(&name))
        .new_value(personal(json!({"email": email, "name": name})))
        .detail("provider", stored.provider.slug.as_str());
    record(vault, transaction, created).await?;
    Ok(users::get(transaction, organisation, new.id).await?)
}

/// Proves anew who is signed in: the same person, who showed it after they were asked.
async fn prove(vault: &Vault, (stored, trip): (&Stored, &Trip), arrived: &Arrived, visitor: &Visitor) -> Result<Came> {
    let organisation = stored.organisation;
    let (session, user) = trip.whose.ok_or_else(|| no(SOMEBODY_ELSE))?;
    let mut transaction = vault.store().begin().await?;
    once(&mut transaction, (stored, trip), Some(user), None, vault).await?;
    if providers::get(&mut transaction, organisation, stored.id).await?.state != ProviderState::On {
        return Err(no(PROVIDER_OFF));
    }
    if external::user_of(&mut transaction, organisation, stored.id, &arrived.subject).await? != Some(user) {
        return Err(no(SOMEBODY_ELSE));
    }
    // A minute, because clocks differ.
    let asked_at = trip.began_at().as_unix_micros() / 1_000_000 - 60;
    if arrived.authenticated_at.is_none_or(|at| at < asked_at) {
        return Err(no(NOT_ANEW));
    }
    let name = users::get(&mut transaction, organisation, user).await?.name;
    let renewed = account::renew(vault, &mut transaction, &Own { organisation, user, session }).await?;
    let actor = Actor { kind: "user", id: Some(user.to_string()), name: Some(name) };
    let event = Draft::by(vault, organisation, actor, EventKind::StepUp)?
        .address(address_of(visitor))
        .object(Object::new("session", session))
        .detail("by", stored.provider.protocol.word());
    record(vault, &mut transaction, event).await?;
    transaction.commit().await?;
    Ok(Came::Proven(organisation, renewed, trip.return_to.clone()))
}

/// What a provider said that wasn't believed: what is wrong with it, and the document that this is about.
fn told_instead(said: &str) -> Vec<(String, serde_json::Value)> {
    let (error, document) = match said.split_once("\n\n") {
        Some((error, document)) => (Some(error), Some(document)),
        None if said.starts_with('<') => (None, Some(said)),
        None => (Some(said), None),
    };
    let named = [("error", error), ("Response", document)];
    named.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))).collect()
}

/// What binds what a test found to its place.
fn finding_context(organisation: OrganisationId, id: soundkeep_domain::FederatedSignInId) -> Vec<u8> {
    [b"provider test:".as_slice(), organisation.as_bytes(), id.as_bytes()].concat()
}

async fn test(
    vault: &Vault,
    (stored, trip): (&Stored, &Trip),
    arrived: std::result::Result<Arrived, Refusal>,
    visitor: &Visitor,
) -> Result<Came> {
    let organisation = stored.organisation;
    let (_, user) = trip.whose.ok_or(Error::NotSignedIn)?;
    let mut transaction = vault.store().begin().await?;
    lock_policy(&mut transaction, organisation).await?;
    let skew = super::skew(vault, stored).await?;
    let too_long_ago = arrived.as_ref().is_ok_and(|arrived| was_too_long_ago(vault, stored, arrived, skew));
    let finding = find_out(&mut transaction, stored, arrived, too_long_ago).await?;
    let text = serde_json::to_vec(&finding).map_err(Error::bug)?;
    let key = vault.keys(organisation).await?.key.object_key("provider test", trip.id.as_bytes())?;
    let sealed = sealed::seal_whole(&key, &finding_context(organisation, trip.id), &text, vault.entropy())?;
    once(&mut transaction, (stored, trip), Some(user), Some(&sealed), vault).await?;
    if finding.passed {
        providers::tested(&mut transaction, organisation, (stored.id, trip.version), vault.now()).await?;
    }
    let name = users::get(&mut transaction, organisation, user).await?.name;
    let actor = Actor { kind: "user", id: Some(user.to_string()), name: Some(name) };
    let outcome = if finding.passed { Outcome::Success } else { Outcome::Failed };
    let mut draft = Draft::by(vault, organisation, actor, EventKind::ProviderTest)?
        .address(address_of(visitor))
        .outcome(outcome)
        .object(Object::new("identity_provider", stored.id).named(&stored.provider.name));
    if let Some(code) = &finding.code {
        draft = draft.detail("why", code.as_str());
    }
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(Came::Tested(stored.id))
}

/// What would have come of a sign-in.
async fn find_out(
    transaction: &mut Transaction,
    stored: &Stored,
    arrived: std::result::Result<Arrived, Refusal>,
    too_long_ago: bool,
) -> Result<Finding> {
    let mut finding = Finding {
        passed: false,
        code: None,
        sentence: None,
        email: None,
        would_be_made: false,
        name: None,
        groups: Vec::new(),
        second_factor: false,
        says_when: false,
        said: serde_json::Map::new(),
    };
    let arrived = match arrived {
        Ok(arrived) => arrived,
        Err(refusal) => {
            finding.code = Some(refusal.code.to_owned());
            finding.sentence = Some(refusal.sentence.to_owned());
            finding.said.extend(refusal.said.as_deref().map(told_instead).into_iter().flatten());
            return Ok(finding);
        }
    };
    let problem = match external::user_of(transaction, stored.organisation, stored.id, &arrived.subject).await? {
        Some(user) => {
            let user = users::get(transaction, stored.organisation, user).await?;
            finding.email = Some(user.email);
            (user.state == AccountState::Disabled).then_some(SWITCHED_OFF)
        }
        None => match vouched(stored, &arrived) {
            Err(problem) => Some(problem),
            Ok(email) => {
                finding.email = Some(email.to_owned());
                match users::by_email(transaction, stored.organisation, email).await {
                    Ok(user) => match may_be_linked(transaction, stored, &user).await {
                        Err(Error::AtProvider(code, sentence)) => Some((code, sentence)),
                        done => {
                            done?;
                            None
                        }
                    },
                    Err(soundkeep_store::Error::NotFound) => {
                        finding.would_be_made = stored.provider.document.creates_users;
                        (!finding.would_be_made).then_some(UNKNOWN)
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        },
    };
    let problem = match problem {
        None if too_long_ago => Some(TOO_LONG_AGO),
        None if lacks_groups(transaction, stored, &arrived).await? => Some(GROUPS),
        found => found,
    };
    finding.passed = problem.is_none();
    finding.code = problem.map(|(code, _)| code.to_owned());
    finding.sentence = problem.map(|(_, sentence)| sentence.to_owned());
    finding.name = arrived.name;
    finding.groups = arrived.groups;
    finding.second_factor = arrived.second_factor;
    finding.says_when = arrived.authenticated_at.is_some();
    finding.said = arrived.said.into_iter().collect();
    Ok(finding)
}

/// What the newest test of a provider found, if its maker made one within the last quarter of an hour.
pub(crate) async fn last_finding(
    vault: &Vault,
    organisation: OrganisationId,
    (provider, user): (ProviderId, UserId),
) -> Result<Option<Finding>> {
    let after = vault.now().plus_seconds(-FINDING_SECONDS);
    let found = external::last_test(&mut vault.store().reader(), organisation, (provider, user), after).await?;
    let Some((id, sealed)) = found else { return Ok(None) };
    let key = vault.keys(organisation).await?.key.object_key("provider test", id.as_bytes())?;
    let text = sealed::open_whole(&key, &finding_context(organisation, id), sealed)?;
    serde_json::from_slice(&text).map(Some).map_err(Error::bug)
}

/// What a test found is shown for so long; seconds. It holds what a provider said of a person.
const FINDING_SECONDS: i64 = 15 * 60;

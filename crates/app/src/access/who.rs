//! Who: everybody who may see, play or download a conversation, through which rule, and who nearly may.
//!
//! Decided for everybody out of rights that are read at once: no look at the database per user. Told to whoever sees
//! the conversation and holds `access.explain`; the ledger says that they asked.

use super::explain::{Explained, Names, RULE_HIDDEN, Sight, VALUES_ERASED, permit_others};
use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{AssignmentSource, CallerFacts, Gate, Permission, Reason, ThingFacts, decide, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{ApiKeyId, ConversationId, OrganisationId, UserId};
use soundkeep_store::access::{self as facts, KeyRights};
use soundkeep_store::identity::api_keys::{self, ApiKey};
use soundkeep_store::identity::folded;
use soundkeep_store::policy::{Person, Policy};

/// What is asked of everybody.
pub const ASKED: [Permission; 3] =
    [Permission::ConversationsView, Permission::RecordingsPlay, Permission::RecordingsDownload];

/// How near somebody is to doing a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// They may.
    May,
    /// A role of theirs reaches the conversation, and something else keeps them from it.
    HeldBack,
    /// No role of theirs reaches it.
    MayNot,
    /// It depends on something that whoever asks may not see, or that is erased since.
    NotTold,
}

/// Whom a list of users tells of.
#[derive(Debug, Clone, Default)]
pub struct Asking {
    /// Only those who may do this, or are held back from it.
    pub permission: Option<Permission>,
    /// Only those for whom that is so.
    pub outcome: Option<Outcome>,
    /// A part of the name or of the email address.
    pub search: Option<String>,
    /// The user whom the page before ended with.
    pub after: Option<UserId>,
    /// Rows of a page.
    pub limit: u32,
}

/// How many users and programs may do a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The thing.
    pub permission: Permission,
    /// Users who may.
    pub may: u64,
    /// Users who are held back.
    pub held_back: u64,
    /// Users who may not.
    pub may_not: u64,
    /// Users of whom it isn't told.
    pub not_told: u64,
    /// Programs that may.
    pub programs: u64,
}

/// What somebody may do, and the rule that decides.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// How near they are.
    pub outcome: Outcome,
    /// What each gate said.
    pub explained: Explained,
}

/// A user, and what they may do.
#[derive(Debug, Clone)]
pub struct UserAccess {
    /// The user.
    pub person: Person,
    /// In the order of [`ASKED`].
    pub verdicts: Vec<Verdict>,
}

/// A program, and what it may do.
#[derive(Debug, Clone)]
pub struct ProgramAccess {
    /// Its key.
    pub key: ApiKeyId,
    /// The name of the key.
    pub name: String,
    /// The user that it acts for, if it does.
    pub acts_for: Option<UserId>,
    /// The name of that user, or of its role.
    pub rights_name: String,
    /// In the order of [`ASKED`].
    pub verdicts: Vec<Verdict>,
}

/// Who may do what to a conversation.
#[derive(Debug, Clone)]
pub struct Who {
    /// The conversation.
    pub conversation: ConversationId,
    /// Of all users and programs, in the order of [`ASKED`].
    pub counts: Vec<Count>,
    /// A page of users, in the order of their names.
    pub users: Vec<UserAccess>,
    /// The programs that may do, or are held back from, what is asked.
    pub programs: Vec<ProgramAccess>,
    /// Where the next page begins.
    pub next: Option<UserId>,
}

/// Who may see, play and download a conversation.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the conversation; [`Error::Denied`] without `access.explain`, or
/// where an access group hides from the caller who took part or whose it is; [`Error::Invalid`].
pub async fn who(vault: &Vault, caller: &Caller, conversation: ConversationId, asking: &Asking) -> Result<Who> {
    let organisation = caller.organisation();
    let thing = facts::thing(&mut vault.store().reader(), organisation, conversation).await?;
    super::authorize_seen::<marks::ConversationsView>(vault, caller, &thing).await?;
    let sight = permit_others(vault, caller, &thing).await?;
    let who = answer(vault, sight, &thing, asking).await?;
    written_down(vault, caller, conversation, asking).await?;
    Ok(who)
}

/// The same with the operator's rights, for the command line.
pub(crate) async fn who_for_operator(
    vault: &Vault,
    operator: &Caller,
    thing: &ThingFacts,
    asking: &Asking,
) -> Result<Who> {
    let who = answer(vault, Sight::WHOLE, thing, asking).await?;
    written_down(vault, operator, thing.conversation(), asking).await?;
    Ok(who)
}

async fn written_down(vault: &Vault, caller: &Caller, conversation: ConversationId, asking: &Asking) -> Result<()> {
    let mut draft = Draft::of(vault, caller, EventKind::AccessExplain)?
        .object(Object::new("conversation", conversation))
        .conversation(conversation)
        .detail("asked", "who");
    if let Some(permission) = asking.permission {
        draft = draft.detail("permission", permission.key());
    }
    event::record_alone(vault, draft).await
}

async fn answer(vault: &Vault, sight: Sight, thing: &ThingFacts, asking: &Asking) -> Result<Who> {
    check(asking)?;
    let (organisation, now) = (thing.organisation(), vault.now());
    let mut reader = vault.store().reader();
    let policy = Policy::load(&mut reader, organisation, now).await?;
    let keys = api_keys::acting(&mut reader, organisation, now).await?;
    of_policy(&policy, keys, sight, thing, asking)
}

/// Who may do what by these rights and these keys.
pub(super) fn of_policy(
    policy: &Policy,
    keys: Vec<ApiKey>,
    sight: Sight,
    thing: &ThingFacts,
    asking: &Asking,
) -> Result<Who> {
    let mut counts =
        ASKED.map(|permission| Count { permission, may: 0, held_back: 0, may_not: 0, not_told: 0, programs: 0 });
    let (page, next) = users(policy, sight, thing, asking, &mut counts)?;
    let mut names = Names::of_policy(policy, sight, page.iter().map(|(person, _)| person.id), Some(thing));
    let users = page
        .into_iter()
        .map(|(person, facts)| UserAccess { person: person.clone(), verdicts: verdicts(&names, sight, &facts, thing) });
    let users = users.collect();
    let programs = programs(policy, &mut names, sight, (thing, asking), keys, &mut counts);
    Ok(Who { conversation: thing.conversation(), counts: counts.to_vec(), users, programs, next })
}

pub(super) fn check(asking: &Asking) -> Result<()> {
    if asking.permission.is_some_and(|permission| !ASKED.contains(&permission)) {
        let known = ASKED.map(Permission::key).join(", ");
        return Err(Error::invalid("permission", format!("one of {known}")));
    }
    if asking.outcome.is_some() && asking.permission.is_none() {
        return Err(Error::invalid("outcome", "only with a permission"));
    }
    Ok(())
}

/// Users of a page, with what decisions know of them.
type Picked<'policy> = Vec<(&'policy Person, CallerFacts)>;

/// Counts everybody, and picks a page.
fn users<'policy>(
    policy: &'policy Policy,
    sight: Sight,
    thing: &ThingFacts,
    asking: &Asking,
    counts: &mut [Count; ASKED.len()],
) -> Result<(Picked<'policy>, Option<UserId>)> {
    let search = asking.search.as_deref().map(folded).filter(|search| !search.is_empty());
    let limit = usize::try_from(asking.limit.max(1)).unwrap_or(usize::MAX);
    let mut page = Picked::new();
    let (mut begun, mut goes_on) = (asking.after.is_none(), false);
    for (person, facts) in policy.callers() {
        let outcomes = ASKED.map(|permission| outcome(sight, &facts, permission, thing));
        for (count, outcome) in counts.iter_mut().zip(outcomes) {
            match outcome {
                Outcome::May => count.may += 1,
                Outcome::HeldBack => count.held_back += 1,
                Outcome::MayNot => count.may_not += 1,
                Outcome::NotTold => count.not_told += 1,
            }
        }
        let is_named = |search: &String| {
            folded(&person.name).contains(search.as_str()) || folded(&person.email).contains(search.as_str())
        };
        if begun && is_asked_for(asking, outcomes) && search.as_ref().is_none_or(is_named) {
            if page.len() < limit {
                page.push((person, facts));
            } else {
                goes_on = true;
            }
        }
        begun |= asking.after == Some(person.id);
    }
    if !begun {
        return Err(Error::invalid("cursor", "not a cursor of this list"));
    }
    let next = page.last().filter(|_| goes_on).map(|(person, _)| person.id);
    Ok((page, next))
}

fn programs(
    policy: &Policy,
    names: &mut Names,
    sight: Sight,
    (thing, asking): (&ThingFacts, &Asking),
    keys: Vec<ApiKey>,
    counts: &mut [Count; ASKED.len()],
) -> Vec<ProgramAccess> {
    let mut programs = Vec::new();
    for key in keys {
        // Who is gone gives a key nothing.
        let Ok(facts) = policy.key(key.id, key.rights) else { continue };
        let facts = facts.limited_to(key.scopes);
        let outcomes = ASKED.map(|permission| outcome(sight, &facts, permission, thing));
        for (count, _) in counts.iter_mut().zip(outcomes).filter(|(_, outcome)| *outcome == Outcome::May) {
            count.programs += 1;
        }
        let reaches = outcomes.iter().any(|outcome| *outcome != Outcome::MayNot);
        if !reaches || !is_asked_for(asking, outcomes) {
            continue;
        }
        match key.rights {
            KeyRights::User(user) => {
                for given in policy.assignments_of(user) {
                    names.add_role(given.source, given.role.name.clone());
                }
            }
            KeyRights::Role(_) => names.add_role(AssignmentSource::ApiKey(key.id), key.rights_name.clone()),
        }
        programs.push(ProgramAccess {
            key: key.id,
            name: key.name,
            acts_for: key.rights.user(),
            rights_name: key.rights_name,
            verdicts: verdicts(names, sight, &facts, thing),
        });
    }
    programs
}

fn is_asked_for(asking: &Asking, outcomes: [Outcome; ASKED.len()]) -> bool {
    let Some(permission) = asking.permission else { return true };
    let found = ASKED.into_iter().zip(outcomes).find(|(asked, _)| *asked == permission);
    found.is_some_and(|(_, outcome)| asking.outcome.map_or(outcome != Outcome::MayNot, |wanted| wanted == outcome))
}

fn outcome(sight: Sight, subject: &CallerFacts, permission: Permission, thing: &ThingFacts) -> Outcome {
    let decision = decide(subject, permission, thing);
    let [account, role, ..] = decision.gates;
    let holds = role.reason.passes() || matches!(role.reason, Reason::BeforeAppointment(_));
    match (holds, account.reason.passes() && role.reason.passes(), decision.allowed()) {
        (false, ..) => Outcome::MayNot,
        (true, false, _) => Outcome::HeldBack,
        (true, true, _) if sight.misses(subject).is_some() || sight.is_blind(subject) => Outcome::NotTold,
        (true, true, true) => Outcome::May,
        (true, true, false) => Outcome::HeldBack,
    }
}

fn verdicts(names: &Names, sight: Sight, subject: &CallerFacts, thing: &ThingFacts) -> Vec<Verdict> {
    let verdict = |permission| {
        let outcome = outcome(sight, subject, permission, thing);
        let mut explained = names.explain(&decide(subject, permission, thing));
        if outcome == Outcome::NotTold {
            let code = if sight.misses(subject).is_some() { RULE_HIDDEN } else { VALUES_ERASED };
            explained.allowed = false;
            for gate in explained.gates.iter_mut().filter(|gate| gate.gate > Gate::RoleAndScope) {
                (gate.passed, gate.code, gate.access_group, gate.by) = (false, code, None, None);
            }
        }
        Verdict { outcome, explained }
    };
    ASKED.into_iter().map(verdict).collect()
}

impl Verdict {
    /// The gate that decides: the first that refuses, or the role that grants it.
    #[must_use]
    pub fn rule(&self) -> Option<&super::explain::ExplainedGate> {
        let refusing = self.explained.gates.iter().find(|gate| !gate.passed);
        refusing.or_else(|| self.explained.gates.iter().find(|gate| gate.gate == Gate::RoleAndScope))
    }
}

/// The conversation that an id of its own or of its recording names.
pub(crate) async fn thing_named(vault: &Vault, organisation: OrganisationId, id: &str) -> Result<ThingFacts> {
    let mut reader = vault.store().reader();
    let by_recording = match id.parse() {
        Ok(id) => facts::thing_of_recording(&mut reader, organisation, id).await,
        Err(_) => return Err(Error::invalid("recording", "not an id")),
    };
    match (by_recording, id.parse::<ConversationId>()) {
        (Err(soundkeep_store::Error::NotFound), Ok(id)) => Ok(facts::thing(&mut reader, organisation, id).await?),
        (found, _) => Ok(found?),
    }
}

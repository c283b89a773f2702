//! Then: who could see, play and download a conversation at a past time, through which rule, and who did.
//!
//! Decided once more, out of rights and facts as the vault knew them then. Each rule names the ledger event that made
//! it, so that an auditor can check. Told to whoever sees the conversation now and holds `access.explain`; what
//! stands in the ledger, to whoever may read it.

use super::explain::{Sight, permit_others};
use super::who::{ASKED, Asking, Who, check, of_policy};
use crate::audit::read::{Entry, entry, seen};
use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{
    AssignmentSource, CallerFacts, Columns, OrganisationPermit, Permission, Reason, RoleKey, ThingFacts,
    authorize_plain, decide, marks,
};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{AccessGroupId, ConversationId, EventId, Timestamp, UserId};
use soundkeep_store::access_groups::Target;
use soundkeep_store::audit;
use soundkeep_store::conversations::past;
use soundkeep_store::history::{self, Cited, Kept};
use soundkeep_store::identity::api_keys;
use soundkeep_store::identity::groups::Bond;
use soundkeep_store::policy::Policy;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What tells that somebody saw, heard or was refused.
const TOUCHES: [EventKind; 5] = [
    EventKind::RecordingPlay,
    EventKind::ListeningEnd,
    EventKind::WaveformView,
    EventKind::NoteView,
    EventKind::AccessRefused,
];
/// What says whose a conversation is.
const ATTRIBUTES: [EventKind; 2] = [EventKind::RecordingIngest, EventKind::AttributionChange];
/// Events of an answer.
const EVENTS_MAX: u32 = 200;

/// What makes a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The account is what it is.
    Account,
    /// A role was given.
    Assignment,
    /// A role has these lines.
    Role,
    /// A user looks after a group.
    Supervisor,
    /// An access group has these rules and targets.
    AccessGroup,
    /// A user belongs to what an access group is assigned to.
    Member,
    /// The conversation is somebody's.
    Attribution,
}

/// Something by which somebody could, or couldn't, do a thing.
#[derive(Debug, Clone)]
pub struct MadeBy {
    /// What it is.
    pub what: What,
    /// What people call it.
    pub name: Option<String>,
    /// Of [`ASKED`], what hangs on it.
    pub permissions: Vec<Permission>,
    /// Since when the vault had known it so.
    pub since: Option<Timestamp>,
    /// The event that tells of it, for whoever may read the ledger.
    pub event: Option<Entry>,
}

/// Who did, as far as the ledger tells.
#[derive(Debug, Clone)]
pub struct Did {
    /// What was done up to that time, newest first.
    pub done: Vec<Entry>,
    /// What was refused up to that time, newest first.
    pub refused: Vec<Entry>,
    /// Whether there is more that is older.
    pub goes_on: bool,
}

/// Who could do what to a conversation at a past time.
#[derive(Debug, Clone)]
pub struct Then {
    /// The conversation.
    pub conversation: ConversationId,
    /// The time.
    pub at: Timestamp,
    /// Whether numbers and tags of that time are erased since.
    pub is_erased: bool,
    /// Who could; nothing when the conversation wasn't in the vault yet.
    pub who: Option<Who>,
    /// By what, for each user of the page.
    pub made: HashMap<UserId, Vec<MadeBy>>,
    /// Who did; nothing for whoever may not read the ledger.
    pub did: Option<Did>,
}

/// Who could see, play and download a conversation at a past time, and who did.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the conversation; [`Error::Denied`] without `access.explain`, or
/// where an access group hides from the caller who took part or whose it is; [`Error::Invalid`] when the time is to
/// come.
pub async fn then(
    vault: &Vault,
    caller: &Caller,
    conversation: ConversationId,
    at: Option<Timestamp>,
    asking: &Asking,
) -> Result<Then> {
    let mut reader = vault.store().reader();
    let thing = soundkeep_store::access::thing(&mut reader, caller.organisation(), conversation).await?;
    super::authorize_seen::<marks::ConversationsView>(vault, caller, &thing).await?;
    let sight = permit_others(vault, caller, &thing).await?;
    answer(vault, caller, sight, conversation, at.unwrap_or_else(|| vault.now()), asking).await
}

/// The same with the operator's rights, for the command line.
pub(crate) async fn then_for_operator(
    vault: &Vault,
    operator: &Caller,
    conversation: ConversationId,
    at: Timestamp,
    asking: &Asking,
) -> Result<Then> {
    answer(vault, operator, Sight::WHOLE, conversation, at, asking).await
}

async fn answer(
    vault: &Vault,
    caller: &Caller,
    mut sight: Sight,
    conversation: ConversationId,
    at: Timestamp,
    asking: &Asking,
) -> Result<Then> {
    check(asking)?;
    if at > vault.now() {
        return Err(Error::invalid("at", "a time that has passed"));
    }
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let ledger = Ledger { vault, permit: authorize_plain::<marks::AuditView>(caller.facts()).ok(), caller };
    let mut answer = Then { conversation, at, is_erased: false, who: None, made: HashMap::new(), did: None };
    if let past::Then::There { thing, traits_are_known } =
        past::at_time(&mut reader, organisation, conversation, at).await?
    {
        (answer.is_erased, sight.is_erased) = (!traits_are_known, !traits_are_known);
        let policy = Policy::at_time(&mut reader, organisation, at).await?;
        let keys = api_keys::acting(&mut reader, organisation, at).await?;
        let who = of_policy(&policy, keys, sight, &thing, asking)?;
        let users: Vec<UserId> = who.users.iter().map(|user| user.person.id).collect();
        answer.made = made(&ledger, &policy, (sight, &thing), &users, at).await?;
        answer.who = Some(who);
    }
    let draft = Draft::of(vault, caller, EventKind::AccessExplain)?
        .object(Object::new("conversation", conversation))
        .conversation(conversation)
        .detail("asked", "then")
        .detail("at", at.to_string())
        .detail("ledger", ledger.permit.is_some());
    // The question itself is none of what was done.
    answer.did = ledger.did(conversation, at).await?;
    event::record_alone(vault, draft).await?;
    Ok(answer)
}

/// What the ledger tells to whoever may read it.
struct Ledger<'then> {
    vault: &'then Vault,
    permit: Option<OrganisationPermit<marks::AuditView>>,
    caller: &'then Caller,
}

impl Ledger<'_> {
    fn read(&self, rows: &[audit::StoredEvent]) -> Result<Vec<Entry>> {
        let is_restricted = self.caller.facts().restrictions().columns() != Columns::ALL;
        rows.iter().map(|row| Ok(seen(entry(row)?, is_restricted))).collect()
    }

    async fn events(&self, ids: &[EventId]) -> Result<HashMap<EventId, Entry>> {
        let Some(permit) = &self.permit else { return Ok(HashMap::new()) };
        let rows = audit::by_ids(&mut self.vault.store().reader(), permit, ids).await?;
        Ok(self.read(&rows)?.into_iter().map(|entry| (entry.id, entry)).collect())
    }

    /// The event that said whose the conversation was at that time.
    async fn attribution(&self, conversation: ConversationId, at: Timestamp) -> Result<Option<Entry>> {
        let Some(permit) = &self.permit else { return Ok(None) };
        let mut reader = self.vault.store().reader();
        let rows = audit::about(&mut reader, permit, conversation, &ATTRIBUTES, at, 1).await?;
        Ok(self.read(&rows)?.into_iter().next())
    }

    async fn did(&self, conversation: ConversationId, at: Timestamp) -> Result<Option<Did>> {
        let Some(permit) = &self.permit else { return Ok(None) };
        let mut reader = self.vault.store().reader();
        let mut rows = audit::about(&mut reader, permit, conversation, &TOUCHES, at, EVENTS_MAX + 1).await?;
        let most = usize::try_from(EVENTS_MAX).unwrap_or(usize::MAX);
        let goes_on = rows.len() > most;
        rows.truncate(most);
        let is_refused = |entry: &Entry| entry.event.get("outcome").and_then(|it| it.as_str()) == Some("refused");
        let (refused, done) = self.read(&rows)?.into_iter().partition(is_refused);
        Ok(Some(Did { done, refused, goes_on }))
    }
}

/// What makes a rule, before anything is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Ground {
    Kept(Kept),
    Attribution,
}

/// By what users could, or couldn't, do each thing.
async fn made(
    ledger: &Ledger<'_>,
    policy: &Policy,
    (sight, thing): (Sight, &ThingFacts),
    users: &[UserId],
    at: Timestamp,
) -> Result<HashMap<UserId, Vec<MadeBy>>> {
    let mut grounds: Vec<(UserId, Permission, Ground)> = Vec::new();
    for user in users {
        let facts = policy.caller(*user)?;
        for permission in ASKED {
            let found = grounds_of(policy, &facts, (sight, thing), *user, permission);
            grounds.extend(found.into_iter().map(|ground| (*user, permission, ground)));
        }
    }
    let kept: HashSet<Kept> = grounds
        .iter()
        .filter_map(|(_, _, ground)| match ground {
            Ground::Kept(kept) => Some(*kept),
            Ground::Attribution => None,
        })
        .collect();
    let kept: Vec<Kept> = kept.into_iter().collect();
    let mut reader = ledger.vault.store().reader();
    let cited = history::cited(&mut reader, policy.organisation(), &kept, at).await?;
    let ids: BTreeSet<EventId> = cited.iter().filter_map(|cited| cited.event).collect();
    let events = ledger.events(&ids.into_iter().collect::<Vec<_>>()).await?;
    let cited: HashMap<Kept, Cited> = cited.into_iter().map(|cited| (cited.kept, cited)).collect();
    let attribution = match grounds.iter().any(|(_, _, ground)| *ground == Ground::Attribution) {
        true => ledger.attribution(thing.conversation(), at).await?,
        false => None,
    };
    let mut made: HashMap<UserId, Vec<(Ground, MadeBy)>> = HashMap::new();
    for (user, permission, ground) in grounds {
        let all = made.entry(user).or_default();
        if let Some((_, held)) = all.iter_mut().find(|(held, _)| *held == ground) {
            held.permissions.push(permission);
            continue;
        }
        let (since, event) = match ground {
            Ground::Attribution => (None, attribution.clone()),
            Ground::Kept(kept) => {
                let cited = cited.get(&kept);
                let event = cited.and_then(|cited| events.get(&cited.event?).cloned());
                (cited.map(|cited| cited.since), event)
            }
        };
        let (what, name) = named(policy, user, ground);
        all.push((ground, MadeBy { what, name, permissions: vec![permission], since, event }));
    }
    Ok(made.into_iter().map(|(user, all)| (user, all.into_iter().map(|(_, by)| by).collect())).collect())
}

/// What decides, gate by gate, up to the first that refuses.
fn grounds_of(
    policy: &Policy,
    facts: &CallerFacts,
    (sight, thing): (Sight, &ThingFacts),
    user: UserId,
    permission: Permission,
) -> Vec<Ground> {
    let mut grounds = Vec::new();
    let told = sight.misses(facts).is_none() && !sight.is_blind(facts);
    for gate in decide(facts, permission, thing).gates {
        match gate.reason {
            Reason::AccountInvited | Reason::AccountDisabled => grounds.push(Ground::Kept(Kept::User(user))),
            Reason::GrantedAll(source) => grounds.extend(given(policy, user, source)),
            Reason::GrantedOwn(source) => {
                grounds.extend(given(policy, user, source));
                grounds.push(Ground::Attribution);
            }
            Reason::GrantedGroup(source, group) => {
                grounds.extend(given(policy, user, source));
                if policy.appointments_of(user).iter().any(|reached| reached.group == group) {
                    grounds.push(Ground::Kept(Kept::Bond(Bond::Supervisor, group, user)));
                }
                grounds.push(Ground::Attribution);
            }
            Reason::BeforeAppointment(group) => {
                grounds.push(Ground::Kept(Kept::Bond(Bond::Supervisor, group, user)));
            }
            Reason::OutsideRows(group, _) | Reason::ColumnHidden(group, _) if sight.rules && told => {
                grounds.push(Ground::Kept(Kept::AccessGroup(group)));
                grounds.extend(belonging(policy, user, group));
            }
            _ => {}
        }
        if !gate.reason.passes() {
            break;
        }
    }
    grounds
}

/// Through which groups a user belonged to an access group.
fn belonging(policy: &Policy, user: UserId, group: AccessGroupId) -> Vec<Ground> {
    let narrowing = policy.narrowing(user);
    let through = narrowing.iter().filter(|(narrowing, _)| narrowing.id == group).flat_map(|(_, through)| through);
    let bond = |target: &Target| match target {
        Target::Members(group) => Some(Ground::Kept(Kept::Bond(Bond::Member, *group, user))),
        Target::Supervisors(group) => Some(Ground::Kept(Kept::Bond(Bond::Supervisor, *group, user))),
        Target::User(_) | Target::Role(_) => None,
    };
    through.filter_map(bond).collect()
}

/// A role that was given, and its lines where the organisation made them.
fn given(policy: &Policy, user: UserId, source: AssignmentSource) -> Vec<Ground> {
    let AssignmentSource::Assignment(id) = source else { return Vec::new() };
    let mut grounds = vec![Ground::Kept(Kept::Assignment(id))];
    let role = policy.assignments_of(user).iter().find(|given| given.source == source).map(|given| given.role.key);
    if let Some(RoleKey::Custom(role)) = role {
        grounds.push(Ground::Kept(Kept::Role(role)));
    }
    grounds
}

fn named(policy: &Policy, user: UserId, ground: Ground) -> (What, Option<String>) {
    let group = |group| policy.group_name(group).map(str::to_owned);
    match ground {
        Ground::Attribution => (What::Attribution, None),
        Ground::Kept(Kept::User(_)) => (What::Account, None),
        Ground::Kept(Kept::Group(id) | Kept::Bond(Bond::Member, id, _)) => (What::Member, group(id)),
        Ground::Kept(Kept::Bond(Bond::Supervisor, id, _)) => (What::Supervisor, group(id)),
        Ground::Kept(Kept::Role(id)) => {
            let key = RoleKey::Custom(id);
            (What::Role, policy.roles().find(|role| role.key == key).map(|role| role.name.clone()))
        }
        Ground::Kept(Kept::Assignment(id)) => {
            let source = AssignmentSource::Assignment(id);
            let given = policy.assignments_of(user).iter().find(|given| given.source == source);
            (What::Assignment, given.map(|given| given.role.name.clone()))
        }
        Ground::Kept(Kept::AccessGroup(id)) => {
            let found = policy.access_groups().iter().find(|group| group.id == id);
            (What::AccessGroup, found.map(|group| group.name.clone()))
        }
    }
}

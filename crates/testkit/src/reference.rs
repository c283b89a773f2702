//! The naive evaluator: what the feature list says in words (A1, A2, A3, A11, A12, X1, X5), as plain loops over a world.
//!
//! It is slow on purpose and shares no rule with the domain: the built-in matrix is read from the reference table,
//! scopes are looked up assignment by assignment, attribution and stamp are worked out from the spells each time.
//! It must not know grants, gates' code or SQL.

pub mod lists;

use crate::world::{AccessGroup, Assignment, Caller, Conversation, Organisation, Spell, World};
use soundkeep_domain::access::{
    AccountState, BuiltInRole, Column, Gate, Limit, Permission, RecordState, RoleKey, Scope, SystemCaller,
};
use soundkeep_domain::{GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::access::KeyRights;
use soundkeep_store::access_groups::Target;

/// What the evaluator says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every gate lets through.
    Allowed,
    /// The first gate that doesn't.
    Refused(Gate),
}

/// The built-in roles as they are published.
const MATRIX: &str = include_str!("../../../docs/reference/access-matrix.csv");

/// What a recording must be for a permission to mean anything: there is audio to be heard...
const NEEDS_AUDIO: [&str; 7] = [
    "recordings.play",
    "recordings.download",
    "recordings.email",
    "recordings.share",
    "recordings.blackout",
    "recordings.play_unredacted",
    "video.view",
];
/// ... or it doesn't matter at all, because the fact that there was a conversation stays visible. For every other
/// permission about conversations it must not be erased.
const NEEDS_NOTHING: [&str; 2] = ["conversations.view", "conversations.export"];

/// What takes the audio itself: to hear it, its column and playback must be left...
const HEARS: [&str; 3] = ["recordings.play", "recordings.listen_live", "recordings.play_unredacted"];
/// ... and to take it away, download links too.
const TAKES: [&str; 3] = ["recordings.download", "recordings.email", "recordings.share"];

/// Inner work, and all that it may do.
const INNER_WORK: [(SystemCaller, &[&str]); 4] = [
    (SystemCaller::Intake, &["recordings.ingest", "conversations.view"]),
    (SystemCaller::Operator, &["audit.view", "audit.export", "access.explain"]),
    (SystemCaller::Attribution, &["conversations.edit"]),
    (SystemCaller::Directory, &["users.manage"]),
];

/// Whether somebody of `home` may do something to a conversation of `place`.
#[must_use]
pub fn judge(
    world: &World,
    (home, caller): (&Organisation, Caller),
    permission: Permission,
    (place, conversation): (&Organisation, &Conversation),
) -> Verdict {
    let caller = behind(home, caller);
    if home.id != place.id || !may_act(home, caller) {
        return Verdict::Refused(Gate::Account);
    }
    if !reaches(home, caller, permission, conversation, world.now) {
        return Verdict::Refused(Gate::RoleAndScope);
    }
    let key = permission.key();
    let restricting = restricting(home, caller, world.now);
    if !restricting.iter().all(|group| lets_through(home, group, conversation)) {
        return Verdict::Refused(Gate::AccessGroupRows);
    }
    let mut needed = Vec::new();
    if HEARS.contains(&key) || TAKES.contains(&key) {
        needed.extend([Column::Audio, Column::Playback]);
    }
    if TAKES.contains(&key) {
        needed.push(Column::Download);
    }
    if restricting.iter().any(|group| needed.iter().any(|column| !group.columns.contains(column))) {
        return Verdict::Refused(Gate::AccessGroupColumns);
    }
    let state = conversation.state;
    let stands_in_the_way = if NEEDS_AUDIO.contains(&key) {
        state != RecordState::Ready
    } else {
        state == RecordState::Erased && !NEEDS_NOTHING.contains(&key) && is_about_conversations(permission)
    };
    if stands_in_the_way { Verdict::Refused(Gate::RecordState) } else { Verdict::Allowed }
}

/// Whether somebody may do something that is about the organisation and not about a conversation.
#[must_use]
pub fn judge_plain(world: &World, home: &Organisation, caller: Caller, permission: Permission) -> Verdict {
    let caller = behind(home, caller);
    if !may_act(home, caller) {
        return Verdict::Refused(Gate::Account);
    }
    let holds = match caller {
        Caller::System(system) => is_listed(system, permission),
        Caller::Key(_) | Caller::User(_) => {
            given(home, caller, world.now).iter().any(|(role, _)| scope_of(home, *role, permission) != Scope::None)
        }
    };
    if holds && !is_about_conversations(permission) { Verdict::Allowed } else { Verdict::Refused(Gate::RoleAndScope) }
}

/// A key that acts for a user may do what that user may.
fn behind(home: &Organisation, caller: Caller) -> Caller {
    let Caller::Key(id) = caller else {
        return caller;
    };
    let (_, rights) = home.keys.iter().find(|(key, _)| *key == id).expect("a key of the organisation");
    rights.user().map_or(caller, Caller::User)
}

fn may_act(home: &Organisation, caller: Caller) -> bool {
    match caller {
        Caller::User(id) => home.users.iter().any(|user| user.id == id && user.state == AccountState::Active),
        Caller::Key(_) | Caller::System(_) => true,
    }
}

fn is_listed(system: SystemCaller, permission: Permission) -> bool {
    INNER_WORK.iter().any(|(name, listed)| *name == system && listed.contains(&permission.key()))
}

/// The roles that somebody has at this moment, with their limits.
fn given(home: &Organisation, caller: Caller, now: Timestamp) -> Vec<(RoleKey, Limit)> {
    match caller {
        Caller::System(_) => Vec::new(),
        Caller::Key(id) => {
            let mut roles = Vec::new();
            for (key, rights) in &home.keys {
                if let (true, KeyRights::Role(role)) = (*key == id, rights) {
                    roles.push((*role, Limit::None));
                }
            }
            roles
        }
        Caller::User(id) => {
            let in_force = |given: &&Assignment| given.user == id && given.until.is_none_or(|until| now < until);
            home.assignments.iter().filter(in_force).map(|given| (given.role, given.limit.clone())).collect()
        }
    }
}

fn reaches(
    home: &Organisation,
    caller: Caller,
    permission: Permission,
    conversation: &Conversation,
    now: Timestamp,
) -> bool {
    if let Caller::System(system) = caller {
        return is_listed(system, permission);
    }
    let user = match caller {
        Caller::User(user) => Some(user),
        Caller::Key(_) | Caller::System(_) => None,
    };
    for (role, limit) in given(home, caller, now) {
        let scope = scope_of(home, role, permission);
        if scope == Scope::None {
            continue;
        }
        if !is_about_conversations(permission) {
            return true;
        }
        if scope == Scope::All && limit == Limit::None {
            return true;
        }
        // `groups` includes `own`, and so does `all` when it is limited to groups.
        if user.is_some() && agent_of(home, conversation) == user {
            return true;
        }
        if scope == Scope::Own {
            continue;
        }
        let started = conversation.started_at;
        let groups = match limit {
            Limit::Named(groups) => groups,
            Limit::None | Limit::Supervised => {
                user.map_or_else(Vec::new, |user| supervised_by(home, user, now, started))
            }
        };
        if groups.iter().any(|group| is_stamped_with(home, conversation, *group)) {
            return true;
        }
    }
    false
}

/// Whether a column is left to somebody.
#[must_use]
pub fn shows(world: &World, home: &Organisation, caller: Caller, column: Column) -> bool {
    restricting(home, behind(home, caller), world.now).iter().all(|group| group.columns.contains(&column))
}

/// The access groups that somebody belongs to.
#[must_use]
pub fn restricting(home: &Organisation, caller: Caller, now: Timestamp) -> Vec<&AccessGroup> {
    let admin = RoleKey::BuiltIn(BuiltInRole::Admin);
    let roles: Vec<RoleKey> = given(home, caller, now).into_iter().map(|(role, _)| role).collect();
    let mut restricting = Vec::new();
    for group in &home.access_groups {
        let belongs = group.targets.iter().any(|target| match (*target, caller) {
            (Target::User(user), Caller::User(caller)) => user == caller && !roles.contains(&admin),
            (Target::Role(role), Caller::User(_) | Caller::Key(_)) => roles.contains(&role) && !roles.contains(&admin),
            (Target::Members(team), Caller::User(user)) => is_tied(&home.members, user, team, now),
            (Target::Supervisors(team), Caller::User(user)) => is_tied(&home.supervisors, user, team, now),
            _ => false,
        });
        if belongs {
            restricting.push(group);
        }
    }
    restricting
}

fn is_tied(spells: &[Spell], user: UserId, group: GroupId, now: Timestamp) -> bool {
    spells.iter().any(|spell| spell.user == user && spell.group == group && contains(spell.from, spell.until, now))
}

/// Whether the rules of an access group let a conversation through. Of an erased one, numbers and tags are gone.
fn lets_through(home: &Organisation, group: &AccessGroup, conversation: &Conversation) -> bool {
    let erased = conversation.state == RecordState::Erased;
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let numbers: Vec<String> = [&conversation.from_number, &conversation.to_number]
        .into_iter()
        .flatten()
        .filter(|_| !erased)
        .map(|number| digits(number))
        .collect();
    let fits = |pattern: &str| {
        numbers.iter().any(|number| match pattern.strip_suffix('*') {
            Some(start) => number.starts_with(&digits(start)),
            None => *number == digits(pattern),
        })
    };
    (group.numbers.is_empty() || group.numbers.iter().any(|pattern| fits(pattern)))
        && (group.sources.is_empty() || group.sources.contains(&conversation.source))
        && (group.states.is_empty() || group.states.contains(&conversation.state))
        && (group.tags.is_empty() || !erased && conversation.tags.iter().any(|tag| group.tags.contains(&tag.as_str())))
        && (group.channels.is_empty() || group.channels.contains(&conversation.channel))
        && (group.directions.is_empty() || group.directions.contains(&conversation.direction))
        && (group.groups.is_empty() || group.groups.iter().any(|team| is_stamped_with(home, conversation, *team)))
}

/// The groups that somebody supervises, as far as they reach what began then.
fn supervised_by(home: &Organisation, user: UserId, now: Timestamp, started: Timestamp) -> Vec<GroupId> {
    let mut groups = Vec::new();
    for spell in &home.supervisors {
        let is_early = home.since_appointment && started < spell.from;
        if spell.user == user && contains(spell.from, spell.until, now) && !is_early {
            groups.push(spell.group);
        }
    }
    groups
}

fn contains(from: Timestamp, until: Option<Timestamp>, at: Timestamp) -> bool {
    from <= at && until.is_none_or(|until| at < until)
}

/// The agent whose id was valid at the conversation's start.
#[must_use]
pub fn agent_of(home: &Organisation, conversation: &Conversation) -> Option<UserId> {
    let label = conversation.agent_label.as_ref()?;
    let mut found = None;
    for spell in &home.agent_ids {
        if spell.value == *label && contains(spell.from, spell.until, conversation.started_at) {
            found = Some(spell.user);
        }
    }
    found
}

/// Whether that agent was in this group then.
#[must_use]
pub fn is_stamped_with(home: &Organisation, conversation: &Conversation, group: GroupId) -> bool {
    let Some(agent) = agent_of(home, conversation) else {
        return false;
    };
    home.members.iter().any(|spell| {
        spell.user == agent && spell.group == group && contains(spell.from, spell.until, conversation.started_at)
    })
}

/// The line of the published matrix.
fn line(permission: Permission) -> Vec<&'static str> {
    let key = permission.key();
    for line in MATRIX.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        if cells[0] == key {
            return cells;
        }
    }
    panic!("{key} stands in no line of the published matrix");
}

fn is_about_conversations(permission: Permission) -> bool {
    line(permission)[1] == "own|groups|all"
}

fn scope_of(home: &Organisation, role: RoleKey, permission: Permission) -> Scope {
    match role {
        RoleKey::BuiltIn(role) => {
            let header: Vec<&str> = MATRIX.lines().next().expect("a header").split(',').collect();
            let column = header.iter().position(|name| *name == role.key()).expect("a column per role");
            match line(permission)[column] {
                "all" | "yes" => Scope::All,
                "groups" => Scope::Groups,
                "own" => Scope::Own,
                "none" | "no" => Scope::None,
                other => panic!("{other} is no scope"),
            }
        }
        RoleKey::Custom(id) => {
            let role = home.roles.iter().find(|role| role.id == id).expect("a role of the organisation");
            role.scopes.iter().find(|(named, _)| *named == permission).map_or(Scope::None, |(_, scope)| *scope)
        }
    }
}

/// The organisation of this id.
#[must_use]
pub fn home_of(world: &World, id: OrganisationId) -> &Organisation {
    world.organisations.iter().find(|organisation| organisation.id == id).expect("an organisation of the world")
}

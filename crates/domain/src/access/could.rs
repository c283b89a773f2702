//! What somebody could ever do: the decision about every conversation there may be, and not about one.
//!
//! Says yes whenever [`super::decide`] would about some conversation, and rarely besides: of what a rule asks, only the
//! stamp is weighed whole. Numbers and tags may always fit, because a conversation may have any. Disabled accounts
//! could nothing; invited ones count as if they had come in.

use super::decide::access_group_columns;
use super::facts::{AccountState, CallerFacts, RecordState};
use super::grants::AssignmentSource;
use super::permission::{Permission, StateNeed};
use crate::conversations::{Channel, Direction, Source};
use crate::ids::{GroupId, UserId};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A user's time in a group as a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// Who.
    pub user: UserId,
    /// In which group.
    pub group: GroupId,
    /// From when on.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

/// Groups that a conversation may be stamped with at once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    /// Sorted.
    groups: Vec<GroupId>,
    /// Until when one may begin that is stamped so, not included; without end when somebody belongs to all of them.
    until: Option<Timestamp>,
}

/// All stamps that there may be: of any group that is open, and of groups that somebody was a member of at once. What
/// part of a stamp is, is one too: a membership may have been written down later than a conversation came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamps {
    all: Vec<Stamp>,
    /// Places in `all` of those that a user's own conversations have.
    own: HashMap<UserId, Vec<usize>>,
}

impl Stamps {
    /// The stamps that these open groups and memberships, ended ones too, allow.
    #[must_use]
    pub fn of(open: impl IntoIterator<Item = GroupId>, spells: &[Spell]) -> Self {
        let mut untils: BTreeMap<Vec<GroupId>, Option<Timestamp>> =
            open.into_iter().map(|group| (vec![group], None)).collect();
        let mut by_user: HashMap<UserId, Vec<Spell>> = HashMap::new();
        for spell in spells {
            by_user.entry(spell.user).or_default().push(*spell);
        }
        let by_user: Vec<(UserId, Vec<Stamp>)> =
            by_user.into_iter().map(|(user, spells)| (user, at_once(&spells))).collect();
        for stamp in by_user.iter().flat_map(|(_, stamps)| stamps) {
            let until = untils.entry(stamp.groups.clone()).or_insert(stamp.until);
            *until = match (*until, stamp.until) {
                (Some(held), Some(until)) => Some(held.max(until)),
                _ => None,
            };
        }
        let all: Vec<Stamp> = untils.into_iter().map(|(groups, until)| Stamp { groups, until }).collect();
        let place = |stamp: Stamp| all.binary_search_by(|held| held.groups.cmp(&stamp.groups)).ok();
        let own =
            by_user.into_iter().map(|(user, stamps)| (user, stamps.into_iter().filter_map(place).collect())).collect();
        Self { all, own }
    }

    /// The stamps that matter for conversations of this kind.
    #[must_use]
    pub fn about(&self, about: About) -> Candidates<'_> {
        let fits = |stamp: &&Stamp| match &about {
            About::Within { groups, .. } => stamp.groups.iter().any(|group| groups.contains(group)),
            About::Everything | About::Outside { .. } => true,
        };
        Candidates { any: self.all.iter().filter(fits).collect(), stamps: self, about }
    }
}

/// What somebody was a member of at once, from change to change.
fn at_once(spells: &[Spell]) -> Vec<Stamp> {
    let mut times: BTreeSet<Timestamp> = spells.iter().map(|spell| spell.from).collect();
    times.extend(spells.iter().filter_map(|spell| spell.until));
    let mut stamps: Vec<Stamp> = Vec::new();
    for time in times {
        let held = spells.iter().filter(|spell| spell.from <= time && spell.until.is_none_or(|until| time < until));
        let mut groups: Vec<GroupId> = held.clone().map(|spell| spell.group).collect();
        groups.sort();
        groups.dedup();
        let until = held.filter_map(|spell| spell.until).min();
        if groups.is_empty() {
            continue;
        }
        // What goes on in the next is part of it: somebody who joins a thousand groups leaves one stamp.
        if stamps.last().is_some_and(|last| last.groups.iter().all(|group| groups.binary_search(group).is_ok())) {
            stamps.pop();
        }
        stamps.push(Stamp { groups, until });
    }
    stamps
}

/// Conversations that are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Every conversation.
    Everything,
    /// Those of these groups, and the caller's own if `own` is set.
    Within {
        /// The caller's own too.
        own: bool,
        /// Of one of these.
        groups: Vec<GroupId>,
    },
    /// Those of none of these groups, and not the caller's own if `own` is set.
    Outside {
        /// Not the caller's own either.
        own: bool,
        /// Of none of these.
        groups: Vec<GroupId>,
    },
}

/// Stamps to be asked about.
#[derive(Debug, Clone)]
pub struct Candidates<'stamps> {
    any: Vec<&'stamps Stamp>,
    stamps: &'stamps Stamps,
    about: About,
}

/// Through what somebody could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Over everything, or over the organisation.
    All(AssignmentSource),
    /// Through this group.
    Group(AssignmentSource, GroupId),
    /// Because they take part.
    Own(AssignmentSource),
}

impl Way {
    /// What grants it.
    #[must_use]
    pub const fn source(self) -> AssignmentSource {
        match self {
            Self::All(source) | Self::Group(source, _) | Self::Own(source) => source,
        }
    }
}

/// Whether a caller could ever do a thing to one of these conversations, and through what. A permission about the
/// organisation has no conversations: it is held or not.
#[must_use]
pub fn could(caller: &CallerFacts, permission: Permission, candidates: &Candidates<'_>) -> Option<Way> {
    if caller.account == AccountState::Disabled {
        return None;
    }
    let grants = caller.grants();
    if !permission.is_scoped() {
        return grants.all(permission).map(Way::All);
    }
    let holds = grants.all(permission).is_some() || grants.reach(permission) != super::grants::Reach::Nothing;
    if !holds || !access_group_columns(caller, permission).passes() || !some_conversation_fits(caller, permission) {
        return None;
    }
    let asked = Asked { caller, permission, about: &candidates.about };
    // The widest way first: whoever reads of it shouldn't take what is mended for all that there is.
    let anybodys = candidates.any.iter().find_map(|stamp| asked.way(&stamp.groups, stamp.until, false));
    if let Some(way) = anybodys.or_else(|| asked.way(&[], None, false)) {
        return Some(way);
    }
    let own = candidates.stamps.own.get(&caller.user()?).into_iter().flatten();
    let mut own = own.filter_map(|place| candidates.stamps.all.get(*place));
    let way = own.find_map(|stamp| asked.way(&stamp.groups, stamp.until, true));
    way.or_else(|| asked.way(&[], None, true))
}

struct Asked<'asked> {
    caller: &'asked CallerFacts,
    permission: Permission,
    about: &'asked About,
}

impl Asked<'_> {
    /// How the caller reaches a conversation with part of this stamp, the largest part that is asked about.
    fn way(&self, stamp: &[GroupId], until: Option<Timestamp>, is_own: bool) -> Option<Way> {
        let left_out: &[GroupId] = match self.about {
            About::Outside { groups, .. } => groups,
            About::Everything | About::Within { .. } => &[],
        };
        let has = |group: &GroupId| stamp.binary_search(group).is_ok() && !left_out.contains(group);
        let is_meant = match self.about {
            About::Everything => true,
            About::Within { own, groups } => (*own && is_own) || groups.iter().any(has),
            About::Outside { own, .. } => !(*own && is_own),
        };
        let rules = || self.caller.restrictions().rows();
        if !is_meant || rules().any(|rules| !rules.groups().is_empty() && !rules.groups().iter().any(has)) {
            return None;
        }
        let grants = self.caller.grants();
        if let Some(source) = grants.all(self.permission) {
            return Some(Way::All(source));
        }
        let reached = |group: &GroupId| {
            let (source, since) = grants.group(self.permission, *group)?;
            let in_time = since.is_none_or(|since| until.is_none_or(|until| since < until));
            in_time.then_some(Way::Group(source, *group))
        };
        let by_group = stamp.iter().filter(|group| has(group)).find_map(reached);
        by_group.or_else(|| grants.own(self.permission).filter(|_| is_own).map(Way::Own))
    }
}

/// Whether a conversation may have all that has one value and that rules and the permission ask for at once.
fn some_conversation_fits(caller: &CallerFacts, permission: Permission) -> bool {
    let rules = || caller.restrictions().rows();
    let state_fits = |state: &RecordState| match permission.row().state {
        StateNeed::Any => true,
        StateNeed::NotErased => *state != RecordState::Erased,
        StateNeed::Ready => *state == RecordState::Ready,
    };
    let free = |list: &[RecordState], state: &RecordState| list.is_empty() || list.contains(state);
    RecordState::ALL.iter().any(|state| state_fits(state) && rules().all(|rules| free(rules.statuses(), state)))
        && Channel::ALL
            .iter()
            .any(|one| rules().all(|rules| rules.channels().is_empty() || rules.channels().contains(one)))
        && Source::ALL
            .iter()
            .any(|one| rules().all(|rules| rules.sources().is_empty() || rules.sources().contains(one)))
        && Direction::ALL
            .iter()
            .any(|one| rules().all(|rules| rules.directions().is_empty() || rules.directions().contains(one)))
}

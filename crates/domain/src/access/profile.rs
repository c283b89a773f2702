//! What decisions depend on of a caller, without who gave it: who has the same profile is decided alike, but for what
//! is their own. Two profiles say what a change of rights adds, before a single conversation is looked at.

use super::columns::{Column, Columns};
use super::facts::{AccountState, CallerFacts};
use super::grants::{Reach, Reached};
use super::permission::Permission;
use super::role::Scope;
use super::rows::RowRules;

/// How far one permission reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Held {
    everything: bool,
    groups: Vec<Reached>,
    own: bool,
}

/// What decisions depend on of a caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Profile {
    account: AccountState,
    /// By permission whose feature exists, in the order of the table.
    held: Vec<Held>,
    rows: Vec<RowRules>,
    columns: Columns,
}

impl CallerFacts {
    /// What decisions depend on of them.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let grants = self.grants();
        let held = |permission: Permission| Held {
            everything: grants.scope(permission) == Scope::All,
            groups: match grants.reach(permission) {
                Reach::Part(groups) => groups.to_vec(),
                Reach::Nothing | Reach::Everything => Vec::new(),
            },
            own: self.user().is_some() && grants.holds_own(permission),
        };
        Profile {
            account: self.account(),
            held: Permission::available().map(held).collect(),
            rows: self.restrictions().rows().cloned().collect(),
            columns: self.restrictions().columns(),
        }
    }
}

impl Profile {
    fn of(&self, permission: Permission) -> Option<&Held> {
        let at = Permission::available().position(|available| available == permission)?;
        self.held.get(at).filter(|held| held.everything || held.own || !held.groups.is_empty())
    }

    /// Whether the permission can let through anything at all.
    #[must_use]
    pub fn holds(&self, permission: Permission) -> bool {
        self.account == AccountState::Active
            && self.of(permission).is_some()
            && permission.columns().iter().all(|column| self.columns.has(*column))
    }

    /// Whether access groups leave a column.
    #[must_use]
    pub const fn shows(&self, column: Column) -> bool {
        self.columns.has(column)
    }

    /// Whether this reaches, with a permission, anything that the other doesn't; in doubt it does. What there is at the
    /// moment doesn't count: a conversation that comes tomorrow is reached as well.
    #[must_use]
    pub fn adds(&self, before: &Profile, permission: Permission) -> bool {
        let (Some(now), true) = (self.of(permission), self.holds(permission)) else { return false };
        let (Some(then), true) = (before.of(permission), before.holds(permission)) else { return true };
        let covered = |reached: &Reached| {
            then.groups.iter().any(|held| held.group == reached.group && held.since <= reached.since)
        };
        let wider = !then.everything && (now.everything || (now.own && !then.own) || !now.groups.iter().all(covered));
        // Rules only narrow, and what is about conversations alone: whoever is freed of one may reach more.
        wider || (permission.is_scoped() && !before.rows.iter().all(|rules| self.rows.contains(rules)))
    }

    /// Whether a decision depends on something of a conversation that differs within a class: its numbers or tags.
    #[must_use]
    pub fn looks_at_numbers_or_tags(&self) -> bool {
        self.rows.iter().any(|rules| !rules.numbers().is_empty() || !rules.tags().is_empty())
    }

    /// The times from which on groups are reached, when they aren't from the beginning.
    pub fn beginnings(&self) -> impl Iterator<Item = &Reached> {
        self.held.iter().flat_map(|held| &held.groups).filter(|reached| reached.since.is_some())
    }

    /// A text by which two profiles can be told apart elsewhere: days stand for times, so that the same change asked
    /// for a moment later has the same text.
    #[must_use]
    pub fn text(&self) -> String {
        const DAY_MICROS: i64 = 86_400_000_000;
        let mut rough = self.clone();
        for reached in rough.held.iter_mut().flat_map(|held| &mut held.groups) {
            let day = |at: crate::time::Timestamp| at.as_unix_micros().div_euclid(DAY_MICROS) * DAY_MICROS;
            reached.since = reached.since.map(|at| crate::time::Timestamp::from_unix_micros(day(at)));
        }
        format!("{rough:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::CallerKind;
    use super::super::grants::{Assignment, AssignmentSource, Grants, Limit};
    use super::super::restrictions::{AccessGroup, Restrictions};
    use super::super::role::BuiltInRole;
    use super::super::rows::RowValues;
    use super::*;
    use crate::conversations::Direction;
    use crate::ids::{AccessGroupId, AssignmentId, GroupId, OrganisationId, UserId};
    use crate::time::Timestamp;
    use std::sync::Arc;

    #[allow(clippy::disallowed_methods)]
    fn caller(role: BuiltInRole, limit: Limit, supervised: &[Reached]) -> CallerFacts {
        let source = AssignmentSource::Assignment(AssignmentId::from_bytes([1; 16]));
        let given = Assignment { source, role: role.role(), limit, until: None };
        let grants = Arc::new(Grants::unite(&[given], supervised, Timestamp::from_unix_micros(0)));
        let user = CallerKind::User(UserId::from_bytes([2; 16]));
        CallerFacts::witnessed(OrganisationId::from_bytes([3; 16]), user, AccountState::Active, grants, 1)
    }
    fn group(byte: u8) -> GroupId {
        GroupId::from_bytes([byte; 16])
    }
    const PLAY: Permission = Permission::RecordingsPlay;

    #[test]
    fn wider_scopes_add_and_narrower_ones_do_not() {
        let one = caller(BuiltInRole::Manager, Limit::Named(vec![group(1)]), &[]).profile();
        let two = caller(BuiltInRole::Manager, Limit::Named(vec![group(1), group(2)]), &[]).profile();
        let all = caller(BuiltInRole::Manager, Limit::None, &[]).profile();
        let agent = caller(BuiltInRole::Agent, Limit::None, &[]).profile();
        for (less, more) in [(&one, &two), (&two, &all), (&agent, &one), (&agent, &all)] {
            assert!(more.adds(less, PLAY) && !less.adds(more, PLAY) && !more.adds(more, PLAY));
        }
        assert!(!agent.holds(PLAY) && all.holds(PLAY));
    }

    #[test]
    fn an_earlier_beginning_adds() {
        let since = |at| Reached { group: group(1), since: Some(Timestamp::from_unix_micros(at)) };
        let late = caller(BuiltInRole::Supervisor, Limit::Supervised, &[since(20)]).profile();
        let early = caller(BuiltInRole::Supervisor, Limit::Supervised, &[since(10)]).profile();
        let ever =
            caller(BuiltInRole::Supervisor, Limit::Supervised, &[Reached { group: group(1), since: None }]).profile();
        assert!(early.adds(&late, PLAY) && ever.adds(&early, PLAY) && !late.adds(&early, PLAY));
        assert_eq!((ever.beginnings().count(), late.text() == early.text()), (0, true), "within a day");
    }

    #[test]
    fn being_freed_of_a_rule_or_a_hidden_column_adds() {
        let free = caller(BuiltInRole::Admin, Limit::None, &[]);
        let rows = RowValues { directions: vec![Direction::Inbound], ..RowValues::default() }.into();
        let id = AccessGroupId::from_bytes([9; 16]);
        let narrowed = |group: AccessGroup| free.clone().narrowed(Restrictions::by(vec![group])).profile();
        let inbound = narrowed(AccessGroup { id, rows, columns: Columns::ALL });
        let silent = Column::ALL.iter().copied().filter(|column| *column != Column::Playback).collect();
        let silent = narrowed(AccessGroup { id, rows: RowRules::default(), columns: silent });
        let free = free.profile();
        assert!(free.adds(&inbound, PLAY) && !inbound.adds(&free, PLAY));
        assert!(free.adds(&silent, PLAY) && !silent.holds(PLAY) && silent.holds(Permission::ConversationsView));
        assert!(!free.adds(&silent, Permission::ConversationsView) && !free.adds(&inbound, Permission::UsersManage));
    }
}

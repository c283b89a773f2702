//! Assignments united into grants: what a caller holds, per permission, ready to be looked up.
//!
//! Uniting happens when the caller is loaded; a decision only looks up, so that its cost does not
//! grow with the number of assignments.

use super::facts::SystemCaller;
use super::permission::Permission;
use super::permission_set::PermissionSet;
use super::role::{Role, Scope};
use crate::ids::{ApiKeyId, AssignmentId, GroupId};
use crate::time::Timestamp;

/// Which groups an assignment is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// Not limited: the role's scopes hold as they are; `groups` means those that the user supervises.
    None,
    /// Named groups: `all` and `groups` reach these.
    Named(Vec<GroupId>),
    /// The groups that the user supervises: `all` and `groups` reach these.
    Supervised,
}

/// Where a grant comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignmentSource {
    /// A role assigned to the user.
    Assignment(AssignmentId),
    /// The role of an API key.
    ApiKey(ApiKeyId),
    /// The listed permissions of inner work.
    System(SystemCaller),
}

/// A role given to a caller, with its limit and end.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Where it comes from.
    pub source: AssignmentSource,
    /// The role.
    pub role: Role,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

/// A group that is reached: all its conversations, or those that began since an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reached {
    /// The group.
    pub group: GroupId,
    /// From which start on, if not from the beginning.
    pub since: Option<Timestamp>,
}

/// What is held of one permission.
#[derive(Debug, Clone, Default)]
struct Grant {
    all: Option<AssignmentSource>,
    /// By group; the assignment that reaches furthest back is named, among equals the first.
    groups: Vec<AssignmentSource>,
    /// The same groups, sorted.
    reached: Vec<Reached>,
    own: Option<AssignmentSource>,
}

/// How far a caller reaches with one permission, for filtering lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach<'grants> {
    /// Nothing.
    Nothing,
    /// Own conversations, and those of these groups (sorted, no doubles, possibly none).
    Part(&'grants [Reached]),
    /// Everything in the organisation.
    Everything,
}

/// All that a caller holds, per permission.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    per_permission: Vec<Grant>,
    valid_until: Option<Timestamp>,
}

impl Grants {
    /// Unites assignments: per permission the widest wins and groups add up; `groups` includes `own`.
    ///
    /// Assignments that have ended by `now` count for nothing; `supervised` are the groups that the
    /// user supervises at `now`.
    #[must_use]
    pub fn unite(assignments: &[Assignment], supervised: &[Reached], now: Timestamp) -> Self {
        let mut grants = Self { per_permission: vec![Grant::default(); Permission::COUNT], valid_until: None };
        for assignment in assignments {
            if assignment.until.is_some_and(|until| until <= now) {
                continue;
            }
            grants.valid_until = match (grants.valid_until, assignment.until) {
                (Some(held), Some(until)) => Some(held.min(until)),
                (held, until) => held.or(until),
            };
            for (permission, scope) in &assignment.role.scopes {
                if let Some(grant) = grants.per_permission.get_mut(*permission as usize) {
                    grant.add(*permission, *scope, assignment, supervised);
                }
            }
        }
        for grant in &mut grants.per_permission {
            let mut both: Vec<_> = grant.reached.iter().copied().zip(grant.groups.iter().copied()).collect();
            // What has no beginning sorts first and stays; the sort keeps the order of equals.
            both.sort_by_key(|(reached, _)| *reached);
            both.dedup_by_key(|(reached, _)| reached.group);
            (grant.reached, grant.groups) = both.into_iter().unzip();
        }
        grants
    }

    pub(super) fn of_system(system: SystemCaller) -> Self {
        let mut per_permission = vec![Grant::default(); Permission::COUNT];
        for permission in system.permissions() {
            if let Some(grant) = per_permission.get_mut(*permission as usize) {
                grant.all = Some(AssignmentSource::System(system));
            }
        }
        Self { per_permission, valid_until: None }
    }

    /// The same of these permissions alone.
    #[must_use]
    pub fn only(&self, permissions: PermissionSet) -> Self {
        let held = |permission: &Permission| match permissions.contains(*permission) {
            true => self.grant(*permission).cloned().unwrap_or_default(),
            false => Grant::default(),
        };
        Self { per_permission: Permission::ALL.iter().map(held).collect(), valid_until: self.valid_until }
    }

    /// The permissions of which anything is held.
    #[must_use]
    pub fn permissions(&self) -> PermissionSet {
        Permission::ALL.iter().copied().filter(|permission| self.scope(*permission) != Scope::None).collect()
    }

    fn grant(&self, permission: Permission) -> Option<&Grant> {
        self.per_permission.get(permission as usize)
    }

    /// When the first of the assignments ends, and these grants with it.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The widest scope held of a permission.
    #[must_use]
    pub fn scope(&self, permission: Permission) -> Scope {
        match self.grant(permission) {
            Some(grant) if grant.all.is_some() => Scope::All,
            Some(grant) if !grant.groups.is_empty() => Scope::Groups,
            Some(grant) if grant.own.is_some() => Scope::Own,
            Some(_) | None => Scope::None,
        }
    }

    /// How far the caller reaches with a permission.
    #[must_use]
    pub fn reach(&self, permission: Permission) -> Reach<'_> {
        match self.grant(permission) {
            Some(grant) if grant.all.is_some() => Reach::Everything,
            Some(grant) if grant.own.is_some() || !grant.groups.is_empty() => Reach::Part(&grant.reached),
            Some(_) | None => Reach::Nothing,
        }
    }

    /// Whether the caller's own is reached.
    pub(super) fn holds_own(&self, permission: Permission) -> bool {
        self.own(permission).is_some()
    }

    pub(super) fn all(&self, permission: Permission) -> Option<AssignmentSource> {
        self.grant(permission)?.all
    }
    pub(super) fn own(&self, permission: Permission) -> Option<AssignmentSource> {
        self.grant(permission)?.own
    }
    /// Who gives a group, and since when.
    pub(super) fn group(
        &self,
        permission: Permission,
        group: GroupId,
    ) -> Option<(AssignmentSource, Option<Timestamp>)> {
        let grant = self.grant(permission)?;
        let at = grant.reached.binary_search_by_key(&group, |held| held.group).ok()?;
        Some((*grant.groups.get(at)?, grant.reached.get(at)?.since))
    }
}

impl Grant {
    fn add(&mut self, permission: Permission, scope: Scope, assignment: &Assignment, supervised: &[Reached]) {
        let source = assignment.source;
        if !permission.is_scoped() {
            if scope != Scope::None {
                self.all.get_or_insert(source);
            }
            return;
        }
        let mut reach = |reached: Reached| {
            self.groups.push(source);
            self.reached.push(reached);
        };
        match (scope, &assignment.limit) {
            (Scope::None, _) => return,
            (Scope::Own, _) => {}
            (Scope::All, Limit::None) => {
                self.all.get_or_insert(source);
            }
            (Scope::Groups | Scope::All, Limit::Named(named)) => {
                named.iter().for_each(|group| reach(Reached { group: *group, since: None }));
            }
            (Scope::Groups, Limit::None) | (Scope::Groups | Scope::All, Limit::Supervised) => {
                supervised.iter().copied().for_each(reach);
            }
        }
        self.own.get_or_insert(source);
    }
}

//! What a user reaches: each permission with the roles that give it, how far and until when, and what narrows it.
//!
//! Whose rights these are may always ask; of others, who holds `access.explain`, and the ledger says that they asked.

use super::explain::{ExplainedGate, Names, Sight};
use super::groups::{NamedTarget, Target};
use super::plain_permit;
use super::who::ASKED;
use crate::event::{self, Draft};
use crate::{Caller, Result, Vault};
use soundkeep_domain::access::{
    Assignment, AssignmentSource, Column, Gate, GateResult, Grants, Limit, Permission, Reach, Reached, Reason, RoleKey,
    RowRules, Scope, marks,
};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{AccessGroupId, AssignmentId, GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::access_groups::StoredAccessGroup;
use soundkeep_store::policy::{Person, Policy};

/// What a user reaches.
#[derive(Debug, Clone)]
pub struct UserReach {
    /// The user.
    pub person: Person,
    /// Whether it is told to themselves.
    pub is_own: bool,
    /// Permissions about conversations, in the order of the table.
    pub conversations: Vec<PermissionReach>,
    /// Permissions about the organisation that they hold.
    pub plain: Vec<PlainReach>,
    /// The access groups that narrow all of it; nothing where whoever asks may not see them.
    pub narrowing: Option<Vec<Narrowing>>,
    /// Whether any narrows it.
    pub is_narrowed: bool,
}

/// How far a user reaches with a permission.
#[derive(Debug, Clone)]
pub struct PermissionReach {
    /// The permission.
    pub permission: Permission,
    /// What roles give; empty when none gives it.
    pub ways: Vec<Way>,
    /// The gate that takes it away in every conversation: a column that it needs is hidden.
    pub refused: Option<ExplainedGate>,
}

/// What one role gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Which conversations.
    pub extent: Extent,
    /// Through which role.
    pub given: Given,
}

/// A role that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Which assignment it is, of a user's own.
    pub assignment: Option<AssignmentId>,
    /// The role.
    pub role: RoleKey,
    /// Its name.
    pub role_name: String,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

/// Which conversations a role reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// Every one.
    Everything,
    /// Their own, and those of groups.
    Groups {
        /// The groups, by name.
        groups: Vec<ReachedGroup>,
        /// Whether these are the groups that they supervise, or else groups that are named for the role.
        supervised: bool,
    },
    /// Their own.
    Own,
}

/// A group that is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedGroup {
    /// The group.
    pub group: GroupId,
    /// Its name; nothing where whoever asks may not see groups.
    pub name: Option<String>,
    /// From which start on, if not from the beginning.
    pub since: Option<Timestamp>,
}

/// A permission about the organisation.
#[derive(Debug, Clone)]
pub struct PlainReach {
    /// The permission.
    pub permission: Permission,
    /// Through which role.
    pub given: Given,
}

/// An access group that narrows.
#[derive(Debug, Clone)]
pub struct Narrowing {
    /// The access group.
    pub access_group: AccessGroupId,
    /// Its name.
    pub name: String,
    /// What the user is that it names.
    pub through: Vec<NamedTarget>,
    /// Which conversations are left.
    pub rows: RowRules,
    /// The groups that its rules name.
    pub group_names: Vec<(GroupId, String)>,
    /// The columns that it hides.
    pub hides: Vec<Column>,
}

/// What a user reaches.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied) for another user without `access.explain`;
/// [`Error::NotFound`](crate::Error::NotFound) when there is none.
pub async fn reach(vault: &Vault, caller: &Caller, user: UserId) -> Result<UserReach> {
    let is_own = caller.user() == Some(user);
    if !is_own {
        plain_permit::<marks::AccessExplain>(vault, caller).await?;
    }
    let reach = answer(vault, Sight::of(caller), caller.organisation(), (user, is_own)).await?;
    if !is_own {
        written_down(vault, caller, &reach.person).await?;
    }
    Ok(reach)
}

/// The same with the operator's rights, for the command line.
pub(crate) async fn reach_for_operator(vault: &Vault, operator: &Caller, user: UserId) -> Result<UserReach> {
    let reach = answer(vault, Sight::WHOLE, operator.organisation(), (user, false)).await?;
    written_down(vault, operator, &reach.person).await?;
    Ok(reach)
}

async fn written_down(vault: &Vault, caller: &Caller, person: &Person) -> Result<()> {
    let draft = Draft::of(vault, caller, EventKind::AccessExplain)?
        .object(Object::new("user", person.id).named(person.name.clone()))
        .detail("asked", "reach");
    event::record_alone(vault, draft).await
}

async fn answer(
    vault: &Vault,
    sight: Sight,
    organisation: OrganisationId,
    (user, is_own): (UserId, bool),
) -> Result<UserReach> {
    let policy = Policy::load(&mut vault.store().reader(), organisation, vault.now()).await?;
    let facts = policy.caller(user)?;
    let person = policy.person(user).cloned().ok_or(crate::Error::NotFound)?;
    let names = Names::of_policy(&policy, sight, [user], None);
    let in_force = |given: &&Assignment| given.until.is_none_or(|until| policy.at() < until);
    let given: Vec<&Assignment> = policy.assignments_of(user).iter().filter(in_force).collect();
    // One by one, as they would be united.
    let single =
        |given: &&Assignment| Grants::unite(std::slice::from_ref(*given), policy.appointments_of(user), policy.at());
    let granted: Vec<(&Assignment, Grants)> = given.iter().map(|given| (*given, single(given))).collect();
    let shown = |permission: &Permission| permission.row().available || ASKED.contains(permission);
    let (mut conversations, mut plain) = (Vec::new(), Vec::new());
    for permission in Permission::ALL.iter().copied().filter(shown) {
        if permission.is_scoped() {
            let way = |(given, grants): &(&Assignment, Grants)| {
                let extent = extent(&policy, sight, (given, grants), permission)?;
                Some(Way { extent, given: named(given) })
            };
            let hidden = |column: &Column| Some((facts.restrictions().hiding(*column)?, *column));
            let refused = permission.columns().iter().find_map(hidden).map(|(group, column)| {
                let reason = Reason::ColumnHidden(group, column);
                names.gate(GateResult { gate: Gate::AccessGroupColumns, reason })
            });
            let ways = granted.iter().filter_map(way).collect();
            conversations.push(PermissionReach { permission, ways, refused });
        } else if let Some((given, _)) = granted.iter().find(|(_, grants)| grants.scope(permission) != Scope::None) {
            plain.push(PlainReach { permission, given: named(given) });
        }
    }
    let narrowing = policy.narrowing(user);
    let is_narrowed = !narrowing.is_empty();
    let told = narrowing.into_iter().map(|(group, through)| narrowed(&policy, sight, group, through));
    let narrowing = sight.rules.then(|| told.collect());
    Ok(UserReach { person, is_own, conversations, plain, narrowing, is_narrowed })
}

fn named(given: &Assignment) -> Given {
    Given {
        assignment: match given.source {
            AssignmentSource::Assignment(id) => Some(id),
            AssignmentSource::ApiKey(_) | AssignmentSource::System(_) => None,
        },
        role: given.role.key,
        role_name: given.role.name.clone(),
        until: given.until,
    }
}

fn extent(
    policy: &Policy,
    sight: Sight,
    (given, grants): (&Assignment, &Grants),
    permission: Permission,
) -> Option<Extent> {
    let reached = match grants.reach(permission) {
        Reach::Nothing => return None,
        Reach::Everything => return Some(Extent::Everything),
        Reach::Part(reached) => reached,
    };
    let held = given.role.scopes.iter().find(|(held, _)| *held == permission).map_or(Scope::None, |(_, scope)| *scope);
    if held == Scope::Own {
        return Some(Extent::Own);
    }
    let name = |reached: &Reached| ReachedGroup {
        group: reached.group,
        name: policy.group_name(reached.group).filter(|_| sight.columns.has(Column::Groups)).map(str::to_owned),
        since: reached.since,
    };
    let mut groups: Vec<ReachedGroup> = reached.iter().map(name).collect();
    groups.sort_by(|one, other| (&one.name, one.group).cmp(&(&other.name, other.group)));
    Some(Extent::Groups { groups, supervised: !matches!(given.limit, Limit::Named(_)) })
}

fn narrowed(policy: &Policy, sight: Sight, group: &StoredAccessGroup, through: Vec<Target>) -> Narrowing {
    let group_name = |id: GroupId| {
        let name = policy.group_name(id).filter(|_| sight.columns.has(Column::Groups));
        name.unwrap_or_default().to_owned()
    };
    let target_name = |target: Target| match target {
        Target::User(user) => policy.person(user).map(|person| person.name.clone()).unwrap_or_default(),
        Target::Role(key) => {
            policy.roles().find(|role| role.key == key).map(|role| role.name.clone()).unwrap_or_default()
        }
        Target::Members(group) | Target::Supervisors(group) => group_name(group),
    };
    Narrowing {
        access_group: group.id,
        name: group.name.clone(),
        through: through.into_iter().map(|target| NamedTarget { target, name: target_name(target) }).collect(),
        rows: group.rows.clone(),
        group_names: group.rows.groups().iter().map(|id| (*id, group_name(*id))).collect(),
        hides: Column::ALL.iter().copied().filter(|column| !group.columns.has(*column)).collect(),
    }
}

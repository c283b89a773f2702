//! Giving roles and taking them away.

use super::Named;
use super::change::plain;
use crate::access::weigh;
use crate::access::what_if::begin;
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::{Limit, Permission, RoleKey, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{AssignmentId, GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::identity::{assignments as rows, users};
use soundkeep_store::{Transaction, access};

/// Most groups that a role may be limited to.
const LIMIT_GROUPS_MAX: usize = 2000;

/// A role that was given.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// The role.
    pub role: RoleKey,
    /// The role's name.
    pub role_name: String,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// The groups that it is limited to, with names.
    pub groups: Vec<Named<GroupId>>,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

impl From<rows::Given> for Assignment {
    fn from(given: rows::Given) -> Self {
        Self {
            id: given.id,
            role: given.role,
            role_name: given.role_name,
            limit: given.limit,
            groups: given.groups.into_iter().map(Named::from).collect(),
            until: given.until,
        }
    }
}

/// A role that is given.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    /// The role.
    pub role: RoleKey,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

/// What the ledger says of a role that is given.
fn told(id: AssignmentId, role: RoleKey, limit: &Limit, until: Option<Timestamp>) -> Value {
    let (word, groups) = match limit {
        Limit::None => ("none", Vec::new()),
        Limit::Named(groups) => ("groups", groups.iter().map(ToString::to_string).collect()),
        Limit::Supervised => ("supervised", Vec::new()),
    };
    json!({
        "assignment": id.to_string(), "role": role.to_string(), "limit": word, "groups": groups,
        "until": until.map(|until| until.to_string()),
    })
}

/// Gives a role within a transaction, with its event.
pub(super) async fn add(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    user: &users::User,
    new: &NewAssignment,
) -> Result<AssignmentId> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let missing = |field: &'static str, sentence: &'static str| {
        move |error| match error {
            soundkeep_store::Error::NotFound => Error::invalid(field, sentence),
            error => error.into(),
        }
    };
    access::role(transaction, organisation, new.role).await.map_err(missing("role", "there is no such role"))?;
    if let Limit::Named(named) = &new.limit {
        if named.is_empty() {
            return Err(Error::invalid("groups", "at least one group"));
        }
        if named.len() > LIMIT_GROUPS_MAX {
            return Err(Error::invalid("groups", format!("at most {LIMIT_GROUPS_MAX} groups")));
        }
    }
    if new.until.is_some_and(|until| until <= now) {
        return Err(Error::invalid("until", "a time to come"));
    }
    let assignment = rows::NewAssignment {
        id: AssignmentId::make(now, &vault.random()?),
        user: user.id,
        role: new.role,
        limit: new.limit.clone(),
        until: new.until,
        created_at: now,
    };
    let given = rows::add(transaction, organisation, &assignment).await;
    given.map_err(missing("groups", "there is no such group"))?;
    let draft = Draft::of(vault, caller, EventKind::RoleChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .new_value(plain(told(assignment.id, new.role, &new.limit, new.until)));
    record(vault, transaction, draft).await?;
    Ok(assignment.id)
}

/// Gives a user a role.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`] when role, groups or end don't fit.
pub async fn assign(vault: &Vault, caller: &Caller, user: UserId, new: &NewAssignment) -> Result<Assignment> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let user = users::get(&mut transaction, caller.organisation(), user).await?;
    let id = add(vault, &mut transaction, caller, &user, new).await?;
    let given = rows::of_users(&mut transaction, caller.organisation(), &[user.id]).await?;
    weigh::commit(vault, caller, transaction).await?;
    given.into_iter().find(|given| given.id == id).map(Assignment::from).ok_or(Error::NotFound)
}

/// Takes a role away.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Conflict`] when nobody would be left who manages users.
pub async fn unassign(vault: &Vault, caller: &Caller, user: UserId, id: AssignmentId) -> Result<()> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let user = users::get(&mut transaction, organisation, user).await?;
    let given = rows::of_users(&mut transaction, organisation, &[user.id]).await?;
    let given = given.into_iter().find(|given| given.id == id).ok_or(Error::NotFound)?;
    keep_an_administrator(&mut transaction, organisation, |_, assignment| assignment == id).await?;
    rows::remove(&mut transaction, organisation, user.id, id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::RoleChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(told(id, given.role, &given.limit, given.until)));
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(())
}

/// Refuses what would leave nobody who manages users. Roles that end by themselves don't count: the day after
/// the last of them there would be nobody.
pub(super) async fn keep_an_administrator(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    goes: impl Fn(UserId, AssignmentId) -> bool,
) -> Result<()> {
    let holders = rows::holders(transaction, organisation, Permission::UsersManage).await?;
    let (going, staying): (Vec<_>, Vec<_>) =
        holders.into_iter().partition(|(user, assignment)| goes(*user, *assignment));
    if !going.is_empty() && staying.is_empty() {
        return Err(Error::Conflict("this is the last user who manages users: give somebody else that role first"));
    }
    Ok(())
}

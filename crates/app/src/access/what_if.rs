//! What if: the operator asks what a change of rights would do, without the right to make it.
//!
//! The change is the very use case that would make it, and what it does is said instead of its commit. Carries nothing
//! out: only use cases that end in [`weigh::commit`] begin with [`begin`].

use super::groups as access_groups;
use super::roles::{self, RoleChange};
use super::weigh::{self, Effect, Intent};
use crate::identity::{self, Bond, NewAssignment, UserChange};
use crate::operator::system_caller;
use crate::{Caller, Error, Result, Vault, settings};
use soundkeep_domain::access::{AccountState, CallerKind, Permission, PlainPermission, RoleKey, Scope, SystemCaller};
use soundkeep_domain::settings::Wish;
use soundkeep_domain::{GroupId, OrganisationId, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::access::lock_policy;
use soundkeep_store::identity::{NamePage, assignments, folded, groups, users};
use soundkeep_store::{access_groups as stored_access_groups, roles as stored_roles};

/// Begins a change of rights that is weighed before it is committed: as every change does, but for an operator who
/// only asks.
pub(crate) async fn begin<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<Transaction> {
    let is_operator = caller.facts().kind() == CallerKind::System(SystemCaller::Operator);
    if !(is_operator && *caller.intent() == Intent::WhatIf) {
        return identity::change::begin::<P>(vault, caller).await;
    }
    let mut transaction = vault.store().begin().await?;
    lock_policy(&mut transaction, caller.organisation()).await?;
    Ok(transaction)
}

/// A change of rights that is only asked about.
#[derive(Debug, Clone)]
pub enum Change {
    /// A user is given a role.
    Assign(UserId, NewAssignment),
    /// A role is taken from a user.
    Unassign(UserId, RoleKey),
    /// A user comes to belong to a group.
    Join(Bond, GroupId, UserId),
    /// A user belongs to a group no more.
    Leave(Bond, GroupId, UserId),
    /// A user is switched off, or on again.
    Switch(UserId, AccountState),
    /// The role of this name has these lines; one that doesn't exist is made.
    Role(String, Vec<(Permission, Scope)>),
    /// The access group of the wish's name is as it says; one that doesn't exist is made.
    AccessGroup(access_groups::Wish),
    /// A setting is decided anew.
    Set(Wish),
}

/// Says what a change would do, for the operator; nothing of it happens.
///
/// # Errors
/// As the change itself, but for [`Error::Denied`], [`Error::Weighed`] and [`Error::Unconfirmed`].
pub async fn what_if(vault: &Vault, organisation: OrganisationId, change: &Change) -> Result<Effect> {
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?.wanting(Intent::WhatIf);
    match make(vault, &operator, change.clone()).await {
        // There was nothing to change.
        Ok(()) => Ok(weigh::nothing()),
        Err(Error::Weighed(effect)) => Ok(*effect),
        Err(error) => Err(error),
    }
}

async fn make(vault: &Vault, caller: &Caller, change: Change) -> Result<()> {
    let organisation = caller.organisation();
    match change {
        Change::Assign(user, new) => identity::assign(vault, caller, user, &new).await.map(|_| ()),
        Change::Unassign(user, role) => {
            let given = assignments::of_users(&mut vault.store().reader(), organisation, &[user]).await?;
            let now = vault.now();
            let is_meant =
                |given: &&assignments::Given| given.role == role && given.until.is_none_or(|until| until > now);
            let mut of_role = given.iter().filter(is_meant);
            match (of_role.next(), of_role.next()) {
                (Some(given), None) => identity::unassign(vault, caller, user, given.id).await,
                (None, _) => Err(Error::Conflict("the user doesn't hold this role")),
                (Some(_), Some(_)) => {
                    Err(Error::Conflict("the user holds this role more than once: ask in the console"))
                }
            }
        }
        Change::Join(bond, group, user) => identity::join_group(vault, caller, bond, (group, user), None).await,
        Change::Leave(bond, group, user) => identity::leave_group(vault, caller, bond, (group, user)).await,
        Change::Switch(user, state) => {
            let version = users::get(&mut vault.store().reader(), organisation, user).await?.version;
            let change = UserChange { name: None, state: Some(state) };
            identity::change_user(vault, caller, user, version, &change).await.map(|_| ())
        }
        Change::Role(name, lines) => {
            let all = stored_roles::all(&mut vault.store().reader(), organisation).await?;
            let Some(role) = all.into_iter().find(|stored| folded(&stored.role.name) == folded(&name)) else {
                let new = roles::NewRole { name, base: roles::RoleBase::Empty, lines };
                return roles::create_role(vault, caller, &new).await.map(|_| ());
            };
            let change = RoleChange { name: None, lines };
            roles::change_role(vault, caller, role.role.key, role.version, &change).await.map(|_| ())
        }
        Change::AccessGroup(wish) => {
            let all = stored_access_groups::list(&mut vault.store().reader(), organisation).await?;
            let stored = all.into_iter().find(|stored| folded(&stored.name) == folded(&wish.name));
            match stored {
                Some(stored) => {
                    access_groups::replace(vault, caller, stored.id, stored.version, wish).await.map(|_| ())
                }
                None => access_groups::create(vault, caller, wish).await.map(|_| ()),
            }
        }
        Change::Set(wish) => settings::change(vault, caller, None, &[wish]).await.map(|_| ()),
    }
}

/// The role of this key or name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn role_named(vault: &Vault, organisation: OrganisationId, name: &str) -> Result<RoleKey> {
    if let Ok(key) = name.parse() {
        return Ok(key);
    }
    let all = stored_roles::all(&mut vault.store().reader(), organisation).await?;
    let custom = all.into_iter().map(|stored| stored.role);
    let mut roles = soundkeep_domain::access::BUILT_IN_ROLES.iter().map(|role| role.role()).chain(custom);
    roles.find(|role| folded(&role.name) == folded(name)).map(|role| role.key).ok_or(Error::NotFound)
}

/// The group of this id or name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn group_named(vault: &Vault, organisation: OrganisationId, name: &str) -> Result<GroupId> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    // Whoever has more groups whose names contain this one names it by its id.
    let page = NamePage { search: Some(name.to_owned()), after: None, limit: identity::PAGE_ROWS_MAX };
    let found = groups::page(&mut vault.store().reader(), organisation, &page).await?;
    found.into_iter().find(|group| folded(&group.name) == folded(name)).map(|group| group.id).ok_or(Error::NotFound)
}

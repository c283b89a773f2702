//! Roles: listing, making, changing and deleting the organisation's own.
//!
//! A role may hold more than whoever saves it: managing users and hearing them are separate grants, and who manages
//! users decides who hears. Knows nobody's assignments but their number.

use super::decide_plain;
use super::weigh;
use super::what_if::begin;
use crate::event::{Draft, record};
use crate::identity::change::plain;
use crate::in_use::{InUse, Names, Used};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Map, Value, json};
use soundkeep_domain::access::{
    Permission, ROLE_NAME_CHARACTERS_MAX, Role, RoleKey, RoleLines, RoleTemplate, RoleWarning, Scope, marks,
};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{OrganisationId, RoleId};
use soundkeep_store::access_groups::{self, Target};
use soundkeep_store::identity::{assignments, providers as identity_providers};
use soundkeep_store::roles as rows;
pub use soundkeep_store::roles::HeldBy;
use soundkeep_store::{Transaction, access};
use std::collections::HashMap;

/// A role as its page shows it.
#[derive(Debug, Clone)]
pub struct ShownRole {
    /// Which one.
    pub key: RoleKey,
    /// Its name.
    pub name: String,
    /// Its lines.
    pub lines: RoleLines,
    /// Grows with every change; 0 for those that are built in.
    pub version: i64,
    /// How many hold it, for whoever manages users.
    pub held_by: Option<HeldBy>,
    /// What looks like a mistake in it.
    pub warnings: Vec<RoleWarning>,
}

impl ShownRole {
    fn of(role: Role, version: i64, held: Option<&HashMap<String, HeldBy>>) -> Self {
        let lines = RoleLines::of(&role.scopes);
        let warnings = match role.key {
            RoleKey::BuiltIn(_) => Vec::new(),
            RoleKey::Custom(_) => lines.warnings(),
        };
        let held_by = held.map(|held| held.get(&role.key.to_string()).copied().unwrap_or_default());
        Self { key: role.key, name: role.name, lines, version, held_by, warnings }
    }
}

/// What a new role begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleBase {
    /// Nothing.
    Empty,
    /// The lines of another role, as far as their features exist.
    CloneOf(RoleKey),
    /// The lines of a template.
    Template(RoleTemplate),
}

/// A role that is made.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it begins with.
    pub base: RoleBase,
    /// Lines that differ from that.
    pub lines: Vec<(Permission, Scope)>,
}

/// What is changed of a role; what isn't named stays.
#[derive(Debug, Clone, Default)]
pub struct RoleChange {
    /// Its name anew.
    pub name: Option<String>,
    /// Lines anew.
    pub lines: Vec<(Permission, Scope)>,
}

/// How many hold each role, when the caller may know.
async fn held(vault: &Vault, caller: &Caller) -> Result<Option<HashMap<String, HeldBy>>> {
    if !decide_plain(caller.facts(), Permission::UsersManage).allowed() {
        return Ok(None);
    }
    Ok(Some(rows::held_by(&mut vault.store().reader(), caller.organisation(), vault.now()).await?))
}

/// All roles, the built-in ones first. Everybody who is signed in may read what roles mean.
///
/// # Errors
/// When the database is away.
pub async fn roles(vault: &Vault, caller: &Caller) -> Result<Vec<ShownRole>> {
    let held = held(vault, caller).await?;
    let built_in = soundkeep_domain::access::BUILT_IN_ROLES.iter().map(|role| (role.role(), 0));
    let custom = rows::all(&mut vault.store().reader(), caller.organisation()).await?;
    let all = built_in.chain(custom.into_iter().map(|custom| (custom.role, custom.version)));
    Ok(all.map(|(role, version)| ShownRole::of(role, version, held.as_ref())).collect())
}

/// One role.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn role(vault: &Vault, caller: &Caller, key: RoleKey) -> Result<ShownRole> {
    let held = held(vault, caller).await?;
    let (role, version) = match key {
        RoleKey::BuiltIn(role) => (role.role(), 0),
        RoleKey::Custom(id) => {
            let custom = rows::get(&mut vault.store().reader(), caller.organisation(), id).await?;
            (custom.role, custom.version)
        }
    };
    Ok(ShownRole::of(role, version, held.as_ref()))
}

fn normal_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "a name is needed"));
    }
    if name.chars().count() > ROLE_NAME_CHARACTERS_MAX {
        return Err(Error::invalid("name", format!("at most {ROLE_NAME_CHARACTERS_MAX} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "no control characters"));
    }
    if rows::is_built_in_name(name) {
        return Err(Error::invalid("name", "a built-in role has this name"));
    }
    Ok(name.to_owned())
}

/// What the ledger says of a role.
fn told(name: &str, lines: &RoleLines) -> Value {
    let granted = lines.granted().into_iter();
    let words: Map<String, Value> = granted
        .map(|(permission, scope)| (permission.key().to_owned(), scope.word(permission.row().kind).into()))
        .collect();
    json!({"name": name, "permissions": words})
}

/// The role to be changed, which must not be built in.
async fn changeable(transaction: &mut Transaction, organisation: OrganisationId, key: RoleKey) -> Result<Changeable> {
    let RoleKey::Custom(id) = key else {
        return Err(Error::Conflict("built-in roles can't be changed or deleted: clone it and change the clone"));
    };
    let row = rows::get(transaction, organisation, id).await?;
    let lines = RoleLines::of(&row.role.scopes);
    Ok(Changeable { id, name: row.role.name, lines, version: row.version })
}

struct Changeable {
    id: RoleId,
    name: String,
    lines: RoleLines,
    version: i64,
}

/// Makes a role.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`] when the name doesn't fit or there is no role to clone, [`Error::Conflict`]
/// when there is one of this name.
pub async fn create_role(vault: &Vault, caller: &Caller, new: &NewRole) -> Result<ShownRole> {
    let name = normal_name(&new.name)?;
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let mut lines = match new.base {
        RoleBase::Empty => RoleLines::default(),
        RoleBase::Template(template) => template.lines(),
        RoleBase::CloneOf(key) => match access::role(&mut transaction, organisation, key).await {
            Ok(role) => RoleLines::of(&role.scopes),
            Err(soundkeep_store::Error::NotFound) => {
                return Err(Error::invalid("clone_of", "there is no such role"));
            }
            Err(error) => return Err(error.into()),
        },
    };
    for (permission, scope) in &new.lines {
        lines.set(*permission, *scope);
    }
    let id = RoleId::make(vault.now(), &vault.random()?);
    rows::add(&mut transaction, organisation, id, &name, &lines.granted(), vault.now()).await?;
    let mut draft = Draft::of(vault, caller, EventKind::RoleChange)?
        .object(Object::new("role", id).named(&name))
        .new_value(plain(told(&name, &lines)));
    if let RoleBase::CloneOf(key) = new.base {
        draft = draft.detail("clone_of", key.to_string());
    }
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    role(vault, caller, RoleKey::Custom(id)).await
}

/// Changes a role that stands at this version. Everybody who holds it holds what it is now, at once.
///
/// # Errors
/// [`Error::Changed`] when it doesn't; [`Error::Conflict`] when it is built in, another has the name, or nobody would
/// be left who manages users; [`Error::Denied`], [`Error::Invalid`], [`Error::NotFound`].
pub async fn change_role(
    vault: &Vault,
    caller: &Caller,
    key: RoleKey,
    version: i64,
    change: &RoleChange,
) -> Result<ShownRole> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let old = changeable(&mut transaction, organisation, key).await?;
    if old.version != version {
        return Err(Error::Changed);
    }
    let name = change.name.as_deref().map_or_else(|| Ok(old.name.clone()), normal_name)?;
    let mut lines = old.lines.clone();
    for (permission, scope) in &change.lines {
        lines.set(*permission, *scope);
    }
    if (&name, &lines) != (&old.name, &old.lines) {
        let managers = assignments::holders(&mut transaction, organisation, Permission::UsersManage).await?;
        rows::change(&mut transaction, organisation, (old.id, old.version), &name, &lines.granted(), vault.now())
            .await?;
        let left = assignments::holders(&mut transaction, organisation, Permission::UsersManage).await?;
        if !managers.is_empty() && left.is_empty() {
            return Err(Error::Conflict(
                "nobody would be left who manages users: give somebody another role that does first",
            ));
        }
        let draft = Draft::of(vault, caller, EventKind::RoleChange)?
            .object(Object::new("role", old.id).named(&name))
            .old(plain(told(&old.name, &old.lines)))
            .new_value(plain(told(&name, &lines)));
        record(vault, &mut transaction, draft).await?;
        weigh::commit(vault, caller, transaction).await?;
    }
    let caller = crate::identity::refreshed(vault, caller).await?;
    role(vault, &caller, key).await
}

/// Deletes a role that nobody holds.
///
/// # Errors
/// [`Error::InUse`] when somebody does; [`Error::Changed`] when it doesn't stand at the version that is meant;
/// [`Error::Conflict`] when it is built in; [`Error::Denied`], [`Error::NotFound`].
pub async fn delete_role(vault: &Vault, caller: &Caller, key: RoleKey, version: Option<i64>) -> Result<()> {
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let old = changeable(&mut transaction, organisation, key).await?;
    if version.is_some_and(|version| version != old.version) {
        return Err(Error::Changed);
    }
    let holders = rows::holders(&mut transaction, organisation, key, now).await?;
    if holders != rows::Holders::default() {
        let names_keys = decide_plain(caller.facts(), Permission::ApiKeysManage).allowed();
        let api_keys = match names_keys {
            true => Names::of(holders.api_keys.into_iter().map(|(_, name)| name)),
            false => Names::untold(holders.api_keys.len()),
        };
        let users = Names::of(holders.users.into_iter().map(|(_, name)| name));
        return Err(Error::InUse(Box::new(InUse { used: Used::Role, users, api_keys })));
    }
    if access_groups::is_for(&mut transaction, organisation, Target::Role(key)).await? {
        return Err(Error::Conflict("an access group is assigned to this role: change that access group first"));
    }
    let key = key.to_string();
    if !identity_providers::giving(&mut transaction, organisation, Some(&key), None).await?.is_empty() {
        return Err(Error::Conflict("an identity provider gives this role: change its groups first"));
    }
    rows::remove(&mut transaction, organisation, old.id, now).await?;
    let draft = Draft::of(vault, caller, EventKind::RoleChange)?
        .object(Object::new("role", old.id).named(&old.name))
        .old(plain(told(&old.name, &old.lines)));
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(())
}

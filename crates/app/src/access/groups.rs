//! Access groups: making, changing, deleting, and seeing beforehand what their members would see.

use super::plain_permit;
use super::weigh;
use super::what_if::begin;
use crate::conversations::list::{self, Page};
use crate::event::{Draft, record, record_alone};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::{
    AccessGroup, BuiltInRole, Column, Columns, ROW_VALUES_MAX, Restrictions, RoleKey, RowField, RowRules, marks,
};
use soundkeep_domain::audit::{EventKind, Field, Object};
use soundkeep_domain::{AccessGroupId, GroupId, OrganisationId};
use soundkeep_store::access_groups::{self as rows, StoredAccessGroup};
use soundkeep_store::{Transaction, identity};

pub use soundkeep_store::access_groups::Target;

/// Longest name, in characters.
const NAME_CHARACTERS_MAX: usize = 100;
/// Most users, roles and groups that one access group is assigned to.
const TARGETS_MAX: usize = 1000;
/// Most access groups of an organisation.
const ACCESS_GROUPS_MAX: usize = 500;

/// What an access group is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// Which conversations its members reach.
    pub rows: RowRules,
    /// Which columns they see. A new one shows none.
    pub columns: Columns,
    /// To whom it is assigned.
    pub targets: Vec<Target>,
}

/// To whom an access group is assigned, with the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTarget {
    /// To whom.
    pub target: Target,
    /// What people call them; empty when they are gone.
    pub name: String,
}

/// An access group with names.
#[derive(Debug, Clone)]
pub struct ShownAccessGroup {
    /// Its id.
    pub id: AccessGroupId,
    /// Its name.
    pub name: String,
    /// Which conversations its members reach.
    pub rows: RowRules,
    /// The groups that its rules name.
    pub group_names: Vec<(GroupId, String)>,
    /// Which columns they see.
    pub columns: Columns,
    /// To whom it is assigned.
    pub targets: Vec<NamedTarget>,
    /// Grows with every change.
    pub version: i64,
    /// What is odd about it, as codes.
    pub warnings: Vec<&'static str>,
}

/// All access groups, by name.
///
/// # Errors
/// [`Error::Denied`] without `access_groups.manage`.
pub async fn access_groups(vault: &Vault, caller: &Caller) -> Result<Vec<ShownAccessGroup>> {
    plain_permit::<marks::AccessGroupsManage>(vault, caller).await?;
    let stored = rows::list(&mut vault.store().reader(), caller.organisation()).await?;
    let mut shown = Vec::with_capacity(stored.len());
    for group in stored {
        shown.push(named(vault, caller.organisation(), group).await?);
    }
    Ok(shown)
}

/// One access group.
///
/// # Errors
/// [`Error::Denied`] without `access_groups.manage`, [`Error::NotFound`].
pub async fn access_group(vault: &Vault, caller: &Caller, id: AccessGroupId) -> Result<ShownAccessGroup> {
    plain_permit::<marks::AccessGroupsManage>(vault, caller).await?;
    read(vault, caller.organisation(), id).await
}

async fn read(vault: &Vault, organisation: OrganisationId, id: AccessGroupId) -> Result<ShownAccessGroup> {
    let stored = rows::get(&mut vault.store().reader(), organisation, id).await?;
    named(vault, organisation, stored).await
}

async fn named(vault: &Vault, organisation: OrganisationId, group: StoredAccessGroup) -> Result<ShownAccessGroup> {
    let mut targets = Vec::with_capacity(group.targets.len());
    for target in &group.targets {
        targets.push(NamedTarget {
            target: *target,
            name: target_name(vault, organisation, *target).await?.unwrap_or_default(),
        });
    }
    let mut group_names = Vec::new();
    for id in group.rows.groups() {
        let name = soundkeep_store::access::group_name(&mut vault.store().reader(), organisation, *id).await;
        group_names.push((*id, found(name)?.unwrap_or_default()));
    }
    let warnings = warnings(&group.rows, group.columns, &group.targets);
    let StoredAccessGroup { id, name, rows, columns, version, .. } = group;
    Ok(ShownAccessGroup { id, name, rows, group_names, columns, targets, version, warnings })
}

fn found<T>(outcome: soundkeep_store::Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(soundkeep_store::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn target_name(vault: &Vault, organisation: OrganisationId, target: Target) -> Result<Option<String>> {
    let mut reader = vault.store().reader();
    match target {
        Target::User(user) => found(soundkeep_store::access::user_name(&mut reader, organisation, user).await),
        Target::Role(role) => {
            Ok(found(soundkeep_store::access::role(&mut reader, organisation, role).await)?.map(|role| role.name))
        }
        Target::Members(group) | Target::Supervisors(group) => {
            found(soundkeep_store::access::group_name(&mut reader, organisation, group).await)
        }
    }
}

fn warnings(rules: &RowRules, columns: Columns, targets: &[Target]) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    if targets.is_empty() {
        warnings.push("assigned_to_nobody");
    }
    if targets.contains(&Target::Role(RoleKey::BuiltIn(BuiltInRole::Admin))) {
        warnings.push("admins_are_exempt");
    }
    if columns == Columns::NONE {
        warnings.push("shows_no_column");
    }
    if columns.has(Column::Playback) && !columns.has(Column::Audio) {
        warnings.push("playback_without_audio");
    }
    if columns.has(Column::Download) && !(columns.has(Column::Playback) && columns.has(Column::Audio)) {
        warnings.push("download_without_playback");
    }
    if rules.are_blank() && columns == Columns::ALL {
        warnings.push("restricts_nothing");
    }
    warnings
}

/// Makes an access group.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`], [`Error::Conflict`] when there is one of this name.
pub async fn create(vault: &Vault, caller: &Caller, wish: Wish) -> Result<ShownAccessGroup> {
    let mut transaction = begin::<marks::AccessGroupsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let wish = checked(&mut transaction, organisation, wish).await?;
    if rows::list(&mut transaction, organisation).await?.len() >= ACCESS_GROUPS_MAX {
        return Err(Error::Conflict("there are 500 access groups already: delete one first"));
    }
    let now = vault.now();
    let id = AccessGroupId::make(now, &vault.random()?);
    let group = stored(id, 1, wish);
    taken(rows::add(&mut transaction, organisation, &group, now).await)?;
    let draft = change(vault, caller, &group)?.new_value(Field::Plain(described(&group)));
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    read(vault, organisation, id).await
}

/// Changes an access group that stands at this version.
///
/// # Errors
/// [`Error::Changed`] when it doesn't; [`Error::Denied`], [`Error::Invalid`], [`Error::Conflict`], [`Error::NotFound`].
pub async fn replace(
    vault: &Vault,
    caller: &Caller,
    id: AccessGroupId,
    version: i64,
    wish: Wish,
) -> Result<ShownAccessGroup> {
    let mut transaction = begin::<marks::AccessGroupsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation, id).await?;
    if before.version != version {
        return Err(Error::Changed);
    }
    let wish = checked(&mut transaction, organisation, wish).await?;
    let mut group = stored(id, version, wish);
    if group != before {
        group.version = version + 1;
        taken(rows::replace(&mut transaction, organisation, version, &group, vault.now()).await)?;
        let draft = change(vault, caller, &group)?
            .old(Field::Plain(described(&before)))
            .new_value(Field::Plain(described(&group)));
        record(vault, &mut transaction, draft).await?;
        weigh::commit(vault, caller, transaction).await?;
    }
    read(vault, organisation, id).await
}

/// Deletes an access group: what it kept back isn't kept back any more.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Changed`] when it stands at another version.
pub async fn delete(vault: &Vault, caller: &Caller, id: AccessGroupId, version: Option<i64>) -> Result<()> {
    let mut transaction = begin::<marks::AccessGroupsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation, id).await?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Error::Changed);
    }
    rows::delete(&mut transaction, organisation, id, before.version, vault.now()).await?;
    let draft = change(vault, caller, &before)?.old(Field::Plain(described(&before)));
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(())
}

/// The list as a member would see it who otherwise reaches what the caller does: real rows, nothing saved.
///
/// # Errors
/// [`Error::Denied`] without `access_groups.manage` or without a list; [`Error::Invalid`].
pub async fn preview(
    vault: &Vault,
    caller: &Caller,
    rules: RowRules,
    columns: Columns,
    limit: u32,
) -> Result<(Page, Caller)> {
    plain_permit::<marks::AccessGroupsManage>(vault, caller).await?;
    check_rules(&rules)?;
    // It tells no more than the list does, but what others would see is asked about.
    record_alone(vault, Draft::of(vault, caller, EventKind::AccessExplain)?.detail("preview", true)).await?;
    let id = AccessGroupId::make(vault.now(), &vault.random()?);
    let member = caller.narrowed(Restrictions::by(vec![AccessGroup { id, rows: rules, columns }]));
    let page = list::list(vault, &member, &list::Filter::default(), None, None, limit).await?;
    Ok((page, member))
}

fn stored(id: AccessGroupId, version: i64, wish: Wish) -> StoredAccessGroup {
    StoredAccessGroup { id, name: wish.name, rows: wish.rows, columns: wish.columns, targets: wish.targets, version }
}

fn taken(outcome: soundkeep_store::Result<()>) -> Result<()> {
    match outcome {
        Err(soundkeep_store::Error::Conflict(_)) => {
            Err(Error::Conflict("there is an access group of this name already"))
        }
        outcome => Ok(outcome?),
    }
}

fn change(vault: &Vault, caller: &Caller, group: &StoredAccessGroup) -> Result<Draft> {
    let draft = Draft::of(vault, caller, EventKind::AccessGroupChange)?;
    Ok(draft.object(Object::new("access_group", group.id).named(&group.name)))
}

fn described(group: &StoredAccessGroup) -> Value {
    let rules = &group.rows;
    let targets: Vec<Value> =
        group.targets.iter().map(|target| json!({"kind": target.kind(), "id": target.to_string()})).collect();
    json!({
        "name": group.name,
        "rows": {
            "numbers": rules.numbers().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "sources": rules.sources().iter().map(|one| one.word()).collect::<Vec<_>>(),
            "statuses": rules.statuses().iter().map(|one| one.word()).collect::<Vec<_>>(),
            "tags": rules.tags(),
            "channels": rules.channels().iter().map(|one| one.word()).collect::<Vec<_>>(),
            "directions": rules.directions().iter().map(|one| one.word()).collect::<Vec<_>>(),
            "groups": rules.groups().iter().map(ToString::to_string).collect::<Vec<_>>(),
        },
        "columns": group.columns.iter().map(Column::key).collect::<Vec<_>>(),
        "targets": targets,
    })
}

fn check_rules(rules: &RowRules) -> Result<()> {
    let lengths = [
        (RowField::Numbers, rules.numbers().len()),
        (RowField::Tags, rules.tags().len()),
        (RowField::Groups, rules.groups().len()),
    ];
    let too_long = lengths.into_iter().filter(|(_, length)| *length > ROW_VALUES_MAX);
    let refused: Vec<(String, String)> =
        too_long.map(|(field, _)| (format!("rows.{}", field.key()), format!("at most {ROW_VALUES_MAX}"))).collect();
    if refused.is_empty() { Ok(()) } else { Err(Error::Invalid(refused)) }
}

async fn checked(transaction: &mut Transaction, organisation: OrganisationId, mut wish: Wish) -> Result<Wish> {
    let name = wish.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("between 1 and {NAME_CHARACTERS_MAX} characters, in one line")));
    }
    wish.name = name.to_owned();
    check_rules(&wish.rows)?;
    wish.targets.sort();
    wish.targets.dedup();
    if wish.targets.len() > TARGETS_MAX {
        return Err(Error::invalid("targets", format!("at most {TARGETS_MAX}")));
    }
    for target in &wish.targets {
        if !is_there(transaction, organisation, *target).await? {
            return Err(Error::invalid("targets", format!("there is no {} {target}", target.kind())));
        }
    }
    for group in wish.rows.groups() {
        if !is_there(transaction, organisation, Target::Members(*group)).await? {
            return Err(Error::invalid("rows.groups", format!("there is no group {group}")));
        }
    }
    Ok(wish)
}

async fn is_there(transaction: &mut Transaction, organisation: OrganisationId, target: Target) -> Result<bool> {
    Ok(match target {
        Target::User(user) => found(identity::users::get(transaction, organisation, user).await)?.is_some(),
        Target::Role(role) => found(soundkeep_store::access::role(transaction, organisation, role).await)?.is_some(),
        Target::Members(group) | Target::Supervisors(group) => {
            found(identity::groups::get(transaction, organisation, group).await)?.is_some()
        }
    })
}

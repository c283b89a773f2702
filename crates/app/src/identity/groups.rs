//! Groups: making, naming, closing, and who belongs to them.

use super::change::{allow, begin, normal_name, plain};
use super::{ListOptions, Named, Page};
use crate::access::{weigh, what_if};
use crate::event::{Draft, record};
use crate::{Caller, Error, InUse, Names, Result, Used, Vault};
use serde_json::json;
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::access_groups;
pub use soundkeep_store::identity::groups::Bond;
use soundkeep_store::identity::{assignments, groups as rows, providers, users};

/// A group with those who belong to it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its agents.
    pub members: Vec<Named<UserId>>,
    /// Those who look after it.
    pub supervisors: Vec<Named<UserId>>,
    /// Grows with every change.
    pub version: i64,
}

async fn complete(vault: &Vault, organisation: OrganisationId, groups: Vec<rows::Group>) -> Result<Vec<Group>> {
    let (mut reader, now) = (vault.store().reader(), vault.now());
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id).collect();
    let members = rows::of_groups(&mut reader, organisation, Bond::Member, &ids, now).await?;
    let supervisors = rows::of_groups(&mut reader, organisation, Bond::Supervisor, &ids, now).await?;
    let people = |ties: &[rows::Tie], group: GroupId| {
        let own = ties.iter().filter(|tie| tie.group == group);
        own.map(|tie| Named { id: tie.user, name: tie.user_name.clone() }).collect()
    };
    let complete = |group: rows::Group| Group {
        id: group.id,
        members: people(&members, group.id),
        supervisors: people(&supervisors, group.id),
        name: group.name,
        version: group.version,
    };
    Ok(groups.into_iter().map(complete).collect())
}

/// Groups in the order of their names.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`; [`Error::Invalid`] when the cursor isn't one of this list.
pub async fn groups(vault: &Vault, caller: &Caller, options: &ListOptions) -> Result<Page<Group>> {
    allow::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let mut found = rows::page(&mut vault.store().reader(), organisation, &options.name_page()?).await?;
    let next = options.cut(&mut found, |group| group.cursor().text());
    Ok(Page { items: complete(vault, organisation, found).await?, next })
}

/// One group.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`].
pub async fn group(vault: &Vault, caller: &Caller, id: GroupId) -> Result<Group> {
    allow::<marks::UsersManage>(vault, caller).await?;
    read(vault, caller.organisation(), id).await
}

async fn read(vault: &Vault, organisation: OrganisationId, id: GroupId) -> Result<Group> {
    let row = rows::get(&mut vault.store().reader(), organisation, id).await?;
    complete(vault, organisation, vec![row]).await?.into_iter().next().ok_or(Error::NotFound)
}

/// Makes a group.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`], [`Error::Conflict`] when there is one of this name.
pub async fn create_group(vault: &Vault, caller: &Caller, name: &str) -> Result<Group> {
    let name = normal_name("name", name)?;
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let id = GroupId::make(now, &vault.random()?);
    rows::add(&mut transaction, organisation, id, &name, now).await?;
    let draft = Draft::of(vault, caller, EventKind::GroupCreated)?
        .object(Object::new("group", id).named(&name))
        .new_value(plain(json!({"name": name})));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    read(vault, organisation, id).await
}

/// Names a group anew, which stands at this version.
///
/// # Errors
/// [`Error::Changed`] when it doesn't; [`Error::Conflict`] when another has the name; [`Error::Denied`],
/// [`Error::Invalid`], [`Error::NotFound`].
pub async fn rename_group(vault: &Vault, caller: &Caller, id: GroupId, version: i64, name: &str) -> Result<Group> {
    let name = normal_name("name", name)?;
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let group = rows::get(&mut transaction, organisation, id).await?;
    if group.version != version {
        return Err(Error::Changed);
    }
    if name != group.name {
        rows::rename(&mut transaction, organisation, &group, &name, vault.now()).await?;
        let draft = Draft::of(vault, caller, EventKind::GroupChange)?
            .object(Object::new("group", id).named(&name))
            .old(plain(json!({"name": group.name})))
            .new_value(plain(json!({"name": name})));
        record(vault, &mut transaction, draft).await?;
        transaction.commit().await?;
    }
    read(vault, organisation, id).await
}

/// Closes a group and ends all that belong to it. Conversations stay stamped with it.
///
/// # Errors
/// [`Error::InUse`] when somebody's role is limited to it; [`Error::Denied`], [`Error::NotFound`].
pub async fn delete_group(vault: &Vault, caller: &Caller, id: GroupId) -> Result<()> {
    let mut transaction = what_if::begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let group = rows::get(&mut transaction, organisation, id).await?;
    let limited = assignments::limited_to(&mut transaction, organisation, id, now).await?;
    if !limited.is_empty() {
        let (users, api_keys) = (Names::of(limited), Names::default());
        return Err(Error::InUse(Box::new(InUse { used: Used::Group, users, api_keys })));
    }
    if !access_groups::naming_group(&mut transaction, organisation, id).await?.is_empty() {
        return Err(Error::Conflict("an access group names this group: change that access group first"));
    }
    if !providers::giving(&mut transaction, organisation, None, Some(id)).await?.is_empty() {
        return Err(Error::Conflict("an identity provider puts people into this group: change its groups first"));
    }
    let mut ended = Vec::new();
    for bond in [Bond::Member, Bond::Supervisor] {
        for tie in rows::of_groups(&mut transaction, organisation, bond, &[id], now).await? {
            ended.push(json!({"user": tie.user.to_string(), "as": bond.word()}));
        }
    }
    rows::close(&mut transaction, organisation, id, now).await?;
    let draft = Draft::of(vault, caller, EventKind::GroupDeleted)?
        .object(Object::new("group", id).named(&group.name))
        .old(plain(json!({"name": group.name, "people": ended})));
    record(vault, &mut transaction, draft).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(())
}

/// Lets a user belong to a group, from now on or from an earlier time. Who belongs to it already goes on.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`] when the time lies ahead.
pub async fn join_group(
    vault: &Vault,
    caller: &Caller,
    bond: Bond,
    (group, user): (GroupId, UserId),
    from: Option<Timestamp>,
) -> Result<()> {
    let now = vault.now();
    let from = from.unwrap_or(now);
    if from > now {
        return Err(Error::invalid("from", "not a time to come"));
    }
    let mut transaction = what_if::begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let group = rows::get(&mut transaction, organisation, group).await?;
    let user = users::get(&mut transaction, organisation, user).await?;
    if rows::join(&mut transaction, organisation, bond, (group.id, user.id), from, now).await? {
        let draft = Draft::of(vault, caller, EventKind::MembershipChange)?
            .object(Object::new("user", user.id).named(&user.name))
            .new_value(plain(json!({"group": group.id.to_string(), "as": bond.word(), "from": from.to_string()})))
            .detail("group_name", group.name);
        record(vault, &mut transaction, draft).await?;
        weigh::commit(vault, caller, transaction).await?;
    }
    Ok(())
}

/// Ends a user's belonging to a group; who doesn't belong to it goes on not to.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`] when there is no such group or user.
pub async fn leave_group(vault: &Vault, caller: &Caller, bond: Bond, (group, user): (GroupId, UserId)) -> Result<()> {
    let mut transaction = what_if::begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let group = rows::get(&mut transaction, organisation, group).await?;
    let user = users::get(&mut transaction, organisation, user).await?;
    if rows::leave(&mut transaction, organisation, bond, (group.id, user.id), now).await? {
        let draft = Draft::of(vault, caller, EventKind::MembershipChange)?
            .object(Object::new("user", user.id).named(&user.name))
            .old(plain(json!({"group": group.id.to_string(), "as": bond.word()})))
            .detail("group_name", group.name);
        record(vault, &mut transaction, draft).await?;
        weigh::commit(vault, caller, transaction).await?;
    }
    Ok(())
}

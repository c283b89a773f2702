//! Users: listing, inviting, renaming, switching off and on.

use super::agent_ids::AgentId;
use super::assignments::{self, Assignment, NewAssignment};
use super::change::{allow, normal_email, normal_name, personal, plain};
use super::links::{self, NewLink};
use super::{ListOptions, Named, Page, scim};
use crate::access::weigh;
use crate::access::what_if::begin;
use crate::event::{Draft, record};
use crate::jobs::names;
use crate::messages::Letterhead;
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_domain::access::{AccountState, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::LinkPurpose;
use soundkeep_domain::settings::networks::is_of_domain;
use soundkeep_domain::{GroupId, OrganisationId, ProviderId, Timestamp, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::directory::users::managers;
use soundkeep_store::identity::external::{self, Identity};
use soundkeep_store::identity::groups::{self, Bond};
use soundkeep_store::identity::{
    agent_ids, assignments as assignment_rows, factors, links as link_rows, phones, sessions, users as rows,
};

/// A user with everything that their page shows.
#[derive(Debug, Clone)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether the account may act.
    pub state: AccountState,
    /// Roles given to them that haven't ended.
    pub assignments: Vec<Assignment>,
    /// Their agent ids, ended ones too, oldest first.
    pub agent_ids: Vec<AgentId>,
    /// The groups that they are a member of.
    pub groups: Vec<Named<GroupId>>,
    /// The groups that they supervise.
    pub supervises: Vec<Named<GroupId>>,
    /// Whether they weren't there for longer than the organisation wants.
    pub inactive: bool,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// The phone number that codes are sent to.
    pub phone: Option<String>,
    /// Whether they showed a code that was sent there.
    pub phone_confirmed: bool,
    /// The providers through which they come in.
    pub identities: Vec<Identity>,
    /// The provider whose directory says what they are called and whether they may come in, if one does.
    pub managed_by: Option<Named<ProviderId>>,
    /// When they last signed in.
    pub last_sign_in_at: Option<Timestamp>,
    /// Grows with every change.
    pub version: i64,
}

/// Whether somebody wasn't there for so many days; never with none.
pub(super) fn is_inactive(user: &rows::User, days: i64, now: Timestamp) -> bool {
    let active = user.state == AccountState::Active;
    active && days > 0 && user.seen_at().plus_seconds(days * 24 * 60 * 60) <= now
}

async fn complete(vault: &Vault, organisation: OrganisationId, rows: Vec<rows::User>) -> Result<Vec<User>> {
    let now = vault.now();
    let settings = vault.settings(organisation).await?;
    let mut reader = vault.store().reader();
    let ids: Vec<UserId> = rows.iter().map(|row| row.id).collect();
    let given = assignment_rows::of_users(&mut reader, organisation, &ids).await?;
    let agent_ids = agent_ids::of_users(&mut reader, organisation, &ids).await?;
    let members = groups::of_users(&mut reader, organisation, Bond::Member, &ids, now).await?;
    let supervisors = groups::of_users(&mut reader, organisation, Bond::Supervisor, &ids, now).await?;
    let owners = factors::owners(&mut reader, organisation, &ids).await?;
    let identities = external::of_users(&mut reader, organisation, &ids).await?;
    let managers = managers(&mut reader, organisation, &ids).await?;
    let phones = phones::of_users(&mut reader, organisation, &ids).await?;
    let inactive_days = settings.inactive_days();
    let groups_of = |ties: &[groups::Tie], user: UserId| {
        let own = ties.iter().filter(|tie| tie.user == user);
        own.map(|tie| Named { id: tie.group, name: tie.group_name.clone() }).collect()
    };
    let complete = |row: rows::User| User {
        phone_confirmed: phones.get(&row.id).is_some_and(|(_, confirmed_at)| confirmed_at.is_some()),
        phone: phones.get(&row.id).map(|(number, _)| number.clone()),
        id: row.id,
        assignments: given
            .iter()
            .filter(|given| given.user == row.id && given.until.is_none_or(|until| until > now))
            .cloned()
            .map(Assignment::from)
            .collect(),
        agent_ids: agent_ids.iter().filter(|each| each.user == row.id).cloned().map(AgentId::from).collect(),
        groups: groups_of(&members, row.id),
        supervises: groups_of(&supervisors, row.id),
        inactive: is_inactive(&row, inactive_days, now),
        second_factor: owners.contains(&row.id),
        identities: identities.iter().filter(|one| one.user == row.id).cloned().collect(),
        managed_by: managers
            .iter()
            .find(|(user, ..)| *user == row.id)
            .map(|(_, provider, name)| Named { id: *provider, name: name.clone() }),
        email: row.email,
        name: row.name,
        state: row.state,
        last_sign_in_at: row.last_sign_in_at,
        version: row.version,
    };
    Ok(rows.into_iter().map(complete).collect())
}

/// Users in the order of their names.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`; [`Error::Invalid`] when the cursor isn't one of this list.
pub async fn users(vault: &Vault, caller: &Caller, options: &ListOptions) -> Result<Page<User>> {
    allow::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let mut found = rows::page(&mut vault.store().reader(), organisation, &options.name_page()?).await?;
    let next = options.cut(&mut found, |user| user.cursor().text());
    Ok(Page { items: complete(vault, organisation, found).await?, next })
}

/// One user.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`].
pub async fn user(vault: &Vault, caller: &Caller, id: UserId) -> Result<User> {
    allow::<marks::UsersManage>(vault, caller).await?;
    read(vault, caller.organisation(), id).await
}

pub(super) async fn read(vault: &Vault, organisation: OrganisationId, id: UserId) -> Result<User> {
    let row = rows::get(&mut vault.store().reader(), organisation, id).await?;
    let users = complete(vault, organisation, vec![row]).await?;
    users.into_iter().next().ok_or(Error::NotFound)
}

/// Somebody who is invited.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Their email address; unique in the organisation.
    pub email: String,
    /// Their name, which they may correct.
    pub name: String,
    /// Roles that they are given at once.
    pub assignments: Vec<NewAssignment>,
}

/// An invited user and the link for them.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The user.
    pub user: User,
    /// The link, shown this once.
    pub link: NewLink,
    /// The address that it was sent to, where mail is set up.
    pub sent_to: Option<String>,
}

/// Adds a user, gives them roles and makes their invitation.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`], [`Error::Conflict`] when somebody has the address.
pub async fn invite(vault: &Vault, caller: &Caller, invitation: &Invitation) -> Result<Invited> {
    add_invited(vault, caller, invitation, None).await
}

/// The same, with a mail to them where mail is set up.
///
/// # Errors
/// As [`invite`].
pub async fn invite_by_mail(
    vault: &Vault,
    caller: &Caller,
    invitation: &Invitation,
    head: &Letterhead,
) -> Result<Invited> {
    add_invited(vault, caller, invitation, Some(head)).await
}

async fn add_invited(
    vault: &Vault,
    caller: &Caller,
    invitation: &Invitation,
    head: Option<&Letterhead>,
) -> Result<Invited> {
    let email = normal_email("email", &invitation.email)?;
    let name = normal_name("name", &invitation.name)?;
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    if settings.domains_approved() && !is_of_domain(&settings.email_domains(), &email) {
        let domains = settings.email_domains().join(", ");
        return Err(Error::invalid(
            "email",
            format!("an address of a domain that your organisation approved: {domains}"),
        ));
    }
    let new = rows::NewUser {
        id: UserId::make(now, &vault.random()?),
        email: &email,
        name: &name,
        state: AccountState::Invited,
        password_hash: None,
        created_at: now,
    };
    rows::add(&mut transaction, organisation, &new).await?;
    let created = Draft::of(vault, caller, EventKind::UserCreated)?
        .object(Object::new("user", new.id).named(&name))
        .new_value(personal(json!({"email": email, "name": name})));
    record(vault, &mut transaction, created).await?;
    let user = rows::get(&mut transaction, organisation, new.id).await?;
    for assignment in &invitation.assignments {
        assignments::add(vault, &mut transaction, caller, &user, assignment).await?;
    }
    let draft = Draft::of(vault, caller, EventKind::InvitationCreated)?;
    let purpose = (LinkPurpose::Invitation, &user, head);
    let (link, sent_to) = links::add_and_send(vault, &mut transaction, draft, organisation, purpose).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(Invited { user: read(vault, organisation, user.id).await?, link, sent_to })
}

/// What is changed of a user; `None` leaves it.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// The name.
    pub name: Option<String>,
    /// `Active` or `Disabled`; nobody is made `Invited`.
    pub state: Option<AccountState>,
}

/// Changes a user who stands at this version.
///
/// # Errors
/// [`Error::Changed`] when they don't; [`Error::Conflict`] when it would leave nobody who manages users, or is
/// oneself; [`Error::Invalid`], [`Error::Denied`], [`Error::NotFound`].
pub async fn change_user(
    vault: &Vault,
    caller: &Caller,
    id: UserId,
    version: i64,
    change: &UserChange,
) -> Result<User> {
    let name = change.name.as_deref().map(|name| normal_name("name", name)).transpose()?;
    if change.state == Some(AccountState::Invited) {
        return Err(Error::invalid("state", "active or disabled"));
    }
    let mut transaction = begin::<marks::UsersManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let user = rows::get(&mut transaction, organisation, id).await?;
    if user.version != version {
        return Err(Error::Changed);
    }
    if let Some(name) = name.filter(|name| *name != user.name) {
        if !managers(&mut transaction, organisation, &[id]).await?.is_empty() {
            return Err(Error::Conflict("a directory says what this user is called: change it there"));
        }
        rows::rename(&mut transaction, organisation, &user, &name, vault.now()).await?;
        let renamed = Draft::of(vault, caller, EventKind::UserChange)?
            .object(Object::new("user", id).named(&name))
            .old(personal(json!({"name": user.name})))
            .new_value(personal(json!({"name": name})));
        record(vault, &mut transaction, renamed).await?;
        let started = Draft::of(vault, caller, EventKind::JobStarted)?;
        names::renamed(vault, &mut transaction, (organisation, id, version), caller.identity(), started).await?;
    }
    match (user.state, change.state) {
        (AccountState::Active | AccountState::Invited, Some(AccountState::Disabled)) => {
            switch_off(vault, &mut transaction, caller, &user).await?;
        }
        (AccountState::Disabled, Some(AccountState::Active)) => {
            switch_on(vault, &mut transaction, caller, &user).await?;
        }
        (AccountState::Invited, Some(AccountState::Active)) => {
            return Err(Error::Conflict("the user hasn't come in yet: only they can do that, with their invitation"));
        }
        (AccountState::Active, Some(AccountState::Active)) => {
            reactivate(vault, &mut transaction, caller, &user).await?;
        }
        (AccountState::Disabled, Some(AccountState::Disabled)) | (_, Some(AccountState::Invited) | None) => {}
    }
    weigh::commit(vault, caller, transaction).await?;
    read(vault, organisation, id).await
}

const fn word(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "active",
        AccountState::Invited => "invited",
        AccountState::Disabled => "disabled",
    }
}

pub(super) async fn switch_off(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    user: &rows::User,
) -> Result<()> {
    let organisation = caller.organisation();
    if caller.user() == Some(user.id) {
        return Err(Error::Conflict("nobody can switch themselves off: ask another administrator"));
    }
    assignments::keep_an_administrator(transaction, organisation, |holder, _| holder == user.id).await?;
    rows::set_state(transaction, organisation, user.id, AccountState::Disabled, vault.now()).await?;
    let ended = sessions::end_all(transaction, organisation, user.id, vault.now()).await?;
    link_rows::end_all(transaction, organisation, user.id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::UserDeprovisioned)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(json!({"state": word(user.state)})))
        .new_value(plain(json!({"state": word(AccountState::Disabled)})))
        .detail("sessions_ended", ended);
    record(vault, transaction, draft).await
}

/// Whoever was inactive counts as active from now on.
async fn reactivate(vault: &Vault, transaction: &mut Transaction, caller: &Caller, user: &rows::User) -> Result<()> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    if !is_inactive(user, settings.inactive_days(), now) {
        return Ok(());
    }
    rows::reactivate(transaction, organisation, user.id, now).await?;
    let draft = Draft::of(vault, caller, EventKind::UserChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(json!({"inactive": true})))
        .new_value(plain(json!({"inactive": false})));
    record(vault, transaction, draft).await
}

/// Who has no way to show who they are is invited once more instead of being let in.
pub(super) async fn switch_on(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    user: &rows::User,
) -> Result<()> {
    let organisation = caller.organisation();
    let state = scim::state_when_on(transaction, organisation, user.id).await?;
    rows::set_state(transaction, organisation, user.id, state, vault.now()).await?;
    rows::reactivate(transaction, organisation, user.id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::UserChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(plain(json!({"state": word(user.state)})))
        .new_value(plain(json!({"state": word(state)})));
    record(vault, transaction, draft).await
}

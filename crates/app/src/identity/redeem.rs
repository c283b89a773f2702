//! Using a one-time link: the first administrator, an invited user, a new password, the demo.

use super::change::{normal_email, normal_name, personal, plain};
use super::entry::{self, Entered, enter, finish};
use super::passkeys::{self, Asked, NewPasskey, Purpose, Site, Taken};
use super::sign_in::Visitor;
use super::{factors, links, passwords};
use crate::event::{Draft, record};
use crate::jobs::names;
use crate::{Error, Result, Vault};
use serde_json::json;
use soundkeep_domain::access::{AccountState, BuiltInRole, Limit, RoleKey};
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::identity::{FactorKind, LinkPurpose};
use soundkeep_domain::{AssignmentId, OrganisationId, UserId};
use soundkeep_store::identity::{assignments, links as link_rows, sessions, users};
use soundkeep_store::{Transaction, organisations};

/// What somebody says when they use a link. Set-up needs all but a passkey, an invitation a password or passkey, a new
/// password only itself, the demo nothing.
#[derive(Clone, Default)]
pub struct Redeem {
    /// Their email address.
    pub email: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// The password they choose.
    pub password: Option<String>,
    /// A passkey that they made in place of a password, where they are invited.
    pub passkey: Option<NewPasskey>,
    /// The organisation's name.
    pub organisation_name: Option<String>,
}

/// Who signs in by the link, as far as known before the transaction.
struct Comer {
    email: String,
    name: String,
    password_hash: Option<String>,
    passkey: Option<(Taken, String)>,
    organisation_name: Option<String>,
}

/// Uses a link up and signs in whom it was for, as far as a link does.
///
/// # Errors
/// [`Error::NotFound`] when there is no such link, or it was used or has expired; [`Error::Invalid`] with all fields
/// that don't fit, and the link can still be used then.
pub async fn redeem_link(vault: &Vault, token: &str, said: Redeem, visitor: &Visitor) -> Result<Entered> {
    let link = links::find(vault, token).await?;
    let mut comer = understand(vault, &link, said).await?;
    let made_passkey = comer.passkey.is_some();
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, link.organisation).await?;
    // Who tries the demo opens its links in several windows, and nothing of it is real.
    if link.purpose != LinkPurpose::Demo {
        link_rows::use_up(&mut transaction, link.organisation, link.id, vault.now()).await?;
    }
    let user = match (link.purpose, link.user) {
        (LinkPurpose::Setup, _) => set_up(vault, &mut transaction, link.organisation, &comer, visitor).await?,
        (LinkPurpose::Invitation | LinkPurpose::Demo, Some(user)) => {
            come_in(vault, &mut transaction, (link.organisation, user), &mut comer, visitor).await?;
            user
        }
        (LinkPurpose::Password, Some(user)) => {
            choose_password(vault, &mut transaction, (link.organisation, user), &comer, visitor).await?;
            user
        }
        (LinkPurpose::Invitation | LinkPurpose::Demo | LinkPurpose::Password, None) => {
            return Err(Error::NotFound);
        }
    };
    let mut who = entry::Comer::new(link.organisation, user, &comer.name, link.purpose.word());
    // Its device verified them when it made it.
    who.second_factor = made_passkey.then_some(FactorKind::Passkey.word());
    let settings = entry::in_force(vault, &mut transaction, link.organisation).await?;
    let begun = enter(vault, &mut transaction, who, visitor, &settings).await?;
    finish(vault, transaction, begun, visitor).await
}

/// Asks for a passkey in place of a password, of somebody who is invited.
///
/// # Errors
/// [`Error::NotFound`] when there is no such link, or it was used or has expired; [`Error::Conflict`] when it is for
/// something else, and at an address without passkeys.
pub async fn ask_by_link(vault: &Vault, site: &Site, token: &str) -> Result<Asked> {
    let link = links::find(vault, token).await?;
    let (LinkPurpose::Invitation, Some(user)) = (link.purpose, link.user) else {
        return Err(Error::Conflict("a passkey in place of a password is for those who are invited"));
    };
    let mut transaction = vault.store().begin().await?;
    let whose = (link.organisation, user);
    let asked = passkeys::ask_for_new(vault, &mut transaction, site, whose, Purpose::Invitation(link.id)).await?;
    transaction.commit().await?;
    Ok(asked)
}

/// Checks every field that this link needs, and hashes the password while no transaction is open.
async fn understand(vault: &Vault, link: &link_rows::Link, said: Redeem) -> Result<Comer> {
    let mut wrong = Vec::new();
    let mut keep = |result: Result<String>| match result {
        Ok(text) => text,
        Err(Error::Invalid(fields)) => {
            wrong.extend(fields);
            String::new()
        }
        Err(_) => String::new(),
    };
    let setup = link.purpose == LinkPurpose::Setup;
    let email = match &link.email {
        Some(email) => email.clone(),
        None => keep(normal_email("email", said.email.as_deref().unwrap_or_default())),
    };
    let given = said.name.filter(|name| setup || (link.purpose == LinkPurpose::Invitation && !name.trim().is_empty()));
    let name = match (given, &link.name) {
        (None, Some(known)) => known.clone(),
        (given, _) => keep(normal_name("name", &given.unwrap_or_default())),
    };
    let organisation_name =
        setup.then(|| keep(normal_name("organisation_name", said.organisation_name.as_deref().unwrap_or_default())));
    let mut password_hash = None;
    let has_passkey = said.passkey.is_some() && link.purpose == LinkPurpose::Invitation;
    let new_passkey = said.passkey.filter(|_| has_passkey);
    let passkey_name = new_passkey.as_ref().map(|new| keep(normal_name("passkey_name", &new.name))).unwrap_or_default();
    if link.purpose != LinkPurpose::Demo && !has_passkey {
        let settings = vault.settings(link.organisation).await?;
        let owner = passwords::Owner {
            email: email.clone(),
            name: name.clone(),
            organisation: organisation_name.clone().unwrap_or_else(|| link.organisation_name.clone()),
            characters_min: passwords::characters_min(&settings),
        };
        let mut reader = vault.store().reader();
        let used = match link.user {
            Some(user) => {
                users::last_passwords(&mut reader, link.organisation, user, settings.password_history()).await?
            }
            None => Vec::new(),
        };
        match passwords::choose(vault, said.password.clone().unwrap_or_default(), owner, used).await? {
            Ok(hash) => password_hash = Some(hash),
            Err(complaint) => wrong.push(("password".to_owned(), complaint)),
        }
    }
    if has_passkey && said.password.is_some_and(|password| !password.is_empty()) {
        wrong.push(("password".to_owned(), "either a password or a passkey".to_owned()));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let passkey = match new_passkey {
        Some(new) => Some((passkeys::take(vault, Purpose::Invitation(link.id), new.answered).await?, passkey_name)),
        None => None,
    };
    Ok(Comer { email, name, password_hash, passkey, organisation_name })
}

fn actor(user: UserId, name: &str) -> Actor {
    Actor { kind: "user", id: Some(user.to_string()), name: Some(name.to_owned()) }
}

async fn set_up(
    vault: &Vault,
    transaction: &mut Transaction,
    organisation: OrganisationId,
    comer: &Comer,
    visitor: &Visitor,
) -> Result<UserId> {
    let now = vault.now();
    if users::count(transaction, organisation).await? > 0 {
        return Err(Error::Conflict("the organisation has users already: ask one of its administrators"));
    }
    let id = UserId::make(now, &vault.random()?);
    let new = users::NewUser {
        id,
        email: &comer.email,
        name: &comer.name,
        state: AccountState::Active,
        password_hash: comer.password_hash.as_deref(),
        created_at: now,
    };
    users::add(transaction, organisation, &new).await?;
    let admin = RoleKey::BuiltIn(BuiltInRole::Admin);
    let assignment = assignments::NewAssignment {
        id: AssignmentId::make(now, &vault.random()?),
        user: id,
        role: admin,
        limit: Limit::None,
        until: None,
        created_at: now,
    };
    assignments::add(transaction, organisation, &assignment).await?;
    if let Some(name) = &comer.organisation_name {
        organisations::rename(transaction, organisation, name).await?;
    }
    let draft = |kind| -> Result<Draft> {
        Ok(Draft::by(vault, organisation, actor(id, &comer.name), kind)?
            .address(visitor.text())
            .object(Object::new("user", id).named(&comer.name)))
    };
    let completed = draft(EventKind::SetupCompleted)?
        .new_value(personal(json!({"email": comer.email, "name": comer.name})))
        .detail("organisation_name", comer.organisation_name.as_deref().unwrap_or_default());
    record(vault, transaction, completed).await?;
    let given = draft(EventKind::RoleChange)?
        .new_value(plain(json!({"assignment": assignment.id.to_string(), "role": admin.to_string(), "limit": "none"})));
    record(vault, transaction, given).await?;
    Ok(id)
}

/// An invited user comes in; in the demo also one who is in already.
async fn come_in(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, id): (OrganisationId, UserId),
    comer: &mut Comer,
    visitor: &Visitor,
) -> Result<()> {
    let user = users::get(transaction, organisation, id).await?;
    let protects = comer.password_hash.is_some() || comer.passkey.is_some();
    match (user.state, protects) {
        (AccountState::Disabled, _) | (AccountState::Active, true) => {
            return Err(Error::NotFound);
        }
        (AccountState::Active, false) => return Ok(()),
        (AccountState::Invited, _) => {}
    }
    if let Some(hash) = &comer.password_hash {
        users::choose_password(transaction, organisation, id, (hash, vault.now()), 0).await?;
    }
    if let Some((taken, name)) = comer.passkey.take() {
        passkeys::add(vault, transaction, (organisation, id), taken, &name).await?;
        let draft = |kind| Ok(Draft::by(vault, organisation, actor(id, &comer.name), kind)?.address(visitor.text()));
        factors::enrolled(vault, transaction, (organisation, id), (FactorKind::Passkey, &name), draft).await?;
    }
    if user.name != comer.name {
        users::rename(transaction, organisation, &user, &comer.name, vault.now()).await?;
        let renamed = Draft::by(vault, organisation, actor(id, &comer.name), EventKind::UserChange)?
            .address(visitor.text())
            .object(Object::new("user", id).named(&comer.name))
            .old(personal(json!({"name": user.name})))
            .new_value(personal(json!({"name": comer.name})));
        record(vault, transaction, renamed).await?;
        let started = Draft::by(vault, organisation, actor(id, &comer.name), EventKind::JobStarted)?;
        let by = ("user", id.to_string());
        names::renamed(vault, transaction, (organisation, id, user.version), by, started).await?;
    }
    users::set_state(transaction, organisation, id, AccountState::Active, vault.now()).await?;
    users::reactivate(transaction, organisation, id, vault.now()).await?;
    let came = Draft::by(vault, organisation, actor(id, &comer.name), EventKind::UserChange)?
        .address(visitor.text())
        .object(Object::new("user", id).named(&comer.name))
        .old(plain(json!({"state": "invited"})))
        .new_value(plain(json!({"state": "active"})));
    record(vault, transaction, came).await
}

/// A new password ends every session that the old one opened: perhaps it was chosen because somebody knew the old one.
async fn choose_password(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, id): (OrganisationId, UserId),
    comer: &Comer,
    visitor: &Visitor,
) -> Result<()> {
    let user = users::get(transaction, organisation, id).await?;
    let (AccountState::Active, Some(hash)) = (user.state, &comer.password_hash) else {
        return Err(Error::NotFound);
    };
    let settings = soundkeep_store::settings::in_force(transaction, vault.registry(), organisation).await?;
    let kept = settings.password_history();
    users::choose_password(transaction, organisation, id, (hash, vault.now()), kept).await?;
    let ended = sessions::end_all(transaction, organisation, id, vault.now()).await?;
    let chosen = Draft::by(vault, organisation, actor(id, &user.name), EventKind::PasswordChange)?
        .address(visitor.text())
        .object(Object::new("user", id).named(&user.name))
        .detail("sessions_ended", ended);
    record(vault, transaction, chosen).await
}

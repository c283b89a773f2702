//! Users of a directory: making, changing and taking them out.

use super::groups::apply_mappings;
use super::person::{self, Person, document_of};
use super::rules::{self, Document, ResourceKind};
use super::{Asked, Shown, begin_changing, conflict, directory, invalid, meant_for, selection, still_good, view};
use crate::access::weigh;
use crate::event::{Draft, prepare, record};
use crate::identity::change::{personal, plain};
use crate::identity::users::{switch_off, switch_on};
use crate::jobs::names;
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::domain_of;
use soundkeep_domain::settings::networks::is_of_domain;
use soundkeep_domain::{ProviderId, UserId};
use soundkeep_store::directory::users::{self as rows, DirectoryUser, Said};
use soundkeep_store::directory::{View, groups as group_rows};
use soundkeep_store::identity::providers::Stored;
use soundkeep_store::identity::users as people;
use soundkeep_store::{Queries, Transaction};

fn said(provider: ProviderId, person: &Person, document: &Document, vault: &Vault) -> Result<Said> {
    Ok(Said {
        provider,
        user_name: person.user_name.clone(),
        external_id: person.external_id.clone(),
        document: serde_json::to_string(document).map_err(Error::bug)?,
        changed_at: vault.now(),
    })
}

fn user_id(id: &str) -> Result<UserId> {
    id.parse().map_err(|_| Error::NotFound)
}

/// Refuses addresses of domains that the organisation hasn't approved.
async fn is_approved(vault: &Vault, caller: &Caller, email: &str) -> Result<()> {
    let settings = vault.settings(caller.organisation()).await?;
    if settings.domains_approved() && !is_of_domain(&settings.email_domains(), email) {
        return Err(invalid(format!(
            "the organisation approved addresses of these domains alone: {}",
            settings.email_domains().join(", ")
        )));
    }
    Ok(())
}

/// Makes a user. One that the same directory took out before is there again, as who they were.
pub(super) async fn create(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    (body, id): (&Value, Option<&str>),
) -> Result<Shown> {
    let selection = selection(asked, ResourceKind::User)?;
    let mut document = rules::resource(body, ResourceKind::User)?;
    document.entry("active").or_insert(Value::Bool(true));
    let person = Person::of(&document)?;
    is_approved(vault, caller, &person.email).await?;
    let now = vault.now();
    let provider = directory(caller)?.provider;
    let mut transaction = vault.store().begin().await?;
    let state = if person.active == Some(false) { AccountState::Disabled } else { AccountState::Invited };
    let id = match id {
        Some(id) => user_id(id)?,
        None => UserId::make(now, &vault.random()?),
    };
    let new =
        people::NewUser { id, email: &person.email, name: &person.name, state, password_hash: None, created_at: now };
    let created = Draft::of(vault, caller, EventKind::UserCreated)?
        .object(Object::new("user", id).named(&person.name))
        .new_value(personal(json!({"email": person.email, "name": person.name})))
        .detail("managed_by", provider.to_string())
        .detail("switched_off", state == AccountState::Disabled);
    let said = said(provider, &person, &document, vault)?;
    let event = prepare(vault, created)?;
    match rows::provision(&mut transaction, caller.organisation(), (&new, &said), &event).await {
        // Whoever lost their token meanwhile gets no further, and nothing of it stays.
        Ok(epoch) => still_good(vault, caller, &mut transaction, epoch).await.map(|_| ())?,
        Err(soundkeep_store::Error::Conflict(_)) => {
            drop(transaction);
            return again(vault, caller, asked, (&person, document)).await;
        }
        Err(error) => return Err(error.into()),
    }
    transaction.commit().await?;
    vault.metrics().event_written();
    let user = people::User {
        id,
        email: person.email,
        name: person.name,
        state,
        created_at: now,
        last_sign_in_at: None,
        reactivated_at: None,
        version: 1,
    };
    let row = DirectoryUser { user, said: Some(said) };
    Ok(Shown { is_new: true, ..person::shown(&row, &[], asked, &selection)? })
}

/// Somebody has the name or the address: whom this directory took out is there again, and everybody else stays.
async fn again(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    (person, document): (&Person, Document),
) -> Result<Shown> {
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let organisation = caller.organisation();
    let names = (person.user_name.as_str(), person.email.as_str());
    let known = rows::known(&mut transaction, organisation, names).await?;
    let id = match known.as_slice() {
        [(id, Some(provider), true)] if *provider == stored.id => *id,
        [] => return Err(invalid("another provider vouches for addresses of this domain")),
        _ => return Err(conflict("somebody has this userName or email address already")),
    };
    let user = people::get(&mut transaction, organisation, id).await?;
    let before = DirectoryUser { user, said: None };
    settle(vault, &mut transaction, caller, &stored, (&before, document)).await?;
    let row = commit(vault, caller, transaction, &stored, id).await?;
    let selection = selection(asked, ResourceKind::User)?;
    Ok(Shown { is_new: true, ..person::shown(&row, &[], asked, &selection)? })
}

/// Shows a user.
pub(super) async fn show(vault: &Vault, caller: &Caller, asked: &Asked<'_>, id: &str) -> Result<Shown> {
    let selection = selection(asked, ResourceKind::User)?;
    let (organisation, provider) = (caller.organisation(), directory(caller)?.provider);
    let mut reader = vault.store().reader();
    let view = view(&mut reader, organisation, provider).await?;
    let row = rows::get(&mut reader, organisation, &view, user_id(id)?).await?;
    let mut groups = group_rows::of_users(&mut reader, organisation, provider, &[row.user.id]).await?;
    let groups = groups.remove(&row.user.id).unwrap_or_default();
    person::shown(&row, &groups, asked, &selection)
}

/// What is done to a user.
pub(super) enum Change<'body> {
    /// All that is said of them is said anew.
    Replace(&'body Value),
    /// Some of it.
    Patch(&'body Value),
}

/// Changes a user, who is managed by this directory from now on.
pub(super) async fn change(
    vault: &Vault,
    caller: &Caller,
    asked: &Asked<'_>,
    id: &str,
    change: Change<'_>,
) -> Result<Shown> {
    let kind = ResourceKind::User;
    let selection = selection(asked, kind)?;
    // What can't be read is refused before anybody waits for it.
    let operations = match change {
        Change::Replace(_) => Vec::new(),
        Change::Patch(body) => rules::operations(body, kind)?,
    };
    let id = user_id(id)?;
    let organisation = caller.organisation();
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let view: View = view(&mut transaction, organisation, stored.id).await?;
    let before = rows::get(&mut transaction, organisation, &view, id).await?;
    meant_for(asked, before.user.version)?;
    let was = document_of(&before)?;
    let document = match change {
        Change::Replace(body) => {
            let mut document = rules::resource(body, kind)?;
            // Whether somebody may come in isn't changed by not saying it.
            if let Some(active) = was.get("active") {
                document.entry("active").or_insert_with(|| active.clone());
            }
            document
        }
        Change::Patch(_) => {
            let mut document = was.clone();
            rules::apply(&operations, &mut document, kind)?;
            document
        }
    };
    let row = match document == was && before.said.is_some() {
        true => before,
        false => {
            settle(vault, &mut transaction, caller, &stored, (&before, document)).await?;
            commit(vault, caller, transaction, &stored, id).await?
        }
    };
    let mut reader = vault.store().reader();
    let mut groups = group_rows::of_users(&mut reader, organisation, stored.id, &[id]).await?;
    person::shown(&row, &groups.remove(&id).unwrap_or_default(), asked, &selection)
}

async fn commit(
    vault: &Vault,
    caller: &Caller,
    mut transaction: Transaction,
    stored: &Stored,
    id: UserId,
) -> Result<DirectoryUser> {
    let organisation = caller.organisation();
    let view = view(&mut transaction, organisation, stored.id).await?;
    let row = rows::get(&mut transaction, organisation, &view, id).await?;
    weigh::commit(vault, caller, transaction).await?;
    Ok(row)
}

/// Brings a user to what a directory says: address, name, state, and all that is kept as it is said.
async fn settle(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (before, document): (&DirectoryUser, Document),
) -> Result<()> {
    let (organisation, now) = (caller.organisation(), vault.now());
    let id = before.user.id;
    let person = Person::of(&document)?;
    if person.email != before.user.email {
        readdress(vault, transaction, caller, stored, (&before.user, &person.email)).await?;
    }
    let said = said(stored.id, &person, &document, vault)?;
    let kept = rows::say(transaction, organisation, id, &said).await;
    kept.map_err(|error| match error {
        soundkeep_store::Error::Conflict(_) => conflict("somebody has this userName already"),
        error => error.into(),
    })?;
    let told = told(before, &document)?;
    let changed = Draft::of(vault, caller, EventKind::UserChange)?
        .object(Object::new("user", id).named(&person.name))
        .detail("attributes", told)
        .detail("managed_by", stored.id.to_string());
    record(vault, transaction, changed).await?;
    if person.name != before.user.name {
        let user = people::get(transaction, organisation, id).await?;
        people::rename(transaction, organisation, &user, &person.name, now).await?;
        let renamed = Draft::of(vault, caller, EventKind::UserChange)?
            .object(Object::new("user", id).named(&person.name))
            .old(personal(json!({"name": before.user.name})))
            .new_value(personal(json!({"name": person.name})));
        record(vault, transaction, renamed).await?;
        let started = Draft::of(vault, caller, EventKind::JobStarted)?;
        let which = (organisation, id, user.version);
        names::renamed(vault, transaction, which, caller.identity(), started).await?;
    }
    let user = people::get(transaction, organisation, id).await?;
    match (user.state, person.active) {
        (AccountState::Active | AccountState::Invited, Some(false)) => {
            switch_off(vault, transaction, caller, &user).await?;
        }
        (AccountState::Disabled, Some(true)) => switch_on(vault, transaction, caller, &user).await?,
        _ => {}
    }
    // Whoever comes back gets what their groups give, and whoever is new to this directory too.
    if before.said.is_none() {
        apply_mappings(vault, transaction, caller, stored, &[id]).await?;
    }
    Ok(())
}

async fn readdress(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (user, email): (&people::User, &str),
) -> Result<()> {
    let organisation = caller.organisation();
    is_approved(vault, caller, email).await?;
    if rows::is_of_another(transaction, organisation, stored.id, domain_of(email)).await? {
        return Err(invalid("another provider vouches for addresses of this domain"));
    }
    let moved = rows::readdress(transaction, organisation, user, email, vault.now()).await;
    moved.map_err(|error| match error {
        soundkeep_store::Error::Conflict(_) => conflict("somebody has this email address already"),
        error => error.into(),
    })?;
    let draft = Draft::of(vault, caller, EventKind::UserChange)?
        .object(Object::new("user", user.id).named(&user.name))
        .old(personal(json!({"email": user.email})))
        .new_value(personal(json!({"email": email})));
    record(vault, transaction, draft).await
}

/// Names of the attributes that differ; their values are the directory's and stay out of the ledger.
fn told(before: &DirectoryUser, document: &Document) -> Result<Value> {
    let was = document_of(before)?;
    let mut names: Vec<&String> = was.keys().chain(document.keys()).collect();
    names.sort();
    names.dedup();
    names.retain(|name| was.get(*name) != document.get(*name));
    Ok(json!(names))
}

/// Takes a user out: the directory sees them no more, and they are switched off. Their conversations stay theirs.
pub(super) async fn remove(vault: &Vault, caller: &Caller, asked: &Asked<'_>, id: &str) -> Result<()> {
    let id = user_id(id)?;
    let organisation = caller.organisation();
    let (mut transaction, stored) = begin_changing(vault, caller).await?;
    let view = view(&mut transaction, organisation, stored.id).await?;
    let before = rows::get(&mut transaction, organisation, &view, id).await?;
    meant_for(asked, before.user.version)?;
    if before.said.is_none() {
        let document = document_of(&before)?;
        let said = said(stored.id, &Person::of(&document)?, &document, vault)?;
        rows::say(&mut transaction, organisation, id, &said).await?;
    }
    rows::forget(&mut transaction, organisation, id, vault.now()).await?;
    apply_mappings(vault, &mut transaction, caller, &stored, &[id]).await?;
    let user = people::get(&mut transaction, organisation, id).await?;
    match user.state {
        AccountState::Active | AccountState::Invited => switch_off(vault, &mut transaction, caller, &user).await?,
        AccountState::Disabled => {
            let draft = Draft::of(vault, caller, EventKind::UserChange)?
                .object(Object::new("user", id).named(&user.name))
                .old(plain(json!({"managed_by": stored.id.to_string()})))
                .new_value(plain(json!({"managed_by": null})));
            record(vault, &mut transaction, draft).await?;
        }
    }
    weigh::commit(vault, caller, transaction).await
}

/// Rows of users as whole resources, for lists.
pub(super) async fn resources(
    queries: &mut impl Queries,
    caller: &Caller,
    rows: &[DirectoryUser],
    base: &str,
) -> Result<Vec<Document>> {
    let (organisation, provider) = (caller.organisation(), directory(caller)?.provider);
    let ids: Vec<UserId> = rows.iter().map(|row| row.user.id).collect();
    let groups = group_rows::of_users(queries, organisation, provider, &ids).await?;
    let none = Vec::new();
    rows.iter()
        .map(|row| {
            person::resource(row, groups.get(&row.user.id).unwrap_or(&none), base).map(|(document, ..)| document)
        })
        .collect()
}

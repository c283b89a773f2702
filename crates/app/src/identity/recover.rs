//! The operator's way back, for an organisation that locked itself out. Whoever runs it holds the root key and the
//! database, so that it opens nothing that wasn't open to them; the ledger tells of it all the same.

use super::links::{self, NewLink};
use crate::event::{Draft, record};
use crate::{Error, Result, Vault};
use serde_json::Map;
use soundkeep_domain::OrganisationId;
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::{Actor, EventKind, Field, Object};
use soundkeep_domain::identity::{LinkPurpose, normal_email};
use soundkeep_domain::settings::{Difference, Wish};
use soundkeep_store::identity::{factors, links as link_rows, phones, sessions, users};
use soundkeep_store::settings as rows;

/// The settings that can lock everybody out by where they come from.
const NETWORK_LOCKS: [&str; 4] = ["console_networks", "api_networks", "domains_approved", "email_domains"];

fn operator() -> Actor {
    Actor { kind: "system", id: Some("operator".to_owned()), name: None }
}

/// Lets people and programs come from anywhere, and users of any email domain, waits for no code that is sent, and answers which
/// settings that changed.
///
/// # Errors
/// When the database refuses.
pub async fn recover_networks(vault: &Vault, organisation: OrganisationId) -> Result<Vec<&'static str>> {
    let settings = vault.settings(organisation).await?;
    // Who comes from outside can't be told when there is no outside any more.
    let scope = (settings.second_factor() == "outside").then_some("second_factor");
    // Where codes are sent, a server that is gone keeps everybody out: an app is set up at the next sign-in.
    let mode = matches!(settings.second_factor_mode().as_str(), "email" | "sms").then_some("second_factor_mode");
    let keys: Vec<&str> = NETWORK_LOCKS.into_iter().chain(scope).chain(mode).collect();
    reset(vault, organisation, &keys).await
}

/// Lets people sign in with passwords again, when no identity provider answers; says whether that changed anything.
///
/// # Errors
/// When the database refuses.
pub async fn recover_passwords(vault: &Vault, organisation: OrganisationId) -> Result<bool> {
    Ok(!reset(vault, organisation, &["sso_only"]).await?.is_empty())
}

async fn reset(vault: &Vault, organisation: OrganisationId, keys: &[&str]) -> Result<Vec<&'static str>> {
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let before = rows::in_force(&mut transaction, vault.registry(), organisation).await?;
    let wish = |key: &&str| Wish { key: (*key).to_owned(), channel: None, value: None };
    let wishes: Vec<Wish> = keys.iter().map(wish).collect();
    let after = before.with(&wishes).map_err(|_| Error::bug("defaults that don't fit"))?;
    let differences = after.since(&before);
    if differences.is_empty() {
        return Ok(Vec::new());
    }
    let settings = after.at_version(before.version() + 1);
    let save = rows::Save {
        version: settings.version(),
        at: vault.now(),
        by: ("system".to_owned(), "operator".to_owned()),
        restored: None,
        changes: crate::settings::told(&differences),
    };
    rows::save(&mut transaction, organisation, &settings, &save).await?;
    let values = |value: fn(&Difference) -> serde_json::Value| -> serde_json::Value {
        differences.iter().map(|one| (one.address(), value(one))).collect::<Map<_, _>>().into()
    };
    let draft = Draft::by(vault, organisation, operator(), EventKind::SettingsChange)?
        .object(Object::new("settings", settings.version()))
        .old(Field::Plain(values(|one| one.old.value.json())))
        .new_value(Field::Plain(values(|one| one.new.value.json())));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(differences.iter().map(|one| one.setting.key).collect())
}

/// Switches a user on, takes their second factors away, ends their sessions, and makes a link for a new password, or
/// another invitation for who never came in.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user.
pub async fn recover_user(vault: &Vault, organisation: OrganisationId, email: &str) -> Result<NewLink> {
    let email = normal_email(email).ok_or(Error::NotFound)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let user = users::by_email(&mut transaction, organisation, &email).await?;
    let now = vault.now();
    let has_password = users::has_password(&mut transaction, organisation, user.id).await?;
    let state = if has_password { AccountState::Active } else { AccountState::Invited };
    if user.state != state {
        users::set_state(&mut transaction, organisation, user.id, state, now).await?;
    }
    users::reactivate(&mut transaction, organisation, user.id, now).await?;
    let factors = factors::delete_all(&mut transaction, organisation, user.id).await?;
    phones::remove(&mut transaction, organisation, user.id).await?;
    let ended = sessions::end_all(&mut transaction, organisation, user.id, now).await?;
    link_rows::end_all(&mut transaction, organisation, user.id, now).await?;
    let draft = Draft::by(vault, organisation, operator(), EventKind::UserRecovered)?
        .object(Object::new("user", user.id).named(&user.name))
        .detail("factors_removed", factors)
        .detail("sessions_ended", ended)
        .detail("was_switched_off", user.state == AccountState::Disabled);
    record(vault, &mut transaction, draft).await?;
    let (purpose, kind) = match has_password {
        true => (LinkPurpose::Password, EventKind::PasswordLinkCreated),
        false => (LinkPurpose::Invitation, EventKind::InvitationCreated),
    };
    let draft = Draft::by(vault, organisation, operator(), kind)?;
    let link = links::add(vault, &mut transaction, draft, organisation, (purpose, &user)).await?;
    transaction.commit().await?;
    Ok(link)
}

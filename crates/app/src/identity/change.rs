//! How every change of people begins: decided, locked, and looked at once more.

use crate::access::plain_permit;
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{CallerKind, PlainPermission, authorize_plain};
use soundkeep_domain::audit::Field;
use soundkeep_domain::identity::NAME_CHARACTERS_MAX;
use soundkeep_store::{Transaction, access, identity};

/// Decides whether the caller may, and writes a refusal down.
pub(super) async fn allow<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<()> {
    plain_permit::<P>(vault, caller).await.map(|_| ())
}

/// Decides, and begins a transaction in which nobody else changes rights in the organisation. When rights
/// changed since the caller's were read, they are read anew: who has just lost them changes nothing any more.
pub(super) async fn begin<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<Transaction> {
    allow::<P>(vault, caller).await?;
    let organisation = caller.organisation();
    let mut transaction = vault.store().begin().await?;
    let epoch = identity::lock(&mut transaction, organisation).await?;
    if epoch == caller.facts().policy_epoch() {
        return Ok(transaction);
    }
    let now = vault.now();
    let facts = match caller.facts().kind() {
        CallerKind::User(user) => access::user_caller(&mut transaction, organisation, user, now).await,
        CallerKind::ApiKey(key) => {
            match identity::api_keys::rights_of(&mut transaction, organisation, key, now).await {
                Ok(role) => access::api_key_caller(&mut transaction, organisation, key, role, now).await,
                Err(error) => Err(error),
            }
        }
        CallerKind::System(system) => access::system_caller(&mut transaction, organisation, system).await,
    };
    let facts = facts.map_err(|error| match error {
        soundkeep_store::Error::NotFound => Error::NotSignedIn,
        error => error.into(),
    })?;
    authorize_plain::<P>(&facts)?;
    Ok(transaction)
}

/// A name of a person or thing as it is kept: trimmed, in one line, not too long.
pub(super) fn normal_name(field: &str, name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid(field, "a name is needed"));
    }
    if name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(Error::invalid(field, format!("at most {NAME_CHARACTERS_MAX} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(field, "no control characters"));
    }
    Ok(name.to_owned())
}

/// An email address as it is kept.
pub(super) fn normal_email(field: &str, email: &str) -> Result<String> {
    soundkeep_domain::identity::normal_email(email)
        .ok_or_else(|| Error::invalid(field, "an email address such as ada@example.org"))
}

/// Something about a person.
pub(super) fn personal(value: serde_json::Value) -> Field {
    Field::Personal(value)
}

/// Something about no person.
pub(super) fn plain(value: serde_json::Value) -> Field {
    Field::Plain(value)
}

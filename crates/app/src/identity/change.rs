//! How every change of people begins: decided, locked, and looked at once more.

use crate::access::{permit_in_force, plain_permit};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::PlainPermission;
use soundkeep_domain::audit::Field;
use soundkeep_domain::identity::NAME_CHARACTERS_MAX;
use soundkeep_store::Transaction;
use soundkeep_store::access::lock_policy;

/// Decides whether the caller may, and writes a refusal down.
pub(crate) async fn allow<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<()> {
    plain_permit::<P>(vault, caller).await.map(|_| ())
}

/// Decides, and begins a transaction in which nobody else changes rights in the organisation.
pub(crate) async fn begin<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<Transaction> {
    allow::<P>(vault, caller).await?;
    let mut transaction = vault.store().begin().await?;
    let epoch = lock_policy(&mut transaction, caller.organisation()).await?;
    permit_in_force::<P>(vault, caller, &mut transaction, epoch).await?;
    Ok(transaction)
}

/// A name of a person or thing as it is kept: trimmed, in one line, not too long.
pub(crate) fn normal_name(field: &str, name: &str) -> Result<String> {
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
pub(crate) fn normal_email(field: &str, email: &str) -> Result<String> {
    soundkeep_domain::identity::normal_email(email)
        .ok_or_else(|| Error::invalid(field, "an email address such as ada@example.org"))
}

/// Something about a person.
pub(crate) fn personal(value: serde_json::Value) -> Field {
    Field::Personal(value)
}

/// Something about no person.
pub(crate) fn plain(value: serde_json::Value) -> Field {
    Field::Plain(value)
}

//! One's own passkeys: adding and naming them, and being asked for one in a session.

use super::{Asked, NewPasskey, Purpose, Site, add, ask_for_new, ask_for_one, take};
use crate::event::{Draft, record};
use crate::identity::account::{Own, own};
use crate::identity::change::{normal_name, personal};
use crate::identity::factors;
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_domain::FactorId;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::FactorKind;
use soundkeep_store::identity::factors as rows;

/// Begins to add a passkey for oneself.
///
/// # Errors
/// [`Error::Conflict`] for programs, at an address without passkeys, and for who has enough of them.
pub async fn ask_for_new_passkey(vault: &Vault, site: &Site, caller: &Caller) -> Result<Asked> {
    let Own { organisation, user, session } = own(caller)?;
    let mut transaction = vault.store().begin().await?;
    let purpose = Purpose::New(session);
    let asked = ask_for_new(vault, &mut transaction, site, (organisation, user), purpose).await?;
    let draft = Draft::of(vault, caller, EventKind::SecondFactorBegun)?.object(Object::new("user", user));
    record(vault, &mut transaction, draft.detail("kind", FactorKind::Passkey.word())).await?;
    transaction.commit().await?;
    Ok(asked)
}

/// Adds the passkey that a device made, and answers recovery codes when there were none.
///
/// # Errors
/// [`Error::Invalid`] naming `name` or `passkey`, [`Error::Conflict`] for programs.
pub async fn add_passkey(vault: &Vault, caller: &Caller, new: NewPasskey) -> Result<Vec<String>> {
    let Own { organisation, user, session } = own(caller)?;
    let name = normal_name("name", &new.name)?;
    let taken = take(vault, Purpose::New(session), new.answered).await?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    add(vault, &mut transaction, (organisation, user), taken, &name).await?;
    let draft = |kind| Draft::of(vault, caller, kind);
    let codes =
        factors::enrolled(vault, &mut transaction, (organisation, user), (FactorKind::Passkey, &name), draft).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Gives one of one's own second factors another name.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] naming `name`, [`Error::Conflict`] for programs.
pub async fn rename_factor(vault: &Vault, caller: &Caller, id: FactorId, name: &str) -> Result<()> {
    let Own { organisation, user, .. } = own(caller)?;
    let name = normal_name("name", name)?;
    let mut transaction = vault.store().begin().await?;
    let factors = rows::of_user(&mut transaction, organisation, user).await?;
    let factor = factors.into_iter().find(|factor| factor.id == id).ok_or(Error::NotFound)?;
    rows::rename(&mut transaction, organisation, (user, id), &name).await?;
    let draft = Draft::of(vault, caller, EventKind::SecondFactorRenamed)?
        .object(Object::new("user", user))
        .detail("kind", factor.kind.word())
        .old(personal(json!({"name": factor.name})))
        .new_value(personal(json!({"name": name})));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Asks for one of one's own passkeys, to prove anew who one is.
///
/// # Errors
/// [`Error::Conflict`] for programs, for who has no passkey, and at an address without passkeys.
pub async fn ask_to_step_up(vault: &Vault, site: &Site, caller: &Caller) -> Result<Asked> {
    let Own { organisation, user, session } = own(caller)?;
    let mut transaction = vault.store().begin().await?;
    let purpose = Purpose::StepUp(session);
    let asked = ask_for_one(vault, &mut transaction, site, (organisation, user), purpose).await?;
    transaction.commit().await?;
    Ok(asked)
}

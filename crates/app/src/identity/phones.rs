//! Phone numbers that codes are sent to: one's own, which counts once it was confirmed by a code, and those of users. A code
//! that is on its way to the number before ends with it.

use super::account::{Own, own};
use super::change;
use super::codes::{self, CodeSent};
use crate::event::{Draft, record};
use crate::messages::Letterhead;
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::normal_phone;
use soundkeep_domain::{OrganisationId, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::identity::{factors, phones as rows, sent_codes, users};

/// Sends a code to a number that is to be one's own. It counts once [`confirm_own_phone`] was shown the code; the number
/// before goes on until then.
///
/// # Errors
/// [`Error::Invalid`] naming `number`; [`Error::Conflict`] for programs, and without a gateway; [`Error::TooMany`].
pub async fn claim_own_phone(vault: &Vault, caller: &Caller, number: &str, head: &Letterhead) -> Result<CodeSent> {
    let own = own(caller)?;
    let number = normal(number)?;
    codes::send_to_number(vault, caller, (&own, &number), head).await
}

/// Shows the code that was sent to a number: from now on codes for oneself go there.
///
/// # Errors
/// [`Error::Invalid`] naming `code`; [`Error::Conflict`] for programs; [`Error::TooMany`].
pub async fn confirm_own_phone(vault: &Vault, caller: &Caller, code: &str) -> Result<()> {
    let Own { organisation, user, .. } = own(caller)?;
    let limits = &vault.identity_state().limits;
    let taken = limits.take_in_session(caller.session(), vault.now()).map_err(Error::TooMany)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let whose = (organisation, user);
    let Some(number) = codes::use_code_of_number(vault, &mut transaction, whose, code).await? else {
        transaction.commit().await?;
        return Err(Error::invalid("code", codes::WRONG_SENT_CODE));
    };
    set(vault, &mut transaction, caller, whose, Some(number)).await?;
    rows::confirm(&mut transaction, organisation, user, vault.now()).await?;
    transaction.commit().await?;
    limits.give_back(&taken);
    Ok(())
}

/// Takes one's own number away.
///
/// # Errors
/// [`Error::Conflict`] for programs, and when it is all that one has where the organisation asks for a second factor.
pub async fn remove_own_phone(vault: &Vault, caller: &Caller) -> Result<()> {
    let Own { organisation, user, .. } = own(caller)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, organisation).await?;
    let settings = soundkeep_store::settings::in_force(&mut transaction, vault.registry(), organisation).await?;
    let is_all = codes::sent_by(&settings) == Some(codes::SentBy::Sms)
        && !factors::has_any(&mut transaction, organisation, user).await?;
    if is_all && settings.second_factor() == "always" {
        return Err(Error::Conflict("your organisation asks for a second factor: set another up before"));
    }
    set(vault, &mut transaction, caller, (organisation, user), None).await?;
    Ok(transaction.commit().await?)
}

/// Sets the number that codes for a user are sent to, or takes it away. An administrator vouches for it until its owner
/// shows the first code that was sent there.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`, [`Error::NotFound`], [`Error::Invalid`] naming `number`.
pub async fn change_phone_of(vault: &Vault, caller: &Caller, user: UserId, number: Option<&str>) -> Result<()> {
    let number = number.map(normal).transpose()?;
    let mut transaction = change::begin::<marks::UsersManage>(vault, caller).await?;
    set(vault, &mut transaction, caller, (caller.organisation(), user), number).await?;
    Ok(transaction.commit().await?)
}

fn normal(typed: &str) -> Result<String> {
    normal_phone(typed)
        .ok_or_else(|| Error::invalid("number", "an international number such as +49 30 123456 is expected"))
}

async fn set(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    (organisation, id): (OrganisationId, UserId),
    number: Option<String>,
) -> Result<()> {
    let user = users::get(transaction, organisation, id).await?;
    let before = rows::get(transaction, organisation, id).await?;
    if before == number {
        return Ok(());
    }
    match &number {
        Some(number) => rows::replace(transaction, organisation, id, number, vault.now()).await?,
        None => {
            rows::remove(transaction, organisation, id).await?;
        }
    }
    sent_codes::end(transaction, organisation, id).await?;
    let draft = Draft::of(vault, caller, EventKind::PhoneChange)?
        .object(Object::new("user", id).named(&user.name))
        .old(change::personal(json!({"phone": before})))
        .new_value(change::personal(json!({"phone": number})));
    record(vault, transaction, draft).await
}

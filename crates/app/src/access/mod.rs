//! Asking for permits: facts from the store, the decision from the domain, refusals to the ledger.
//!
//! What a caller may not see is not found; what they may see and not do is denied, with every gate.

pub mod explain;
pub mod groups;
pub mod reach;
pub mod roles;
pub mod tests;
pub mod then;
pub mod weigh;
pub mod what_if;
pub mod who;

use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::{
    Decision, OrganisationPermit, Permission, Permit, PlainPermission, ScopedPermission, ThingFacts, authorize,
    authorize_plain, decide, decide_plain,
};
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_store::{Transaction, identity};

/// A permit for something about the organisation.
pub(crate) async fn plain_permit<P: PlainPermission>(vault: &Vault, caller: &Caller) -> Result<OrganisationPermit<P>> {
    match authorize_plain::<P>(caller.facts()) {
        Ok(permit) => Ok(permit),
        Err(denied) => {
            refuse(vault, caller, &denied.0, None).await?;
            Err(denied.into())
        }
    }
}

/// Begins a transaction in which rights stay as they are, for somebody who was permitted this before: a file may have
/// come in for hours meanwhile.
pub(crate) async fn begin_acting<P: PlainPermission>(
    vault: &Vault,
    caller: &Caller,
) -> Result<(Transaction, OrganisationPermit<P>)> {
    let mut transaction = vault.store().begin().await?;
    let epoch = soundkeep_store::access::hold_policy(&mut transaction, caller.organisation()).await?;
    let permit = permit_in_force(vault, caller, &mut transaction, epoch).await?;
    Ok((transaction, permit))
}

/// The permit of a caller in a transaction that starts from this policy epoch. When rights changed since the caller's
/// were read, they are read anew: who has just lost them does nothing any more.
pub(crate) async fn permit_in_force<P: PlainPermission>(
    vault: &Vault,
    caller: &Caller,
    transaction: &mut Transaction,
    epoch: i64,
) -> Result<OrganisationPermit<P>> {
    if epoch == caller.facts().policy_epoch() {
        return Ok(authorize_plain::<P>(caller.facts())?);
    }
    let kind = caller.facts().kind();
    let facts = identity::caller_now(transaction, caller.organisation(), kind, caller.shown(), vault.now()).await;
    let facts = facts.map_err(|error| match error {
        soundkeep_store::Error::NotFound => Error::NotSignedIn,
        error => error.into(),
    })?;
    Ok(authorize_plain::<P>(&facts)?)
}

/// Refuses who doesn't hold a permission about the organisation, for doors that know it before the use case does.
///
/// # Errors
/// [`Error::Denied`]; the refusal stands in the ledger.
pub async fn require(vault: &Vault, caller: &Caller, permission: Permission) -> Result<()> {
    let decision = decide_plain(caller.facts(), permission);
    if decision.allowed() {
        return Ok(());
    }
    refuse(vault, caller, &decision, None).await?;
    Err(Error::Denied(Box::new(decision)))
}

/// A permit for something about a conversation.
pub(crate) async fn permit<P: ScopedPermission>(
    vault: &Vault,
    caller: &Caller,
    conversation: ConversationId,
) -> Result<Permit<P>> {
    let mut reader = vault.store().reader();
    let thing = soundkeep_store::access::thing(&mut reader, caller.organisation(), conversation).await?;
    authorize_seen::<P>(vault, caller, &thing).await
}

/// A permit for something about a conversation whose facts are at hand.
pub(crate) async fn authorize_seen<P: ScopedPermission>(
    vault: &Vault,
    caller: &Caller,
    thing: &ThingFacts,
) -> Result<Permit<P>> {
    let denied = match authorize::<P>(caller.facts(), thing) {
        Ok(permit) => return Ok(permit),
        Err(denied) => denied.0,
    };
    refuse(vault, caller, &denied, Some(thing)).await?;
    if decide(caller.facts(), Permission::ConversationsView, thing).allowed() {
        Err(Error::Denied(denied))
    } else {
        Err(Error::NotFound)
    }
}

pub(crate) async fn refuse(
    vault: &Vault,
    caller: &Caller,
    decision: &Decision,
    thing: Option<&ThingFacts>,
) -> Result<()> {
    vault.metrics().refused();
    let gate = decision.deciding();
    let mut draft = Draft::of(vault, caller, EventKind::AccessRefused)?
        .outcome(Outcome::Refused)
        .detail("permission", decision.permission.key())
        .detail("gate", gate.map_or("", |gate| gate.gate.key()))
        .detail("code", gate.map_or("", |gate| gate.reason.key()));
    if let Some(thing) = thing.filter(|thing| thing.organisation() == caller.organisation()) {
        draft = draft.object(Object::new("conversation", thing.conversation())).conversation(thing.conversation());
    }
    event::record_alone(vault, draft).await
}

//! Signing in with a passkey alone, without saying who one is: the device finds it, and says whose it is.
//!
//! Whatever doesn't fit has one answer. There is nothing to be enumerated: what is asked is the same for everybody.

use super::{Answered, Asked, Claim, Purpose, Site, keep, take};
use crate::event::{Draft, record};
use crate::identity::entry::{self, Comer, Entered, enter, finish};
use crate::identity::sign_in::Visitor;
use crate::identity::{Network, refusals};
use crate::{Error, Result, Vault};
use soundkeep_crypto::passkeys::PasskeyError;
use soundkeep_domain::OrganisationId;
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::identity::FactorKind;
use soundkeep_store::identity::passkeys::{self as rows, Found};

/// Asks whoever stands at the door for a passkey.
///
/// # Errors
/// [`Error::Conflict`] at an address without passkeys.
pub async fn ask_to_sign_in(vault: &Vault, site: &Site) -> Result<Asked> {
    let challenge = site.party()?.begin_authentication(&[]).map_err(Error::bug)?;
    let mut transaction = vault.store().begin().await?;
    let asked = keep(vault, &mut transaction, Purpose::SignIn, challenge).await?;
    transaction.commit().await?;
    Ok(asked)
}

/// Signs somebody in by a passkey, which stands for both factors.
///
/// # Errors
/// [`Error::NotSignedIn`] whatever was wrong, [`Error::TooMany`] with the seconds to wait.
pub async fn sign_in_with_passkey(vault: &Vault, answered: Answered, visitor: &Visitor) -> Result<Entered> {
    let network = Network::of(visitor.address);
    let limits = &vault.identity_state().limits;
    let try_taken = match limits.take_network(network, vault.now()) {
        Ok(try_taken) => try_taken,
        Err(seconds) => {
            refusals::refuse(vault, network, None, true).await?;
            return Err(Error::TooMany(seconds));
        }
    };
    match proven(vault, answered, visitor).await? {
        Proven::Entered(entered) => {
            limits.give_back(&try_taken);
            *entered
        }
        Proven::Refused(organisation) => {
            refusals::refuse(vault, network, organisation, false).await?;
            Err(Error::NotSignedIn)
        }
    }
}

/// What came of an answer: how far it leads, or whose it would have been.
enum Proven {
    Entered(Box<Result<Entered>>),
    Refused(Option<OrganisationId>),
}

async fn proven(vault: &Vault, answered: Answered, visitor: &Visitor) -> Result<Proven> {
    let nobody = Proven::Refused(None);
    let taken = match take(vault, Purpose::SignIn, answered).await {
        Err(Error::Invalid(_)) => return Ok(nobody),
        taken => taken?,
    };
    let Ok(claim) = Claim::of(taken) else { return Ok(nobody) };
    let Some(found) = rows::find(&mut vault.store().reader(), claim.hash()).await? else { return Ok(nobody) };
    let organisation = found.organisation;
    let (mut transaction, settings) = entry::begin(vault, organisation).await?;
    // Taken away or switched off meanwhile? From here on nobody is.
    let still = rows::find(&mut transaction, claim.hash()).await?.filter(|still| still.id == found.id);
    let Some(found) = still else { return Ok(nobody) };
    let refused = match claim.assertion.owner() {
        // Without a name, the device has to say whose it is, and say it rightly.
        Ok(Some(owner)) if owner == *found.user.as_bytes() => claim.prove(vault, &mut transaction, &found).await?.err(),
        Ok(_) | Err(_) => Some(PasskeyError::Signature),
    };
    if let Some(error) = refused {
        // Before writing the refusal down: it has a transaction of its own, and there is one writer.
        drop(transaction);
        tell(vault, &found, error, visitor).await?;
        return Ok(Proven::Refused(Some(organisation)));
    }
    let mut comer = Comer::new(organisation, found.user, &found.user_name, "passkey");
    comer.second_factor = Some(FactorKind::Passkey.word());
    let begun = enter(vault, &mut transaction, comer, visitor, &settings).await?;
    Ok(Proven::Entered(Box::new(finish(vault, transaction, begun, visitor).await)))
}

/// Writes down why a passkey that is known here wasn't taken: of a counter that went back, its owner should hear.
async fn tell(vault: &Vault, found: &Found, error: PasskeyError, visitor: &Visitor) -> Result<()> {
    let comer = Comer::new(found.organisation, found.user, &found.user_name, "passkey");
    let draft = Draft::by(vault, found.organisation, comer.actor(), EventKind::SecondFactorRefused)?
        .outcome(Outcome::Refused)
        .address(visitor.text())
        .object(Object::new("user", found.user))
        .detail("kind", FactorKind::Passkey.word())
        .detail("why", error.word());
    let mut transaction = vault.store().begin().await?;
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

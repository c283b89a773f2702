//! Signing out.

use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::SessionId;
use soundkeep_domain::access::CallerKind;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_store::identity::sessions;

/// Ends the caller's session; whatever it has open ends with it.
///
/// # Errors
/// [`Error::NotFound`] when the caller isn't a person with a session.
pub async fn sign_out(vault: &Vault, caller: &Caller) -> Result<()> {
    let organisation = caller.organisation();
    // A key that acts for a user has no session to end.
    let CallerKind::User(_) = caller.facts().kind() else {
        return Err(Error::NotFound);
    };
    let session: SessionId = caller.session().parse().map_err(|_| Error::NotFound)?;
    let mut transaction = vault.store().begin().await?;
    if sessions::end(&mut transaction, organisation, session, vault.now()).await? {
        let draft = Draft::of(vault, caller, EventKind::SignOut)?.object(Object::new("session", session));
        record(vault, &mut transaction, draft).await?;
        transaction.commit().await?;
    }
    Ok(())
}

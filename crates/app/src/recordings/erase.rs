//! Erasing a conversation: its keys are destroyed in one commit, its bytes are deleted afterwards.
//!
//! What is sealed under a destroyed key is gone at the commit, wherever copies are; deleting the bytes
//! only gives the space back, and goes on after a crash.

use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_blobs::BlobName;
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_store::recordings;

/// Erases a conversation with all that belongs to it. Irretrievable.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Conflict`] when it is erased already.
pub async fn erase(vault: &Vault, caller: &Caller, conversation: ConversationId) -> Result<()> {
    let permit = crate::access::permit::<marks::RecordingsDelete>(vault, caller, conversation).await?;
    let mut transaction = vault.store().begin().await?;
    let versions = recordings::erase(&mut transaction, &permit, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::ConversationDelete)?
        .object(Object::new("conversation", conversation))
        .conversation(conversation);
    event::record(vault, &mut transaction, draft).await?;
    for (recording, version) in versions {
        let draft = Draft::of(vault, caller, EventKind::KeyDestroyed)?
            .object(Object::new("recording", recording))
            .conversation(conversation)
            .detail("version", version);
        event::record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Deletes the bytes of objects whose keys are destroyed, and what the database's log holds of forgotten words; says
/// how many objects. Call it at the start and now and then.
///
/// # Errors
/// When storage fails; what is left is taken up the next time.
pub async fn delete_doomed(vault: &Vault) -> Result<usize> {
    let doomed = recordings::doomed(&mut vault.store().reader(), 100).await?;
    for (organisation, blob) in &doomed {
        vault.blobs().delete(&BlobName::parse(blob).map_err(Error::bug)?).await?;
        let mut transaction = vault.store().begin().await?;
        recordings::doomed_gone(&mut transaction, *organisation, blob).await?;
        transaction.commit().await?;
    }
    // A reader that is in the way now is gone the next time.
    vault.store().fold_forgotten().await?;
    Ok(doomed.len())
}

//! One conversation with its recording, and what the caller may do to it.

use crate::settings::{hidden_numbers, mask};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{Column, Permission, decide, marks};
use soundkeep_domain::{ConversationId, RecordingId};
use soundkeep_store::conversations::{self, Conversation};
use soundkeep_store::recordings;

pub use soundkeep_store::recordings::Recording;

/// A conversation's page.
#[derive(Debug, Clone)]
pub struct ConversationPage {
    /// The conversation.
    pub conversation: Conversation,
    /// Its recording, if there is one.
    pub recording: Option<Recording>,
    /// How many notes it has, unless they are hidden.
    pub notes_count: Option<i64>,
    /// Whether the caller may, per permission about conversations whose feature exists.
    pub permissions: Vec<(Permission, bool)>,
}

/// One conversation.
///
/// # Errors
/// [`Error::NotFound`] when there is none that the caller may see.
pub async fn view(vault: &Vault, caller: &Caller, id: ConversationId) -> Result<ConversationPage> {
    let permit = crate::access::permit::<marks::ConversationsView>(vault, caller, id).await?;
    let mut reader = vault.store().reader();
    let mut conversation = conversations::view(&mut reader, &permit).await?;
    mask(&hidden_numbers(vault, caller.organisation()).await?, &mut conversation);
    let recording = match recordings::view(&mut reader, &permit).await {
        Ok(recording) => Some(recording).filter(|_| permit.columns().has(Column::Audio)),
        Err(soundkeep_store::Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let notes_count = match permit.columns().has(Column::Notes) {
        true => Some(conversations::notes_count(&mut reader, &permit).await?),
        false => None,
    };
    let permissions = Permission::available()
        .filter(|permission| permission.is_scoped())
        .map(|permission| (permission, decide(caller.facts(), permission, &conversation.facts).allowed()))
        .collect();
    Ok(ConversationPage { conversation, recording, notes_count, permissions })
}

/// The recording of a conversation that the caller may see, by the recording's own id.
///
/// # Errors
/// [`Error::NotFound`] when there is none that the caller may see.
pub async fn recording(vault: &Vault, caller: &Caller, id: RecordingId) -> Result<Recording> {
    let mut reader = vault.store().reader();
    let thing = soundkeep_store::access::thing_of_recording(&mut reader, caller.organisation(), id).await?;
    let permit = crate::access::authorize_seen::<marks::ConversationsView>(vault, caller, &thing).await?;
    if !permit.columns().has(Column::Audio) {
        return Err(Error::NotFound);
    }
    let recording = recordings::view(&mut reader, &permit).await?;
    if recording.id == id { Ok(recording) } else { Err(Error::NotFound) }
}

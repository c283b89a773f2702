//! Reading the ledger: newest first, narrowed, with personal values where they are still kept.

use crate::access::plain_permit;
use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use serde_json::Value;
use soundkeep_domain::access::{Columns, marks};
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::{ConversationId, EventId, Timestamp};
use soundkeep_ledger::Openings;
use soundkeep_store::audit::{self, StoredEvent};

pub use soundkeep_store::audit::EventFilter;

/// An entry of the ledger, as people read it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: EventId,
    /// Its number, once it has one.
    pub index: Option<i64>,
    /// All its members, commitments opened where the values are still kept.
    pub event: Value,
}

/// The newest signed state of the log.
#[derive(Debug, Clone)]
pub struct SignedCheckpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries.
    pub size: i64,
    /// The root, as lower-case hex.
    pub root_hash: String,
    /// The signed note (C2SP).
    pub signed_note: String,
    /// When it was made.
    pub at: Timestamp,
    /// What verifies it.
    pub public_key: String,
}

/// A page of the ledger.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(
    vault: &Vault,
    caller: &Caller,
    filter: &EventFilter,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let permit = plain_permit::<marks::AuditView>(vault, caller).await?;
    let rows = audit::list(&mut vault.store().reader(), &permit, filter, before, limit).await?;
    if before.is_none() {
        let mut draft = Draft::of(vault, caller, EventKind::LedgerView)?;
        if let Some(conversation) = filter.conversation {
            draft = draft.detail("conversation", conversation.to_string());
        }
        event::record_alone(vault, draft).await?;
    }
    let is_restricted = caller.facts().restrictions().columns() != Columns::ALL;
    rows.iter().map(|row| Ok(seen(entry(row)?, is_restricted))).collect()
}

/// What was changed in a conversation tells of its columns: to whom any is hidden, the ledger says what was done,
/// when and by whom, and nothing of the values.
pub(crate) fn seen(mut entry: Entry, is_restricted: bool) -> Entry {
    let is_about_content =
        !matches!(entry.event.pointer("/object/type").and_then(Value::as_str), Some("user" | "group" | "role"));
    if is_restricted
        && is_about_content
        && let Some(members) = entry.event.as_object_mut()
    {
        for name in ["old", "new", "detail"] {
            members.remove(name);
        }
    }
    entry
}

/// Everything that happened to one conversation, newest first.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the conversation, [`Error::Denied`] when they may not read
/// the ledger.
pub async fn history(
    vault: &Vault,
    caller: &Caller,
    conversation: ConversationId,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<Entry>> {
    crate::access::permit::<marks::ConversationsView>(vault, caller, conversation).await?;
    let filter = EventFilter { conversation: Some(conversation), ..EventFilter::default() };
    list(vault, caller, &filter, before, limit).await
}

pub(crate) fn entry(row: &StoredEvent) -> Result<Entry> {
    let mut event: Value = serde_json::from_str(&row.leaf).map_err(Error::bug)?;
    if let Some(openings) = &row.openings {
        let openings: Openings = serde_json::from_str(openings).map_err(Error::bug)?;
        for (path, opening) in openings {
            if let Some(member) = event.pointer_mut(&path) {
                *member = opening.value;
            }
        }
    }
    Ok(Entry { id: row.id, index: row.leaf_index, event })
}

/// The newest checkpoint of the organisation's log, if anything was numbered yet.
///
/// # Errors
/// [`Error::Denied`].
pub async fn checkpoint(vault: &Vault, caller: &Caller) -> Result<Option<SignedCheckpoint>> {
    let permit = plain_permit::<marks::AuditView>(vault, caller).await?;
    let keys = vault.keys(permit.organisation()).await?;
    let newest = audit::newest_checkpoint(&mut vault.store().reader(), permit.organisation()).await?;
    Ok(newest.map(|checkpoint| SignedCheckpoint {
        origin: keys.verifier.name().to_owned(),
        size: checkpoint.size,
        root_hash: hex::encode(&checkpoint.root),
        signed_note: checkpoint.note,
        at: checkpoint.made_at,
        public_key: keys.verifier.to_string(),
    }))
}

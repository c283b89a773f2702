//! Notes on a conversation: content, so they are sealed, and reading them is an event.

use crate::event::{self, Draft};
use crate::keys::{OrganisationKeys, note_context};
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::sealed;
use soundkeep_domain::access::{Column, PermissionKind, Permit, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::conversations::NOTE_CHARACTERS_MAX;
use soundkeep_domain::{ConversationId, NoteId, OrganisationId, Timestamp, UserId};
use soundkeep_store::conversations::{self, Note as SealedNote};

/// A note.
#[derive(Debug, Clone)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// What it says.
    pub text: String,
    /// Who wrote it, if a person did.
    pub author: Option<(UserId, String)>,
    /// When.
    pub created_at: Timestamp,
}

fn open(keys: &OrganisationKeys, organisation: OrganisationId, note: &SealedNote) -> Result<String> {
    let context = note_context(organisation, note.id);
    let key = keys.key.unwrap(&context, &note.wrapped_key)?.object_key("note", note.id.as_bytes())?;
    let plain = sealed::open_whole(&key, &context, note.sealed.clone())?;
    String::from_utf8(plain).map_err(|_| Error::Damaged)
}

/// To whom an access group hides notes, there are none.
fn see_notes<P: PermissionKind>(permit: &Permit<P>) -> Result<()> {
    if permit.columns().has(Column::Notes) { Ok(()) } else { Err(Error::NotFound) }
}

/// The notes of a conversation, oldest first.
///
/// # Errors
/// [`Error::NotFound`] when there is no conversation that the caller may see.
pub async fn list(vault: &Vault, caller: &Caller, conversation: ConversationId) -> Result<Vec<Note>> {
    let permit = crate::access::permit::<marks::ConversationsView>(vault, caller, conversation).await?;
    see_notes(&permit)?;
    let organisation = caller.organisation();
    let rows = conversations::notes(&mut vault.store().reader(), &permit).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let draft = Draft::of(vault, caller, EventKind::NoteView)?
        .object(Object::new("conversation", conversation))
        .conversation(conversation);
    event::record_alone(vault, draft).await?;
    let keys = vault.keys(organisation).await?;
    rows.into_iter()
        .map(|row| {
            let text = open(&keys, organisation, &row)?;
            Ok(Note { id: row.id, text, author: row.author, created_at: row.created_at })
        })
        .collect()
}

/// Adds a note.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`], [`Error::Invalid`] when it is empty or too long.
pub async fn add(vault: &Vault, caller: &Caller, conversation: ConversationId, text: &str) -> Result<Note> {
    let permit = crate::access::permit::<marks::ConversationsEdit>(vault, caller, conversation).await?;
    see_notes(&permit)?;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NOTE_CHARACTERS_MAX {
        return Err(Error::invalid("text", format!("between 1 and {NOTE_CHARACTERS_MAX} characters")));
    }
    let organisation = caller.organisation();
    let keys = vault.keys(organisation).await?;
    let now = vault.now();
    let id = NoteId::make(now, &vault.random()?);
    let context = note_context(organisation, id);
    let key = vault.new_version_key()?;
    let note_key = key.object_key("note", id.as_bytes())?;
    let author = caller.user().map(|user| (user, caller.name().to_owned()));
    let row = SealedNote {
        id,
        author: author.clone(),
        created_at: now,
        wrapped_key: keys.key.wrap(&context, &key, vault.entropy())?,
        sealed: sealed::seal_whole(&note_key, &context, text.as_bytes(), vault.entropy())?,
    };
    let mut transaction = vault.store().begin().await?;
    conversations::add_note(&mut transaction, &permit, &row).await?;
    index(vault, &mut transaction, &permit).await?;
    let draft = Draft::of(vault, caller, EventKind::NoteAdd)?
        .object(Object::new("note", id))
        .conversation(conversation)
        .detail("conversation", conversation.to_string());
    event::record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(Note { id, text: text.to_owned(), author, created_at: now })
}

/// Deletes a note.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Denied`].
pub async fn delete(vault: &Vault, caller: &Caller, conversation: ConversationId, note: NoteId) -> Result<()> {
    let permit = crate::access::permit::<marks::ConversationsEdit>(vault, caller, conversation).await?;
    see_notes(&permit)?;
    let mut transaction = vault.store().begin().await?;
    conversations::delete_note(&mut transaction, &permit, note).await?;
    index(vault, &mut transaction, &permit).await?;
    let draft = Draft::of(vault, caller, EventKind::NoteDelete)?
        .object(Object::new("note", note))
        .conversation(conversation)
        .detail("conversation", conversation.to_string());
    event::record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Writes the words of all notes as they stand in this transaction into the index.
async fn index(
    vault: &Vault,
    transaction: &mut soundkeep_store::Transaction,
    permit: &soundkeep_domain::access::Permit<marks::ConversationsEdit>,
) -> Result<()> {
    let keys = vault.keys(permit.organisation()).await?;
    let rows = conversations::notes_for_edit(transaction, permit).await?;
    let texts: Vec<String> = rows.iter().map(|row| open(&keys, permit.organisation(), row)).collect::<Result<_>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Ok(conversations::index_notes(transaction, permit, &texts).await?)
}

//! The notes of a conversation.

use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::paging::All;
use crate::problem::Answer;
use crate::wire::{Id, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::conversations::notes;
use soundkeep_app::domain::{ConversationId, NoteId, Timestamp};
use utoipa::ToSchema;

/// A note.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    #[schema(value_type = Id)]
    id: String,
    text: String,
    author: Author,
    #[schema(value_type = Time)]
    created_at: Timestamp,
}

/// Who wrote a note.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Author {
    /// Null for a program.
    #[schema(value_type = Option<Id>, required = true)]
    user_id: Option<String>,
    name: String,
}

impl From<notes::Note> for Note {
    fn from(note: notes::Note) -> Self {
        let author = match note.author {
            Some((user, name)) => Author { user_id: Some(user.to_string()), name },
            None => Author { user_id: None, name: "API".to_owned() },
        };
        Self { id: note.id.to_string(), text: note.text, author, created_at: note.created_at }
    }
}

/// Lists the notes of a conversation, oldest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/notes", tag = "conversations",
    params(("id" = Id, Path, description = "The conversation.")),
    responses((status = 200, description = "All notes.", body = All<Note>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
) -> Answer<Json<All<Note>>> {
    let notes = notes::list(&door.vault, &caller, id).await?;
    Ok(Json(All { items: notes.into_iter().map(Note::from).collect() }))
}

/// A note that is added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    #[schema(min_length = 1, max_length = 10000)]
    text: String,
}

/// Adds a note to a conversation.
#[utoipa::path(post, path = "/api/v1/conversations/{id}/notes", tag = "conversations", request_body = NewNote,
    params(("id" = Id, Path, description = "The conversation.")),
    responses((status = 201, description = "Added.", body = Note)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
    Sent(sent): Sent<NewNote>,
) -> Answer<(StatusCode, Json<Note>)> {
    let note = notes::add(&door.vault, &caller, id, &sent.text).await?;
    Ok((StatusCode::CREATED, Json(note.into())))
}

/// Deletes a note.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}/notes/{note_id}", tag = "conversations",
    params(("id" = Id, Path, description = "The conversation."), ("note_id" = Id, Path, description = "The note.")),
    responses((status = 204, description = "Deleted.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At((conversation, note)): At<(ConversationId, NoteId)>,
) -> Answer<StatusCode> {
    notes::delete(&door.vault, &caller, conversation, note).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! One conversation: showing, editing, erasing.

use super::list::{Conversation, Shown};
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::{Answer, Refusal};
use crate::reason::Reason;
use crate::recordings::recording::Recording;
use crate::versions::{Expected, expected, represented};
use crate::wire::{Id, Time, said};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::Caller;
use soundkeep_app::conversations::edit::{Edit, edit};
use soundkeep_app::conversations::view::{ConversationPage, view};
use soundkeep_app::domain::access::Column;
use soundkeep_app::domain::{ConversationId, Timestamp, UserId};
use soundkeep_app::recordings::erase;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A conversation with everything that its page shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationDetail {
    #[serde(flatten)]
    conversation: Conversation,
    /// The id that the source gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    external_id: Shown<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    notes_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Recording>, required = false)]
    recording: Shown<Recording>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Time, required = false)]
    received_at: Option<Timestamp>,
    /// Whether the caller may, per permission about conversations.
    permissions: BTreeMap<String, bool>,
}

impl ConversationDetail {
    fn of(page: ConversationPage, caller: &Caller) -> Self {
        let columns = page.conversation.columns;
        Self {
            external_id: columns.has(Column::ExternalId).then(|| page.conversation.external_id.clone()),
            notes_count: page.notes_count,
            recording: columns.has(Column::Audio).then(|| page.recording.map(|row| Recording::of(row, columns))),
            received_at: page.conversation.received_at,
            permissions: page
                .permissions
                .into_iter()
                .map(|(permission, allowed)| (permission.key().to_owned(), allowed))
                .collect(),
            conversation: Conversation::of(page.conversation, caller),
        }
    }
}

fn answer(asked: &HeaderMap, page: ConversationPage, caller: &Caller) -> Answer<Response> {
    let version = page.conversation.version;
    represented(asked, version, &ConversationDetail::of(page, caller))
}

/// Shows a conversation.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations",
    params(("id" = Id, Path, description = "The conversation.")),
    responses((status = 200, description = "The conversation.", body = ConversationDetail),
        (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
    headers: HeaderMap,
) -> Answer<Response> {
    answer(&headers, view(&door.vault, &caller, id).await?, &caller)
}

/// What is changed of a conversation; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationPatch {
    /// All tags anew.
    #[serde(default)]
    #[schema(nullable = false)]
    tags: Option<Vec<String>>,
    /// The contact; null takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    contact: Option<Option<String>>,
    /// The agent whose conversation it really is; null for nobody.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Id>)]
    agent_user_id: Option<Option<UserId>>,
}

/// Changes tags, contact or attribution of a conversation.
#[utoipa::path(patch, path = "/api/v1/conversations/{id}", tag = "conversations", request_body = ConversationPatch,
    params(("id" = Id, Path, description = "The conversation."),
        ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = ConversationDetail)))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
    headers: HeaderMap,
    Sent(sent): Sent<ConversationPatch>,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(view(&door.vault, &caller, id).await?.conversation.version)?,
    };
    let change = Edit { tags: sent.tags, contact: sent.contact, agent: sent.agent_user_id };
    let page = edit(&door.vault, &caller, id, version, change).await?;
    answer(&HeaderMap::new(), page, &caller)
}

/// Says that erasing is meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// The word `delete`.
    confirm: String,
    /// Why, for the ledger.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000)]
    reason: Option<Reason>,
}

/// Erases a conversation with its recording and notes. Irretrievable.
#[utoipa::path(delete, path = "/api/v1/conversations/{id}", tag = "conversations", request_body = Erasure,
    params(("id" = Id, Path, description = "The conversation."),
        ("If-Match" = Option<String>, Header, description = "The version that is meant, if it matters.")),
    responses((status = 204, description = "Erased.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
    headers: HeaderMap,
    Sent(sent): Sent<Erasure>,
) -> Answer<StatusCode> {
    if sent.confirm != "delete" {
        return Err(Refusal::invalid("confirm", "the word delete is expected"));
    }
    let meant = expected(&headers);
    if meant != Expected::Unsaid {
        meant.optional(view(&door.vault, &caller, id).await?.conversation.version)?;
    }
    erase::erase(&door.vault, &Reason::of(&caller, sent.reason), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Everything that happened to one conversation: who saw, heard and changed it.

use crate::audit::events::{LedgerEvent, events_page};
use crate::door::Door;
use crate::extract::{Asks, At, Signed};
use crate::paging::{List, Paging};
use crate::problem::Answer;
use crate::wire::Id;
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use soundkeep_app::audit::read;
use soundkeep_app::domain::ConversationId;

/// Lists the ledger's events about a conversation, newest first.
#[utoipa::path(get, path = "/api/v1/conversations/{id}/history", tag = "conversations",
    params(("id" = Id, Path, description = "The conversation."), Paging),
    responses((status = 200, description = "A page.", body = List<LedgerEvent>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ConversationId>,
    OriginalUri(uri): OriginalUri,
    Asks(paging): Asks<Paging>,
) -> Answer<Response> {
    let (limit, before) = paging.before()?;
    let entries = read::history(&door.vault, &caller, id, before, limit + 1).await?;
    Ok(events_page(&uri, entries, limit))
}

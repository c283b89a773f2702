//! Giving agent ids and ending them.

use super::users::AgentId;
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::wire::{Id, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use soundkeep_app::domain::{AgentIdId, Timestamp, UserId};
use soundkeep_app::identity;
use utoipa::ToSchema;

/// An agent id that is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgentId {
    /// The extension, login or phone id, exactly as sources name it.
    value: String,
    /// From when on; now, when nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<Time>)]
    from: Option<Timestamp>,
    /// Until when, not included; open, when nothing is said.
    #[serde(default)]
    #[schema(value_type = Option<Time>)]
    until: Option<Timestamp>,
}

/// Gives a user an agent id.
#[utoipa::path(post, path = "/api/v1/users/{id}/agent-ids", tag = "identity", request_body = NewAgentId,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 201, description = "Given.", body = AgentId)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(user): At<UserId>,
    Sent(sent): Sent<NewAgentId>,
) -> Answer<(StatusCode, Json<AgentId>)> {
    let new = identity::NewAgentId { value: sent.value, from: sent.from, until: sent.until };
    let given = identity::give_agent_id(&door.vault, &caller, user, &new).await?;
    Ok((StatusCode::CREATED, Json(given.into())))
}

/// Ends an agent id now. Conversations that it was attributed to stay as they are.
#[utoipa::path(delete, path = "/api/v1/users/{id}/agent-ids/{agent_id}", tag = "identity",
    params(("id" = Id, Path, description = "The user."), ("agent_id" = Id, Path, description = "The agent id's own id.")),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At((user, agent_id)): At<(UserId, AgentIdId)>,
) -> Answer<StatusCode> {
    identity::end_agent_id(&door.vault, &caller, user, agent_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

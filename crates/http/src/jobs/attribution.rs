//! Conversations of nobody: by the agent id that their source named, and giving them to whose they were.

use super::list::Job;
use crate::door::Door;
use crate::extract::{Sent, Signed};
use crate::paging::All;
use crate::problem::Answer;
use crate::wire::{Id, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::{ConversationId, Timestamp, UserId};
use soundkeep_app::jobs::attribution::{self, Correction};
use utoipa::ToSchema;

/// Conversations of nobody whose source named the same agent id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Unattributed {
    /// What the source named, if it did.
    #[schema(required = true)]
    agent_label: Option<String>,
    /// How many.
    conversations: i64,
    /// When the first of them began.
    #[schema(value_type = Time)]
    first_at: Timestamp,
    /// When the last of them began.
    #[schema(value_type = Time)]
    last_at: Timestamp,
}

/// Lists the agent ids of conversations that are nobody's, those with the most conversations first.
#[utoipa::path(get, path = "/api/v1/unattributed", tag = "jobs",
    responses((status = 200, description = "At most 200.", body = All<Unattributed>)))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<All<Unattributed>>> {
    let found = attribution::unattributed(&door.vault, &caller).await?;
    let unattributed = |found: attribution::Unattributed| Unattributed {
        agent_label: found.agent_label,
        conversations: found.conversations,
        first_at: found.first_at,
        last_at: found.last_at,
    };
    Ok(Json(All { items: found.into_iter().map(unattributed).collect() }))
}

/// Which conversations were whose: those of nobody with this agent id, of this time, or both; or those that are named.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttributionCorrection {
    /// Whose they were.
    #[schema(value_type = Id)]
    user: UserId,
    /// The agent id that their source named.
    #[serde(default)]
    #[schema(nullable = false)]
    agent_label: Option<String>,
    /// Those that began at this time or later.
    #[serde(default)]
    #[schema(value_type = Option<Time>, nullable = false)]
    from: Option<Timestamp>,
    /// Those that began before this time.
    #[serde(default)]
    #[schema(value_type = Option<Time>, nullable = false)]
    until: Option<Timestamp>,
    /// These, whoever's they are; at most 1,000.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, required = false, max_items = 1000)]
    conversations: Vec<ConversationId>,
}

/// Orders that conversations are given to whose they were, each with the stamp at its start.
#[utoipa::path(post, path = "/api/v1/jobs/attribution-corrections", tag = "jobs", request_body = AttributionCorrection,
    responses((status = 202, description = "Ordered, or open already.", body = Job)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<AttributionCorrection>,
) -> Answer<(StatusCode, Json<Job>)> {
    let AttributionCorrection { user, agent_label, from, until, conversations } = sent;
    let correction = Correction { user, agent_label, from, until, conversations };
    let job = attribution::correct(&door.vault, &caller, correction).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

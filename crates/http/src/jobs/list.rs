//! Jobs: the list.

use crate::door::Door;
use crate::extract::{Asks, Signed};
use crate::paging::{self, List, Paging};
use crate::problem::Answer;
use crate::wire::{Id, Named, Time};
use axum::extract::{OriginalUri, State};
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::domain::{JobId, Timestamp};
use soundkeep_app::jobs::{self, JobState as DomainState, ShownJob};
use utoipa::ToSchema;

/// Where a job stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobState {
    /// Waits for its turn.
    Queued,
    /// Is being worked at.
    Running,
    /// Everything was done.
    Done,
    /// It was given up.
    Failed,
    /// It was called off; what was done stays.
    Cancelled,
}

/// Work over many things.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    #[schema(value_type = Id)]
    id: String,
    /// What kind of work it is, such as `attribution_correction`.
    kind: String,
    state: JobState,
    /// How many things were looked at.
    done: i64,
    /// How many there were when it was ordered.
    total: i64,
    /// What exactly is to be done; what stands in it follows from the kind.
    #[schema(value_type = Object)]
    parameters: serde_json::Value,
    /// What came of it, once it is done; what stands in it follows from the kind.
    #[schema(value_type = Option<Object>, required = true)]
    outcome: Option<serde_json::Value>,
    /// What went wrong last.
    #[schema(required = true)]
    failure: Option<String>,
    /// The user who ordered it, if one did.
    #[schema(required = true)]
    ordered_by: Option<Named>,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    ended_at: Option<Timestamp>,
}

impl From<ShownJob> for Job {
    fn from(ShownJob { job, by_name }: ShownJob) -> Self {
        let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
        Self {
            id: job.id.to_string(),
            state: match job.state {
                DomainState::Queued => JobState::Queued,
                DomainState::Running => JobState::Running,
                DomainState::Done => JobState::Done,
                DomainState::Failed => JobState::Failed,
                DomainState::Cancelled => JobState::Cancelled,
            },
            done: job.done,
            total: job.total,
            parameters: json(&job.parameters),
            outcome: job.outcome.as_deref().map(json),
            failure: job.failure,
            ordered_by: by_name.map(|name| Named { id: job.by.1, name }),
            kind: job.kind,
            created_at: job.created_at,
            ended_at: job.ended_at,
        }
    }
}

/// Lists the jobs of kinds that the caller may order, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(Paging),
    responses((status = 200, description = "A page.", body = List<Job>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(paging): Asks<Paging>,
) -> Answer<Response> {
    let (limit, before) = paging.before::<JobId>()?;
    let mut found = jobs::jobs(&door.vault, &caller, before, limit + 1).await?;
    let next = paging::cut(&mut found, limit, |shown| shown.job.id.to_string());
    Ok(paging::page(&uri, found.into_iter().map(Job::from).collect(), next))
}

//! One job: how far it is, and calling it off.

use super::list::Job;
use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::wire::Id;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use soundkeep_app::domain::JobId;
use soundkeep_app::jobs;

/// Shows a job, and how far it is.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = Id, Path, description = "The job.")),
    responses((status = 200, description = "The job.", body = Job)))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed, At(id): At<JobId>) -> Answer<Json<Job>> {
    Ok(Json(jobs::job(&door.vault, &caller, id).await?.into()))
}

/// Calls a job off. What is done stays.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = Id, Path, description = "The job.")),
    responses((status = 204, description = "Called off.")))]
pub(crate) async fn cancel(State(door): State<Door>, Signed(caller): Signed, At(id): At<JobId>) -> Answer<StatusCode> {
    jobs::cancel(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

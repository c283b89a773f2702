//! The quarantine: files that could not be read, with the reason; trying again, deleting.

use crate::door::Door;
use crate::extract::{Asks, At, Signed};
use crate::paging::{self, List, Paging};
use crate::problem::Answer;
use crate::wire::{Id, Time};
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::Error;
use soundkeep_app::domain::{QuarantineId, Timestamp};
use soundkeep_app::recordings::quarantine::{self, QuarantinedFile};
use std::time::Duration;
use utoipa::ToSchema;

/// A retry that takes longer goes on behind the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarantineItem {
    #[schema(value_type = Id)]
    id: String,
    /// The name of the file.
    name: String,
    /// How it came in.
    source: String,
    /// Why it can't be read, for people.
    reason: String,
    /// Why it can't be read, for programs.
    code: String,
    bytes: u64,
    #[schema(value_type = Time)]
    received_at: Timestamp,
    state: QuarantineState,
}

/// What happens to it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum QuarantineState {
    /// Nothing.
    Waiting,
    /// It is being read again.
    Retrying,
}

impl From<QuarantinedFile> for QuarantineItem {
    fn from(file: QuarantinedFile) -> Self {
        Self {
            id: file.id.to_string(),
            name: file.name,
            source: file.source,
            reason: file.reason,
            code: file.code,
            bytes: file.bytes,
            received_at: file.received_at,
            state: if file.retrying { QuarantineState::Retrying } else { QuarantineState::Waiting },
        }
    }
}

/// Lists the quarantine, newest first.
#[utoipa::path(get, path = "/api/v1/quarantine", tag = "recordings", params(Paging),
    responses((status = 200, description = "A page.", body = List<QuarantineItem>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(paging): Asks<Paging>,
) -> Answer<Response> {
    let (limit, before) = paging.before::<QuarantineId>()?;
    let mut files = quarantine::list(&door.vault, &caller, before, limit + 1).await?;
    let next = paging::cut(&mut files, limit, |file| file.id.to_string());
    Ok(paging::page(&uri, files.into_iter().map(QuarantineItem::from).collect(), next))
}

/// Reads a file of the quarantine again.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/retry", tag = "recordings",
    params(("id" = Id, Path, description = "The file.")),
    responses((status = 202, description = "It is read again.")))]
pub(crate) async fn retry(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<QuarantineId>,
) -> Answer<StatusCode> {
    // On its own, so that it isn't cut short when the caller goes away.
    let reading = tokio::spawn(async move { quarantine::retry(&door.vault, &caller, id).await });
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(outcome)) => outcome.map(|_| StatusCode::ACCEPTED).map_err(Into::into),
        Ok(Err(error)) => Err(Error::Bug(Box::new(error)).into()),
        Err(_) => Ok(StatusCode::ACCEPTED),
    }
}

/// Deletes a file of the quarantine for good.
#[utoipa::path(delete, path = "/api/v1/quarantine/{id}", tag = "recordings",
    params(("id" = Id, Path, description = "The file.")),
    responses((status = 204, description = "Deleted.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<QuarantineId>,
) -> Answer<StatusCode> {
    quarantine::delete(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

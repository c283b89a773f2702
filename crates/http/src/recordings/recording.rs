//! One recording: what is known of it.

use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::versions::versioned;
use crate::wire::{AudioState, Id};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::conversations::view;
use soundkeep_app::domain::RecordingId;
use soundkeep_app::domain::access::{Column, Columns};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// A recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recording {
    #[schema(value_type = Id)]
    id: String,
    #[schema(value_type = Id)]
    conversation_id: String,
    /// Not there when an access group hides the status.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<AudioState>,
    /// The version that is played; versions never change.
    version: i64,
    #[schema(required = true)]
    codec: Option<String>,
    #[schema(required = true)]
    container: Option<String>,
    #[schema(required = true)]
    sample_rate_hz: Option<i64>,
    #[schema(required = true)]
    channels: Option<i64>,
    /// Not there when an access group hides the duration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>, required = false)]
    duration_ms: Option<Option<i64>>,
    /// Length of the original.
    bytes: i64,
    /// Of the original, in lower-case hex; empty once it is erased.
    sha256: String,
    /// Why it could not be read.
    #[schema(required = true)]
    failure: Option<String>,
    /// Of what is played.
    #[schema(required = true)]
    media_type: Option<String>,
}

impl Recording {
    /// What these columns leave of a recording.
    pub(crate) fn of(row: view::Recording, columns: Columns) -> Self {
        let shows_status = columns.has(Column::Status);
        Self {
            id: row.id.to_string(),
            conversation_id: row.conversation.to_string(),
            state: shows_status.then(|| row.state.into()),
            version: row.version,
            codec: row.codec,
            container: row.container,
            sample_rate_hz: row.sample_rate_hz,
            channels: row.channels,
            duration_ms: columns.has(Column::Duration).then_some(row.duration_ms),
            bytes: row.original_bytes,
            sha256: hex(row.sha256.as_deref().unwrap_or_default()),
            failure: row.failure.filter(|_| shows_status),
            media_type: row.media_type,
        }
    }
}

/// Bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string doesn't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Shows what is known of a recording.
#[utoipa::path(get, path = "/api/v1/recordings/{id}", tag = "recordings",
    params(("id" = Id, Path, description = "The recording.")),
    responses((status = 200, description = "The recording.", body = Recording), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<RecordingId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let recording = view::recording(&door.vault, &caller, id).await?;
    let columns = caller.facts().restrictions().columns();
    let state = if columns.has(Column::Status) { recording.state.word() } else { "" };
    let tag = format!("\"v{}-{state}\"", recording.version);
    Ok(versioned(&headers, &tag, Recording::of(recording, columns)))
}

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
use std::fmt::Write as _;
use utoipa::ToSchema;

/// A recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recording {
    #[schema(value_type = Id)]
    id: String,
    #[schema(value_type = Id)]
    conversation_id: String,
    state: AudioState,
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
    #[schema(required = true)]
    duration_ms: Option<i64>,
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

impl From<view::Recording> for Recording {
    fn from(row: view::Recording) -> Self {
        Self {
            id: row.id.to_string(),
            conversation_id: row.conversation.to_string(),
            state: row.state.into(),
            version: row.version,
            codec: row.codec,
            container: row.container,
            sample_rate_hz: row.sample_rate_hz,
            channels: row.channels,
            duration_ms: row.duration_ms,
            bytes: row.original_bytes,
            sha256: hex(row.sha256.as_deref().unwrap_or_default()),
            failure: row.failure,
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
    let tag = format!("\"v{}-{}\"", recording.version, recording.state.word());
    Ok(versioned(&headers, &tag, Recording::from(recording)))
}

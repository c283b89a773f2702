//! Upload: one recording in one request, of any size, streamed into its sealed object.
//!
//! Metadata that comes first is looked at first, so that nothing is stored that will be refused for it.

use super::recording::hex;
use crate::door::Door;
use crate::extract::{Signed, from_json};
use crate::problem::{Answer, Refusal};
use crate::wire::{Direction, File, Id, Time};
use axum::Json;
use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use bytes::Bytes;
use futures::Stream;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::conversations::Source;
use soundkeep_app::recordings::ingest::{Ingested, Metadata, Origin, Received, receive as receive_bytes};
use soundkeep_app::{Caller, Error};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Longest metadata, in bytes.
const METADATA_BYTES_MAX: usize = 64 * 1024;

/// What a source says of a recording. Everything may be missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UploadMetadata {
    /// When the call began; the time of the upload, when it isn't said.
    #[schema(value_type = Option<Time>)]
    started_at: Option<Timestamp>,
    direction: Option<Direction>,
    /// The number that called.
    from_number: Option<String>,
    /// The number that was called.
    to_number: Option<String>,
    /// Who was on the other side.
    contact: Option<String>,
    /// An agent id such as an extension.
    agent: Option<String>,
    #[schema(required = false)]
    tags: Vec<String>,
    /// The id that the source gave the call.
    external_id: Option<String>,
    /// What each channel of the audio is, such as `["agent", "customer"]`.
    channel_labels: Option<Vec<String>>,
}

impl From<UploadMetadata> for Metadata {
    fn from(said: UploadMetadata) -> Self {
        Self {
            started_at: said.started_at,
            direction: said.direction.map(Into::into),
            from_number: said.from_number,
            to_number: said.to_number,
            contact: said.contact,
            agent: said.agent,
            tags: said.tags,
            external_id: said.external_id,
            channel_labels: said.channel_labels,
        }
    }
}

/// So much is still heard of an upload that is refused already.
const HEARD_OUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A recording that is uploaded. `metadata` best comes before `audio`: then it is looked at before anything is sent.
#[derive(ToSchema)]
#[allow(dead_code, reason = "for the API description; parts are read one by one")]
pub(crate) struct Upload {
    #[schema(nullable = false)]
    metadata: Option<UploadMetadata>,
    #[schema(value_type = File)]
    audio: String,
}

/// A recording that is there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Uploaded {
    #[schema(value_type = Id)]
    conversation_id: String,
    #[schema(value_type = Id)]
    recording_id: String,
    /// Of the original, in lower-case hex.
    sha256: String,
    /// Length of the original.
    bytes: u64,
    /// Whether the same bytes had come before; then these are the ids of that time.
    duplicate: bool,
}

/// Takes a recording in. What can't be read is kept in quarantine, and answered with 422.
#[utoipa::path(post, path = "/api/v1/recordings", tag = "recordings",
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 201, description = "Taken in.", body = Uploaded),
        (status = 200, description = "The same bytes were there already.", body = Uploaded)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    form: Result<Multipart, MultipartRejection>,
) -> Answer<(StatusCode, Json<Uploaded>)> {
    let mut form =
        form.map_err(|_| Refusal::invalid("Content-Type", "multipart/form-data with a boundary is expected"))?;
    let outcome = receive(&door, &caller, &mut form).await;
    if outcome.is_err() {
        let silence_max = door.config.upload_silence_max;
        // Who goes on for longer than that has had their chance.
        let _ = tokio::time::timeout(silence_max, hear_out(&mut form, silence_max)).await;
    }
    outcome
}

/// Takes in what a sender still says after a refusal, within bounds: most clients read an answer only when they
/// have said everything, and would see a broken connection instead of the reason.
async fn hear_out(form: &mut Multipart, silence_max: Duration) {
    let mut heard = 0;
    while heard < HEARD_OUT_BYTES_MAX {
        let Ok(Some(mut field)) = next_field(form, silence_max).await else { return };
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout(silence_max, field.chunk()).await {
            heard += chunk.len();
            if heard >= HEARD_OUT_BYTES_MAX {
                return;
            }
        }
    }
}

/// What is said of the recording: before its bytes, or behind them.
#[derive(Default)]
struct Said(Option<Metadata>);

impl Said {
    async fn part(&mut self, field: Field<'_>, silence_max: Duration) -> Answer<()> {
        match field.name() {
            Some("metadata") if self.0.is_none() => {
                let said: UploadMetadata = from_json(&short(field, silence_max).await?)?;
                self.0 = Some(Metadata::from(said));
                Ok(())
            }
            Some(name @ ("metadata" | "audio")) => Err(Refusal::invalid(name, "is there twice")),
            other => Err(Refusal::invalid(other.unwrap_or("form"), "unknown part: metadata, audio are expected")),
        }
    }
}

async fn receive(door: &Door, caller: &Caller, form: &mut Multipart) -> Answer<(StatusCode, Json<Uploaded>)> {
    let silence_max = door.config.upload_silence_max;
    let mut said = Said::default();
    while let Some(field) = next_field(form, silence_max).await? {
        if field.name() != Some("audio") {
            said.part(field, silence_max).await?;
            continue;
        }
        if let Some(metadata) = said.0.take() {
            said.0 = Some(metadata.checked(door.vault.now())?);
        }
        let name = field.file_name().unwrap_or("upload").to_owned();
        let received = take_in(door, caller, &name, field).await?;
        if let Err(refusal) = rest(form, &mut said, silence_max).await {
            received.discard().await;
            return Err(refusal);
        }
        return answer(received.file(said.0.unwrap_or_default()).await?);
    }
    Err(Refusal::invalid("audio", "is missing"))
}

/// What stands behind the audio.
async fn rest(form: &mut Multipart, said: &mut Said, silence_max: Duration) -> Answer<()> {
    while let Some(field) = next_field(form, silence_max).await? {
        said.part(field, silence_max).await?;
    }
    Ok(())
}

pub(crate) async fn next_field(form: &mut Multipart, silence_max: Duration) -> Answer<Option<Field<'_>>> {
    match tokio::time::timeout(silence_max, form.next_field()).await {
        Ok(Ok(field)) => Ok(field),
        Ok(Err(_)) => Err(Refusal::invalid("form", "no well-formed multipart/form-data")),
        Err(_) => Err(Refusal::TimedOut),
    }
}

/// The bytes of a part that is short.
pub(crate) async fn short(mut field: Field<'_>, silence_max: Duration) -> Answer<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        match tokio::time::timeout(silence_max, field.chunk()).await {
            Ok(Ok(Some(chunk))) if whole.len() + chunk.len() <= METADATA_BYTES_MAX => whole.extend_from_slice(&chunk),
            Ok(Ok(Some(_))) => {
                return Err(Error::TooLarge("the metadata has at most 64 KiB").into());
            }
            Ok(Ok(None)) => return Ok(whole),
            Ok(Err(_)) => return Err(Refusal::invalid("metadata", "ended too early")),
            Err(_) => return Err(Refusal::TimedOut),
        }
    }
}

/// Why the sender's stream broke off, for the answer: the use case only knows that it did.
type Fault = Arc<Mutex<Option<Refusal>>>;

fn chunks(
    field: Field<'_>,
    fault: Fault,
    silence_max: Duration,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin {
    Box::pin(futures::stream::unfold(Some((field, fault)), move |state| async move {
        let (mut field, fault) = state?;
        let (refusal, kind) = match tokio::time::timeout(silence_max, field.chunk()).await {
            Ok(Ok(Some(chunk))) => return Some((Ok(chunk), Some((field, fault)))),
            Ok(Ok(None)) => return None,
            Ok(Err(_)) => (Refusal::invalid("audio", "ended too early"), std::io::ErrorKind::UnexpectedEof),
            Err(_) => (Refusal::TimedOut, std::io::ErrorKind::TimedOut),
        };
        *fault.lock() = Some(refusal);
        Some((Err(kind.into()), None))
    }))
}

async fn take_in<'a>(door: &'a Door, caller: &'a Caller, name: &'a str, field: Field<'_>) -> Answer<Received<'a>> {
    let fault = Fault::default();
    let stream = chunks(field, Arc::clone(&fault), door.config.upload_silence_max);
    let received = receive_bytes(&door.vault, caller, Origin { source: Source::Upload, name }, stream).await;
    received.map_err(|error| fault.lock().take().unwrap_or_else(|| error.into()))
}

fn answer(taken: Ingested) -> Answer<(StatusCode, Json<Uploaded>)> {
    let (status, duplicate, conversation, recording, sha256, bytes) = match taken {
        Ingested::Stored { conversation, recording, sha256, bytes } => {
            (StatusCode::CREATED, false, conversation, recording, sha256, bytes)
        }
        Ingested::Duplicate { conversation, recording, sha256, bytes } => {
            (StatusCode::OK, true, conversation, recording, sha256, bytes)
        }
        Ingested::Quarantined { id, error } => {
            return Err(Refusal::Unreadable { detail: error.to_string(), quarantine: id });
        }
    };
    let answer = Uploaded {
        conversation_id: conversation.to_string(),
        recording_id: recording.to_string(),
        sha256: hex(&sha256),
        bytes,
        duplicate,
    };
    Ok((status, Json(answer)))
}

//! Playback: the bytes of a recording, whole or a range (RFC 9110, section 14).
//!
//! The hot path. `HEAD` needs the same permit and opens the recording as playing does, because lengths and
//! types are told to nobody else; it delivers nothing.

use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::{Answer, Refusal};
use crate::range::{Selected, select};
use crate::versions::is_known;
use crate::wire::{File, Id};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use soundkeep_app::Error;
use soundkeep_app::domain::RecordingId;
use soundkeep_app::recordings::play::{Playable, play};

fn bug(error: impl std::error::Error + Send + Sync + 'static) -> Refusal {
    Error::Bug(Box::new(error)).into()
}

/// Plays a recording.
#[utoipa::path(method(get, head), path = "/api/v1/recordings/{id}/audio", tag = "recordings",
    params(("id" = Id, Path, description = "The recording."),
        ("Range" = Option<String>, Header, description = "One range of bytes."),
        ("If-Range" = Option<String>, Header, description = "The ETag that the range is meant for.")),
    responses((status = 200, description = "All bytes.",
            content((File = "audio/wav"), (File = "audio/mpeg"), (File = "audio/flac"), (File = "audio/ogg"))),
        (status = 206, description = "The bytes of the range.",
            content((File = "audio/wav"), (File = "audio/mpeg"), (File = "audio/flac"), (File = "audio/ogg"))),
        (status = 304, description = "Not changed.")))]
pub(crate) async fn serve(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<RecordingId>,
    method: Method,
    headers: HeaderMap,
) -> Answer<Response> {
    let playable = play(&door.vault, &caller, id).await?;
    let len = playable.len();
    let selected = if method == Method::GET { wished(&headers, &playable) } else { Selected::Whole };
    let (status, range) = match selected {
        Selected::Whole => (StatusCode::OK, 0..len),
        Selected::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Selected::Unsatisfiable => return Err(Refusal::RangeNotSatisfiable(len)),
    };
    let known = is_known(&headers, playable.etag());
    let body = if known || method == Method::HEAD || range.is_empty() {
        Body::empty()
    } else {
        Body::from_stream(playable.stream(&door.vault, &caller, range.clone()).await?)
    };
    let mut response = Response::new(body);
    let answer = response.headers_mut();
    answer.reserve(20);
    answer.insert(ETAG, HeaderValue::from_str(playable.etag()).map_err(bug)?);
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    answer.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    answer.insert(CONTENT_TYPE, HeaderValue::from_str(playable.media_type()).map_err(bug)?);
    answer.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    answer.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {}-{}/{len}", range.start, range.end.saturating_sub(1));
        answer.insert(CONTENT_RANGE, HeaderValue::try_from(text).map_err(bug)?);
    }
    *response.status_mut() = status;
    Ok(response)
}

/// The range that is wished for; everything when it is meant for another representation (section 13.1.5).
fn wished(headers: &HeaderMap, playable: &Playable) -> Selected {
    let Some(range) = headers.get(RANGE).and_then(|value| value.to_str().ok()) else {
        return Selected::Whole;
    };
    match headers.get(IF_RANGE) {
        Some(tag) if tag.as_bytes() != playable.etag().as_bytes() => Selected::Whole,
        Some(_) | None => select(range, playable.len()),
    }
}

//! `Idempotency-Key`: a request that creates something is carried out once, however often it is sent.
//!
//! The answer of the first is given again. An answer that held a secret isn't kept: who asks again is told
//! that it was done.

use crate::extract::read_body;
use crate::guard::Guarded;
use crate::problem::{Answer, Refusal};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use soundkeep_app::Caller;
use soundkeep_app::idempotency::{Reserved, finish, release, reserve};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const KEY_CHARACTERS_MAX: usize = 255;

/// What becomes of a request that is sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Nothing special: it changes nothing, or the same again.
    Plain,
    /// With an `Idempotency-Key` the first answer is given again.
    Remembered,
    /// With an `Idempotency-Key` it is refused: the answer held a secret.
    ShownOnce,
}

impl Repeats {
    pub(crate) const fn applies(self) -> bool {
        matches!(self, Self::Remembered | Self::ShownOnce)
    }
}

/// Carries a request out, once per key.
pub(crate) async fn once(guarded: &Guarded, caller: &Caller, request: Request, next: Next) -> Answer<Response> {
    let Some(key) = request.headers().get(&IDEMPOTENCY_KEY) else {
        return Ok(next.run(request).await);
    };
    let fits = |key: &&str| !key.is_empty() && key.len() <= KEY_CHARACTERS_MAX;
    let Some(key) = key.to_str().ok().filter(fits).map(str::to_owned) else {
        return Err(Refusal::invalid("Idempotency-Key", "1 to 255 visible characters"));
    };
    let vault = &guarded.door.vault;
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    let place = format!("{} {}", parts.method, parts.uri);
    match reserve(vault, caller, &key, &[place.as_bytes(), &body]).await? {
        Reserved::Now => {}
        Reserved::ByAnother => return Err(Refusal::KeyReused),
        Reserved::StillRunning => return Err(Refusal::KeyInUse),
        Reserved::Done { status, body } => return again(guarded, status, body),
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        // Nothing was done: the key can be used once more, with what was wrong put right.
        release(vault, caller, &key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = read_body(body).await?;
    let kept = match guarded.route.repeats {
        Repeats::ShownOnce => "",
        Repeats::Remembered | Repeats::Plain => std::str::from_utf8(&body).unwrap_or_default(),
    };
    finish(vault, caller, &key, parts.status.as_u16(), kept).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(guarded: &Guarded, status: u16, body: String) -> Answer<Response> {
    if guarded.route.repeats == Repeats::ShownOnce {
        return Err(Refusal::AnswerShownOnce);
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

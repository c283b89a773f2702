//! Answers in the form of the RFC: resources with their version and place, and errors (RFC 7644, section 3.12).

use super::MEDIA_TYPE;
use crate::problem::Refusal;
use crate::versions::is_known;
use crate::words::Language;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use soundkeep_app::Error;
use soundkeep_app::identity::scim::Shown;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// How messages of SCIM are described: their schemas stand under `/scim/v2/Schemas`.
pub(crate) struct ScimMessage;
impl PartialSchema for ScimMessage {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A message of SCIM 2.0 (RFC 7643, RFC 7644). Its `schemas` say which."))
            .into()
    }
}
impl ToSchema for ScimMessage {}

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A message.
pub(crate) fn message(status: StatusCode, body: &Value) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    response
}

fn tell(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A resource with its version; nothing of it for whoever has that version already.
pub(crate) fn resource(asked: &HeaderMap, shown: Shown) -> Response {
    let status = if shown.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = match !shown.is_new && is_known(asked, shown.version.trim_start_matches("W/")) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => message(status, &Value::Object(shown.document)),
    };
    tell(response.headers_mut(), LOCATION, &shown.location);
    tell(response.headers_mut(), ETAG, &shown.version);
    response
}

/// That something was changed, with its version and nothing of itself.
pub(crate) fn changed(shown: &Shown) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    tell(response.headers_mut(), LOCATION, &shown.location);
    tell(response.headers_mut(), ETAG, &shown.version);
    response
}

/// What went wrong, in the words of SCIM: a status and the message.
pub(crate) fn error(refusal: &Refusal, language: Language) -> (StatusCode, Value) {
    let (status, _) = refusal.meaning();
    let (status, kind, detail) = match refusal {
        Refusal::App(error) => match error.as_ref() {
            Error::Scim(error) => {
                let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::BAD_REQUEST);
                (status, Some(error.kind.word()), error.detail.clone())
            }
            Error::Invalid(fields) => {
                let sentence = fields.first().map(|(field, sentence)| format!("{field}: {sentence}"));
                (StatusCode::BAD_REQUEST, Some("invalidValue"), sentence.unwrap_or_default())
            }
            _ => (status, None, refusal.detail(language)),
        },
        _ => (status, None, refusal.detail(language)),
    };
    let mut body = json!({"schemas": [ERROR], "status": status.as_u16().to_string(), "detail": detail});
    if let (Some(kind), Some(members)) = (kind, body.as_object_mut()) {
        members.insert("scimType".to_owned(), kind.into());
    }
    (status, body)
}

/// The answer to a request that is refused.
pub(crate) fn refused(refusal: &Refusal, language: Language) -> Response {
    let (status, body) = error(refusal, language);
    let mut response = message(status, &body);
    refusal.add_headers(response.headers_mut());
    response
}

/// That this isn't done here (RFC 7644, section 3.12).
pub(crate) fn not_implemented(detail: &str) -> Response {
    let status = StatusCode::NOT_IMPLEMENTED;
    message(status, &json!({"schemas": [ERROR], "status": status.as_u16().to_string(), "detail": detail}))
}

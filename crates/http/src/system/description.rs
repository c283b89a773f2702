//! The description of the API (OpenAPI 3.1).

use crate::problem::Answer;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::sync::OnceLock;

/// Shows the description of the API.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "system",
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)))]
pub(crate) async fn show() -> Answer<Response> {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(crate::openapi::openapi);
    Ok(([(CONTENT_TYPE, "application/json")], text.as_str()).into_response())
}

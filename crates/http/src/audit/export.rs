//! The whole ledger as a bundle that `soundkeep verify` reads.

use crate::door::Door;
use crate::extract::Signed;
use crate::problem::Answer;
use crate::wire::File;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use soundkeep_app::audit::export::export;

/// Exports the ledger as JSON Lines. It ends with a signed line; without it something is missing.
#[utoipa::path(get, path = "/api/v1/ledger/export", tag = "audit",
    responses((status = 200, description = "The bundle.", content((File = "application/jsonl")))))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed) -> Answer<Response> {
    let bundle = export(&door.vault, &caller).await?;
    let mut response = Response::new(Body::from_stream(bundle));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    let name = HeaderValue::from_static("attachment; filename=\"soundkeep-ledger.jsonl\"");
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

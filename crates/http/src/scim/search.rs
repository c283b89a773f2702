//! Searches over users and groups at once, and what a token itself is.

use super::answer::{self, ScimMessage};
use super::request::{Message, Wanted, base};
use crate::door::Door;
use crate::extract::Signed;
use crate::problem::{Answer, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use soundkeep_app::identity::scim;
use soundkeep_app::identity::scim::rules::{Query, ResourceKind};
use soundkeep_app::{Caller, Error};

/// The page that a search asks for.
pub(super) async fn page(door: &Door, caller: &Caller, kinds: &[ResourceKind], body: &Value) -> Answer<Response> {
    let query = Query::of_search(body).map_err(|error| Refusal::from(Error::Scim(error)))?;
    let page = scim::list(&door.vault, caller, kinds, &base(door), &query).await?;
    Ok(answer::message(StatusCode::OK, &page))
}

/// Lists users and groups by a search that is sent as a body.
#[utoipa::path(post, path = "/scim/v2/.search", tag = "scim",
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn search(
    State(door): State<Door>,
    Signed(caller): Signed,
    Message(body): Message,
) -> Answer<Response> {
    page(&door, &caller, &ResourceKind::ALL, &body).await
}

/// Lists users and groups.
#[utoipa::path(get, path = "/scim/v2", tag = "scim",
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed, wanted: Wanted) -> Answer<Response> {
    let page = scim::list(&door.vault, &caller, &ResourceKind::ALL, &base(&door), &wanted.query).await?;
    Ok(answer::message(StatusCode::OK, &page))
}

/// Whoever asks: a directory, which is no user.
#[utoipa::path(get, path = "/scim/v2/Me", tag = "scim",
    responses((status = 501, description = "A token is no user.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn me() -> Response {
    answer::not_implemented("this token stands for a directory, which is no user")
}

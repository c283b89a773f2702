//! Users of a directory: listing, making, showing, replacing, changing and taking out.

use super::answer::{self, ScimMessage};
use super::request::{Message, Wanted, base};
use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::wire::Id;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use soundkeep_app::identity::scim;
use soundkeep_app::identity::scim::rules::ResourceKind;

const KIND: ResourceKind = ResourceKind::User;

/// Lists users, as far as they fit a filter.
#[utoipa::path(get, path = "/scim/v2/Users", tag = "scim",
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed, wanted: Wanted) -> Answer<Response> {
    let page = scim::list(&door.vault, &caller, &[KIND], &base(&door), &wanted.query).await?;
    Ok(answer::message(StatusCode::OK, &page))
}

/// Makes a user.
#[utoipa::path(post, path = "/scim/v2/Users", tag = "scim",
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 201, description = "Made.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    headers: HeaderMap,
    wanted: Wanted,
    Message(body): Message,
) -> Answer<Response> {
    let shown = scim::create(&door.vault, &caller, KIND, &wanted.asked(), &body).await?;
    Ok(answer::resource(&headers, shown))
}

/// Shows a user.
#[utoipa::path(get, path = "/scim/v2/Users/{id}", tag = "scim", params(("id" = Id, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = ScimMessage, content_type = "application/scim+json"),
        (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    headers: HeaderMap,
    wanted: Wanted,
) -> Answer<Response> {
    let shown = scim::show(&door.vault, &caller, KIND, &wanted.asked(), &id).await?;
    Ok(answer::resource(&headers, shown))
}

/// Says all of a user anew.
#[utoipa::path(put, path = "/scim/v2/Users/{id}", tag = "scim", params(("id" = Id, Path, description = "The user.")),
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "As it is now.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn replace(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Answer<Response> {
    let shown = scim::replace(&door.vault, &caller, KIND, &wanted.asked(), (&id, &body)).await?;
    Ok(answer::resource(&HeaderMap::new(), shown))
}

/// Changes some of a user.
#[utoipa::path(patch, path = "/scim/v2/Users/{id}", tag = "scim", params(("id" = Id, Path, description = "The user.")),
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "As it is now.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Answer<Response> {
    let shown = scim::patch(&door.vault, &caller, KIND, &wanted.asked(), (&id, &body)).await?;
    Ok(answer::resource(&HeaderMap::new(), shown))
}

/// Takes a user out. They are switched off, and their conversations stay theirs.
#[utoipa::path(delete, path = "/scim/v2/Users/{id}", tag = "scim", params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Taken out.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    wanted: Wanted,
) -> Answer<StatusCode> {
    scim::remove(&door.vault, &caller, KIND, &wanted.asked(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists users by a search that is sent as a body.
#[utoipa::path(post, path = "/scim/v2/Users/.search", tag = "scim",
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn search(
    State(door): State<Door>,
    Signed(caller): Signed,
    Message(body): Message,
) -> Answer<Response> {
    super::search::page(&door, &caller, &[KIND], &body).await
}

//! Groups of a directory: listing, making, showing, replacing, changing and taking out.

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

const KIND: ResourceKind = ResourceKind::Group;

/// Lists groups, as far as they fit a filter.
#[utoipa::path(get, path = "/scim/v2/Groups", tag = "scim",
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed, wanted: Wanted) -> Answer<Response> {
    let page = scim::list(&door.vault, &caller, &[KIND], &base(&door), &wanted.query).await?;
    Ok(answer::message(StatusCode::OK, &page))
}

/// Makes a group.
#[utoipa::path(post, path = "/scim/v2/Groups", tag = "scim",
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

/// Shows a group.
#[utoipa::path(get, path = "/scim/v2/Groups/{id}", tag = "scim", params(("id" = Id, Path, description = "The group.")),
    responses((status = 200, description = "The group.", body = ScimMessage, content_type = "application/scim+json"),
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

/// Says all of a group anew.
#[utoipa::path(put, path = "/scim/v2/Groups/{id}", tag = "scim", params(("id" = Id, Path, description = "The group.")),
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

/// Changes some of a group.
#[utoipa::path(patch, path = "/scim/v2/Groups/{id}", tag = "scim", params(("id" = Id, Path, description = "The group.")),
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "As it is now, when attributes were asked for.", body = ScimMessage,
        content_type = "application/scim+json"),
        (status = 204, description = "Changed.")))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    wanted: Wanted,
    Message(body): Message,
) -> Answer<Response> {
    let shown = scim::patch(&door.vault, &caller, KIND, &wanted.asked(), (&id, &body)).await?;
    // A group of thousands isn't sent back for each of them.
    Ok(match wanted.query.attributes.is_empty() {
        true => answer::changed(&shown),
        false => answer::resource(&HeaderMap::new(), shown),
    })
}

/// Takes a group out, with all that it gave.
#[utoipa::path(delete, path = "/scim/v2/Groups/{id}", tag = "scim", params(("id" = Id, Path, description = "The group.")),
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

/// Lists groups by a search that is sent as a body.
#[utoipa::path(post, path = "/scim/v2/Groups/.search", tag = "scim",
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "A page.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn search(
    State(door): State<Door>,
    Signed(caller): Signed,
    Message(body): Message,
) -> Answer<Response> {
    super::search::page(&door, &caller, &[KIND], &body).await
}

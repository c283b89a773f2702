//! What the service says of itself: what it can, which resources it has, and their schemas.

use super::answer::{self, ScimMessage};
use super::request::{Wanted, base};
use crate::door::Door;
use crate::extract::At;
use crate::problem::{Answer, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use soundkeep_app::Error;
use soundkeep_app::identity::scim::rules;

/// What is described isn't searched (RFC 7644, section 4).
fn unfiltered(wanted: &Wanted) -> Answer<()> {
    // A filter would have to be refused with 403, so that nobody takes the whole for what fits.
    match wanted.query.filter {
        None => Ok(()),
        Some(_) => Err(Error::Scim(rules::ScimError::new(
            rules::ScimType::Sensitive,
            "what the service says of itself can't be filtered",
        ))
        .into()),
    }
}

/// Says what the service can.
#[utoipa::path(get, path = "/scim/v2/ServiceProviderConfig", tag = "scim",
    responses((status = 200, description = "What it can.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn service_provider_config(State(door): State<Door>, wanted: Wanted) -> Answer<Response> {
    unfiltered(&wanted)?;
    Ok(answer::message(StatusCode::OK, &rules::service_provider_config(&base(&door))))
}

/// Lists the kinds of resources.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes", tag = "scim",
    responses((status = 200, description = "All.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn resource_types(State(door): State<Door>, wanted: Wanted) -> Answer<Response> {
    unfiltered(&wanted)?;
    Ok(answer::message(StatusCode::OK, &rules::resource_types(&base(&door))))
}

/// Shows a kind of resources.
#[utoipa::path(get, path = "/scim/v2/ResourceTypes/{name}", tag = "scim",
    params(("name" = String, Path, description = "`User` or `Group`.")),
    responses((status = 200, description = "The kind.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn resource_type(State(door): State<Door>, At(name): At<String>) -> Answer<Response> {
    let found = rules::resource_type(&base(&door), &name).ok_or_else(Refusal::not_found)?;
    Ok(answer::message(StatusCode::OK, &found))
}

/// Lists the schemas.
#[utoipa::path(get, path = "/scim/v2/Schemas", tag = "scim",
    responses((status = 200, description = "All.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn schemas(State(door): State<Door>, wanted: Wanted) -> Answer<Response> {
    unfiltered(&wanted)?;
    Ok(answer::message(StatusCode::OK, &rules::schemas(&base(&door))))
}

/// Shows a schema.
#[utoipa::path(get, path = "/scim/v2/Schemas/{id}", tag = "scim",
    params(("id" = String, Path, description = "Its URN.")),
    responses((status = 200, description = "The schema.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn schema(State(door): State<Door>, At(id): At<String>) -> Answer<Response> {
    let found = rules::schema(&base(&door), &id).ok_or_else(Refusal::not_found)?;
    Ok(answer::message(StatusCode::OK, &found))
}

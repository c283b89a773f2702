//! One role: showing, changing, deleting.

use super::roles::{Role, lines};
use crate::door::Door;
use crate::extract::{At, Sent, Signed, Speaks};
use crate::problem::{Answer, Refusal};
use crate::versions::{Expected, etag, expected, versioned};
use axum::extract::State;
use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use soundkeep_app::access::roles::{self, RoleChange as Change};
use soundkeep_app::domain::access::RoleKey;
use std::collections::BTreeMap;
use utoipa::ToSchema;

fn key(text: &str) -> Answer<RoleKey> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// Its warnings are sentences, so that a kept answer is one of a language.
fn in_language(mut response: Response) -> Response {
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

/// Shows a role.
#[utoipa::path(get, path = "/api/v1/roles/{id}", tag = "access", params(("id" = String, Path, description = "The role's key.")),
    responses((status = 200, description = "The role.", body = Role), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<String>,
) -> Answer<Response> {
    let role = roles::role(&door.vault, &caller, key(&id)?).await?;
    // How many hold it isn't counted by its version: nobody is told that what they have is still right.
    Ok(in_language(versioned(&HeaderMap::new(), &etag(role.version), Role::of(language, &role))))
}

/// What is changed of a role; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    #[serde(default)]
    #[schema(nullable = false, max_length = 80)]
    name: Option<String>,
    /// How far permissions reach from now on: `none own groups all`, or `no yes`.
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

/// Changes a role. Everybody who holds it holds what it is now.
#[utoipa::path(patch, path = "/api/v1/roles/{id}", tag = "access", request_body = RoleChange,
    params(("id" = String, Path, description = "The role's key."), ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = Role)))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<String>,
    headers: HeaderMap,
    Sent(sent): Sent<RoleChange>,
) -> Answer<Response> {
    let (key, meant) = (key(&id)?, expected(&headers));
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(roles::role(&door.vault, &caller, key).await?.version)?,
    };
    let change = Change { name: sent.name, lines: lines(&sent.permissions)? };
    let role = roles::change_role(&door.vault, &caller, key, version, &change).await?;
    Ok(in_language(versioned(&HeaderMap::new(), &etag(role.version), Role::of(language, &role))))
}

/// Deletes a role that nobody holds.
#[utoipa::path(delete, path = "/api/v1/roles/{id}", tag = "access",
    params(("id" = String, Path, description = "The role's key."),
        ("If-Match" = Option<String>, Header, description = "The version that is meant, if it matters.")),
    responses((status = 204, description = "Deleted.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<String>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let (key, meant) = (key(&id)?, expected(&headers));
    let version = match meant {
        Expected::Unsaid | Expected::Any => None,
        Expected::OneOf(_) => Some(meant.optional(roles::role(&door.vault, &caller, key).await?.version)?),
    };
    roles::delete_role(&door.vault, &caller, key, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! One group: showing, renaming, closing.

use super::groups::{Group, GroupName};
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::versions::{Expected, etag, expected, versioned};
use crate::wire::Id;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use soundkeep_app::domain::GroupId;
use soundkeep_app::identity;

/// Shows a group.
#[utoipa::path(get, path = "/api/v1/groups/{id}", tag = "identity", params(("id" = Id, Path, description = "The group.")),
    responses((status = 200, description = "The group.", body = Group), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<GroupId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let group = identity::group(&door.vault, &caller, id).await?;
    let tag = etag(group.version);
    Ok(versioned(&headers, &tag, Group::from(group)))
}

/// Names a group anew.
#[utoipa::path(patch, path = "/api/v1/groups/{id}", tag = "identity", request_body = GroupName,
    params(("id" = Id, Path, description = "The group."), ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = Group)))]
pub(crate) async fn rename(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<GroupId>,
    headers: HeaderMap,
    Sent(sent): Sent<GroupName>,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(identity::group(&door.vault, &caller, id).await?.version)?,
    };
    let group = identity::rename_group(&door.vault, &caller, id, version, &sent.name).await?;
    let tag = etag(group.version);
    Ok(versioned(&HeaderMap::new(), &tag, Group::from(group)))
}

/// Closes a group. Conversations stay stamped with it.
#[utoipa::path(delete, path = "/api/v1/groups/{id}", tag = "identity",
    params(("id" = Id, Path, description = "The group."),
        ("If-Match" = Option<String>, Header, description = "The version that is meant, if it matters.")),
    responses((status = 204, description = "Closed.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<GroupId>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let meant = expected(&headers);
    if meant != Expected::Unsaid {
        meant.optional(identity::group(&door.vault, &caller, id).await?.version)?;
    }
    identity::delete_group(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

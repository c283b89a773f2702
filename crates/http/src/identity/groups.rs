//! Groups: the list, and making one.

use super::users::Search;
use crate::door::Door;
use crate::extract::{Asks, Sent, Signed};
use crate::paging::{self, List};
use crate::problem::Answer;
use crate::wire::{Id, Named, named};
use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::identity;
use utoipa::ToSchema;

/// A group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Group {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Its agents.
    members: Vec<Named>,
    /// Those who look after it.
    supervisors: Vec<Named>,
    /// Grows with every change.
    version: i64,
}

impl From<identity::Group> for Group {
    fn from(group: identity::Group) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.name,
            members: named(group.members),
            supervisors: named(group.supervisors),
            version: group.version,
        }
    }
}

/// Lists groups in the order of their names.
#[utoipa::path(get, path = "/api/v1/groups", tag = "identity", params(Search),
    responses((status = 200, description = "A page.", body = List<Group>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(search): Asks<Search>,
) -> Answer<Response> {
    let page = identity::groups(&door.vault, &caller, &search.options()?).await?;
    Ok(paging::page(&uri, page.items.into_iter().map(Group::from).collect(), page.next))
}

/// A group's name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupName {
    pub(crate) name: String,
}

/// Makes a group.
#[utoipa::path(post, path = "/api/v1/groups", tag = "identity", request_body = GroupName,
    responses((status = 201, description = "Made.", body = Group)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<GroupName>,
) -> Answer<(StatusCode, Json<Group>)> {
    let group = identity::create_group(&door.vault, &caller, &sent.name).await?;
    Ok((StatusCode::CREATED, Json(group.into())))
}

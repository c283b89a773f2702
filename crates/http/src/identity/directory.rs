//! Names of colleagues, groups and tags, for filters and pickers of everybody who is signed in.

use crate::door::Door;
use crate::extract::Signed;
use crate::problem::Answer;
use crate::wire::{Named, named};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::{Error, conversations, identity};
use utoipa::ToSchema;

/// Names, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Directory {
    /// Users who aren't switched off.
    users: Vec<Named>,
    groups: Vec<Named>,
    /// Tags of conversations that the caller may see.
    tags: Vec<String>,
}

/// Lists the names that filters offer.
#[utoipa::path(get, path = "/api/v1/directory", tag = "identity",
    responses((status = 200, description = "Names.", body = Directory)))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<Directory>> {
    let directory = identity::directory(&door.vault, &caller).await?;
    let tags = match conversations::list::tags(&door.vault, &caller).await {
        Err(Error::Denied(_)) => Vec::new(),
        tags => tags?,
    };
    Ok(Json(Directory { users: named(directory.users), groups: named(directory.groups), tags }))
}

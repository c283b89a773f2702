//! Who belongs to a group: members and supervisors come and go. Doing the same again changes nothing.

use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::wire::Id;
use axum::extract::State;
use axum::http::StatusCode;
use soundkeep_app::domain::{GroupId, UserId};
use soundkeep_app::identity::{Bond, join_group, leave_group};

type Both = At<(GroupId, UserId)>;

/// Makes a user a member of a group, from now on.
#[utoipa::path(put, path = "/api/v1/groups/{id}/members/{user_id}", tag = "identity",
    params(("id" = Id, Path, description = "The group."), ("user_id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "A member.")))]
pub(crate) async fn add_member(State(door): State<Door>, Signed(caller): Signed, At(both): Both) -> Answer<StatusCode> {
    join_group(&door.vault, &caller, Bond::Member, both, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a membership.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/members/{user_id}", tag = "identity",
    params(("id" = Id, Path, description = "The group."), ("user_id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "No member.")))]
pub(crate) async fn remove_member(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(both): Both,
) -> Answer<StatusCode> {
    leave_group(&door.vault, &caller, Bond::Member, both).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a user a supervisor of a group, from now on.
#[utoipa::path(put, path = "/api/v1/groups/{id}/supervisors/{user_id}", tag = "identity",
    params(("id" = Id, Path, description = "The group."), ("user_id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "A supervisor.")))]
pub(crate) async fn add_supervisor(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(both): Both,
) -> Answer<StatusCode> {
    join_group(&door.vault, &caller, Bond::Supervisor, both, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a supervision.
#[utoipa::path(delete, path = "/api/v1/groups/{id}/supervisors/{user_id}", tag = "identity",
    params(("id" = Id, Path, description = "The group."), ("user_id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "No supervisor.")))]
pub(crate) async fn remove_supervisor(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(both): Both,
) -> Answer<StatusCode> {
    leave_group(&door.vault, &caller, Bond::Supervisor, both).await?;
    Ok(StatusCode::NO_CONTENT)
}

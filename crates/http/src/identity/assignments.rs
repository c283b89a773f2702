//! Giving roles and taking them away.

use crate::access::roles::RoleName;
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::{Answer, Refusal};
use crate::wire::{Id, Limit, Named, Time, named};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::access::{Limit as DomainLimit, RoleKey};
use soundkeep_app::domain::{AssignmentId, GroupId, Timestamp, UserId};
use soundkeep_app::identity;
use utoipa::ToSchema;

/// A role that was given.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assignment {
    #[schema(value_type = Id)]
    id: String,
    role: RoleName,
    limit: Limit,
    /// The groups that it is limited to.
    groups: Vec<Named>,
    /// From when on it no longer counts.
    #[schema(value_type = Option<Time>, required = true)]
    until: Option<Timestamp>,
}

impl From<identity::Assignment> for Assignment {
    fn from(given: identity::Assignment) -> Self {
        Self {
            id: given.id.to_string(),
            role: RoleName { key: given.role.to_string(), name: given.role_name },
            limit: (&given.limit).into(),
            groups: named(given.groups),
            until: given.until,
        }
    }
}

/// A role that is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAssignment {
    /// Stable name of a built-in role, or id of another.
    role: String,
    limit: Limit,
    /// The groups that it is limited to, where the limit is `groups`.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, required = false)]
    groups: Vec<GroupId>,
    /// From when on it no longer counts.
    #[serde(default)]
    #[schema(value_type = Option<Time>)]
    until: Option<Timestamp>,
}

impl NewAssignment {
    /// The same in the words of the use case, or the field that doesn't fit.
    pub(crate) fn understood(self) -> Result<identity::NewAssignment, (&'static str, &'static str)> {
        let role: RoleKey = self.role.parse().map_err(|_| ("role", "there is no such role"))?;
        let limit = match self.limit {
            Limit::Groups => DomainLimit::Named(self.groups),
            _ if !self.groups.is_empty() => {
                return Err(("groups", "only where the limit is groups"));
            }
            Limit::None => DomainLimit::None,
            Limit::Supervised => DomainLimit::Supervised,
        };
        Ok(identity::NewAssignment { role, limit, until: self.until })
    }
}

/// Gives a user a role.
#[utoipa::path(post, path = "/api/v1/users/{id}/assignments", tag = "identity", request_body = NewAssignment,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 201, description = "Given.", body = Assignment)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(user): At<UserId>,
    Sent(sent): Sent<NewAssignment>,
) -> Answer<(StatusCode, Json<Assignment>)> {
    let new = sent.understood().map_err(|(field, sentence)| Refusal::invalid(field, sentence))?;
    let given = identity::assign(&door.vault, &caller, user, &new).await?;
    Ok((StatusCode::CREATED, Json(given.into())))
}

/// Takes a role away.
#[utoipa::path(delete, path = "/api/v1/users/{id}/assignments/{assignment_id}", tag = "identity",
    params(("id" = Id, Path, description = "The user."), ("assignment_id" = Id, Path, description = "The assignment.")),
    responses((status = 204, description = "Taken away.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    Signed(caller): Signed,
    At((user, assignment)): At<(UserId, AssignmentId)>,
) -> Answer<StatusCode> {
    identity::unassign(&door.vault, &caller, user, assignment).await?;
    Ok(StatusCode::NO_CONTENT)
}

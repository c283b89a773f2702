//! The roles of the organisation.

use crate::door::Door;
use crate::extract::Signed;
use crate::identity::session::Held;
use crate::paging::All;
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::access::matrix;
use soundkeep_app::domain::access::RoleKey;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A role by key and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RoleName {
    /// Stable name of a built-in role, or id of another.
    pub(crate) key: String,
    pub(crate) name: String,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Role {
    /// Stable name of a built-in role, or id of another.
    key: String,
    name: String,
    /// Whether it is one of the five that can't be changed.
    built_in: bool,
    /// How far it reaches, per permission whose feature exists.
    permissions: BTreeMap<String, Held>,
}

/// Lists the roles, the built-in ones first.
#[utoipa::path(get, path = "/api/v1/roles", tag = "access",
    responses((status = 200, description = "All roles.", body = All<Role>)))]
pub(crate) async fn list(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<All<Role>>> {
    let roles = matrix::roles(&door.vault, &caller).await?;
    let role = |role: soundkeep_app::domain::access::Role| Role {
        key: role.key.to_string(),
        built_in: matches!(role.key, RoleKey::BuiltIn(_)),
        name: role.name,
        permissions: role
            .scopes
            .iter()
            .filter(|(permission, _)| permission.row().available)
            .map(|(permission, scope)| {
                let word = scope.word(permission.row().kind);
                (permission.key().to_owned(), Held::from_word(word))
            })
            .collect(),
    };
    Ok(Json(All { items: roles.into_iter().map(role).collect() }))
}

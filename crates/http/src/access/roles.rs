//! Roles: the list, and making one.

use crate::door::Door;
use crate::extract::{Sent, Signed, Speaks};
use crate::identity::session::Held;
use crate::paging::All;
use crate::problem::{Answer, Refusal};
use crate::words::{self, Language};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::Error;
use soundkeep_app::access::roles::{self, NewRole as Wanted, RoleBase, ShownRole};
use soundkeep_app::domain::access::{
    Permission, RoleKey, RoleTemplate as DomainTemplate, RoleWarning as DomainWarning, Scope, scope_of_word,
};
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
    permissions: BTreeMap<&'static str, Held>,
    /// Grows with every change; 0 for built-in roles.
    version: i64,
    /// How many hold it; null for who doesn't manage users.
    #[schema(required = true)]
    held_by: Option<HeldBy>,
    /// What looks like a mistake in it.
    warnings: Vec<RoleWarning>,
}

/// How many hold a role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeldBy {
    users: i64,
    api_keys: i64,
}

/// Something in a role that looks like a mistake.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleWarning {
    /// `allows_nothing`, `lacks` or `reaches_further`.
    code: &'static str,
    /// The permission that it is about.
    #[schema(required = true)]
    permission: Option<&'static str>,
    /// What it is of little use without.
    #[schema(required = true)]
    needs: Option<&'static str>,
    /// The same for people.
    sentence: String,
}

impl RoleWarning {
    fn of(language: Language, warning: DomainWarning) -> Self {
        let (permission, needs) = match warning {
            DomainWarning::Empty => (None, None),
            DomainWarning::Lacks { permission, needed, .. } => (Some(permission.key()), Some(needed.key())),
        };
        Self { code: warning.code(), permission, needs, sentence: words::role_warning(language, warning) }
    }
}

impl Role {
    pub(crate) fn of(language: Language, role: &ShownRole) -> Self {
        let permissions = role.lines.all().into_iter().map(|(permission, scope)| {
            let word = scope.word(permission.row().kind);
            (permission.key(), Held::from_word(word))
        });
        Self {
            key: role.key.to_string(),
            name: role.name.clone(),
            built_in: matches!(role.key, RoleKey::BuiltIn(_)),
            permissions: permissions.collect(),
            version: role.version,
            held_by: role.held_by.map(|held| HeldBy { users: held.users, api_keys: held.api_keys }),
            warnings: role.warnings.iter().map(|warning| RoleWarning::of(language, *warning)).collect(),
        }
    }
}

/// Lists the roles, the built-in ones first.
#[utoipa::path(get, path = "/api/v1/roles", tag = "access",
    responses((status = 200, description = "All roles.", body = All<Role>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
) -> Answer<Json<All<Role>>> {
    let roles = roles::roles(&door.vault, &caller).await?;
    Ok(Json(All { items: roles.iter().map(|role| Role::of(language, role)).collect() }))
}

/// Something to begin with that isn't a role.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleTemplate {
    /// Reads and exports the ledger; finds, reads and hears no conversation.
    Auditor,
}

/// A role that is made: empty, a clone, or from a template.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    #[schema(max_length = 80)]
    name: String,
    /// Key of the role that it begins as.
    #[serde(default)]
    #[schema(nullable = false)]
    clone_of: Option<String>,
    /// The template that it begins as.
    #[serde(default)]
    #[schema(nullable = false)]
    template: Option<RoleTemplate>,
    /// How far permissions reach that differ from that: `none own groups all`, or `no yes`.
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

/// What the lines of a role mean, or all that don't fit.
pub(crate) fn lines(sent: &BTreeMap<String, String>) -> Answer<Vec<(Permission, Scope)>> {
    let mut lines = Vec::with_capacity(sent.len());
    let mut wrong = Vec::new();
    for (name, word) in sent {
        let field = format!("permissions.{name}");
        match name.parse::<Permission>() {
            Err(_) => wrong.push((field, "there is no such permission".to_owned())),
            Ok(permission) => match scope_of_word(permission, word) {
                Ok(scope) => lines.push((permission, scope)),
                Err(bad) => wrong.push((field, bad.to_string())),
            },
        }
    }
    if wrong.is_empty() { Ok(lines) } else { Err(Error::Invalid(wrong).into()) }
}

/// The name and lines of a role, as the API takes them, for the command line.
///
/// # Errors
/// [`Error::Invalid`] with all that doesn't fit.
pub fn named_lines(text: &str) -> Result<(String, Vec<(Permission, Scope)>), Error> {
    let sent: NamedLines = Refusal::read_json(text)?;
    Ok((sent.name, lines(&sent.permissions).map_err(Refusal::into_app)?))
}

#[derive(Deserialize)]
struct NamedLines {
    name: String,
    permissions: BTreeMap<String, String>,
}

/// Makes a role.
#[utoipa::path(post, path = "/api/v1/roles", tag = "access", request_body = NewRole,
    responses((status = 201, description = "Made.", body = Role)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    Sent(sent): Sent<NewRole>,
) -> Answer<(StatusCode, Json<Role>)> {
    let base = match (&sent.clone_of, sent.template) {
        (None, None) => RoleBase::Empty,
        (None, Some(RoleTemplate::Auditor)) => RoleBase::Template(DomainTemplate::Auditor),
        (Some(key), None) => {
            RoleBase::CloneOf(key.parse().map_err(|_| Refusal::invalid("clone_of", "there is no such role"))?)
        }
        (Some(_), Some(_)) => return Err(Refusal::invalid("template", "either clone_of or a template, not both")),
    };
    let new = Wanted { name: sent.name, base, lines: lines(&sent.permissions)? };
    let role = roles::create_role(&door.vault, &caller, &new).await?;
    Ok((StatusCode::CREATED, Json(Role::of(language, &role))))
}

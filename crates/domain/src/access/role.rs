//! Roles: which permission at which scope. Five are built in and can't be changed, only cloned.

use super::permission::{Permission, ScopeKind};
use crate::ids::RoleId;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// How far a permission reaches. For plain permissions `All` is yes and `None` is no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Nothing.
    #[default]
    None,
    /// Conversations that the user took part in as agent.
    Own,
    /// Conversations of groups, and their own.
    Groups,
    /// Every conversation.
    All,
}

impl Scope {
    /// The word in tables and answers for a permission of this kind.
    #[must_use]
    pub const fn word(self, kind: ScopeKind) -> &'static str {
        match (kind, self) {
            (ScopeKind::Plain, Scope::None) => "no",
            (ScopeKind::Plain, _) => "yes",
            (ScopeKind::Scoped, Scope::None) => "none",
            (ScopeKind::Scoped, Scope::Own) => "own",
            (ScopeKind::Scoped, Scope::Groups) => "groups",
            (ScopeKind::Scoped, Scope::All) => "all",
        }
    }
}

/// A role that every organisation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum BuiltInRole {
    Admin,
    Manager,
    Supervisor,
    Analyst,
    Agent,
}

/// The built-in roles in the order of the matrix.
pub const BUILT_IN_ROLES: [BuiltInRole; 5] =
    [BuiltInRole::Admin, BuiltInRole::Manager, BuiltInRole::Supervisor, BuiltInRole::Analyst, BuiltInRole::Agent];

impl BuiltInRole {
    /// Its stable key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Supervisor => "supervisor",
            Self::Analyst => "analyst",
            Self::Agent => "agent",
        }
    }
    /// Its name on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Manager => "Manager",
            Self::Supervisor => "Supervisor",
            Self::Analyst => "Analyst",
            Self::Agent => "Agent",
        }
    }
    /// The scope it gives for a permission.
    #[must_use]
    pub const fn scope(self, permission: Permission) -> Scope {
        let [admin, manager, supervisor, analyst, agent] = permission.row().defaults;
        match self {
            Self::Admin => admin,
            Self::Manager => manager,
            Self::Supervisor => supervisor,
            Self::Analyst => analyst,
            Self::Agent => agent,
        }
    }
    /// The role with all its permissions.
    #[must_use]
    pub fn role(self) -> Role {
        Role {
            key: RoleKey::BuiltIn(self),
            name: self.name().to_owned(),
            scopes: Permission::ALL.iter().map(|permission| (*permission, self.scope(*permission))).collect(),
        }
    }
}

/// Names a role: a built-in one by its key, a custom one by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RoleKey {
    /// One of the five.
    BuiltIn(BuiltInRole),
    /// One that the organisation made.
    Custom(RoleId),
}

impl fmt::Display for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.key()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

impl FromStr for RoleKey {
    type Err = crate::ids::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match BUILT_IN_ROLES.into_iter().find(|role| role.key() == text) {
            Some(role) => Ok(Self::BuiltIn(role)),
            None => text.parse().map(Self::Custom),
        }
    }
}

/// A named set of permissions with scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Which role it is.
    pub key: RoleKey,
    /// Its name on the screen.
    pub name: String,
    /// Scope per permission; what isn't named is none.
    pub scopes: Vec<(Permission, Scope)>,
}

/// The built-in matrix as CSV (RFC 4180 without quoting: no cell holds a comma), one line per permission.
#[must_use]
pub fn matrix_csv() -> String {
    let mut csv = String::from("permission,scopes,admin,manager,supervisor,analyst,agent,source,meaning\n");
    for permission in Permission::ALL {
        let row = permission.row();
        let scopes = if permission.is_scoped() { "own|groups|all" } else { "yes" };
        let _ = write!(csv, "{},{scopes}", row.key);
        for scope in row.defaults {
            let _ = write!(csv, ",{}", scope.word(row.kind));
        }
        let _ = writeln!(csv, ",{},{}", row.source, row.meaning);
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_matrix_is_exactly_the_documented_one() {
        assert_eq!(matrix_csv(), include_str!("../../../../docs/reference/access-matrix.csv"));
    }

    #[test]
    fn a_plain_permission_is_yes_or_no() {
        for permission in Permission::ALL.iter().filter(|permission| !permission.is_scoped()) {
            for scope in permission.row().defaults {
                assert!(matches!(scope, Scope::None | Scope::All), "{permission}");
            }
        }
    }
}

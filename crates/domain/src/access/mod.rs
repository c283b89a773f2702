//! Who may do what: one pure decision that filters, guards, explains and previews itself.
//!
//! The permission table, the built-in roles, the gates in their fixed order, `decide()`, and the
//! permits that storage demands. Nothing here knows a database, a route or a language: reasons are
//! codes with parameters, and sentences are made at the edge.

pub mod assertion;
mod columns;
mod could;
mod custom_role;
mod decide;
mod facts;
mod grants;
mod permission;
mod permission_set;
mod permit;
mod profile;
mod restrictions;
mod role;
mod rows;

pub use assertion::Standing;
pub use columns::{BadColumn, Column, Columns, Numbers};
pub use could::{About, Candidates, Spell, Stamps, Way, could};
pub use custom_role::{BadLine, ROLE_NAME_CHARACTERS_MAX, RoleLines, RoleTemplate, RoleWarning, scope_of_word};
pub use decide::{Decision, Gate, GateResult, Reason, decide, decide_everything, decide_plain};
pub use facts::{AccountState, CallerFacts, CallerKind, RecordState, SystemCaller, ThingFacts, Traits};
pub use grants::{Assignment, AssignmentSource, Grants, Limit, Reach, Reached};
pub use permission::{
    BadPermission, Permission, PermissionKind, PermissionRow, PlainPermission, ScopeKind, ScopedPermission, StateNeed,
    marks,
};
pub use permission_set::PermissionSet;
pub use permit::{Denied, OrganisationPermit, Permit, ScopeOf, authorize, authorize_list, authorize_plain};
pub use profile::Profile;
pub use restrictions::{AccessGroup, Restrictions};
pub use role::{BUILT_IN_ROLES, BuiltInRole, Role, RoleKey, Scope, matrix_csv};
pub use rows::{BadNumber, NumberPattern, RowField, RowRules, RowValues, VALUES_MAX as ROW_VALUES_MAX, number_digits};

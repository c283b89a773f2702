//! `decide()`: gates in a fixed order that can only narrow, and the full trace of what each said.
//!
//! Every gate is asked, also after one has failed, so that an explanation shows all that stands in
//! the way; the first that fails decides. The order is: account, (network, switch, licence,) role
//! and scope, access-group rows, access-group columns, record state, (approval). The gates in
//! brackets take their places when their features come.

use super::columns::Column;
use super::facts::{AccountState, CallerFacts, RecordState, ThingFacts};
use super::grants::AssignmentSource;
use super::permission::{Permission, StateNeed};
use super::role::Scope;
use super::rows::RowField;
use crate::ids::{AccessGroupId, GroupId};

/// A gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gate {
    /// Whether the account may act at all, and in this organisation.
    Account,
    /// Whether a role grants the permission, and reaches the thing.
    RoleAndScope,
    /// Whether every access group of the caller lets the conversation through.
    AccessGroupRows,
    /// Whether every access group of the caller leaves the columns that it takes.
    AccessGroupColumns,
    /// Whether the recording is in a state in which the permission means anything.
    RecordState,
}

impl Gate {
    /// The gates in their order.
    pub const ORDER: [Gate; 5] =
        [Self::Account, Self::RoleAndScope, Self::AccessGroupRows, Self::AccessGroupColumns, Self::RecordState];
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::RoleAndScope => "role_and_scope",
            Self::AccessGroupRows => "access_group_rows",
            Self::AccessGroupColumns => "access_group_columns",
            Self::RecordState => "record_state",
        }
    }
}

/// Why a gate said what it said, with its parameters; sentences are made at the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The account is active and of this organisation.
    AccountActive,
    /// The thing belongs to another organisation; nobody is told more.
    OtherOrganisation,
    /// Invited, not yet come in.
    AccountInvited,
    /// Switched off.
    AccountDisabled,
    /// Granted over everything, or granted at all for a permission about the organisation.
    GrantedAll(AssignmentSource),
    /// Granted through this group of the conversation.
    GrantedGroup(AssignmentSource, GroupId),
    /// Granted because the caller took part.
    GrantedOwn(AssignmentSource),
    /// No role of the caller grants it.
    NotGranted,
    /// Granted, but no further than this; the conversation lies outside.
    OutOfReach(Scope),
    /// Granted through this group, but only for conversations since the caller's appointment; this one is older.
    BeforeAppointment(GroupId),
    /// The caller belongs to no access group that keeps it out.
    RowsAllow,
    /// This access group keeps it out by this field.
    OutsideRows(AccessGroupId, RowField),
    /// No access group hides a column that it takes.
    ColumnsAllow,
    /// This access group hides this column, which it takes.
    ColumnHidden(AccessGroupId, Column),
    /// The state doesn't matter, or is one that allows it.
    StateAllows,
    /// There is no recording.
    StateNoRecording,
    /// The recording is still being read.
    StateProcessing,
    /// The recording could not be read.
    StateFailed,
    /// The recording is erased.
    StateErased,
}

impl Reason {
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::AccountActive => "account_active",
            Self::OtherOrganisation => "other_organisation",
            Self::AccountInvited => "account_invited",
            Self::AccountDisabled => "account_disabled",
            Self::GrantedAll(_) => "granted_all",
            Self::GrantedGroup(..) => "granted_group",
            Self::GrantedOwn(_) => "granted_own",
            Self::NotGranted => "not_granted",
            Self::OutOfReach(_) => "out_of_reach",
            Self::BeforeAppointment(_) => "before_appointment",
            Self::RowsAllow => "rows_allow",
            Self::OutsideRows(..) => "outside_rows",
            Self::ColumnsAllow => "columns_allow",
            Self::ColumnHidden(..) => "column_hidden",
            Self::StateAllows => "state_allows",
            Self::StateNoRecording => "state_no_recording",
            Self::StateProcessing => "state_processing",
            Self::StateFailed => "state_failed",
            Self::StateErased => "state_erased",
        }
    }
    /// Whether the gate lets through.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(
            self,
            Self::AccountActive
                | Self::GrantedAll(_)
                | Self::GrantedGroup(..)
                | Self::GrantedOwn(_)
                | Self::RowsAllow
                | Self::ColumnsAllow
                | Self::StateAllows
        )
    }
}

/// What one gate said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateResult {
    /// The gate.
    pub gate: Gate,
    /// What it said and why.
    pub reason: Reason,
}

/// A decision with its full trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What was asked.
    pub permission: Permission,
    /// What each gate said, in order.
    pub gates: [GateResult; 5],
}

impl Decision {
    /// Whether every gate let through.
    #[must_use]
    pub fn allowed(&self) -> bool {
        self.gates.iter().all(|result| result.reason.passes())
    }
    /// The first gate that failed.
    #[must_use]
    pub fn deciding(&self) -> Option<GateResult> {
        self.gates.iter().copied().find(|result| !result.reason.passes())
    }
}

/// Decides whether a caller may do a thing to a conversation. Pure; nothing is allowed but by a grant.
#[must_use]
pub fn decide(caller: &CallerFacts, permission: Permission, thing: &ThingFacts) -> Decision {
    Decision {
        permission,
        gates: [
            GateResult { gate: Gate::Account, reason: account(caller, Some(thing)) },
            GateResult { gate: Gate::RoleAndScope, reason: role_and_scope(caller, permission, thing) },
            GateResult { gate: Gate::AccessGroupRows, reason: access_group_rows(caller, thing) },
            GateResult { gate: Gate::AccessGroupColumns, reason: access_group_columns(caller, permission) },
            GateResult { gate: Gate::RecordState, reason: record_state(permission, thing.state) },
        ],
    }
}

/// Decides about a permission over the organisation, which has no thing.
#[must_use]
pub fn decide_plain(caller: &CallerFacts, permission: Permission) -> Decision {
    let reason = match caller.grants.all(permission) {
        Some(source) if !permission.is_scoped() => Reason::GrantedAll(source),
        Some(_) | None => Reason::NotGranted,
    };
    Decision {
        permission,
        gates: [
            GateResult { gate: Gate::Account, reason: account(caller, None) },
            GateResult { gate: Gate::RoleAndScope, reason },
            GateResult { gate: Gate::AccessGroupRows, reason: Reason::RowsAllow },
            GateResult { gate: Gate::AccessGroupColumns, reason: Reason::ColumnsAllow },
            GateResult { gate: Gate::RecordState, reason: Reason::StateAllows },
        ],
    }
}

/// Decides whether a caller may do a thing to every conversation there is, which an access group never lets through.
#[must_use]
pub fn decide_everything(caller: &CallerFacts, permission: Permission) -> Decision {
    let mut decision = decide_plain(caller, permission);
    let narrowed = caller.restrictions().first();
    for result in &mut decision.gates {
        match (result.gate, narrowed) {
            (Gate::RoleAndScope, _) => {
                let grants = caller.grants();
                result.reason = match (grants.all(permission), grants.scope(permission)) {
                    (Some(source), _) => Reason::GrantedAll(source),
                    (None, Scope::None) => Reason::NotGranted,
                    (None, held) => Reason::OutOfReach(held),
                };
            }
            (Gate::AccessGroupRows, Some(reason @ Reason::OutsideRows(..)))
            | (Gate::AccessGroupColumns, Some(reason @ Reason::ColumnHidden(..))) => result.reason = reason,
            _ => {}
        }
    }
    decision
}

fn account(caller: &CallerFacts, thing: Option<&ThingFacts>) -> Reason {
    if thing.is_some_and(|thing| thing.organisation != caller.organisation) {
        return Reason::OtherOrganisation;
    }
    match caller.account {
        AccountState::Active => Reason::AccountActive,
        AccountState::Invited => Reason::AccountInvited,
        AccountState::Disabled => Reason::AccountDisabled,
    }
}

fn role_and_scope(caller: &CallerFacts, permission: Permission, thing: &ThingFacts) -> Reason {
    let grants = caller.grants();
    if let Some(source) = grants.all(permission) {
        return Reason::GrantedAll(source);
    }
    let mut too_old = None;
    for group in &thing.groups {
        match grants.group(permission, *group) {
            Some((_, Some(since))) if thing.traits.started_at < since => too_old = Some(*group),
            Some((source, _)) => return Reason::GrantedGroup(source, *group),
            None => {}
        }
    }
    if let (Some(source), Some(user)) = (grants.own(permission), caller.user())
        && thing.agents.contains(&user)
    {
        return Reason::GrantedOwn(source);
    }
    if let Some(group) = too_old {
        return Reason::BeforeAppointment(group);
    }
    match grants.scope(permission) {
        Scope::None => Reason::NotGranted,
        held @ (Scope::Own | Scope::Groups | Scope::All) => Reason::OutOfReach(held),
    }
}

fn access_group_rows(caller: &CallerFacts, thing: &ThingFacts) -> Reason {
    match caller.restrictions().excluding(thing) {
        Some((group, field)) => Reason::OutsideRows(group, field),
        None => Reason::RowsAllow,
    }
}

pub(super) fn access_group_columns(caller: &CallerFacts, permission: Permission) -> Reason {
    let restrictions = caller.restrictions();
    let hidden = |column: &Column| Some(Reason::ColumnHidden(restrictions.hiding(*column)?, *column));
    permission.columns().iter().find_map(hidden).unwrap_or(Reason::ColumnsAllow)
}

const fn record_state(permission: Permission, state: RecordState) -> Reason {
    match (permission.row().state, state) {
        (StateNeed::Any, _) | (_, RecordState::Ready) => Reason::StateAllows,
        (StateNeed::NotErased | StateNeed::Ready, RecordState::Erased) => Reason::StateErased,
        (StateNeed::NotErased, _) => Reason::StateAllows,
        (StateNeed::Ready, RecordState::NoRecording) => Reason::StateNoRecording,
        (StateNeed::Ready, RecordState::Processing) => Reason::StateProcessing,
        (StateNeed::Ready, RecordState::Failed) => Reason::StateFailed,
    }
}

//! Permits: values that only a positive decision makes, and that storage demands.
//!
//! A permit has private fields and one maker. It carries what it was made for (organisation,
//! conversation, recording version, policy epoch), and opening rechecks that.

use super::columns::Columns;
use super::decide::{Decision, Gate, access_group_columns, decide, decide_plain};
use super::facts::{CallerFacts, CallerKind, ThingFacts};
use super::grants::{Reach, Reached};
use super::permission::{Permission, PermissionKind, PlainPermission, ScopedPermission};
use super::restrictions::Restrictions;
use crate::ids::{ConversationId, OrganisationId, RecordingId, UserId};
use std::marker::PhantomData;
use std::sync::Arc;

/// A refusal with everything that the gates said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied(pub Box<Decision>);

/// May do `P` to one conversation.
#[derive(Debug, Clone)]
pub struct Permit<P> {
    organisation: OrganisationId,
    caller: CallerKind,
    conversation: ConversationId,
    recording: Option<RecordingId>,
    recording_version: i64,
    policy_epoch: i64,
    columns: Columns,
    decision: Decision,
    permission: PhantomData<P>,
}

impl<P: PermissionKind> Permit<P> {
    /// The organisation it holds in.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// Who holds it.
    #[must_use]
    pub const fn caller(&self) -> CallerKind {
        self.caller
    }
    /// The conversation it is for.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }
    /// The recording of the conversation, if there was one when it was decided.
    #[must_use]
    pub const fn recording(&self) -> Option<RecordingId> {
        self.recording
    }
    /// The version of the recording that was decided about.
    #[must_use]
    pub const fn recording_version(&self) -> i64 {
        self.recording_version
    }
    /// The policy epoch that was decided at.
    #[must_use]
    pub const fn policy_epoch(&self) -> i64 {
        self.policy_epoch
    }
    /// The columns that access groups leave to its holder: nothing else of the conversation is shown.
    #[must_use]
    pub const fn columns(&self) -> Columns {
        self.columns
    }
    /// The decision that made it.
    #[must_use]
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }
}

/// May do `P` in an organisation.
#[derive(Debug, Clone)]
pub struct OrganisationPermit<P> {
    organisation: OrganisationId,
    caller: CallerKind,
    policy_epoch: i64,
    columns: Columns,
    permission: PhantomData<P>,
}

impl<P: PermissionKind> OrganisationPermit<P> {
    /// The columns of conversations that access groups leave to its holder: what tells of others isn't shown.
    #[must_use]
    pub const fn columns(&self) -> Columns {
        self.columns
    }
    /// The organisation it holds in.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// Who holds it.
    #[must_use]
    pub const fn caller(&self) -> CallerKind {
        self.caller
    }
    /// The policy epoch that was decided at.
    #[must_use]
    pub const fn policy_epoch(&self) -> i64 {
        self.policy_epoch
    }
}

/// What a list may show: the same grant as [`Permit`], over all conversations at once.
#[derive(Debug, Clone)]
pub struct ScopeOf<P> {
    organisation: OrganisationId,
    own: Option<UserId>,
    everything: bool,
    groups: Vec<Reached>,
    restrictions: Arc<Restrictions>,
    policy_epoch: i64,
    permission: PhantomData<P>,
}

impl<P: PermissionKind> ScopeOf<P> {
    /// The organisation it holds in.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// Which permission it is of.
    #[must_use]
    pub const fn permission(&self) -> Permission {
        P::PERMISSION
    }
    /// Whether nothing limits it within the organisation.
    #[must_use]
    pub const fn everything(&self) -> bool {
        self.everything
    }
    /// The groups that it reaches, sorted and without doubles.
    #[must_use]
    pub fn groups(&self) -> &[Reached] {
        &self.groups
    }
    /// What access groups leave of rows and columns.
    #[must_use]
    pub fn restrictions(&self) -> &Restrictions {
        &self.restrictions
    }
    /// The user whose own conversations it reaches.
    #[must_use]
    pub const fn own(&self) -> Option<UserId> {
        self.own
    }
    /// The policy epoch that was decided at.
    #[must_use]
    pub const fn policy_epoch(&self) -> i64 {
        self.policy_epoch
    }
}

/// Decides, and hands out the permit or the refusal.
///
/// # Errors
/// [`Denied`] with what every gate said.
pub fn authorize<P: ScopedPermission>(caller: &CallerFacts, thing: &ThingFacts) -> Result<Permit<P>, Denied> {
    let decision = decide(caller, P::PERMISSION, thing);
    if !decision.allowed() {
        return Err(Denied(Box::new(decision)));
    }
    Ok(Permit {
        organisation: caller.organisation,
        caller: caller.kind,
        conversation: thing.conversation,
        recording: thing.recording,
        recording_version: thing.recording_version,
        policy_epoch: caller.policy_epoch.min(thing.policy_epoch),
        columns: caller.restrictions().columns(),
        decision,
        permission: PhantomData,
    })
}

/// Decides about a permission over the organisation, and hands out the permit or the refusal.
///
/// # Errors
/// [`Denied`] with what every gate said.
pub fn authorize_plain<P: PlainPermission>(caller: &CallerFacts) -> Result<OrganisationPermit<P>, Denied> {
    let decision = decide_plain(caller, P::PERMISSION);
    if !decision.allowed() {
        return Err(Denied(Box::new(decision)));
    }
    Ok(OrganisationPermit {
        organisation: caller.organisation,
        caller: caller.kind,
        policy_epoch: caller.policy_epoch,
        columns: caller.restrictions().columns(),
        permission: PhantomData,
    })
}

/// Makes the scope of a list. Who holds nothing of the permission is refused.
///
/// # Errors
/// [`Denied`] when the account may not act or no role grants the permission at all.
pub fn authorize_list<P: ScopedPermission>(caller: &CallerFacts) -> Result<ScopeOf<P>, Denied> {
    let mut refusal = decide_plain(caller, P::PERMISSION);
    let columns = access_group_columns(caller, P::PERMISSION);
    if let Some(gate) = refusal.gates.iter_mut().find(|result| result.gate == Gate::AccessGroupColumns) {
        gate.reason = columns;
    }
    let denied = || Denied(Box::new(refusal));
    if caller.account != super::AccountState::Active || !columns.passes() {
        return Err(denied());
    }
    let (everything, groups) = match caller.grants().reach(P::PERMISSION) {
        Reach::Nothing => return Err(denied()),
        Reach::Part(groups) => (false, groups.to_vec()),
        Reach::Everything => (true, Vec::new()),
    };
    Ok(ScopeOf {
        organisation: caller.organisation,
        own: caller.user(),
        everything,
        groups,
        restrictions: Arc::clone(&caller.restrictions),
        policy_epoch: caller.policy_epoch,
        permission: PhantomData,
    })
}

//! Why: the full trace of a decision, with names, for the caller themselves or for another user.
//!
//! Nothing leaks to somebody who may not see the thing: for them there is none. Who asks for another user
//! needs `access.explain`, and the ledger says that they asked.

use super::plain_permit;
use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{
    AssignmentSource, CallerFacts, Column, Columns, Decision, Gate, GateResult, Permission, Reason, RowField, RowRules,
    Scope, ThingFacts, decide, decide_plain, marks,
};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{AccessGroupId, ConversationId, GroupId, OrganisationId, UserId};
use soundkeep_store::access as facts;
use soundkeep_store::policy::Policy;
use std::collections::HashMap;

/// One gate of a decision, with the names that its sentence needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedGate {
    /// The gate.
    pub gate: Gate,
    /// Whether it lets through.
    pub passed: bool,
    /// Why, as a stable code.
    pub code: &'static str,
    /// The role that grants it, if one does.
    pub role: Option<String>,
    /// The group that it is granted through, if it is.
    pub group: Option<String>,
    /// How far the grant reaches, when it doesn't reach the thing.
    pub scope: Option<Scope>,
    /// The access group that decides, if one does and the asker may see it.
    pub access_group: Option<String>,
    /// The field of its rules, or the column, by which it does.
    pub by: Option<&'static str>,
}

/// A decision with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What was asked.
    pub permission: Permission,
    /// The answer.
    pub allowed: bool,
    /// What each gate said, in order.
    pub gates: Vec<ExplainedGate>,
}

/// The explanation of a conversation for one user.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The user, unless a key asks for itself.
    pub user: Option<UserId>,
    /// Their name.
    pub name: String,
    /// Their email address, unless a key asks for itself.
    pub email: Option<String>,
    /// All permissions about conversations whose features exist.
    pub decisions: Vec<Explained>,
}

/// Explains what the caller, or another user, may do to a conversation.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the conversation, or there is no such user;
/// [`Error::Denied`] when asking for another user isn't theirs.
pub async fn explain(
    vault: &Vault,
    caller: &Caller,
    conversation: ConversationId,
    user: Option<UserId>,
) -> Result<Explanation> {
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    let thing = facts::thing(&mut reader, organisation, conversation).await?;
    super::authorize_seen::<marks::ConversationsView>(vault, caller, &thing).await?;
    let (subject, name) = match user.filter(|user| caller.user() != Some(*user)) {
        None => (caller.facts().clone(), caller.name().to_owned()),
        Some(user) => {
            let sight = permit_others(vault, caller, &thing).await?;
            let subject = facts::user_caller(&mut reader, organisation, user, vault.now()).await?;
            if let Some(column) = sight.misses(&subject) {
                return Err(refuse_column(vault, caller, &thing, column).await);
            }
            let name = soundkeep_store::access::user_name(&mut reader, organisation, user).await?;
            let draft = Draft::of(vault, caller, EventKind::AccessExplain)?
                .object(Object::new("user", user).named(name.clone()))
                .conversation(conversation);
            event::record_alone(vault, draft).await?;
            (subject, name)
        }
    };
    let scoped: Vec<Permission> = Permission::available().filter(|permission| permission.is_scoped()).collect();
    let decisions = explain_all(vault, Sight::of(caller), &subject, &thing, &scoped).await?;
    let email = match subject.user() {
        Some(user) => Some(soundkeep_store::identity::users::get(&mut reader, organisation, user).await?.email),
        None => None,
    };
    Ok(Explanation { user: subject.user(), name, email, decisions })
}

/// Explains with the operator's rights, for the command line: any user and any conversation or recording.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user or conversation.
pub async fn explain_for_operator(
    vault: &Vault,
    organisation: OrganisationId,
    user: UserId,
    permission: Permission,
    thing: &ThingFacts,
) -> Result<Explained> {
    let mut reader = vault.store().reader();
    let subject = facts::user_caller(&mut reader, organisation, user, vault.now()).await?;
    let explained = explain_all(vault, Sight::WHOLE, &subject, thing, &[permission]).await?;
    explained.into_iter().next().ok_or(Error::NotFound)
}

async fn explain_all(
    vault: &Vault,
    sight: Sight,
    subject: &CallerFacts,
    thing: &ThingFacts,
    permissions: &[Permission],
) -> Result<Vec<Explained>> {
    let names = Names::load(vault, sight, subject, thing).await?;
    Ok(permissions.iter().map(|permission| names.explain(&decide(subject, *permission, thing))).collect())
}

/// Adds names to a decision that denied something to the caller.
///
/// # Errors
/// When the database is away.
pub async fn explain_denied(vault: &Vault, caller: &Caller, decision: &Decision) -> Result<Explained> {
    let names = Names::of_roles(vault, Sight::of(caller), caller.facts()).await?;
    Ok(names.explain(decision))
}

/// Permits asking what others may do to a conversation.
///
/// The answer tells who took part and whose it is: to whom an access group hides that, it isn't given.
///
/// # Errors
/// [`Error::Denied`] without `access.explain`, or where the agents or the groups are hidden from the caller.
pub(super) async fn permit_others(vault: &Vault, caller: &Caller, thing: &ThingFacts) -> Result<Sight> {
    plain_permit::<marks::AccessExplain>(vault, caller).await?;
    let sight = Sight::of(caller);
    match [Column::Agents, Column::Groups].into_iter().find(|column| !sight.columns.has(*column)) {
        Some(column) => Err(refuse_column(vault, caller, thing, column).await),
        None => Ok(sight),
    }
}

/// Refuses an answer that would give a column away which is hidden from whoever asks.
async fn refuse_column(vault: &Vault, caller: &Caller, thing: &ThingFacts, column: Column) -> Error {
    let mut decision = decide_plain(caller.facts(), Permission::AccessExplain);
    if let Some(group) = caller.facts().restrictions().hiding(column) {
        for result in decision.gates.iter_mut().filter(|result| result.gate == Gate::AccessGroupColumns) {
            result.reason = Reason::ColumnHidden(group, column);
        }
    }
    match super::refuse(vault, caller, &decision, Some(thing)).await {
        Ok(()) => Error::Denied(Box::new(decision)),
        Err(error) => error,
    }
}

/// What whoever reads an explanation may learn from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Columns that access groups leave to them: no value of another stands in a sentence.
    pub(super) columns: Columns,
    /// Whether they may see access groups, or else are told no more than that a rule decides that they may not see.
    pub(super) rules: bool,
    /// Whether numbers and tags are erased that nobody can look at any more.
    pub(super) is_erased: bool,
}

impl Sight {
    /// The operator's.
    pub(super) const WHOLE: Sight = Sight { columns: Columns::ALL, rules: true, is_erased: false };

    pub(super) fn of(caller: &Caller) -> Self {
        let may = |permission| decide_plain(caller.facts(), permission).allowed();
        Self {
            columns: caller.facts().restrictions().columns(),
            rules: may(Permission::AccessGroupsManage) || may(Permission::AccessExplain),
            is_erased: false,
        }
    }

    /// A column that a row rule of somebody's looks at and that isn't seen: whether the rule lets a conversation through
    /// would tell what stands there.
    pub(super) fn misses(&self, subject: &CallerFacts) -> Option<Column> {
        let fields = subject.restrictions().rows().flat_map(RowRules::limiting);
        fields.map(RowField::column).find(|column| !self.columns.has(*column))
    }

    /// Whether a row rule of somebody's looks at what is erased: nobody can tell what it let through.
    pub(super) fn is_blind(&self, subject: &CallerFacts) -> bool {
        let mut fields = subject.restrictions().rows().flat_map(RowRules::limiting);
        self.is_erased && fields.any(|field| matches!(field, RowField::Numbers | RowField::Tags))
    }
}

/// Role names by assignment, group and access group names by id.
pub(super) struct Names {
    sight: Sight,
    roles: HashMap<AssignmentSource, String>,
    groups: HashMap<GroupId, String>,
    access_groups: HashMap<AccessGroupId, String>,
}

impl Names {
    /// The names that explaining these users needs, out of rights that were read at once.
    pub(super) fn of_policy(
        policy: &Policy,
        sight: Sight,
        users: impl IntoIterator<Item = UserId>,
        thing: Option<&ThingFacts>,
    ) -> Self {
        let given = users.into_iter().flat_map(|user| policy.assignments_of(user));
        let roles = given.map(|given| (given.source, given.role.name.clone())).collect();
        let groups = thing.map_or(&[][..], ThingFacts::groups).iter().filter(|_| sight.columns.has(Column::Groups));
        let groups = groups.filter_map(|group| Some((*group, policy.group_name(*group)?.to_owned()))).collect();
        let rules = policy.access_groups().iter().filter(|_| sight.rules);
        let access_groups = rules.map(|group| (group.id, group.name.clone())).collect();
        Self { sight, roles, groups, access_groups }
    }
    /// With the role of a program.
    pub(super) fn add_role(&mut self, source: AssignmentSource, name: String) {
        self.roles.insert(source, name);
    }

    async fn of_roles(vault: &Vault, sight: Sight, subject: &CallerFacts) -> Result<Self> {
        let (mut roles, mut reader) = (HashMap::new(), vault.store().reader());
        if let Some(user) = subject.user() {
            let assignments = facts::assignments(&mut reader, subject.organisation(), user).await?;
            roles.extend(assignments.into_iter().map(|assignment| (assignment.source, assignment.role.name)));
        }
        let mut access_groups = HashMap::new();
        if sight.rules && !subject.restrictions().are_none() {
            let all = soundkeep_store::access_groups::list(&mut reader, subject.organisation()).await?;
            access_groups.extend(all.into_iter().map(|group| (group.id, group.name)));
        }
        Ok(Self { sight, roles, groups: HashMap::new(), access_groups })
    }

    async fn load(vault: &Vault, sight: Sight, subject: &CallerFacts, thing: &ThingFacts) -> Result<Self> {
        let mut names = Self::of_roles(vault, sight, subject).await?;
        for group in thing.groups().iter().filter(|_| sight.columns.has(Column::Groups)) {
            let mut reader = vault.store().reader();
            if let Ok(name) = soundkeep_store::access::group_name(&mut reader, thing.organisation(), *group).await {
                names.groups.insert(*group, name);
            }
        }
        Ok(names)
    }

    pub(super) fn explain(&self, decision: &Decision) -> Explained {
        let gates = decision.gates.iter().map(|result| self.gate(*result)).collect();
        Explained { permission: decision.permission, allowed: decision.allowed(), gates }
    }

    pub(super) fn gate(&self, result: GateResult) -> ExplainedGate {
        let reason = result.reason;
        let mut gate = ExplainedGate {
            gate: result.gate,
            passed: reason.passes(),
            code: reason.key(),
            role: None,
            group: None,
            scope: None,
            access_group: None,
            by: None,
        };
        match reason {
            // Who took part, and when, stands in no sentence for whom that is hidden.
            Reason::GrantedOwn(_) if !self.sight.columns.has(Column::Agents) => gate.code = RULE_HIDDEN,
            Reason::BeforeAppointment(_) if !self.sight.columns.has(Column::Started) => gate.code = RULE_HIDDEN,
            Reason::GrantedAll(source) | Reason::GrantedOwn(source) => gate.role = self.roles.get(&source).cloned(),
            Reason::GrantedGroup(source, group) => {
                gate.role = self.roles.get(&source).cloned();
                gate.group = self.groups.get(&group).cloned();
            }
            Reason::BeforeAppointment(group) => gate.group = self.groups.get(&group).cloned(),
            Reason::OutOfReach(scope) => gate.scope = Some(scope),
            Reason::OutsideRows(..) | Reason::ColumnHidden(..) if !self.sight.rules => gate.code = RULE_HIDDEN,
            Reason::OutsideRows(group, field) => {
                gate.access_group = self.access_groups.get(&group).cloned();
                gate.by = Some(field.key());
            }
            Reason::ColumnHidden(group, column) => {
                gate.access_group = self.access_groups.get(&group).cloned();
                gate.by = Some(column.key());
            }
            _ if result.gate == Gate::RecordState && !gate.passed && !self.sight.columns.has(Column::Status) => {
                gate.code = RULE_HIDDEN;
            }
            _ => {}
        }
        gate
    }
}

/// Said instead of a rule, or a state, that whoever reads may not see.
pub(super) const RULE_HIDDEN: &str = "rule_hidden";
/// Said instead of a rule that looked at numbers or tags which are erased since.
pub(super) const VALUES_ERASED: &str = "values_erased";

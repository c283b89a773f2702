//! Witnesses: the facts that decisions are made of, read from the rows that they tell of.
//!
//! The policy epoch is read first, so that facts are never newer than the epoch says. Decides nothing.

use crate::database::{Dialect, Queries, Row, Sql, sql};
use crate::policy::user_facts;
use crate::transaction::Whose;
use crate::{Error, Result, Transaction, access_groups, settings};
use soundkeep_domain::access::{
    AccountState, Assignment, AssignmentSource, BUILT_IN_ROLES, CallerFacts, CallerKind, Grants, Limit, Permission,
    Reached, RecordState, Role, RoleKey, Scope, SystemCaller, ThingFacts, Traits, number_digits,
};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::settings::REGISTRY;
use soundkeep_domain::{
    ApiKeyId, AssignmentId, ConversationId, GroupId, OrganisationId, RecordingId, RoleId, Timestamp, UserId,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The policy epoch of an organisation: it grows with every change of rights.
///
/// # Errors
/// When there is no such organisation.
pub async fn policy_epoch(queries: &mut impl Queries, organisation: OrganisationId) -> Result<i64> {
    queries.scalar(epoch_of(organisation)).await?.ok_or(Error::NotFound)
}

pub(crate) fn epoch_of(organisation: OrganisationId) -> Sql {
    sql!("SELECT policy_epoch FROM organisations WHERE id = $1", organisation)
}

/// The policy epochs of all organisations.
///
/// # Errors
/// When the database is away.
pub async fn policy_epochs(queries: &mut impl Queries) -> Result<Vec<(OrganisationId, i64)>> {
    let rows = queries.rows(sql!("SELECT id, policy_epoch FROM organisations")).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Holds the rights of an organisation as they are until this transaction ends, and says their policy epoch: who acts
/// on a decision asks for this before anything else, so that no change of rights falls between the look at the epoch
/// and the commit. Many may hold them at once.
///
/// The order is always this, then rows: so nobody waits in a ring. SQLite has one writer and needs none of it.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation.
pub async fn hold_policy(transaction: &mut Transaction, organisation: OrganisationId) -> Result<i64> {
    hold(transaction, organisation).await?;
    policy_epoch(transaction, organisation).await
}

/// [`hold_policy`] for those who read the epoch with what they do next.
pub(crate) async fn hold(transaction: &mut Transaction, organisation: OrganisationId) -> Result<()> {
    if transaction.hold_policy() {
        take_turn(transaction, "pg_advisory_xact_lock_shared", organisation).await?;
    }
    Ok(())
}

/// Lets one transaction at a time change rights in an organisation, while nobody acts on them, and says the policy
/// epoch that it starts from.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation; [`Error::Corrupt`] after [`hold_policy`]: two that did
/// this would wait for each other.
pub async fn lock_policy(transaction: &mut Transaction, organisation: OrganisationId) -> Result<i64> {
    if transaction.lock_policy()? {
        take_turn(transaction, "pg_advisory_xact_lock", organisation).await?;
    }
    policy_epoch(transaction, organisation).await
}

/// A lock of PostgreSQL's that is nobody's row: whoever wants to change rights stands in a fair line, where a lock of
/// the row would let a steady stream of those who act pass by for ever. A statement of its own, because a statement
/// sees what was committed before it began.
async fn take_turn(transaction: &mut Transaction, function: &str, organisation: OrganisationId) -> Result<()> {
    if transaction.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    // The random half of the id. Should two organisations ever share it, they wait for each other now and then.
    let (_, random) = organisation.as_bytes().split_at(8);
    let number = random.iter().fold(0_i64, |number, byte| (number << 8) | i64::from(*byte));
    transaction.take_lock(function, number).await
}

/// Says that rights changed: whatever was decided before is out of date.
///
/// # Errors
/// As [`lock_policy`].
pub async fn advance_policy_epoch(transaction: &mut Transaction, organisation: OrganisationId) -> Result<()> {
    advance(transaction, organisation, Whose::Everybody).await
}

/// Says that the rights of one user changed, and of nobody else.
///
/// # Errors
/// As [`lock_policy`].
pub(crate) async fn advance_policy_epoch_of(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
) -> Result<()> {
    advance(transaction, organisation, Whose::Users(BTreeSet::from([user]))).await
}

async fn advance(transaction: &mut Transaction, organisation: OrganisationId, whose: Whose) -> Result<()> {
    lock_policy(transaction, organisation).await?;
    transaction.changed_policy(whose);
    transaction
        .execute_one(sql!("UPDATE organisations SET policy_epoch = policy_epoch + 1 WHERE id = $1", organisation))
        .await
}

/// The facts of a user.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub async fn user_caller(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<CallerFacts> {
    let epoch = policy_epoch(queries, organisation).await?;
    let state: String = queries
        .scalar(sql!("SELECT state FROM users WHERE organisation_id = $1 AND id = $2", organisation, user))
        .await?
        .ok_or(Error::NotFound)?;
    let assignments = assignments(queries, organisation, user).await?;
    let supervised = appointments(queries, organisation, user, now).await?;
    let restrictions = access_groups::of_user(queries, organisation, user, &assignments, now).await?;
    let facts = user_facts(organisation, user, account_state(&state)?, (&assignments, &supervised), epoch, now);
    Ok(facts.narrowed(restrictions))
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRights {
    /// What a role allows, for a program that is nobody: `own` reaches nothing.
    Role(RoleKey),
    /// What this user may do, for as long as their account is active.
    User(UserId),
}

impl KeyRights {
    /// The user that the key acts for, if it does.
    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Role(_) => None,
            Self::User(user) => Some(user),
        }
    }
}

impl std::fmt::Display for KeyRights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Role(role) => role.fmt(f),
            Self::User(user) => write!(f, "user:{user}"),
        }
    }
}

impl std::str::FromStr for KeyRights {
    type Err = soundkeep_domain::ids::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("user:") {
            Some(user) => user.parse().map(Self::User),
            None => text.parse().map(Self::Role),
        }
    }
}

/// The facts of an API key with these rights.
///
/// # Errors
/// [`Error::NotFound`] when the role or the user is gone.
#[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
pub async fn api_key_caller(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    key: ApiKeyId,
    rights: KeyRights,
    now: Timestamp,
) -> Result<CallerFacts> {
    let role = match rights {
        KeyRights::User(user) => {
            return Ok(user_caller(queries, organisation, user, now).await?.through_key(key));
        }
        KeyRights::Role(role) => role,
    };
    let epoch = policy_epoch(queries, organisation).await?;
    let restrictions = access_groups::of_role(queries, organisation, role).await?;
    let role = self::role(queries, organisation, role).await?;
    let assignment = Assignment { source: AssignmentSource::ApiKey(key), role, limit: Limit::None, until: None };
    let grants = Arc::new(Grants::unite(&[assignment], &[], now));
    let facts = CallerFacts::witnessed(organisation, CallerKind::ApiKey(key), AccountState::Active, grants, epoch);
    Ok(facts.narrowed(restrictions))
}

/// The facts of inner work.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation.
pub async fn system_caller(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    system: SystemCaller,
) -> Result<CallerFacts> {
    Ok(CallerFacts::system(organisation, system, policy_epoch(queries, organisation).await?))
}

pub(crate) fn account_state(word: &str) -> Result<AccountState> {
    match word {
        "active" => Ok(AccountState::Active),
        "invited" => Ok(AccountState::Invited),
        "disabled" => Ok(AccountState::Disabled),
        _ => Err(Error::Corrupt("an unknown account state")),
    }
}

/// The groups that a user supervises at this time.
///
/// # Errors
/// When the database is away.
pub async fn supervised_groups(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<GroupId>> {
    let appointments = appointments(queries, organisation, user, now).await?;
    Ok(appointments.into_iter().map(|reached| reached.group).collect())
}

/// The groups that a user supervises at this time, and from which start on they reach their conversations: from the
/// beginning, or by the organisation's choice since the appointment.
pub(crate) async fn appointments(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Reached>> {
    let since_appointment = settings::in_force(queries, REGISTRY, organisation).await?.groups_since_appointment();
    let rows = queries
        .rows(sql!(
            "SELECT group_id, from_at FROM group_supervisors WHERE organisation_id = $1 AND user_id = $2
             AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)",
            organisation,
            user,
            now
        ))
        .await?;
    rows.iter()
        .map(|row| Ok(Reached { group: row.get(0)?, since: Some(row.get(1)?).filter(|_| since_appointment) }))
        .collect()
}

/// A role with its permissions.
///
/// # Errors
/// [`Error::NotFound`] when there is no such role.
pub async fn role(queries: &mut impl Queries, organisation: OrganisationId, key: RoleKey) -> Result<Role> {
    match key {
        RoleKey::BuiltIn(role) => Ok(role.role()),
        RoleKey::Custom(id) => custom_role(queries, organisation, id).await,
    }
}

/// All roles of an organisation, the built-in ones first.
///
/// # Errors
/// When the database is away.
pub async fn roles(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<Role>> {
    let mut roles: Vec<Role> = BUILT_IN_ROLES.iter().map(|role| role.role()).collect();
    let query = sql!("SELECT id FROM roles WHERE organisation_id = $1 ORDER BY name_order", organisation);
    for row in queries.rows(query).await? {
        roles.push(custom_role(queries, organisation, row.get(0)?).await?);
    }
    Ok(roles)
}

async fn custom_role(queries: &mut impl Queries, organisation: OrganisationId, id: RoleId) -> Result<Role> {
    let name: String = queries
        .scalar(sql!("SELECT name FROM roles WHERE organisation_id = $1 AND id = $2", organisation, id))
        .await?
        .ok_or(Error::NotFound)?;
    let rows = queries
        .rows(sql!(
            "SELECT permission, scope FROM role_permissions WHERE organisation_id = $1 AND role_id = $2",
            organisation,
            id
        ))
        .await?;
    let scopes = rows.iter().map(role_line).collect::<Result<_>>()?;
    Ok(Role { key: RoleKey::Custom(id), name, scopes })
}

fn role_line(row: &Row) -> Result<(Permission, Scope)> {
    let permission = row.get::<String>(0)?.parse().map_err(|_| Error::Corrupt("an unknown permission"))?;
    Ok((permission, scope_of(&row.get::<String>(1)?)?))
}

pub(crate) fn scope_of(word: &str) -> Result<Scope> {
    match word {
        "none" => Ok(Scope::None),
        "own" => Ok(Scope::Own),
        "groups" => Ok(Scope::Groups),
        "all" => Ok(Scope::All),
        _ => Err(Error::Corrupt("an unknown scope")),
    }
}

/// The assignments of a user, ended ones too, oldest first.
///
/// # Errors
/// When the database is away or holds an unknown role.
pub async fn assignments(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Vec<Assignment>> {
    let rows = queries
        .rows(sql!(
            "SELECT id, role, group_limit, until_at FROM assignments
             WHERE organisation_id = $1 AND user_id = $2 ORDER BY id",
            organisation,
            user
        ))
        .await?;
    let mut groups: HashMap<AssignmentId, Vec<GroupId>> = HashMap::new();
    let limits = queries
        .rows(sql!(
            "SELECT g.assignment_id, g.group_id FROM assignment_groups g
             JOIN assignments a ON a.organisation_id = g.organisation_id AND a.id = g.assignment_id
             WHERE a.organisation_id = $1 AND a.user_id = $2",
            organisation,
            user
        ))
        .await?;
    for row in limits {
        groups.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let mut roles: HashMap<String, Role> = HashMap::new();
    let mut assignments = Vec::with_capacity(rows.len());
    for row in rows {
        let mut columns = row.columns();
        let id: AssignmentId = columns.next()?;
        let (key, limit): (String, String) = (columns.next()?, columns.next()?);
        if !roles.contains_key(&key) {
            let parsed = key.parse().map_err(|_| Error::Corrupt("an unknown role"))?;
            roles.insert(key.clone(), role(queries, organisation, parsed).await?);
        }
        let limit = limit_of(&limit, || groups.remove(&id).unwrap_or_default())?;
        let role = roles.get(&key).cloned().ok_or(Error::NotFound)?;
        assignments.push(Assignment { source: AssignmentSource::Assignment(id), role, limit, until: columns.next()? });
    }
    Ok(assignments)
}

/// The limit of an assignment, by its word and the groups that are named for it.
pub(crate) fn limit_of(word: &str, named: impl FnOnce() -> Vec<GroupId>) -> Result<Limit> {
    match word {
        "none" => Ok(Limit::None),
        "groups" => Ok(Limit::Named(named())),
        "supervised" => Ok(Limit::Supervised),
        _ => Err(Error::Corrupt("an unknown limit")),
    }
}

/// The facts of a conversation.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation in the organisation.
pub async fn thing(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    conversation: ConversationId,
) -> Result<ThingFacts> {
    let row = queries
        .row(sql!(
            "SELECT (SELECT policy_epoch FROM organisations WHERE id = $1), c.id, c.ord, c.record_state, c.recording_id,
             r.current_version, c.started_at, c.channel, c.direction, c.source, c.from_number, c.to_number
             FROM conversations c
             LEFT JOIN recordings r ON r.organisation_id = c.organisation_id AND r.id = c.recording_id
             WHERE c.organisation_id = $1 AND c.id = $2",
            organisation,
            conversation
        ))
        .await?
        .ok_or(Error::NotFound)?;
    facts_of(queries, organisation, &row).await
}

/// The facts of the conversation that a recording belongs to.
///
/// # Errors
/// [`Error::NotFound`] when there is no such recording in the organisation.
pub async fn thing_of_recording(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    recording: RecordingId,
) -> Result<ThingFacts> {
    let row = queries
        .row(sql!(
            "SELECT (SELECT policy_epoch FROM organisations WHERE id = $1), c.id, c.ord, c.record_state, r.id,
             r.current_version, c.started_at, c.channel, c.direction, c.source, c.from_number, c.to_number
             FROM recordings r
             JOIN conversations c ON c.organisation_id = r.organisation_id AND c.id = r.conversation_id
             WHERE r.organisation_id = $1 AND r.id = $2",
            organisation,
            recording
        ))
        .await?
        .ok_or(Error::NotFound)?;
    facts_of(queries, organisation, &row).await
}

#[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
async fn facts_of(queries: &mut impl Queries, organisation: OrganisationId, row: &Row) -> Result<ThingFacts> {
    let mut columns = row.columns();
    let epoch = columns.next()?;
    let (conversation, ord): (ConversationId, i64) = (columns.next()?, columns.next()?);
    let state = record_state(&columns.next::<String>()?)?;
    let recording: Option<RecordingId> = columns.next()?;
    let version: Option<i64> = columns.next()?;
    let unknown = || Error::Corrupt("an unknown word in a conversation");
    let started_at = columns.next()?;
    let channel = Channel::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let direction = Direction::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let source = Source::from_word(&columns.next::<String>()?).ok_or_else(unknown)?;
    let numbers: [Option<String>; 2] = [columns.next()?, columns.next()?];
    let numbers = numbers.iter().flatten().map(|number| number_digits(number)).collect();
    let sides = queries
        .rows(sql!(
            "SELECT 'agent', user_id, NULL FROM conversation_agents WHERE organisation_id = $1 AND ord = $2
             UNION ALL
             SELECT 'group', group_id, NULL FROM conversation_groups WHERE organisation_id = $1 AND ord = $2
             UNION ALL
             SELECT 'tag', NULL, tag FROM conversation_tags WHERE organisation_id = $1 AND ord = $2",
            organisation,
            ord
        ))
        .await?;
    let (mut agents, mut groups, mut tags) = (Vec::new(), Vec::new(), Vec::new());
    for side in sides {
        match side.get::<String>(0)?.as_str() {
            "agent" => agents.push(side.get(1)?),
            "group" => groups.push(side.get(1)?),
            _ => tags.push(side.get(2)?),
        }
    }
    Ok(ThingFacts::witnessed(
        organisation,
        conversation,
        recording.zip(version),
        agents,
        groups,
        state,
        Traits { started_at, channel, direction, source, numbers, tags },
        epoch,
    ))
}

pub(crate) fn record_state(word: &str) -> Result<RecordState> {
    RecordState::from_word(word).ok_or(Error::Corrupt("an unknown record state"))
}

/// The name of a user, for sentences.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user in the organisation.
pub async fn user_name(queries: &mut impl Queries, organisation: OrganisationId, user: UserId) -> Result<String> {
    let query = sql!("SELECT name FROM users WHERE organisation_id = $1 AND id = $2", organisation, user);
    queries.scalar(query).await?.ok_or(Error::NotFound)
}

/// The name of a group, for sentences.
///
/// # Errors
/// [`Error::NotFound`] when there is no such group in the organisation.
pub async fn group_name(queries: &mut impl Queries, organisation: OrganisationId, group: GroupId) -> Result<String> {
    let query = sql!("SELECT name FROM groups WHERE organisation_id = $1 AND id = $2", organisation, group);
    queries.scalar(query).await?.ok_or(Error::NotFound)
}

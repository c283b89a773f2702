//! The rights of a whole organisation at one moment: everything that decides who reaches what, read at once.
//!
//! Facts of any user come out of it without another look at the database, by the same rules as those of one who asks.
//! So the rights of ten thousand users, and those that a change would leave, cost a handful of statements. Decides
//! nothing, and gives no permit.

use crate::access::{self, KeyRights, account_state, limit_of};
use crate::access_groups::{self, StoredAccessGroup, Target};
use crate::database::{Queries, Row, sql};
use crate::identity::api_keys::scopes_of;
use crate::identity::groups::Bond;
use crate::{Error, Result, Whose, settings};
use soundkeep_domain::access::{
    AccessGroup, AccountState, Assignment, AssignmentSource, BuiltInRole, CallerFacts, CallerKind, Grants, Limit,
    PermissionSet, Reached, Restrictions, Role, RoleKey, Spell, Stamps, Standing,
};
use soundkeep_domain::settings::REGISTRY;
use soundkeep_domain::{ApiKeyId, AssignmentId, GroupId, OrganisationId, Timestamp, UserId};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A user, as lists of people name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their email address.
    pub email: String,
    /// Whether they may sign in.
    pub state: AccountState,
}

/// A program with a key that has a role of its own, or acts for a user and may what that user may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The id of its key.
    pub id: ApiKeyId,
    /// The name of its key.
    pub name: String,
    /// What its key may do.
    pub rights: KeyRights,
    /// What its key is narrowed to.
    pub scopes: Option<PermissionSet>,
}

impl Program {
    /// The role of its own, if it has one.
    #[must_use]
    pub const fn role(&self) -> Option<RoleKey> {
        match self.rights {
            KeyRights::Role(role) => Some(role),
            KeyRights::User(_) => None,
        }
    }
}

/// Everything that decides who reaches what in an organisation.
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) organisation: OrganisationId,
    pub(crate) epoch: i64,
    pub(crate) now: Timestamp,
    /// In the order of their names.
    pub(crate) people: Vec<Person>,
    pub(crate) roles: HashMap<RoleKey, Role>,
    /// By user; ended ones too, oldest first.
    pub(crate) assignments: HashMap<UserId, Vec<Assignment>>,
    /// The groups that a user is a member of.
    pub(crate) members: HashMap<UserId, Vec<GroupId>>,
    /// The groups that a user supervises, and since when their conversations are reached.
    pub(crate) supervised: HashMap<UserId, Vec<Reached>>,
    /// By name.
    pub(crate) access_groups: Vec<StoredAccessGroup>,
    /// Names of groups, closed ones too.
    pub(crate) groups: HashMap<GroupId, String>,
    /// The groups that are closed.
    pub(crate) closed: HashSet<GroupId>,
    /// Keys with a role of their own that are neither revoked nor expired, oldest first.
    pub(crate) programs: Vec<Program>,
    /// Such keys that act for users, oldest first.
    pub(crate) helpers: Vec<Program>,
    /// The stamps that conversations may have.
    pub(crate) stamps: Stamps,
}

impl Policy {
    /// The rights as they stand: in a transaction, as it would leave them.
    ///
    /// # Errors
    /// When the database is away, or there is no such organisation.
    pub async fn load(queries: &mut impl Queries, organisation: OrganisationId, now: Timestamp) -> Result<Self> {
        // First, so that nothing that is read is older than the epoch says.
        let epoch = access::policy_epoch(queries, organisation).await?;
        let roles = access::roles(queries, organisation).await?;
        let roles: HashMap<RoleKey, Role> = roles.into_iter().map(|role| (role.key, role)).collect();
        let since = settings::in_force(queries, REGISTRY, organisation).await?.groups_since_appointment();
        let mut supervised: HashMap<UserId, Vec<Reached>> = HashMap::new();
        for (user, group, from) in bonds(queries, organisation, Bond::Supervisor, now).await? {
            supervised.entry(user).or_default().push(Reached { group, since: Some(from).filter(|_| since) });
        }
        let mut members: HashMap<UserId, Vec<GroupId>> = HashMap::new();
        let spells = spells(queries, organisation).await?;
        for spell in spells.iter().filter(|spell| spell.from <= now && spell.until.is_none_or(|until| now < until)) {
            members.entry(spell.user).or_default().push(spell.group);
        }
        let (groups, closed) = group_names(queries, organisation).await?;
        Ok(Self {
            organisation,
            epoch,
            now,
            people: people(queries, organisation).await?,
            assignments: assignments(queries, organisation, &roles).await?,
            roles,
            members,
            supervised,
            access_groups: access_groups::list(queries, organisation).await?,
            programs: programs(queries, organisation, now).await?,
            helpers: helpers(queries, organisation, now).await?,
            stamps: Stamps::of(groups.keys().copied().filter(|group| !closed.contains(group)), &spells),
            groups,
            closed,
        })
    }

    /// The rights that a change moves, and of nobody else.
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub async fn of(
        queries: &mut impl Queries,
        organisation: OrganisationId,
        whose: &Whose,
        now: Timestamp,
    ) -> Result<Self> {
        match whose {
            Whose::Users(users) => Self::of_users(queries, organisation, users.iter().copied(), now).await,
            Whose::Program(key, rights) => {
                let mut policy = Self::of_users(queries, organisation, rights.user(), now).await?;
                let roles = access::roles(queries, organisation).await?;
                policy.roles = roles.into_iter().map(|role| (role.key, role)).collect();
                policy.programs = programs(queries, organisation, now).await?;
                policy.helpers = helpers(queries, organisation, now).await?;
                policy.programs.retain(|program| program.id == *key);
                policy.helpers.retain(|program| program.id == *key);
                Ok(policy)
            }
            Whose::Everybody => Self::load(queries, organisation, now).await,
        }
    }

    async fn of_users(
        queries: &mut impl Queries,
        organisation: OrganisationId,
        users: impl IntoIterator<Item = UserId>,
        now: Timestamp,
    ) -> Result<Self> {
        let epoch = access::policy_epoch(queries, organisation).await?;
        let mut policy = Self {
            organisation,
            epoch,
            now,
            people: Vec::new(),
            roles: HashMap::new(),
            assignments: HashMap::new(),
            members: HashMap::new(),
            supervised: HashMap::new(),
            access_groups: access_groups::list(queries, organisation).await?,
            groups: HashMap::new(),
            closed: HashSet::new(),
            programs: Vec::new(),
            helpers: Vec::new(),
            stamps: Stamps::of([], &[]),
        };
        for user in users {
            let query = "SELECT id, name, email, state FROM users WHERE organisation_id = $1 AND id = $2";
            policy.people.extend(queries.row(sql!(query, organisation, user)).await?.as_ref().map(person).transpose()?);
            policy.assignments.insert(user, access::assignments(queries, organisation, user).await?);
            policy.supervised.insert(user, access::appointments(queries, organisation, user, now).await?);
            let query = "SELECT group_id FROM group_members WHERE organisation_id = $1 AND user_id = $2
                         AND from_at <= $3 AND (until_at IS NULL OR until_at > $3)";
            let groups = queries.rows(sql!(query, organisation, user, now)).await?;
            policy.members.insert(user, groups.iter().map(|row| row.get(0)).collect::<Result<_>>()?);
        }
        Ok(policy)
    }

    /// The same as if everybody who is invited had come in: what they will be able to do counts from now on.
    #[must_use]
    pub fn as_if_all_came(mut self) -> Self {
        for person in self.people.iter_mut().filter(|person| person.state == AccountState::Invited) {
            person.state = AccountState::Active;
        }
        self
    }

    /// The facts of somebody who isn't there, or not yet.
    #[must_use]
    pub fn nobody(&self, user: UserId) -> CallerFacts {
        user_facts(self.organisation, user, AccountState::Disabled, (&[], &[]), self.epoch, self.now)
    }

    /// Whose rights these are.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// The time that they are told of.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.now
    }
    /// All users, in the order of their names.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }
    /// A user.
    #[must_use]
    pub fn person(&self, user: UserId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == user)
    }
    /// All roles, in no order.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.values()
    }
    /// The assignments of a user, ended ones too, oldest first.
    #[must_use]
    pub fn assignments_of(&self, user: UserId) -> &[Assignment] {
        self.assignments.get(&user).map_or(&[], Vec::as_slice)
    }
    /// The groups that a user is a member of.
    #[must_use]
    pub fn memberships_of(&self, user: UserId) -> &[GroupId] {
        self.members.get(&user).map_or(&[], Vec::as_slice)
    }
    /// The groups that a user supervises.
    #[must_use]
    pub fn appointments_of(&self, user: UserId) -> &[Reached] {
        self.supervised.get(&user).map_or(&[], Vec::as_slice)
    }
    /// All access groups, by name.
    #[must_use]
    pub fn access_groups(&self) -> &[StoredAccessGroup] {
        &self.access_groups
    }
    /// The name of a group, also of a closed one.
    #[must_use]
    pub fn group_name(&self, group: GroupId) -> Option<&str> {
        self.groups.get(&group).map(String::as_str)
    }
    /// Names of groups, closed ones too, in no order.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &str)> {
        self.groups.iter().map(|(id, name)| (*id, name.as_str()))
    }

    /// Whether a group is closed: its conversations are there, and nobody belongs to it any more.
    #[must_use]
    pub fn is_closed(&self, group: GroupId) -> bool {
        self.closed.contains(&group)
    }
    /// Programs with a role of their own, oldest first.
    #[must_use]
    pub fn programs(&self) -> &[Program] {
        &self.programs
    }
    /// Programs that act for users, oldest first.
    #[must_use]
    pub fn helpers(&self) -> &[Program] {
        &self.helpers
    }
    /// The facts of a program that isn't there, or not yet.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
    pub fn no_program(&self, key: ApiKeyId) -> CallerFacts {
        let grants = Arc::new(Grants::unite(&[], &[], self.now));
        CallerFacts::witnessed(self.organisation, CallerKind::ApiKey(key), AccountState::Disabled, grants, self.epoch)
    }
    /// The stamps that conversations may have, by all memberships that there are and were.
    #[must_use]
    pub const fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// What everybody is and may, in the order of their names: now, and at each later moment at which one of their
    /// assignments ends by itself, because an access group may end for them too.
    pub fn standings(&self) -> impl Iterator<Item = (&Person, Vec<Standing>)> {
        let by_target = self.by_target();
        self.people.iter().map(move |person| {
            let assignments = self.assignments_of(person.id);
            let ends = assignments.iter().filter_map(|given| given.until).filter(|until| self.now < *until);
            let mut moments: BTreeSet<Timestamp> = ends.collect();
            moments.insert(self.now);
            let standing = |at: Timestamp| Standing {
                caller: self.facts_of(person, &by_target, at),
                roles: roles_at(assignments, at),
                members: self.memberships_of(person.id).to_vec(),
                supervises: self.appointments_of(person.id).iter().map(|reached| reached.group).collect(),
            };
            (person, moments.into_iter().map(standing).collect())
        })
    }

    /// What every program with a role of its own may.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a role is gone.
    pub fn program_standings(&self) -> Result<Vec<(&Program, Standing)>> {
        let standing = |program: &Program| {
            let caller = self.program(program)?;
            Ok::<_, Error>(Standing {
                caller,
                roles: program.role().into_iter().collect(),
                members: Vec::new(),
                supervises: Vec::new(),
            })
        };
        self.programs.iter().map(|program| Ok((program, standing(program)?))).collect()
    }

    /// The facts of a user, as a decision wants them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user.
    pub fn caller(&self, user: UserId) -> Result<CallerFacts> {
        let person = self.person(user).ok_or(Error::NotFound)?;
        Ok(self.facts_of(person, &self.by_target(), self.now))
    }

    /// The facts of every user, in the order of their names.
    pub fn callers(&self) -> impl Iterator<Item = (&Person, CallerFacts)> {
        let by_target = self.by_target();
        self.people.iter().map(move |person| (person, self.facts_of(person, &by_target, self.now)))
    }

    fn by_target(&self) -> HashMap<Target, Vec<&StoredAccessGroup>> {
        let mut by_target: HashMap<Target, Vec<&StoredAccessGroup>> = HashMap::new();
        for group in &self.access_groups {
            for target in &group.targets {
                by_target.entry(*target).or_default().push(group);
            }
        }
        by_target
    }

    fn facts_of(
        &self,
        person: &Person,
        by_target: &HashMap<Target, Vec<&StoredAccessGroup>>,
        at: Timestamp,
    ) -> CallerFacts {
        let (assignments, supervised) = (self.assignments_of(person.id), self.appointments_of(person.id));
        let facts = user_facts(self.organisation, person.id, person.state, (assignments, supervised), self.epoch, at);
        if by_target.is_empty() {
            return facts;
        }
        facts.narrowed(restrictions_of(&self.targets_of(person.id, at), by_target))
    }

    /// All that a user is, as access groups may name them.
    fn targets_of(&self, user: UserId, at: Timestamp) -> Vec<Target> {
        let supervises: Vec<GroupId> = self.appointments_of(user).iter().map(|reached| reached.group).collect();
        targets_of(user, self.assignments_of(user), self.memberships_of(user), &supervises, at)
    }

    /// The access groups that narrow a user, by name, each with what they are that it names.
    #[must_use]
    pub fn narrowing(&self, user: UserId) -> Vec<(&StoredAccessGroup, Vec<Target>)> {
        let is = self.targets_of(user, self.now);
        let named = |group: &StoredAccessGroup| -> Vec<Target> {
            group.targets.iter().copied().filter(|target| is.contains(target)).collect()
        };
        let all = self.access_groups.iter().map(|group| (group, named(group)));
        all.filter(|(_, through)| !through.is_empty()).collect()
    }

    /// The facts of a program.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the role or the user is gone.
    pub fn program(&self, program: &Program) -> Result<CallerFacts> {
        Ok(self.key(program.id, program.rights)?.limited_to(program.scopes))
    }

    /// The facts of an API key with these rights.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the role or the user is gone.
    #[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
    pub fn key(&self, key: ApiKeyId, rights: KeyRights) -> Result<CallerFacts> {
        let role = match rights {
            KeyRights::User(user) => return Ok(self.caller(user)?.through_key(key)),
            KeyRights::Role(role) => self.roles.get(&role).cloned().ok_or(Error::NotFound)?,
        };
        let targets = match role.key {
            RoleKey::BuiltIn(BuiltInRole::Admin) => Vec::new(),
            key => vec![Target::Role(key)],
        };
        let given = Assignment { source: AssignmentSource::ApiKey(key), role, limit: Limit::None, until: None };
        let grants = Arc::new(Grants::unite(&[given], &[], self.now));
        let kind = CallerKind::ApiKey(key);
        let facts = CallerFacts::witnessed(self.organisation, kind, AccountState::Active, grants, self.epoch);
        Ok(facts.narrowed(restrictions_of(&targets, &self.by_target())))
    }
}

fn restrictions_of(targets: &[Target], by_target: &HashMap<Target, Vec<&StoredAccessGroup>>) -> Restrictions {
    let mut seen = HashSet::new();
    let groups = targets.iter().filter_map(|target| by_target.get(target)).flatten();
    let groups = groups.filter(|group| seen.insert(group.id)).map(|group| AccessGroup {
        id: group.id,
        rows: group.rows.clone(),
        columns: group.columns,
    });
    Restrictions::by(groups.collect())
}

/// The facts of a user before access groups narrow them.
#[allow(clippy::disallowed_methods)] // this is the place where facts are witnessed
pub(crate) fn user_facts(
    organisation: OrganisationId,
    user: UserId,
    state: AccountState,
    (assignments, supervised): (&[Assignment], &[Reached]),
    epoch: i64,
    now: Timestamp,
) -> CallerFacts {
    let grants = Arc::new(Grants::unite(assignments, supervised, now));
    CallerFacts::witnessed(organisation, CallerKind::User(user), state, grants, epoch)
}

/// The roles whose assignments are in force at this time.
fn roles_at(assignments: &[Assignment], at: Timestamp) -> Vec<RoleKey> {
    let is_in_force = |given: &&Assignment| given.until.is_none_or(|until| at < until);
    assignments.iter().filter(is_in_force).map(|given| given.role.key).collect()
}

/// All that a user is, as access groups may name them. Who has the built-in role Admin is exempt, but for those that
/// they belong to through a group.
pub(crate) fn targets_of(
    user: UserId,
    assignments: &[Assignment],
    members: &[GroupId],
    supervises: &[GroupId],
    now: Timestamp,
) -> Vec<Target> {
    let roles = roles_at(assignments, now);
    let mut targets: Vec<Target> = members.iter().copied().map(Target::Members).collect();
    targets.extend(supervises.iter().copied().map(Target::Supervisors));
    if !roles.contains(&RoleKey::BuiltIn(BuiltInRole::Admin)) {
        targets.push(Target::User(user));
        targets.extend(roles.into_iter().map(Target::Role));
    }
    targets
}

async fn people(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<Person>> {
    let query = "SELECT id, name, email, state FROM users WHERE organisation_id = $1 ORDER BY name_order, id";
    let rows = queries.rows(sql!(query, organisation)).await?;
    rows.iter().map(person).collect()
}

fn person(row: &Row) -> Result<Person> {
    let mut columns = row.columns();
    Ok(Person {
        id: columns.next()?,
        name: columns.next()?,
        email: columns.next()?,
        state: account_state(&columns.next::<String>()?)?,
    })
}

async fn assignments(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    roles: &HashMap<RoleKey, Role>,
) -> Result<HashMap<UserId, Vec<Assignment>>> {
    let mut limits: HashMap<AssignmentId, Vec<GroupId>> = HashMap::new();
    let query = "SELECT assignment_id, group_id FROM assignment_groups WHERE organisation_id = $1";
    for row in queries.rows(sql!(query, organisation)).await? {
        limits.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    let query =
        "SELECT id, user_id, role, group_limit, until_at FROM assignments WHERE organisation_id = $1 ORDER BY id";
    let mut by_user: HashMap<UserId, Vec<Assignment>> = HashMap::new();
    for row in queries.rows(sql!(query, organisation)).await? {
        let mut columns = row.columns();
        let (id, user): (AssignmentId, UserId) = (columns.next()?, columns.next()?);
        let key: RoleKey = columns.next::<String>()?.parse().map_err(|_| Error::Corrupt("an unknown role"))?;
        let role = roles.get(&key).cloned().ok_or(Error::Corrupt("a role that is gone is still given"))?;
        let limit = limit_of(&columns.next::<String>()?, || limits.remove(&id).unwrap_or_default())?;
        let source = AssignmentSource::Assignment(id);
        by_user.entry(user).or_default().push(Assignment { source, role, limit, until: columns.next()? });
    }
    Ok(by_user)
}

async fn bonds(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    bond: Bond,
    now: Timestamp,
) -> Result<Vec<(UserId, GroupId, Timestamp)>> {
    let query = format!(
        "SELECT user_id, group_id, from_at FROM {} WHERE organisation_id = $1 AND from_at <= $2
         AND (until_at IS NULL OR until_at > $2)",
        bond.table()
    );
    let rows = queries.rows(sql!(&query, organisation, now)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

/// Who was a member of which group, ended memberships too.
async fn spells(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<Spell>> {
    let query = "SELECT user_id, group_id, from_at, until_at FROM group_members WHERE organisation_id = $1";
    let rows = queries.rows(sql!(query, organisation)).await?;
    rows.iter()
        .map(|row| Ok(Spell { user: row.get(0)?, group: row.get(1)?, from: row.get(2)?, until: row.get(3)? }))
        .collect()
}

pub(crate) async fn programs(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<Vec<Program>> {
    keys(queries, organisation, "acts_for IS NULL", now).await
}

async fn helpers(queries: &mut impl Queries, organisation: OrganisationId, now: Timestamp) -> Result<Vec<Program>> {
    keys(queries, organisation, "acts_for IS NOT NULL", now).await
}

async fn keys(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    which: &str,
    now: Timestamp,
) -> Result<Vec<Program>> {
    let query = format!(
        "SELECT id, name, role, scopes FROM api_keys WHERE organisation_id = $1 AND {which}
         AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2) ORDER BY id"
    );
    let rows = queries.rows(sql!(&query, organisation, now)).await?;
    rows.iter()
        .map(|row| {
            let rights = row.get::<String>(2)?.parse().map_err(|_| Error::Corrupt("an unknown role"))?;
            Ok(Program { id: row.get(0)?, name: row.get(1)?, rights, scopes: scopes_of(row.get(3)?)? })
        })
        .collect()
}

/// Names of groups, and which of them are closed.
async fn group_names(
    queries: &mut impl Queries,
    organisation: OrganisationId,
) -> Result<(HashMap<GroupId, String>, HashSet<GroupId>)> {
    let query = "SELECT id, name, closed_at FROM groups WHERE organisation_id = $1";
    let (mut names, mut closed) = (HashMap::new(), HashSet::new());
    for row in queries.rows(sql!(query, organisation)).await? {
        let (id, name, closed_at): (GroupId, String, Option<Timestamp>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        names.insert(id, name);
        if closed_at.is_some() {
            closed.insert(id);
        }
    }
    Ok((names, closed))
}

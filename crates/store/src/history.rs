//! How rights stood at a past time: what each user, group, bond, role, assignment and access group was, and when.
//!
//! Whoever changes one of these calls [`remember`] in the same transaction; an event that is written afterwards is
//! kept as what made it so. Two times are told apart: spells of belonging say from when on something counts, the
//! intervals in here say from when on the vault knew. Decides nothing.

use crate::access::{KeyRights, limit_of};
use crate::access_groups::{StoredAccessGroup, Target, columns_of, columns_text, rules_of, rules_text};
use crate::database::{BEFORE, Queries, Sql, sql};
use crate::identity::api_keys::scopes_of;
use crate::identity::folded;
use crate::identity::groups::Bond;
use crate::identity::users::{self, NewUser};
use crate::policy::{Person, Policy, Program};
use crate::{Error, Result, Transaction, access, settings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use soundkeep_domain::access::{
    Assignment, AssignmentSource, BUILT_IN_ROLES, Permission, Reached, Role, RoleKey, ScopeKind, Stamps,
};
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::settings::REGISTRY;
use soundkeep_domain::{AccessGroupId, AssignmentId, EventId, GroupId, OrganisationId, RoleId, Timestamp, UserId};
use std::collections::HashMap;

/// The policy epoch of past rights. None that is in force has it, so a permit made of them opens nothing.
const PAST: i64 = -1;

/// Something whose past is kept, because rights hang on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// A user's name, address and state.
    User(UserId),
    /// A group's name.
    Group(GroupId),
    /// A user's belonging to a group.
    Bond(Bond, GroupId, UserId),
    /// A role with its lines.
    Role(RoleId),
    /// A role that is given.
    Assignment(AssignmentId),
    /// An access group with its rules, columns and targets.
    AccessGroup(AccessGroupId),
}

impl Kept {
    const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::Bond(bond, ..) => bond.word(),
            Self::Role(_) => "role",
            Self::Assignment(_) => "assignment",
            Self::AccessGroup(_) => "access_group",
        }
    }

    fn id(self) -> Vec<u8> {
        match self {
            Self::User(id) => id.as_bytes().to_vec(),
            Self::Group(id) => id.as_bytes().to_vec(),
            Self::Bond(_, group, user) => [*group.as_bytes(), *user.as_bytes()].concat(),
            Self::Role(id) => id.as_bytes().to_vec(),
            Self::Assignment(id) => id.as_bytes().to_vec(),
            Self::AccessGroup(id) => id.as_bytes().to_vec(),
        }
    }

    fn parse(kind: &str, id: &[u8]) -> Result<Self> {
        const BAD: Error = Error::Corrupt("a history of nothing that is known");
        let bond = |bond| {
            let (group, user) = id.split_at_checked(16).ok_or(BAD)?;
            Ok(Self::Bond(bond, GroupId::from_slice(group).or(Err(BAD))?, UserId::from_slice(user).or(Err(BAD))?))
        };
        match kind {
            "user" => UserId::from_slice(id).map(Self::User).or(Err(BAD)),
            "group" => GroupId::from_slice(id).map(Self::Group).or(Err(BAD)),
            "member" => bond(Bond::Member),
            "supervisor" => bond(Bond::Supervisor),
            "role" => RoleId::from_slice(id).map(Self::Role).or(Err(BAD)),
            "assignment" => AssignmentId::from_slice(id).map(Self::Assignment).or(Err(BAD)),
            "access_group" => AccessGroupId::from_slice(id).map(Self::AccessGroup).or(Err(BAD)),
            _ => Err(BAD),
        }
    }

    /// Whether an event of this kind tells of a change of it.
    const fn is_told_by(self, kind: EventKind) -> bool {
        use EventKind as Told;
        match self {
            Self::User(_) => {
                matches!(kind, Told::UserCreated | Told::UserChange | Told::UserDeprovisioned | Told::SetupCompleted)
            }
            Self::Group(_) => matches!(kind, Told::GroupCreated | Told::GroupChange | Told::GroupDeleted),
            Self::Bond(..) => matches!(kind, Told::MembershipChange | Told::GroupDeleted),
            Self::Role(_) | Self::Assignment(_) => matches!(kind, Told::RoleChange),
            Self::AccessGroup(_) => matches!(kind, Told::AccessGroupChange),
        }
    }
}

/// A change that waits in its transaction for the event that tells of it.
pub(crate) struct Untold {
    organisation: OrganisationId,
    kept: Kept,
    seq: i64,
}

#[derive(Serialize, Deserialize)]
struct UserThen {
    name: String,
    email: String,
    state: String,
}

#[derive(Serialize, Deserialize)]
struct GroupThen {
    name: String,
    closed: bool,
}

#[derive(Serialize, Deserialize)]
struct RoleThen {
    name: String,
    scopes: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct AssignmentThen {
    user: String,
    role: String,
    limit: String,
    groups: Vec<String>,
    until: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct AccessGroupThen {
    name: String,
    rows: String,
    columns: String,
    targets: Vec<(String, String)>,
    version: i64,
}

/// Spells that haven't ended: from when on and, if that is known, until when.
type Spells = Vec<(i64, Option<i64>)>;

/// Remembers how something stands from now on, or that it is gone. Must follow each change of it, in its transaction.
///
/// # Errors
/// [`Error::Conflict`] when somebody else changes it at once.
pub(crate) async fn remember(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    kept: Kept,
    now: Timestamp,
) -> Result<()> {
    let document = document(transaction, organisation, kept, now).await?;
    let newest = sql!(
        "SELECT seq, from_at, until_at, document FROM policy_history
         WHERE organisation_id = $1 AND kind = $2 AND id = $3 ORDER BY seq DESC LIMIT 1",
        organisation,
        kept.kind(),
        kept.id()
    );
    let (mut seq, mut from) = (1, now);
    if let Some(row) = transaction.row(newest).await? {
        let mut columns = row.columns();
        let (last, began): (i64, Timestamp) = (columns.next()?, columns.next()?);
        let ended: Option<Timestamp> = columns.next()?;
        let stands = ended.is_none().then(|| columns.next::<String>()).transpose()?;
        if stands == document {
            return Ok(());
        }
        // Clocks of several nodes differ: an interval doesn't begin before the one that it follows.
        (seq, from) = (last + 1, now.max(ended.unwrap_or(began)));
        if stands.is_some() {
            let end = "UPDATE policy_history SET until_at = $5
                       WHERE organisation_id = $1 AND kind = $2 AND id = $3 AND seq = $4";
            transaction.execute_one(sql!(end, organisation, kept.kind(), kept.id(), last, from)).await?;
        }
    }
    let Some(document) = document else { return Ok(()) };
    let insert = "INSERT INTO policy_history (organisation_id, kind, id, seq, from_at, document)
                  VALUES ($1, $2, $3, $4, $5, $6)";
    transaction.execute_one(sql!(insert, organisation, kept.kind(), kept.id(), seq, from, document)).await?;
    transaction.untold().push(Untold { organisation, kept, seq });
    Ok(())
}

/// What remembers how a user stands whom the write before it adds, by the event that tells of it: nothing was there
/// before.
pub(crate) fn begin_to_remember(organisation: OrganisationId, new: &NewUser<'_>, event: EventId) -> Result<Sql> {
    let state = users::word(new.state).to_owned();
    let document = text(&UserThen { name: new.name.to_owned(), email: new.email.to_owned(), state })?;
    let kept = Kept::User(new.id);
    let insert = format!(
        "INSERT INTO policy_history (organisation_id, kind, id, seq, from_at, document, event_id)
         SELECT $1, $2, $3, 1, $4, $5, $6 WHERE {BEFORE}"
    );
    Ok(sql!(&insert, organisation, kept.kind(), kept.id(), new.created_at, document, event))
}

/// Keeps an event as what made the changes of this transaction that it tells of.
pub(crate) async fn tell(transaction: &mut Transaction, event: EventId, kind: EventKind) -> Result<()> {
    let untold = std::mem::take(transaction.untold());
    for change in untold {
        if !change.kept.is_told_by(kind) {
            transaction.untold().push(change);
            continue;
        }
        let update = "UPDATE policy_history SET event_id = $5
                      WHERE organisation_id = $1 AND kind = $2 AND id = $3 AND seq = $4";
        let (kind, id) = (change.kept.kind(), change.kept.id());
        transaction.execute_one(sql!(update, change.organisation, kind, id, change.seq, event)).await?;
    }
    Ok(())
}

/// How something stands in its rows; none when it is gone.
async fn document(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    kept: Kept,
    now: Timestamp,
) -> Result<Option<String>> {
    match kept {
        Kept::User(user) => {
            let query = "SELECT name, email, state FROM users WHERE organisation_id = $1 AND id = $2";
            let Some(row) = queries.row(sql!(query, organisation, user)).await? else { return Ok(None) };
            text(&UserThen { name: row.get(0)?, email: row.get(1)?, state: row.get(2)? }).map(Some)
        }
        Kept::Group(group) => {
            let query = "SELECT name, closed_at FROM groups WHERE organisation_id = $1 AND id = $2";
            let Some(row) = queries.row(sql!(query, organisation, group)).await? else { return Ok(None) };
            text(&GroupThen { name: row.get(0)?, closed: row.get::<Option<Timestamp>>(1)?.is_some() }).map(Some)
        }
        Kept::Bond(bond, group, user) => {
            let query = format!(
                "SELECT from_at, until_at FROM {} WHERE organisation_id = $1 AND user_id = $2 AND group_id = $3
                 AND (until_at IS NULL OR until_at > $4) ORDER BY from_at",
                bond.table()
            );
            let rows = queries.rows(sql!(&query, organisation, user, group, now)).await?;
            let spells: Spells = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?;
            if spells.is_empty() { Ok(None) } else { text(&spells).map(Some) }
        }
        Kept::Role(role) => match access::role(queries, organisation, RoleKey::Custom(role)).await {
            Ok(role) => {
                let line = |(permission, scope): &(Permission, soundkeep_domain::access::Scope)| {
                    (permission.key().to_owned(), scope.word(ScopeKind::Scoped).to_owned())
                };
                let mut scopes: Vec<_> = role.scopes.iter().map(line).collect();
                scopes.sort();
                text(&RoleThen { name: role.name, scopes }).map(Some)
            }
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        },
        Kept::Assignment(id) => assignment(queries, organisation, id).await,
        Kept::AccessGroup(id) => access_group(queries, organisation, id).await,
    }
}

async fn assignment(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: AssignmentId,
) -> Result<Option<String>> {
    let query = "SELECT user_id, role, group_limit, until_at FROM assignments WHERE organisation_id = $1 AND id = $2";
    let Some(row) = queries.row(sql!(query, organisation, id)).await? else { return Ok(None) };
    let query = "SELECT group_id FROM assignment_groups WHERE organisation_id = $1 AND assignment_id = $2
                 ORDER BY group_id";
    let groups = queries.rows(sql!(query, organisation, id)).await?;
    let groups = groups.iter().map(|row| Ok(row.get::<GroupId>(0)?.to_string())).collect::<Result<_>>()?;
    let then = AssignmentThen {
        user: row.get::<UserId>(0)?.to_string(),
        role: row.get(1)?,
        limit: row.get(2)?,
        groups,
        until: row.get(3)?,
    };
    text(&then).map(Some)
}

async fn access_group(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    id: AccessGroupId,
) -> Result<Option<String>> {
    let group = match crate::access_groups::get(queries, organisation, id).await {
        Ok(group) => group,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let target = |target: &Target| (target.kind().to_owned(), target.to_string());
    let then = AccessGroupThen {
        name: group.name,
        rows: rules_text(&group.rows),
        columns: columns_text(group.columns),
        targets: group.targets.iter().map(target).collect(),
        version: group.version,
    };
    text(&then).map(Some)
}

const UNREADABLE: Error = Error::Corrupt("a history that can't be read");

fn text(then: &impl Serialize) -> Result<String> {
    serde_json::to_string(then).or(Err(UNREADABLE))
}

fn read<T: DeserializeOwned>(document: &str) -> Result<T> {
    serde_json::from_str(document).or(Err(UNREADABLE))
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse().or(Err(UNREADABLE))
}

/// Everything as the vault knew it at a time, by its kind.
#[derive(Default)]
struct Documents {
    users: Vec<(UserId, UserThen)>,
    groups: Vec<(GroupId, GroupThen)>,
    bonds: Vec<(Bond, GroupId, UserId, Spells)>,
    roles: Vec<(RoleId, RoleThen)>,
    assignments: Vec<(AssignmentId, AssignmentThen)>,
    access_groups: Vec<(AccessGroupId, AccessGroupThen)>,
}

impl Documents {
    async fn at(queries: &mut impl Queries, organisation: OrganisationId, time: Timestamp) -> Result<Self> {
        let query = "SELECT kind, id, document FROM policy_history WHERE organisation_id = $1 AND from_at <= $2
                     AND (until_at IS NULL OR until_at > $2)";
        let mut documents = Self::default();
        for row in queries.rows(sql!(query, organisation, time)).await? {
            let kept = Kept::parse(&row.get::<String>(0)?, &row.get::<Vec<u8>>(1)?)?;
            let document: String = row.get(2)?;
            match kept {
                Kept::User(user) => documents.users.push((user, read(&document)?)),
                Kept::Group(group) => documents.groups.push((group, read(&document)?)),
                Kept::Bond(bond, group, user) => documents.bonds.push((bond, group, user, read(&document)?)),
                Kept::Role(role) => documents.roles.push((role, read(&document)?)),
                Kept::Assignment(id) => documents.assignments.push((id, read(&document)?)),
                Kept::AccessGroup(id) => documents.access_groups.push((id, read(&document)?)),
            }
        }
        Ok(documents)
    }

    /// Users in the order of their names.
    fn people(&mut self) -> Result<Vec<Person>> {
        self.users.sort_by_cached_key(|(id, user)| (folded(&user.name).into_bytes(), *id));
        let person = |(id, user): (UserId, UserThen)| {
            let state = access::account_state(&user.state)?;
            Ok(Person { id, name: user.name, email: user.email, state })
        };
        std::mem::take(&mut self.users).into_iter().map(person).collect()
    }

    fn roles(&mut self) -> Result<HashMap<RoleKey, Role>> {
        let mut roles: HashMap<RoleKey, Role> =
            BUILT_IN_ROLES.iter().map(|role| (RoleKey::BuiltIn(*role), role.role())).collect();
        for (id, then) in self.roles.drain(..) {
            let line = |(permission, scope): &(String, String)| {
                Ok((permission.parse().or(Err(UNREADABLE))?, access::scope_of(scope)?))
            };
            let scopes = then.scopes.iter().map(line).collect::<Result<_>>()?;
            let key = RoleKey::Custom(id);
            roles.insert(key, Role { key, name: then.name, scopes });
        }
        Ok(roles)
    }

    fn assignments(&mut self, roles: &HashMap<RoleKey, Role>) -> Result<HashMap<UserId, Vec<Assignment>>> {
        let mut by_user: HashMap<UserId, Vec<Assignment>> = HashMap::new();
        self.assignments.sort_by_key(|(id, _)| *id);
        for (given, then) in self.assignments.drain(..) {
            let groups: Vec<GroupId> = then.groups.iter().map(|group| id(group)).collect::<Result<_>>()?;
            let key: RoleKey = id(&then.role)?;
            by_user.entry(id(&then.user)?).or_default().push(Assignment {
                source: AssignmentSource::Assignment(given),
                role: roles.get(&key).cloned().ok_or(Error::Corrupt("a role that was gone was still given"))?,
                limit: limit_of(&then.limit, || groups)?,
                until: then.until.map(Timestamp::from_unix_micros),
            });
        }
        Ok(by_user)
    }

    /// By name.
    fn access_groups(&mut self) -> Result<Vec<StoredAccessGroup>> {
        self.access_groups.sort_by_cached_key(|(id, group)| (folded(&group.name).into_bytes(), *id));
        let stored = |(id, then): (AccessGroupId, AccessGroupThen)| {
            let target = |(kind, id): &(String, String)| Target::from_words(kind, id).ok_or(UNREADABLE);
            Ok(StoredAccessGroup {
                id,
                name: then.name,
                rows: rules_of(&then.rows)?,
                columns: columns_of(&then.columns)?,
                targets: then.targets.iter().map(target).collect::<Result<_>>()?,
                version: then.version,
            })
        };
        std::mem::take(&mut self.access_groups).into_iter().map(stored).collect()
    }
}

impl Policy {
    /// The rights as the vault knew them at a past time: what was entered later with an earlier date isn't in it.
    ///
    /// Its policy epoch is none that is ever in force.
    ///
    /// # Errors
    /// When the database is away or the history can't be read.
    pub async fn at_time(queries: &mut impl Queries, organisation: OrganisationId, time: Timestamp) -> Result<Self> {
        let mut documents = Documents::at(queries, organisation, time).await?;
        let since = settings::at_time(queries, REGISTRY, organisation, time).await?.groups_since_appointment();
        let mut supervised: HashMap<UserId, Vec<Reached>> = HashMap::new();
        let mut members: HashMap<UserId, Vec<GroupId>> = HashMap::new();
        for (bond, group, user, spells) in documents.bonds.drain(..) {
            let counts = |(from, until): &&(i64, Option<i64>)| {
                let at = time.as_unix_micros();
                *from <= at && until.is_none_or(|until| until > at)
            };
            let Some((from, _)) = spells.iter().find(counts) else { continue };
            let from = Timestamp::from_unix_micros(*from);
            match bond {
                Bond::Member => members.entry(user).or_default().push(group),
                Bond::Supervisor => {
                    supervised.entry(user).or_default().push(Reached { group, since: Some(from).filter(|_| since) });
                }
            }
        }
        let roles = documents.roles()?;
        Ok(Self {
            organisation,
            epoch: PAST,
            now: time,
            people: documents.people()?,
            assignments: documents.assignments(&roles)?,
            roles,
            members,
            supervised,
            access_groups: documents.access_groups()?,
            closed: documents.groups.iter().filter(|(_, group)| group.closed).map(|(id, _)| *id).collect(),
            groups: documents.groups.drain(..).map(|(id, group)| (id, group.name)).collect(),
            programs: programs(queries, organisation, time).await?,
            helpers: Vec::new(),
            stamps: Stamps::default(),
        })
    }
}

/// Keys with a role of their own that counted at a time. Nothing of a key changes but that it is revoked.
async fn programs(queries: &mut impl Queries, organisation: OrganisationId, time: Timestamp) -> Result<Vec<Program>> {
    let query =
        "SELECT id, name, role, scopes FROM api_keys WHERE organisation_id = $1 AND acts_for IS NULL AND created_at <= $2
                 AND (revoked_at IS NULL OR revoked_at > $2) AND (expires_at IS NULL OR expires_at > $2) ORDER BY id";
    let rows = queries.rows(sql!(query, organisation, time)).await?;
    rows.iter()
        .map(|row| {
            let (role, scopes) = (id(&row.get::<String>(2)?)?, scopes_of(row.get(3)?)?);
            let rights = KeyRights::Role(role);
            Ok(Program { id: row.get(0)?, name: row.get(1)?, rights, scopes })
        })
        .collect()
}

/// How something came to be as it was at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    /// What.
    pub kept: Kept,
    /// Since when the vault had known it so.
    pub since: Timestamp,
    /// The event that tells of it, if one was written in its transaction.
    pub event: Option<EventId>,
}

/// How these came to be as they were at a time, in no order; what wasn't there then is missing.
///
/// # Errors
/// When the database is away.
pub async fn cited(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    kept: &[Kept],
    time: Timestamp,
) -> Result<Vec<Cited>> {
    let mut cited = Vec::with_capacity(kept.len());
    let mut by_kind: HashMap<&'static str, Vec<Vec<u8>>> = HashMap::new();
    for one in kept {
        by_kind.entry(one.kind()).or_default().push(one.id());
    }
    for (kind, ids) in by_kind {
        for ids in ids.chunks(CITED_ROWS) {
            let mut query = Sql::new("SELECT kind, id, from_at, event_id FROM policy_history WHERE organisation_id = ");
            query.bind(organisation).push(" AND kind = ").bind(kind).push(" AND from_at <= ").bind(time);
            query.push(" AND (until_at IS NULL OR until_at > ").bind(time).push(") AND id IN (");
            query.bind_all(ids.iter().cloned()).push(")");
            for row in queries.rows(query).await? {
                cited.push(Cited {
                    kept: Kept::parse(&row.get::<String>(0)?, &row.get::<Vec<u8>>(1)?)?,
                    since: row.get(2)?,
                    event: row.get(3)?,
                });
            }
        }
    }
    Ok(cited)
}

/// Ids in one statement.
const CITED_ROWS: usize = 400;

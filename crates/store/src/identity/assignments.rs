//! Roles given to users.

use super::users;
use crate::access::advance_policy_epoch_of;
use crate::database::{Queries, Sql, sql};
use crate::history::{Kept, remember};
use crate::{Error, Result, Transaction, access};
use soundkeep_domain::access::{Limit, Permission, RoleKey, Scope};
use soundkeep_domain::{AssignmentId, GroupId, OrganisationId, Timestamp, UserId};
use std::collections::{BTreeSet, HashMap};

/// A role that is given.
#[derive(Debug, Clone)]
pub struct NewAssignment {
    /// Its id.
    pub id: AssignmentId,
    /// To whom.
    pub user: UserId,
    /// The role.
    pub role: RoleKey,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
    /// When it is given.
    pub created_at: Timestamp,
}

/// A role that was given, with the names that people know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its id.
    pub id: AssignmentId,
    /// To whom.
    pub user: UserId,
    /// The role.
    pub role: RoleKey,
    /// The role's name.
    pub role_name: String,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// Names of the groups that it is limited to.
    pub groups: Vec<(GroupId, String)>,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

const fn limit_word(limit: &Limit) -> &'static str {
    match limit {
        Limit::None => "none",
        Limit::Named(_) => "groups",
        Limit::Supervised => "supervised",
    }
}

/// Gives a role.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user, role or group.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewAssignment) -> Result<()> {
    advance_policy_epoch_of(transaction, organisation, new.user).await?;
    access::role(transaction, organisation, new.role).await?;
    users::changed(transaction, organisation, new.user).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO assignments (organisation_id, id, user_id, role, group_limit, until_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organisation,
            new.id,
            new.user,
            new.role.to_string(),
            limit_word(&new.limit),
            new.until,
            new.created_at
        ))
        .await?;
    if let Limit::Named(groups) = &new.limit {
        limit_to(transaction, organisation, new.id, groups).await?;
    }
    remember(transaction, organisation, Kept::Assignment(new.id), new.created_at).await
}

async fn limit_to(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: AssignmentId,
    groups: &[GroupId],
) -> Result<()> {
    let groups: BTreeSet<GroupId> = groups.iter().copied().collect();
    if groups.is_empty() {
        return Ok(());
    }
    let mut insert = Sql::new(
        "INSERT INTO assignment_groups (organisation_id, assignment_id, group_id)
         SELECT a.organisation_id, a.id, g.id FROM assignments a JOIN groups g ON g.organisation_id = a.organisation_id
         WHERE a.organisation_id = ",
    );
    insert.bind(organisation).push(" AND a.id = ").bind(id).push(" AND g.closed_at IS NULL AND g.id IN (");
    insert.bind_all(groups.iter().copied()).push(")");
    let there = transaction.execute(insert).await?;
    if usize::try_from(there).is_ok_and(|there| there == groups.len()) { Ok(()) } else { Err(Error::NotFound) }
}

/// Takes a role away; the ledger remembers it.
///
/// # Errors
/// [`Error::NotFound`] when the user has no such assignment.
pub async fn remove(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    id: AssignmentId,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch_of(transaction, organisation, user).await?;
    let delete = "DELETE FROM assignments WHERE organisation_id = $1 AND user_id = $2 AND id = $3";
    transaction.execute_one(sql!(delete, organisation, user, id)).await?;
    let delete = "DELETE FROM assignment_groups WHERE organisation_id = $1 AND assignment_id = $2";
    transaction.execute(sql!(delete, organisation, id)).await?;
    users::changed(transaction, organisation, user).await?;
    remember(transaction, organisation, Kept::Assignment(id), now).await
}

/// The roles given to these users, oldest first; ended ones too.
///
/// # Errors
/// When the database is away or holds an unknown role.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<Vec<Given>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        Sql::new("SELECT id, user_id, role, group_limit, until_at FROM assignments WHERE organisation_id = ");
    query.bind(organisation).push(" AND user_id IN (").bind_all(users.iter().copied()).push(") ORDER BY id");
    let rows = queries.rows(query).await?;
    let mut groups = limits(queries, organisation, users).await?;
    let custom = custom_names(queries, organisation).await?;
    let mut given = Vec::with_capacity(rows.len());
    for row in rows {
        let mut columns = row.columns();
        let (id, user): (AssignmentId, UserId) = (columns.next()?, columns.next()?);
        let (role, limit): (String, String) = (columns.next()?, columns.next()?);
        let groups = groups.remove(&id).unwrap_or_default();
        given.push(Given {
            id,
            user,
            role: role.parse().map_err(|_| Error::Corrupt("an unknown role"))?,
            role_name: name_of(&role, &custom)?,
            limit: match limit.as_str() {
                "none" => Limit::None,
                "groups" => Limit::Named(groups.iter().map(|(group, _)| *group).collect()),
                "supervised" => Limit::Supervised,
                _ => return Err(Error::Corrupt("an unknown limit")),
            },
            groups,
            until: columns.next()?,
        });
    }
    Ok(given)
}

async fn limits(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<HashMap<AssignmentId, Vec<(GroupId, String)>>> {
    let mut query = Sql::new(
        "SELECT x.assignment_id, x.group_id, g.name FROM assignment_groups x
         JOIN assignments a ON a.organisation_id = x.organisation_id AND a.id = x.assignment_id
         JOIN groups g ON g.organisation_id = x.organisation_id AND g.id = x.group_id WHERE a.organisation_id = ",
    );
    query.bind(organisation).push(" AND a.user_id IN (").bind_all(users.iter().copied());
    query.push(") ORDER BY g.name_order");
    let mut groups: HashMap<AssignmentId, Vec<(GroupId, String)>> = HashMap::new();
    for row in queries.rows(query).await? {
        groups.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
    }
    Ok(groups)
}

/// Names of the organisation's own roles, by key.
pub(super) async fn custom_names(
    queries: &mut impl Queries,
    organisation: OrganisationId,
) -> Result<HashMap<String, String>> {
    let rows = queries.rows(sql!("SELECT id, name FROM roles WHERE organisation_id = $1", organisation)).await?;
    rows.iter().map(|row| Ok((row.get::<soundkeep_domain::RoleId>(0)?.to_string(), row.get(1)?))).collect()
}

/// The name of the role with this key.
pub(super) fn name_of(key: &str, custom: &HashMap<String, String>) -> Result<String> {
    match key.parse().map_err(|_| Error::Corrupt("an unknown role"))? {
        RoleKey::BuiltIn(role) => Ok(role.name().to_owned()),
        RoleKey::Custom(_) => custom.get(key).cloned().ok_or(Error::Corrupt("a role that is gone is still given")),
    }
}

/// Active users to whom a role gives this permission over the whole organisation, with no end in sight.
///
/// # Errors
/// When the database is away.
pub async fn holders(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    permission: Permission,
) -> Result<Vec<(UserId, AssignmentId)>> {
    let gives = |(given, scope): &(Permission, Scope)| *given == permission && *scope == Scope::All;
    let roles = access::roles(queries, organisation).await?;
    let keys: Vec<String> =
        roles.iter().filter(|role| role.scopes.iter().any(gives)).map(|role| role.key.to_string()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new(
        "SELECT a.user_id, a.id FROM assignments a
         JOIN users u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
         WHERE u.state = 'active' AND a.until_at IS NULL AND a.organisation_id = ",
    );
    query.bind(organisation).push(" AND a.role IN (").bind_all(keys).push(") ORDER BY a.id");
    queries.rows(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The names of those whose role is limited to this group at this time.
///
/// # Errors
/// When the database is away.
pub async fn limited_to(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    group: GroupId,
    now: Timestamp,
) -> Result<Vec<String>> {
    let rows = queries
        .rows(sql!(
            "SELECT DISTINCT u.name_order, u.id, u.name FROM assignment_groups x
             JOIN assignments a ON a.organisation_id = x.organisation_id AND a.id = x.assignment_id
             JOIN users u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
             WHERE x.organisation_id = $1 AND x.group_id = $2 AND (a.until_at IS NULL OR a.until_at > $3)
             ORDER BY u.name_order, u.id",
            organisation,
            group,
            now
        ))
        .await?;
    rows.iter().map(|row| row.get(2)).collect()
}

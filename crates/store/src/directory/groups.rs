//! Groups that a directory pushes, and who belongs to them.

use super::{Columns, Condition, push};
use crate::access::advance_policy_epoch;
use crate::audit::ROWS_MAX;
use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::{DirectoryGroupId, OrganisationId, ProviderId, Timestamp, UserId};
use std::collections::HashMap;

/// A group of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// Its id.
    pub id: DirectoryGroupId,
    /// The provider that pushes it.
    pub provider: ProviderId,
    /// Its name.
    pub name: String,
    /// The directory's name of it.
    pub external_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Grows with every change.
    pub version: i64,
}

const COLUMNS: &str = "g.id, g.provider_id, g.name, g.external_id, g.created_at, g.changed_at, g.version";
const CONDITIONS: Columns = Columns {
    id: "g.id",
    name: |sql, name| {
        sql.push("g.name_order = ").bind(name.as_bytes());
    },
    external_id: "g.external_id",
    active: None,
    member: Some(|sql, user| {
        sql.push(
            "EXISTS (SELECT 1 FROM directory_group_members m WHERE m.organisation_id = g.organisation_id
             AND m.group_id = g.id AND m.user_id = ",
        )
        .bind(user)
        .push(")");
    }),
    changed: "g.changed_at",
};

fn group(row: &Row) -> Result<DirectoryGroup> {
    let mut columns = row.columns();
    Ok(DirectoryGroup {
        id: columns.next()?,
        provider: columns.next()?,
        name: columns.next()?,
        external_id: columns.next()?,
        created_at: columns.next()?,
        changed_at: columns.next()?,
        version: columns.next()?,
    })
}

fn begun(select: &str, organisation: OrganisationId, provider: ProviderId, condition: &Condition) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(select).push(" FROM directory_groups g WHERE g.organisation_id = ").bind(organisation);
    sql.push(" AND g.provider_id = ").bind(provider).push(" AND ");
    push(&mut sql, condition, &CONDITIONS);
    sql
}

/// The form in which names are compared.
#[must_use]
pub fn name_key(name: &str) -> String {
    name.to_lowercase()
}

/// How many groups fit.
///
/// # Errors
/// When the database is away.
pub async fn count(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    condition: &Condition,
) -> Result<usize> {
    let counted: Option<i64> = queries.scalar(begun("count(*)", organisation, provider, condition)).await?;
    Ok(counted.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// Groups that fit, in the order in which they were made.
///
/// # Errors
/// When the database is away.
pub async fn page(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (provider, condition): (ProviderId, &Condition),
    (skipped, limit): (usize, usize),
) -> Result<Vec<DirectoryGroup>> {
    let mut sql = begun(COLUMNS, organisation, provider, condition);
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    sql.push(" ORDER BY g.id LIMIT ").bind(number(limit)).push(" OFFSET ").bind(number(skipped));
    queries.rows(sql).await?.iter().map(group).collect()
}

/// The next groups that fit, after this one.
///
/// # Errors
/// When the database is away.
pub async fn after(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (provider, condition): (ProviderId, &Condition),
    (after, limit): (Option<DirectoryGroupId>, u32),
) -> Result<Vec<DirectoryGroup>> {
    let mut sql = begun(COLUMNS, organisation, provider, condition);
    if let Some(after) = after {
        sql.push(" AND g.id > ").bind(after);
    }
    sql.push(" ORDER BY g.id LIMIT ").bind(limit);
    queries.rows(sql).await?.iter().map(group).collect()
}

/// One group of a provider.
///
/// # Errors
/// [`Error::NotFound`] when it has none of this id.
pub async fn get(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    id: DirectoryGroupId,
) -> Result<DirectoryGroup> {
    let sql = begun(COLUMNS, organisation, provider, &Condition::Id(id.as_bytes().to_vec()));
    group(&queries.row(sql).await?.ok_or(Error::NotFound)?)
}

/// Groups of a provider with how many belong to each, by name, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn with_sizes(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    limit: u32,
) -> Result<Vec<(DirectoryGroup, i64)>> {
    let query = format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM directory_group_members m
         WHERE m.organisation_id = g.organisation_id AND m.group_id = g.id)
         FROM directory_groups g WHERE g.organisation_id = $1 AND g.provider_id = $2 ORDER BY g.name_order, g.id LIMIT $3"
    );
    let rows = queries.rows(sql!(&query, organisation, provider, limit)).await?;
    rows.iter().map(|row| Ok((group(row)?, row.get(7)?))).collect()
}

/// Makes a group.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &DirectoryGroup) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO directory_groups (organisation_id, id, provider_id, name, name_order, external_id, created_at,
             changed_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            organisation,
            new.id,
            new.provider,
            &new.name,
            name_key(&new.name).into_bytes(),
            new.external_id.as_deref(),
            new.created_at,
            new.changed_at,
            new.version
        ))
        .await
}

/// Changes name and external id of a group, and counts its version up.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn change(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: DirectoryGroupId,
    (name, external_id): (&str, Option<&str>),
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE directory_groups SET name = $3, name_order = $4, external_id = $5, changed_at = $6,
             version = version + 1 WHERE organisation_id = $1 AND id = $2",
            organisation,
            id,
            name,
            name_key(name).into_bytes(),
            external_id,
            now
        ))
        .await
}

/// Deletes a group with all that belong to it.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn delete(transaction: &mut Transaction, organisation: OrganisationId, id: DirectoryGroupId) -> Result<()> {
    let members = "DELETE FROM directory_group_members WHERE organisation_id = $1 AND group_id = $2";
    transaction.execute(sql!(members, organisation, id)).await?;
    let delete = "DELETE FROM directory_groups WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(delete, organisation, id)).await
}

/// Who belongs to these groups.
///
/// # Errors
/// When the database is away.
pub async fn members(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    groups: &[DirectoryGroupId],
) -> Result<HashMap<DirectoryGroupId, Vec<UserId>>> {
    let mut found: HashMap<DirectoryGroupId, Vec<UserId>> = HashMap::new();
    if groups.is_empty() {
        return Ok(found);
    }
    let mut query = Sql::new("SELECT group_id, user_id FROM directory_group_members WHERE organisation_id = ");
    query.bind(organisation).push(" AND group_id IN (").bind_all(groups.iter().copied());
    query.push(") ORDER BY group_id, user_id");
    for row in queries.rows(query).await? {
        found.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(found)
}

/// The groups of these users, with the names that the directory has for them.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    users: &[UserId],
) -> Result<HashMap<UserId, Vec<DirectoryGroup>>> {
    let mut found: HashMap<UserId, Vec<DirectoryGroup>> = HashMap::new();
    if users.is_empty() {
        return Ok(found);
    }
    let mut query = Sql::new(&format!(
        "SELECT {COLUMNS}, m.user_id FROM directory_group_members m
         JOIN directory_groups g ON g.organisation_id = m.organisation_id AND g.id = m.group_id
         WHERE m.organisation_id = "
    ));
    query.bind(organisation).push(" AND g.provider_id = ").bind(provider).push(" AND m.user_id IN (");
    query.bind_all(users.iter().copied()).push(") ORDER BY g.id");
    for row in queries.rows(query).await? {
        found.entry(row.get(7)?).or_default().push(group(&row)?);
    }
    Ok(found)
}

/// Whether a provider pushes any group.
///
/// # Errors
/// When the database is away.
pub async fn are_pushed(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<bool> {
    let query = "SELECT count(*) FROM directory_groups WHERE organisation_id = $1 AND provider_id = $2";
    Ok(queries.scalar::<i64>(sql!(query, organisation, provider)).await?.unwrap_or(0) > 0)
}

/// Who belongs to any group of a provider.
///
/// # Errors
/// When the database is away.
pub async fn everybody(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<Vec<UserId>> {
    let query = "SELECT DISTINCT m.user_id FROM directory_group_members m
                 JOIN directory_groups g ON g.organisation_id = m.organisation_id AND g.id = m.group_id
                 WHERE m.organisation_id = $1 AND g.provider_id = $2";
    queries.rows(sql!(query, organisation, provider)).await?.iter().map(|row| row.get(0)).collect()
}

/// Lets users belong to a group, and says who didn't before.
///
/// # Errors
/// When the database refuses.
pub async fn join(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: DirectoryGroupId,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let mut joined = Vec::new();
    for some in users.chunks(ROWS_MAX) {
        let mut insert = Sql::new("INSERT INTO directory_group_members (organisation_id, group_id, user_id) VALUES ");
        for (at, user) in some.iter().enumerate() {
            insert.push(if at == 0 { "(" } else { ", (" }).bind(organisation).push(", ").bind(id);
            insert.push(", ").bind(*user).push(")");
        }
        insert.push(" ON CONFLICT DO NOTHING RETURNING user_id");
        for row in transaction.rows(insert).await? {
            joined.push(row.get(0)?);
        }
    }
    Ok(joined)
}

/// Lets users belong to a group no more, and says who did.
///
/// # Errors
/// When the database refuses.
pub async fn leave(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: DirectoryGroupId,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let mut left = Vec::new();
    for some in users.chunks(ROWS_MAX) {
        let mut delete = Sql::new("DELETE FROM directory_group_members WHERE organisation_id = ");
        delete.bind(organisation).push(" AND group_id = ").bind(id).push(" AND user_id IN (");
        delete.bind_all(some.iter().copied()).push(") RETURNING user_id");
        for row in transaction.rows(delete).await? {
            left.push(row.get(0)?);
        }
    }
    Ok(left)
}

/// Forgets all that a provider said of users and groups, and its tokens; the users stay, managed by nobody.
///
/// # Errors
/// When the database refuses.
pub async fn forget_provider(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
) -> Result<()> {
    for statement in [
        "DELETE FROM directory_group_members WHERE organisation_id = $1 AND group_id IN
         (SELECT id FROM directory_groups WHERE organisation_id = $1 AND provider_id = $2)",
        "DELETE FROM directory_groups WHERE organisation_id = $1 AND provider_id = $2",
        "DELETE FROM directory_users WHERE organisation_id = $1 AND provider_id = $2",
    ] {
        transaction.execute(sql!(statement, organisation, provider)).await?;
    }
    let tokens = "DELETE FROM scim_tokens WHERE organisation_id = $1 AND provider_id = $2";
    if transaction.execute(sql!(tokens, organisation, provider)).await? > 0 {
        advance_policy_epoch(transaction, organisation).await?;
    }
    Ok(())
}

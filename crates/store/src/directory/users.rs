//! Users as a directory sees and manages them.

use super::{Columns, Condition, View, push};
use crate::access::{epoch_of, hold};
use crate::audit::{NewEvent, ROWS_MAX, append_after};
use crate::database::{BEFORE, Queries, Row, Sql, sql};
use crate::identity::users::{self as people, NewUser, User};
use crate::{Error, Result, Transaction};
use soundkeep_domain::{OrganisationId, ProviderId, Timestamp, UserId};

/// What a directory says of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The provider that manages them.
    pub provider: ProviderId,
    /// What they sign in as there, in lower case: unique in the organisation.
    pub user_name: String,
    /// The directory's name of them.
    pub external_id: Option<String>,
    /// Everything, as JSON.
    pub document: String,
    /// When the directory last changed it.
    pub changed_at: Timestamp,
}

/// A user, and what a directory says of them, if one manages them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The user.
    pub user: User,
    /// What a directory says.
    pub said: Option<Said>,
}

const SAID: &str = "d.provider_id, d.user_name, d.external_id, d.document, d.changed_at";

fn directory_user(row: &Row) -> Result<DirectoryUser> {
    let (user, mut columns) = people::read(row)?;
    let provider: Option<ProviderId> = columns.next()?;
    let user_name: Option<String> = columns.next()?;
    let external_id = columns.next()?;
    let document: Option<String> = columns.next()?;
    let changed_at: Option<Timestamp> = columns.next()?;
    let said = match (provider, user_name, document, changed_at) {
        (Some(provider), Some(user_name), Some(document), Some(changed_at)) => {
            Some(Said { provider, user_name, external_id, document, changed_at })
        }
        _ => None,
    };
    Ok(DirectoryUser { user, said })
}

const COLUMNS: Columns = Columns {
    id: "t.id",
    // Whom nobody manages signs in as their address.
    name: |sql, name| {
        sql.push(
            "(t.id IN (SELECT n.user_id FROM directory_users n WHERE n.organisation_id = t.organisation_id
                  AND n.user_name = ",
        )
        .bind(name)
        .push(") OR (d.user_id IS NULL AND t.email = ")
        .bind(name)
        .push("))");
    },
    external_id: "d.external_id",
    active: Some("t.state"),
    member: None,
    changed: "coalesce(d.changed_at, t.created_at)",
};

fn begun(select: &str, organisation: OrganisationId, view: &View, condition: &Condition) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(select).push(
        " FROM users t LEFT JOIN directory_users d ON d.organisation_id = t.organisation_id AND d.user_id = t.id
         WHERE t.organisation_id = ",
    );
    sql.bind(organisation).push(" AND ((d.deleted_at IS NULL AND d.provider_id = ").bind(view.provider);
    sql.push(") OR (d.user_id IS NULL AND ").push(if view.only_these { "(1 = 0" } else { "NOT (1 = 0" });
    for domain in &view.domains {
        let ending = format!("@{domain}");
        let length = i64::try_from(ending.chars().count()).unwrap_or(i64::MAX);
        sql.push(" OR substr(t.email, length(t.email) - CAST(").bind(length - 1).push(" AS INTEGER)) = ").bind(ending);
    }
    sql.push("))) AND ");
    push(&mut sql, condition, &COLUMNS);
    sql
}

fn select() -> String {
    format!("{}, {SAID}", people::COLUMNS)
}

/// How many users a directory sees that fit.
///
/// # Errors
/// When the database is away.
pub async fn count(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    view: &View,
    condition: &Condition,
) -> Result<usize> {
    let counted: Option<i64> = queries.scalar(begun("count(*)", organisation, view, condition)).await?;
    Ok(counted.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// Users that a directory sees and that fit, in the order in which they were made.
///
/// # Errors
/// When the database is away.
pub async fn page(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (view, condition): (&View, &Condition),
    (skipped, limit): (usize, usize),
) -> Result<Vec<DirectoryUser>> {
    let mut sql = begun(&select(), organisation, view, condition);
    let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
    sql.push(" ORDER BY t.id LIMIT ").bind(number(limit)).push(" OFFSET ").bind(number(skipped));
    queries.rows(sql).await?.iter().map(directory_user).collect()
}

/// The next users that a directory sees and that fit, after this one.
///
/// # Errors
/// When the database is away.
pub async fn after(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (view, condition): (&View, &Condition),
    (after, limit): (Option<UserId>, u32),
) -> Result<Vec<DirectoryUser>> {
    let mut sql = begun(&select(), organisation, view, condition);
    if let Some(after) = after {
        sql.push(" AND t.id > ").bind(after);
    }
    sql.push(" ORDER BY t.id LIMIT ").bind(limit);
    queries.rows(sql).await?.iter().map(directory_user).collect()
}

/// One user that a directory sees.
///
/// # Errors
/// [`Error::NotFound`] when it sees none of this id.
pub async fn get(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    view: &View,
    id: UserId,
) -> Result<DirectoryUser> {
    let sql = begun(&select(), organisation, view, &Condition::Id(id.as_bytes().to_vec()));
    directory_user(&queries.row(sql).await?.ok_or(Error::NotFound)?)
}

/// Which of these users a directory sees.
///
/// # Errors
/// When the database is away.
pub async fn visible(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    view: &View,
    users: &[UserId],
) -> Result<Vec<UserId>> {
    let mut found = Vec::new();
    for some in users.chunks(ROWS_MAX) {
        let mut sql = begun("t.id", organisation, view, &Condition::All(Vec::new()));
        sql.push(" AND t.id IN (").bind_all(some.iter().copied()).push(")");
        for row in queries.rows(sql).await? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// What there is already of a name or an address, whoever manages it: the user, their provider, and whether that deleted
/// them.
///
/// # Errors
/// When the database is away.
pub async fn known(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    (user_name, email): (&str, &str),
) -> Result<Vec<(UserId, Option<ProviderId>, bool)>> {
    let query = sql!(
        "SELECT t.id, d.provider_id, d.deleted_at FROM users t
         LEFT JOIN directory_users d ON d.organisation_id = t.organisation_id AND d.user_id = t.id
         WHERE t.organisation_id = $1 AND (t.email = $3 OR t.id IN (SELECT n.user_id FROM directory_users n
         WHERE n.organisation_id = $1 AND n.user_name = $2)) ORDER BY t.id",
        organisation,
        user_name,
        email
    );
    let known = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get::<Option<Timestamp>>(2)?.is_some()));
    queries.rows(query).await?.iter().map(known).collect()
}

const TAKEN: Error = Error::Conflict("somebody has this user name or email address already");

/// Adds a user that a directory brings, with the event that tells of it, while rights are held as they are; says the
/// policy epoch. In one trip: directories bring thousands.
///
/// # Errors
/// [`Error::Conflict`] when somebody has the name or the address; then the transaction can't go on.
pub async fn provision(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (new, said): (&NewUser<'_>, &Said),
    event: &NewEvent,
) -> Result<i64> {
    hold(transaction, organisation).await?;
    let (add, told) = people::addition(organisation, new, Some((said.provider, event.id)))?;
    let mut writes = vec![add];
    writes.extend(told);
    writes.push(insertion(organisation, new.id, said, BEFORE));
    match append_after(transaction, writes, event, epoch_of(organisation)).await? {
        Some(epoch) => epoch.ok_or(Error::NotFound),
        None => Err(TAKEN),
    }
}

async fn insert(transaction: &mut Transaction, organisation: OrganisationId, user: UserId, said: &Said) -> Result<u64> {
    transaction.execute(insertion(organisation, user, said, "1 = 1")).await
}

fn insertion(organisation: OrganisationId, user: UserId, said: &Said, condition: &str) -> Sql {
    let insert = format!(
        "INSERT INTO directory_users (organisation_id, user_id, provider_id, user_name, external_id, document,
         changed_at) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {condition} ON CONFLICT DO NOTHING"
    );
    sql!(
        &insert,
        organisation,
        user,
        said.provider,
        &said.user_name,
        said.external_id.as_deref(),
        &said.document,
        said.changed_at
    )
}

/// Keeps what a directory says of a user, who is managed by it from now on; one that it had deleted is there again.
///
/// # Errors
/// [`Error::Conflict`] when another has the name.
pub async fn say(transaction: &mut Transaction, organisation: OrganisationId, user: UserId, said: &Said) -> Result<()> {
    let taken: Option<i64> = transaction
        .scalar(sql!(
            "SELECT count(*) FROM directory_users WHERE organisation_id = $1 AND user_name = $2 AND user_id <> $3",
            organisation,
            &said.user_name,
            user
        ))
        .await?;
    if taken.unwrap_or(0) > 0 {
        return Err(TAKEN);
    }
    people::changed(transaction, organisation, user).await?;
    let updated = transaction
        .execute(sql!(
            "UPDATE directory_users SET provider_id = $3, user_name = $4, external_id = $5, document = $6,
             changed_at = $7, deleted_at = NULL WHERE organisation_id = $1 AND user_id = $2",
            organisation,
            user,
            said.provider,
            &said.user_name,
            said.external_id.as_deref(),
            &said.document,
            said.changed_at
        ))
        .await?;
    match updated {
        0 if insert(transaction, organisation, user, said).await? == 0 => Err(TAKEN),
        _ => Ok(()),
    }
}

/// Whether another provider than this one vouches for addresses of a domain.
///
/// # Errors
/// When the database is away.
pub async fn is_of_another(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    domain: &str,
) -> Result<bool> {
    let query =
        "SELECT count(*) FROM provider_domains WHERE organisation_id = $1 AND domain = $2 AND provider_id <> $3";
    Ok(queries.scalar::<i64>(sql!(query, organisation, domain, provider)).await?.unwrap_or(0) > 0)
}

/// Gives a user another address.
///
/// # Errors
/// [`Error::Conflict`] when somebody has it.
pub async fn readdress(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: &User,
    email: &str,
    now: Timestamp,
) -> Result<()> {
    let taken = sql!(
        "SELECT count(*) FROM users WHERE organisation_id = $1 AND email = $2 AND id <> $3",
        organisation,
        email,
        user.id
    );
    if transaction.scalar::<i64>(taken).await?.unwrap_or(0) > 0 {
        return Err(TAKEN);
    }
    people::readdress(transaction, organisation, user, email, now).await
}

/// A directory takes a user out: it sees them no more. The user stays.
///
/// # Errors
/// When the database refuses.
pub async fn forget(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    people::changed(transaction, organisation, user).await?;
    let update = "UPDATE directory_users SET deleted_at = $3, changed_at = $3
                  WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(update, organisation, user, now)).await?;
    let delete = "DELETE FROM directory_group_members WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(delete, organisation, user)).await.map(|_| ())
}

/// The providers that manage these users, with their names; of those that they haven't deleted.
///
/// # Errors
/// When the database is away.
pub async fn managers(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<Vec<(UserId, ProviderId, String)>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new(
        "SELECT d.user_id, p.id, p.name FROM directory_users d
         JOIN identity_providers p ON p.organisation_id = d.organisation_id AND p.id = d.provider_id
         WHERE d.deleted_at IS NULL AND d.organisation_id = ",
    );
    query.bind(organisation).push(" AND d.user_id IN (").bind_all(users.iter().copied()).push(")");
    queries.rows(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).collect()
}

//! Groups, and who belongs to them from when to when.
//!
//! Membership is kept in spells: joining begins one, leaving ends it, and nothing is overwritten,
//! because the stamp of a conversation asks who was a member at its start.

use super::{NameCursor, NamePage, folded, push_name_page, users};
use crate::access::{advance_policy_epoch, advance_policy_epoch_of};
use crate::database::{Queries, Row, Sql, sql};
use crate::history::{Kept, remember};
use crate::{Error, Result, Transaction};
use soundkeep_domain::{GroupId, OrganisationId, Timestamp, UserId};

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Grows with every change.
    pub version: i64,
}

impl Group {
    /// Where a page that ends with this group goes on.
    #[must_use]
    pub fn cursor(&self) -> NameCursor {
        NameCursor { name_order: folded(&self.name).into_bytes(), id: self.id.as_bytes().to_vec() }
    }
}

/// How a user belongs to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bond {
    /// As an agent of it.
    Member,
    /// As somebody who looks after it.
    Supervisor,
}

impl Bond {
    /// The word in the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Supervisor => "supervisor",
        }
    }
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Member => "group_members",
            Self::Supervisor => "group_supervisors",
        }
    }
}

/// A user who belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// The group.
    pub group: GroupId,
    /// Its name.
    pub group_name: String,
    /// The user.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
}

fn group(row: &Row) -> Result<Group> {
    let mut columns = row.columns();
    Ok(Group { id: columns.next()?, name: columns.next()?, version: columns.next()? })
}

/// Two groups whose names differ in case or accents alone would be taken for each other.
const TAKEN: Error = Error::Conflict("there is a group of this name already");

fn taken(error: Error) -> Error {
    match error {
        Error::Conflict(_) => TAKEN,
        other => other,
    }
}

/// Makes a group.
///
/// # Errors
/// [`Error::Conflict`] when there is one of this name.
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: GroupId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO groups (organisation_id, id, name, name_order, search_text, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, 1)",
            organisation,
            id,
            name,
            folded(name).into_bytes(),
            folded(name),
            now
        ))
        .await
        .map_err(taken)?;
    remember(transaction, organisation, Kept::Group(id), now).await
}

/// One group that isn't closed.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such group.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: GroupId) -> Result<Group> {
    let query = "SELECT id, name, version FROM groups WHERE organisation_id = $1 AND id = $2 AND closed_at IS NULL";
    group(&queries.row(sql!(query, organisation, id)).await?.ok_or(Error::NotFound)?)
}

/// A page of groups in the order of their names.
///
/// # Errors
/// When the database is away.
pub async fn page(queries: &mut impl Queries, organisation: OrganisationId, page: &NamePage) -> Result<Vec<Group>> {
    let mut query =
        Sql::new("SELECT t.id, t.name, t.version FROM groups t WHERE t.closed_at IS NULL AND t.organisation_id = ");
    query.bind(organisation);
    push_name_page(&mut query, page);
    queries.rows(query).await?.iter().map(group).collect()
}

/// Names a group anew, which stands at this version.
///
/// # Errors
/// [`Error::Conflict`] when it doesn't, or another has the name.
pub async fn rename(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    group: &Group,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    let renamed = transaction
        .execute(sql!(
            "UPDATE groups SET name = $4, name_order = $5, search_text = $6, version = version + 1
             WHERE organisation_id = $1 AND id = $2 AND version = $3 AND closed_at IS NULL",
            organisation,
            group.id,
            group.version,
            name,
            folded(name).into_bytes(),
            folded(name)
        ))
        .await
        .map_err(taken)?;
    if renamed == 0 {
        return Err(Error::Conflict("the group was changed in between"));
    }
    remember(transaction, organisation, Kept::Group(group.id), now).await
}

/// Closes a group and ends all that belong to it. Its name stays for conversations that were stamped with it.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such group.
pub async fn close(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: GroupId,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    transaction
        .execute_one(sql!(
            "UPDATE groups SET closed_at = $3, version = version + 1
             WHERE organisation_id = $1 AND id = $2 AND closed_at IS NULL",
            organisation,
            id,
            now
        ))
        .await?;
    remember(transaction, organisation, Kept::Group(id), now).await?;
    for bond in [Bond::Member, Bond::Supervisor] {
        let table = bond.table();
        let update = format!(
            "UPDATE {table} SET until_at = CASE WHEN from_at > $3 THEN from_at ELSE $3 END
             WHERE organisation_id = $1 AND group_id = $2 AND (until_at IS NULL OR until_at > $3) RETURNING user_id"
        );
        for row in transaction.rows(sql!(&update, organisation, id, now)).await? {
            remember(transaction, organisation, Kept::Bond(bond, id, row.get(0)?), now).await?;
        }
    }
    Ok(())
}

/// Lets a user belong to a group from `from` on, which isn't later than `now`, and says whether that is new.
///
/// # Errors
/// When the database refuses.
pub async fn join(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    bond: Bond,
    (group, user): (GroupId, UserId),
    from: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    // Also the lock: two who add the same user at once must not begin two spells.
    advance_policy_epoch_of(transaction, organisation, user).await?;
    let table = bond.table();
    let open = format!(
        "SELECT count(*) FROM {table} WHERE organisation_id = $1 AND user_id = $2 AND group_id = $3
         AND (until_at IS NULL OR until_at > $4)"
    );
    if transaction.scalar::<i64>(sql!(&open, organisation, user, group, now)).await?.unwrap_or(0) > 0 {
        return Ok(false);
    }
    // A spell that began at this very microsecond goes on.
    let insert = format!(
        "INSERT INTO {table} (organisation_id, user_id, group_id, from_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organisation_id, user_id, group_id, from_at) DO UPDATE SET until_at = NULL"
    );
    transaction.execute_one(sql!(&insert, organisation, user, group, from)).await?;
    remember(transaction, organisation, Kept::Bond(bond, group, user), now).await?;
    both_changed(transaction, organisation, group, user).await?;
    Ok(true)
}

/// Ends a user's belonging to a group, and says whether there was any.
///
/// # Errors
/// When the database refuses.
pub async fn leave(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    bond: Bond,
    (group, user): (GroupId, UserId),
    now: Timestamp,
) -> Result<bool> {
    advance_policy_epoch_of(transaction, organisation, user).await?;
    let update = format!(
        "UPDATE {} SET until_at = CASE WHEN from_at > $4 THEN from_at ELSE $4 END
         WHERE organisation_id = $1 AND user_id = $2 AND group_id = $3 AND (until_at IS NULL OR until_at > $4)",
        bond.table()
    );
    if transaction.execute(sql!(&update, organisation, user, group, now)).await? == 0 {
        return Ok(false);
    }
    remember(transaction, organisation, Kept::Bond(bond, group, user), now).await?;
    both_changed(transaction, organisation, group, user).await?;
    Ok(true)
}

async fn both_changed(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    group: GroupId,
    user: UserId,
) -> Result<()> {
    users::changed(transaction, organisation, user).await?;
    let update = "UPDATE groups SET version = version + 1 WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(update, organisation, group)).await
}

/// Who belongs to these groups at this time, in the order of names. Disabled users too.
///
/// # Errors
/// When the database is away.
pub async fn of_groups(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    bond: Bond,
    groups: &[GroupId],
    now: Timestamp,
) -> Result<Vec<Tie>> {
    ties(queries, organisation, bond, "x.group_id", groups.iter().copied(), now).await
}

/// Which groups these users belong to at this time, in the order of names.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    bond: Bond,
    users: &[UserId],
    now: Timestamp,
) -> Result<Vec<Tie>> {
    ties(queries, organisation, bond, "x.user_id", users.iter().copied(), now).await
}

async fn ties<Id: Into<crate::database::Value>>(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    bond: Bond,
    column: &str,
    ids: impl ExactSizeIterator<Item = Id>,
    now: Timestamp,
) -> Result<Vec<Tie>> {
    if ids.len() == 0 {
        return Ok(Vec::new());
    }
    let mut query = Sql::new(&format!(
        "SELECT x.group_id, g.name, x.user_id, u.name FROM {} x
         JOIN groups g ON g.organisation_id = x.organisation_id AND g.id = x.group_id
         JOIN users u ON u.organisation_id = x.organisation_id AND u.id = x.user_id WHERE x.organisation_id = ",
        bond.table()
    ));
    query.bind(organisation).push(" AND x.from_at <= ").bind(now);
    query.push(" AND (x.until_at IS NULL OR x.until_at > ").bind(now);
    query.push(&format!(") AND {column} IN (")).bind_all(ids);
    query.push(") ORDER BY g.name_order, u.name_order, u.id");
    let tie = |row: &Row| {
        let mut columns = row.columns();
        Ok(Tie {
            group: columns.next()?,
            group_name: columns.next()?,
            user: columns.next()?,
            user_name: columns.next()?,
        })
    };
    queries.rows(query).await?.iter().map(tie).collect()
}

//! Agent ids: which extension, login or phone id was whose, from when to when.
//!
//! Spells end and are never changed, because intake asks whose an id was at a conversation's start.

use super::users;
use crate::database::{Queries, Row, Sql, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{AgentIdId, OrganisationId, Timestamp, UserId};

/// A spell in which an agent id belonged to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentId {
    /// Its id.
    pub id: AgentIdId,
    /// Whose.
    pub user: UserId,
    /// The extension, login or phone id.
    pub value: String,
    /// From when on.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

const COLUMNS: &str = "id, user_id, value, from_at, until_at";

fn agent_id(row: &Row) -> Result<AgentId> {
    let mut columns = row.columns();
    Ok(AgentId {
        id: columns.next()?,
        user: columns.next()?,
        value: columns.next()?,
        from: columns.next()?,
        until: columns.next()?,
    })
}

/// Gives a user an agent id. When it is somebody's at a part of that time, nothing is added and that spell returned.
///
/// # Errors
/// [`crate::Error::NotFound`] when the organisation has no such user.
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    new: &AgentId,
) -> Result<Option<AgentId>> {
    // Of two who give the same id at once the second sees the first.
    crate::access::lock_policy(transaction, organisation).await?;
    let mut overlap = Sql::new(&format!("SELECT {COLUMNS} FROM agent_ids WHERE organisation_id = "));
    overlap.bind(organisation).push(" AND value = ").bind(&new.value);
    overlap.push(" AND (until_at IS NULL OR (until_at > from_at AND until_at > ").bind(new.from).push("))");
    if let Some(until) = new.until {
        overlap.push(" AND from_at < ").bind(until);
    }
    overlap.push(" ORDER BY from_at LIMIT 1");
    if let Some(row) = transaction.row(overlap).await? {
        return agent_id(&row).map(Some);
    }
    users::changed(transaction, organisation, new.user).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO agent_ids (organisation_id, id, user_id, value, from_at, until_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            organisation,
            new.id,
            new.user,
            &new.value,
            new.from,
            new.until
        ))
        .await?;
    Ok(None)
}

/// Ends a spell; one that hasn't begun yet never will. Returns it as it was.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user has no such agent id or it has ended already.
pub async fn end(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    id: AgentIdId,
    now: Timestamp,
) -> Result<AgentId> {
    let query = format!(
        "SELECT {COLUMNS} FROM agent_ids WHERE organisation_id = $1 AND user_id = $2 AND id = $3
         AND (until_at IS NULL OR (until_at > from_at AND until_at > $4))"
    );
    let row = transaction.row(sql!(&query, organisation, user, id, now)).await?;
    let old = agent_id(&row.ok_or(crate::Error::NotFound)?)?;
    let update = "UPDATE agent_ids SET until_at = $3 WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(update, organisation, id, now.max(old.from))).await?;
    users::changed(transaction, organisation, user).await?;
    Ok(old)
}

/// The agent ids of these users, ended ones too, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn of_users(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<Vec<AgentId>> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new(&format!("SELECT {COLUMNS} FROM agent_ids WHERE organisation_id = "));
    query.bind(organisation).push(" AND user_id IN (").bind_all(users.iter().copied());
    query.push(") AND (until_at IS NULL OR until_at > from_at) ORDER BY from_at, id");
    queries.rows(query).await?.iter().map(agent_id).collect()
}

//! Whose conversations were whose, corrected many at a time.
//!
//! Opens nothing without a scope over everything: what can't be attributed is seen by `all` only.

use super::{past, reindex, set_agents, stamp};
use crate::access;
use crate::counts;
use crate::database::{Queries, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{ScopeOf, marks};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, Timestamp, UserId};

/// Whoever may correct attribution everywhere.
pub type Scope = ScopeOf<marks::ConversationsEdit>;

/// Which conversations are meant. Those that are named are meant whoever's they are; else only those of nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The agent id that their source named.
    pub agent_label: Option<String>,
    /// Those that began at this time or later.
    pub from: Option<Timestamp>,
    /// Those that began before this time.
    pub until: Option<Timestamp>,
    /// These, and no others.
    pub conversations: Vec<ConversationId>,
}

/// A conversation that is to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its place in the order of all conversations.
    pub ord: i64,
    /// Its id.
    pub id: ConversationId,
    /// When it began.
    pub started_at: Timestamp,
}

/// A conversation that was corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// Its id.
    pub id: ConversationId,
    /// Whose it was.
    pub old: Vec<UserId>,
    /// The agent's groups at its start.
    pub groups: Vec<GroupId>,
}

/// Conversations of nobody whose source named the same agent id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unattributed {
    /// What the source named, if it did.
    pub agent_label: Option<String>,
    /// How many.
    pub conversations: i64,
    /// When the first of them began.
    pub first_at: Timestamp,
    /// When the last of them began.
    pub last_at: Timestamp,
}

/// Access groups narrow what a role reaches: to whom anything is kept back, this isn't everything.
fn everything(scope: &Scope) -> Result<OrganisationId> {
    if scope.everything() && scope.restrictions().are_none() {
        Ok(scope.organisation())
    } else {
        Err(Error::StalePermit)
    }
}

fn narrow(query: &mut Sql, organisation: OrganisationId, selection: &Selection) {
    query.push(" FROM conversations c WHERE c.record_state <> 'erased' AND c.organisation_id = ").bind(organisation);
    if selection.conversations.is_empty() {
        query.push(" AND c.attributed = 0");
    } else {
        query.push(" AND c.id IN (").bind_all(selection.conversations.iter().copied()).push(")");
    }
    if let Some(label) = &selection.agent_label {
        query.push(" AND c.agent_label = ").bind(label);
    }
    if let Some(from) = selection.from {
        query.push(" AND c.started_at >= ").bind(from);
    }
    if let Some(until) = selection.until {
        query.push(" AND c.started_at < ").bind(until);
    }
}

/// How many conversations are meant. Erased ones aren't.
///
/// # Errors
/// [`Error::StalePermit`] when the scope doesn't reach everything.
pub async fn count(queries: &mut impl Queries, scope: &Scope, selection: &Selection) -> Result<i64> {
    let mut query = Sql::new("SELECT count(*)");
    narrow(&mut query, everything(scope)?, selection);
    Ok(queries.scalar(query).await?.unwrap_or(0))
}

/// The next conversations that are meant, in the order of all.
///
/// # Errors
/// [`Error::StalePermit`] when the scope doesn't reach everything.
pub async fn next(
    queries: &mut impl Queries,
    scope: &Scope,
    selection: &Selection,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Found>> {
    let mut query = Sql::new("SELECT c.ord, c.id, c.started_at");
    narrow(&mut query, everything(scope)?, selection);
    if let Some(after) = after {
        query.push(" AND c.ord > ").bind(after);
    }
    query.push(" ORDER BY c.ord LIMIT ").bind(limit);
    let rows = queries.rows(query).await?;
    rows.iter().map(|row| Ok(Found { ord: row.get(0)?, id: row.get(1)?, started_at: row.get(2)? })).collect()
}

/// Gives conversations to an agent, each with the stamp at its start; those that are the agent's alone already stay as
/// they are. Whatever was decided before is out of date.
///
/// # Errors
/// [`Error::StalePermit`] when the scope doesn't reach everything, or rights changed since it was made.
pub async fn correct(
    transaction: &mut Transaction,
    scope: &Scope,
    found: &[Found],
    agent: UserId,
    now: Timestamp,
) -> Result<Vec<Corrected>> {
    let organisation = everything(scope)?;
    if access::lock_policy(transaction, organisation).await? != scope.policy_epoch() {
        return Err(Error::StalePermit);
    }
    let mut corrected = Vec::new();
    for conversation in found {
        let query = "SELECT user_id FROM conversation_agents WHERE organisation_id = $1 AND ord = $2 ORDER BY user_id";
        let rows = transaction.rows(sql!(query, organisation, conversation.ord)).await?;
        let old: Vec<UserId> = rows.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
        if old == [agent] {
            continue;
        }
        let groups = stamp(transaction, organisation, agent, conversation.started_at).await?;
        past::keep(transaction, organisation, conversation.id, now).await?;
        counts::take_out(transaction, organisation, conversation.ord).await?;
        set_agents(transaction, organisation, conversation.ord, &[agent], &groups).await?;
        counts::take_in(transaction, organisation, conversation.ord).await?;
        let update = "UPDATE conversations SET attributed = 1, version = version + 1
                      WHERE organisation_id = $1 AND ord = $2";
        transaction.execute_one(sql!(update, organisation, conversation.ord)).await?;
        reindex(transaction, organisation, conversation.id).await?;
        corrected.push(Corrected { id: conversation.id, old, groups });
    }
    if !corrected.is_empty() {
        access::advance_policy_epoch(transaction, organisation).await?;
    }
    Ok(corrected)
}

/// What is nobody's, by the agent id that the source named; the most first.
///
/// # Errors
/// [`Error::StalePermit`] when the scope doesn't reach everything.
pub async fn unattributed(queries: &mut impl Queries, scope: &Scope, limit: u32) -> Result<Vec<Unattributed>> {
    let mut query = Sql::new("SELECT c.agent_label, count(*), min(c.started_at), max(c.started_at)");
    narrow(&mut query, everything(scope)?, &Selection::default());
    query.push(" GROUP BY c.agent_label ORDER BY count(*) DESC, coalesce(c.agent_label, '') LIMIT ").bind(limit);
    let rows = queries.rows(query).await?;
    let unattributed = |row: &crate::database::Row| {
        let mut columns = row.columns();
        Ok(Unattributed {
            agent_label: columns.next()?,
            conversations: columns.next()?,
            first_at: columns.next()?,
            last_at: columns.next()?,
        })
    };
    rows.iter().map(unattributed).collect()
}

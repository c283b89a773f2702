//! An agent's conversations, to be found by the name that the agent has now.
//!
//! Gives out no conversation: only how far the index has been written anew.

use super::reindex;
use crate::database::{Dialect, Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::access::RecordState;
use soundkeep_domain::{ConversationId, OrganisationId, UserId};

/// How many conversations an agent has.
///
/// # Errors
/// When the database is away.
pub async fn count(queries: &mut impl Queries, organisation: OrganisationId, agent: UserId) -> Result<i64> {
    let query = "SELECT count(*) FROM conversation_agents WHERE organisation_id = $1 AND user_id = $2";
    Ok(queries.scalar(sql!(query, organisation, agent)).await?.unwrap_or(0))
}

/// Writes the index of an agent's next conversations anew, in the order of all; what is erased stays out of it. Gives
/// the place of each that was looked at.
///
/// # Errors
/// When the database refuses.
pub async fn index_next(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    agent: UserId,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<i64>> {
    // Whoever edits one of them waits: what is indexed is what stands there when this is committed.
    let hold = match transaction.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR NO KEY UPDATE OF c",
    };
    let query = format!(
        "SELECT c.ord, c.id, c.record_state FROM conversation_agents a
         JOIN conversations c ON c.organisation_id = a.organisation_id AND c.ord = a.ord
         WHERE a.organisation_id = $1 AND a.user_id = $2 AND a.ord > $3 ORDER BY a.ord LIMIT $4{hold}"
    );
    let rows = transaction.rows(sql!(&query, organisation, agent, after.unwrap_or(i64::MIN), limit)).await?;
    let mut looked_at = Vec::with_capacity(rows.len());
    for row in rows {
        let mut columns = row.columns();
        let (ord, id, state): (i64, ConversationId, String) = (columns.next()?, columns.next()?, columns.next()?);
        if state != RecordState::Erased.word() {
            reindex(transaction, organisation, id).await?;
        }
        looked_at.push(ord);
    }
    Ok(looked_at)
}

//! Events in rows, and the numbers, hashes and checkpoints that the sequencer gives them.
//!
//! An event is written in the transaction of the change that it tells of. Its text is made elsewhere
//! and never changed here. Knows no hash function and no key.

use crate::database::{BEFORE, Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{OrganisationPermit, marks};
use soundkeep_domain::audit::{EventKind, Outcome};
use soundkeep_domain::{ConversationId, EventId, OrganisationId, Timestamp};

/// Most rows of one statement: SQLite looks through the names of all places for each of them.
pub(crate) const ROWS_MAX: usize = 64;

/// An event, ready to be written down.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Whose log.
    pub organisation: OrganisationId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Kind of who did it.
    pub actor_kind: &'static str,
    /// Id of who did it.
    pub actor_id: Option<String>,
    /// Kind of what it was done to.
    pub object_kind: Option<&'static str>,
    /// Id of what it was done to.
    pub object_id: Option<String>,
    /// The conversation that it is about, for that conversation's history.
    pub conversation: Option<ConversationId>,
    /// The leaf: canonical JSON.
    pub leaf: String,
    /// Openings of its commitments, as JSON.
    pub openings: Option<String>,
}

/// Writes an event down, in the transaction of its change.
///
/// # Errors
/// When the database refuses; then the change must not happen either.
pub async fn append(transaction: &mut Transaction, event: &NewEvent) -> Result<()> {
    append_all(transaction, &[event]).await?;
    crate::history::tell(transaction, event.id, event.kind).await
}

/// Writes events down, in the transaction of their changes.
///
/// # Errors
/// As [`append`]; then none of them is written.
pub(crate) async fn append_all(transaction: &mut Transaction, events: &[&NewEvent]) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let mut insert = Sql::new(INSERT);
    for (at, event) in events.iter().enumerate() {
        insert.push(if at == 0 { "VALUES (" } else { ", (" });
        bind(&mut insert, event);
        insert.push(")");
    }
    transaction.execute(insert).await?;
    transaction.wrote_event();
    Ok(())
}

/// Makes writes and writes down the event that tells of them, and reads a number, in one trip: the number when each of
/// them touched a row, and nothing when one didn't; then the transaction is to go.
pub(crate) async fn append_after(
    transaction: &mut Transaction,
    mut writes: Vec<Sql>,
    event: &NewEvent,
    number: Sql,
) -> Result<Option<Option<i64>>> {
    let mut insert = Sql::new(INSERT);
    bind(insert.push("SELECT "), event);
    insert.push(" WHERE ").push(BEFORE);
    writes.push(insert);
    let (touched, number) = transaction.together(writes, number).await?;
    if touched.contains(&0) {
        return Ok(None);
    }
    transaction.wrote_event();
    crate::history::tell(transaction, event.id, event.kind).await?;
    Ok(Some(number))
}

const INSERT: &str = "INSERT INTO events (organisation_id, id, at, kind, outcome, actor_kind, actor_id, object_kind,
     object_id, conversation_id, leaf, openings) ";

fn bind(insert: &mut Sql, event: &NewEvent) {
    insert.bind(event.organisation).push(", ").bind(event.id).push(", ").bind(event.at).push(", ");
    insert.bind_all([event.kind.key(), event.outcome.word(), event.actor_kind]).push(", ");
    insert.bind_all([event.actor_id.as_deref(), event.object_kind, event.object_id.as_deref()]).push(", ");
    insert.bind(event.conversation).push(", ").bind(&event.leaf).push(", ");
    insert.bind(event.openings.as_deref());
}

/// An event as it was written down.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its id.
    pub id: EventId,
    /// Its number in the log, once the sequencer gave it one.
    pub leaf_index: Option<i64>,
    /// The leaf: canonical JSON.
    pub leaf: String,
    /// Openings of its commitments, as JSON.
    pub openings: Option<String>,
}

fn stored(row: &Row) -> Result<StoredEvent> {
    let mut columns = row.columns();
    Ok(StoredEvent {
        id: columns.next()?,
        leaf_index: columns.next()?,
        leaf: columns.next()?,
        openings: columns.next()?,
    })
}

/// What a look at the ledger is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of this kind.
    pub kind: Option<EventKind>,
    /// Done by this id.
    pub actor: Option<String>,
    /// Done to this id.
    pub object: Option<String>,
    /// About this conversation.
    pub conversation: Option<ConversationId>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// Events, newest first, at most `limit` before the cursor.
///
/// # Errors
/// When the database is away.
pub async fn list(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::AuditView>,
    filter: &EventFilter,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<StoredEvent>> {
    let mut query = Sql::new("SELECT id, leaf_index, leaf, openings FROM events WHERE organisation_id = ");
    query.bind(permit.organisation());
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").bind(kind.key());
    }
    if let Some(actor) = &filter.actor {
        query.push(" AND actor_id = ").bind(actor);
    }
    if let Some(object) = &filter.object {
        query.push(" AND object_id = ").bind(object);
    }
    if let Some(conversation) = filter.conversation {
        query.push(" AND conversation_id = ").bind(conversation);
    }
    if let Some(outcome) = filter.outcome {
        query.push(" AND outcome = ").bind(outcome.word());
    }
    if let Some(from) = filter.from {
        query.push(" AND at >= ").bind(from);
    }
    if let Some(until) = filter.until {
        query.push(" AND at < ").bind(until);
    }
    if let Some(before) = before {
        query.push(" AND id < ").bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(stored).collect()
}

/// Events of these kinds about a conversation, up to and including a time, newest first, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn about(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::AuditView>,
    conversation: ConversationId,
    kinds: &[EventKind],
    time: Timestamp,
    limit: u32,
) -> Result<Vec<StoredEvent>> {
    let mut query = Sql::new("SELECT id, leaf_index, leaf, openings FROM events WHERE organisation_id = ");
    query.bind(permit.organisation()).push(" AND conversation_id = ").bind(conversation);
    query.push(" AND at <= ").bind(time).push(" AND kind IN (").bind_all(kinds.iter().map(|kind| kind.key()));
    query.push(") ORDER BY id DESC LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(stored).collect()
}

/// These events, in no order; those that there are.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::AuditView>,
    ids: &[EventId],
) -> Result<Vec<StoredEvent>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(ROWS_MAX) {
        let mut query = Sql::new("SELECT id, leaf_index, leaf, openings FROM events WHERE organisation_id = ");
        query.bind(permit.organisation()).push(" AND id IN (").bind_all(ids.iter().copied()).push(")");
        for row in queries.rows(query).await? {
            found.push(stored(&row)?);
        }
    }
    Ok(found)
}

/// Numbered events from this number on, at most `limit`, in their order.
///
/// # Errors
/// When the database is away.
pub async fn export(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::AuditExport>,
    from_index: i64,
    until_index: i64,
    limit: u32,
) -> Result<Vec<StoredEvent>> {
    let rows = queries
        .rows(sql!(
            "SELECT id, leaf_index, leaf, openings FROM events
             WHERE organisation_id = $1 AND leaf_index >= $2 AND leaf_index < $3 ORDER BY leaf_index LIMIT $4",
            permit.organisation(),
            from_index,
            until_index,
            limit
        ))
        .await?;
    rows.iter().map(stored).collect()
}

/// A checkpoint: how long the log was, its root, and the signed note.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// How many entries.
    pub size: i64,
    /// The root hash.
    pub root: Vec<u8>,
    /// The right edge of the tree, from which it grows on.
    pub frontier: Vec<u8>,
    /// The signed note.
    pub note: String,
    /// When it was made.
    pub made_at: Timestamp,
}

fn checkpoint(row: &Row) -> Result<Checkpoint> {
    let mut columns = row.columns();
    Ok(Checkpoint {
        size: columns.next()?,
        root: columns.next()?,
        frontier: columns.next()?,
        note: columns.next()?,
        made_at: columns.next()?,
    })
}

/// The newest checkpoint of an organisation's log.
///
/// # Errors
/// When the database is away.
pub async fn newest_checkpoint(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Option<Checkpoint>> {
    let query = sql!(
        "SELECT size, root, frontier, note, made_at FROM checkpoints WHERE organisation_id = $1 ORDER BY size DESC LIMIT 1",
        organisation
    );
    queries.row(query).await?.as_ref().map(checkpoint).transpose()
}

/// Checkpoints up to a size, oldest first, at most `limit` of the newest.
///
/// # Errors
/// When the database is away.
pub async fn checkpoints(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::AuditExport>,
    size_max: i64,
    limit: u32,
) -> Result<Vec<Checkpoint>> {
    let rows = queries
        .rows(sql!(
            "SELECT size, root, frontier, note, made_at FROM checkpoints
             WHERE organisation_id = $1 AND size <= $2 ORDER BY size DESC LIMIT $3",
            permit.organisation(),
            size_max,
            limit
        ))
        .await?;
    rows.iter().rev().map(checkpoint).collect()
}

const UNNUMBERED: &str =
    "SELECT id, leaf FROM events WHERE organisation_id = $1 AND leaf_index IS NULL ORDER BY id LIMIT $2";
const WITH_UNNUMBERED: &str = "SELECT o.id FROM organisations o WHERE EXISTS
    (SELECT 1 FROM events e WHERE e.organisation_id = o.id AND e.leaf_index IS NULL)";

/// Events without a number, oldest first, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn unnumbered(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    limit: u32,
) -> Result<Vec<(EventId, String)>> {
    let rows = transaction.rows(sql!(UNNUMBERED, organisation, limit)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Organisations that have events without a number.
///
/// # Errors
/// When the database is away.
pub async fn organisations_with_unnumbered(queries: &mut impl Queries) -> Result<Vec<OrganisationId>> {
    queries.rows(Sql::new(WITH_UNNUMBERED)).await?.iter().map(|row| row.get(0)).collect()
}

/// Gives events their numbers, in this order from `first` on.
///
/// # Errors
/// [`Error::Conflict`] when another sequencer was quicker.
pub async fn number(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    first: i64,
    events: &[EventId],
) -> Result<()> {
    for (chunk, first) in events.chunks(ROWS_MAX).zip((first..).step_by(ROWS_MAX)) {
        let mut update = Sql::new("WITH numbered (id, place) AS (VALUES ");
        for (at, (event, place)) in chunk.iter().zip(first..).enumerate() {
            update.push(if at == 0 { "(" } else { ", (" });
            update.bind(*event).push(", ").bind(place).push(")");
        }
        update.push(") UPDATE events SET leaf_index = numbered.place FROM numbered WHERE events.organisation_id = ");
        update.bind(organisation).push(" AND events.id = numbered.id AND events.leaf_index IS NULL");
        if usize::try_from(transaction.execute(update).await?) != Ok(chunk.len()) {
            return Err(Error::Conflict("another sequencer numbered these events"));
        }
    }
    Ok(())
}

/// Stores hashes of the tree by their position.
///
/// # Errors
/// [`Error::Conflict`] when another sequencer was quicker.
pub async fn add_hashes(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    hashes: &[(i64, [u8; 32])],
) -> Result<()> {
    for chunk in hashes.chunks(ROWS_MAX) {
        let mut query = Sql::new("INSERT INTO ledger_hashes (organisation_id, position, hash) VALUES ");
        for (at, (position, hash)) in chunk.iter().enumerate() {
            query.push(if at == 0 { "(" } else { ", (" });
            query.bind(organisation).push(", ").bind(*position).push(", ").bind(hash).push(")");
        }
        transaction.execute(query).await?;
    }
    Ok(())
}

/// A hash of the tree by its position.
///
/// # Errors
/// [`Error::NotFound`] when there is none at that position.
pub async fn hashes(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    positions: &[i64],
) -> Result<Vec<(i64, Vec<u8>)>> {
    if positions.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new("SELECT position, hash FROM ledger_hashes WHERE organisation_id = ");
    query.bind(organisation).push(" AND position IN (").bind_all(positions.iter().copied()).push(")");
    let rows = queries.rows(query).await?;
    if rows.len() != positions.len() {
        return Err(Error::NotFound);
    }
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Stores a checkpoint.
///
/// # Errors
/// [`Error::Conflict`] when there is one of that size.
pub async fn add_checkpoint(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    new: &Checkpoint,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO checkpoints (organisation_id, size, root, frontier, note, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
            organisation,
            new.size,
            new.root.clone(),
            new.frontier.clone(),
            &new.note,
            new.made_at
        ))
        .await
}

/// Takes or keeps a lease for one holder at a time; says whether it is held now.
///
/// # Errors
/// When the database is away.
pub async fn take_lease(
    transaction: &mut Transaction,
    name: &str,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let taken = transaction
        .execute(sql!(
            "INSERT INTO leases (name, holder, until_at) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
             WHERE leases.holder = $2 OR leases.until_at < $4",
            name,
            holder,
            until,
            now
        ))
        .await?;
    Ok(taken == 1)
}

/// Stores a checkpoint in place of the one before it, unless that one was published.
///
/// # Errors
/// [`Error::Conflict`] when there is one of that size.
pub async fn replace_checkpoint(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    before: Option<i64>,
    new: &Checkpoint,
) -> Result<()> {
    add_checkpoint(transaction, organisation, new).await?;
    let delete = "DELETE FROM checkpoints WHERE organisation_id = $1 AND size = $2 AND published_at IS NULL";
    match before {
        Some(before) => transaction.execute(sql!(delete, organisation, before)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Size and time of the checkpoint that was published last.
///
/// # Errors
/// When the database is away.
pub async fn last_published(
    queries: &mut impl Queries,
    organisation: OrganisationId,
) -> Result<Option<(i64, Timestamp)>> {
    let row = queries
        .row(sql!(
            "SELECT size, published_at FROM checkpoints WHERE organisation_id = $1 AND published_at IS NOT NULL
             ORDER BY size DESC LIMIT 1",
            organisation
        ))
        .await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Notes that a checkpoint was published.
///
/// # Errors
/// When the database refuses.
pub async fn set_published(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    size: i64,
    now: Timestamp,
) -> Result<()> {
    let update = "UPDATE checkpoints SET published_at = $3 WHERE organisation_id = $1 AND size = $2";
    transaction.execute(sql!(update, organisation, size, now)).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, Store};

    #[tokio::test]
    async fn events_without_a_number_are_found_without_a_walk_through_the_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("vault.sqlite"))).await.unwrap();
        for query in [UNNUMBERED, WITH_UNNUMBERED] {
            let mut plan = String::new();
            for row in store.reader().rows(Sql::new(&format!("EXPLAIN QUERY PLAN {query}"))).await.unwrap() {
                plan.push_str(&row.get::<String>(3).unwrap());
            }
            assert!(plan.contains("events_by_number (organisation_id=? AND leaf_index=?)"), "{plan}");
        }
    }
}

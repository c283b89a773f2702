//! Listenings in rows: leases of one session on one recording version. Knows no byte of what is heard.

use crate::access::hold_policy;
use crate::audit::{self, NewEvent, ROWS_MAX};
use crate::conversations::in_force;
use crate::database::{Queries, Sql, sql};
use crate::{Error, Result, Store, Transaction};
use soundkeep_domain::access::{Permit, marks};
use soundkeep_domain::{ConversationId, ListeningId, OrganisationId, RecordingId, Timestamp};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A listening that somebody asks for, and the event that tells of it.
#[derive(Debug, Clone)]
pub struct NewListening {
    /// To what, and that they may.
    pub permit: Permit<marks::RecordingsPlay>,
    /// Its id, should it be opened.
    pub id: ListeningId,
    /// Who listens: kind and id, parted by a colon.
    pub caller: String,
    /// In which session.
    pub session: String,
    /// What is written down, should it be opened.
    pub event: NewEvent,
}

/// Which session listens to which version of what.
type Lease = (String, RecordingId, i64);

impl NewListening {
    fn lease(&self) -> Result<Lease> {
        let recording = self.permit.recording().ok_or(Error::NotFound)?;
        Ok((self.session.clone(), recording, self.permit.recording_version()))
    }
}

/// Opens listenings of one organisation in one transaction, each with its event: from here on ranges of these versions
/// may flow to these callers' sessions. Gives for each the listening that is open: its own; or one that its session has
/// used since `used_since` or asked for further up, and then its own isn't opened and its event isn't written.
///
/// What stops one stops no other: should they fail together, each is tried by itself.
///
/// # Errors
/// For each: [`Error::StalePermit`] when rights changed since the decision; then nothing may flow.
pub async fn open_listenings(
    store: &Store,
    organisation: OrganisationId,
    asked: &[NewListening],
    used_since: Timestamp,
    now: Timestamp,
) -> Vec<Result<ListeningId>> {
    match open_together(store, organisation, asked, used_since, now).await {
        Ok(outcomes) => outcomes,
        Err(error) if asked.len() < 2 => vec![Err(error)],
        Err(error) => {
            tracing::warn!(%error, listenings = asked.len(), "could not open listenings together");
            let mut outcomes = Vec::with_capacity(asked.len());
            for one in asked.chunks(1) {
                match open_together(store, organisation, one, used_since, now).await {
                    Ok(outcome) => outcomes.extend(outcome),
                    Err(error) => outcomes.push(Err(error)),
                }
            }
            outcomes
        }
    }
}

async fn open_together(
    store: &Store,
    organisation: OrganisationId,
    asked: &[NewListening],
    used_since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Result<ListeningId>>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut transaction = store.begin().await?;
    let epoch = hold_policy(&mut transaction, organisation).await?;
    let leases: Vec<Result<Lease>> = asked
        .iter()
        .map(|new| {
            in_force(&new.permit, epoch)?;
            if new.permit.organisation() != organisation || new.event.organisation != organisation {
                return Err(Error::Corrupt("a listening of another organisation"));
            }
            new.lease()
        })
        .collect();
    let wanted: Vec<&Lease> = leases.iter().flatten().collect();
    let mut open = held(&mut transaction, organisation, &wanted, used_since).await?;
    let mut opened = Vec::with_capacity(asked.len());
    let mut outcomes = Vec::with_capacity(asked.len());
    for (new, lease) in asked.iter().zip(leases) {
        outcomes.push(lease.map(|lease| match open.entry(lease) {
            Entry::Occupied(held) => *held.get(),
            Entry::Vacant(free) => {
                opened.push(new);
                *free.insert(new.id)
            }
        }));
    }
    insert(&mut transaction, &opened, now).await?;
    let events: Vec<&NewEvent> = opened.iter().map(|new| &new.event).collect();
    audit::append_all(&mut transaction, &events).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// Those that are open and were used since `used_since`; of several the one that was used last.
async fn held(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    leases: &[&Lease],
    used_since: Timestamp,
) -> Result<HashMap<Lease, ListeningId>> {
    if leases.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = queries.rows(look_up(Sql::default(), organisation, leases, used_since)).await?;
    rows.iter().map(|row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?))).collect()
}

fn look_up(mut query: Sql, organisation: OrganisationId, leases: &[&Lease], used_since: Timestamp) -> Sql {
    query.push("WITH asked (session, recording_id, version) AS (VALUES ");
    for (at, (session, recording, version)) in leases.iter().enumerate() {
        query.push(if at == 0 { "(" } else { ", (" });
        query.bind(session).push(", ").bind(*recording).push(", ").bind(*version).push(")");
    }
    // The join keeps its order: a few that are asked for, each looked up among very many.
    query.push(
        ") SELECT l.session, l.recording_id, l.version, l.id FROM asked CROSS JOIN listenings l
         WHERE l.session = asked.session AND l.recording_id = asked.recording_id AND l.version = asked.version
         AND l.closed_at IS NULL AND l.organisation_id = ",
    );
    query.bind(organisation).push(" AND l.used_at >= ").bind(used_since).push(" ORDER BY l.used_at");
    query
}

async fn insert(transaction: &mut Transaction, opened: &[&NewListening], now: Timestamp) -> Result<()> {
    if opened.is_empty() {
        return Ok(());
    }
    let mut insert = Sql::new(
        "INSERT INTO listenings (organisation_id, id, caller, session, recording_id, version, opened_at, used_at,
         intervals) VALUES ",
    );
    for (at, new) in opened.iter().enumerate() {
        let (session, recording, version) = new.lease()?;
        insert.push(if at == 0 { "(" } else { ", (" });
        insert.bind(new.permit.organisation()).push(", ").bind(new.id).push(", ").bind(&new.caller).push(", ");
        insert.bind(session).push(", ").bind(recording).push(", ").bind(version).push(", ");
        insert.bind_all([now, now]).push(", '[]')");
    }
    transaction.execute(insert).await.map(|_| ())
}

/// What was heard in a listening so far.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: ListeningId,
    /// When it was used last.
    pub used_at: Timestamp,
    /// What was delivered, as JSON.
    pub intervals: String,
}

/// Notes what was heard so far in listenings that are still open.
///
/// # Errors
/// When the database refuses.
pub async fn note_heard(transaction: &mut Transaction, heard: &[Heard]) -> Result<()> {
    for chunk in heard.chunks(ROWS_MAX) {
        let mut update = Sql::new("WITH heard (organisation_id, id, used_at, intervals) AS (VALUES ");
        for (at, one) in chunk.iter().enumerate() {
            update.push(if at == 0 { "(" } else { ", (" });
            update.bind(one.organisation).push(", ").bind(one.id).push(", ");
            update.bind(one.used_at).push(", ").bind(&one.intervals).push(")");
        }
        update.push(
            ") UPDATE listenings SET used_at = heard.used_at, intervals = heard.intervals FROM heard
             WHERE listenings.organisation_id = heard.organisation_id AND listenings.id = heard.id
             AND listenings.closed_at IS NULL",
        );
        transaction.execute(update).await?;
    }
    Ok(())
}

/// A listening that nobody used for a while.
#[derive(Debug, Clone)]
pub struct SilentListening {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: ListeningId,
    /// Who listened: kind and id, parted by a colon.
    pub caller: String,
    /// To what.
    pub recording: RecordingId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Which version.
    pub version: i64,
    /// What was delivered, as JSON.
    pub intervals: String,
}

/// Open listenings that weren't used since then.
///
/// # Errors
/// When the database is away.
pub async fn silent_listenings(
    queries: &mut impl Queries,
    used_before: Timestamp,
    limit: u32,
) -> Result<Vec<SilentListening>> {
    // The join keeps its order: few are silent and not closed, and there are very many recordings.
    let rows = queries
        .rows(sql!(
            "SELECT l.organisation_id, l.id, l.caller, l.recording_id, r.conversation_id, l.version, l.intervals
             FROM listenings l CROSS JOIN recordings r
             WHERE r.organisation_id = l.organisation_id AND r.id = l.recording_id
             AND l.closed_at IS NULL AND l.used_at < $1 ORDER BY l.used_at LIMIT $2",
            used_before,
            limit
        ))
        .await?;
    rows.iter()
        .map(|row| {
            let mut columns = row.columns();
            Ok(SilentListening {
                organisation: columns.next()?,
                id: columns.next()?,
                caller: columns.next()?,
                recording: columns.next()?,
                conversation: columns.next()?,
                version: columns.next()?,
                intervals: columns.next()?,
            })
        })
        .collect()
}

/// Closes a listening; says whether it was still open.
///
/// # Errors
/// When the database refuses.
pub async fn close_listening(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ListeningId,
    now: Timestamp,
) -> Result<bool> {
    let closed = transaction
        .execute(sql!(
            "UPDATE listenings SET closed_at = $3 WHERE organisation_id = $1 AND id = $2 AND closed_at IS NULL",
            organisation,
            id,
            now
        ))
        .await?;
    Ok(closed == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Location;

    #[tokio::test]
    async fn a_listening_is_looked_up_without_a_walk_through_all_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Location::Sqlite(folder.path().join("vault.sqlite"))).await.unwrap();
        let organisation = OrganisationId::from_bytes([1; 16]);
        let lease = ("session".to_owned(), RecordingId::from_bytes([2; 16]), 1);
        let mut plan = String::new();
        let explained =
            look_up(Sql::new("EXPLAIN QUERY PLAN "), organisation, &[&lease, &lease], Timestamp::from_unix_micros(0));
        for row in store.reader().rows(explained).await.unwrap() {
            plan.push_str(&row.get::<String>(3).unwrap());
        }
        assert!(plan.contains("listenings_open (organisation_id=? AND session=? AND recording_id=?"), "{plan}");
    }
}

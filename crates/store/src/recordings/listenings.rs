//! Listenings in rows: leases of one session on one recording version. Knows no byte of what is heard.

use crate::conversations::hold;
use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{Permit, marks};
use soundkeep_domain::{ConversationId, ListeningId, OrganisationId, RecordingId, Timestamp};

/// Opens a listening: from here on ranges of this version may flow to this caller's session.
///
/// # Errors
/// [`Error::StalePermit`] when rights changed since the decision.
pub async fn open_listening(
    transaction: &mut Transaction,
    permit: &Permit<marks::RecordingsPlay>,
    id: ListeningId,
    caller: &str,
    session: &str,
    now: Timestamp,
) -> Result<()> {
    hold(transaction, permit).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO listenings (organisation_id, id, caller, session, recording_id, version, opened_at, used_at, intervals)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, '[]')",
            permit.organisation(),
            id,
            caller,
            session,
            permit.recording().ok_or(Error::NotFound)?,
            permit.recording_version(),
            now
        ))
        .await
}

/// The open listening of this session on this recording version, if it was used since `used_since`.
///
/// # Errors
/// When the database is away.
pub async fn open_listening_of(
    queries: &mut impl Queries,
    permit: &Permit<marks::RecordingsPlay>,
    session: &str,
    used_since: Timestamp,
) -> Result<Option<ListeningId>> {
    queries
        .scalar(sql!(
            "SELECT id FROM listenings WHERE organisation_id = $1 AND session = $2 AND recording_id = $3
             AND version = $4 AND closed_at IS NULL AND used_at >= $5 ORDER BY used_at DESC LIMIT 1",
            permit.organisation(),
            session,
            permit.recording().ok_or(Error::NotFound)?,
            permit.recording_version(),
            used_since
        ))
        .await
}

/// Notes that a listening is still used, and what was delivered so far.
///
/// # Errors
/// When the database refuses.
pub async fn touch_listening(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: ListeningId,
    now: Timestamp,
    intervals: &str,
) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE listenings SET used_at = $3, intervals = $4 WHERE organisation_id = $1 AND id = $2 AND closed_at IS NULL",
            organisation,
            id,
            now,
            intervals
        ))
        .await
        .map(|_| ())
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
    let rows = queries
        .rows(sql!(
            "SELECT l.organisation_id, l.id, l.caller, l.recording_id, r.conversation_id, l.version, l.intervals
             FROM listenings l JOIN recordings r ON r.organisation_id = l.organisation_id AND r.id = l.recording_id
             WHERE l.closed_at IS NULL AND l.used_at < $1 ORDER BY l.used_at LIMIT $2",
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

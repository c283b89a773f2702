//! Erasing: the key goes with its transaction, the bytes after it.
//!
//! What is doomed stands in a list until its bytes are gone, so that a crash in between forgets nothing.

use crate::conversations::{hold_alone, past};
use crate::counts;
use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{Permit, RecordState, marks};
use soundkeep_domain::{OrganisationId, RecordingId, Timestamp};

/// Erases a conversation: destroys the keys, dooms the objects, takes the words out of the index and the
/// personal metadata out of the row. What remains is that there was one, when, and of whom. Says which
/// recording versions lost their key.
///
/// # Errors
/// [`Error::StalePermit`] when rights changed since the decision.
pub async fn erase(
    transaction: &mut Transaction,
    permit: &Permit<marks::RecordingsDelete>,
    now: Timestamp,
) -> Result<Vec<(RecordingId, i64)>> {
    hold_alone(transaction, permit).await?;
    let (organisation, conversation) = (permit.organisation(), permit.conversation());
    past::keep(transaction, organisation, conversation, now).await?;
    past::forget(transaction, organisation, conversation).await?;
    let place = "SELECT ord FROM conversations WHERE organisation_id = $1 AND id = $2";
    let place: Option<i64> = transaction.scalar(sql!(place, organisation, conversation)).await?;
    counts::change_state(transaction, organisation, place.ok_or(Error::NotFound)?, RecordState::Erased).await?;
    let ord: i64 = transaction
        .scalar(sql!(
            "UPDATE conversations SET record_state = $3, from_number = NULL, to_number = NULL, contact = NULL,
             agent_label = NULL, external_id = NULL, version = version + 1
             WHERE organisation_id = $1 AND id = $2 AND record_state <> $3 RETURNING ord",
            organisation,
            conversation,
            RecordState::Erased.word()
        ))
        .await?
        .ok_or(Error::Conflict("the conversation is erased already"))?;
    let tokens = crate::conversations::tokens(transaction, organisation).await?;
    crate::search::forget(transaction, organisation, &tokens, ord).await?;
    let tags = "DELETE FROM conversation_tags WHERE organisation_id = $1 AND ord = $2";
    transaction.execute(sql!(tags, organisation, ord)).await?;
    transaction
        .execute(sql!(
            "DELETE FROM notes WHERE organisation_id = $1 AND conversation_id = $2",
            organisation,
            conversation
        ))
        .await?;
    let versions = transaction
        .rows(sql!(
            "SELECT v.recording_id, v.version FROM recording_versions v JOIN recordings r
             ON r.organisation_id = v.organisation_id AND r.id = v.recording_id
             WHERE r.organisation_id = $1 AND r.conversation_id = $2 AND v.wrapped_key IS NOT NULL",
            organisation,
            conversation
        ))
        .await?;
    let versions: Vec<(RecordingId, i64)> =
        versions.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?;
    for (recording, version) in &versions {
        destroy_version(transaction, organisation, *recording, *version, now).await?;
    }
    transaction
        .execute(sql!(
            "UPDATE recordings SET state = $3, sha256 = NULL, failure = NULL
             WHERE organisation_id = $1 AND conversation_id = $2",
            organisation,
            conversation,
            RecordState::Erased.word()
        ))
        .await?;
    // Listenings that are open on any node end with the key.
    crate::access::advance_policy_epoch(transaction, organisation).await?;
    Ok(versions)
}

async fn destroy_version(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    recording: RecordingId,
    version: i64,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE recording_versions SET wrapped_key = NULL, original_name = NULL
             WHERE organisation_id = $1 AND recording_id = $2 AND version = $3",
            organisation,
            recording,
            version
        ))
        .await?;
    transaction
        .execute(sql!(
            "INSERT INTO doomed_blobs (organisation_id, blob, doomed_at)
             SELECT organisation_id, blob, $4 FROM objects
             WHERE organisation_id = $1 AND recording_id = $2 AND version = $3 ON CONFLICT (blob) DO NOTHING",
            organisation,
            recording,
            version,
            now
        ))
        .await?;
    transaction
        .execute(sql!(
            "DELETE FROM objects WHERE organisation_id = $1 AND recording_id = $2 AND version = $3",
            organisation,
            recording,
            version
        ))
        .await
        .map(|_| ())
}

/// Objects whose bytes are still to be deleted, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn doomed(queries: &mut impl Queries, limit: u32) -> Result<Vec<(OrganisationId, String)>> {
    let query = sql!("SELECT organisation_id, blob FROM doomed_blobs ORDER BY doomed_at LIMIT $1", limit);
    queries.rows(query).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Dooms an object that was stored and then not used.
///
/// # Errors
/// When the database refuses.
pub async fn doom(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    blob: &str,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute(sql!(
            "INSERT INTO doomed_blobs (organisation_id, blob, doomed_at) VALUES ($1, $2, $3) ON CONFLICT (blob) DO NOTHING",
            organisation,
            blob,
            now
        ))
        .await
        .map(|_| ())
}

/// Strikes a doomed object off the list: its bytes are gone.
///
/// # Errors
/// When the database refuses.
pub async fn doomed_gone(transaction: &mut Transaction, organisation: OrganisationId, blob: &str) -> Result<()> {
    let delete = "DELETE FROM doomed_blobs WHERE organisation_id = $1 AND blob = $2";
    transaction.execute(sql!(delete, organisation, blob)).await.map(|_| ())
}

/// Which of these names are objects that somebody still needs; the rest are leftovers.
///
/// # Errors
/// When the database is away.
pub async fn blob_in_use(queries: &mut impl Queries, organisation: OrganisationId, blob: &str) -> Result<bool> {
    let query = sql!(
        "SELECT 1 FROM objects WHERE organisation_id = $1 AND blob = $2
         UNION ALL SELECT 1 FROM quarantine WHERE organisation_id = $1 AND blob = $2",
        organisation,
        blob
    );
    Ok(!queries.rows(query).await?.is_empty())
}

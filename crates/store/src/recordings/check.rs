//! Looking over everything that is kept: what each object needs to be opened, what refers to nothing, what nothing
//! refers to.
//!
//! Must not know: keys in the clear, or what is in an object.

use super::quarantine::{QUARANTINE_COLUMNS, quarantined};
use super::{Quarantined, StoredObject};
use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result};
use soundkeep_domain::access::{OrganisationPermit, RecordState, marks};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{OrganisationId, QuarantineId, RecordingId};
use std::collections::HashSet;

/// An object of a recording, with what opens and identifies it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whose it is.
    pub recording: RecordingId,
    /// Of which version.
    pub version: i64,
    /// The version's key, wrapped by the organisation's.
    pub wrapped_key: Vec<u8>,
    /// SHA-256 of the recording's original.
    pub sha256: Option<Vec<u8>>,
    /// The object.
    pub object: StoredObject,
}

/// Where to go on: the recording, version and kind of the last object that was seen.
pub type Place = (RecordingId, i64, ObjectKind);

/// Objects whose keys aren't destroyed, in the order of their places. For whoever takes recordings in: they knew the
/// content before it was sealed.
///
/// # Errors
/// When the database is away.
pub async fn kept(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<Kept>> {
    let mut query = Sql::new(
        "SELECT o.recording_id, o.version, v.wrapped_key, r.sha256, o.kind, o.blob, o.plain_bytes, o.sealed_bytes
         FROM objects o
         JOIN recording_versions v ON v.organisation_id = o.organisation_id AND v.recording_id = o.recording_id
           AND v.version = o.version
         JOIN recordings r ON r.organisation_id = o.organisation_id AND r.id = o.recording_id
         WHERE v.wrapped_key IS NOT NULL AND o.organisation_id = ",
    );
    query.bind(permit.organisation());
    if let Some((recording, version, kind)) = after {
        query.push(" AND (o.recording_id, o.version, o.kind) > (").bind(recording).push(", ").bind(version);
        query.push(", ").bind(kind.word()).push(")");
    }
    query.push(" ORDER BY o.recording_id, o.version, o.kind LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(kept_row).collect()
}

fn kept_row(row: &Row) -> Result<Kept> {
    let mut columns = row.columns();
    let (recording, version) = (columns.next()?, columns.next()?);
    let (wrapped_key, sha256) = (columns.next()?, columns.next()?);
    let kind = columns.next::<String>()?;
    let kind = ObjectKind::from_word(&kind).ok_or(Error::Corrupt("an unknown kind of object"))?;
    let object =
        StoredObject { kind, blob: columns.next()?, plain_bytes: columns.next()?, sealed_bytes: columns.next()? };
    Ok(Kept { recording, version, wrapped_key, sha256, object })
}

/// Files of the quarantine, in the order of their ids.
///
/// # Errors
/// When the database is away.
pub async fn quarantine(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    after: Option<QuarantineId>,
    limit: u32,
) -> Result<Vec<Quarantined>> {
    let mut query = Sql::new("SELECT ");
    query.push(QUARANTINE_COLUMNS).push(" FROM quarantine WHERE organisation_id = ").bind(permit.organisation());
    if let Some(after) = after {
        query.push(" AND id > ").bind(after);
    }
    query.push(" ORDER BY id LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(quarantined).collect()
}

/// What a recording's row says of its original: nothing when there is no row, no hash when it is erased.
///
/// # Errors
/// When the database is away.
pub async fn content_of(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    recording: RecordingId,
) -> Result<Option<Option<Vec<u8>>>> {
    let query = "SELECT sha256 FROM recordings WHERE organisation_id = $1 AND id = $2";
    queries.scalar(sql!(query, permit.organisation(), recording)).await
}

/// How many recordings there are, erased ones too.
///
/// # Errors
/// When the database is away.
pub async fn count(queries: &mut impl Queries, permit: &OrganisationPermit<marks::RecordingsIngest>) -> Result<i64> {
    let query = "SELECT count(*) FROM recordings WHERE organisation_id = $1";
    Ok(queries.scalar(sql!(query, permit.organisation())).await?.unwrap_or(0))
}

/// Rows that lack their counterpart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HalfThere {
    /// Recordings whose conversation doesn't know them.
    pub recordings_without_conversation: i64,
    /// Conversations whose recording isn't there.
    pub conversations_without_recording: i64,
    /// Versions with a key that lack their original or what is played.
    pub versions_without_objects: i64,
    /// Objects of no version.
    pub objects_without_version: i64,
    /// Recordings that were never finished; each is added and finished in one commit.
    pub unfinished_recordings: i64,
}

/// Counts rows that lack their counterpart.
///
/// # Errors
/// When the database is away.
pub async fn half_there(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
) -> Result<HalfThere> {
    let organisation = permit.organisation();
    let unfinished = format!(
        "SELECT count(*) FROM recordings WHERE organisation_id = $1 AND state = '{}'",
        RecordState::Processing.word()
    );
    Ok(HalfThere {
        recordings_without_conversation: count_of(
            queries,
            organisation,
            "SELECT count(*) FROM recordings r WHERE r.organisation_id = $1 AND NOT EXISTS (SELECT 1 FROM conversations c
             WHERE c.organisation_id = r.organisation_id AND c.id = r.conversation_id AND c.recording_id = r.id)",
        )
        .await?,
        conversations_without_recording: count_of(
            queries,
            organisation,
            "SELECT count(*) FROM conversations c WHERE c.organisation_id = $1 AND NOT EXISTS (SELECT 1 FROM recordings r
             WHERE r.organisation_id = c.organisation_id AND r.id = c.recording_id)",
        )
        .await?,
        versions_without_objects: count_of(
            queries,
            organisation,
            "SELECT count(*) FROM recording_versions v WHERE v.organisation_id = $1 AND v.wrapped_key IS NOT NULL AND NOT (
             EXISTS (SELECT 1 FROM objects o WHERE o.organisation_id = v.organisation_id
               AND o.recording_id = v.recording_id AND o.version = v.version AND o.kind = 'original')
             AND EXISTS (SELECT 1 FROM objects o WHERE o.organisation_id = v.organisation_id
               AND o.recording_id = v.recording_id AND o.version = v.version AND o.kind = v.played_object))",
        )
        .await?,
        objects_without_version: count_of(
            queries,
            organisation,
            "SELECT count(*) FROM objects o WHERE o.organisation_id = $1 AND NOT EXISTS (SELECT 1 FROM recording_versions v
             WHERE v.organisation_id = o.organisation_id AND v.recording_id = o.recording_id AND v.version = o.version)",
        )
        .await?,
        unfinished_recordings: count_of(queries, organisation, &unfinished).await?,
    })
}

async fn count_of(queries: &mut impl Queries, organisation: OrganisationId, query: &str) -> Result<i64> {
    Ok(queries.scalar(sql!(query, organisation)).await?.unwrap_or(0))
}

/// Which of these names nothing refers to any more, not even the list of what is to be deleted. At most some hundred
/// names at once.
///
/// # Errors
/// When the database is away.
pub async fn leftovers(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    names: Vec<String>,
) -> Result<Vec<String>> {
    if names.is_empty() {
        return Ok(names);
    }
    let mut query = Sql::new("");
    for (at, table) in ["objects", "quarantine", "doomed_blobs"].into_iter().enumerate() {
        query.push(if at == 0 { "SELECT blob FROM " } else { " UNION ALL SELECT blob FROM " }).push(table);
        query.push(" WHERE organisation_id = ").bind(organisation).push(" AND blob IN (");
        query.bind_all(names.iter()).push(")");
    }
    let used: HashSet<String> = queries.rows(query).await?.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
    Ok(names.into_iter().filter(|name| !used.contains(name)).collect())
}

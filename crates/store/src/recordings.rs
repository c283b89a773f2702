//! Recordings in rows: versions, sealed objects, wrapped keys, listenings, quarantine, erasure.
//!
//! What opens a recording (its wrapped key, the names of its objects) comes out against the permit of
//! that very permission, never otherwise. Holds no key.

pub mod check;
mod erasing;
mod intake_files;
mod listenings;
mod quarantine;

pub use erasing::{blob_in_use, doom, doomed, doomed_gone, erase};
pub use intake_files::{intake_file, set_intake_file};
pub use listenings::{
    Heard, NewListening, SilentListening, close_listening, note_heard, open_listenings, silent_listenings,
};
pub use quarantine::{
    Quarantined, quarantine, quarantine_by_content, quarantine_get, quarantine_list, quarantine_release,
    quarantine_remove, quarantine_set,
};

use crate::conversations::{in_force, recheck};
use crate::counts;
use crate::database::{Queries, Row, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{OrganisationPermit, Permit, RecordState, ScopedPermission, marks};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{ConversationId, OrganisationId, RecordingId, Timestamp};

/// A recording that comes in: the original is sealed and stored already.
#[derive(Debug, Clone)]
pub struct NewRecording {
    /// Its id.
    pub id: RecordingId,
    /// The conversation that it belongs to.
    pub conversation: ConversationId,
    /// That conversation's place.
    pub ord: i64,
    /// SHA-256 of the original bytes.
    pub sha256: [u8; 32],
    /// The key of its first version, wrapped by the organisation's.
    pub wrapped_key: Vec<u8>,
    /// The sealed original.
    pub original: StoredObject,
    /// The name that the source gave the file.
    pub original_name: Option<String>,
    /// What each channel is, as JSON array of texts.
    pub channel_labels: Option<String>,
    /// When it came in.
    pub created_at: Timestamp,
}

/// A sealed object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// What it is.
    pub kind: ObjectKind,
    /// The name of its bytes in the object store.
    pub blob: String,
    /// How long it is when opened.
    pub plain_bytes: i64,
    /// How long it is as stored.
    pub sealed_bytes: i64,
}

/// What analysis found out.
#[derive(Debug, Clone)]
pub struct Analysed {
    /// The container, such as `wav`.
    pub container: String,
    /// The codec, such as `pcm_mulaw`.
    pub codec: String,
    /// Samples per second.
    pub sample_rate_hz: i64,
    /// How many channels.
    pub channels: i64,
    /// How long, in milliseconds.
    pub duration_ms: i64,
    /// The media type of the object that is played.
    pub media_type: String,
    /// Which object is played.
    pub played: ObjectKind,
    /// The objects that analysis made.
    pub objects: Vec<StoredObject>,
}

/// A recording as pages show it.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its state.
    pub state: RecordState,
    /// The newest version.
    pub version: i64,
    /// Why it could not be read.
    pub failure: Option<String>,
    /// SHA-256 of the original; gone once it is erased.
    pub sha256: Option<Vec<u8>>,
    /// The original's length in bytes.
    pub original_bytes: i64,
    /// The container.
    pub container: Option<String>,
    /// The codec.
    pub codec: Option<String>,
    /// Samples per second.
    pub sample_rate_hz: Option<i64>,
    /// How many channels.
    pub channels: Option<i64>,
    /// How long, in milliseconds.
    pub duration_ms: Option<i64>,
    /// The media type of what is played.
    pub media_type: Option<String>,
    /// What each channel is, as JSON array of texts.
    pub channel_labels: Option<String>,
}

/// The id of the recording that came in with these bytes.
///
/// # Errors
/// When the database is away.
pub async fn by_content(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    sha256: &[u8; 32],
) -> Result<Option<(RecordingId, ConversationId)>> {
    let row = queries
        .row(sql!(
            "SELECT id, conversation_id FROM recordings WHERE organisation_id = $1 AND sha256 = $2",
            organisation,
            sha256
        ))
        .await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Adds a recording with its first version and its sealed original, and ties it to its conversation.
///
/// # Errors
/// [`Error::Conflict`] when the same bytes came in before.
pub async fn add(
    transaction: &mut Transaction,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    new: &NewRecording,
) -> Result<()> {
    let organisation = permit.organisation();
    transaction
        .execute_one(sql!(
            "INSERT INTO recordings (organisation_id, id, conversation_id, ord, state, current_version, sha256, created_at)
             VALUES ($1, $2, $3, $4, $5, 1, $6, $7)",
            organisation,
            new.id,
            new.conversation,
            new.ord,
            RecordState::Processing.word(),
            &new.sha256,
            new.created_at
        ))
        .await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO recording_versions (organisation_id, recording_id, version, wrapped_key, created_at,
             original_name, original_bytes, channel_labels) VALUES ($1, $2, 1, $3, $4, $5, $6, $7)",
            organisation,
            new.id,
            new.wrapped_key.clone(),
            new.created_at,
            new.original_name.clone(),
            new.original.plain_bytes,
            new.channel_labels.clone()
        ))
        .await?;
    add_object(transaction, organisation, new.id, 1, &new.original).await?;
    counts::change_state(transaction, organisation, new.ord, RecordState::Processing).await?;
    transaction
        .execute_one(sql!(
            "UPDATE conversations SET recording_id = $3, record_state = $4 WHERE organisation_id = $1 AND ord = $2",
            organisation,
            new.ord,
            new.id,
            RecordState::Processing.word()
        ))
        .await
}

async fn add_object(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    recording: RecordingId,
    version: i64,
    object: &StoredObject,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO objects (organisation_id, recording_id, version, kind, blob, plain_bytes, sealed_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            organisation,
            recording,
            version,
            object.kind.word(),
            &object.blob,
            object.plain_bytes,
            object.sealed_bytes
        ))
        .await
}

/// Writes down what analysis found, and that the recording can be heard.
///
/// # Errors
/// [`Error::Conflict`] when it isn't being processed any more: it was erased meanwhile.
pub async fn finish(
    transaction: &mut Transaction,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    recording: RecordingId,
    analysed: &Analysed,
) -> Result<()> {
    let organisation = permit.organisation();
    let ord = set_state(transaction, organisation, recording, RecordState::Ready).await?;
    transaction
        .execute_one(sql!(
            "UPDATE recording_versions SET container = $3, codec = $4, sample_rate_hz = $5, channels = $6,
             duration_ms = $7, media_type = $8, played_object = $9
             WHERE organisation_id = $1 AND recording_id = $2 AND version = 1",
            organisation,
            recording,
            &analysed.container,
            &analysed.codec,
            analysed.sample_rate_hz,
            analysed.channels,
            analysed.duration_ms,
            &analysed.media_type,
            analysed.played.word()
        ))
        .await?;
    for object in &analysed.objects {
        add_object(transaction, organisation, recording, 1, object).await?;
    }
    transaction
        .execute_one(sql!(
            "UPDATE conversations SET duration_ms = $3, version = version + 1
             WHERE organisation_id = $1 AND ord = $2",
            organisation,
            ord,
            analysed.duration_ms
        ))
        .await
}

/// Gives the place of its conversation.
async fn set_state(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    recording: RecordingId,
    state: RecordState,
) -> Result<i64> {
    let ord: i64 = transaction
        .scalar(sql!(
            "UPDATE recordings SET state = $3 WHERE organisation_id = $1 AND id = $2 AND state <> $4 RETURNING ord",
            organisation,
            recording,
            state.word(),
            RecordState::Erased.word()
        ))
        .await?
        .ok_or(Error::Conflict("the recording is erased"))?;
    counts::change_state(transaction, organisation, ord, state).await?;
    transaction
        .execute_one(sql!(
            "UPDATE conversations SET record_state = $3 WHERE organisation_id = $1 AND ord = $2",
            organisation,
            ord,
            state.word()
        ))
        .await?;
    Ok(ord)
}

/// What its page shows of a conversation's recording, for whom the decision permits to see the conversation.
///
/// # Errors
/// [`Error::NotFound`] when it has none.
pub async fn view(queries: &mut impl Queries, permit: &Permit<marks::ConversationsView>) -> Result<Recording> {
    let row = queries
        .row(sql!(
            "SELECT r.id, r.conversation_id, r.state, r.current_version, r.failure, r.sha256, v.original_bytes,
             v.container, v.codec, v.sample_rate_hz, v.channels, v.duration_ms, v.media_type, v.channel_labels
             FROM recordings r JOIN recording_versions v ON v.organisation_id = r.organisation_id
             AND v.recording_id = r.id AND v.version = r.current_version
             WHERE r.organisation_id = $1 AND r.conversation_id = $2",
            permit.organisation(),
            permit.conversation()
        ))
        .await?
        .ok_or(Error::NotFound)?;
    recording(&row)
}

fn recording(row: &Row) -> Result<Recording> {
    let mut columns = row.columns();
    Ok(Recording {
        id: columns.next()?,
        conversation: columns.next()?,
        state: crate::access::record_state(&columns.next::<String>()?)?,
        version: columns.next()?,
        failure: columns.next()?,
        sha256: columns.next()?,
        original_bytes: columns.next()?,
        container: columns.next()?,
        codec: columns.next()?,
        sample_rate_hz: columns.next()?,
        channels: columns.next()?,
        duration_ms: columns.next()?,
        media_type: columns.next()?,
        channel_labels: columns.next()?,
    })
}

/// What opens one object of a recording version.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The recording.
    pub recording: RecordingId,
    /// Its version.
    pub version: i64,
    /// The version's key, wrapped by the organisation's.
    pub wrapped_key: Vec<u8>,
    /// The object.
    pub object: StoredObject,
    /// The media type of what is played.
    pub media_type: String,
    /// What each channel is, as JSON array of texts.
    pub channel_labels: Option<String>,
}

/// Hands out what opens the object that is played, against the permit to play it.
///
/// ```
/// # use soundkeep_domain::access::{Permit, marks};
/// # use soundkeep_store::{Store, recordings};
/// async fn hear(store: &Store, permit: &Permit<marks::RecordingsPlay>) -> soundkeep_store::Result<()> {
///     recordings::open_played(&mut store.reader(), permit).await.map(|_| ())
/// }
/// ```
///
/// The permit to see a conversation opens nothing:
///
/// ```compile_fail,E0308
/// # use soundkeep_domain::access::{Permit, marks};
/// # use soundkeep_store::{Store, recordings};
/// async fn hear(store: &Store, permit: &Permit<marks::ConversationsView>) -> soundkeep_store::Result<()> {
///     recordings::open_played(&mut store.reader(), permit).await.map(|_| ())
/// }
/// ```
///
/// # Errors
/// [`Error::StalePermit`] when rights or version changed since the decision, [`Error::NotFound`] when the key
/// is destroyed.
pub async fn open_played(queries: &mut impl Queries, permit: &Permit<marks::RecordingsPlay>) -> Result<Opened> {
    open(queries, permit, None).await
}

/// Hands out what opens the analysis of a recording, against the permit to play it.
///
/// # Errors
/// As [`open_played`].
pub async fn open_analysis(queries: &mut impl Queries, permit: &Permit<marks::RecordingsPlay>) -> Result<Opened> {
    open(queries, permit, Some(ObjectKind::Analysis)).await
}

async fn open<P: ScopedPermission>(
    queries: &mut impl Queries,
    permit: &Permit<P>,
    kind: Option<ObjectKind>,
) -> Result<Opened> {
    let recording = permit.recording().ok_or(Error::NotFound)?;
    let row = queries
        .row(sql!(
            "SELECT (SELECT policy_epoch FROM organisations WHERE id = $1), r.id, r.current_version, v.wrapped_key,
             o.kind, o.blob, o.plain_bytes, o.sealed_bytes, v.media_type, v.channel_labels
             FROM recordings r
             JOIN recording_versions v ON v.organisation_id = r.organisation_id AND v.recording_id = r.id
               AND v.version = r.current_version
             JOIN objects o ON o.organisation_id = v.organisation_id AND o.recording_id = v.recording_id
               AND o.version = v.version AND o.kind = coalesce($3, v.played_object)
             WHERE r.organisation_id = $1 AND r.id = $2 AND r.conversation_id = $4 AND v.wrapped_key IS NOT NULL",
            permit.organisation(),
            recording,
            kind.map(ObjectKind::word),
            permit.conversation()
        ))
        .await?;
    let Some(row) = row else {
        recheck(queries, permit).await?;
        return Err(Error::NotFound);
    };
    let opened = opened(permit, &row)?;
    if opened.version != permit.recording_version() {
        return Err(Error::StalePermit);
    }
    Ok(opened)
}

fn opened<P: ScopedPermission>(permit: &Permit<P>, row: &Row) -> Result<Opened> {
    let mut columns = row.columns();
    in_force(permit, columns.next()?)?;
    let (recording, version, wrapped_key) = (columns.next()?, columns.next()?, columns.next()?);
    let kind = columns.next::<String>()?;
    let object = StoredObject {
        kind: ObjectKind::from_word(&kind).ok_or(Error::Corrupt("an unknown kind of object"))?,
        blob: columns.next()?,
        plain_bytes: columns.next()?,
        sealed_bytes: columns.next()?,
    };
    let media_type: Option<String> = columns.next()?;
    let media_type = media_type.unwrap_or_default();
    Ok(Opened { recording, version, wrapped_key, object, media_type, channel_labels: columns.next()? })
}

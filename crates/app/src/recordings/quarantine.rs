//! The quarantine: files that could not be read, kept sealed with the reason, to be tried again or deleted.

use super::filing::{Filing, Readable};
use super::play::read_plain;
use super::sealing::{Verdict, discard, feed_again, read};
use crate::access::begin_acting;
use crate::event::{self, Draft};
use crate::keys::{object_context, version_context};
use crate::{Caller, Error, Result, Vault};
use bytes::Bytes;
use soundkeep_blobs::BlobName;
use soundkeep_crypto::keys::VersionKey;
use soundkeep_crypto::sealed::{HEADER_BYTES, Opener};
use soundkeep_domain::access::{SystemCaller, authorize_plain, marks};
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::conversations::Source;
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{ConversationId, OrganisationId, QuarantineId, RecordingId, Timestamp};
use soundkeep_store::recordings::{self, Quarantined, StoredObject};
use std::ops::Range;

/// A file in quarantine, as its page shows it.
#[derive(Debug, Clone)]
pub struct QuarantinedFile {
    /// Its id.
    pub id: QuarantineId,
    /// Its name.
    pub name: String,
    /// How it came in.
    pub source: String,
    /// Why it can't be read, as a stable code.
    pub code: String,
    /// Why it can't be read, in words.
    pub reason: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it came in.
    pub received_at: Timestamp,
    /// Whether it is being read again.
    pub retrying: bool,
}

/// The quarantine, newest first.
///
/// # Errors
/// [`Error::Denied`].
pub async fn list(
    vault: &Vault,
    caller: &Caller,
    before: Option<QuarantineId>,
    limit: u32,
) -> Result<Vec<QuarantinedFile>> {
    let permit = crate::access::plain_permit::<marks::QuarantineManage>(vault, caller).await?;
    let rows = recordings::quarantine_list(&mut vault.store().reader(), &permit, before, limit).await?;
    Ok(rows
        .into_iter()
        .map(|row| QuarantinedFile {
            id: row.id,
            name: row.name,
            source: row.source,
            code: row.code,
            reason: row.reason,
            bytes: row.plain_bytes.unsigned_abs(),
            received_at: row.received_at,
            retrying: row.state == "retrying",
        })
        .collect())
}

/// Deletes a file of the quarantine for good.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn delete(vault: &Vault, caller: &Caller, id: QuarantineId) -> Result<()> {
    crate::access::plain_permit::<marks::QuarantineManage>(vault, caller).await?;
    let (mut transaction, permit) = begin_acting(vault, caller).await?;
    let row = recordings::quarantine_get(&mut transaction, &permit, id).await?;
    recordings::quarantine_remove(&mut transaction, permit.organisation(), id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::QuarantineDelete)?
        .object(Object::new("quarantine", id).named(row.name))
        .detail("sha256", hex::encode(row.sha256));
    event::record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// What a retry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// It can be heard now.
    Stored {
        /// Its conversation.
        conversation: ConversationId,
        /// Its recording.
        recording: RecordingId,
    },
    /// It still can't be read.
    StillUnreadable {
        /// Why, as a stable code.
        code: String,
        /// Why, in words.
        reason: String,
    },
}

/// Reads a file of the quarantine again.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Damaged`] when the sealed file itself is damaged.
pub async fn retry(vault: &Vault, caller: &Caller, id: QuarantineId) -> Result<Retried> {
    let permit = crate::access::plain_permit::<marks::QuarantineManage>(vault, caller).await?;
    let organisation = permit.organisation();
    let row = recordings::quarantine_get(&mut vault.store().reader(), &permit, id).await?;
    let draft = Draft::of(vault, caller, EventKind::QuarantineRetry)?
        .object(Object::new("quarantine", id).named(row.name.clone()));
    event::record_alone(vault, draft).await?;
    let keys = vault.keys(organisation).await?;
    let key = keys.key.unwrap(&version_context(organisation, id.as_bytes(), 1), &row.wrapped_key)?;
    match read_again(vault, organisation, &key, &row).await? {
        Verdict::Readable { analysis, objects } => {
            let filed = file(vault, caller, &row, &key, &analysis, objects.clone()).await;
            // Whether the database still committed nobody knows when it went away: see intake.
            if matches!(&filed, Err(error) if !matches!(error, Error::Unavailable(_))) {
                discard(vault, &objects).await;
            }
            filed
        }
        Verdict::Unreadable(error) => {
            let reason = error.to_string();
            let mut transaction = vault.store().begin().await?;
            let because = Some((error.code(), reason.as_str()));
            recordings::quarantine_set(&mut transaction, organisation, id, "waiting", because).await?;
            let draft = Draft::of(vault, caller, EventKind::RecordingQuarantine)?
                .object(Object::new("quarantine", id).named(row.name))
                .outcome(Outcome::Failed)
                .detail("code", error.code());
            event::record(vault, &mut transaction, draft).await?;
            transaction.commit().await?;
            Ok(Retried::StillUnreadable { code: error.code().to_owned(), reason })
        }
    }
}

/// Feeds the opened original to a worker and stores what comes out.
async fn read_again(
    vault: &Vault,
    organisation: OrganisationId,
    key: &VersionKey,
    row: &Quarantined,
) -> Result<Verdict> {
    const STEP_BYTES: u64 = 256 * 1024;
    let blob = BlobName::parse(&row.blob).map_err(Error::bug)?;
    let object_key = key.object_key(ObjectKind::Original.word(), blob.as_str().as_bytes())?;
    let header = vault.blobs().read(&blob, 0..u64::try_from(HEADER_BYTES).map_err(Error::bug)?).await?;
    let sealed_len = vault.blobs().len(&blob).await?;
    let opener = Opener::new(&object_key, &object_context(organisation, blob.as_str()), &header, sealed_len)?;
    let len = opener.layout().plain_len();
    let steps: Vec<Range<u64>> =
        (0..len.div_ceil(STEP_BYTES)).map(|at| at * STEP_BYTES..((at + 1) * STEP_BYTES).min(len)).collect();
    let (opener, blob) = (&opener, &blob);
    let plain = futures::stream::iter(steps).then(move |range| async move {
        read_plain(vault, opener, blob, range).await.map(|pieces| Bytes::from(pieces.concat()))
    });
    let (feed, frames) = vault.media_worker().start()?;
    let (fed, verdict) = tokio::join!(feed_again(feed, Box::pin(plain)), read(vault, organisation, key, frames));
    fed?;
    verdict
}

use futures::StreamExt as _;

/// Files it as if it came in now, and takes it out of the quarantine with the same commit.
async fn file(
    vault: &Vault,
    caller: &Caller,
    row: &Quarantined,
    key: &VersionKey,
    analysis: &soundkeep_media::Analysis,
    objects: Vec<StoredObject>,
) -> Result<Retried> {
    let organisation = caller.organisation();
    let readable = Readable {
        metadata: serde_json::from_str(&row.metadata).map_err(Error::bug)?,
        source: Source::from_word(&row.source).unwrap_or(Source::Upload),
        name: &row.name,
        received_at: row.received_at,
        key,
        sha256: row.sha256.as_slice().try_into().map_err(Error::bug)?,
        original: StoredObject {
            kind: ObjectKind::Original,
            blob: row.blob.clone(),
            plain_bytes: row.plain_bytes,
            sealed_bytes: row.sealed_bytes,
        },
        analysis,
        objects,
        from_quarantine: Some(row.id),
    };
    let filing = Filing::prepare(vault, caller, readable).await?;
    let (mut transaction, _) = begin_acting::<marks::QuarantineManage>(vault, caller).await?;
    let intake = soundkeep_store::access::system_caller(&mut transaction, organisation, SystemCaller::Intake).await?;
    let permit = authorize_plain::<marks::RecordingsIngest>(&intake)?;
    let (conversation, recording) = filing.write(&mut transaction, &permit).await?;
    recordings::quarantine_release(&mut transaction, organisation, row.id).await?;
    transaction.commit().await?;
    Ok(Retried::Stored { conversation, recording })
}

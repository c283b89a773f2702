//! Taking a recording in: sealed, read, attributed, stamped, and written down in one commit.
//!
//! Every way in (upload, folder, import, demo) ends here. What can't be read goes to quarantine with the
//! reason; what came before is recognised by its content.

use super::filing::{Filing, Readable};
use super::sealing::{Sealed, Verdict, discard, seal_and_read};
use crate::access::begin_acting;
use crate::event::{self, Draft};
use crate::keys::version_context;
use crate::{Caller, Error, Result, Vault};
use bytes::Bytes;
use futures::Stream;
use serde::{Deserialize, Serialize};
use soundkeep_crypto::keys::VersionKey;
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::conversations::{Direction, FIELD_CHARACTERS_MAX, Source, TAG_CHARACTERS_MAX, TAGS_MAX};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{ConversationId, QuarantineId, RecordingId, Timestamp};
use soundkeep_media::{Analysis, MediaError, PlaybackPlan};
use soundkeep_store::Transaction;
use soundkeep_store::conversations::STARTED_AT_MAX;
use soundkeep_store::recordings::{self, Analysed, Quarantined, StoredObject};

/// What a source says of a recording. Everything may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Metadata {
    /// When the call began; the time of taking in when it isn't said.
    pub started_at: Option<Timestamp>,
    /// Which way it went.
    pub direction: Option<Direction>,
    /// The number that called.
    pub from_number: Option<String>,
    /// The number that was called.
    pub to_number: Option<String>,
    /// Who was on the other side.
    pub contact: Option<String>,
    /// An agent id such as an extension; attributes the conversation to whoever had it at the start.
    pub agent: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The id that the source gave the call.
    pub external_id: Option<String>,
    /// What each channel of the audio is, such as `agent`, `customer`.
    pub channel_labels: Option<Vec<String>>,
}

impl Metadata {
    /// Checks lengths and times, and trims.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each field that doesn't fit.
    pub fn checked(mut self, now: Timestamp) -> Result<Self> {
        let mut wrong = Vec::new();
        let too_long = format!("at most {FIELD_CHARACTERS_MAX} characters");
        for (field, text) in [
            ("from_number", &mut self.from_number),
            ("to_number", &mut self.to_number),
            ("contact", &mut self.contact),
            ("agent", &mut self.agent),
            ("external_id", &mut self.external_id),
        ] {
            *text = text.take().map(|text| clean(&text)).filter(|text| !text.is_empty());
            if text.as_ref().is_some_and(|text| text.chars().count() > FIELD_CHARACTERS_MAX) {
                wrong.push((field.to_owned(), too_long.clone()));
            }
        }
        if self.started_at.is_some_and(|at| at > now.plus_seconds(86_400) || at >= STARTED_AT_MAX) {
            wrong.push(("started_at".to_owned(), "lies in the future".to_owned()));
        }
        match checked_tags(std::mem::take(&mut self.tags)) {
            Ok(tags) => self.tags = tags,
            Err(sentence) => wrong.push(("tags".to_owned(), sentence)),
        }
        if self.channel_labels.as_ref().is_some_and(|labels| {
            labels.len() > 8 || labels.iter().any(|label| label.chars().count() > TAG_CHARACTERS_MAX)
        }) {
            wrong.push(("channel_labels".to_owned(), "at most 8 labels of 50 characters".to_owned()));
        }
        if wrong.is_empty() { Ok(self) } else { Err(Error::Invalid(wrong)) }
    }
}

/// Without control characters, trimmed: what no person can see must not reach a list or an index.
pub(crate) fn clean(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
}

/// Tags trimmed and without doubles, or what is wrong with them.
pub(crate) fn checked_tags(tags: Vec<String>) -> std::result::Result<Vec<String>, String> {
    let mut tags: Vec<String> = tags.iter().map(|tag| clean(tag)).filter(|tag| !tag.is_empty()).collect();
    tags.sort();
    tags.dedup();
    if tags.len() > TAGS_MAX || tags.iter().any(|tag| tag.chars().count() > TAG_CHARACTERS_MAX) {
        return Err(format!("at most {TAGS_MAX} tags of {TAG_CHARACTERS_MAX} characters"));
    }
    Ok(tags)
}

/// Where a recording comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'name> {
    /// By which way.
    pub source: Source,
    /// The name of the file, for people.
    pub name: &'name str,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// It is there and can be heard.
    Stored {
        /// Its conversation.
        conversation: ConversationId,
        /// Its recording.
        recording: RecordingId,
        /// SHA-256 of the original.
        sha256: [u8; 32],
        /// Its length in bytes.
        bytes: u64,
    },
    /// The same bytes came in before.
    Duplicate {
        /// The conversation that they belong to.
        conversation: ConversationId,
        /// The recording that they are.
        recording: RecordingId,
        /// SHA-256 of the original.
        sha256: [u8; 32],
        /// Its length in bytes.
        bytes: u64,
    },
    /// It can't be read and is kept in quarantine.
    Quarantined {
        /// Its place there.
        id: QuarantineId,
        /// Why.
        error: MediaError,
    },
}

/// Takes a recording in.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`], [`Error::Unavailable`] when the disk is almost full or storage fails;
/// then nothing of it is left.
pub async fn ingest<S>(
    vault: &Vault,
    caller: &Caller,
    origin: Origin<'_>,
    metadata: Metadata,
    input: S,
) -> Result<Ingested>
where
    S: Stream<Item = std::io::Result<Bytes>> + Unpin + Send,
{
    crate::access::plain_permit::<marks::RecordingsIngest>(vault, caller).await?;
    let metadata = metadata.checked(vault.now())?;
    receive(vault, caller, origin, input).await?.file(metadata).await
}

/// A file that is sealed and read and stands in no row yet: to be filed or discarded. Should it be neither, the
/// sweep for what nothing refers to takes it.
pub struct Received<'a> {
    intake: Intake<'a>,
    sealed: Sealed,
}

/// Takes the bytes of a recording in, before it is known what its source says of it.
///
/// # Errors
/// As [`ingest`].
pub async fn receive<'a, S>(vault: &'a Vault, caller: &'a Caller, origin: Origin<'a>, input: S) -> Result<Received<'a>>
where
    S: Stream<Item = std::io::Result<Bytes>> + Unpin + Send,
{
    let permit = crate::access::plain_permit::<marks::RecordingsIngest>(vault, caller).await?;
    vault.check_space().await?;
    let key = vault.new_version_key()?;
    let sealed = seal_and_read(vault, permit.organisation(), &key, input).await?;
    let received = Received { intake: Intake { vault, caller, origin, key }, sealed };
    if received.sealed.original.plain_bytes == 0 {
        received.discard().await;
        return Err(Error::invalid("audio", "the file is empty"));
    }
    Ok(received)
}

impl Received<'_> {
    /// Files it with what its source says of it.
    ///
    /// # Errors
    /// As [`ingest`].
    pub async fn file(self, metadata: Metadata) -> Result<Ingested> {
        match metadata.checked(self.intake.vault.now()) {
            Ok(metadata) => self.intake.file(metadata, self.sealed).await,
            Err(error) => {
                self.discard().await;
                Err(error)
            }
        }
    }

    /// Deletes what was stored of it.
    pub async fn discard(self) {
        discard(self.intake.vault, &self.sealed.objects()).await;
    }
}

struct Intake<'a> {
    vault: &'a Vault,
    caller: &'a Caller,
    origin: Origin<'a>,
    key: VersionKey,
}

impl Intake<'_> {
    async fn file(&self, metadata: Metadata, sealed: Sealed) -> Result<Ingested> {
        let stored = sealed.objects();
        let Sealed { sha256, original, verdict } = sealed;
        let organisation = self.caller.organisation();
        let earlier = recordings::by_content(&mut self.vault.store().reader(), organisation, &sha256).await?;
        if let Some(earlier) = earlier {
            discard(self.vault, &stored).await;
            let transaction = self.vault.store().begin().await?;
            return self.duplicate(transaction, earlier, sha256, &original).await;
        }
        let outcome = match verdict {
            Verdict::Readable { analysis, objects } => {
                self.store(metadata, sha256, &original, &analysis, objects).await
            }
            Verdict::Unreadable(error) => self.quarantine(&metadata, sha256, &original, error).await,
        };
        // When the database went away nobody knows whether it still committed: what it may refer to stays, and the
        // sweep takes it if nothing does.
        if matches!(&outcome, Err(error) if !matches!(error, Error::Unavailable(_))) {
            discard(self.vault, &stored).await;
        }
        if let Err(Error::Conflict(_)) = outcome {
            // Somebody else brought the same bytes at the same moment. On SQLite their rows may wait for the commit that
            // is shared with ours: only a transaction sees them, and its commit takes theirs along.
            let mut transaction = self.vault.store().begin().await?;
            let earlier = recordings::by_content(&mut transaction, organisation, &sha256).await?;
            if let Some(earlier) = earlier {
                return self.duplicate(transaction, earlier, sha256, &original).await;
            }
        }
        outcome
    }

    async fn duplicate(
        &self,
        mut transaction: Transaction,
        (recording, conversation): (RecordingId, ConversationId),
        sha256: [u8; 32],
        original: &StoredObject,
    ) -> Result<Ingested> {
        let draft = Draft::of(self.vault, self.caller, EventKind::RecordingDuplicate)?
            .object(Object::new("recording", recording))
            .conversation(conversation)
            .detail("sha256", hex::encode(sha256))
            .detail("source", self.origin.source.word());
        event::record(self.vault, &mut transaction, draft).await?;
        transaction.commit().await?;
        let bytes = original.plain_bytes.unsigned_abs();
        Ok(Ingested::Duplicate { conversation, recording, sha256, bytes })
    }

    async fn store(
        &self,
        metadata: Metadata,
        sha256: [u8; 32],
        original: &StoredObject,
        analysis: &Analysis,
        objects: Vec<StoredObject>,
    ) -> Result<Ingested> {
        let bytes = original.plain_bytes.unsigned_abs();
        let readable = Readable {
            metadata,
            source: self.origin.source,
            name: self.origin.name,
            received_at: self.vault.now(),
            key: &self.key,
            sha256,
            original: original.clone(),
            analysis,
            objects,
            from_quarantine: None,
        };
        let filing = Filing::prepare(self.vault, self.caller, readable).await?;
        let (mut transaction, permit) = begin_acting(self.vault, self.caller).await?;
        let (conversation, recording) = filing.write(&mut transaction, &permit).await?;
        transaction.commit().await?;
        self.vault.metrics().recording_ingested();
        Ok(Ingested::Stored { conversation, recording, sha256, bytes })
    }

    async fn quarantine(
        &self,
        metadata: &Metadata,
        sha256: [u8; 32],
        original: &StoredObject,
        error: MediaError,
    ) -> Result<Ingested> {
        let (vault, organisation) = (self.vault, self.caller.organisation());
        let keys = vault.keys(organisation).await?;
        let now = vault.now();
        let id = QuarantineId::make(now, &vault.random()?);
        let new = Quarantined {
            id,
            name: clean(self.origin.name),
            source: self.origin.source.word().to_owned(),
            code: error.code().to_owned(),
            reason: error.to_string(),
            metadata: serde_json::to_string(metadata).map_err(Error::bug)?,
            sha256: sha256.to_vec(),
            plain_bytes: original.plain_bytes,
            sealed_bytes: original.sealed_bytes,
            blob: original.blob.clone(),
            wrapped_key: keys.key.wrap(&version_context(organisation, id.as_bytes(), 1), &self.key, vault.entropy())?,
            received_at: now,
            state: "waiting".to_owned(),
        };
        let (mut transaction, permit) = begin_acting(vault, self.caller).await?;
        let added = recordings::quarantine(&mut transaction, &permit, &new).await?;
        if !added {
            let held = recordings::quarantine_by_content(&mut transaction, &permit, &sha256).await?;
            // What it found may wait for the same commit.
            transaction.commit().await?;
            discard(vault, std::slice::from_ref(original)).await;
            return Ok(Ingested::Quarantined { id: held.unwrap_or(id), error });
        }
        let draft = Draft::of(vault, self.caller, EventKind::RecordingQuarantine)?
            .object(Object::new("quarantine", id).named(clean(self.origin.name)))
            .outcome(Outcome::Failed)
            .detail("code", error.code())
            .detail("sha256", hex::encode(sha256))
            .detail("bytes", original.plain_bytes)
            .detail("source", self.origin.source.word());
        event::record(vault, &mut transaction, draft).await?;
        transaction.commit().await?;
        vault.metrics().recording_quarantined();
        Ok(Ingested::Quarantined { id, error })
    }
}

/// What analysis found, in the words of rows.
pub(super) fn analysed(analysis: &Analysis, objects: Vec<StoredObject>) -> Result<Analysed> {
    let (media_type, played) = match &analysis.playback {
        PlaybackPlan::AsIs { media_type } => (media_type.clone(), ObjectKind::Original),
        PlaybackPlan::Transcode { media_type, .. } => (media_type.clone(), ObjectKind::Playback),
    };
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.map(|value| value.as_str().unwrap_or_default().to_owned()).map_err(Error::bug)
    };
    Ok(Analysed {
        container: word(serde_json::to_value(analysis.container))?,
        codec: word(serde_json::to_value(analysis.codec))?,
        sample_rate_hz: i64::from(analysis.sample_rate_hz),
        channels: i64::try_from(analysis.channels.len()).map_err(Error::bug)?,
        duration_ms: i64::try_from(analysis.duration_ms()).map_err(Error::bug)?,
        media_type,
        played,
        objects,
    })
}

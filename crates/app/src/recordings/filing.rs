//! Filing a recording that can be heard: conversation, stamp, version, objects and event in one transaction.
//!
//! What comes in and what comes out of quarantine end here alike. Stores no byte and decides nothing.

use super::ingest::{Metadata, analysed, clean};
use crate::event::{self, Draft};
use crate::keys::version_context;
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::keys::VersionKey;
use soundkeep_domain::access::{OrganisationPermit, RecordState, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, QuarantineId, RecordingId, Timestamp};
use soundkeep_media::Analysis;
use soundkeep_store::Transaction;
use soundkeep_store::conversations::{self, NewConversation};
use soundkeep_store::recordings::{self, Analysed, NewRecording, StoredObject};

/// What is filed: sealed and read already.
pub(super) struct Readable<'a> {
    pub(super) metadata: Metadata,
    pub(super) source: Source,
    pub(super) name: &'a str,
    pub(super) received_at: Timestamp,
    pub(super) key: &'a VersionKey,
    pub(super) sha256: [u8; 32],
    pub(super) original: StoredObject,
    pub(super) analysis: &'a Analysis,
    pub(super) objects: Vec<StoredObject>,
    /// Its place in quarantine, when it was there.
    pub(super) from_quarantine: Option<QuarantineId>,
}

/// Something readable with all that needs no transaction.
pub(super) struct Filing<'a> {
    vault: &'a Vault,
    caller: &'a Caller,
    readable: Readable<'a>,
    recording: RecordingId,
    now: Timestamp,
    wrapped_key: Vec<u8>,
    channel_labels: Option<String>,
    analysed: Analysed,
}

impl<'a> Filing<'a> {
    pub(super) async fn prepare(vault: &'a Vault, caller: &'a Caller, mut readable: Readable<'a>) -> Result<Self> {
        let organisation = caller.organisation();
        let keys = vault.keys(organisation).await?;
        let now = vault.now();
        let recording = RecordingId::make(now, &vault.random()?);
        let context = version_context(organisation, recording.as_bytes(), 1);
        let wrapped_key = keys.key.wrap(&context, readable.key, vault.entropy())?;
        let labels = readable.metadata.channel_labels.take();
        let channel_labels = labels.as_ref().map(serde_json::to_string).transpose().map_err(Error::bug)?;
        let analysed = analysed(readable.analysis, std::mem::take(&mut readable.objects))?;
        Ok(Self { vault, caller, readable, recording, now, wrapped_key, channel_labels, analysed })
    }

    /// Writes everything; the caller commits.
    pub(super) async fn write(
        self,
        transaction: &mut Transaction,
        permit: &OrganisationPermit<marks::RecordingsIngest>,
    ) -> Result<(ConversationId, RecordingId)> {
        let Self { vault, recording, .. } = self;
        let new = self.conversation(transaction).await?;
        let ord = conversations::add(transaction, permit.organisation(), &new).await?;
        let Self { readable, .. } = self;
        let name = clean(readable.name);
        let row = NewRecording {
            id: recording,
            conversation: new.id,
            ord,
            sha256: readable.sha256,
            wrapped_key: self.wrapped_key,
            original: readable.original,
            original_name: Some(name.clone()),
            channel_labels: self.channel_labels,
            created_at: self.now,
        };
        recordings::add(transaction, permit, &row).await?;
        recordings::finish(transaction, permit, recording, &self.analysed).await?;
        let mut draft = Draft::of(vault, self.caller, EventKind::RecordingIngest)?
            .object(Object::new("recording", recording))
            .conversation(new.id)
            .detail("conversation", new.id.to_string())
            .detail("sha256", hex::encode(row.sha256))
            .detail("bytes", row.original.plain_bytes)
            .detail("source", readable.source.word())
            .detail("attributed", new.agent.is_some())
            .personal_detail("name", name);
        if let Some(quarantine) = readable.from_quarantine {
            draft = draft.detail("from_quarantine", quarantine.to_string());
        }
        event::record(vault, transaction, draft).await?;
        Ok((new.id, recording))
    }

    /// The conversation, attributed to whoever had the agent id at its start and stamped with their groups then.
    async fn conversation(&self, transaction: &mut Transaction) -> Result<NewConversation> {
        let Self { vault, caller, readable, .. } = self;
        let (organisation, metadata) = (caller.organisation(), readable.metadata.clone());
        let started_at = metadata.started_at.unwrap_or(readable.received_at);
        let agent = match &metadata.agent {
            Some(agent) => conversations::attribute(transaction, organisation, agent, started_at).await?,
            None => None,
        };
        let groups = match agent {
            Some(agent) => conversations::stamp(transaction, organisation, agent, started_at).await?,
            None => Vec::new(),
        };
        Ok(NewConversation {
            id: ConversationId::make(started_at, &vault.random()?),
            started_at,
            duration_ms: None,
            direction: metadata.direction.unwrap_or(Direction::Unknown),
            channel: Channel::Voice,
            from_number: metadata.from_number,
            to_number: metadata.to_number,
            contact: metadata.contact,
            agent_label: metadata.agent,
            source: readable.source,
            external_id: metadata.external_id,
            tags: metadata.tags,
            agent,
            groups,
            state: RecordState::Processing,
            received_at: readable.received_at,
        })
    }
}

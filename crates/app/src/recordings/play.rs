//! Listening to a recording: a permit, a committed event, and then only the chunks of the range.
//!
//! No audio without its `recording_play`. A damaged chunk is never given out: the reading fails and the
//! ledger says so. Open streams look at the policy epoch again and end when rights changed.

use super::listening::Open;
use crate::event::{self, Draft};
use crate::keys::{object_context, version_context};
use crate::{Caller, Error, Result, Vault};
use bytes::Bytes;
use futures::Stream;
use soundkeep_blobs::BlobName;
use soundkeep_crypto::sealed::{HEADER_BYTES, Opener, SealedError};
use soundkeep_domain::access::{CallerFacts, Permit, ThingFacts, authorize, marks};
use soundkeep_domain::audit::{EventKind, Object, Outcome};
use soundkeep_domain::{ListeningId, OrganisationId, RecordingId};
use soundkeep_store::recordings::{self, NewListening, Opened};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

/// So many plain bytes are read and opened at once; four chunks.
const STEP_BYTES: u64 = 256 * 1024;

/// A recording that may be heard.
pub struct Playable {
    open: Arc<Open>,
}

impl Playable {
    /// Length in bytes of what is played.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.open.opener.layout().plain_len()
    }
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Its media type.
    #[must_use]
    pub fn media_type(&self) -> &str {
        &self.open.media_type
    }
    /// A strong validator (RFC 9110, section 8.8.3), with its quotes.
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.open.etag
    }

    /// The bytes of a range, opened piece by piece. The first piece is opened before this returns.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the first piece is damaged or missing; later ones end the stream with an error.
    pub async fn stream(
        &self,
        vault: &Vault,
        caller: &Caller,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let mut state = Reading {
            vault: vault.clone(),
            caller: caller.clone(),
            open: Arc::clone(&self.open),
            next: range.start,
            end: range.end,
            pieces: VecDeque::new(),
        };
        state.fill().await?;
        Ok(futures::stream::unfold(Some(state), |state| async move {
            let mut state = state?;
            match state.piece().await {
                Ok(Some(piece)) => Some((Ok(piece), Some(state))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

struct Reading {
    vault: Vault,
    caller: Caller,
    open: Arc<Open>,
    next: u64,
    end: u64,
    pieces: VecDeque<Bytes>,
}

impl Reading {
    async fn piece(&mut self) -> Result<Option<Bytes>> {
        if self.pieces.is_empty() && self.next < self.end {
            // Rights may have changed since the last piece: who may still hear it hears on, who may not hears no more.
            if self.vault.policy_epoch(self.open.organisation).await? != self.open.policy_epoch {
                self.caller = crate::identity::refreshed(&self.vault, &self.caller).await?;
                let open = reopen(&self.vault, &self.caller, self.open.recording).await?;
                if open.etag != self.open.etag {
                    return Err(Error::Unavailable("there is a newer version of the recording: ask again".to_owned()));
                }
                self.open = open;
            }
            self.fill().await?;
        }
        Ok(self.pieces.pop_front())
    }

    async fn fill(&mut self) -> Result<()> {
        if self.next >= self.end {
            return Ok(());
        }
        let until = (self.next - self.next % STEP_BYTES).saturating_add(STEP_BYTES).min(self.end);
        let pieces = match read_plain(&self.vault, &self.open.opener, &self.open.blob, self.next..until).await {
            Ok(pieces) => pieces,
            Err(Error::Damaged) => {
                report_damage(&self.vault, &self.caller, &self.open).await?;
                return Err(Error::Damaged);
            }
            Err(error) => return Err(error),
        };
        self.pieces.extend(pieces);
        self.open.deliver(&self.vault, self.next, until).await?;
        self.next = until;
        Ok(())
    }
}

/// Reads a range of a sealed object and opens it.
pub(super) async fn read_plain(
    vault: &Vault,
    opener: &Opener,
    blob: &BlobName,
    range: Range<u64>,
) -> Result<Vec<Bytes>> {
    let span = opener.layout().span(range).map_err(Error::from)?;
    let sealed = vault.blobs().read(blob, span.sealed.clone()).await?;
    opener.open_span(&span, sealed).map_err(|error| {
        tracing::error!(%error, blob = %blob, "a sealed object is damaged");
        Error::Damaged
    })
}

async fn report_damage(vault: &Vault, caller: &Caller, open: &Open) -> Result<()> {
    vault.metrics().damaged();
    let draft = Draft::of(vault, caller, EventKind::IntegrityFailure)?
        .object(Object::new("recording", open.recording))
        .conversation(open.conversation)
        .outcome(Outcome::Failed)
        .detail("object", open.blob.as_str());
    event::record_alone(vault, draft).await
}

/// Opens a recording for listening. The first time in a session this commits `recording_play`.
///
/// # Errors
/// [`Error::NotFound`] when there is none or none that the caller may see, [`Error::Denied`] when it may be
/// seen and not heard, [`Error::Damaged`] when its container can't be opened.
pub async fn play(vault: &Vault, caller: &Caller, recording: RecordingId) -> Result<Playable> {
    let epoch = vault.policy_epoch(caller.organisation()).await?;
    if let Some(open) = vault.listenings().get(caller, recording, vault.now()) {
        if open.policy_epoch == epoch && caller.facts().policy_epoch() == epoch {
            return Ok(Playable { open });
        }
        vault.listenings().forget(caller, recording);
    }
    let open = reopen(vault, caller, recording).await?;
    Ok(Playable { open })
}

async fn reopen(vault: &Vault, caller: &Caller, recording: RecordingId) -> Result<Arc<Open>> {
    let organisation = caller.organisation();
    let permit = permit_to_play(vault, caller, recording).await?;
    let opened = recordings::open_played(&mut vault.store().reader(), &permit).await?;
    let (opener, blob) = match open_container(vault, organisation, &opened).await {
        Err(Error::Damaged) => {
            vault.metrics().damaged();
            let draft = Draft::of(vault, caller, EventKind::IntegrityFailure)?
                .object(Object::new("recording", recording))
                .conversation(permit.conversation())
                .outcome(Outcome::Failed)
                .detail("object", opened.object.blob.as_str());
            event::record_alone(vault, draft).await?;
            return Err(Error::Damaged);
        }
        other => other?,
    };
    let now = vault.now();
    let etag = format!("\"{}-{}\"", opened.recording, opened.version);
    let (ids, epoch) = ((permit.conversation(), recording), permit.policy_epoch());
    let listening = open_listening(vault, caller, permit).await?;
    let open = Arc::new(Open::new(organisation, listening, epoch, opener, blob, opened.media_type, etag, ids, now));
    super::listening::keep(vault, caller, &open, now).await?;
    Ok(open)
}

/// The facts of a recording's conversation, and the answer to whether it may be seen at all.
pub(crate) async fn permit_to_play(
    vault: &Vault,
    caller: &Caller,
    recording: RecordingId,
) -> Result<Permit<marks::RecordingsPlay>> {
    let mut reader = vault.store().reader();
    let thing = soundkeep_store::access::thing_of_recording(&mut reader, caller.organisation(), recording).await?;
    crate::access::authorize_seen::<marks::RecordingsPlay>(vault, caller, &thing).await
}

/// Opens a listening or finds the one that is open on another node, and commits `recording_play` for a new one.
async fn open_listening(vault: &Vault, caller: &Caller, permit: Permit<marks::RecordingsPlay>) -> Result<ListeningId> {
    let id = ListeningId::make(vault.now(), &vault.random()?);
    let (kind, name) = caller.identity();
    let draft = Draft::of(vault, caller, EventKind::RecordingPlay)?
        .object(Object::new("recording", permit.recording().ok_or(Error::NotFound)?))
        .conversation(permit.conversation())
        .detail("conversation", permit.conversation().to_string())
        .detail("version", permit.recording_version())
        .detail("listening", id.to_string());
    let event = event::prepare(vault, draft)?;
    let (caller, session) = (format!("{kind}:{name}"), caller.session().to_owned());
    super::opening::open(vault, NewListening { permit, id, caller, session, event }).await
}

/// Unwraps the version's key and reads the header of the object.
pub(super) async fn open_container(
    vault: &Vault,
    organisation: OrganisationId,
    opened: &Opened,
) -> Result<(Opener, BlobName)> {
    let keys = vault.keys(organisation).await?;
    let context = version_context(organisation, opened.recording.as_bytes(), opened.version);
    let key = keys.key.unwrap(&context, &opened.wrapped_key)?;
    let blob = BlobName::parse(&opened.object.blob).map_err(Error::bug)?;
    let object_key = key.object_key(opened.object.kind.word(), blob.as_str().as_bytes())?;
    let header_bytes = u64::try_from(HEADER_BYTES).map_err(Error::bug)?;
    let header = vault.blobs().read(&blob, 0..header_bytes).await?;
    let sealed_len = vault.blobs().len(&blob).await?;
    if i64::try_from(sealed_len) != Ok(opened.object.sealed_bytes) {
        return Err(Error::Damaged);
    }
    let opener = Opener::new(&object_key, &object_context(organisation, blob.as_str()), &header, sealed_len)
        .map_err(|error: SealedError| Error::from(error))?;
    Ok((opener, blob))
}

/// Whether a caller may hear a conversation that is shown to them, for the play button of lists.
#[must_use]
pub fn may_play(caller: &CallerFacts, thing: &ThingFacts) -> bool {
    authorize::<marks::RecordingsPlay>(caller, thing).is_ok()
}

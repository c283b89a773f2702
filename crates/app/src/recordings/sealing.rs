//! One pass over a file: hash, seal and store the original, have it read, seal and store what comes out.
//!
//! Nothing is held whole in memory and nothing plain reaches a disk. Knows no row.

use crate::keys::object_context;
use crate::media_worker::{Feed, Frames, Said};
use crate::{Error, Result, Vault};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use soundkeep_blobs::{BlobName, BlobWriter};
use soundkeep_crypto::digest::Sha256;
use soundkeep_crypto::keys::VersionKey;
use soundkeep_crypto::sealed::Sealer;
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_domain::{ObjectId, OrganisationId};
use soundkeep_media::{Analysis, MediaError};
use soundkeep_store::recordings::StoredObject;

/// Seals a stream into a new object.
pub(super) struct SealedObjectWriter {
    kind: ObjectKind,
    name: BlobName,
    sealer: Sealer,
    writer: Box<dyn BlobWriter>,
    sealed: Vec<u8>,
}

impl SealedObjectWriter {
    pub(super) async fn create(
        vault: &Vault,
        organisation: OrganisationId,
        kind: ObjectKind,
        key: &VersionKey,
    ) -> Result<Self> {
        let object = ObjectId::make(vault.now(), &vault.random()?);
        let name = BlobName::from_segments(&[&organisation.to_string(), &object.to_string()]).map_err(Error::bug)?;
        let object_key = key.object_key(kind.word(), name.as_str().as_bytes())?;
        let sealer = Sealer::new(&object_key, &object_context(organisation, name.as_str()), vault.entropy())?;
        let writer = vault.blobs().create(&name).await?;
        Ok(Self { kind, name, sealer, writer, sealed: Vec::new() })
    }

    pub(super) async fn write(&mut self, plain: &[u8]) -> Result<()> {
        self.sealer.push(plain, &mut self.sealed)?;
        if !self.sealed.is_empty() {
            self.writer.write(Bytes::from(std::mem::take(&mut self.sealed))).await?;
        }
        Ok(())
    }

    /// Makes it durable and visible under its name.
    pub(super) async fn finish(mut self) -> Result<StoredObject> {
        let lengths = self.sealer.finish(&mut self.sealed)?;
        self.writer.write(Bytes::from(self.sealed)).await?;
        self.writer.finish().await?;
        Ok(StoredObject {
            kind: self.kind,
            blob: self.name.as_str().to_owned(),
            plain_bytes: i64::try_from(lengths.plain_len).map_err(Error::bug)?,
            sealed_bytes: i64::try_from(lengths.sealed_len).map_err(Error::bug)?,
        })
    }

    pub(super) async fn abort(self) -> Result<()> {
        Ok(self.writer.abort().await?)
    }
}

/// What reading a file came to.
pub(super) enum Verdict {
    /// It can be heard; the objects that reading made are stored.
    Readable { analysis: Box<Analysis>, objects: Vec<StoredObject> },
    /// It can't be read.
    Unreadable(MediaError),
}

/// An original that is sealed and stored, and what reading it came to.
pub(super) struct Sealed {
    pub(super) sha256: [u8; 32],
    pub(super) original: StoredObject,
    pub(super) verdict: Verdict,
}

impl Sealed {
    /// Everything that is stored of it.
    pub(super) fn objects(&self) -> Vec<StoredObject> {
        let mut stored = vec![self.original.clone()];
        if let Verdict::Readable { objects, .. } = &self.verdict {
            stored.extend(objects.iter().cloned());
        }
        stored
    }
}

/// Takes a file in: one pass, everything sealed, nothing in the database yet.
pub(super) async fn seal_and_read<S>(
    vault: &Vault,
    organisation: OrganisationId,
    key: &VersionKey,
    mut input: S,
) -> Result<Sealed>
where
    S: Stream<Item = std::io::Result<Bytes>> + Unpin + Send,
{
    let (mut feed, frames) = vault.media_worker().start()?;
    let original = SealedObjectWriter::create(vault, organisation, ObjectKind::Original, key).await?;
    let sealing = async {
        let mut original = original;
        let mut hash = Sha256::new();
        while let Some(bytes) = input.next().await {
            let stored = match bytes {
                Ok(bytes) => {
                    hash.update(&bytes);
                    let stored = original.write(&bytes).await;
                    feed.write(&bytes).await;
                    stored
                }
                Err(error) => Err(Error::Unavailable(format!("the file could not be read to its end: {error}"))),
            };
            if let Err(error) = stored {
                original.abort().await?;
                return Err(error);
            }
        }
        feed.finish().await;
        Ok::<_, Error>((hash.finish(), original.finish().await?))
    };
    let (sealed, verdict) = tokio::join!(sealing, read(vault, organisation, key, frames));
    match (sealed, verdict) {
        (Ok((sha256, original)), Ok(verdict)) => Ok(Sealed { sha256, original, verdict }),
        (Ok((_, original)), Err(error)) => {
            discard(vault, &[original]).await;
            Err(error)
        }
        (Err(error), Ok(Verdict::Readable { objects, .. })) => {
            discard(vault, &objects).await;
            Err(error)
        }
        (Err(error), _) => Err(error),
    }
}

/// Reads what the worker says, and seals and stores the playback form and the analysis.
pub(super) async fn read(
    vault: &Vault,
    organisation: OrganisationId,
    key: &VersionKey,
    mut frames: Frames,
) -> Result<Verdict> {
    let mut playback: Option<SealedObjectWriter> = None;
    loop {
        match frames.next().await {
            Said::Playback(bytes) => {
                if playback.is_none() {
                    playback = Some(SealedObjectWriter::create(vault, organisation, ObjectKind::Playback, key).await?);
                }
                if let Some(playback) = &mut playback {
                    playback.write(&bytes).await?;
                }
            }
            Said::Analysed(analysis) => {
                let mut objects = Vec::new();
                if let Some(playback) = playback {
                    objects.push(playback.finish().await?);
                }
                let mut writer = SealedObjectWriter::create(vault, organisation, ObjectKind::Analysis, key).await?;
                writer.write(&serde_json::to_vec(&analysis).map_err(Error::bug)?).await?;
                objects.push(writer.finish().await?);
                return Ok(Verdict::Readable { analysis, objects });
            }
            Said::Unreadable(error) => {
                if let Some(playback) = playback {
                    playback.abort().await?;
                }
                return Ok(Verdict::Unreadable(error));
            }
        }
    }
}

/// Feeds an opened original to a worker again.
pub(super) async fn feed_again<S>(mut feed: Feed, mut plain: S) -> Result<()>
where
    S: Stream<Item = Result<Bytes>> + Unpin + Send,
{
    while let Some(bytes) = plain.next().await {
        feed.write(&bytes?).await;
    }
    feed.finish().await;
    Ok(())
}

/// Deletes objects that nobody refers to. What can't be deleted is found by the sweep at the next start.
pub(super) async fn discard(vault: &Vault, objects: &[StoredObject]) {
    for object in objects {
        if let Ok(name) = BlobName::parse(&object.blob)
            && let Err(error) = vault.blobs().delete(&name).await
        {
            tracing::warn!(%error, "an unused object could not be deleted");
        }
    }
}

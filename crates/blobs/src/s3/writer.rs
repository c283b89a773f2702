//! Writes one object to a bucket: small ones in one request, others in parts.
//!
//! Must not know: who reads it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{MultipartId, ObjectStoreExt, PutPayload};

use super::{Bucket, of_store};
use crate::{BlobError, BlobName, BlobWriter};

/// Length of every part but the last. S3 takes parts of 5 MiB and more, and at most 10,000 of them: objects end at 78 GiB.
const PART_BYTES: usize = 8 * 1024 * 1024;

pub(super) struct S3Writer {
    bucket: Arc<Bucket>,
    name: BlobName,
    upload: Option<Upload>,
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    written: u64,
    failed: bool,
}

/// An upload in parts. Dropped before it is completed, it is aborted in the background; the marker outlives a crash.
struct Upload {
    bucket: Arc<Bucket>,
    location: Path,
    id: MultipartId,
    marker: Path,
    parts: Vec<PartId>,
    open: bool,
}

impl S3Writer {
    pub(super) fn new(bucket: Arc<Bucket>, name: BlobName) -> Self {
        Self { bucket, name, upload: None, gathered: Vec::new(), gathered_bytes: 0, written: 0, failed: false }
    }

    /// Sends what was gathered as the next part.
    async fn send_part(&mut self) -> Result<(), BlobError> {
        if self.upload.is_none() {
            self.upload = Some(Upload::start(self.bucket.clone(), &self.name).await?);
        }
        let payload = PutPayload::from_iter(std::mem::take(&mut self.gathered));
        self.gathered_bytes = 0;
        let Some(upload) = &mut self.upload else {
            return Ok(());
        };
        let sent = self.bucket.store.put_part(&upload.location, &upload.id, upload.parts.len(), payload).await;
        upload.parts.push(sent.map_err(|error| of_store("write an object", None, error))?);
        Ok(())
    }

    async fn write_piece(&mut self, mut bytes: Bytes) -> Result<(), BlobError> {
        self.written = self.written.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        while !bytes.is_empty() {
            // A full part waits for more, so that the last part is never empty.
            if self.gathered_bytes == PART_BYTES {
                self.send_part().await?;
            }
            let piece = bytes.split_to(bytes.len().min(PART_BYTES - self.gathered_bytes));
            self.gathered_bytes += piece.len();
            self.gathered.push(piece);
        }
        Ok(())
    }

    async fn complete(mut self) -> Result<u64, BlobError> {
        if self.failed {
            return Err(BlobError::unavailable("finish an object", "an earlier write failed"));
        }
        if self.upload.is_none() {
            let payload = PutPayload::from_iter(std::mem::take(&mut self.gathered));
            let put = self.bucket.store.put(&self.bucket.object(&self.name), payload).await;
            put.map_err(|error| of_store("write an object", None, error))?;
            return Ok(self.written);
        }
        self.send_part().await?;
        if let Some(upload) = self.upload.take() {
            upload.complete().await?;
        }
        Ok(self.written)
    }
}

impl Upload {
    async fn start(bucket: Arc<Bucket>, name: &BlobName) -> Result<Self, BlobError> {
        let failed = |error| of_store("start an object", None, error);
        let location = bucket.object(name);
        let id = bucket.store.create_multipart(&location).await.map_err(failed)?;
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let marker = Path::from(format!("{}/{name}/{}", bucket.unfinished, hex::encode(hasher.finish().to_be_bytes())));
        let upload = Self { bucket: bucket.clone(), location, id, marker, parts: Vec::new(), open: true };
        let told = bucket.store.put(&upload.marker, PutPayload::from(upload.id.clone())).await;
        told.map_err(failed)?;
        Ok(upload)
    }

    async fn complete(mut self) -> Result<(), BlobError> {
        let parts = std::mem::take(&mut self.parts);
        let completed = self.bucket.store.complete_multipart(&self.location, &self.id, parts).await;
        completed.map_err(|error| of_store("finish an object", None, error))?;
        self.open = false;
        // The object is there; a marker that stays is swept.
        let _ = self.bucket.remove(&self.marker).await;
        Ok(())
    }

    async fn abort(mut self) -> Result<(), BlobError> {
        self.open = false;
        self.bucket.abandon(&self.marker).await.map(|_| ())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.open
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (bucket, marker) = (self.bucket.clone(), self.marker.clone());
            runtime.spawn(async move { bucket.abandon(&marker).await });
        }
    }
}

impl BlobWriter for S3Writer {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        Box::pin(async move {
            if self.failed {
                return Err(BlobError::unavailable("go on writing an object", "an earlier write failed"));
            }
            // Set while the write is under way, so that a dropped future counts as failed too.
            self.failed = true;
            self.write_piece(bytes).await?;
            self.failed = false;
            Ok(())
        })
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<u64, BlobError>> {
        Box::pin((*self).complete())
    }

    fn abort(mut self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        Box::pin(async move {
            match self.upload.take() {
                Some(upload) => upload.abort().await,
                None => Ok(()),
            }
        })
    }
}

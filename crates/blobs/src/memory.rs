//! Sealed objects in memory, for tests.
//!
//! Must not know: disks, networks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use parking_lot::Mutex;

use crate::{BlobEntry, BlobError, BlobName, BlobWriter, Blobs};

/// Sealed objects in memory. Clones see the same objects. All were modified at the Unix epoch.
#[derive(Clone, Default)]
pub struct MemoryBlobs(Arc<Mutex<BTreeMap<BlobName, Bytes>>>);

impl MemoryBlobs {
    /// A store without objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn get(&self, name: &BlobName) -> Result<Bytes, BlobError> {
        self.0.lock().get(name).cloned().ok_or_else(|| BlobError::NotFound { name: name.clone() })
    }
}

impl Blobs for MemoryBlobs {
    fn create<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<Box<dyn BlobWriter>, BlobError>> {
        let writer = MemoryWriter { blobs: self.clone(), name: name.clone(), written: BytesMut::new() };
        Box::pin(async move { Ok(Box::new(writer) as Box<dyn BlobWriter>) })
    }

    fn read<'call>(
        &'call self,
        name: &'call BlobName,
        range: Range<u64>,
    ) -> BoxFuture<'call, Result<Bytes, BlobError>> {
        Box::pin(async move {
            if range.is_empty() {
                return Ok(Bytes::new());
            }
            let whole = self.get(name)?;
            let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
            let part = bounds.and_then(|(start, end)| whole.get(start..end));
            let len = u64::try_from(whole.len()).unwrap_or(u64::MAX);
            part.map(Bytes::copy_from_slice).ok_or_else(|| BlobError::Truncated {
                name: name.clone(),
                len,
                wanted: range.end,
            })
        })
    }

    fn len<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<u64, BlobError>> {
        Box::pin(async move { self.get(name).map(|bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)) })
    }

    fn delete<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<(), BlobError>> {
        Box::pin(async move {
            self.0.lock().remove(name);
            Ok(())
        })
    }

    fn list(&self, prefix: Option<&BlobName>) -> BoxStream<'_, Result<BlobEntry, BlobError>> {
        let objects = self.0.lock();
        let found = objects.iter().filter(|(name, _)| prefix.is_none_or(|prefix| name.is_below(prefix)));
        let entries: Vec<_> = found
            .map(|(name, bytes)| {
                let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                Ok(BlobEntry { name: name.clone(), len, modified: SystemTime::UNIX_EPOCH })
            })
            .collect();
        stream::iter(entries).boxed()
    }

    fn sweep_unfinished(&self, _older_than: SystemTime) -> BoxFuture<'_, Result<u64, BlobError>> {
        Box::pin(async { Ok(0) })
    }

    fn free_bytes(&self) -> BoxFuture<'_, Result<Option<u64>, BlobError>> {
        Box::pin(async { Ok(None) })
    }
}

struct MemoryWriter {
    blobs: MemoryBlobs,
    name: BlobName,
    written: BytesMut,
}

impl BlobWriter for MemoryWriter {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>> {
        self.written.extend_from_slice(&bytes);
        Box::pin(async { Ok(()) })
    }

    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<u64, BlobError>> {
        Box::pin(async move {
            let len = u64::try_from(self.written.len()).unwrap_or(u64::MAX);
            self.blobs.0.lock().insert(self.name, self.written.freeze());
            Ok(len)
        })
    }

    fn abort(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>> {
        Box::pin(async { Ok(()) })
    }
}

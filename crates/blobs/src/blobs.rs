//! The contract of a store of sealed objects.
//!
//! Must not know: how any store keeps them.

use std::ops::Range;
use std::time::SystemTime;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::{BlobError, BlobName};

/// A store of sealed objects: written once as a stream, read by range, deleted.
pub trait Blobs: Send + Sync {
    /// Starts an object. Nothing is visible under its name before [`BlobWriter::finish`].
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn create<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<Box<dyn BlobWriter>, BlobError>>;

    /// The bytes of `range`: exactly so many, or an error. An empty range is answered without a look. What is returned is
    /// the only handle on its memory, so that it can be opened in place.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Truncated`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn read<'call>(&'call self, name: &'call BlobName, range: Range<u64>)
    -> BoxFuture<'call, Result<Bytes, BlobError>>;

    /// The length of an object in bytes.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn len<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<u64, BlobError>>;

    /// Deletes an object; one that isn't there is deleted already.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn delete<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<(), BlobError>>;

    /// The objects below a prefix of whole segments, or all, in no order. Objects that come or go meanwhile may be missing.
    fn list(&self, prefix: Option<&BlobName>) -> BoxStream<'_, Result<BlobEntry, BlobError>>;

    /// Removes what writers left behind that neither finished nor aborted and wrote last before `older_than`. Returns how
    /// many were removed. For the start-up, and now and then.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn sweep_unfinished(&self, older_than: SystemTime) -> BoxFuture<'_, Result<u64, BlobError>>;

    /// Bytes that can still be written, where the store can tell.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn free_bytes(&self) -> BoxFuture<'_, Result<Option<u64>, BlobError>>;
}

/// Writes one object. Dropped without [`Self::finish`], nothing becomes visible.
pub trait BlobWriter: Send {
    /// Appends bytes. After an error the object can't be finished any more.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), BlobError>>;

    /// Makes the object visible at once and whole, safe against a power cut, and returns its length in bytes. An object of
    /// the same name is replaced; readers see either the one or the other. When the future is dropped, it is open
    /// whether the object is visible.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Refused`], [`BlobError::Unavailable`].
    fn finish(self: Box<Self>) -> BoxFuture<'static, Result<u64, BlobError>>;

    /// Gives up and removes what was written.
    ///
    /// # Errors
    /// [`BlobError::Refused`], [`BlobError::Unavailable`]; what is left is removed by [`Blobs::sweep_unfinished`].
    fn abort(self: Box<Self>) -> BoxFuture<'static, Result<(), BlobError>>;
}

/// One object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobEntry {
    /// Its name.
    pub name: BlobName,
    /// Its length in bytes.
    pub len: u64,
    /// When it became visible or was last written, by the clock of the storage.
    pub modified: SystemTime,
}

/// Writes a whole object at once.
///
/// # Errors
/// As [`BlobWriter::finish`].
pub async fn put(blobs: &dyn Blobs, name: &BlobName, bytes: Bytes) -> Result<u64, BlobError> {
    let mut writer = blobs.create(name).await?;
    writer.write(bytes).await?;
    writer.finish().await
}

/// Reads a whole object that fits in memory.
///
/// # Errors
/// As [`Blobs::read`].
pub async fn read_whole(blobs: &dyn Blobs, name: &BlobName) -> Result<Bytes, BlobError> {
    let len = blobs.len(name).await?;
    blobs.read(name, 0..len).await
}

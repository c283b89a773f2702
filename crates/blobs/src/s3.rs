//! Sealed objects in a bucket of an S3-compatible service.
//!
//! ```text
//! PREFIX/objects/NAME.sealed      the objects; the ending lets one name continue another where keys are files
//! PREFIX/unfinished/NAME/NUMBER   the ids of uploads in parts that aren't finished yet, so that they can be swept
//! ```
//!
//! Must not know: keys, or that there are other stores.

mod config;
mod writer;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, Error as StoreError, ObjectStore, ObjectStoreExt, RetryConfig};

pub use config::S3Config;

use crate::{BlobEntry, BlobError, BlobName, BlobWriter, Blobs};

const ENDING: &str = ".sealed";

/// Sealed objects in one bucket. Cheap to clone.
///
/// In a bucket with versions a deleted object leaves its sealed bytes behind; what erases content is the destruction of its
/// key.
#[derive(Clone)]
pub struct S3Blobs {
    bucket: Arc<Bucket>,
}

/// What the handle and its writers share.
struct Bucket {
    store: AmazonS3,
    objects: String,
    unfinished: String,
}

impl S3Blobs {
    /// A handle on the bucket; nothing is sent yet.
    ///
    /// # Errors
    /// [`BlobError::Refused`] when the configuration can't be used.
    pub fn new(config: &S3Config) -> Result<Self, BlobError> {
        let refused = |source| BlobError::Refused { action: "use this S3 configuration", source };
        let prefix = config.prefix.trim_matches('/');
        Path::parse(prefix).map_err(|error| refused(Box::new(error)))?;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&config.bucket)
            .with_region(&config.region)
            .with_access_key_id(&config.access_key_id)
            .with_secret_access_key(&config.secret_access_key)
            .with_virtual_hosted_style_request(!config.path_style)
            // The deletion of many at once isn't offered by every service, and needs checksums that some refuse.
            .with_disable_bulk_delete(true)
            .with_client_options(ClientOptions::new().with_allow_http(config.allow_http))
            .with_retry(RetryConfig {
                backoff: BackoffConfig { init_backoff: Duration::from_millis(50), ..BackoffConfig::default() },
                max_retries: 3,
                retry_timeout: Duration::from_secs(30),
            });
        if let Some(endpoint) = &config.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.build().map_err(|error| refused(Box::new(error)))?;
        let below = |folder: &str| {
            if prefix.is_empty() { folder.to_owned() } else { format!("{prefix}/{folder}") }
        };
        Ok(Self { bucket: Arc::new(Bucket { store, objects: below("objects"), unfinished: below("unfinished") }) })
    }

    async fn measure(&self, name: &BlobName) -> Result<u64, BlobError> {
        let found = self.bucket.store.head(&self.bucket.object(name)).await;
        found.map(|object| object.size).map_err(|error| of_store("measure an object", Some(name), error))
    }

    async fn read_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes, BlobError> {
        let wanted = range.end.saturating_sub(range.start);
        if wanted == 0 {
            return Ok(Bytes::new());
        }
        match self.bucket.store.get_range(&self.bucket.object(name), range.clone()).await {
            Ok(bytes) if u64::try_from(bytes.len()).ok() == Some(wanted) => Ok(bytes),
            Ok(_) => {
                Err(BlobError::Truncated { name: name.clone(), len: self.measure(name).await?, wanted: range.end })
            }
            // A range that begins past the end is one of several errors, depending on the service: look at the length.
            Err(error @ StoreError::Generic { .. }) => match self.measure(name).await {
                Ok(len) if len < range.end => Err(BlobError::Truncated { name: name.clone(), len, wanted: range.end }),
                Err(missing @ BlobError::NotFound { .. }) => Err(missing),
                _ => Err(of_store("read an object", Some(name), error)),
            },
            Err(error) => Err(of_store("read an object", Some(name), error)),
        }
    }

    async fn sweep(&self, older_than: SystemTime) -> Result<u64, BlobError> {
        let folder = Path::from(self.bucket.unfinished.as_str());
        let mut markers = self.bucket.store.list(Some(&folder));
        let mut swept = 0;
        while let Some(marker) = markers.next().await {
            let marker = marker.map_err(|error| of_store("list unfinished objects", None, error))?;
            if SystemTime::from(marker.last_modified) < older_than {
                swept += u64::from(self.bucket.abandon(&marker.location).await?);
            }
        }
        Ok(swept)
    }
}

impl Bucket {
    fn object(&self, name: &BlobName) -> Path {
        Path::from(format!("{}/{name}{ENDING}", self.objects))
    }

    /// Aborts the upload that a marker tells of, and removes the marker. False when another did so meanwhile.
    async fn abandon(&self, marker: &Path) -> Result<bool, BlobError> {
        let failed = |error| of_store("remove an unfinished object", None, error);
        let found = match self.store.get(marker).await {
            Err(StoreError::NotFound { .. }) => return Ok(false),
            found => found.map_err(failed)?.bytes().await.map_err(failed)?,
        };
        let name = marker
            .as_ref()
            .strip_prefix(&self.unfinished)
            .and_then(|rest| rest.trim_start_matches('/').rsplit_once('/'))
            .and_then(|(name, _)| BlobName::parse(name).ok());
        if let (Some(name), Ok(upload)) = (name, String::from_utf8(found.to_vec())) {
            match self.store.abort_multipart(&self.object(&name), &upload).await {
                // Finished or aborted, with only the marker left.
                Ok(()) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        self.remove(marker).await.map(|()| true)
    }

    async fn remove(&self, location: &Path) -> Result<(), BlobError> {
        match self.store.delete(location).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(of_store("delete an object", None, error)),
        }
    }

    fn entry(&self, object: object_store::ObjectMeta) -> Option<BlobEntry> {
        let name = object.location.as_ref().strip_prefix(&self.objects)?.strip_prefix('/')?;
        let name = BlobName::parse(name.strip_suffix(ENDING)?).ok()?;
        Some(BlobEntry { name, len: object.size, modified: object.last_modified.into() })
    }
}

impl Blobs for S3Blobs {
    fn create<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<Box<dyn BlobWriter>, BlobError>> {
        let writer = writer::S3Writer::new(self.bucket.clone(), name.clone());
        Box::pin(async move { Ok(Box::new(writer) as Box<dyn BlobWriter>) })
    }

    fn read<'call>(
        &'call self,
        name: &'call BlobName,
        range: Range<u64>,
    ) -> BoxFuture<'call, Result<Bytes, BlobError>> {
        Box::pin(self.read_range(name, range))
    }

    fn len<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<u64, BlobError>> {
        Box::pin(self.measure(name))
    }

    fn delete<'call>(&'call self, name: &'call BlobName) -> BoxFuture<'call, Result<(), BlobError>> {
        Box::pin(async move { self.bucket.remove(&self.bucket.object(name)).await })
    }

    fn list(&self, prefix: Option<&BlobName>) -> BoxStream<'_, Result<BlobEntry, BlobError>> {
        let folder = match prefix {
            Some(prefix) => Path::from(format!("{}/{prefix}", self.bucket.objects)),
            None => Path::from(self.bucket.objects.as_str()),
        };
        let prefix = prefix.cloned();
        let objects = self.bucket.store.list(Some(&folder)).map_err(|error| of_store("list objects", None, error));
        objects
            .try_filter_map(move |object| {
                let entry = self.bucket.entry(object);
                let below = entry.filter(|entry| prefix.as_ref().is_none_or(|prefix| entry.name.is_below(prefix)));
                async move { Ok(below) }
            })
            .boxed()
    }

    fn sweep_unfinished(&self, older_than: SystemTime) -> BoxFuture<'_, Result<u64, BlobError>> {
        Box::pin(self.sweep(older_than))
    }

    fn free_bytes(&self) -> BoxFuture<'_, Result<Option<u64>, BlobError>> {
        Box::pin(async { Ok(None) })
    }
}

/// Our word for an error of the service. `name` is the object whose absence is meant by "not found".
fn of_store(action: &'static str, name: Option<&BlobName>, error: StoreError) -> BlobError {
    match (error, name) {
        (StoreError::NotFound { .. }, Some(name)) => BlobError::NotFound { name: name.clone() },
        (error @ (StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. }), _) => {
            BlobError::Refused { action, source: Box::new(error) }
        }
        (error, _) if says_full(&error) => BlobError::Full,
        (error, _) => BlobError::Unavailable { action, source: Box::new(error) },
    }
}

/// There is no status of its own for a full store: services answer 507 or name it in the error's code.
fn says_full(error: &StoreError) -> bool {
    let text = error.to_string();
    ["507 Insufficient Storage", "XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"]
        .iter()
        .any(|sign| text.contains(sign))
}

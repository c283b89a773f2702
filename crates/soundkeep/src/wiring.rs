//! Putting a vault together: the lock of the data folder, keys, database, objects, clock, randomness.

use crate::config::Options;
use crate::failure::Failure;
use soundkeep_app::identity::BreachedPasswords;
use soundkeep_app::{MediaWorker, Parts, Vault};
use soundkeep_blobs::{Blobs, DiskBlobs, S3Blobs, S3Config};
use soundkeep_crypto::keys::{EnvironmentRootKey, FileRootKey, RootKeyProvider};
use soundkeep_crypto::{Entropy, SystemEntropy};
use soundkeep_domain::Timestamp;
use soundkeep_domain::time::Clock;
use soundkeep_outbound::{Outbound, OutboundConfig, SystemResolver};
use soundkeep_store::{Location, Store};
use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock, with a shift that only the demo uses, to tell of what happened before today.
#[derive(Default)]
pub(crate) struct SystemClock {
    shift_micros: AtomicI64,
}

impl SystemClock {
    /// From now on tells the time so many seconds off.
    pub(crate) fn shift(&self, seconds: i64) {
        self.shift_micros.store(seconds.saturating_mul(1_000_000), Ordering::SeqCst);
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // this is the clock that everybody else takes the time from
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_unix_micros(micros.saturating_add(self.shift_micros.load(Ordering::Relaxed)))
    }
}

/// The data folder, held by this process alone as long as this lives.
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it isn't there, and takes its lock.
    ///
    /// # Errors
    /// When another process holds it, or it can't be made.
    pub(crate) fn hold(path: &Path) -> Result<Option<Self>, Failure> {
        let told =
            |error: std::io::Error| Failure::new(format!("the data folder {} can't be used: {error}", path.display()));
        soundkeep_blobs::make_folder(path, 0o700).map_err(told)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(told)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), _lock: lock })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(told(error)),
        }
    }
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A vault with what the binary needs beside it.
pub(crate) struct Opened {
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<SystemClock>,
    /// What the operator should know.
    pub(crate) remarks: Vec<String>,
}

/// Opens the vault of a data folder.
///
/// # Errors
/// When keys, database or objects can't be used; the sentence says which and why.
pub(crate) async fn open(options: &Options, folder: &DataFolder) -> Result<Opened, Failure> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::new());
    let mut remarks = Vec::new();
    let root_key = root_key(options, folder.path(), entropy.as_ref(), &mut remarks)?;
    let location = match &options.database {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(folder.path().join("soundkeep.db")),
    };
    let store =
        Store::open(&location).await.map_err(|error| Failure::new(format!("the database can't be opened: {error}")))?;
    let blobs = objects(options, folder.path())?;
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("this program's own file can't be found: {error}")))?;
    let clock = Arc::new(SystemClock::default());
    let parts = Parts {
        store,
        blobs,
        root_key,
        clock: Arc::<SystemClock>::clone(&clock),
        entropy,
        media_worker: MediaWorker::Child { program, arguments: vec!["media-worker".to_owned()] },
        checkpoints: Some(options.checkpoint_dir(folder.path())),
        reserve_bytes: Options::reserve_bytes(),
        breached_passwords: options.breached_passwords.as_deref().map(breached_passwords).transpose()?,
        outbound: outbound(options)?,
        node: match &options.database {
            Some(_) => format!("{}/{}", host_name(), std::process::id()),
            // The lock of the data folder makes it the only one: it needn't wait for the leases of one that was killed.
            None => "this".to_owned(),
        },
    };
    let vault = Vault::open(parts).await?;
    Ok(Opened { vault, clock, remarks })
}

fn breached_passwords(path: &Path) -> Result<Arc<BreachedPasswords>, Failure> {
    let unfit = |error| Failure::new(format!("the list of breached passwords {}: {error}", path.display()));
    BreachedPasswords::open(path).map(Arc::new).map_err(unfit)
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "node".to_owned(), |name| name.trim().to_owned())
}

fn root_key(
    options: &Options,
    folder: &Path,
    entropy: &dyn Entropy,
    remarks: &mut Vec<String>,
) -> Result<Arc<dyn RootKeyProvider>, Failure> {
    let unusable =
        |error: soundkeep_crypto::keys::KeyError| Failure::new(format!("the root key can't be used: {error}"));
    if let Ok(text) = std::env::var("SOUNDKEEP_ROOT_KEY") {
        return Ok(Arc::new(EnvironmentRootKey::parse(&text).map_err(unusable)?));
    }
    let path = options.root_key_file.clone().unwrap_or_else(|| folder.join("root.key"));
    let is_made_here = options.root_key_file.is_none() && !folder.join("soundkeep.db").exists();
    if !path.exists() && !is_made_here {
        return Err(Failure::new(format!(
            "the root key {} is missing: put it back from its safe place; without it nothing opens",
            path.display()
        )));
    }
    let (key, findings) = FileRootKey::open_or_create(&path, entropy).map_err(unusable)?;
    remarks.extend(findings.iter().map(|finding| format!("{}: {finding}", path.display())));
    Ok(Arc::new(key))
}

fn objects(options: &Options, folder: &Path) -> Result<Arc<dyn Blobs>, Failure> {
    let unusable = |error: soundkeep_blobs::BlobError| Failure::new(format!("the object store can't be used: {error}"));
    let Some(place) = &options.objects else {
        let path = folder.join("objects");
        return Ok(Arc::new(DiskBlobs::open(&path).map_err(unusable)?));
    };
    let Some(bucket) = place.strip_prefix("s3://") else {
        return Err(Failure::new(format!(
            "{place:?} is no place for objects: expected s3://bucket or s3://bucket/prefix"
        )));
    };
    let (bucket, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
    let secret = |name: &str| {
        std::env::var(name).map_err(|_| Failure::new(format!("{name} isn't set: the bucket needs its credentials")))
    };
    let endpoint = options.s3_endpoint.clone();
    let config = S3Config {
        allow_http: endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://")),
        endpoint,
        bucket: bucket.to_owned(),
        region: options.s3_region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
        access_key_id: secret("SOUNDKEEP_S3_ACCESS_KEY_ID")?,
        secret_access_key: secret("SOUNDKEEP_S3_SECRET_ACCESS_KEY")?,
        prefix: prefix.to_owned(),
        path_style: true,
    };
    Ok(Arc::new(S3Blobs::new(&config).map_err(unusable)?))
}

/// The way to other servers, as far as the operator opened it.
fn outbound(options: &Options) -> Result<Outbound, Failure> {
    let read = |path: &PathBuf| {
        std::fs::read(path)
            .map_err(|error| Failure::new(format!("the certificates {} can't be read: {error}", path.display())))
    };
    let config = OutboundConfig {
        allowed_networks: options.outbound_networks.clone(),
        authorities: options.outbound_authorities.as_ref().map(read).transpose()?,
        resolver: Arc::new(SystemResolver),
    };
    Outbound::new(config).map_err(|error| Failure::new(error.to_string()))
}

/// The loosest mode that a file with secrets may have.
pub(crate) fn is_private(path: &Path) -> std::io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

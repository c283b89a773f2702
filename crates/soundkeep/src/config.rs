//! Configuration: what the operator decides, from flags, environment and a file, in this order.
//!
//! Secrets are read from the environment or files, never from flags. Settings of an organisation are not
//! here: those are the administrator's, in the console.

use crate::failure::Failure;
use clap::Args;
use ipnet::IpNet;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the server listens unless told otherwise.
pub(crate) const LISTEN: &str = "127.0.0.1:8480";
/// Free bytes that are kept for the ledger.
const RESERVE_BYTES: u64 = 1024 * 1024 * 1024;

/// Options of every command that opens the vault. Each is also a line of the file and a variable `SOUNDKEEP_...`.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    /// A configuration file (TOML)
    #[arg(long, env = "SOUNDKEEP_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,
    /// The folder with database, objects, keys and checkpoints [default: soundkeep-data]
    #[arg(long, env = "SOUNDKEEP_DATA_DIR", value_name = "FOLDER", global = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address and port to listen on [default: 127.0.0.1:8480]
    #[arg(long, env = "SOUNDKEEP_LISTEN", value_name = "ADDRESS", global = true)]
    pub(crate) listen: Option<SocketAddr>,
    /// How people reach it, such as https://vault.example.org
    #[arg(long, env = "SOUNDKEEP_PUBLIC_URL", value_name = "URL", global = true)]
    pub(crate) public_url: Option<String>,
    /// Networks of reverse proxies whose X-Forwarded-For is believed
    #[arg(long, env = "SOUNDKEEP_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', global = true)]
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// A PostgreSQL database instead of SQLite, as postgres://...; better given by the environment
    #[arg(long, env = "SOUNDKEEP_DATABASE", value_name = "URL", hide_env_values = true, global = true)]
    pub(crate) database: Option<String>,
    /// Where sealed objects are: s3://bucket or s3://bucket/prefix instead of the data folder
    #[arg(long, env = "SOUNDKEEP_OBJECTS", value_name = "PLACE", global = true)]
    pub(crate) objects: Option<String>,
    /// Address of the S3 server
    #[arg(long, env = "SOUNDKEEP_S3_ENDPOINT", value_name = "URL", global = true)]
    pub(crate) s3_endpoint: Option<String>,
    /// Region of the bucket [default: us-east-1]
    #[arg(long, env = "SOUNDKEEP_S3_REGION", value_name = "NAME", global = true)]
    pub(crate) s3_region: Option<String>,
    /// A file with the root key instead of root.key in the data folder
    #[arg(long, env = "SOUNDKEEP_ROOT_KEY_FILE", value_name = "FILE", global = true)]
    pub(crate) root_key_file: Option<PathBuf>,
    /// Where signed checkpoints are written instead of checkpoints/ in the data folder
    #[arg(long, env = "SOUNDKEEP_CHECKPOINT_DIR", value_name = "FOLDER", global = true)]
    pub(crate) checkpoint_dir: Option<PathBuf>,
    /// A folder of recordings to watch; may be given several times
    #[arg(long, env = "SOUNDKEEP_WATCH", value_name = "FOLDER", value_delimiter = ',', global = true)]
    pub(crate) watch: Vec<PathBuf>,
    /// The zone of times in file names, such as Europe/Berlin [default: that of the machine]
    #[arg(long, env = "SOUNDKEEP_TIME_ZONE", value_name = "ZONE", global = true)]
    pub(crate) time_zone: Option<String>,
    /// The certificate chain (PEM) for TLS; read again when it changes
    #[arg(long, env = "SOUNDKEEP_TLS_CERTIFICATE", value_name = "FILE", global = true)]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The private key (PEM) for TLS
    #[arg(long, env = "SOUNDKEEP_TLS_KEY", value_name = "FILE", global = true)]
    pub(crate) tls_key: Option<PathBuf>,
    /// Networks of the house that this server may ask, such as that of a mail server or an identity provider
    #[arg(long, env = "SOUNDKEEP_OUTBOUND_NETWORKS", value_name = "NETWORKS", value_delimiter = ',', global = true)]
    pub(crate) outbound_networks: Vec<IpNet>,
    /// Certificates (PEM) that other servers may show, besides those that the machine trusts
    #[arg(long, env = "SOUNDKEEP_OUTBOUND_AUTHORITIES", value_name = "FILE", global = true)]
    pub(crate) outbound_authorities: Option<PathBuf>,
    /// Identity providers that are set up at the start, as JSON in the form of the API; it may hold secrets
    #[arg(long, env = "SOUNDKEEP_IDENTITY_PROVIDERS", value_name = "FILE", global = true)]
    pub(crate) identity_providers: Option<PathBuf>,
    /// Passwords that nobody may choose, as SHA-1 hashes in their order: the published list of breached passwords
    #[arg(long, env = "SOUNDKEEP_BREACHED_PASSWORDS", value_name = "FILE", global = true)]
    pub(crate) breached_passwords: Option<PathBuf>,
    /// Answer /metrics to everybody, not only to this machine
    #[arg(long, env = "SOUNDKEEP_METRICS_OPEN", global = true)]
    pub(crate) metrics_open: bool,
    /// The organisation, by its short name, where a command needs one and the vault has several
    #[arg(long, env = "SOUNDKEEP_ORGANISATION", value_name = "NAME", global = true)]
    pub(crate) organisation: Option<String>,
}

/// What was said before the file, or what the file says.
fn first_said<T>(said: Vec<T>, file: Vec<T>) -> Vec<T> {
    if said.is_empty() { file } else { said }
}

impl Options {
    /// The same with what the file says where nothing else was said.
    ///
    /// # Errors
    /// When the file can't be read or has a line that isn't known.
    pub(crate) fn with_file(self) -> Result<Self, Failure> {
        let Some(path) = &self.config else {
            return Ok(self);
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("the configuration {} can't be read: {error}", path.display())))?;
        let file: Self = toml::from_str(&text)
            .map_err(|error| Failure::new(format!("the configuration {} doesn't fit: {error}", path.display())))?;
        Ok(Self {
            config: self.config,
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            trusted_proxies: first_said(self.trusted_proxies, file.trusted_proxies),
            database: self.database.or(file.database),
            objects: self.objects.or(file.objects),
            s3_endpoint: self.s3_endpoint.or(file.s3_endpoint),
            s3_region: self.s3_region.or(file.s3_region),
            root_key_file: self.root_key_file.or(file.root_key_file),
            checkpoint_dir: self.checkpoint_dir.or(file.checkpoint_dir),
            watch: first_said(self.watch, file.watch),
            time_zone: self.time_zone.or(file.time_zone),
            tls_certificate: self.tls_certificate.or(file.tls_certificate),
            tls_key: self.tls_key.or(file.tls_key),
            outbound_networks: first_said(self.outbound_networks, file.outbound_networks),
            outbound_authorities: self.outbound_authorities.or(file.outbound_authorities),
            identity_providers: self.identity_providers.or(file.identity_providers),
            breached_passwords: self.breached_passwords.or(file.breached_passwords),
            metrics_open: self.metrics_open || file.metrics_open,
            organisation: self.organisation.or(file.organisation),
        })
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| PathBuf::from("soundkeep-data"))
    }

    pub(crate) fn listen(&self) -> Result<SocketAddr, Failure> {
        match self.listen {
            Some(listen) => Ok(listen),
            None => LISTEN.parse().map_err(|_| Failure::new("no address to listen on")),
        }
    }

    pub(crate) fn checkpoint_dir(&self, data_dir: &Path) -> PathBuf {
        self.checkpoint_dir.clone().unwrap_or_else(|| data_dir.join("checkpoints"))
    }

    pub(crate) fn reserve_bytes() -> u64 {
        RESERVE_BYTES
    }

    /// The zone of times in file names.
    ///
    /// # Errors
    /// When there is no zone of that name.
    pub(crate) fn zone(&self) -> Result<TimeZone, Failure> {
        match &self.time_zone {
            Some(name) => TimeZone::get(name)
                .map_err(|_| Failure::new(format!("there is no time zone {name:?}: expected one like Europe/Berlin"))),
            None => Ok(TimeZone::system()),
        }
    }
}

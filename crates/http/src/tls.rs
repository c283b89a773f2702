//! TLS from files: a certificate chain and its key, read again when they change.
//!
//! TLS 1.2 and 1.3 with the algorithms of aws-lc; a pair that doesn't fit is refused at the start, and later
//! the old one goes on being used.

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio_rustls::TlsAcceptor;

/// A handshake must be done within this time.
pub(crate) const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// The files are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Why TLS can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read or holds no PEM of its kind.
    #[error("{path} can't be used: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key don't fit.
    #[error("certificate and key can't be used: {0}")]
    Pair(rustls::Error),
    /// The listener is broken.
    #[error("connections can't be taken: {0}")]
    Listen(#[from] std::io::Error),
}

/// A certificate chain with its key, as files.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<(Arc<CertifiedKey>, Stamp)>,
}

/// When the files were last changed.
type Stamp = (Option<SystemTime>, Option<SystemTime>);

impl Certificate {
    /// Reads both files: PEM, the chain with the server's own certificate first.
    ///
    /// # Errors
    /// [`TlsError`] naming the file, or when they don't fit.
    pub fn open(chain: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let stamp = stamp(chain, key);
        let certified = read(chain, key)?;
        let current = RwLock::new((Arc::new(certified), stamp));
        Ok(Arc::new(Self { chain: chain.to_owned(), key: key.to_owned(), current }))
    }

    /// Reads the files again when they changed; says whether they did. What can't be used is left aside.
    ///
    /// # Errors
    /// [`TlsError`] when the new files can't be used; the old ones stay in use.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let stamp = stamp(&self.chain, &self.key);
        if self.current.read().1 == stamp {
            return Ok(false);
        }
        let certified = Arc::new(read(&self.chain, &self.key)?);
        *self.current.write() = (certified, stamp);
        Ok(true)
    }

    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.reload() {
                Ok(true) => tracing::info!("the TLS certificate was renewed"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the new TLS certificate can't be used"),
            }
        }
    }

    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().0))
    }
}

fn stamp(chain: &Path, key: &Path) -> Stamp {
    let changed = |path: &Path| std::fs::metadata(path).and_then(|file| file.modified()).ok();
    (changed(chain), changed(key))
}

fn read(chain: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let unusable = |path: &Path, reason: String| TlsError::File { path: path.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(chain, error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable(chain, "there is no certificate in it".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error.to_string()))?;
    CertifiedKey::from_der(certificates, private, &aws_lc_rs::default_provider()).map_err(TlsError::Pair)
}

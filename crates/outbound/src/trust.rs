//! Whose certificates other servers may show: those that the machine trusts, and the operator's own.

use crate::OutboundError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::sync::{Arc, OnceLock};

/// Who is trusted. The machine's own are read when they are first needed.
pub(crate) struct Trust {
    own: Vec<CertificateDer<'static>>,
    config: OnceLock<ClientConfig>,
}

impl Trust {
    /// The machine's authorities, and those in this text (PEM).
    pub(crate) fn new(own: Option<&[u8]>) -> Result<Self, OutboundError> {
        let read = own.map_or_else(|| Ok(Vec::new()), |pem| CertificateDer::pem_slice_iter(pem).collect());
        let own: Vec<CertificateDer<'static>> =
            read.map_err(|error: rustls::pki_types::pem::Error| OutboundError::Certificates(error.to_string()))?;
        let mut store = RootCertStore::empty();
        for certificate in &own {
            store.add(certificate.clone()).map_err(|error| OutboundError::Certificates(error.to_string()))?;
        }
        Ok(Self { own, config: OnceLock::new() })
    }

    /// Whether the operator named certificates; a file without any is a mistake.
    pub(crate) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// All authorities.
    fn authorities(&self) -> Vec<CertificateDer<'static>> {
        let mut all = rustls_native_certs::load_native_certs().certs;
        all.extend(self.own.iter().cloned());
        all
    }

    /// All authorities that can be read: one of the machine's that can't is one that nobody trusts.
    pub(crate) fn readable(&self) -> Vec<CertificateDer<'static>> {
        let mut readable = self.authorities();
        readable.retain(|authority| RootCertStore::empty().add(authority.clone()).is_ok());
        readable
    }

    /// How connections are secured.
    pub(crate) fn config(&self) -> Result<ClientConfig, OutboundError> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.authorities());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Certificates(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(self.config.get_or_init(|| config).clone())
    }
}

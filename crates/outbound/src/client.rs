//! Asks other servers by HTTP: one connection to an address that was checked, one answer, and an end to everything.

use crate::address::{is_allowed, is_public, plain};
use crate::trust::Trust;
use crate::{OutboundError, Resolver};
use bytes::{Bytes, BytesMut};
use ipnet::IpNet;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, redirect};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// What the operator decided on requests to other servers.
pub struct OutboundConfig {
    /// Networks of the house that may be asked, also without TLS.
    pub allowed_networks: Vec<IpNet>,
    /// Certificates (PEM) that are trusted besides those of the machine.
    pub authorities: Option<Vec<u8>>,
    /// From names to addresses.
    pub resolver: Arc<dyn Resolver>,
}

/// How much of an answer is taken, and for how long it is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long the body may be.
    pub body_bytes_max: usize,
    /// How long until there is a connection.
    pub connect: Duration,
    /// How long until all of the answer is there, names and connection included.
    pub total: Duration,
}

impl Default for Limits {
    /// For documents and answers of programs: a mebibyte in ten seconds.
    fn default() -> Self {
        Self { body_bytes_max: 1024 * 1024, connect: Duration::from_secs(5), total: Duration::from_secs(10) }
    }
}

/// What another server said. Any status but a redirect.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// A header, if it is there and plain text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
    /// What the body is said to be.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header(CONTENT_TYPE.as_str())
    }
    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

struct Inner {
    allowed_networks: Vec<IpNet>,
    trust: Trust,
    resolver: Arc<dyn Resolver>,
}

/// The one way out of the house. Clones share it.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

/// Every name leads to the addresses that were checked; nothing else is resolved.
struct Checked(Vec<SocketAddr>);

impl reqwest::dns::Resolve for Checked {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let addresses: reqwest::dns::Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

impl Outbound {
    /// The way out under these rules.
    ///
    /// # Errors
    /// [`OutboundError::Certificates`] when those of the operator can't be used.
    pub fn new(config: OutboundConfig) -> Result<Self, OutboundError> {
        let trust = Trust::new(config.authorities.as_deref())?;
        if config.authorities.is_some() && !trust.has_own() {
            return Err(OutboundError::Certificates("there is none in the file".to_owned()));
        }
        let OutboundConfig { allowed_networks, resolver, .. } = config;
        Ok(Self(Arc::new(Inner { allowed_networks, trust, resolver })))
    }

    /// What another server has at this address.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn get(&self, url: &Url, headers: &HeaderMap, limits: Limits) -> Result<Answer, OutboundError> {
        self.ask(Method::GET, url, headers, None, limits).await
    }

    /// Sends fields as a form does.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn post_form(
        &self,
        url: &Url,
        fields: &[(&str, &str)],
        headers: &HeaderMap,
        limits: Limits,
    ) -> Result<Answer, OutboundError> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let body = ("application/x-www-form-urlencoded", form.into_bytes());
        self.ask(Method::POST, url, headers, Some(body), limits).await
    }

    /// Sends a JSON document.
    ///
    /// # Errors
    /// [`OutboundError`].
    pub async fn post_json<T: Serialize + Sync>(
        &self,
        url: &Url,
        document: &T,
        headers: &HeaderMap,
        limits: Limits,
    ) -> Result<Answer, OutboundError> {
        let json =
            serde_json::to_vec(document).map_err(|_| OutboundError::Address("what should be sent is no JSON"))?;
        self.ask(Method::POST, url, headers, Some(("application/json", json)), limits).await
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Option<(&'static str, Vec<u8>)>,
        limits: Limits,
    ) -> Result<Answer, OutboundError> {
        let host = host_of(url)?.to_string();
        let asked = self.ask_patiently(method, url, headers, body, limits);
        tokio::time::timeout(limits.total, asked).await.unwrap_or(Err(OutboundError::TooSlow(host)))
    }

    async fn ask_patiently(
        &self,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Option<(&'static str, Vec<u8>)>,
        limits: Limits,
    ) -> Result<Answer, OutboundError> {
        let host = host_of(url)?;
        let port = url.port_or_known_default().ok_or(OutboundError::Address("the address has no port"))?;
        let addresses = self.addresses(&host, port, url.scheme() == "https").await?;
        let name = host.to_string();
        let failed = |error: reqwest::Error| failure(&name, &error);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.0.trust.config()?)
            .dns_resolver(Arc::new(Checked(addresses)))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .user_agent("Soundkeep")
            .build()
            .map_err(failed)?;
        let mut request = client.request(method, url.clone()).headers(headers.clone());
        if let Some((kind, bytes)) = body {
            request = request.header(CONTENT_TYPE, kind).body(bytes);
        }
        let mut answer = request.send().await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        if status.is_redirection() && status.as_u16() != 304 {
            return Err(OutboundError::Redirect(name));
        }
        let too_long = || OutboundError::TooLong { host: name.clone(), bytes_max: limits.body_bytes_max };
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > limits.body_bytes_max) {
            return Err(too_long());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > limits.body_bytes_max {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: status.as_u16(), headers, body: body.freeze() })
    }

    /// All authorities that can be read.
    pub(crate) fn readable_authorities(&self) -> Vec<CertificateDer<'static>> {
        self.0.trust.readable()
    }

    /// The addresses of a host that may be connected to.
    ///
    /// # Errors
    /// [`OutboundError::UnknownName`], [`OutboundError::Refused`], [`OutboundError::Plain`].
    pub(crate) async fn addresses(
        &self,
        host: &Host<&str>,
        port: u16,
        secured: bool,
    ) -> Result<Vec<SocketAddr>, OutboundError> {
        let found = match host {
            Host::Ipv4(address) => vec![IpAddr::V4(*address)],
            Host::Ipv6(address) => vec![IpAddr::V6(*address)],
            Host::Domain(name) => self.0.resolver.addresses(name).await,
        };
        if found.is_empty() {
            return Err(OutboundError::UnknownName(host.to_string()));
        }
        let allowed = |address: &IpAddr| is_allowed(&self.0.allowed_networks, *address);
        let mut may: Vec<IpAddr> =
            found.into_iter().filter(|address| allowed(address) || is_public(*address)).collect();
        if may.is_empty() {
            return Err(OutboundError::Refused(host.to_string()));
        }
        if !secured {
            may.retain(allowed);
        }
        if may.is_empty() {
            return Err(OutboundError::Plain(host.to_string()));
        }
        Ok(may.into_iter().map(|address| SocketAddr::new(plain(address), port)).collect())
    }
}

fn host_of(url: &Url) -> Result<Host<&str>, OutboundError> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(OutboundError::Address("an address that begins with https:// is expected"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OutboundError::Address("an address without user and password is expected"));
    }
    url.host().filter(|host| host.to_string() != "").ok_or(OutboundError::Address("the address names no host"))
}

/// What an error says without the address, which may hold what only the two know.
fn failure(host: &str, error: &reqwest::Error) -> OutboundError {
    let host = host.to_owned();
    if error.is_timeout() {
        return OutboundError::TooSlow(host);
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    // Without a source it is reqwest's own, whose text names the address.
    let reason = match std::error::Error::source(error) {
        Some(_) => innermost.to_string(),
        None => "the request can't be made".to_owned(),
    };
    if error.is_body() || error.is_decode() {
        OutboundError::Unreadable { host, reason }
    } else {
        OutboundError::Unreachable { host, reason }
    }
}

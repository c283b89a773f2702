//! Small servers that answer what a test tells them, and names that lead where a test wants.

use futures::future::BoxFuture;
use soundkeep_outbound::{Outbound, OutboundConfig, Resolver, Url};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

/// The authority that the operator of a test trusts, and the certificate of `server.test` under it.
pub(crate) const AUTHORITY: &[u8] = include_bytes!("authority.pem");
const CHAIN: &[u8] = include_bytes!("server.pem");
const KEY: &[u8] = include_bytes!("server.key");

/// Names lead to each of these in turn; the last is kept.
pub(crate) struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    pub(crate) fn leading(turns: &[&[&str]]) -> Arc<Self> {
        let parsed = turns.iter().map(|turn| turn.iter().map(|address| address.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(parsed.collect())))
    }
}

impl Resolver for Names {
    fn addresses<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Vec<IpAddr>> {
        let mut turns = self.0.lock().unwrap();
        let next = if turns.len() > 1 { turns.pop_front() } else { turns.front().cloned() };
        Box::pin(std::future::ready(next.unwrap_or_default()))
    }
}

/// A way out for which names lead to these addresses, in turn, and the operator allowed these networks.
pub(crate) fn outbound(allowed: &[&str], turns: &[&[&str]]) -> Outbound {
    let allowed_networks = allowed.iter().map(|network| network.parse().unwrap()).collect();
    let config =
        OutboundConfig { allowed_networks, authorities: Some(AUTHORITY.to_vec()), resolver: Names::leading(turns) };
    Outbound::new(config).unwrap()
}

/// A server that answers every connection with these bytes, and keeps what it was asked.
pub(crate) struct Server {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers without TLS; `pause` milliseconds lie between two pieces.
    pub(crate) async fn plain(pieces: Vec<Vec<u8>>, pause: u64) -> Self {
        Self::listening(pieces, pause, None).await
    }

    /// Answers as `server.test`.
    pub(crate) async fn secured(pieces: Vec<Vec<u8>>) -> Self {
        let chain = CertificateDer::pem_slice_iter(CHAIN).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::listening(pieces, 0, Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn listening(pieces: Vec<Vec<u8>>, pause: u64, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (pieces, kept, acceptor) = (pieces.clone(), Arc::clone(&kept), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => converse(stream, pieces, pause, &kept).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                converse(stream, pieces, pause, &kept).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, asked }
    }

    /// What was asked, request by request.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn url(&self, scheme: &str, host: &str, path: &str) -> Url {
        Url::parse(&format!("{scheme}://{host}:{}{path}", self.port)).unwrap()
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    pieces: Vec<Vec<u8>>,
    pause: u64,
    kept: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    loop {
        let mut some = [0; 4096];
        let Ok(read) = stream.read(&mut some).await else { return };
        request.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if read == 0 {
                return;
            }
            continue;
        };
        let lower = head.to_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            kept.lock().unwrap().push(text);
            break;
        }
    }
    for piece in pieces {
        if stream.write_all(&piece).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
    }
    let _ = stream.shutdown().await;
}

/// An answer as it goes over the wire.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
        .into_bytes()
}

//! Connections: taking them, speaking HTTP/1.1 and HTTP/2 on them, and ending in order.
//!
//! Whoever is slow to say what they want is cut off; at the end open requests get some time to finish.

use crate::tls::{Certificate, HANDSHAKE_TIME_MAX, TlsError};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// The head of a request must have come within this time, also on a connection that is kept.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Open requests get so long to finish when the server ends.
const ENDING_TIME_MAX: Duration = Duration::from_secs(10);
/// After a connection could not be taken, there may be no file handle left for a moment.
const PAUSE: Duration = Duration::from_millis(50);
/// More connections than this wait outside.
const CONNECTIONS_MAX: usize = 8192;
const STREAMS_MAX: u32 = 128;

/// Serves plain HTTP until `shutdown`. Ask [`crate::check_plain_http`] first.
///
/// # Errors
/// When the listener itself is broken.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    accept(listener, router, None, shutdown).await
}

/// Serves HTTPS until `shutdown`, with a certificate that is read again when its files change.
///
/// # Errors
/// When certificate or key can't be used, or the listener itself is broken.
pub async fn serve_tls(
    listener: TcpListener,
    router: Router,
    certificate: Arc<Certificate>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), TlsError> {
    let acceptor = certificate.acceptor()?;
    let watching = tokio::spawn(Arc::clone(&certificate).watch());
    let served = accept(listener, router, Some(acceptor), shutdown).await;
    watching.abort();
    Ok(served?)
}

async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let taken = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            taken = taken => taken,
        };
        let (stream, peer) = match accepted {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (router, watcher, tls) = (router.clone(), graceful.watcher(), tls.clone());
        tokio::spawn(async move {
            speak(stream, peer, router, watcher, tls).await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(ENDING_TIME_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that were still open have been cut off");
    }
    Ok(())
}

async fn speak(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher, tls: Option<TlsAcceptor>) {
    // Small answers go out at once.
    let _ = stream.set_nodelay(true);
    match tls {
        None => converse(stream, peer, router, watcher).await,
        Some(tls) => match tokio::time::timeout(HANDSHAKE_TIME_MAX, tls.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, peer, router, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        },
    }
}

async fn converse<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = tower::service_fn(move |mut request: axum::http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        tower::ServiceExt::oneshot(router.clone(), request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(Some(HEAD_TIME_MAX))
        .keep_alive_timeout(HEAD_TIME_MAX);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

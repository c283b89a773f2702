//! Connections: HTTP on a socket, TLS from files, ending in order.

use crate::house::{House, wav};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use soundkeep_http::{Certificate, serve, serve_tls};
use soundkeep_testkit::{Backend, for_each_backend};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Sends one request on a connection and reads until the other side closes it.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A peer that closes without a TLS goodbye has still said everything.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const LIVE: &str = "GET /livez HTTP/1.1\r\nHost: vault\r\nConnection: close\r\n\r\n";

#[test]
fn a_request_on_a_socket_is_answered_and_the_server_ends_when_asked() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (program, _) = house.key(&admin, "admin").await;
        let uploaded = program.upload(None, "a.wav", &wav(1.0, 4)).await.expect(201).json();
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, house.router.clone(), async { stopped.await.unwrap_or_default() }));
        let answer = exchange(TcpStream::connect(address).await.unwrap(), LIVE).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("ok\n"), "{answer}");
        let metrics = LIVE.replace("/livez", "/metrics");
        assert!(exchange(TcpStream::connect(address).await.unwrap(), &metrics).await.starts_with("HTTP/1.1 200"));
        let audio =
            LIVE.replace("/livez", &format!("/api/v1/recordings/{}/audio", uploaded["recording_id"].as_str().unwrap()));
        assert!(exchange(TcpStream::connect(address).await.unwrap(), &audio).await.starts_with("HTTP/1.1 401"));
        let head = LIVE.replace("GET /livez", "HEAD /");
        let answer = exchange(TcpStream::connect(address).await.unwrap(), &head).await;
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    });
}

/// Made for these tests alone; nobody else trusts it, and its key is no secret.
const CHAIN: &str = include_str!("localhost.pem");
const KEY: &str = include_str!("localhost.key");

#[tokio::test]
async fn tls_is_served_from_files_that_are_read_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    assert!(Certificate::open(&chain, &key).is_err());
    std::fs::write(&chain, "no certificate").unwrap();
    std::fs::write(&key, KEY).unwrap();
    let error = Certificate::open(&chain, &key).unwrap_err().to_string();
    assert!(error.contains("chain.pem"), "{error}");
    std::fs::write(&chain, CHAIN).unwrap();
    let certificate = Certificate::open(&chain, &key).unwrap();
    assert!(!certificate.reload().unwrap());
    touch(&chain, 10);
    assert!(certificate.reload().unwrap());
    std::fs::write(&key, "broken").unwrap();
    touch(&key, 20);
    assert!(certificate.reload().is_err());

    let house = House::new(&Backend::sqlite()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let router = house.router.clone();
    let serving = tokio::spawn(serve_tls(listener, router, certificate, async { stopped.await.unwrap_or_default() }));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(CHAIN.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, TcpStream::connect(address).await.unwrap()).await.unwrap();
    let answer = exchange(stream, LIVE).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let plain = exchange(TcpStream::connect(address).await.unwrap(), LIVE).await;
    assert!(!plain.contains("200 OK"));
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

/// Lets a file look as if it was changed so many seconds later.
fn touch(path: &Path, seconds: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let later = file.metadata().unwrap().modified().unwrap() + std::time::Duration::from_secs(seconds);
    file.set_modified(later).unwrap();
}

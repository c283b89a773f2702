//! An S3 service in this process, on a port that is free.

use std::net::SocketAddr;
use std::path::PathBuf;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use soundkeep_blobs::S3Config;
use tempfile::TempDir;
use tokio::net::TcpListener;

const BUCKET: &str = "vault";

/// Serves until the test's runtime ends.
pub(crate) struct S3Server {
    folder: TempDir,
    address: SocketAddr,
}

impl S3Server {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("access", "secret"));
        let service = builder.build();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let served = Builder::new(TokioExecutor::new());
                    // A client that hangs up is no failure of the server's.
                    let _ = served.serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { folder, address }
    }

    pub(crate) fn config(&self) -> S3Config {
        S3Config {
            endpoint: Some(format!("http://{}", self.address)),
            bucket: BUCKET.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: "access".to_owned(),
            secret_access_key: "secret".to_owned(),
            prefix: "soundkeep".to_owned(),
            path_style: true,
            allow_http: true,
        }
    }

    /// Where the service keeps the bucket.
    pub(crate) fn bucket(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

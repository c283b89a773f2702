//! Object stores for tests: a folder, or an S3 service in this process.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use soundkeep_blobs::{Blobs, DiskBlobs, S3Blobs, S3Config};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

const BUCKET: &str = "vault";

/// Which object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// A folder.
    Disk,
    /// A bucket of a service in this process.
    S3,
}

/// An object store with what it lies in.
pub(super) struct Opened {
    blobs: Arc<dyn Blobs>,
    folder: TempDir,
}

impl Opened {
    pub(super) async fn open(objects: Objects) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let blobs: Arc<dyn Blobs> = match objects {
            Objects::Disk => Arc::new(DiskBlobs::open(folder.path()).expect("the folder opens")),
            Objects::S3 => Arc::new(S3Blobs::new(&serve(&folder).await).expect("the bucket opens")),
        };
        Self { blobs, folder }
    }

    /// The files that sealed objects lie in, sorted.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.components().any(|part| part.as_os_str() == "objects") {
                    files.push(path);
                }
            }
        }
        files.sort();
        files
    }

    pub(super) fn blobs(&self) -> Arc<dyn Blobs> {
        Arc::clone(&self.blobs)
    }
}

/// Serves until the test's runtime ends.
async fn serve(folder: &TempDir) -> S3Config {
    std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
    let files = s3s_fs::FileSystem::new(folder.path()).expect("the service's folder");
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single("access", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
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
    S3Config {
        endpoint: Some(format!("http://{address}")),
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: "access".to_owned(),
        secret_access_key: "secret".to_owned(),
        prefix: "soundkeep".to_owned(),
        path_style: true,
        allow_http: true,
    }
}

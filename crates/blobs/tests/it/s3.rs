//! What is special to a bucket.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use soundkeep_blobs::{BlobError, Blobs, S3Blobs, S3Config, put, read_whole};

use crate::s3_server::S3Server;
use crate::{far_future, name, pattern};

const PART: usize = 8 * 1024 * 1024;

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn the_prefix_keeps_two_vaults_in_one_bucket_apart() {
    let server = S3Server::start().await;
    let one = S3Blobs::new(&server.config()).unwrap();
    for prefix in ["other", "soundkeep2", "", "/a/b/"] {
        let other = S3Blobs::new(&S3Config { prefix: prefix.to_owned(), ..server.config() }).unwrap();
        put(&one, &name("a/b"), pattern(10)).await.unwrap();
        assert!(matches!(other.len(&name("a/b")).await, Err(BlobError::NotFound { .. })), "{prefix:?}");
        put(&other, &name("a/c"), pattern(20)).await.unwrap();
        assert_eq!(one.list(None).count().await, 1, "{prefix:?}");
        assert_eq!(other.list(None).count().await, 1, "{prefix:?}");
        other.delete(&name("a/c")).await.unwrap();
    }
    assert!(server.bucket().join("soundkeep/objects/a/b.sealed").is_file(), "objects lie where the documentation says");
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_swept() {
    let server = S3Server::start().await;
    let config = server.config();
    // A writer that is forgotten rather than dropped: what the end of the process does.
    let blobs = S3Blobs::new(&config).unwrap();
    let mut writer = blobs.create(&name("a/b")).await.unwrap();
    writer.write(pattern(PART + 1)).await.unwrap();
    std::mem::forget(writer);
    let marker = server.bucket().join("soundkeep/unfinished/a/b");
    assert_eq!(files_below(&marker).len(), 1);

    let after = S3Blobs::new(&config).unwrap();
    // The service tells times in whole seconds.
    let written = std::fs::metadata(&files_below(&marker)[0]).unwrap().modified().unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(after.sweep_unfinished(written - second).await.unwrap(), 0, "it may still be written");
    assert_eq!(files_below(&marker).len(), 1);
    assert_eq!(after.sweep_unfinished(written + second).await.unwrap(), 1);
    assert!(files_below(&marker).is_empty());
    assert_eq!(after.sweep_unfinished(far_future()).await.unwrap(), 0);
    let left: Vec<_> =
        files_below(server.bucket().parent().unwrap()).into_iter().filter(|file| file.contains("part")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_dropped_upload_is_aborted_in_the_background() {
    let server = S3Server::start().await;
    let blobs = S3Blobs::new(&server.config()).unwrap();
    let mut writer = blobs.create(&name("a/b")).await.unwrap();
    writer.write(pattern(PART + 1)).await.unwrap();
    let marker = server.bucket().join("soundkeep/unfinished/a/b");
    assert_eq!(files_below(&marker).len(), 1);
    drop(writer);
    while !files_below(&marker).is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_not_taken_for_an_outage() {
    let server = S3Server::start().await;
    let config = S3Config { secret_access_key: "wrong".to_owned(), ..server.config() };
    let blobs = S3Blobs::new(&config).unwrap();
    for outcome in [blobs.len(&name("a")).await.map(|_| ()), put(&blobs, &name("a"), pattern(1)).await.map(|_| ())] {
        assert!(matches!(outcome, Err(BlobError::Refused { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_away_is_an_outage() {
    let server = S3Server::start().await;
    // A port that nobody listens on: taken from the system and given back.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let blobs = S3Blobs::new(&S3Config { endpoint: Some(format!("http://{free}")), ..server.config() }).unwrap();
    assert!(blobs.len(&name("a")).await.unwrap_err().is_transient());
    assert!(read_whole(&blobs, &name("a")).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn plain_http_is_refused_unless_allowed() {
    let server = S3Server::start().await;
    let blobs = S3Blobs::new(&S3Config { allow_http: false, ..server.config() }).unwrap();
    assert!(put(&blobs, &name("a"), pattern(1)).await.is_err());
    assert!(files_below(&server.bucket()).is_empty());
}

#[tokio::test]
async fn the_secret_does_not_show_in_debug_or_errors() {
    let server = S3Server::start().await;
    let config = S3Config { secret_access_key: "open-sesame".to_owned(), ..server.config() };
    let error = S3Blobs::new(&config).unwrap().len(&name("a")).await.unwrap_err();
    assert!(!format!("{config:?} {error:?} {error}").contains("open-sesame"));
}

#[tokio::test]
async fn foreign_objects_in_the_bucket_are_not_listed() {
    let server = S3Server::start().await;
    let blobs = S3Blobs::new(&server.config()).unwrap();
    put(&blobs, &name("a/b"), pattern(1)).await.unwrap();
    std::fs::write(server.bucket().join("soundkeep/objects/README.txt"), "x").unwrap();
    std::fs::write(server.bucket().join("soundkeep/objects/stranger"), "x").unwrap();
    std::fs::write(server.bucket().join("stranger"), "x").unwrap();
    let found: Vec<_> = blobs.list(None).map(|entry| entry.unwrap().name).collect().await;
    assert_eq!(found, [name("a/b")]);
}

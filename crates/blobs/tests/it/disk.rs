//! What is special to a disk.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::StreamExt;
use soundkeep_blobs::{BlobError, Blobs, DiskBlobs, put, read_whole};
use tempfile::TempDir;

use crate::{name, pattern};

fn store() -> (TempDir, DiskBlobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = DiskBlobs::open(folder.path()).unwrap();
    (folder, blobs)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

#[tokio::test]
async fn objects_are_there_after_a_restart() {
    let (folder, blobs) = store();
    put(&blobs, &name("a/b"), pattern(100_000)).await.unwrap();
    drop(blobs);
    let again = DiskBlobs::open(folder.path()).unwrap();
    assert_eq!(read_whole(&again, &name("a/b")).await.unwrap(), pattern(100_000));
}

#[tokio::test]
async fn missing_folders_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("not/yet/there");
    put(&DiskBlobs::open(&deep).unwrap(), &name("a"), pattern(1)).await.unwrap();
    assert!(deep.join("objects").is_dir());
}

#[tokio::test]
async fn only_the_owner_can_read_objects() {
    let (folder, blobs) = store();
    put(&blobs, &name("a/b"), pattern(1)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = files_below(folder.path()).remove(0);
    assert_eq!(mode(&file), 0o600);
    for folder in [folder.path().join("objects"), folder.path().join("unfinished"), file.parent().unwrap().to_owned()] {
        assert_eq!(mode(&folder), 0o700, "{folder:?}");
    }
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_swept_once_it_is_old() {
    let (folder, blobs) = store();
    put(&blobs, &name("a/b"), pattern(10)).await.unwrap();
    let mut writer = blobs.create(&name("a/c")).await.unwrap();
    writer.write(pattern(3_000_000)).await.unwrap();
    // Forgotten rather than dropped: what the end of the process does.
    std::mem::forget(writer);
    let unfinished = folder.path().join("unfinished");
    assert_eq!(files_below(&unfinished).len(), 1);
    let written = fs::metadata(&files_below(&unfinished)[0]).unwrap().modified().unwrap();
    assert_eq!(blobs.sweep_unfinished(written).await.unwrap(), 0, "it may still be written");
    assert_eq!(files_below(&unfinished).len(), 1);
    assert_eq!(blobs.sweep_unfinished(written + Duration::from_nanos(1)).await.unwrap(), 1);
    assert!(files_below(&unfinished).is_empty());
    assert_eq!(blobs.list(None).count().await, 1);
}

#[tokio::test]
async fn a_dropped_writer_frees_its_space() {
    let (folder, blobs) = store();
    let mut writer = blobs.create(&name("a/b")).await.unwrap();
    writer.write(pattern(3_000_000)).await.unwrap();
    assert_eq!(files_below(folder.path()).len(), 1);
    drop(writer);
    assert!(files_below(folder.path()).is_empty());
}

#[tokio::test]
async fn an_unfinished_file_of_an_earlier_process_is_not_overwritten() {
    let (folder, blobs) = store();
    let left = folder.path().join("unfinished").join(format!("{}-0", std::process::id()));
    fs::write(&left, "left").unwrap();
    put(&blobs, &name("a/b"), pattern(10)).await.unwrap();
    assert_eq!(fs::read_to_string(&left).unwrap(), "left");
}

#[tokio::test]
async fn a_file_cut_behind_our_back_is_told_as_truncation() {
    let (folder, blobs) = store();
    put(&blobs, &name("a/b"), pattern(1_000_000)).await.unwrap();
    blobs.read(&name("a/b"), 0..10).await.unwrap();
    let file = files_below(folder.path()).remove(0);
    fs::OpenOptions::new().write(true).open(file).unwrap().set_len(70_000).unwrap();
    for range in [0..70_001, 69_000..80_000, 500_000..500_001, 0..900_000] {
        assert!(matches!(blobs.read(&name("a/b"), range).await, Err(BlobError::Truncated { len: 70_000, .. })));
    }
    assert!(blobs.read(&name("a/b"), 0..70_000).await.is_ok());
}

#[tokio::test]
async fn foreign_files_are_neither_listed_nor_fatal() {
    let (folder, blobs) = store();
    put(&blobs, &name("a/b"), pattern(1)).await.unwrap();
    fs::write(folder.path().join("objects/README.txt"), "x").unwrap();
    fs::create_dir(folder.path().join("objects/lost+found")).unwrap();
    let found: Vec<_> = blobs.list(None).map(|entry| entry.unwrap().name).collect().await;
    assert_eq!(found, [name("a/b")]);
}

#[tokio::test]
async fn more_objects_than_handles_are_read() {
    let (_folder, blobs) = store();
    for number in 0..300 {
        put(&blobs, &name(&format!("a/{number}")), pattern(number + 1)).await.unwrap();
    }
    for _round in 0..2 {
        for number in 0..300 {
            let read = read_whole(&blobs, &name(&format!("a/{number}"))).await.unwrap();
            assert_eq!(read, pattern(number + 1));
        }
    }
}

#[tokio::test]
async fn the_free_space_is_known() {
    let (_folder, blobs) = store();
    assert!(blobs.free_bytes().await.unwrap().unwrap() > 0);
}

#[test]
fn a_root_that_is_a_file_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(DiskBlobs::open(file.path()).is_err());
}

#[tokio::test]
async fn a_folder_that_goes_away_is_an_outage_and_not_a_missing_object() {
    let (folder, blobs) = store();
    let writer = blobs.create(&name("a/b")).await.unwrap();
    fs::remove_dir_all(folder.path()).unwrap();
    let outcome = writer.finish().await;
    assert!(matches!(outcome, Err(BlobError::Unavailable { .. })), "{outcome:?}");
    assert!(blobs.create(&name("a/c")).await.is_err());
}

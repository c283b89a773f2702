//! What every store must do, claim by claim.

use bytes::Bytes;
use futures::StreamExt;
use soundkeep_blobs::{BlobEntry, BlobError, BlobName, Blobs, DiskBlobs, MemoryBlobs, S3Blobs, put, read_whole};

use crate::s3_server::S3Server;
use crate::{far_future, name, pattern};

const PART: usize = 8 * 1024 * 1024;

async fn listed(blobs: &dyn Blobs, prefix: Option<&BlobName>) -> Vec<(String, u64)> {
    let entries: Vec<Result<BlobEntry, BlobError>> = blobs.list(prefix).collect().await;
    let mut found: Vec<_> =
        entries.into_iter().map(Result::unwrap).map(|entry| (entry.name.to_string(), entry.len)).collect();
    found.sort();
    found
}

async fn what_was_written_is_read(blobs: &dyn Blobs) {
    for len in [0, 1, 65_552, 1024 * 1024, PART - 1, PART, PART + 1, 2 * PART + 7] {
        let object = name(&format!("a/{len}"));
        let bytes = pattern(len);
        assert_eq!(put(blobs, &object, bytes.clone()).await.unwrap(), len as u64);
        assert_eq!(blobs.len(&object).await.unwrap(), len as u64);
        assert!(read_whole(blobs, &object).await.unwrap() == bytes, "{len} bytes");
    }
}

async fn the_pieces_written_do_not_matter(blobs: &dyn Blobs) {
    let bytes = pattern(PART + PART / 2);
    for piece in [1_000_003, 4 * 1024 * 1024, PART, 2 * PART] {
        let mut writer = blobs.create(&name("a/b")).await.unwrap();
        for start in (0..bytes.len()).step_by(piece) {
            writer.write(bytes.slice(start..bytes.len().min(start + piece))).await.unwrap();
            writer.write(Bytes::new()).await.unwrap();
        }
        assert_eq!(writer.finish().await.unwrap(), bytes.len() as u64);
        assert!(read_whole(blobs, &name("a/b")).await.unwrap() == bytes, "pieces of {piece}");
    }
}

async fn a_range_is_read_exactly(blobs: &dyn Blobs) {
    let bytes = pattern(1_000_000);
    put(blobs, &name("a/b"), bytes.clone()).await.unwrap();
    for (start, end) in
        [(0, 1), (0, 65_552), (65_568, 131_120), (999_999, 1_000_000), (1, 999_999), (5, 5), (0, 300_000)]
    {
        for _twice_for_the_cache in 0..2 {
            let read = blobs.read(&name("a/b"), start..end).await.unwrap();
            assert_eq!(read, bytes[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()]);
        }
    }
}

async fn what_is_read_can_be_opened_in_place(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(1_000_000)).await.unwrap();
    for range in [0..65_552, 32..900_000] {
        assert!(blobs.read(&name("a/b"), range).await.unwrap().try_into_mut().is_ok());
    }
}

async fn a_range_past_the_end_is_told_as_truncation(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(100)).await.unwrap();
    for range in [0..101, 99..200, 100..101, 5_000..5_001, 0..1_000_000, 0..(1 << 40)] {
        match blobs.read(&name("a/b"), range.clone()).await {
            Err(BlobError::Truncated { len: 100, wanted, .. }) => assert_eq!(wanted, range.end),
            outcome => panic!("{range:?}: {outcome:?}"),
        }
    }
}

async fn what_is_not_there_is_not_found(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(1)).await.unwrap();
    for text in ["a", "a/c", "a/b/c", "b"] {
        let missing = name(text);
        assert!(
            matches!(blobs.read(&missing, 0..1).await, Err(BlobError::NotFound { name }) if name == missing),
            "{text}"
        );
        assert!(matches!(blobs.read(&missing, 0..1_000_000).await, Err(BlobError::NotFound { .. })), "{text}");
        assert!(matches!(blobs.len(&missing).await, Err(BlobError::NotFound { name }) if name == missing), "{text}");
    }
}

async fn nothing_shows_before_the_end(blobs: &dyn Blobs) {
    for len in [10, 2 * PART + 1] {
        let mut writer = blobs.create(&name("a/b")).await.unwrap();
        writer.write(pattern(len)).await.unwrap();
        assert!(matches!(blobs.len(&name("a/b")).await, Err(BlobError::NotFound { .. })));
        assert!(matches!(blobs.read(&name("a/b"), 0..1).await, Err(BlobError::NotFound { .. })));
        assert!(listed(blobs, None).await.is_empty());
        writer.finish().await.unwrap();
        assert_eq!(listed(blobs, None).await, [("a/b".to_owned(), len as u64)]);
        blobs.delete(&name("a/b")).await.unwrap();
    }
}

async fn an_aborted_object_leaves_nothing(blobs: &dyn Blobs) {
    for len in [0, 10, 2 * PART + 1] {
        let mut writer = blobs.create(&name("a/b")).await.unwrap();
        writer.write(pattern(len)).await.unwrap();
        writer.abort().await.unwrap();
        assert!(matches!(blobs.len(&name("a/b")).await, Err(BlobError::NotFound { .. })));
        assert!(listed(blobs, None).await.is_empty());
        assert_eq!(blobs.sweep_unfinished(far_future()).await.unwrap(), 0, "nothing was left to sweep");
    }
}

async fn a_dropped_writer_leaves_nothing_visible(blobs: &dyn Blobs) {
    for len in [10, 2 * PART + 1] {
        let mut writer = blobs.create(&name("a/b")).await.unwrap();
        writer.write(pattern(len)).await.unwrap();
        drop(writer);
        assert!(matches!(blobs.len(&name("a/b")).await, Err(BlobError::NotFound { .. })));
        assert!(listed(blobs, None).await.is_empty());
    }
}

async fn writing_again_replaces_the_whole(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(1_000)).await.unwrap();
    assert_eq!(blobs.read(&name("a/b"), 0..10).await.unwrap(), pattern(10));
    let mut writer = blobs.create(&name("a/b")).await.unwrap();
    writer.write(Bytes::from_static(b"other")).await.unwrap();
    assert_eq!(blobs.len(&name("a/b")).await.unwrap(), 1_000, "the old one stands until the end");
    writer.finish().await.unwrap();
    assert_eq!(read_whole(blobs, &name("a/b")).await.unwrap(), "other");
}

async fn a_deleted_object_is_gone_at_once(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(100)).await.unwrap();
    put(blobs, &name("a/b/c"), pattern(100)).await.unwrap();
    blobs.read(&name("a/b"), 0..10).await.unwrap();
    blobs.delete(&name("a/b")).await.unwrap();
    assert!(matches!(blobs.read(&name("a/b"), 0..10).await, Err(BlobError::NotFound { .. })));
    assert_eq!(listed(blobs, None).await, [("a/b/c".to_owned(), 100)], "its neighbour stays");
    blobs.delete(&name("a/b")).await.unwrap();
    blobs.delete(&name("never/there")).await.unwrap();
}

async fn a_prefix_lists_what_is_below_it(blobs: &dyn Blobs) {
    for (text, len) in [("a/b/c", 1), ("a/b/d", 2), ("a/bb", 3), ("ab/c", 4), ("a", 5), ("a/b", 6)] {
        put(blobs, &name(text), pattern(len)).await.unwrap();
    }
    let names = |prefix: &'static str| async move {
        let found = listed(blobs, Some(&name(prefix))).await;
        found.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names("a").await, ["a/b", "a/b/c", "a/b/d", "a/bb"]);
    assert_eq!(names("a/b").await, ["a/b/c", "a/b/d"]);
    assert!(names("a/b/c").await.is_empty());
    assert!(names("never").await.is_empty());
    assert_eq!(listed(blobs, None).await.len(), 6);
}

async fn sweeping_spares_objects(blobs: &dyn Blobs) {
    put(blobs, &name("a/b"), pattern(100)).await.unwrap();
    put(blobs, &name("a/c"), pattern(PART + 1)).await.unwrap();
    assert_eq!(blobs.sweep_unfinished(far_future()).await.unwrap(), 0);
    assert_eq!(listed(blobs, None).await.len(), 2);
}

async fn many_writers_of_one_name_never_mix(blobs: &dyn Blobs) {
    let object = name("a/b");
    let writes = (0..8_u8).map(|number| {
        let object = object.clone();
        async move { put(blobs, &object, Bytes::from(vec![number; 200_000])).await.unwrap() }
    });
    futures::future::join_all(writes).await;
    let read = read_whole(blobs, &object).await.unwrap();
    assert_eq!(read.len(), 200_000);
    assert!(read.iter().all(|byte| *byte == read[0]));
    assert_eq!(listed(blobs, None).await.len(), 1);
}

macro_rules! contract {
    ($($claim:ident),* $(,)?) => {
        mod on_disk {
            $(#[tokio::test]
            async fn $claim() {
                let folder = tempfile::tempdir().unwrap();
                super::$claim(&super::DiskBlobs::open(folder.path()).unwrap()).await;
            })*
        }
        mod on_s3 {
            $(#[tokio::test]
            async fn $claim() {
                let server = super::S3Server::start().await;
                super::$claim(&super::S3Blobs::new(&server.config()).unwrap()).await;
            })*
        }
        mod in_memory {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim(&super::MemoryBlobs::new()).await;
            })*
        }
        mod through_a_store_without_faults {
            $(#[tokio::test]
            async fn $claim() {
                let inner = std::sync::Arc::new(super::MemoryBlobs::new());
                super::$claim(&soundkeep_blobs::FaultyBlobs::new(inner)).await;
            })*
        }
    };
}

contract!(
    what_was_written_is_read,
    the_pieces_written_do_not_matter,
    a_range_is_read_exactly,
    what_is_read_can_be_opened_in_place,
    a_range_past_the_end_is_told_as_truncation,
    what_is_not_there_is_not_found,
    nothing_shows_before_the_end,
    an_aborted_object_leaves_nothing,
    a_dropped_writer_leaves_nothing_visible,
    writing_again_replaces_the_whole,
    a_deleted_object_is_gone_at_once,
    a_prefix_lists_what_is_below_it,
    sweeping_spares_objects,
    many_writers_of_one_name_never_mix,
);

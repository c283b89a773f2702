//! The store that fails when it is told to.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use soundkeep_blobs::{BlobError, Blobs, Fault, FaultyBlobs, MemoryBlobs, Operation, put, read_whole};

use crate::{name, pattern};

async fn faulty() -> (MemoryBlobs, FaultyBlobs) {
    let memory = MemoryBlobs::new();
    put(&memory, &name("a"), pattern(100)).await.unwrap();
    let faulty = FaultyBlobs::new(Arc::new(memory.clone()));
    (memory, faulty)
}

#[tokio::test]
async fn the_nth_operation_fails_and_only_that() {
    let (_, blobs) = faulty().await;
    blobs.fail_nth(Operation::Read, 2, Fault::Unavailable);
    assert!(blobs.read(&name("a"), 0..1).await.is_ok());
    assert!(blobs.len(&name("a")).await.is_ok());
    assert!(blobs.read(&name("a"), 0..1).await.unwrap_err().is_transient());
    assert!(blobs.read(&name("a"), 0..1).await.is_ok());
    assert_eq!(blobs.count(Operation::Read), 3);
}

#[tokio::test]
async fn a_lasting_fault_lasts_until_healed() {
    let (_, blobs) = faulty().await;
    blobs.fail_all(Operation::List, Fault::Refused);
    for _ in 0..2 {
        let found: Vec<_> = blobs.list(None).collect().await;
        assert!(matches!(found.as_slice(), [Err(BlobError::Refused { .. })]));
    }
    blobs.heal();
    assert_eq!(blobs.list(None).filter(|entry| std::future::ready(entry.is_ok())).count().await, 1);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_visible() {
    let (memory, blobs) = faulty().await;
    blobs.pretend_free_bytes(150);
    assert_eq!(blobs.free_bytes().await.unwrap(), Some(150));
    put(&blobs, &name("b"), pattern(100)).await.unwrap();
    assert!(matches!(put(&blobs, &name("c"), pattern(51)).await, Err(BlobError::Full)));
    assert!(matches!(memory.len(&name("c")).await, Err(BlobError::NotFound { .. })));
    assert_eq!(blobs.free_bytes().await.unwrap(), Some(50));
}

#[tokio::test]
async fn a_lost_answer_was_carried_out() {
    let (memory, blobs) = faulty().await;
    blobs.fail_nth(Operation::Finish, 1, Fault::AnswerLost);
    assert!(put(&blobs, &name("b"), pattern(7)).await.unwrap_err().is_transient());
    assert_eq!(memory.len(&name("b")).await.unwrap(), 7);
    blobs.fail_nth(Operation::Delete, 1, Fault::Unavailable);
    assert!(blobs.delete(&name("b")).await.is_err());
    assert_eq!(memory.len(&name("b")).await.unwrap(), 7, "an operation that fails does nothing");
}

#[tokio::test]
async fn a_flipped_bit_is_one_bit_in_what_is_read() {
    let (memory, blobs) = faulty().await;
    blobs.fail_nth(Operation::Read, 1, Fault::FlippedBit(8 * 3 + 1));
    let mut read = read_whole(&blobs, &name("a")).await.unwrap().to_vec();
    read[3] ^= 2;
    assert_eq!(read, pattern(100));
    assert_eq!(read_whole(&blobs, &name("a")).await.unwrap(), pattern(100));
    assert_eq!(read_whole(&memory, &name("a")).await.unwrap(), pattern(100), "the object itself is whole");
}

#[tokio::test(start_paused = true)]
async fn a_slow_operation_takes_its_time() {
    let (_, blobs) = faulty().await;
    blobs.fail_nth(Operation::Read, 1, Fault::Slow(Duration::from_secs(30)));
    let start = tokio::time::Instant::now();
    blobs.read(&name("a"), 0..1).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

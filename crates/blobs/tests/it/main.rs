//! One contract, run over every store, and what is special to each.
//!
//! Must not know: anything private.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod contract;
mod disk;
mod faults;
mod s3;
mod s3_server;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use soundkeep_blobs::BlobName;

fn name(text: &str) -> BlobName {
    BlobName::parse(text).unwrap()
}

/// Bytes that differ from place to place, so that a wrong range shows.
fn pattern(len: usize) -> Bytes {
    let block: Vec<u8> = (0..=255).collect();
    let mut bytes = Vec::with_capacity(len + 256);
    for number in 0..len.div_ceil(256) {
        bytes.extend_from_slice(&block);
        let stamp = u32::try_from(number).unwrap().to_be_bytes();
        bytes[number * 256..][..4].copy_from_slice(&stamp);
    }
    bytes.truncate(len);
    Bytes::from(bytes)
}

/// Later than anything that a test writes.
fn far_future() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)
}

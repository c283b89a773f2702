//! Claims about the crypto crate from outside: what a caller can rely on.
//!
//! Must not know: anything private.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod keys;
mod passkeys;
mod primitives;
mod root_key;
mod sealed;
mod stream_compatibility;

use std::sync::atomic::{AtomicU64, Ordering};

use soundkeep_crypto::digest::hmac_sha256;
use soundkeep_crypto::{Entropy, EntropyError};

/// The same bytes in every run, other bytes at every call.
#[derive(Default)]
struct SeededEntropy(AtomicU64);

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for block in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            block.copy_from_slice(&hmac_sha256(b"seed", &[&count.to_be_bytes()])[..block.len()]);
        }
        Ok(())
    }
}

/// A generator that is out of order.
struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

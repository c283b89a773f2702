//! Merkle log.

//! The ledger against other implementations and against somebody who tampers.
//!
//! It must not reach into the crate: everything goes through what others may use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    missing_docs
)]

mod bundles;
mod forgers;
mod parsers;
mod support;
mod tampering;
mod trees;

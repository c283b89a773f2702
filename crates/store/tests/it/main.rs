//! The store, held to its promises on SQLite and on PostgreSQL.
//!
//! SQL of its own stands here only to look behind the store's back. Must not know a key, a codec or a use case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a panic here is a failed test"
)]

mod assertions;
mod at_once;
mod counted;
mod erasing;
mod events;
mod group_commit;
mod identity;
mod jobs;
mod listenings;
mod migrations;
mod organisations;
mod paging;
mod permits;
mod random_worlds;
mod remembered;
mod scenario;
mod search;
mod spells;
mod sql;
mod then;

//! `decide()` and the naive evaluator side by side, on random worlds and without a database.
//!
//! Must not know a store: facts are made here from worlds, as the store would witness them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a panic here is a failed test, and facts are made up"
)]

mod random_worlds;
mod worlds;

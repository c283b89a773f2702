//! Grants and permits, and what the compiler says of forged ones.
//!
//! `decide()` itself is held against a naive evaluator in the tests of the test kit, which this crate must not know: the
//! programs that must not compile are built with this crate's dependencies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a panic here is a failed test, and facts are made up"
)]

mod assertions;
mod compile_fail;
mod grants;
mod permits;

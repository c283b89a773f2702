//! Use cases over a whole vault, on every database that is at hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a panic here is a failed test"
)]

mod exporting;
mod hearing;
mod identity;
mod intake;
mod jobs;
mod listening;
mod messages;
mod settings;
mod weighing;
mod weighing_keys;
mod what_if;
mod who;

//! What the media crate promises, seen from outside: real files of every codec, hostile ones, and the child process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "tests"
)]

mod demo;
mod files;
mod formats;
mod hostile;
mod peaks;
mod playback;
mod worker;

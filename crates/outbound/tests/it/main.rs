//! Requests to other servers, against servers on this machine.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "these are tests: a panic is a failure"
)]

mod client;
mod mail;
mod servers;

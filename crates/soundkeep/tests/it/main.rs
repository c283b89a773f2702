//! The program as its operator has it: command line, killed, cut off from power, on a full disk.
//!
//! Must not know: crates of the house; what is here is seen from outside.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    // The program under test lives in the machine's time.
    clippy::disallowed_methods
)]

mod breached_passwords;
mod command_line;
mod content;
mod damage;
mod demo;
mod full_disk;
mod import;
mod keys;
mod killed;
mod ledger;
mod power_cut;
mod programs;
mod providers_file;
mod recover;
mod scim;
mod support;
mod what_if;

//! The door as a client meets it: requests in, answers out, and what the ledger says of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::missing_panics_doc,
    unreachable_pub,
    missing_docs,
    reason = "this is test code: a panic here is a failed test"
)]

mod access_tests;
mod columns;
mod house;
mod input;
mod lists;
mod oauth;
mod passkeys;
mod people;
mod phones;
mod plans;
mod playback;
mod reasons;
mod roles;
mod saml;
mod scim;
mod second_factor;
mod sessions;
mod settings;
mod sockets;
mod system;
mod then;
mod through;
mod upload;
mod versions;
mod walk;
mod what_if;
mod who;

//! What identity providers send, as they send it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests stop where something is wrong"
)]

#[path = "saml/mod.rs"]
mod saml;
#[path = "scim/mod.rs"]
mod scim;

//! What identity providers send, as they send it.

#[path = "scim/mod.rs"]
mod scim;

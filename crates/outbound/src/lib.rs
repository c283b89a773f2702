//! Everything that leaves the house: requests to other servers, and mail.
//!
//! Addresses inside the operator's networks are refused unless the operator allows them, redirects aren't followed
//! blindly, and everything has limits and an end.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

//! What other identity providers say, and what to make of it: OpenID Connect, SAML 2.0 and SCIM 2.0.
//!
//! Rules only: no I/O, no clock, no store. Documents, times and random numbers are arguments.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod oidc;
pub mod saml;
pub mod scim;

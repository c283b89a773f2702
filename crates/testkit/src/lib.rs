//! What the tests of the house share: databases, random worlds with a naive evaluator, a whole vault in process.
//!
//! | module | what it gives |
//! |---|---|
//! | [`backend`] | SQLite and PostgreSQL, fresh for each test; [`for_each_backend`] runs a test on both |
//! | [`clock`] | a clock that is turned by hand |
//! | [`world`] | random organisations with people, groups, roles and conversations, and how they get into a store |
//! | [`reference`] | the naive evaluator that `decide()` and the lists are held against |
//! | [`mail`] | a mail server that others wrote |
//! | `openid` | an OpenID provider that says what a test wants (feature `vault`) |
//! | `outbound` | the way to servers on this machine, and to no other (feature `outbound`) |
//! | `saml` | a SAML identity provider (feature `vault`) |
//! | `vault` | `TestVault`, with callers by role (feature `vault`) |
//!
//! Nothing of this reaches the binary. The evaluator must not know how the domain decides: it shares the nouns and
//! not one line of the rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "this is test code: a panic here is a failed test"
)]

pub mod backend;
pub mod clock;
pub mod mail;
#[cfg(feature = "vault")]
pub mod openid;
#[cfg(feature = "outbound")]
mod outbound;
#[cfg(feature = "passkeys")]
pub mod passkeys;
pub mod reference;
#[cfg(feature = "vault")]
pub mod saml;
#[cfg(feature = "vault")]
pub mod statistics;
#[cfg(feature = "vault")]
pub mod vault;
pub mod world;

pub use backend::{Backend, for_each_backend};
pub use clock::TestClock;
pub use mail::{MailServer, Secured};
#[cfg(feature = "outbound")]
pub use outbound::outbound;
#[cfg(feature = "vault")]
pub use vault::{TestVault, for_each_vault};

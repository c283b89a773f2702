//! The use cases of Soundkeep: one file per verb, in the rooms.
//!
//! A use case decides, acts and writes its ledger event in one commit. Doors (HTTP, intake, the command
//! line) call use cases and see neither store, objects nor keys. Knows no route and no language.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used))]

pub mod access;
pub mod audit;
mod caller;
pub mod conversations;
mod error;
mod event;
pub mod idempotency;
pub mod identity;
mod in_use;
pub mod jobs;
mod keys;
mod media_worker;
pub mod messages;
mod metrics;
pub mod operator;
mod policy;
pub mod recordings;
pub mod settings;
mod vault;

pub use caller::Caller;
pub use error::{Error, Result};
pub use in_use::{InUse, Names, Used};
pub use media_worker::MediaWorker;
pub use metrics::Metrics;
pub use vault::{Parts, Vault};

/// The nouns that doors need, so that they needn't lean on floor 1.
pub use soundkeep_domain as domain;

//! Everything that leaves the house: requests to other servers, and mail.
//!
//! Addresses inside the operator's networks are refused unless the operator allows them, redirects aren't followed,
//! and everything has limits and an end. Knows no organisation and no setting: whoever asks says to whom.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod address;
mod client;
mod error;
mod mail;
mod resolver;
mod trust;

pub use address::is_public;
pub use client::{Answer, Limits, Outbound, OutboundConfig};
pub use error::OutboundError;
pub use mail::{Mail, MailError, MailServer, Party, Security};
pub use reqwest::header;
pub use resolver::{Resolver, SystemResolver};
pub use url::Url;

//! The door of the web: REST under `/api/v1`, the console, health and metrics.
//!
//! One file per end point in the rooms, and one route table. Decides nothing and keeps nothing: it asks
//! `app`, and knows no store, no object and no key. Sentences for people are made here, per language.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used))]

mod access;
mod address;
mod audit;
mod config;
mod console;
mod conversations;
mod credentials;
mod cross_site;
mod device;
mod door;
mod extract;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod guard;
mod headers;
mod idempotency;
mod identity;
mod jobs;
mod limits;
mod measures;
mod oauth;
mod openapi;
mod paging;
mod plain_http;
mod problem;
mod range;
mod reason;
mod recordings;
mod routes;
mod scim;
mod serve;
mod settings;
mod system;
mod tls;
mod versions;
mod wire;
pub mod words;

pub use access::{
    effect::document as effect_document, groups::wish as access_group_wish, reach::document as reach_document,
    roles::named_lines as role_lines, tests::document as access_tests_document, then::document as then_document,
    who::document as who_document,
};
pub use config::{Config, RateLimits};
pub use door::router;
pub use identity::providers::read_declared as read_declared_providers;
pub use measures::reference as metrics_reference;
pub use openapi::openapi;
pub use plain_http::{PlainHttpRefused, check_plain_http};
pub use routes::{Access, ROUTES, Route};
pub use serve::{serve, serve_tls};
pub use tls::{Certificate, TlsError};

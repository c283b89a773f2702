//! The only crate with SQL: rows in, rows out, on SQLite and PostgreSQL alike.
//!
//! Opens nothing without the permit of that very permission, and filters lists by the scope that the
//! same decision made. Holds sealed bytes and wrapped keys and never a key; knows no route, no codec
//! and no language.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used))]

pub mod access;
pub mod access_groups;
pub mod access_tests;
pub mod audit;
pub mod bulk;
pub mod conversations;
pub mod counts;
mod database;
pub mod directory;
pub mod history;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod messages;
mod migrate;
pub mod organisations;
pub mod policy;
pub mod recordings;
pub mod roles;
pub mod search;
pub mod settings;
mod statistics;
pub mod things;
mod transaction;
mod vault;

pub use database::{Dialect, Queries, Reader};
pub use transaction::{Transaction, Whose};
pub use vault::{Location, Store};

/// What went wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row.
    #[error("no such row")]
    NotFound,
    /// Somebody else changed it in between, or it exists already.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A permit that no longer fits: policy or version changed since the decision.
    #[error("the decision is out of date")]
    StalePermit,
    /// The rows contradict what the schema promises.
    #[error("the database holds something it must not: {0}")]
    Corrupt(&'static str),
    /// The database was made by a newer version.
    #[error("the database was made by a newer version of soundkeep (schema {found}, this one knows {known})")]
    Newer {
        /// The schema that was found.
        found: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// A cursor that this list didn't make.
    #[error("not a cursor of this list")]
    BadCursor,
    /// A text holds a NUL character, which no database keeps.
    #[error("a text holds a NUL character")]
    NulInText,
    /// The commit failed; nothing of it happened.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// The database refused or is away.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// A file of the store could not be handled.
    #[error("{0}: {1}")]
    File(&'static str, std::io::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Conflict("it exists already"),
            _ => Self::Database(error),
        }
    }
}

/// Answers of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

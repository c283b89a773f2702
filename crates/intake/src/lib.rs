//! Folders of recordings: what file names say, sidecars, watching, importing.
//!
//! Ends in the same use case as every other way in. Files are read and never changed, moved or deleted.
//! Knows no key, no row and no sealed object.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used))]

pub mod import;
pub mod names;
pub mod sidecar;
mod take;
pub mod watch;

pub use take::{Folder, Taken};

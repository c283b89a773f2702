//! Settings: what an organisation's administrators decide in the console, each with default, bounds and words.
//!
//! One entry of [`REGISTRY`] is all that a setting needs: the form, the API, the reference page, the difference
//! shown before saving and the ledger's old and new values follow from it. A test hands in a registry of its
//! own. Knows no database, no page and no language but English.

mod document;
mod kind;
pub mod networks;
mod registry;
pub mod sms;
pub mod text;

pub use document::{Difference, InForce, Origin, Settings, Wish, Wrong};
pub use kind::{Kind, OWN, Standard, Unit, Value, Words};
pub use registry::{REGISTRY, Registry, Section, Setting};

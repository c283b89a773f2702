//! Conversations: finding, showing, editing, notes.

pub(crate) mod columns;
mod cursor;
pub mod edit;
pub mod list;
pub mod notes;
pub mod view;

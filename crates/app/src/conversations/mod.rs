//! Conversations: finding, showing, editing, notes.

pub mod edit;
pub mod list;
pub mod notes;
pub mod view;

//! Conversations: the list, one of them, its notes and its history.

pub(crate) mod conversation;
pub(crate) mod count;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod notes;

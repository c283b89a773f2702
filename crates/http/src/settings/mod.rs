//! Settings: the document with its schema, changing it, its history.

pub(crate) mod document;
pub(crate) mod history;
pub(crate) mod mail;
pub(crate) mod networks;
pub(crate) mod wire;

//! Jobs: work over many things, and how far it is.

pub(crate) mod attribution;
pub(crate) mod job;
pub(crate) mod list;

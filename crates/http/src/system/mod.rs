//! The house itself: what it is, whether it is well, its description.

pub(crate) mod about;
pub(crate) mod description;
pub(crate) mod health;
pub(crate) mod metrics;

//! Who may do what: roles, the matrix, why, who and what somebody reaches.

pub(crate) mod effect;
pub(crate) mod explain;
pub(crate) mod groups;
pub(crate) mod matrix;
pub(crate) mod reach;
pub(crate) mod role;
pub(crate) mod roles;
pub(crate) mod tests;
pub(crate) mod then;
pub(crate) mod who;

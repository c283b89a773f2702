//! Who may do what: roles, the matrix, and why.

pub(crate) mod explain;
pub(crate) mod groups;
pub(crate) mod matrix;
pub(crate) mod role;
pub(crate) mod roles;

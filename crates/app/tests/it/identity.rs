//! People and programs.

mod coming_in;
mod groups;
mod guards;
pub(crate) mod house;
mod keys;
mod roles;
mod sessions;
mod signing_in;

//! People and programs.

mod coming_in;
mod groups;
mod guards;
mod house;
mod keys;
mod roles;
mod sessions;
mod signing_in;

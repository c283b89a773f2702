//! People and programs.

mod coming_in;
mod groups;
mod guards;
mod house;
mod keys;
mod sessions;
mod signing_in;

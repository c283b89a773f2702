//! People in rows.

mod groups;
mod harness;
mod people;
mod provisioning;
mod rights;
mod tokens;

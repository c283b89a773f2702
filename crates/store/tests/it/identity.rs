//! People in rows.

mod groups;
mod harness;
mod people;
mod rights;
mod tokens;

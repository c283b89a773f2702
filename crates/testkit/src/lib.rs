//! A whole vault in process.

//! Watched folders and import.

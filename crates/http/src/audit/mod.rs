//! The ledger: reading, its newest signed state, exporting.

pub(crate) mod checkpoint;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod kinds;

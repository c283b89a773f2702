//! The ledger: numbering what was written, publishing checkpoints, reading and exporting.

pub mod export;
pub mod read;
pub mod sequence;

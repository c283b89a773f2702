//! Sealed objects on local disk or S3, behind one small trait.
//!
//! | item | what it is |
//! |---|---|
//! | [`Blobs`], [`BlobWriter`] | what every store of sealed objects does |
//! | [`DiskBlobs`] | files below one folder, safe against power cuts |
//! | [`S3Blobs`] | a bucket of an S3-compatible service |
//! | `MemoryBlobs`, `FaultyBlobs` | for the tests of callers (feature `faults`) |
//!
//! Must not know: a key, what is in an object, a database, or any other crate of the house.

mod blobs;
mod disk;
mod error;
#[cfg(feature = "faults")]
mod faults;
#[cfg(feature = "faults")]
mod memory;
mod name;
mod s3;

pub use blobs::{BlobEntry, BlobWriter, Blobs, put, read_whole};
pub use disk::{DiskBlobs, make_folder};
pub use error::BlobError;
#[cfg(feature = "faults")]
pub use faults::{Fault, FaultyBlobs, Operation};
#[cfg(feature = "faults")]
pub use memory::MemoryBlobs;
pub use name::{BlobName, InvalidBlobName};
pub use s3::{S3Blobs, S3Config};

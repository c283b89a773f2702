//! Sealed objects on local disk or S3.

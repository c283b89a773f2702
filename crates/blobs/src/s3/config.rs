//! What the operator says about a bucket.
//!
//! Must not know: where the configuration comes from.

use std::fmt;

/// Where a bucket is and how to get in.
#[derive(Clone)]
pub struct S3Config {
    /// Address of the service; none is Amazon's own for the region.
    pub endpoint: Option<String>,
    /// Name of the bucket, which must be there.
    pub bucket: String,
    /// Region; services without any take every value, usually `us-east-1`.
    pub region: String,
    /// Public half of the credentials.
    pub access_key_id: String,
    /// Secret half of the credentials; never shown by `Debug`.
    pub secret_access_key: String,
    /// Put in front of every object's name; may be empty.
    pub prefix: String,
    /// Whether the bucket stands in the path rather than in the host name; most services other than Amazon's want it.
    pub path_style: bool,
    /// Whether plain HTTP is taken. Objects are sealed, but their names and the traffic's shape would show.
    pub allow_http: bool,
}

impl fmt::Debug for S3Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Config")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("prefix", &self.prefix)
            .field("path_style", &self.path_style)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

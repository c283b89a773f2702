//! SCIM 2.0 under `/scim/v2` (RFC 7644): users and groups of directories.
//!
//! Reads requests and writes answers in the form of the RFC, errors too; what is done stands in `app`.

pub(crate) mod answer;
pub(crate) mod bulk;
pub(crate) mod discovery;
pub(crate) mod groups;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod users;

/// Where the service is.
pub(crate) const PATH: &str = "/scim/v2";
/// What its messages are (RFC 7644, section 8.1).
pub(crate) const MEDIA_TYPE: &str = "application/scim+json";

/// Whether a path belongs to the service, so that what is refused there is refused in its form.
pub(crate) fn is_scim(path: &str) -> bool {
    path.strip_prefix("/scim").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

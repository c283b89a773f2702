//! OAuth 2.0 for programs: client credentials (RFC 6749), revocation (RFC 7009), introspection (RFC 7662), metadata
//! (RFC 8414). Answers and errors are in the form of these documents, and not problems.

pub(crate) mod fault;
pub(crate) mod form;
pub(crate) mod introspect;
pub(crate) mod metadata;
pub(crate) mod revoke;
pub(crate) mod token;

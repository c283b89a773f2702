//! SCIM 2.0 (RFC 7643, RFC 7644): schemas, filters, PATCH, sorting and what of a resource is shown.
//!
//! Resources are JSON objects in one form, and schemas are tables that everything else is read from. Lenient towards
//! what Okta and Entra send, strict in what is answered. Keeps nothing and knows no user: `app` does.

mod attribute;
mod bulk;
mod discovery;
mod document;
mod error;
mod filter;
mod members;
mod patch;
mod query;
mod schema;
mod target;

pub use attribute::{Attribute, Kind, Mutability, Returned};
pub use bulk::{Answered, Bulk, BulkMethod, BulkOperation, bulk, refer};
pub use discovery::{
    BODY_BYTES_MAX, BULK_OPERATIONS_MAX, PAGE_RESOURCES, PAGE_RESOURCES_MAX, list, resource_type, resource_types,
    schema, schemas, service_provider_config,
};
pub use document::{DOCUMENT_BYTES_MAX, MEMBERS_MAX, email_of, name_of, resource, schemas_of, text};
pub use error::{Result, ScimError, ScimType};
pub use filter::{Comparison, DEPTH_MAX, FILTER_BYTES_MAX, Filter, Unknown};
pub use members::{ids_of, member_ids};
pub use patch::{OPERATIONS_MAX, Operation, Path, Verb, apply, operations};
pub use query::{Query, Selection, Sort, SortKey};
pub use schema::{COMMON, ENTERPRISE, GROUP, ResourceKind, SCHEMAS, Schema, USER};
pub use target::{Document, Target};

//! What the service says of itself (RFC 7643, sections 5 to 7): what it can, which resources it has, their schemas.

use super::schema::{ResourceKind, SCHEMAS};
use serde_json::{Value, json};

/// Most operations of one bulk request.
pub const BULK_OPERATIONS_MAX: usize = 1000;
/// Longest body of a request, in bytes.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// Most resources of one page.
pub const PAGE_RESOURCES_MAX: usize = 1000;
/// Resources of a page when nothing is said.
pub const PAGE_RESOURCES: usize = 100;

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What the service can.
#[must_use]
pub fn service_provider_config(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {
            "supported": true,
            "maxOperations": BULK_OPERATIONS_MAX,
            "maxPayloadSize": BODY_BYTES_MAX,
        },
        "filter": {"supported": true, "maxResults": PAGE_RESOURCES_MAX},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A SCIM token of the organisation, in the Authorization header.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    })
}

/// The kinds of resources.
#[must_use]
pub fn resource_types(base: &str) -> Value {
    whole_list(ResourceKind::ALL.iter().map(|kind| kind.described(base)).collect())
}

/// One kind of resources.
#[must_use]
pub fn resource_type(base: &str, name: &str) -> Option<Value> {
    ResourceKind::ALL.iter().find(|kind| kind.name() == name).map(|kind| kind.described(base))
}

/// The schemas of resources.
#[must_use]
pub fn schemas(base: &str) -> Value {
    whole_list(SCHEMAS.iter().map(|schema| schema.described(base)).collect())
}

/// One schema.
#[must_use]
pub fn schema(base: &str, id: &str) -> Option<Value> {
    SCHEMAS.iter().find(|schema| schema.id.eq_ignore_ascii_case(id)).map(|schema| schema.described(base))
}

fn whole_list(resources: Vec<Value>) -> Value {
    let total = resources.len();
    list(total, 1, resources)
}

/// A page of resources (RFC 7644, section 3.4.2).
#[must_use]
pub fn list(total: usize, start_index: usize, resources: Vec<Value>) -> Value {
    json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

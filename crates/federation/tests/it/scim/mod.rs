//! SCIM: filters, PATCH documents of Okta and Entra, and what of a resource is shown.

mod filters;
mod patches;
mod queries;

use serde_json::{Value, json};
use soundkeep_federation::scim::{Document, ResourceKind, resource};

/// Somebody of whom a directory says a lot.
pub(crate) fn ada() -> Document {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "Ada@Example.org",
        "externalId": "00uA",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "displayName": "Ada Lovelace",
        "active": true,
        "title": "Analyst",
        "emails": [
            {"value": "ada@example.org", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "Engines", "manager": {"value": "26118915"},
        },
    });
    user(&body)
}

pub(crate) fn user(body: &Value) -> Document {
    resource(body, ResourceKind::User).unwrap()
}

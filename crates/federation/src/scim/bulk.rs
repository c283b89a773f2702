//! Bulk requests (RFC 7644, section 3.7): reading them, and putting ids in the place of what isn't made yet.

use super::document::{member, names_schema};
use super::error::{Result, ScimError};
use super::schema::ResourceKind;
use serde_json::Value;
use std::collections::BTreeSet;

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const REFERENCE: &str = "bulkId:";
/// Longest name that a request gives to something it makes, in characters.
const BULK_ID_CHARACTERS_MAX: usize = 200;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkMethod {
    /// Makes a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Takes one out.
    Delete,
}

impl BulkMethod {
    /// The word in requests and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One of several operations.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    /// What it does.
    pub method: BulkMethod,
    /// The request's name of what it makes.
    pub bulk_id: Option<String>,
    /// The version that it is meant for.
    pub version: Option<String>,
    /// Of which kind the resource is.
    pub kind: ResourceKind,
    /// Which it is: an id or the request's name of it; nothing of one that is made.
    pub id: Option<String>,
    /// The body.
    pub data: Value,
}

/// Several operations in one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// After so many mistakes nothing more is done.
    pub fail_on_errors: Option<usize>,
    /// The operations, in their order; what is wrong with one that can't be read.
    pub operations: Vec<(Answered, Result<BulkOperation>)>,
}

/// What an answer says again of an operation, whether it could be read or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The method as it was sent.
    pub method: String,
    /// The request's name of what it makes.
    pub bulk_id: Option<String>,
}

/// Several operations from a body.
///
/// # Errors
/// [`super::ScimType::InvalidSyntax`] when it is no bulk request.
pub fn bulk(body: &Value) -> Result<Bulk> {
    let members = body.as_object().ok_or_else(|| ScimError::syntax("a bulk request is a JSON object"))?;
    names_schema(members, BULK)?;
    let fail_on_errors = match member(members, "failOnErrors") {
        None | Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
            Some(number.ok_or_else(|| ScimError::value("failOnErrors is a whole number from 1 on"))?)
        }
    };
    let listed = member(members, "Operations").and_then(Value::as_array);
    let listed = listed.ok_or_else(|| ScimError::syntax("a bulk request has a list of Operations"))?;
    let operations = listed.iter().map(|operation| (answered(operation), read(operation))).collect();
    Ok(Bulk { fail_on_errors, operations })
}

fn answered(operation: &Value) -> Answered {
    let text = |name: &str| {
        let text = operation.as_object().and_then(|members| member(members, name)).and_then(Value::as_str);
        text.map(|text| text.chars().take(BULK_ID_CHARACTERS_MAX).collect::<String>())
    };
    Answered { method: text("method").unwrap_or_default().to_ascii_uppercase(), bulk_id: text("bulkId") }
}

fn read(operation: &Value) -> Result<BulkOperation> {
    let members = operation.as_object().ok_or_else(|| ScimError::syntax("an operation is a JSON object"))?;
    let text = |name: &str| member(members, name).and_then(Value::as_str).map(str::trim);
    let method = match text("method").unwrap_or_default().to_ascii_uppercase().as_str() {
        "POST" => BulkMethod::Post,
        "PUT" => BulkMethod::Put,
        "PATCH" => BulkMethod::Patch,
        "DELETE" => BulkMethod::Delete,
        _ => return Err(ScimError::syntax("method is one of POST, PUT, PATCH and DELETE")),
    };
    let path = text("path").ok_or_else(|| ScimError::syntax("an operation has a path"))?;
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let endpoint = parts.next().unwrap_or_default();
    let kind = ResourceKind::ALL.into_iter().find(|kind| kind.endpoint() == endpoint);
    let kind = kind.ok_or_else(|| ScimError::syntax("the path of an operation begins with /Users or /Groups"))?;
    let id = parts.next().filter(|id| !id.is_empty()).map(str::to_owned);
    let bulk_id = text("bulkId").filter(|id| !id.is_empty()).map(str::to_owned);
    if bulk_id.as_ref().is_some_and(|id| id.chars().count() > BULK_ID_CHARACTERS_MAX) {
        return Err(ScimError::value(format!("a bulkId has at most {BULK_ID_CHARACTERS_MAX} characters")));
    }
    match (method, &id, &bulk_id) {
        (BulkMethod::Post, Some(_), _) => return Err(ScimError::syntax("a POST is sent to /Users or /Groups")),
        (BulkMethod::Post, None, None) => return Err(ScimError::syntax("a POST has a bulkId")),
        (BulkMethod::Put | BulkMethod::Patch | BulkMethod::Delete, None, _) => {
            return Err(ScimError::syntax("the path names the resource"));
        }
        _ => {}
    }
    let data = member(members, "data").cloned().unwrap_or(Value::Null);
    let version = text("version").map(str::to_owned);
    Ok(BulkOperation { method, bulk_id, version, kind, id, data })
}

impl BulkOperation {
    /// What the request itself makes and this operation names.
    #[must_use]
    pub fn references(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if let Some(id) = self.id.as_deref().and_then(|id| id.strip_prefix(REFERENCE)) {
            found.insert(id.to_owned());
        }
        collect(&self.data, &mut found);
        found
    }
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix(REFERENCE).map(str::to_owned)),
        Value::Array(each) => each.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// Puts ids in the place of what a request calls by its own names, in a text or anywhere in a body.
pub fn refer(value: &mut Value, id_of: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(id) = text.strip_prefix(REFERENCE).and_then(id_of) {
                *text = id;
            }
        }
        Value::Array(each) => each.iter_mut().for_each(|value| refer(value, id_of)),
        Value::Object(members) => members.values_mut().for_each(|value| refer(value, id_of)),
        _ => {}
    }
}

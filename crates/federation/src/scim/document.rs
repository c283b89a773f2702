//! Resources as a directory sends them, brought into one form: names as schemas write them, values of the right kind,
//! and nothing of what only we may say.

use super::attribute::{Attribute, Kind, Mutability};
use super::error::{Result, ScimError};
use super::filter::truth;
use super::schema::{ResourceKind, Schema};
use super::target::Document;
use serde_json::{Map, Number, Value};
use soundkeep_domain::Timestamp;

/// Longest text of a value, in characters.
const TEXT_CHARACTERS_MAX: usize = 8 * 1024;
/// Most values of an attribute of several, but for the members of a group.
pub(super) const VALUES_MAX: usize = 200;
/// Most members that one request names.
pub const MEMBERS_MAX: usize = 20_000;
/// Longest document that is kept of a user, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024;

/// A resource that is to be made or replaced. What isn't in the schema, and what only we may say, is left out.
///
/// # Errors
/// [`super::ScimType::InvalidSyntax`] when it isn't one of this kind, [`super::ScimType::InvalidValue`] when values don't fit.
pub fn resource(body: &Value, kind: ResourceKind) -> Result<Document> {
    let members = body.as_object().ok_or_else(|| ScimError::syntax("a resource is a JSON object"))?;
    names_schema(members, kind.schema().id)?;
    let mut document = Document::new();
    for (name, value) in members {
        if let Some(schema) = kind.extension(name) {
            if let Some(extension) = extension(schema, value)? {
                document.insert(schema.id.to_owned(), extension);
            }
        } else if let Some(attribute) = kind.attribute(name).filter(|attribute| !attribute.is_read_only())
            && let Some(value) = value_of(attribute, value)?
        {
            document.insert(attribute.name.to_owned(), value);
        }
    }
    check(&document, kind)?;
    Ok(document)
}

/// Refuses a message that doesn't say that it is one of this schema.
pub(super) fn names_schema(members: &Document, id: &str) -> Result<()> {
    let named = member(members, "schemas").and_then(Value::as_array);
    let is_named = |schema: &Value| schema.as_str().is_some_and(|schema| schema.eq_ignore_ascii_case(id));
    match named.is_some_and(|named| named.iter().any(is_named)) {
        true => Ok(()),
        false => Err(ScimError::syntax(format!("schemas must name {id}"))),
    }
}

/// The member of this name, in any case.
pub(super) fn member<'doc>(members: &'doc Document, name: &str) -> Option<&'doc Value> {
    let differs = || members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    members.get(name).or_else(differs)
}

fn extension(schema: &'static Schema, value: &Value) -> Result<Option<Value>> {
    let members = match value {
        Value::Null => return Ok(None),
        Value::Object(members) => members,
        _ => return Err(ScimError::value(format!("{} is an object", schema.id))),
    };
    let mut kept = Map::new();
    for (name, value) in members {
        if let Some(attribute) = schema.attribute(name)
            && let Some(value) = value_of(attribute, value)?
        {
            kept.insert(attribute.name.to_owned(), value);
        }
    }
    Ok((!kept.is_empty()).then(|| kept.into()))
}

/// All attributes of an extension, brought into form.
pub(super) fn extension_of(schema: &'static Schema, value: &Value) -> Result<Map<String, Value>> {
    let kept = extension(schema, value)?;
    Ok(kept.and_then(|kept| kept.as_object().cloned()).unwrap_or_default())
}

/// A value brought into form; nothing when it says that there is none.
pub(super) fn value_of(attribute: &Attribute, value: &Value) -> Result<Option<Value>> {
    if value.is_null() {
        return Ok(None);
    }
    if !attribute.is_many {
        return single(attribute, value);
    }
    let values = several(attribute, value)?;
    Ok((!values.is_empty()).then(|| values.into()))
}

/// The values of an attribute of several; one alone is taken as a list of it.
pub(super) fn several(attribute: &Attribute, value: &Value) -> Result<Vec<Value>> {
    let each = match value {
        Value::Array(each) => each.as_slice(),
        Value::Null => &[],
        only => std::slice::from_ref(only),
    };
    let most = if attribute.name == "members" { MEMBERS_MAX } else { VALUES_MAX };
    if each.len() > most {
        return Err(ScimError::value(format!("{} has at most {most} values", attribute.name)));
    }
    let mut values = Vec::with_capacity(each.len());
    for value in each {
        values.extend(single(attribute, value)?);
    }
    Ok(values)
}

/// One value, brought into form.
pub(super) fn single(attribute: &Attribute, value: &Value) -> Result<Option<Value>> {
    let wrong = |what: &str| Err(ScimError::value(format!("{} {what}", attribute.name)));
    Ok(Some(match (attribute.kind, value) {
        (_, Value::Null) => return Ok(None),
        (Kind::Complex, Value::Object(members)) => return complex(attribute, members),
        // A text alone is the value: so Entra names a manager.
        (Kind::Complex, Value::String(text)) if attribute.inner("value").is_some() => {
            let members = Map::from_iter([("value".to_owned(), Value::String(text.clone()))]);
            return complex(attribute, &members);
        }
        (Kind::Complex, _) => return wrong("is an object"),
        (Kind::Boolean, value) => match truth(value) {
            Some(truth) => Value::Bool(truth),
            None => return wrong("is true or false"),
        },
        (Kind::Integer, Value::Number(number)) if number.is_i64() => Value::Number(number.clone()),
        (Kind::Integer, Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => Value::Number(Number::from(number)),
            Err(_) => return wrong("is a whole number"),
        },
        (Kind::Integer, _) => return wrong("is a whole number"),
        (Kind::DateTime, Value::String(text)) if text.parse::<Timestamp>().is_ok() => Value::String(text.clone()),
        (Kind::DateTime, _) => return wrong("is a time such as 2026-11-21T09:00:00Z"),
        (Kind::Text | Kind::Reference | Kind::Binary, Value::String(text)) => {
            if text.chars().count() > TEXT_CHARACTERS_MAX {
                return wrong("is too long");
            }
            if text.contains('\0') {
                return wrong("has a NUL character in it");
            }
            Value::String(text.clone())
        }
        (Kind::Text | Kind::Reference | Kind::Binary, _) => return wrong("is a text"),
    }))
}

fn complex(attribute: &Attribute, members: &Map<String, Value>) -> Result<Option<Value>> {
    let mut kept = Map::new();
    for (name, value) in members {
        let Some(inner) = attribute.inner(name).filter(|inner| inner.mutability != Mutability::ReadOnly) else {
            continue;
        };
        if let Some(value) = single(inner, value)? {
            kept.insert(inner.name.to_owned(), value);
        }
    }
    Ok((!kept.is_empty()).then(|| kept.into()))
}

/// Refuses a resource that lacks what it must have, or has what it may not.
pub(super) fn check(document: &Document, kind: ResourceKind) -> Result<()> {
    for attribute in kind.schema().attributes {
        let value = document.get(attribute.name);
        let is_there = value.is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty()));
        if attribute.is_required && !is_there {
            return Err(ScimError::value(format!("{} is missing", attribute.name)));
        }
        let primary = |value: &&Value| value.get("primary") == Some(&Value::Bool(true));
        let several = value.and_then(Value::as_array);
        if several.is_some_and(|several| several.iter().filter(primary).count() > 1) {
            return Err(ScimError::value(format!("only one of {} can be primary", attribute.name)));
        }
    }
    let is_long = |value: &Value| serde_json::to_string(value).map_or(usize::MAX, |text| text.len());
    if kind == ResourceKind::User && document.values().map(is_long).sum::<usize>() > DOCUMENT_BYTES_MAX {
        return Err(ScimError::value(format!("a user has at most {DOCUMENT_BYTES_MAX} bytes")));
    }
    Ok(())
}

/// The schemas that a document follows, as answers name them.
#[must_use]
pub fn schemas_of(document: &Document, kind: ResourceKind) -> Vec<Value> {
    let extensions = kind.extensions().iter().filter(|schema| document.contains_key(schema.id));
    std::iter::once(kind.schema().id).chain(extensions.map(|schema| schema.id)).map(Value::from).collect()
}

/// A text of a document, such as `userName` or `name.givenName`.
#[must_use]
pub fn text<'doc>(document: &'doc Document, path: &[&str]) -> Option<&'doc str> {
    let (first, rest) = path.split_first()?;
    let mut value = document.get(*first)?;
    for name in rest {
        value = value.get(*name)?;
    }
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// What a directory calls somebody: the displayed name, else the parts of it, else what they sign in as.
#[must_use]
pub fn name_of(document: &Document) -> String {
    let part = |name| text(document, &["name", name]);
    let parts = [part("givenName"), part("familyName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = Some(parts).filter(|parts| !parts.is_empty());
    let displayed = text(document, &["displayName"]).or_else(|| part("formatted"));
    let name = displayed.map(str::to_owned).or(parts);
    name.unwrap_or_else(|| text(document, &["userName"]).unwrap_or_default().to_owned())
}

/// The address of somebody by which mail reaches them: the primary one, else that for work, else the first.
#[must_use]
pub fn email_of(document: &Document) -> Option<&str> {
    let emails = document.get("emails")?.as_array()?;
    let value = |email: &'_ Value| email.get("value").and_then(Value::as_str).is_some();
    let primary = emails.iter().find(|email| email.get("primary") == Some(&Value::Bool(true)) && value(email));
    let work = || emails.iter().find(|email| email.get("type").and_then(Value::as_str) == Some("work") && value(email));
    let first = || emails.iter().find(|email| value(email));
    primary.or_else(work).or_else(first)?.get("value")?.as_str()
}

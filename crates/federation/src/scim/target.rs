//! Names of attributes in filters, paths and lists: `userName`, `name.givenName`, and with the name of a schema before
//! them. Names count in any case (RFC 7643, section 2.1).

use super::attribute::{Attribute, Kind};
use super::error::{Result, ScimError, ScimType, quoted};
use super::schema::{ResourceKind, Schema};
use serde_json::{Map, Value};

/// Members of a resource.
pub type Document = Map<String, Value>;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The extension that it belongs to.
    pub extension: Option<&'static Schema>,
    /// The attribute; nothing when a whole extension is meant.
    pub attribute: Option<&'static Attribute>,
    /// The attribute inside of it.
    pub inner: Option<&'static Attribute>,
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        let names = |target: &Self| {
            let of = |attribute: Option<&Attribute>| attribute.map(|attribute| attribute.name);
            (target.extension.map(|schema| schema.id), of(target.attribute), of(target.inner))
        };
        names(self) == names(other)
    }
}

impl Target {
    /// What this name stands for in resources of a kind.
    ///
    /// # Errors
    /// [`ScimType::InvalidPath`] when there is no such attribute.
    pub fn parse(name: &str, kind: ResourceKind) -> Result<Self> {
        let unknown = || ScimError::path(format!("{} have no attribute \"{}\"", kind.endpoint(), quoted(name)));
        let (extension, rest) = match schema_of(name, kind) {
            Some((schema, rest)) => (Some(schema).filter(|schema| schema.id != kind.schema().id), rest),
            None => (None, name),
        };
        if rest.is_empty() {
            let extension = extension.ok_or_else(unknown)?;
            return Ok(Self { extension: Some(extension), attribute: None, inner: None });
        }
        let (attribute, inner) = match rest.split_once('.') {
            Some((attribute, inner)) => (attribute, Some(inner)),
            None => (rest, None),
        };
        let found = match extension {
            Some(schema) => schema.attribute(attribute),
            None => kind.attribute(attribute),
        };
        let attribute = found.ok_or_else(unknown)?;
        let inner = inner.map(|inner| attribute.inner(inner).ok_or_else(unknown)).transpose()?;
        Ok(Self { extension, attribute: Some(attribute), inner })
    }

    /// The attribute that values of it have: the inner one, or `value` of several complex ones.
    pub(super) fn compared(&self) -> Option<&'static Attribute> {
        let attribute = self.attribute?;
        match self.inner {
            Some(inner) => Some(inner),
            None if attribute.is_complex() => attribute.inner("value"),
            None => Some(attribute),
        }
    }

    /// The values that it has in a document, with those of several put together.
    pub(super) fn values<'doc>(&self, document: &'doc Document) -> Vec<&'doc Value> {
        let Some(attribute) = self.attribute else {
            return self.extension.and_then(|schema| document.get(schema.id)).into_iter().collect();
        };
        let members = match self.extension {
            Some(schema) => document.get(schema.id).and_then(Value::as_object),
            None => Some(document),
        };
        let Some(value) = members.and_then(|members| members.get(attribute.name)) else { return Vec::new() };
        let each = match value {
            Value::Array(each) => each.iter().collect(),
            single => vec![single],
        };
        // Several complex values are compared by their `value` unless one of their attributes is named.
        let inner = match (self.inner, attribute.kind) {
            (Some(inner), _) => Some(inner.name),
            (None, Kind::Complex) if attribute.is_many => Some("value"),
            (None, _) => None,
        };
        match inner {
            Some(inner) => each.into_iter().filter_map(|value| value.get(inner)).collect(),
            None => each,
        }
    }
}

/// The schema that a name begins with, and what stands behind it.
fn schema_of(name: &str, kind: ResourceKind) -> Option<(&'static Schema, &str)> {
    let schemas = kind.extensions().iter().copied().chain([kind.schema()]);
    for schema in schemas {
        let Some((start, rest)) = name.split_at_checked(schema.id.len()) else { continue };
        if !start.eq_ignore_ascii_case(schema.id) {
            continue;
        }
        // Entra puts a dot where the RFC has a colon.
        match rest.strip_prefix([':', '.']) {
            Some(rest) if !rest.is_empty() => return Some((schema, rest)),
            Some(_) => return None,
            None if rest.is_empty() => return Some((schema, rest)),
            None => {}
        }
    }
    None
}

/// Whether a character may stand in a name with its schema.
pub(super) const fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '$' | ':' | '.')
}

/// The same mistake, told of a filter.
pub(super) fn in_filter(mut error: ScimError) -> ScimError {
    error.kind = ScimType::InvalidFilter;
    error
}

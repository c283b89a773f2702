//! What a list is asked for: filter, order, page, and which attributes are shown (RFC 7644, sections 3.4.2 and 3.9).

use super::attribute::{Kind, Returned};
use super::discovery::{PAGE_RESOURCES, PAGE_RESOURCES_MAX};
use super::document::{member, names_schema};
use super::error::{Result, ScimError, ScimType, quoted};
use super::schema::ResourceKind;
use super::target::{Document, Target};
use serde_json::Value;
use soundkeep_domain::Timestamp;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What is asked for, before it is known of which kind of resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Which resources.
    pub filter: Option<String>,
    /// By which attribute they are ordered.
    pub sort_by: Option<String>,
    /// The other way around.
    pub descending: bool,
    /// The first of the page, from 1 on.
    pub start_index: usize,
    /// How many.
    pub count: usize,
    /// Only these attributes.
    pub attributes: Vec<String>,
    /// Not these attributes.
    pub excluded: Vec<String>,
}

impl Query {
    /// What the query of an address asks for.
    ///
    /// # Errors
    /// [`ScimType::InvalidValue`] when numbers are none.
    pub fn of_pairs<'pair>(pairs: impl Iterator<Item = (&'pair str, &'pair str)>) -> Result<Self> {
        let mut query = Self { start_index: 1, count: PAGE_RESOURCES, ..Self::default() };
        for (name, value) in pairs {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "filter" if !value.is_empty() => query.filter = Some(value.to_owned()),
                "sortby" if !value.is_empty() => query.sort_by = Some(value.to_owned()),
                "sortorder" => query.descending = is_descending(value)?,
                "startindex" => query.start_index = start_index(number(name, value)?),
                "count" => query.count = count(number(name, value)?),
                "attributes" => query.attributes = names(value),
                "excludedattributes" => query.excluded = names(value),
                _ => {}
            }
        }
        Ok(query)
    }

    /// What a search asks for that is sent as a body (RFC 7644, section 3.4.3).
    ///
    /// # Errors
    /// [`ScimType::InvalidSyntax`], [`ScimType::InvalidValue`].
    pub fn of_search(body: &Value) -> Result<Self> {
        let members = body.as_object().ok_or_else(|| ScimError::syntax("a search is a JSON object"))?;
        names_schema(members, SEARCH)?;
        let mut query = Self { start_index: 1, count: PAGE_RESOURCES, ..Self::default() };
        let text = |name: &str| match member(members, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(_) => Err(ScimError::value(format!("{name} is a text"))),
        };
        let whole = |name: &str| match member(members, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                value.as_i64().map(Some).ok_or_else(|| ScimError::value(format!("{name} is a whole number")))
            }
        };
        query.filter = text("filter")?;
        query.sort_by = text("sortBy")?;
        query.descending = text("sortOrder")?.map_or(Ok(false), |order| is_descending(&order))?;
        query.start_index = whole("startIndex")?.map_or(query.start_index, start_index);
        query.count = whole("count")?.map_or(query.count, count);
        query.attributes = listed(members, "attributes")?;
        query.excluded = listed(members, "excludedAttributes")?;
        Ok(query)
    }

    /// Which attributes of resources of a kind are shown.
    ///
    /// # Errors
    /// [`ScimType::InvalidValue`] when both lists are given: they exclude each other.
    pub fn selection(&self, kind: ResourceKind) -> Result<Selection> {
        let known = |names: &[String]| -> Vec<Target> {
            names.iter().filter_map(|name| Target::parse(name, kind).ok()).collect()
        };
        match (self.attributes.is_empty(), self.excluded.is_empty()) {
            (true, true) => Ok(Selection::Everything),
            (false, true) => Ok(Selection::Only(known(&self.attributes))),
            (true, false) => Ok(Selection::Without(known(&self.excluded))),
            (false, false) => Err(ScimError::value("attributes and excludedAttributes exclude each other")),
        }
    }

    /// The order of resources of a kind; nothing when none is asked for, or these have no such attribute.
    ///
    /// # Errors
    /// [`ScimType::InvalidPath`] when the name is none of an attribute.
    pub fn sort(&self, kind: ResourceKind) -> Result<Option<Sort>> {
        let Some(name) = &self.sort_by else { return Ok(None) };
        let target = Target::parse(name, kind)?;
        Ok(Some(Sort { target, descending: self.descending }))
    }
}

fn is_descending(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "descending" => Ok(true),
        "ascending" | "" => Ok(false),
        _ => Err(ScimError::value("sortOrder is ascending or descending")),
    }
}

fn number(name: &str, value: &str) -> Result<i64> {
    value.parse().map_err(|_| ScimError::value(format!("{} is a whole number", quoted(name))))
}

fn start_index(number: i64) -> usize {
    usize::try_from(number).unwrap_or(1).max(1)
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0).min(PAGE_RESOURCES_MAX)
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn listed(members: &Document, name: &str) -> Result<Vec<String>> {
    match member(members, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(names(text)),
        Some(Value::Array(each)) => {
            let text = |value: &Value| value.as_str().map(|text| text.trim().to_owned());
            let all: Option<Vec<String>> = each.iter().map(text).collect();
            all.ok_or_else(|| ScimError::new(ScimType::InvalidValue, format!("{name} is a list of texts")))
        }
        Some(_) => Err(ScimError::value(format!("{name} is a list of texts"))),
    }
}

/// Which attributes are shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// All that there are.
    Everything,
    /// These, and those that are always shown.
    Only(Vec<Target>),
    /// All but these, and but those that are always shown.
    Without(Vec<Target>),
}

impl Selection {
    /// Whether anything of an attribute of the schema itself is shown.
    #[must_use]
    pub fn shows(&self, name: &str) -> bool {
        let is_it = |target: &Target| {
            target.extension.is_none() && target.attribute.is_some_and(|attribute| attribute.name == name)
        };
        match self {
            Self::Everything => true,
            Self::Only(targets) => targets.iter().any(is_it),
            Self::Without(targets) => !targets.iter().any(|target| is_it(target) && target.inner.is_none()),
        }
    }

    /// What of a resource is shown.
    #[must_use]
    pub fn of(&self, mut document: Document, kind: ResourceKind) -> Document {
        match self {
            Self::Everything => document,
            Self::Only(targets) => {
                let always = kind.attributes().filter(|attribute| attribute.returned == Returned::Always);
                let mut shown = Document::new();
                for attribute in always {
                    if let Some(value) = document.get(attribute.name) {
                        shown.insert(attribute.name.to_owned(), value.clone());
                    }
                }
                for target in targets {
                    keep(target, &document, &mut shown);
                }
                shown
            }
            Self::Without(targets) => {
                for target in targets {
                    drop_of(target, &mut document);
                }
                document
            }
        }
    }
}

fn keep(target: &Target, document: &Document, shown: &mut Document) {
    let (from, into) = match target.extension {
        None => (document, shown),
        Some(schema) => {
            let Some(from) = document.get(schema.id).and_then(Value::as_object) else { return };
            let into = shown.entry(schema.id.to_owned()).or_insert_with(|| Document::new().into());
            let Some(into) = into.as_object_mut() else { return };
            (from, into)
        }
    };
    let Some(attribute) = target.attribute else {
        into.extend(from.clone());
        return;
    };
    let Some(value) = from.get(attribute.name) else { return };
    let Some(inner) = target.inner else {
        into.insert(attribute.name.to_owned(), value.clone());
        return;
    };
    let part = |value: &Value| value.get(inner.name).map(|part| (inner.name.to_owned(), part.clone()));
    match (value, into.get_mut(attribute.name)) {
        (Value::Array(each), Some(Value::Array(shown))) => {
            for (value, shown) in each.iter().zip(shown.iter_mut()) {
                shown.as_object_mut().into_iter().for_each(|shown| shown.extend(part(value)));
            }
        }
        (Value::Array(each), _) => {
            let parts: Vec<Value> = each.iter().map(|value| Document::from_iter(part(value)).into()).collect();
            into.insert(attribute.name.to_owned(), parts.into());
        }
        (value, Some(Value::Object(shown))) => shown.extend(part(value)),
        (value, _) => {
            into.insert(attribute.name.to_owned(), Document::from_iter(part(value)).into());
        }
    }
}

fn drop_of(target: &Target, document: &mut Document) {
    let members = match target.extension {
        None => Some(document),
        Some(schema) if target.attribute.is_none() => {
            document.remove(schema.id);
            return;
        }
        Some(schema) => document.get_mut(schema.id).and_then(Value::as_object_mut),
    };
    let (Some(members), Some(attribute)) = (members, target.attribute) else { return };
    if attribute.returned == Returned::Always {
        return;
    }
    let Some(inner) = target.inner else {
        members.remove(attribute.name);
        return;
    };
    match members.get_mut(attribute.name) {
        Some(Value::Array(each)) => {
            each.iter_mut().filter_map(Value::as_object_mut).for_each(|value| drop(value.remove(inner.name)));
        }
        Some(Value::Object(value)) => drop(value.remove(inner.name)),
        _ => {}
    }
}

/// An order of resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    target: Target,
    /// The other way around.
    pub descending: bool,
}

/// Where a resource stands in an order: what has no value comes last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// No or yes.
    Boolean(bool),
    /// A number.
    Integer(i64),
    /// A time.
    Time(Timestamp),
    /// A text.
    Text(String),
    /// Nothing.
    None,
}

impl Sort {
    /// The attribute of the schema itself that it goes by.
    #[must_use]
    pub fn attribute(&self) -> Option<(&'static str, Option<&'static str>)> {
        let attribute = self.target.attribute.filter(|_| self.target.extension.is_none())?;
        Some((attribute.name, self.target.inner.map(|inner| inner.name)))
    }

    /// Where a resource stands: by its primary value where it has several, else by the first.
    #[must_use]
    pub fn key(&self, document: &Document) -> SortKey {
        let Some(compared) = self.target.compared() else { return SortKey::None };
        let several = self.target.attribute.and_then(|attribute| document.get(attribute.name)?.as_array());
        let is_primary = |value: &Value| value.get("primary") == Some(&Value::Bool(true));
        let at = several.and_then(|several| several.iter().position(is_primary)).unwrap_or(0);
        let values = self.target.values(document);
        let Some(value) = values.get(at).or_else(|| values.first()) else { return SortKey::None };
        let key = match compared.kind {
            Kind::Boolean => value.as_bool().map(SortKey::Boolean),
            Kind::Integer => value.as_i64().map(SortKey::Integer),
            Kind::DateTime => value.as_str().and_then(|text| text.parse().ok()).map(SortKey::Time),
            _ if compared.is_case_exact => value.as_str().map(|text| SortKey::Text(text.to_owned())),
            _ => value.as_str().map(|text| SortKey::Text(text.to_lowercase())),
        };
        key.unwrap_or(SortKey::None)
    }
}

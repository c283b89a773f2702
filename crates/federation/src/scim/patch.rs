//! PATCH (RFC 7644, section 3.5.2), as the RFC has it and as Okta and Entra send it: operations in any case, texts for
//! yes and no, members by path and by list, dotted names and names with a schema without a path.

use super::attribute::{Attribute, Mutability};
use super::document::{VALUES_MAX, check, extension_of, member, names_schema, several, single, value_of};
use super::error::{Result, ScimError, ScimType, quoted};
use super::filter::{Comparison, Filter};
use super::schema::ResourceKind;
use super::target::{Document, Target, is_of_name};
use serde_json::{Map, Value};

/// Most operations of one PATCH.
pub const OPERATIONS_MAX: usize = 1000;
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A value is added.
    Add,
    /// A value is taken away.
    Remove,
    /// A value is put in the place of another.
    Replace,
}

/// To what it is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The attribute.
    pub target: Target,
    /// Which of several values, and their own attribute.
    pub within: Option<Filter>,
}

/// One operation on one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What is done.
    pub verb: Verb,
    /// To what.
    pub path: Path,
    /// The value as it was sent.
    pub value: Value,
    /// The path stood in a value, where what we don't know is left out instead of being refused.
    is_lenient: bool,
}

impl Path {
    /// The path of a text.
    ///
    /// # Errors
    /// [`ScimType::InvalidPath`] when there is no such attribute, or it can't be read.
    pub fn parse(text: &str, kind: ResourceKind) -> Result<Self> {
        let text = text.trim();
        let length = text.find(|character| !is_of_name(character)).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(length).unwrap_or((text, ""));
        let mut target = Target::parse(name, kind)?;
        let Some(inside) = rest.strip_prefix('[') else {
            return match rest.is_empty() {
                true => Ok(Self { target, within: None }),
                false => Err(ScimError::path(format!("\"{}\" is no path", quoted(text)))),
            };
        };
        let attribute = target.attribute.filter(|attribute| attribute.is_many && attribute.is_complex());
        let attribute = attribute.filter(|_| target.inner.is_none()).ok_or_else(|| {
            ScimError::path(format!("\"{}\" has no values among which a filter could choose", quoted(name)))
        })?;
        // A filter that can't be read makes the path one that can't be.
        let (within, length) =
            Filter::parse_within(inside, attribute).map_err(|error| ScimError::path(error.detail))?;
        let behind = inside.get(length..).unwrap_or_default();
        if !behind.is_empty() {
            let inner = behind.strip_prefix('.').and_then(|inner| attribute.inner(inner));
            let inner = inner.ok_or_else(|| {
                ScimError::path(format!("{} have no attribute \"{}\"", attribute.name, quoted(behind)))
            })?;
            target.inner = Some(inner);
        }
        Ok(Self { target, within: Some(within) })
    }
}

/// The operations of a PATCH; one without a path becomes one for each attribute that it names.
///
/// # Errors
/// [`ScimType::InvalidSyntax`], [`ScimType::InvalidPath`], [`ScimType::NoTarget`], [`ScimType::InvalidValue`].
pub fn operations(body: &Value, kind: ResourceKind) -> Result<Vec<Operation>> {
    let members = body.as_object().ok_or_else(|| ScimError::syntax("a PATCH is a JSON object"))?;
    names_schema(members, PATCH)?;
    let listed = member(members, "Operations").and_then(Value::as_array);
    let listed = listed.filter(|listed| !listed.is_empty());
    let listed = listed.ok_or_else(|| ScimError::syntax("a PATCH has a list of Operations"))?;
    if listed.len() > OPERATIONS_MAX {
        return Err(ScimError::syntax(format!("a PATCH has at most {OPERATIONS_MAX} operations")));
    }
    let mut operations = Vec::with_capacity(listed.len());
    for operation in listed {
        let operation = operation.as_object().ok_or_else(|| ScimError::syntax("an operation is a JSON object"))?;
        read(operation, kind, &mut operations)?;
    }
    Ok(operations)
}

fn read(operation: &Document, kind: ResourceKind, operations: &mut Vec<Operation>) -> Result<()> {
    let word = member(operation, "op").and_then(Value::as_str).unwrap_or_default();
    let verb = match word.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "remove" => Verb::Remove,
        "replace" => Verb::Replace,
        _ => return Err(ScimError::syntax("op is one of add, remove and replace")),
    };
    let value = member(operation, "value").cloned().unwrap_or(Value::Null);
    match member(operation, "path") {
        Some(Value::String(path)) if !path.trim().is_empty() => {
            let path = Path::parse(path, kind)?;
            operations.push(Operation { verb, path, value, is_lenient: false });
            Ok(())
        }
        None | Some(Value::Null | Value::String(_)) => without_path(verb, &value, kind, operations),
        Some(_) => Err(ScimError::path("a path is a text")),
    }
}

/// Each member of the value is a path of its own. What only we say, and what we don't know, is left out: directories send
/// whole resources.
fn without_path(verb: Verb, value: &Value, kind: ResourceKind, operations: &mut Vec<Operation>) -> Result<()> {
    let members = match (verb, value) {
        (Verb::Remove, Value::Null) => {
            return Err(ScimError::new(ScimType::NoTarget, "what is removed is named by a path"));
        }
        (_, Value::Object(members)) => members,
        _ => return Err(ScimError::value("without a path the value is an object of attributes")),
    };
    for (name, value) in members {
        let Ok(path) = Path::parse(name, kind) else { continue };
        operations.push(Operation { verb, path, value: value.clone(), is_lenient: true });
    }
    Ok(())
}

/// Carries operations out on a document, one after the other.
///
/// # Errors
/// [`ScimType::Mutability`], [`ScimType::NoTarget`], [`ScimType::InvalidValue`]; then the document is to be thrown away.
pub fn apply(operations: &[Operation], document: &mut Document, kind: ResourceKind) -> Result<()> {
    for operation in operations {
        operation.apply(document)?;
    }
    check(document, kind)
}

impl Operation {
    fn apply(&self, document: &mut Document) -> Result<()> {
        let target = self.path.target;
        let is_read_only =
            target.attribute.is_some_and(Attribute::is_read_only) || target.inner.is_some_and(Attribute::is_read_only);
        if is_read_only {
            return match self.is_lenient {
                true => Ok(()),
                false => Err(ScimError::mutability("this attribute can't be changed")),
            };
        }
        let Some(schema) = target.extension else {
            let Some(attribute) = target.attribute else { return Ok(()) };
            return self.apply_to(attribute, document);
        };
        let mut extension = document.get(schema.id).and_then(Value::as_object).cloned().unwrap_or_default();
        match target.attribute {
            Some(attribute) => self.apply_to(attribute, &mut extension)?,
            None if self.verb == Verb::Remove => extension.clear(),
            None => extension.extend(extension_of(schema, &self.value)?),
        }
        match extension.is_empty() {
            true => document.remove(schema.id),
            false => document.insert(schema.id.to_owned(), extension.into()),
        };
        Ok(())
    }

    fn apply_to(&self, attribute: &'static Attribute, members: &mut Document) -> Result<()> {
        if self.verb == Verb::Remove && attribute.is_required && self.path.target.inner.is_none() {
            return Err(ScimError::mutability(format!("{} must be there", attribute.name)));
        }
        match (attribute.is_many, self.path.target.inner) {
            (true, _) => {
                let held = members.get(attribute.name).and_then(Value::as_array).cloned().unwrap_or_default();
                let values = self.change_several(attribute, held)?;
                put(members, attribute, (!values.is_empty()).then(|| values.into()));
            }
            (false, Some(inner)) => {
                let held = members.get(attribute.name).and_then(Value::as_object).cloned();
                let mut held = held.unwrap_or_default();
                let value = if self.verb == Verb::Remove { None } else { single(inner, &self.value)? };
                put(&mut held, inner, value);
                put(members, attribute, (!held.is_empty()).then(|| held.into()));
            }
            (false, None) if self.verb == Verb::Remove => put(members, attribute, None),
            (false, None) => {
                let value = value_of(attribute, &self.value)?;
                // What isn't said of something with attributes of its own stays as it is.
                let merged = match (value, members.get(attribute.name).and_then(Value::as_object)) {
                    (Some(Value::Object(said)), Some(held)) => Some(merged(held, said).into()),
                    (value, _) => value,
                };
                put(members, attribute, merged);
            }
        }
        Ok(())
    }

    fn change_several(&self, attribute: &'static Attribute, held: Vec<Value>) -> Result<Vec<Value>> {
        if let Some(inner) = self.path.target.inner {
            if inner.mutability == Mutability::Immutable {
                return Err(ScimError::mutability(format!("{}.{} can't be changed", attribute.name, inner.name)));
            }
            return self.change_inner(attribute, inner, held);
        }
        match (&self.path.within, self.verb) {
            (Some(within), Verb::Remove) => Ok(held.into_iter().filter(|value| !within.fits_element(value)).collect()),
            (Some(within), Verb::Replace) => {
                let value =
                    single(attribute, &only(&self.value))?.ok_or_else(|| ScimError::value("a value is expected"))?;
                if !held.iter().any(|value| within.fits_element(value)) {
                    return Err(ScimError::new(ScimType::NoTarget, "no value fits the filter of the path"));
                }
                let swap = |held: Value| if within.fits_element(&held) { value.clone() } else { held };
                Ok(held.into_iter().map(swap).collect())
            }
            (Some(_), Verb::Add) | (None, Verb::Add) => added(held, several(attribute, &self.value)?),
            (None, Verb::Replace) => several(attribute, &self.value),
            (None, Verb::Remove) => {
                let said = several(attribute, &self.value)?;
                // Entra names what goes in the value; without one everything goes.
                if said.is_empty() && is_nothing(&self.value) {
                    return Ok(Vec::new());
                }
                Ok(held.into_iter().filter(|held| !said.iter().any(|said| is_same(said, held))).collect())
            }
        }
    }

    /// One attribute of those values that the path chooses, or of a new one that it describes.
    fn change_inner(&self, attribute: &Attribute, inner: &Attribute, mut held: Vec<Value>) -> Result<Vec<Value>> {
        let value = if self.verb == Verb::Remove { None } else { single(inner, &only(&self.value))? };
        let chosen = |held: &Value| self.path.within.as_ref().is_none_or(|within| within.fits_element(held));
        let mut found = false;
        for each in held.iter_mut().filter(|each| chosen(each)) {
            found = true;
            if let Some(members) = each.as_object_mut() {
                put(members, inner, value.clone());
            }
        }
        held.retain(|each| each.as_object().is_none_or(|members| !members.is_empty()));
        if found || self.verb == Verb::Remove {
            return Ok(held);
        }
        let Some(value) = value else { return Ok(held) };
        let mut new = Map::new();
        if let Some(within) = &self.path.within
            && !described(within, &mut new)
        {
            return Err(ScimError::new(ScimType::NoTarget, format!("no value of {} fits the filter", attribute.name)));
        }
        new.insert(inner.name.to_owned(), value);
        added(held, vec![new.into()])
    }
}

fn put(members: &mut Document, attribute: &Attribute, value: Option<Value>) {
    match value {
        Some(value) => members.insert(attribute.name.to_owned(), value),
        None => members.remove(attribute.name),
    };
}

fn merged(held: &Document, said: Document) -> Document {
    let mut whole = held.clone();
    whole.extend(said);
    whole
}

/// The only value of a list of one.
fn only(value: &Value) -> Value {
    match value.as_array().map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => value.clone(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(each) => each.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether two values of several are the same one: by their `value`, and by `type` where both say it.
fn is_same(said: &Value, held: &Value) -> bool {
    match (said.get("value"), held.get("value")) {
        (Some(one), Some(other)) => {
            one == other
                && match (said.get("type"), held.get("type")) {
                    (Some(one), Some(other)) => one == other,
                    _ => true,
                }
        }
        _ => said == held,
    }
}

/// The values with more behind them: none twice, and of several that are primary the last.
fn added(mut held: Vec<Value>, more: Vec<Value>) -> Result<Vec<Value>> {
    for value in more {
        if value.get("primary") == Some(&Value::Bool(true)) {
            for each in held.iter_mut().filter_map(Value::as_object_mut) {
                if each.get("primary") == Some(&Value::Bool(true)) {
                    each.insert("primary".to_owned(), Value::Bool(false));
                }
            }
        }
        match held.iter_mut().find(|held| is_same(&value, held)) {
            Some(same) => match (same.as_object_mut(), value) {
                (Some(same), Value::Object(said)) => same.extend(said),
                (_, value) => *same = value,
            },
            None => held.push(value),
        }
    }
    if held.len() > VALUES_MAX {
        return Err(ScimError::value(format!("at most {VALUES_MAX} values")));
    }
    Ok(held)
}

/// What a value must be like to fit a filter, when the filter says that in equalities alone.
fn described(within: &Filter, new: &mut Map<String, Value>) -> bool {
    match within {
        Filter::All(all) => all.iter().all(|each| described(each, new)),
        Filter::Compares(Target { attribute: Some(attribute), .. }, Comparison::Equal, value) if !value.is_null() => {
            match single(attribute, value) {
                Ok(Some(value)) => {
                    new.insert(attribute.name.to_owned(), value);
                    true
                }
                _ => false,
            }
        }
        _ => false,
    }
}

//! Filters (RFC 7644, section 3.4.2.2): reading them, and asking whether a resource fits.
//!
//! Nothing that is nested deeper than [`DEPTH_MAX`] is read, so that nobody's filter uses up the stack.

mod reader;

use super::attribute::{Attribute, Kind};
use super::error::Result;
use super::schema::ResourceKind;
use super::target::{Document, Target};
use reader::{Names, Reader};
use serde_json::Value;
use soundkeep_domain::Timestamp;
use std::cmp::Ordering;

/// Longest filter, in bytes.
pub const FILTER_BYTES_MAX: usize = 16 * 1024;
/// How deep parentheses and `not` may stand in each other.
pub const DEPTH_MAX: usize = 32;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`: they are the same.
    Equal,
    /// `ne`: they differ.
    Differs,
    /// `co`: the first contains the second.
    Contains,
    /// `sw`: the first begins with the second.
    Begins,
    /// `ew`: the first ends with the second.
    Ends,
    /// `gt`: the first is greater.
    Greater,
    /// `ge`: the first is greater, or they are the same.
    AtLeast,
    /// `lt`: the first is less.
    Less,
    /// `le`: the first is less, or they are the same.
    AtMost,
}

impl Comparison {
    const ALL: [(&'static str, Self); 9] = [
        ("eq", Self::Equal),
        ("ne", Self::Differs),
        ("co", Self::Contains),
        ("sw", Self::Begins),
        ("ew", Self::Ends),
        ("gt", Self::Greater),
        ("ge", Self::AtLeast),
        ("lt", Self::Less),
        ("le", Self::AtMost),
    ];

    const fn is_of_order(self) -> bool {
        matches!(self, Self::Greater | Self::AtLeast | Self::Less | Self::AtMost)
    }
    const fn is_of_parts(self) -> bool {
        matches!(self, Self::Contains | Self::Begins | Self::Ends)
    }
    const fn fits(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Differs => ordering.is_ne(),
            Self::Greater => ordering.is_gt(),
            Self::AtLeast => ordering.is_ge(),
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Contains | Self::Begins | Self::Ends => false,
        }
    }
}

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these.
    All(Vec<Self>),
    /// One of these.
    Any(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// The attribute has a value.
    Present(Target),
    /// A value of the attribute compares like this.
    Compares(Target, Comparison, Value),
    /// One of several complex values fits a filter over its own attributes.
    Within(Target, Box<Self>),
    /// An attribute that these resources don't have.
    Never,
}

/// What becomes of a name that isn't known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// The filter is refused.
    Refused,
    /// Nothing fits: other kinds of resources may have it.
    FitsNothing,
}

impl Filter {
    /// The filter of a text, over resources of a kind.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidFilter`] with what is wrong.
    pub fn parse(text: &str, kind: ResourceKind, unknown: Unknown) -> Result<Self> {
        Reader::new(text, Names::Of(kind), unknown)?.whole()
    }

    /// A filter over the attributes of one complex attribute, as it stands between brackets: up to the bracket that closes.
    pub(super) fn parse_within(text: &str, attribute: &'static Attribute) -> Result<(Self, usize)> {
        Reader::new(text, Names::Within(attribute), Unknown::Refused)?.up_to_bracket()
    }

    /// Whether a resource fits.
    #[must_use]
    pub fn fits(&self, document: &Document) -> bool {
        match self {
            Self::All(all) => all.iter().all(|each| each.fits(document)),
            Self::Any(any) => any.iter().any(|each| each.fits(document)),
            Self::Not(not) => !not.fits(document),
            Self::Never => false,
            Self::Present(target) => target.values(document).into_iter().any(is_something),
            Self::Compares(target, comparison, wanted) => compares(target, *comparison, wanted, document),
            Self::Within(target, inner) => target
                .attribute
                .and_then(|attribute| match target.extension {
                    Some(schema) => document.get(schema.id)?.get(attribute.name),
                    None => document.get(attribute.name),
                })
                .is_some_and(|value| match value {
                    Value::Array(each) => each.iter().any(|value| inner.fits_element(value)),
                    single => inner.fits_element(single),
                }),
        }
    }

    /// Whether one complex value fits a filter over its own attributes.
    pub(super) fn fits_element(&self, value: &Value) -> bool {
        value.as_object().is_some_and(|members| self.fits(members))
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(each) => !each.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compares(target: &Target, comparison: Comparison, wanted: &Value, document: &Document) -> bool {
    let values = target.values(document);
    match (comparison, wanted) {
        (Comparison::Equal, Value::Null) => !values.into_iter().any(is_something),
        (Comparison::Differs, Value::Null) => values.into_iter().any(is_something),
        // What isn't there differs from everything; of several values none may be the same.
        (Comparison::Differs, _) => !compares(target, Comparison::Equal, wanted, document),
        _ => {
            let Some(attribute) = target.compared() else { return false };
            values.into_iter().any(|value| compares_one(attribute, comparison, value, wanted))
        }
    }
}

fn compares_one(attribute: &Attribute, comparison: Comparison, value: &Value, wanted: &Value) -> bool {
    match attribute.kind {
        Kind::Boolean => {
            truth(value).zip(truth(wanted)).is_some_and(|(value, wanted)| comparison.fits(value.cmp(&wanted)))
        }
        Kind::Integer => {
            let ordered = value.as_f64().zip(wanted.as_f64()).and_then(|(value, wanted)| value.partial_cmp(&wanted));
            ordered.is_some_and(|ordering| comparison.fits(ordering))
        }
        Kind::DateTime => {
            let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
            time(value).zip(time(wanted)).is_some_and(|(value, wanted)| comparison.fits(value.cmp(&wanted)))
        }
        Kind::Text | Kind::Reference | Kind::Binary => {
            let Some((value, wanted)) = value.as_str().zip(wanted.as_str()) else { return false };
            match attribute.is_case_exact {
                true => compares_text(comparison, value, wanted),
                false => compares_text(comparison, &value.to_lowercase(), &wanted.to_lowercase()),
            }
        }
        Kind::Complex => false,
    }
}

fn compares_text(comparison: Comparison, value: &str, wanted: &str) -> bool {
    match comparison {
        Comparison::Contains => value.contains(wanted),
        Comparison::Begins => value.starts_with(wanted),
        Comparison::Ends => value.ends_with(wanted),
        ordered => ordered.fits(value.cmp(wanted)),
    }
}

/// Yes or no, also as the text that Entra makes of it.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

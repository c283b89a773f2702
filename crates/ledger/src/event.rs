//! Events as leaves: a canonical JSON object with few required members, else opaque here.
//!
//! It must not know the kinds of events, nor what their members mean.

use serde_json::Value;
use thiserror::Error;

use crate::canonical::{self, CanonicalError};
use crate::commitment::{self, CommitmentError, Openings};
use crate::hash::Hash;
use crate::tree;

/// Leaves beyond this length are refused.
pub const LEAF_BYTES_MAX: usize = 1024 * 1024;

/// Why something isn't an event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EventError {
    /// It has no canonical form, or isn't in it.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// It isn't an object.
    #[error("an event is a JSON object")]
    NotAnObject,
    /// A required member is missing or of the wrong type.
    #[error("the member {0} is missing or of the wrong type")]
    Member(&'static str),
    /// It is longer than [`LEAF_BYTES_MAX`].
    #[error("the event is too long")]
    TooLong,
}

/// An event that can be a leaf: it has the members `v` (integer from 1), `id` (text), `at`
/// (microseconds UTC) and `kind` (text), and its canonical bytes are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    value: Value,
    leaf: String,
}

impl Event {
    /// Makes an event of a value.
    ///
    /// # Errors
    /// Any [`EventError`] but the not-canonical one.
    pub fn from_value(value: Value) -> Result<Self, EventError> {
        check_members(&value)?;
        let leaf = canonical::to_string(&value)?;
        if leaf.len() > LEAF_BYTES_MAX {
            return Err(EventError::TooLong);
        }
        Ok(Self { value, leaf })
    }

    /// Reads the bytes of a leaf, which must be canonical.
    ///
    /// # Errors
    /// Any [`EventError`].
    pub fn parse(leaf: &str) -> Result<Self, EventError> {
        if leaf.len() > LEAF_BYTES_MAX {
            return Err(EventError::TooLong);
        }
        let value = canonical::parse(leaf.as_bytes())?;
        check_members(&value)?;
        Ok(Self { value, leaf: leaf.to_owned() })
    }

    /// The canonical JSON whose bytes are the leaf.
    #[must_use]
    pub fn leaf(&self) -> &str {
        &self.leaf
    }

    /// The hash of the leaf in the tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        tree::leaf_hash(self.leaf.as_bytes())
    }

    /// The whole object.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// A text member on the top level.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<&str> {
        self.value.get(member)?.as_str()
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("kind").unwrap_or_default()
    }

    /// When it happened, in microseconds UTC.
    #[must_use]
    pub fn at(&self) -> i64 {
        self.value.get("at").and_then(Value::as_i64).unwrap_or_default()
    }

    /// The paths of all committed members.
    #[must_use]
    pub fn committed_paths(&self) -> Vec<String> {
        commitment::committed_paths(&self.value)
    }

    /// Checks all openings; the path of the first that doesn't hold stands in the error.
    ///
    /// # Errors
    /// The path and its [`CommitmentError`].
    pub fn check_openings(&self, openings: &Openings) -> Result<(), (String, CommitmentError)> {
        for (path, opening) in openings {
            commitment::check_opening_in(&self.value, path, opening).map_err(|why| (path.clone(), why))?;
        }
        Ok(())
    }
}

fn check_members(value: &Value) -> Result<(), EventError> {
    if !value.is_object() {
        return Err(EventError::NotAnObject);
    }
    let text = |name| value.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let integer = |name| value.get(name).and_then(Value::as_i64);
    if integer("v").is_none_or(|version| version < 1) {
        return Err(EventError::Member("v"));
    }
    if integer("at").is_none() {
        return Err(EventError::Member("at"));
    }
    if !text("id") {
        return Err(EventError::Member("id"));
    }
    if !text("kind") {
        return Err(EventError::Member("kind"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value() -> Value {
        json!({"v": 1, "id": "e1", "kind": "recording_play", "at": 1_763_761_200_000_000_i64, "outcome": "allowed"})
    }

    #[test]
    fn an_event_is_its_canonical_text() {
        let event = Event::from_value(value()).unwrap();
        let leaf = r#"{"at":1763761200000000,"id":"e1","kind":"recording_play","outcome":"allowed","v":1}"#;
        assert_eq!(event.leaf(), leaf);
        assert_eq!(Event::parse(leaf).unwrap(), event);
        assert_eq!((event.id(), event.kind(), event.at()), ("e1", "recording_play", 1_763_761_200_000_000));
        assert_eq!(event.leaf_hash(), Hash::of(&[b"\0", leaf.as_bytes()]));
        assert_eq!(Event::parse(&leaf.replace(':', ": ")), Err(EventError::Canonical(CanonicalError::NotCanonical)));
    }

    #[test]
    fn required_members_are_required() {
        for (name, wrong) in [("v", json!(0)), ("at", json!("now")), ("id", json!("")), ("kind", json!(null))] {
            let mut event = value();
            event[name] = wrong;
            assert_eq!(Event::from_value(event), Err(EventError::Member(name)));
            let mut event = value();
            event.as_object_mut().unwrap().remove(name);
            assert_eq!(Event::from_value(event), Err(EventError::Member(name)));
        }
        assert_eq!(Event::from_value(json!([])), Err(EventError::NotAnObject));
    }

    #[test]
    fn a_fraction_or_an_endless_event_is_refused() {
        let mut event = value();
        event["detail"] = json!(0.5);
        assert_eq!(Event::from_value(event.clone()), Err(EventError::Canonical(CanonicalError::Number)));
        event["detail"] = json!("a".repeat(LEAF_BYTES_MAX));
        assert_eq!(Event::from_value(event.clone()), Err(EventError::TooLong));
        assert_eq!(Event::parse(&event.to_string()), Err(EventError::TooLong));
    }
}

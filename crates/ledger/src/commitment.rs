//! Salted commitments: what stands in an event instead of a personal value.
//!
//! The event keeps only the commitment. The opening (salt and value) travels beside it and can be
//! destroyed, so that a person is forgotten while the tree stays whole: without the salt, the value
//! can't be guessed from the hash.
//!
//! It must not draw salts itself.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::canonical::{self, CanonicalError};
use crate::hash::Hash;

const DOMAIN: &[u8] = b"soundkeep-commitment-v1\n";

/// Length of a salt in bytes.
pub const SALT_BYTES: usize = 32;

/// Why a commitment can't be made or doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitmentError {
    /// The value has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// The path isn't a JSON Pointer to a member, or contains a zero byte.
    #[error("the path is not a JSON Pointer to a member")]
    Path,
    /// Nothing is committed at that path.
    #[error("nothing is committed at that path")]
    Absent,
    /// Salt and value are not those that were committed.
    #[error("the opening doesn't fit the commitment")]
    Mismatch,
}

/// 32 random bytes, one salt per value, never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Salt([u8; SALT_BYTES]);

impl Salt {
    /// Wraps 32 bytes from the caller's entropy.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; SALT_BYTES]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; SALT_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for Salt {
    /// A salt is as secret as the value that it hides.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Salt")
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        URL_SAFE_NO_PAD.encode(salt.0)
    }
}

impl TryFrom<String> for Salt {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a salt is 32 bytes in unpadded base64url")
    }
}

/// What stands in the event: `{"c":"<base64url of the hash>"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment(Hash);

impl Commitment {
    /// The hash.
    #[must_use]
    pub const fn hash(&self) -> &Hash {
        &self.0
    }

    /// The member value that stands in the event.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "c": URL_SAFE_NO_PAD.encode(self.0.as_bytes()) })
    }

    /// Reads a member value; `None` when it is a plain value.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let members = value.as_object().filter(|members| members.len() == 1)?;
        let bytes = URL_SAFE_NO_PAD.decode(members.get("c")?.as_str()?).ok()?;
        Hash::from_slice(&bytes).map(Self)
    }
}

/// What shows the value behind a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The salt of the commitment.
    pub salt: Salt,
    /// The value that was committed.
    pub value: Value,
}

/// Openings of one event, by the JSON Pointer (RFC 6901) of the committed member.
pub type Openings = BTreeMap<String, Opening>;

/// Commits to a value at a path (JSON Pointer, as `/actor/name`): SHA-256 of
/// `soundkeep-commitment-v1`, newline, salt, path, 0x00 and the canonical JSON of the value.
///
/// # Errors
/// [`CommitmentError::Path`], [`CommitmentError::Canonical`].
pub fn commit(path: &str, salt: &Salt, value: &Value) -> Result<Commitment, CommitmentError> {
    if !path.starts_with('/') || path.contains('\0') {
        return Err(CommitmentError::Path);
    }
    let text = canonical::to_string(value)?;
    Ok(Commitment(Hash::of(&[DOMAIN, &salt.0, path.as_bytes(), &[0], text.as_bytes()])))
}

/// Checks that an opening shows what was committed at this path.
///
/// # Errors
/// [`CommitmentError::Mismatch`] or why no commitment can be made of the opening.
pub fn check_opening(commitment: &Commitment, path: &str, opening: &Opening) -> Result<(), CommitmentError> {
    if commit(path, &opening.salt, &opening.value)? == *commitment { Ok(()) } else { Err(CommitmentError::Mismatch) }
}

/// Checks an opening against the commitment that stands in the event at its path.
///
/// # Errors
/// [`CommitmentError::Absent`] when a plain value or nothing stands there; else as [`check_opening`].
pub fn check_opening_in(event: &Value, path: &str, opening: &Opening) -> Result<(), CommitmentError> {
    let commitment = event.pointer(path).and_then(Commitment::from_value).ok_or(CommitmentError::Absent)?;
    check_opening(&commitment, path, opening)
}

/// Replaces the values at the paths by commitments and gives their openings. Members that are
/// absent or null are left as they are: there is nobody to protect. `salt` is drawn once per value.
///
/// # Errors
/// [`CommitmentError::Path`] when one path contains another, [`CommitmentError::Canonical`]; the event
/// may then be half concealed and must not be used.
pub fn conceal(event: &mut Value, paths: &[&str], mut salt: impl FnMut() -> Salt) -> Result<Openings, CommitmentError> {
    let contains = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut openings = Openings::new();
    for (position, path) in paths.iter().enumerate() {
        if paths.iter().enumerate().any(|(other, outer)| other != position && contains(outer, path)) {
            return Err(CommitmentError::Path);
        }
        let Some(member) = event.pointer_mut(path).filter(|member| !member.is_null()) else {
            continue;
        };
        let salt = salt();
        let commitment = commit(path, &salt, member)?;
        let value = std::mem::replace(member, commitment.to_value());
        openings.insert((*path).to_owned(), Opening { salt, value });
    }
    Ok(openings)
}

/// The paths of all commitments in an event, in the order of its members.
#[must_use]
pub fn committed_paths(event: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect_paths(event, &mut String::new(), &mut paths);
    paths
}

fn collect_paths(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    if Commitment::from_value(value).is_some() {
        paths.push(path.clone());
        return;
    }
    let length = path.len();
    let mut descend = |path: &mut String, step: &str, inner: &Value| {
        path.push('/');
        path.push_str(&step.replace('~', "~0").replace('/', "~1"));
        collect_paths(inner, path, paths);
        path.truncate(length);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, inner)| descend(path, name, inner)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(position, inner)| descend(path, &position.to_string(), inner))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn salt() -> Salt {
        Salt::from_bytes(std::array::from_fn(|place| u8::try_from(place).unwrap()))
    }

    #[test]
    fn commitments_never_change_their_form() {
        // Computed apart from this code; whoever changes these breaks every ledger that exists.
        let name = commit("/actor/name", &salt(), &json!("Ada €")).unwrap();
        assert_eq!(name.to_value(), json!({"c": "9mKf8miLqf6QH-0AhgcrknD4ddgxR7-q4MPgtvYbrck"}));
        let old = commit("/old", &salt(), &json!({"b": [null, true], "a": 1})).unwrap();
        assert_eq!(old.to_value(), json!({"c": "TLRW1MxnZroRjHGiLpYYugZKwrAN8NUoKVrDPtduAFc"}));
    }

    #[test]
    fn an_opening_fits_only_its_salt_path_and_value() {
        let commitment = commit("/actor/name", &salt(), &json!("Ada")).unwrap();
        let opening = Opening { salt: salt(), value: json!("Ada") };
        assert_eq!(check_opening(&commitment, "/actor/name", &opening), Ok(()));
        assert_eq!(check_opening(&commitment, "/actor/mail", &opening), Err(CommitmentError::Mismatch));
        let other = Opening { value: json!("ada"), ..opening.clone() };
        assert_eq!(check_opening(&commitment, "/actor/name", &other), Err(CommitmentError::Mismatch));
        let other = Opening { salt: Salt::from_bytes([9; 32]), ..opening };
        assert_eq!(check_opening(&commitment, "/actor/name", &other), Err(CommitmentError::Mismatch));
    }

    #[test]
    fn concealing_leaves_no_value_in_the_event() {
        let mut event = json!({"actor": {"id": 1, "name": "Ada", "a/b": "x"}, "address": null, "list": ["Eve"]});
        let openings =
            conceal(&mut event, &["/actor/name", "/address", "/list/0", "/absent", "/actor/a~1b"], salt).unwrap();
        assert!(!event.to_string().contains("Ada") && !event.to_string().contains("Eve"));
        assert_eq!(openings.keys().collect::<Vec<_>>(), ["/actor/a~1b", "/actor/name", "/list/0"]);
        let mut paths = committed_paths(&event);
        paths.sort();
        assert_eq!(paths, ["/actor/a~1b", "/actor/name", "/list/0"]);
        for (path, opening) in &openings {
            assert_eq!(check_opening_in(&event, path, opening), Ok(()));
        }
        assert_eq!(check_opening_in(&event, "/actor/id", &openings["/actor/name"]), Err(CommitmentError::Absent));
        assert_eq!(check_opening_in(&event, "/absent", &openings["/actor/name"]), Err(CommitmentError::Absent));
    }

    #[test]
    fn paths_within_paths_are_refused() {
        for paths in [["/actor", "/actor/name"], ["/actor/name", "/actor"], ["/actor", "/actor"]] {
            let mut event = json!({"actor": {"name": "Ada"}});
            assert_eq!(conceal(&mut event, &paths, salt), Err(CommitmentError::Path));
        }
        let mut event = json!({"actor": "Ada", "actors": "Eve"});
        assert_eq!(conceal(&mut event, &["/actor", "/actors"], salt).unwrap().len(), 2);
        assert_eq!(commit("/a\0b", &salt(), &json!(1)), Err(CommitmentError::Path));
        assert_eq!(commit("", &salt(), &json!(1)), Err(CommitmentError::Path));
    }

    #[test]
    fn a_plain_value_is_no_commitment() {
        let hash = commit("/a", &salt(), &json!(1)).unwrap().to_value();
        let mut padded = hash.clone();
        padded["c"] = json!(format!("{}=", hash["c"].as_str().unwrap()));
        let mut more = hash.clone();
        more["d"] = json!(1);
        for value in [json!(null), json!("c"), json!({}), json!({"c": 1}), json!({"c": "AAAA"}), padded, more] {
            assert_eq!(Commitment::from_value(&value), None);
        }
        assert!(Commitment::from_value(&hash).is_some());
    }

    #[test]
    fn a_salt_is_never_printed_by_accident() {
        assert_eq!(format!("{:?}", Salt::from_bytes([7; 32])), "Salt");
    }

    proptest! {
        #[test]
        fn an_opening_reads_back(bytes in any::<[u8; 32]>(), value in any::<String>()) {
            let opening = Opening { salt: Salt::from_bytes(bytes), value: json!(value) };
            let text = serde_json::to_string(&opening).unwrap();
            prop_assert_eq!(serde_json::from_str::<Opening>(&text).unwrap(), opening);
        }
    }
}

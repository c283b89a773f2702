//! The names of sealed objects.
//!
//! Must not know: what the segments of a name stand for, or how a store keeps them.

use std::fmt;
use std::sync::Arc;

const NAME_BYTES_MAX: usize = 200;

/// A name of one or more segments of `a-z`, `0-9` and `-`, separated by `/`; at most 200 bytes.
///
/// There are no dots, so that no name can climb out of a folder. Names are public: they may show
/// in logs and in the bucket. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobName(Arc<str>);

/// A text isn't a name of a sealed object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a name of a sealed object: {reason}")]
pub struct InvalidBlobName {
    text: String,
    reason: &'static str,
}

impl BlobName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is too long, or a segment is empty or has another character.
    pub fn parse(text: &str) -> Result<Self, InvalidBlobName> {
        let invalid = |reason| InvalidBlobName { text: text.chars().take(NAME_BYTES_MAX).collect(), reason };
        if text.len() > NAME_BYTES_MAX {
            return Err(invalid("it is longer than 200 bytes"));
        }
        if text.split('/').any(str::is_empty) {
            return Err(invalid("a segment is empty"));
        }
        if !text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'/')) {
            return Err(invalid("only a-z, 0-9, - and / are allowed"));
        }
        Ok(Self(text.into()))
    }

    /// The name made of these segments.
    ///
    /// # Errors
    /// As [`Self::parse`]; also when a segment has a `/`.
    pub fn from_segments(segments: &[&str]) -> Result<Self, InvalidBlobName> {
        let name = segments.join("/");
        if segments.iter().any(|segment| segment.contains('/')) {
            return Err(InvalidBlobName { text: name, reason: "a segment has a /" });
        }
        Self::parse(&name)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part in front of the first `/`, or the whole name.
    #[must_use]
    pub fn first_segment(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Whether this name continues `prefix` by at least one segment.
    #[must_use]
    pub fn is_below(&self, prefix: &Self) -> bool {
        self.0.strip_prefix(&*prefix.0).is_some_and(|rest| rest.starts_with('/'))
    }
}

impl fmt::Display for BlobName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for BlobName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BlobName({})", self.0)
    }
}

impl std::str::FromStr for BlobName {
    type Err = InvalidBlobName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_plain_segments_are_taken() {
        for text in ["a", "0190-ab/1/original", "-", &"x".repeat(200)] {
            assert_eq!(BlobName::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(BlobName::from_segments(&["a", "b"]).unwrap().as_str(), "a/b");
    }

    #[test]
    fn names_that_could_climb_or_collide_are_refused() {
        for text in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/./b",
            "A",
            "a b",
            "a\\b",
            "a\0",
            "ä",
            "a+b",
            "a%2f",
            "a:b",
            &"x".repeat(201),
        ] {
            assert!(BlobName::parse(text).is_err(), "{text:?}");
        }
        assert!(BlobName::from_segments(&["a/b"]).is_err());
        assert!(BlobName::from_segments(&[]).is_err());
    }

    #[test]
    fn a_prefix_is_whole_segments() {
        let name = |text| BlobName::parse(text).unwrap();
        assert!(name("a/b/c").is_below(&name("a")));
        assert!(name("a/b/c").is_below(&name("a/b")));
        assert!(!name("ab/c").is_below(&name("a")));
        assert!(!name("a").is_below(&name("a")));
        assert_eq!(name("a/b").first_segment(), "a");
    }
}

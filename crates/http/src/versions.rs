//! Versions of things that change: `ETag`, `If-Match`, `If-None-Match` (RFC 9110, section 13).

use crate::problem::{Answer, Refusal};
use axum::Json;
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soundkeep_app::Error;
use std::hash::{DefaultHasher, Hasher as _};

/// Which version a change is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Nothing was said.
    Unsaid,
    /// Whichever there is.
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

/// The strong validator of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// Which version this request is meant for. Weak and foreign tags match none.
pub(crate) fn expected(headers: &HeaderMap) -> Expected {
    let mut versions = Vec::new();
    let mut said = false;
    for line in headers.get_all(IF_MATCH) {
        said = true;
        for tag in line.to_str().unwrap_or_default().split(',').map(str::trim) {
            if tag == "*" {
                return Expected::Any;
            }
            let said = tag.strip_prefix("\"v").and_then(|rest| rest.strip_suffix('"'));
            // What stands behind the version tells representations of one version apart; a change is meant for all.
            let version = said.map(|said| said.split_once('-').map_or(said, |(version, _)| version).parse::<i64>());
            versions.extend(version.and_then(Result::ok));
        }
    }
    if said { Expected::OneOf(versions) } else { Expected::Unsaid }
}

impl Expected {
    /// The version to change, given the one there is.
    ///
    /// # Errors
    /// 428 when nothing was said, 412 when another was meant.
    pub(crate) fn required(&self, current: i64) -> Answer<i64> {
        match self {
            Self::Unsaid => Err(Refusal::PreconditionRequired),
            other => other.optional(current),
        }
    }
    /// The same where it may be left out.
    pub(crate) fn optional(&self, current: i64) -> Answer<i64> {
        match self {
            Self::OneOf(versions) if !versions.contains(&current) => Err(Error::Changed.into()),
            Self::Unsaid | Self::Any | Self::OneOf(_) => Ok(current),
        }
    }
    /// The only version that was meant, when it needn't be asked which there is.
    ///
    /// # Errors
    /// 428 when nothing was said.
    pub(crate) fn single(&self) -> Answer<Option<i64>> {
        match self {
            Self::Unsaid => Err(Refusal::PreconditionRequired),
            Self::OneOf(versions) => match versions.as_slice() {
                [] => Err(Error::Changed.into()),
                [version] => Ok(Some(*version)),
                _ => Ok(None),
            },
            Self::Any => Ok(None),
        }
    }
}

/// Something with a version: its body and `ETag`, or 304 for who has it already.
pub(crate) fn versioned<T: Serialize>(headers: &HeaderMap, tag: &str, body: T) -> Response {
    let mut response =
        if is_known(headers, tag) { StatusCode::NOT_MODIFIED.into_response() } else { Json(body).into_response() };
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Something of which more is shown than its version tells, such as what the caller may do to it: its body and a
/// strong validator of all of it, which names the version too.
pub(crate) fn represented<T: Serialize>(headers: &HeaderMap, version: i64, body: &T) -> Answer<Response> {
    let body = serde_json::to_vec(body).map_err(|error| Error::Bug(error.into()))?;
    let mut hash = DefaultHasher::new();
    hash.write(&body);
    let tag = format!("\"v{version}-{:016x}\"", hash.finish());
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    };
    response.headers_mut().insert(ETAG, HeaderValue::from_str(&tag).map_err(|error| Error::Bug(error.into()))?);
    Ok(response)
}

/// Whether the caller says that it has this representation. Compared weakly, as for every `If-None-Match`.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|line| {
        let tags = line.to_str().unwrap_or_default();
        tags.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn a_change_is_meant_for_a_version() {
        assert_eq!(expected(&HeaderMap::new()), Expected::Unsaid);
        assert_eq!(expected(&headers(IF_MATCH, "*")), Expected::Any);
        assert_eq!(expected(&headers(IF_MATCH, "\"v3\", \"v12\"")), Expected::OneOf(vec![3, 12]));
        assert_eq!(expected(&headers(IF_MATCH, "\"v3-0123456789abcdef\"")), Expected::OneOf(vec![3]));
        assert_eq!(expected(&headers(IF_MATCH, "W/\"v3\"")), Expected::OneOf(vec![]));
        let meant = expected(&headers(IF_MATCH, "\"v3\""));
        assert_eq!(meant.required(3).unwrap(), 3);
        assert!(meant.required(4).is_err());
        assert!(Expected::Unsaid.required(3).is_err());
        assert_eq!(Expected::Unsaid.optional(3).unwrap(), 3);
    }

    #[test]
    fn who_has_it_already_is_told_so() {
        assert!(is_known(&headers(IF_NONE_MATCH, "\"v2\", W/\"v3\""), &etag(3)));
        assert!(is_known(&headers(IF_NONE_MATCH, "*"), &etag(3)));
        assert!(!is_known(&headers(IF_NONE_MATCH, "\"v2\""), &etag(3)));
    }
}

//! Reading requests: JSON, queries and paths that are refused with the name of what is wrong.

use crate::credentials::{DEVICE_COOKIE, cookie};
use crate::device::device;
use crate::door::Door;
use crate::problem::{Answer, Refusal};
use crate::words::Language;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use soundkeep_app::identity::Visitor;
use soundkeep_app::{Caller, Error};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Longest JSON body, in bytes.
pub(crate) const JSON_BYTES_MAX: usize = 1024 * 1024;
/// A JSON body must have come within this time.
const JSON_TIME_MAX: Duration = Duration::from_secs(30);

/// What the guard found out about a request before the handler runs.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) language: Language,
}

fn asked(parts: &Parts) -> Answer<&Asked> {
    parts.extensions.get::<Asked>().ok_or_else(|| Error::Bug("a handler outside of the guard".into()).into())
}

/// Where the request comes from.
pub(crate) fn asked_address(parts: &Parts) -> Answer<Option<IpAddr>> {
    Ok(asked(parts)?.address)
}

/// Who is signed in.
pub(crate) struct Signed(pub(crate) Arc<Caller>);

impl FromRequestParts<Door> for Signed {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Answer<Self> {
        asked(parts)?.caller.clone().map(Self).ok_or_else(|| Error::NotSignedIn.into())
    }
}

/// The language of the answer.
pub(crate) struct Speaks(pub(crate) Language);

impl FromRequestParts<Door> for Speaks {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Answer<Self> {
        Ok(Self(asked(parts)?.language))
    }
}

/// Whoever comes to the door.
pub(crate) struct Comes(pub(crate) Visitor);

impl FromRequestParts<Door> for Comes {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Answer<Self> {
        Ok(Self(Visitor {
            address: asked(parts)?.address,
            device: device(&parts.headers),
            known: cookie(&parts.headers, DEVICE_COOKIE).map(str::to_owned),
        }))
    }
}

/// Ids in the path. What is no id names nothing that there is.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Door> for At<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Answer<Self> {
        match Path::<T>::from_request_parts(parts, door).await {
            Ok(Path(ids)) => Ok(Self(ids)),
            Err(_) => Err(Refusal::not_found()),
        }
    }
}

/// The query.
pub(crate) struct Asks<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Door> for Asks<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Answer<Self> {
        from_query(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

/// A value from a query, or the name of the parameter that is wrong.
pub(crate) fn from_query<T: DeserializeOwned>(query: &[u8]) -> Answer<T> {
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query));
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        misfit(&path, &error.into_inner().to_string())
    })
}

/// A body of JSON.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Door> for Sent<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, _: &Door) -> Answer<Self> {
        is_json(request.headers())?;
        from_json(&read_body(request.into_body()).await?).map(Self)
    }
}

/// Refuses what doesn't say that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> Answer<()> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    match essence.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Refusal::invalid("Content-Type", "application/json is expected")),
    }
}

/// Reads a JSON body that isn't too long and doesn't come too slowly.
pub(crate) async fn read_body(body: Body) -> Answer<Bytes> {
    let read = async {
        let mut stream = body.into_data_stream();
        let mut whole = BytesMut::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| Refusal::invalid("body", "it ended too early"))?;
            if whole.len() + chunk.len() > JSON_BYTES_MAX {
                return Err(Error::TooLarge("a JSON body has at most 1 MiB").into());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    };
    tokio::time::timeout(JSON_TIME_MAX, read).await.unwrap_or(Err(Refusal::TimedOut))
}

/// A value from JSON, or the name of the field that is wrong.
pub(crate) fn from_json<T: DeserializeOwned>(text: &[u8]) -> Answer<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        misfit(&path, &error.into_inner().to_string())
    })?;
    deserializer.end().map_err(|_| Refusal::invalid("body", "one JSON value is expected, and nothing after it"))?;
    Ok(value)
}

/// Which field it is, as far as the parser tells: by path, or by the name in its complaint.
fn misfit(path: &str, complaint: &str) -> Refusal {
    let complaint = complaint.split(" at line ").next().unwrap_or(complaint);
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|prefix| complaint.strip_prefix(prefix)?.split('`').next());
    let field = match (path, named) {
        ("." | "?" | "", Some(name)) => name.to_owned(),
        ("." | "?" | "", None) => "body".to_owned(),
        // The path ends at what holds the field, or already names it.
        (path, Some(name)) if path != name && !path.ends_with(&format!(".{name}")) => {
            format!("{path}.{name}")
        }
        (path, _) => path.to_owned(),
    };
    Refusal::invalid(&field, complaint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        count: u8,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        name: String,
        #[serde(default)]
        inner: Vec<Inner>,
    }

    fn field(text: &str) -> String {
        let Refusal::App(error) = from_json::<Outer>(text.as_bytes()).unwrap_err() else { panic!() };
        let Error::Invalid(fields) = error.as_ref() else { panic!() };
        fields[0].0.clone()
    }

    #[test]
    fn what_is_wrong_with_json_is_named() {
        assert_eq!(field(r#"{"name": 1}"#), "name");
        assert_eq!(field(r#"{"name": "x", "nmae": 1}"#), "nmae");
        assert_eq!(field("{}"), "name");
        assert_eq!(field(r#"{"name": "x", "inner": [{"count": 300}]}"#), "inner[0].count");
        assert_eq!(field(r#"{"name": "x", "inner": [{"count": 1, "more": 2}]}"#), "inner[0].more");
        assert_eq!(field(r#"{"name": "x"} {}"#), "body");
        assert_eq!(field(r#"{"name": "x""#), "body");
        assert_eq!(field(""), "body");
        assert_eq!(field("[]"), "body");
    }
}

//! Requests in the form of the RFC: a body of JSON, a query, and the versions that a change is meant for.

use super::{MEDIA_TYPE, PATH};
use crate::door::Door;
use crate::extract::read_body;
use crate::problem::{Answer, Refusal};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, IF_MATCH};
use axum::http::request::Parts;
use serde_json::Value;
use soundkeep_app::Error;
use soundkeep_app::identity::scim::Asked;
use soundkeep_app::identity::scim::rules::{Query, ScimError, ScimType};

/// A body of JSON, under either of its names.
pub(crate) struct Message(pub(crate) Value);

impl FromRequest<Door> for Message {
    type Rejection = Refusal;
    async fn from_request(request: Request, _: &Door) -> Answer<Self> {
        let said = request.headers().get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?").to_owned());
        let essence = said.as_deref().and_then(|text| text.split(';').next()).map(str::trim);
        let fits =
            |essence: &str| [MEDIA_TYPE, "application/json"].iter().any(|known| essence.eq_ignore_ascii_case(known));
        if !essence.is_none_or(fits) {
            return Err(wrong(format!("the body is {MEDIA_TYPE}")));
        }
        let body = read_body(request.into_body()).await?;
        // How deep values may stand in each other is limited by the parser.
        let value = serde_json::from_slice(&body).map_err(|error| wrong(format!("the body is no JSON: {error}")))?;
        Ok(Self(value))
    }
}

fn wrong(detail: String) -> Refusal {
    Error::Scim(ScimError::new(ScimType::InvalidSyntax, detail)).into()
}

/// What of resources is asked for.
pub(crate) struct Wanted {
    pub(crate) query: Query,
    base: String,
    if_match: Option<String>,
}

impl FromRequestParts<Door> for Wanted {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Answer<Self> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let query = Query::of_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let query = query.map_err(|error| Refusal::from(Error::Scim(error)))?;
        Ok(Self { query, base: base(door), if_match: if_match(&parts.headers) })
    }
}

impl Wanted {
    pub(crate) fn asked(&self) -> Asked<'_> {
        Asked { base: &self.base, query: &self.query, if_match: self.if_match.as_deref() }
    }
}

/// The address of the service.
pub(crate) fn base(door: &Door) -> String {
    format!("{}{PATH}", door.config.public_origin)
}

fn if_match(headers: &HeaderMap) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(IF_MATCH).iter().map(|line| line.to_str().unwrap_or_default()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

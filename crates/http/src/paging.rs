//! Lists page by page: a cursor in the body and in a `Link` header (RFC 8288).

use crate::problem::{Answer, Refusal};
use axum::Json;
use axum::http::header::LINK;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};

/// Rows of a page when nothing is said.
const ROWS: u32 = 50;
/// Most rows of a page.
const ROWS_MAX: u32 = 200;

/// How many rows, from what was asked for.
///
/// # Errors
/// Out of 1 to 200.
pub(crate) fn rows(limit: Option<u32>) -> Answer<u32> {
    match limit.unwrap_or(ROWS) {
        limit @ 1..=ROWS_MAX => Ok(limit),
        _ => Err(Refusal::invalid("limit", "1 to 200")),
    }
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Rows of a page.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    pub(crate) limit: Option<u32>,
    /// Where the page before said that it goes on.
    #[serde(default)]
    #[param(nullable = false)]
    pub(crate) cursor: Option<String>,
}

impl Paging {
    /// How many rows, and the id of the row before, where cursors are ids.
    pub(crate) fn before<Id: FromStr>(&self) -> Answer<(u32, Option<Id>)> {
        let before = self.cursor.as_deref().map(str::parse).transpose();
        let before = before.map_err(|_| Refusal::invalid("cursor", "not a cursor of this list"))?;
        Ok((rows(self.limit)?, before))
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; null on the last one.
    #[schema(required = true)]
    pub(crate) next: Option<String>,
}

/// A whole list that has no pages.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct All<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
}

/// A page, with the link to the next one.
pub(crate) fn page<T: Serialize>(uri: &Uri, items: Vec<T>, next: Option<String>) -> Response {
    let link = next.clone();
    linked(uri, List { items, next }, link.as_deref())
}

/// An answer that holds a page, with the link to the next one.
pub(crate) fn linked<T: Serialize>(uri: &Uri, answer: T, next: Option<&str>) -> Response {
    let link = next.and_then(|next| HeaderValue::from_str(&next_link(uri, next)).ok());
    let mut response = Json(answer).into_response();
    if let Some(link) = link {
        response.headers_mut().insert(LINK, link);
    }
    response
}

pub(crate) fn next_link(uri: &Uri, cursor: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    for (name, value) in pairs.filter(|(name, _)| name != "cursor") {
        query.append_pair(&name, &value);
    }
    query.append_pair("cursor", cursor);
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.finish())
}

/// Cuts the row that was read to know whether the list goes on; where it goes on, if it does.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| goes_on).map(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_the_filters() {
        let uri: Uri = "/api/v1/conversations?q=a%20b&limit=2&cursor=old".parse().unwrap();
        assert_eq!(next_link(&uri, "x.y"), "</api/v1/conversations?q=a+b&limit=2&cursor=x.y>; rel=\"next\"");
    }
}

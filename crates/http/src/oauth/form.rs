//! The form that a client sends, and how it says who it is: by HTTP Basic or in the form, and never both.
//!
//! Decides nothing: whether the client is who it says, `app` finds out.

use super::fault::Fault;
use crate::extract::{asked_address, read_body};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use soundkeep_app::identity::Client;
use std::collections::BTreeMap;

use crate::door::Door;

/// Longest form, in bytes.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// Parameters of a form, each once. One without a value counts as left out (RFC 6749, section 3.2).
#[derive(Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a form.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > FORM_BYTES_MAX {
            return Err(Fault::InvalidRequest("the form is longer than 16 KiB"));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(bytes) {
            if name.contains(char::REPLACEMENT_CHARACTER) || value.contains(char::REPLACEMENT_CHARACTER) {
                return Err(Fault::InvalidRequest("the form is not UTF-8"));
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Fault::InvalidRequest("a parameter stands in the form twice"));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Ok(Self(parameters))
    }

    /// A parameter, if it has a value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that has to be there.
    pub(crate) fn need(&self, name: &str, missing: &'static str) -> Result<&str, Fault> {
        self.get(name).ok_or(Fault::InvalidRequest(missing))
    }
}

/// Id and secret of a client, as it shows them.
pub(crate) fn credentials(headers: &HeaderMap, form: &Form) -> Result<(String, String), Fault> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else {
        return match (form.get("client_id"), form.get("client_secret")) {
            (Some(id), Some(secret)) => Ok((id.to_owned(), secret.to_owned())),
            (_, None) | (None, _) => Err(Fault::NoClient),
        };
    };
    if lines.next().is_some() || form.get("client_secret").is_some() {
        return Err(Fault::InvalidRequest("the client shows who it is in more than one way"));
    }
    let (id, secret) = line.to_str().ok().and_then(basic).ok_or(Fault::NoClient)?;
    if form.get("client_id").is_some_and(|named| named != id) {
        return Err(Fault::InvalidRequest("the form names another client"));
    }
    Ok((id, secret))
}

/// Id and secret of HTTP Basic, each written as in a form (RFC 6749, section 2.3.1).
fn basic(line: &str) -> Option<(String, String)> {
    let (scheme, encoded) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

/// One text out of a form.
fn decoded(text: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    match (pairs.next(), pairs.next()) {
        // It stands where a name would: an ampersand or an equals sign of its own is written with a percent sign.
        (Some((name, value)), None) if value.is_empty() && !text.contains('=') => Some(name.into_owned()),
        (None, None) => Some(String::new()),
        _ => None,
    }
}

/// A form, and the client that sent it.
pub(crate) struct FromClient {
    pub(crate) form: Form,
    pub(crate) client: Client,
}

impl FromRequest<Door> for FromClient {
    type Rejection = Fault;
    async fn from_request(request: Request, _: &Door) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Fault::InvalidRequest("the Content-Type has to be application/x-www-form-urlencoded"));
        }
        let form = Form::parse(&read_body(body).await?)?;
        let (id, secret) = credentials(&parts.headers, &form)?;
        Ok(Self { form, client: Client { id, secret, address: asked_address(&parts)? } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(authorization: &[&str], body: &str) -> Result<(String, String), &'static str> {
        let mut headers = HeaderMap::new();
        for line in authorization {
            headers.append(AUTHORIZATION, line.parse().unwrap());
        }
        let form = Form::parse(body.as_bytes()).map_err(|fault| fault.meaning().1)?;
        credentials(&headers, &form).map_err(|fault| fault.meaning().1)
    }
    fn of_basic(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }
    fn pair(id: &str, secret: &str) -> Result<(String, String), &'static str> {
        Ok((id.to_owned(), secret.to_owned()))
    }

    #[test]
    fn a_client_shows_who_it_is_in_one_way() {
        assert_eq!(shown(&[], "client_id=one&client_secret=sk_x"), pair("one", "sk_x"));
        assert_eq!(shown(&[&of_basic("one:sk_x")], "scope=a"), pair("one", "sk_x"));
        assert_eq!(shown(&[&of_basic("one:sk_x")], "client_id=one"), pair("one", "sk_x"));
        assert_eq!(shown(&[&of_basic("a%3Ab+c:d%26e%3Df:g")], ""), pair("a:b c", "d&e=f:g"));
        assert_eq!(shown(&[&of_basic("one:")], ""), pair("one", ""));
        for (authorization, body, error) in [
            (vec![of_basic("one:sk_x")], "client_id=one&client_secret=sk_x", "invalid_request"),
            (vec![of_basic("one:sk_x")], "client_id=two", "invalid_request"),
            (vec![of_basic("one:sk_x"), of_basic("one:sk_x")], "", "invalid_request"),
            (vec![], "client_id=one", "invalid_client"),
            (vec![], "client_secret=sk_x", "invalid_client"),
            (vec![], "client_id=one&client_secret=", "invalid_client"),
            (vec!["Bearer sk_x".to_owned()], "", "invalid_client"),
            (vec!["Basic".to_owned()], "", "invalid_client"),
            (vec!["Basic !!!".to_owned()], "", "invalid_client"),
            (vec![of_basic("no colon")], "", "invalid_client"),
            (vec![of_basic("a=b:c")], "", "invalid_client"),
            (vec![format!("Basic {}", STANDARD.encode([0xff, b':', 0xfe]))], "", "invalid_client"),
        ] {
            let lines: Vec<&str> = authorization.iter().map(String::as_str).collect();
            assert_eq!(shown(&lines, body), Err(error), "{authorization:?} {body}");
        }
    }

    #[test]
    fn a_parameter_stands_once_and_counts_only_with_a_value() {
        let form = Form::parse(b"grant_type=client_credentials&scope=&more=x").unwrap();
        assert_eq!((form.get("grant_type"), form.get("scope")), (Some("client_credentials"), None));
        for wrong in
            [&b"scope=a&scope=a"[..], b"scope=&scope=a", b"more=1&more=2", b"scope=%ff", &[b'a'; 16 * 1024 + 1]]
        {
            assert_eq!(Form::parse(wrong).unwrap_err().meaning().1, "invalid_request");
        }
    }
}

//! What a request shows of who sends it: a key in `Authorization`, or the session's cookie.
//!
//! Knows no token's inside: `app` says whose it is.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use soundkeep_app::domain::Timestamp;

/// The name of the session's cookie. Browsers bind `__Host-` names to this host, this path and TLS (RFC 6265bis).
pub(crate) const COOKIE_NAME: &str = "__Host-soundkeep";

/// What a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'request> {
    /// A token that no browser adds by itself.
    Bearer(&'request str),
    /// The cookie, which browsers add also when another site asks.
    Cookie(&'request str),
    /// Nothing.
    Nothing,
}

/// What this request shows. A key wins over a cookie.
pub(crate) fn credential(headers: &HeaderMap) -> Credential<'_> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let bearer = value.to_str().ok().and_then(|text| text.split_once(' '));
        return match bearer {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Credential::Bearer(token.trim()),
            Some(_) | None => Credential::Nothing,
        };
    }
    for line in headers.get_all(COOKIE) {
        let pairs = line.to_str().unwrap_or_default().split(';');
        for pair in pairs {
            if let Some((COOKIE_NAME, value)) = pair.trim().split_once('=') {
                return Credential::Cookie(value);
            }
        }
    }
    Credential::Nothing
}

/// The cookie of a session that ends at this time.
pub(crate) fn session_cookie(token: &str, now: Timestamp, expires_at: Timestamp) -> Option<HeaderValue> {
    let seconds = expires_at.micros_since(now).max(0) / 1_000_000;
    let text = format!("{COOKIE_NAME}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookie that makes a browser forget its session.
pub(crate) const FORGET_COOKIE: HeaderValue =
    HeaderValue::from_static("__Host-soundkeep=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_wins_over_a_cookie_and_other_cookies_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(credential(&headers), Credential::Nothing);
        headers.insert(COOKIE, "a=b; __Host-soundkeep=sess_1; c=d".parse().unwrap());
        assert_eq!(credential(&headers), Credential::Cookie("sess_1"));
        headers.insert(AUTHORIZATION, "bearer sk_2".parse().unwrap());
        assert_eq!(credential(&headers), Credential::Bearer("sk_2"));
        headers.insert(AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(credential(&headers), Credential::Nothing);
    }
}

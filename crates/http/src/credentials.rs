//! What a request shows of who sends it: a key in `Authorization`, or the session's cookie.
//!
//! Knows no token's inside: `app` says whose it is.

use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::DEVICE_SECONDS;

/// The name of the session's cookie. Browsers bind `__Host-` names to this host, this path and TLS (RFC 6265bis).
pub(crate) const COOKIE_NAME: &str = "__Host-soundkeep";

/// Keeps a trip to an identity provider, sealed.
pub(crate) const TRIP_COOKIE: &str = "__Host-soundkeep-trip";
/// Keeps the token of a sign-in that a provider began and that isn't complete.
pub(crate) const STEP_COOKIE: &str = "__Host-soundkeep-step";

/// A cookie of this name.
pub(crate) fn cookie<'request>(headers: &'request HeaderMap, name: &str) -> Option<&'request str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(found, value)| (found == name).then_some(value))
}

/// A cookie of ours that scripts don't see, for so many seconds; none of them makes the browser forget it. The answer of
/// a provider that is a form of its site brings only cookies that may come from other sites.
pub(crate) fn kept_cookie(name: &str, value: &str, seconds: i64, from_other_sites: bool) -> Option<HeaderValue> {
    let same_site = if from_other_sites { "None" } else { "Lax" };
    let text = format!("{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite={same_site}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Keeps by what a device is known on which somebody signed in before.
pub(crate) const DEVICE_COOKIE: &str = "__Host-soundkeep-device";

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
    cookie(headers, COOKIE_NAME).map_or(Credential::Nothing, Credential::Cookie)
}

/// Whether the cookie comes along when another site shows the console inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    /// Not at all: the cookie comes only from our own pages.
    Closed,
    /// In a jar per surrounding site (CHIPS): nothing that any other site makes a browser send carries it.
    Partitioned,
}

impl Frames {
    pub(crate) const fn of(open: bool) -> Self {
        if open { Self::Partitioned } else { Self::Closed }
    }
    const fn attributes(self) -> &'static str {
        match self {
            Self::Closed => "Path=/; Secure; HttpOnly; SameSite=Strict",
            Self::Partitioned => "Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
        }
    }
    const fn other(self) -> Self {
        match self {
            Self::Closed => Self::Partitioned,
            Self::Partitioned => Self::Closed,
        }
    }
    fn forget(self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{COOKIE_NAME}=; Max-Age=0; {}", self.attributes())).ok()
    }
}

/// The cookie of a session that ends at this time, after forgetting one in the other jar: of two a browser sends
/// both, the older first.
pub(crate) fn session_cookies(
    token: &str,
    now: Timestamp,
    expires_at: Timestamp,
    frames: Frames,
) -> Option<[HeaderValue; 2]> {
    let seconds = expires_at.micros_since(now).max(0) / 1_000_000;
    let text = format!("{COOKIE_NAME}={token}; Max-Age={seconds}; {}", frames.attributes());
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some([frames.other().forget()?, value])
}

/// The cookie by which a device is known from now on. It stays when its people sign out, and opens nothing.
pub(crate) fn device_cookie(known: &str, frames: Frames) -> Option<HeaderValue> {
    let text = format!("{DEVICE_COOKIE}={known}; Max-Age={DEVICE_SECONDS}; {}", frames.attributes());
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The cookies that make a browser forget its session, in whichever jar it is.
pub(crate) fn forget_cookies() -> impl Iterator<Item = HeaderValue> {
    [Frames::Closed, Frames::Partitioned].into_iter().filter_map(Frames::forget)
}

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

    #[test]
    fn only_an_embedded_console_has_a_cookie_that_other_sites_carry_and_then_one_each() {
        let cookie = |frames| {
            let (now, end) = (Timestamp::from_unix_micros(0), Timestamp::from_unix_micros(60_000_000));
            session_cookies("sess_1", now, end, frames).unwrap().map(|value| value.to_str().unwrap().to_owned())
        };
        let [forgotten, closed] = cookie(Frames::Closed);
        assert_eq!(closed, "__Host-soundkeep=sess_1; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Strict");
        assert!(forgotten.contains("Max-Age=0") && forgotten.ends_with("SameSite=None; Partitioned"));
        let [forgotten, open] = cookie(Frames::Partitioned);
        assert!(open.ends_with("Secure; HttpOnly; SameSite=None; Partitioned"));
        assert!(forgotten.contains("Max-Age=0") && forgotten.ends_with("SameSite=Strict"));
    }
}

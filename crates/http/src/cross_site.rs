//! Requests that another site made a browser send: refused when they would change something, and when they bring
//! the session's cookie, whatever they ask for.
//!
//! No token is needed: browsers say where a request comes from, in `Sec-Fetch-Site` or `Origin`. Programs
//! say neither and are let through, and so is whoever brings a key, which no browser adds by itself.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

/// Whether another site makes use of the session: then its cookie counts for nothing, also where it only reads. In a
/// frame of another site the console's own requests come from the console.
pub(crate) fn borrows_session(headers: &HeaderMap, public_origin: &str) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.to_str().unwrap_or("?"));
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    let ours = origin.is_some_and(|origin| origin.eq_ignore_ascii_case(public_origin));
    !matches!(site, None | Some("same-origin" | "none")) && !ours
}

/// Whether another site stands behind this request.
pub(crate) fn is_forged(method: &Method, headers: &HeaderMap, public_origin: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let origin = text(ORIGIN.as_str());
    let ours = origin.is_some_and(|origin| origin.eq_ignore_ascii_case(public_origin));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => false,
        Some(_) => !ours,
        None => match origin {
            None => false,
            // Browsers that are too old for the other header: the host they speak to must be where they are.
            Some(origin) => {
                let host = origin.split_once("://").map(|(_, host)| host);
                !(ours || (host.is_some() && host == text(HOST.as_str())))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forged(method: Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_forged(&method, &headers, "https://vault.example.org")
    }

    #[test]
    fn another_site_cannot_make_a_browser_change_things() {
        assert!(forged(Method::POST, &[("sec-fetch-site", "cross-site")]));
        assert!(forged(Method::DELETE, &[("sec-fetch-site", "same-site"), ("origin", "https://evil.example.org")]));
        assert!(forged(Method::POST, &[("origin", "https://evil.example"), ("host", "vault.example.org")]));
        assert!(forged(Method::POST, &[("origin", "null"), ("host", "vault.example.org")]));
    }

    #[test]
    fn the_console_and_programs_are_let_through() {
        assert!(!forged(Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(!forged(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(!forged(Method::POST, &[("sec-fetch-site", "cross-site"), ("origin", "https://vault.example.org")]));
        assert!(!forged(Method::POST, &[("origin", "http://127.0.0.1:8480"), ("host", "127.0.0.1:8480")]));
        assert!(!forged(Method::POST, &[]));
    }
}

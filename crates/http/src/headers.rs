//! Headers that keep browsers from doing what nobody asked them to, on every answer.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
/// Nothing that the console doesn't use: what is switched off here no script can switch on.
const NO_DEVICES: HeaderValue = HeaderValue::from_static(
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), bluetooth=(), midi=(), \
     display-capture=(), browsing-topics=()",
);
const API_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox");

fn of_all(headers: &mut HeaderMap, hsts: bool) {
    headers.reserve(12);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    headers.insert(OPENER_POLICY, SAME_ORIGIN);
    headers.insert(EMBEDDER_POLICY, HeaderValue::from_static("require-corp"));
    headers.insert(PERMISSIONS_POLICY, NO_DEVICES);
    if hsts {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, two_years);
    }
}

/// Answers of the API: nothing in them may ever run, and nothing of them may be kept.
pub(crate) fn of_api(headers: &mut HeaderMap, hsts: bool) {
    of_all(headers, hsts);
    headers.insert(CONTENT_SECURITY_POLICY, API_POLICY);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Files of the console.
pub(crate) fn of_asset(headers: &mut HeaderMap, hsts: bool) {
    of_all(headers, hsts);
    headers.insert(CONTENT_SECURITY_POLICY, API_POLICY);
}

/// The console's page, whose styles carry this nonce, and which these sites may show inside.
pub(crate) fn of_page(headers: &mut HeaderMap, hsts: bool, nonce: &str, sites: &[String]) {
    of_all(headers, hsts);
    let ancestors = if sites.is_empty() { "'none'".to_owned() } else { sites.join(" ") };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; \
         font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    );
    if sites.is_empty() {
        // For browsers that don't know frame-ancestors; the others heed that (CSP Level 2, section 7.7.1).
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    } else {
        // A surrounding page that is isolated itself may only show what says this. There is nothing in the page.
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

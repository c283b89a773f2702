//! The console: files embedded in the program, and its page for every path that is nothing else.
//!
//! The page carries a fresh nonce for its styles. Files whose names carry a hash never change.

use crate::credentials::{Credential, credential};
use crate::door::Door;
use crate::guard::refuse;
use crate::headers;
use crate::problem::{Answer, Refusal};
use crate::scim;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use soundkeep_app::settings;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
struct Files;

const PAGE: &str = "index.html";
const NONCE_PLACE: &str = "__CSP_NONCE__";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Soundkeep</title>\
<h1>The console isn't built</h1><p>This server answers the API and has no console in it. \
Run <code>cargo xtask build</code>, which builds both.</p></html>";

/// A file of the console, its page, or 404 for what belongs to the API.
pub(crate) async fn serve(State(door): State<Door>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match find(&door, &method, &uri, &headers).await {
        Ok(response) => response,
        Err(refusal) => refuse(&door, uri.path(), &headers, refusal).await,
    }
}

async fn find(door: &Door, method: &Method, uri: &Uri, asked: &HeaderMap) -> Answer<Response> {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") || scim::is_scim(uri.path()) {
        return Err(Refusal::not_found());
    }
    if *method != Method::GET && *method != Method::HEAD {
        return Err(Refusal::MethodNotAllowed);
    }
    let hsts = door.config.hsts;
    if path != PAGE
        && let Some(file) = Files::get(path)
    {
        return Ok(asset(path, file, asked, hsts));
    }
    // What looks like a file and is none is missing; the page would only confuse whoever wants a script.
    if path.starts_with("assets/") {
        return Err(Refusal::not_found());
    }
    page(door, asked).await
}

fn asset(path: &str, file: EmbeddedFile, asked: &HeaderMap, hsts: bool) -> Response {
    let hash = file.metadata.sha256_hash();
    let body = match file.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    answer(path, &hash, body, asked, hsts)
}

fn answer(path: &str, hash: &[u8], body: Body, asked: &HeaderMap, hsts: bool) -> Response {
    let tag: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = crate::versions::is_known(asked, &tag);
    let mut response = Response::new(if known { Body::empty() } else { body });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    let hashed = path.starts_with("assets/");
    let cache = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    self::headers::of_asset(headers, hsts);
    response
}

async fn page(door: &Door, asked: &HeaderMap) -> Answer<Response> {
    let nonce = door.vault.nonce()?;
    let text = match Files::get(PAGE) {
        Some(file) => String::from_utf8_lossy(&file.data).replace(NONCE_PLACE, &nonce),
        None => NOT_BUILT.to_owned(),
    };
    let session = match credential(asked) {
        Credential::Cookie(token) => Some(token),
        Credential::Bearer(_) | Credential::Nothing => None,
    };
    // The page comes also when the database is away, to say so; then nobody may show it inside.
    let sites = settings::sites_that_may_embed(&door.vault, session).await.unwrap_or_default();
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    self::headers::of_page(headers, door.config.hsts, &nonce, &sites);
    Ok(response)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::IF_NONE_MATCH;

    #[test]
    fn files_with_a_hash_in_their_name_are_kept_and_others_asked_for_again() {
        let nothing = HeaderMap::new();
        let script = answer("assets/index-abc.js", &[7; 32], Body::from("x"), &nothing, false);
        assert_eq!(script.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(script.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let icon = answer("favicon.svg", &[7; 32], Body::from("x"), &nothing, false);
        assert_eq!(icon.headers()[CACHE_CONTROL], "no-cache");
        let asked = HeaderMap::from_iter([(IF_NONE_MATCH, icon.headers()[ETAG].clone())]);
        assert_eq!(answer("favicon.svg", &[7; 32], Body::from("x"), &asked, false).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer("favicon.svg", &[8; 32], Body::from("y"), &asked, false).status(), StatusCode::OK);
    }
}

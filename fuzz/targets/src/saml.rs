//! SAML: metadata of identity providers, their responses, and messages about signing out.
//!
//! The private key of the provider is nobody's any more, so that whoever comes in was named in a seed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use soundkeep_domain::Timestamp;
use soundkeep_federation::saml::{
    Binding, Certificate, Endpoint, Expected, IdentityProvider, Incoming, LogoutEndpoint, ServiceKey, ServiceProvider,
    in_response_to, read_logout, read_logout_answer, read_metadata, read_response,
};
use std::sync::OnceLock;

const NAME: &str = "anna@example.com";
const SKEW_SECONDS: i64 = 60;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn keys() -> &'static [ServiceKey] {
    static KEYS: OnceLock<Vec<ServiceKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let certificate = Certificate::read(include_str!("../keys/saml-service.pem")).expect("a certificate");
        vec![ServiceKey::restore(include_bytes!("../keys/saml-service.p8"), certificate).expect("a key")]
    })
}

fn service() -> ServiceProvider<'static> {
    ServiceProvider {
        entity_id: "https://vault.example.com/saml/p/metadata",
        acs_url: "https://vault.example.com/saml/p/acs",
        logout_url: "https://vault.example.com/saml/p/slo",
        keys: keys(),
    }
}

fn provider() -> IdentityProvider {
    let url = || "https://idp.example.com/sso".to_owned();
    IdentityProvider {
        entity_id: "https://idp.example.com".to_owned(),
        sign_in: vec![Endpoint { binding: Binding::Redirect, url: url() }],
        logout: vec![LogoutEndpoint { binding: Binding::Redirect, url: url(), response_url: None }],
        certificates: vec![Certificate::read(include_str!("../keys/saml-provider.pem")).expect("a certificate")],
        name_id_formats: Vec::new(),
    }
}

/// Responses: nobody comes in but who was named when the provider still signed.
///
/// # Panics
/// When something doesn't hold.
pub fn response(bytes: &[u8]) {
    let message = STANDARD.encode(bytes);
    let claimed = in_response_to(&message);
    for request_id in [Some("_request7"), None] {
        let expected = Expected { request_id, now: now(), skew_seconds: SKEW_SECONDS, encrypted_only: false };
        match read_response(&message, &service(), &provider(), &expected) {
            Ok(assertion) => {
                assert_eq!(assertion.name_id, NAME);
                assert_eq!(claimed.as_deref(), request_id, "what it answers is what it claims to answer");
                assert!(assertion.not_on_or_after > now());
            }
            Err(refusal) => assert!(!refusal.sentence.is_empty()),
        }
    }
}

/// Metadata: what is read is complete, and reads back from what is stored.
///
/// # Panics
/// When something doesn't hold.
pub fn metadata(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(read) = read_metadata(&text) {
        assert!(!read.entity_id.is_empty() && !read.certificates.is_empty() && read.sign_in_endpoint().is_some());
        let stored = serde_json::to_string(&read).expect("plain data");
        assert_eq!(serde_json::from_str::<IdentityProvider>(&stored).expect("reads back"), read);
    }
    for certificate in Certificate::read_all(&text).unwrap_or_default() {
        assert_eq!(Certificate::read(&certificate.pem()).as_ref(), Ok(&certificate));
    }
}

/// Messages about signing out, by redirect and by form: none is signed, so none is believed.
///
/// # Panics
/// When something doesn't hold.
pub fn logout(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    let fields: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")))
        .collect();
    for incoming in [Incoming::Redirect(&query), Incoming::Post(&fields)] {
        assert!(read_logout(incoming, &service(), &provider(), now(), SKEW_SECONDS).is_err());
        assert!(read_logout_answer(incoming, "_l1", &service(), &provider(), now(), SKEW_SECONDS).is_err());
    }
}

//! What OpenID providers answer: what they say of themselves, keys and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use soundkeep_domain::identity::ProviderDocument;
use soundkeep_federation::oidc::{self, Discovery, Expected, Keys};

const EXPECTED: Expected<'_> =
    Expected { issuer: "https://login.example.org", client_id: "soundkeep", now: 1_800_000_000, skew: 60 };

/// Tokens, before and after a full stop of the input: whatever stands in one, nobody is believed without the provider's
/// key.
///
/// # Panics
/// When something doesn't hold.
pub fn token(bytes: &[u8]) {
    let (keys, token) = match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => bytes.split_at(at),
        None => (&[][..], bytes),
    };
    let keys = Keys::read(keys).unwrap_or_default();
    // As it is, and as the claims of a token that nobody signed.
    let text = String::from_utf8_lossy(token);
    let forged = format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#), URL_SAFE_NO_PAD.encode(token));
    for token in [text.as_ref(), &forged] {
        assert!(oidc::read_id_token(token, &keys, &EXPECTED, "n", Some("a")).is_err());
        assert!(oidc::read_sign_out(token, &keys, &EXPECTED).is_err());
    }
}

/// Documents: what a provider says of itself is that of its issuer, and whoever arrives has a name at the provider and,
/// if any, an address in its normal form.
///
/// # Panics
/// When something doesn't hold.
pub fn document(bytes: &[u8]) {
    if let Ok(read) = Discovery::read(bytes, EXPECTED.issuer) {
        assert_eq!(read.issuer, EXPECTED.issuer);
        assert!(
            oidc::sign_out_address(&read, "a b", "https://v/", Some("a.b")).is_none_or(|url| url.query().is_some())
        );
    }
    let _ = Keys::read(bytes);
    let _ = oidc::read_token_answer(bytes);
    if let Ok(claims) = oidc::read_userinfo(bytes, "ada") {
        assert_eq!(claims.get("sub").and_then(Value::as_str), Some("ada"));
        let document = ProviderDocument { second_factor_counts: true, ..ProviderDocument::default() };
        let came = oidc::person(&claims, Some(&claims), &document).expect("somebody with a name");
        assert_eq!(came.subject, "ada");
        assert!(came.email.is_none_or(|email| soundkeep_domain::identity::normal_email(&email) == Some(email)));
    }
}

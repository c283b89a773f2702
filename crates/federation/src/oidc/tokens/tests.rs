//! Tokens that aren't believed, each with the reason.

use super::*;
use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

const NOW: i64 = 1_800_000_000;
const EXPECTED: Expected<'_> =
    Expected { issuer: "https://login.example.org", client_id: "soundkeep", now: NOW, skew: 60 };

struct Provider {
    ec: EncodingKey,
    document: String,
}

fn provider() -> Provider {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (base64_url(&point[1..33]), base64_url(&point[33..65]));
    let document = json!({"keys": [
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256", "kid": "shared"},
        {"kty": "strange"},
        {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "one", "use": "sig"},
        {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "sealing", "use": "enc"},
    ]});
    let private = pair.to_pkcs8v1().unwrap();
    Provider { ec: EncodingKey::from_ec_der(private.as_ref()), document: document.to_string() }
}

impl Provider {
    fn keys(&self) -> Keys {
        Keys::read(self.document.as_bytes()).unwrap()
    }
    fn sign(&self, kid: Option<&str>, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = kid.map(str::to_owned);
        encode(&header, claims, &self.ec).unwrap()
    }
}

fn claims(change: Value) -> Value {
    let mut claims = json!({"iss": EXPECTED.issuer, "aud": "soundkeep", "sub": "ada", "nonce": "n", "iat": NOW - 5, "exp": NOW + 300});
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn code(provider: &Provider, token: &str) -> &'static str {
    match read_id_token(token, &provider.keys(), &EXPECTED, "n", Some("access")) {
        Ok(_) => "fine",
        Err(refused) => refused.code,
    }
}

#[test]
fn a_token_counts_when_all_of_it_fits() {
    let provider = provider();
    for fine in [
        json!({}),
        json!({"aud": ["soundkeep"]}),
        json!({"aud": ["soundkeep", "other"], "azp": "soundkeep"}),
        json!({"exp": NOW - 30}),
        json!({"iat": NOW + 30}),
        json!({"iat": NOW as f64 - 0.5}),
        json!({"at_hash": half_hash(Algorithm::ES256, "access")}),
    ] {
        assert_eq!(code(&provider, &provider.sign(Some("one"), &claims(fine.clone()))), "fine", "{fine}");
    }
    assert_eq!(code(&provider, &provider.sign(None, &claims(json!({})))), "fine");
}

#[test]
fn what_does_not_fit_is_refused_with_the_reason() {
    let provider = provider();
    for (change, wanted) in [
        (json!({"iss": "https://login.example.org/"}), "issuer"),
        (json!({"iss": null}), "issuer"),
        (json!({"aud": "other"}), "audience"),
        (json!({"aud": []}), "audience"),
        (json!({"aud": null}), "audience"),
        (json!({"aud": ["soundkeep", "other"]}), "audience"),
        (json!({"azp": "other"}), "audience"),
        (json!({"nonce": "m"}), "nonce"),
        (json!({"nonce": null}), "nonce"),
        (json!({"sub": ""}), "subject"),
        (json!({"sub": 7}), "subject"),
        (json!({"exp": NOW - 61}), "times"),
        (json!({"exp": null}), "times"),
        (json!({"exp": "soon"}), "times"),
        (json!({"iat": null}), "times"),
        (json!({"iat": NOW + 61}), "times"),
        (json!({"nbf": NOW + 61}), "times"),
        (json!({"iat": i64::MAX}), "times"),
        (json!({"at_hash": "AAAA"}), "at_hash"),
    ] {
        assert_eq!(code(&provider, &provider.sign(Some("one"), &claims(change.clone()))), wanted, "{change}");
    }
}

#[test]
fn only_keys_of_the_provider_sign_and_none_is_taken_for_a_secret() {
    let provider = provider();
    let good = provider.sign(Some("one"), &claims(json!({})));
    assert_eq!(code(&provider, &super::tests::provider().sign(Some("one"), &claims(json!({})))), "signature");
    assert_eq!(code(&provider, &provider.sign(Some("two"), &claims(json!({})))), "unknown_key");
    assert_eq!(code(&provider, &provider.sign(Some("sealing"), &claims(json!({})))), "unknown_key");
    // What anybody can read, used as the secret of HS256.
    let secrets = [provider.document.as_bytes().to_vec(), b"secret".to_vec(), Vec::new()];
    for secret in secrets {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("one".to_owned());
        let forged = encode(&header, &claims(json!({})), &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(code(&provider, &forged), "algorithm");
    }
    let (head, rest) = good.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let none = base64_url(br#"{"alg":"none"}"#);
    for (forged, wanted) in [
        (format!("{none}.{body}."), "token"),
        (format!("{none}.{body}"), "token"),
        (format!("{head}.{body}."), "signature"),
        (
            format!("{head}.{}.{signature}", base64_url(claims(json!({"sub": "eve"})).to_string().as_bytes())),
            "signature",
        ),
        (String::new(), "token"),
        ("a.b.c".to_owned(), "token"),
        ("x".repeat(DOCUMENT_BYTES_MAX + 1), "token"),
    ] {
        let shown: String = forged.chars().take(40).collect();
        assert_eq!(code(&provider, &forged), wanted, "{shown}");
    }
}

#[test]
fn rsa_tokens_count_and_an_rsa_key_signs_for_no_other_family() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = pair.as_der().unwrap();
    let public = pair.public_key();
    let (n, e) = (public.modulus(), public.exponent());
    let (n, e) = (base64_url(n.big_endian_without_leading_zero()), base64_url(e.big_endian_without_leading_zero()));
    let keys = Keys::read(json!({"keys": [{"kty": "RSA", "n": n, "e": e}]}).to_string().as_bytes()).unwrap();
    let bytes: &[u8] = der.as_ref();
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
    let private = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::RS512] {
        let token = encode(&Header::new(algorithm), &claims(json!({})), &private).unwrap();
        assert!(read_id_token(&token, &keys, &EXPECTED, "n", None).is_ok(), "{algorithm:?}");
    }
    let other = provider().sign(None, &claims(json!({})));
    assert_eq!(read_id_token(&other, &keys, &EXPECTED, "n", None).unwrap_err().code, "signature");
}

#[test]
fn a_message_that_somebody_signed_out_is_no_other_token() {
    let provider = provider();
    let events = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    let out = |change: Value| {
        let mut all = claims(json!({"events": events, "jti": "j", "sid": "s", "nonce": null, "exp": null}));
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        all.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        read_sign_out(&provider.sign(Some("one"), &all), &provider.keys(), &EXPECTED).map_err(|refused| refused.code)
    };
    let told = out(json!({})).unwrap();
    assert_eq!((told.subject.as_deref(), told.session.as_deref(), told.id.as_str()), (Some("ada"), Some("s"), "j"));
    assert!(out(json!({"sub": null})).is_ok() && out(json!({"sid": null})).is_ok());
    for (change, wanted) in [
        (json!({"events": null}), "events"),
        (json!({"events": {}}), "events"),
        (json!({"nonce": "n"}), "events"),
        (json!({"jti": null}), "id"),
        (json!({"sub": null, "sid": null}), "subject"),
        (json!({"aud": "other"}), "audience"),
        (json!({"iss": "other"}), "issuer"),
        (json!({"iat": NOW - 361}), "times"),
        (json!({"exp": NOW - 61}), "times"),
    ] {
        assert_eq!(out(change.clone()).unwrap_err(), wanted, "{change}");
    }
    // And the other way round: such a message is no proof of who came.
    let message = provider.sign(Some("one"), &claims(json!({"events": events, "jti": "j", "nonce": null})));
    assert_eq!(code(&provider, &message), "nonce");
}

#[test]
fn what_is_said_besides_is_of_the_same_person() {
    assert!(read_userinfo(br#"{"sub": "ada", "email": "ada@example.org"}"#, "ada").is_ok());
    for body in [&br#"{"sub": "eve"}"#[..], b"{}", b"", b"[]", b"\xff"] {
        assert_eq!(read_userinfo(body, "ada").unwrap_err().code, "userinfo");
    }
    assert!(read_token_answer(br#"{"error": "invalid_grant"}"#).is_err());
    assert!(Keys::read(b"{}").is_err());
}

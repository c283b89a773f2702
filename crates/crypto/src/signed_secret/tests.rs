//! Everything that is no good secret is refused, and one that is good is taken to its end.

use super::*;
use crate::SystemEntropy;
use crate::token::TokenKind;
use serde_json::{Value, json};

const ID: &str = "0190a1b2-0000-7000-8000-000000000000";
const NOON: i64 = 1_795_262_400;
const HERE: [&str; 2] = ["https://vault.example.org", "acme"];

fn key() -> SecretKey {
    SecretKey::of(&Token::generate(TokenKind::ApiKey, &SystemEntropy::new()).unwrap())
}

fn good() -> Value {
    json!({"iss": ID, "sub": ID, "aud": "acme", "iat": NOON, "exp": NOON + 3600})
}

/// Base 64 for URLs without padding (RFC 4648, section 5).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// Signs whatever header and claims, as only somebody with the key can.
fn signed(key: &SecretKey, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let tag = hmac_sha256(key.as_bytes(), &[message.as_bytes()]);
    format!("{message}.{}", base64(&tag))
}

fn header() -> Value {
    json!({"alg": "HS256", "typ": "JWT", "kid": ID})
}

fn check(key: &SecretKey, text: &str) -> Result<i64, SecretError> {
    verify(text, ID, key, &HERE, (NOON, 60))
}

#[test]
fn a_secret_is_taken_until_it_ends_and_a_minute_more() {
    let key = key();
    let text = signed(&key, &header(), &good());
    assert_eq!(key_id(&text).as_deref(), Ok(ID));
    assert_eq!(check(&key, &text), Ok(NOON + 3660));
    for (second, expected) in [
        (NOON - 61, Err(SecretError::WrongTime)),
        (NOON - 60, Ok(NOON + 3660)),
        (NOON + 3659, Ok(NOON + 3660)),
        (NOON + 3660, Err(SecretError::WrongTime)),
    ] {
        assert_eq!(verify(&text, ID, &key, &HERE, (second, 60)), expected, "{second}");
    }
    let mut several = good();
    several["aud"] = json!(["elsewhere", "https://vault.example.org"]);
    several["iat"] = json!(f64::from(u32::try_from(NOON).unwrap()) + 0.5);
    check(&key, &signed(&key, &header(), &several)).unwrap();
}

#[test]
fn the_secret_of_a_day_is_the_same_all_day_and_another_on_the_next() {
    let key = key();
    let midnight = NOON - 12 * 3600;
    let made = |second| of_day(ID, &key, "acme", second).unwrap();
    assert_eq!(made(midnight), made(midnight + LIFE_SECONDS_MAX - 1));
    assert_ne!(made(midnight), made(midnight + LIFE_SECONDS_MAX));
    check(&key, &made(NOON)).unwrap();
    assert_eq!(check(&key, &made(NOON - LIFE_SECONDS_MAX)), Err(SecretError::WrongTime));
    assert_eq!(check(&key, &made(NOON + LIFE_SECONDS_MAX)), Err(SecretError::WrongTime));
}

#[test]
fn another_key_signs_nothing_and_neither_does_what_the_database_holds() {
    let token = Token::generate(TokenKind::ApiKey, &SystemEntropy::new()).unwrap();
    let key = SecretKey::of(&token);
    let text = signed(&self::key(), &header(), &good());
    assert_eq!(check(&key, &text), Err(SecretError::WrongSignature));
    let stored = SecretKey::from_bytes(token.hash().as_bytes()).unwrap();
    assert_eq!(check(&key, &signed(&stored, &header(), &good())), Err(SecretError::WrongSignature));
    let text = signed(&key, &header(), &good());
    let (message, signature) = text.rsplit_once('.').unwrap();
    for forged in [format!("{message}."), format!("{message}.{}A", &signature[..signature.len() - 2])] {
        assert!(check(&key, &forged).is_err(), "{forged}");
    }
    assert!(SecretKey::from_bytes(&[1; 31]).is_none());
    assert_eq!(format!("{key:?}"), "SecretKey(..)");
}

#[test]
fn no_other_algorithm_and_no_header_that_asks_for_more() {
    let key = key();
    for other in [
        json!({"alg": "none", "kid": ID}),
        json!({"alg": "None", "kid": ID}),
        json!({"alg": "RS256", "kid": ID}),
        json!({"alg": "HS512", "kid": ID}),
        json!({"alg": "EdDSA", "kid": ID}),
        json!({"alg": "HS256"}),
        json!({"kid": ID}),
        json!({"alg": "HS256", "kid": ID, "crit": ["b64"], "b64": false}),
        json!({"alg": "HS256", "kid": ID, "zip": "DEF"}),
        json!({"alg": "HS256", "kid": ID, "typ": "dpop+jwt"}),
        json!({"alg": "HS256", "kid": 1}),
        json!([]),
    ] {
        assert_eq!(check(&key, &signed(&key, &other, &good())), Err(SecretError::Malformed), "{other}");
    }
    let elsewhere = json!({"alg": "HS256", "kid": "0190a1b2-0000-7000-8000-000000000001"});
    assert_eq!(check(&key, &signed(&key, &elsewhere, &good())), Err(SecretError::WrongClaims));
}

#[test]
fn who_is_meant_by_whom_has_to_be_said_and_right() {
    let key = key();
    for (claim, value) in
        [("iss", json!("somebody")), ("sub", json!("somebody")), ("aud", json!("elsewhere")), ("aud", json!([]))]
    {
        let mut claims = good();
        claims[claim] = value;
        assert_eq!(check(&key, &signed(&key, &header(), &claims)), Err(SecretError::WrongClaims), "{claims}");
    }
    for claim in ["iss", "sub", "aud", "iat", "exp"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(check(&key, &signed(&key, &header(), &claims)), Err(SecretError::Malformed), "without {claim}");
    }
}

#[test]
fn no_longer_than_a_day_and_no_time_that_is_none() {
    let key = key();
    let times = |iat: Value, exp: Value| {
        let mut claims = good();
        (claims["iat"], claims["exp"]) = (iat, exp);
        check(&key, &signed(&key, &header(), &claims))
    };
    times(json!(NOON), json!(NOON + LIFE_SECONDS_MAX)).unwrap();
    for (iat, exp) in [
        (json!(NOON), json!(NOON + LIFE_SECONDS_MAX + 1)),
        (json!(NOON), json!(NOON)),
        (json!(NOON + 10), json!(NOON)),
        (json!(-1), json!(NOON)),
        (json!(NOON), json!(i64::MAX)),
        (json!(i64::MIN), json!(NOON)),
        (json!(1e300), json!(1e300)),
    ] {
        assert_eq!(times(iat.clone(), exp.clone()), Err(SecretError::WrongTime), "{iat} {exp}");
    }
    assert_eq!(times(json!("now"), json!(NOON)), Err(SecretError::Malformed));
    let mut later = good();
    later["nbf"] = json!(NOON + 61);
    assert_eq!(check(&key, &signed(&key, &header(), &later)), Err(SecretError::WrongTime));
    later["nbf"] = json!(NOON + 60);
    check(&key, &signed(&key, &header(), &later)).unwrap();
}

#[test]
fn what_is_too_long_or_no_text_of_this_kind_is_refused_before_anything_is_read() {
    let key = key();
    let mut claims = good();
    claims["more"] = json!("x".repeat(CHARACTERS_MAX));
    let long = signed(&key, &header(), &claims);
    let huge = format!("{}.{}.", "A".repeat(5_000_000), "A".repeat(5_000_000));
    for text in ["", ".", "..", "a.b.c", "a.b.c.d", "é.é.é", &long, &huge] {
        assert_eq!(check(&key, text), Err(SecretError::Malformed), "{} characters", text.len());
        assert_eq!(key_id(text), Err(SecretError::Malformed), "{} characters", text.len());
    }
}

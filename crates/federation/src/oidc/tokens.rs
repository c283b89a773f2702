//! What a provider answers: tokens, and who stands behind them.

use super::{DOCUMENT_BYTES_MAX, Refused, refused};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Claims as they were signed.
pub type Claims = Map<String, Value>;

/// Tokens that a code was changed for.
#[derive(Deserialize)]
pub struct TokenAnswer {
    /// Says who came.
    pub id_token: String,
    /// Opens what more there is to know of them.
    #[serde(default)]
    pub access_token: Option<String>,
}

/// Reads the answer to a code (OpenID Connect Core 1.0, section 3.1.3.3).
///
/// # Errors
/// When it holds no token that says who came.
pub fn read_token_answer(body: &[u8]) -> Result<TokenAnswer, Refused> {
    let unreadable = refused("token_answer", "the provider answered the code with something that is no token");
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(unreadable);
    }
    serde_json::from_slice(body).map_err(|_| unreadable)
}

/// The keys of a provider that can sign.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<Jwk>);

impl Keys {
    /// Reads a set of keys (RFC 7517, section 5). Those that we can't use are passed over.
    ///
    /// # Errors
    /// When it is no set of keys.
    pub fn read(document: &[u8]) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let unreadable = refused("keys", "the provider's keys can't be read");
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(unreadable);
        }
        let set: Set = serde_json::from_slice(document).map_err(|_| unreadable)?;
        let signs = |key: &Value| !matches!(key.get("use").and_then(Value::as_str), Some(one) if one != "sig");
        let keys = set.keys.into_iter().filter(signs).filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self(keys.collect()))
    }

    /// The keys that a token may be signed with: that of its name, or all where it names none.
    fn of(&self, header: &Header) -> Vec<DecodingKey> {
        let is_meant = |key: &&Jwk| match &header.kid {
            Some(kid) => key.common.key_id.as_ref() == Some(kid),
            None => true,
        };
        self.0.iter().filter(is_meant).filter_map(|key| DecodingKey::from_jwk(key).ok()).collect()
    }
}

/// Algorithms whose signing key the provider alone has. Those with a shared secret aren't among them: a public key taken
/// for a secret is the oldest trick.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'expected> {
    /// Who made it.
    pub issuer: &'expected str,
    /// For whom.
    pub client_id: &'expected str,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// How far clocks may differ, in seconds.
    pub skew: i64,
}

/// A token that a key of the provider signed: its claims, not yet looked at.
/// The type of a message that somebody signed out (Back-Channel Logout 1.0, section 2.4), which no other token has.
const SIGN_OUT_TYPE: &str = "logout+jwt";
/// The type of access tokens that are JWTs (RFC 9068, section 2.1).
const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// Whether a token may be one of this type. Many providers name none but `JWT`.
fn is_typed(header: &Header, wanted: &str) -> bool {
    let Some(found) = header.typ.as_deref() else { return true };
    let found = found.to_ascii_lowercase();
    let found = found.strip_prefix("application/").unwrap_or(&found);
    found == wanted || ![SIGN_OUT_TYPE, ACCESS_TOKEN_TYPE].contains(&found)
}

fn signed(token: &str, keys: &Keys, wanted: &str) -> Result<(Claims, Algorithm), Refused> {
    let unreadable = refused("token", "the provider's token can't be read");
    if token.len() > DOCUMENT_BYTES_MAX {
        return Err(unreadable);
    }
    let header = decode_header(token).map_err(|_| unreadable)?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(refused(
            "algorithm",
            "the token isn't signed with a private key: ask the provider for RS256 or ES256",
        ));
    }
    if !is_typed(&header, wanted) {
        return Err(refused("token_type", "the token is of another kind than was asked for"));
    }
    let candidates = keys.of(&header);
    if candidates.is_empty() {
        return Err(refused("unknown_key", "the token is signed with a key that the provider doesn't publish"));
    }
    // Times and names are looked at below, with our own clock.
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    for key in candidates.iter().filter(|key| header.alg.family() == key.family()) {
        if let Ok(token) = decode::<Claims>(token, key, &validation) {
            return Ok((token.claims, header.alg));
        }
    }
    Err(refused("signature", "the token's signature doesn't hold"))
}

fn text<'claims>(claims: &'claims Claims, name: &str) -> Option<&'claims str> {
    claims.get(name).and_then(Value::as_str)
}

/// A time in whole seconds. Some write it with a fraction.
fn seconds(claims: &Claims, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[allow(clippy::cast_possible_truncation, reason = "casts of floating point numbers stop at the bounds")]
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

fn is_for_us(claims: &Claims, client_id: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(one)) => one == client_id,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(client_id)),
        _ => false,
    }
}

/// Looks at what every token has to say: from whom, for whom, and when.
fn common(claims: &Claims, expected: &Expected<'_>) -> Result<(), Refused> {
    if text(claims, "iss") != Some(expected.issuer) {
        return Err(refused("issuer", "the token names another issuer"));
    }
    if !is_for_us(claims, expected.client_id) {
        return Err(refused("audience", "the token is for another application: is the client id right?"));
    }
    let several = claims.get("aud").and_then(Value::as_array).is_some_and(|several| several.len() > 1);
    match text(claims, "azp") {
        Some(party) if party != expected.client_id => {
            return Err(refused("audience", "the token was made for another application"));
        }
        None if several => {
            return Err(refused("audience", "the token is for several applications and doesn't say whose it is"));
        }
        Some(_) | None => {}
    }
    let Some(issued) = seconds(claims, "iat") else {
        return Err(refused("times", "the token doesn't say when it was made"));
    };
    if issued > expected.now.saturating_add(expected.skew) {
        return Err(refused("times", "the token was made in the future: are both clocks right?"));
    }
    if seconds(claims, "nbf").is_some_and(|from| from > expected.now.saturating_add(expected.skew)) {
        return Err(refused("times", "the token isn't valid yet: are both clocks right?"));
    }
    Ok(())
}

/// Reads the token that says who came (OpenID Connect Core 1.0, section 3.1.3.7).
///
/// # Errors
/// When it isn't believed; `unknown_key` when the provider's keys may be older than the token.
pub fn read_id_token(
    token: &str,
    keys: &Keys,
    expected: &Expected<'_>,
    nonce: &str,
    access_token: Option<&str>,
) -> Result<Claims, Refused> {
    let (claims, algorithm) = signed(token, keys, "jwt")?;
    common(&claims, expected)?;
    let Some(ends) = seconds(&claims, "exp") else {
        return Err(refused("times", "the token doesn't say when it ends"));
    };
    if ends.saturating_add(expected.skew) <= expected.now {
        return Err(refused("times", "the token has ended: are both clocks right?"));
    }
    if text(&claims, "nonce") != Some(nonce) {
        return Err(refused("nonce", "the token belongs to another sign-in"));
    }
    if text(&claims, "sub").is_none_or(str::is_empty) {
        return Err(refused("subject", "the token doesn't say who came"));
    }
    if let (Some(hash), Some(access_token)) = (text(&claims, "at_hash"), access_token)
        && half_hash(algorithm, access_token).is_some_and(|wanted| wanted != hash)
    {
        return Err(refused("at_hash", "the two tokens of the answer don't belong together"));
    }
    Ok(claims)
}

/// The left half of a token's hash (OpenID Connect Core 1.0, section 3.1.3.6).
fn half_hash(algorithm: Algorithm, token: &str) -> Option<String> {
    let hash = match algorithm {
        Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 => Sha256::digest(token).to_vec(),
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => Sha384::digest(token).to_vec(),
        Algorithm::RS512 | Algorithm::PS512 => Sha512::digest(token).to_vec(),
        // For Ed25519 it isn't settled which hash it is.
        _ => return None,
    };
    let half = hash.get(..hash.len() / 2)?;
    Some(base64_url(half))
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what a provider says of somebody besides (OpenID Connect Core 1.0, section 5.3.2).
///
/// # Errors
/// When it is of somebody else (section 5.3.4).
pub fn read_userinfo(body: &[u8], subject: &str) -> Result<Claims, Refused> {
    let unreadable = refused("userinfo", "what the provider says of people can't be read");
    if body.len() > DOCUMENT_BYTES_MAX {
        return Err(unreadable);
    }
    let claims: Claims = serde_json::from_slice(body).map_err(|_| unreadable)?;
    if text(&claims, "sub") != Some(subject) {
        return Err(refused("userinfo", "the provider's answers are of two people"));
    }
    Ok(claims)
}

/// Somebody signed out at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOut {
    /// Whom, as the provider calls them.
    pub subject: Option<String>,
    /// Which session, as the provider calls it.
    pub session: Option<String>,
    /// What tells this message from others.
    pub id: String,
}

const SIGN_OUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// A message that somebody signed out is believed for so long; seconds.
pub const SIGN_OUT_SECONDS: i64 = 5 * 60;

/// Reads the message that somebody signed out (OpenID Connect Back-Channel Logout 1.0, section 2.6).
///
/// # Errors
/// When it isn't believed; `unknown_key` when the provider's keys may be older than the message.
pub fn read_sign_out(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<SignOut, Refused> {
    let (claims, _) = signed(token, keys, SIGN_OUT_TYPE)?;
    common(&claims, expected)?;
    let issued = seconds(&claims, "iat").unwrap_or(0);
    let ends = seconds(&claims, "exp").unwrap_or(i64::MAX).min(issued.saturating_add(SIGN_OUT_SECONDS));
    if ends.saturating_add(expected.skew) <= expected.now {
        return Err(refused("times", "the message is too old"));
    }
    let says_so = claims.get("events").and_then(|events| events.get(SIGN_OUT_EVENT)).is_some_and(Value::is_object);
    if !says_so || claims.contains_key("nonce") {
        return Err(refused("events", "the message doesn't say that somebody signed out"));
    }
    let owned = |name: &str| text(&claims, name).filter(|text| !text.is_empty()).map(str::to_owned);
    let (subject, session, id) = (owned("sub"), owned("sid"), owned("jti"));
    let Some(id) = id else { return Err(refused("id", "the message has no id")) };
    if subject.is_none() && session.is_none() {
        return Err(refused("subject", "the message doesn't say who signed out"));
    }
    Ok(SignOut { subject, session, id })
}

#[cfg(test)]
mod tests;

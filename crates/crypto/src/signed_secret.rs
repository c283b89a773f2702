//! The daily signed secret of a program: a JWT (RFC 7519) that it signs itself, so that its key stays at home.
//!
//! The signing key derives from the text of the API key, and nothing leads back. One algorithm is taken, HS256. A secret
//! lives a day at most, so that one that was seen on its way is worth nothing on the morrow.
//!
//! Must not know: whose key it is, where signing keys are kept, or what time it is: seconds are arguments.

use crate::digest::hmac_sha256;
use crate::token::Token;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A longer text is none: a secret has some three hundred characters.
pub const CHARACTERS_MAX: usize = 4096;
/// How long a secret may live, in seconds.
pub const LIFE_SECONDS_MAX: i64 = 24 * 60 * 60;
/// What the key's text is hashed with. Another form of secret takes another text.
const PURPOSE: &[u8] = b"soundkeep signed secret v1";

/// What secrets are signed with: HMAC-SHA256 of a purpose under the key's text. Wiped when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// The signing key of an API key.
    #[must_use]
    pub fn of(key: &Token) -> Self {
        Self(Zeroizing::new(hmac_sha256(key.reveal().as_bytes(), &[PURPOSE])))
    }
    /// A signing key that was kept; nothing when these bytes are none.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }
    /// The bytes, to be sealed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SecretKey(..)")
    }
}

/// Why a text is no secret that is good now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Too long, not three parts, no JSON, an algorithm that isn't taken, or a header that asks for more.
    #[error("this is not a signed secret")]
    Malformed,
    /// The signature isn't that of this key.
    #[error("the signature does not fit the key")]
    WrongSignature,
    /// Issuer, subject or audience is somebody else.
    #[error("the secret is for somebody else")]
    WrongClaims,
    /// Issued in the future, past its end, or with a longer life than a day.
    #[error("the secret is not good at this time")]
    WrongTime,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    iat: Seconds,
    exp: Seconds,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<Seconds>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn names(&self, one_of: &[&str]) -> bool {
        match self {
            Self::One(name) => one_of.contains(&name.as_str()),
            Self::Several(names) => names.iter().any(|name| one_of.contains(&name.as_str())),
        }
    }
}

/// A time in seconds since 1970 (`NumericDate`), which may have a fraction.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
enum Seconds {
    Whole(i64),
    Part(f64),
}

impl Seconds {
    /// Whole seconds; nothing where no time lies.
    #[allow(clippy::cast_possible_truncation, reason = "far within the bounds of both")]
    fn whole(self) -> Option<i64> {
        const FAR: i64 = 1 << 40;
        match self {
            Self::Whole(seconds) => Some(seconds).filter(|seconds| (0..FAR).contains(seconds)),
            Self::Part(seconds) => Some(seconds).filter(|at| *at >= 0.0 && *at < 1e12).map(|at| at.floor() as i64),
        }
    }
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    // Everything that follows from a clock or a name is checked below: this library reads the system's clock.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

/// The id of the key that a text says it was signed with. Nothing of it is proven yet.
///
/// # Errors
/// [`SecretError::Malformed`].
pub fn key_id(text: &str) -> Result<String, SecretError> {
    if text.len() > CHARACTERS_MAX || text.bytes().filter(|byte| *byte == b'.').count() != 2 {
        return Err(SecretError::Malformed);
    }
    let header = jsonwebtoken::decode_header(text).map_err(|_| SecretError::Malformed)?;
    let typed = header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
    if header.alg != Algorithm::HS256 || header.crit.is_some() || header.zip.is_some() || !typed {
        return Err(SecretError::Malformed);
    }
    header.kid.ok_or(SecretError::Malformed)
}

/// Holds a text against a key, and says when the secret ends (with the skew of clocks on top), in seconds since 1970. Clocks
/// may differ by `skew_seconds`.
///
/// `audiences` are the names of this vault; one of them has to be meant.
///
/// # Errors
/// [`SecretError`].
pub fn verify(
    text: &str,
    id: &str,
    key: &SecretKey,
    audiences: &[&str],
    (now_seconds, skew_seconds): (i64, i64),
) -> Result<i64, SecretError> {
    if key_id(text)? != id {
        return Err(SecretError::WrongClaims);
    }
    let decoding = DecodingKey::from_secret(key.as_bytes());
    let TokenData { claims, .. } =
        jsonwebtoken::decode::<Claims>(text, &decoding, &validation()).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => SecretError::WrongSignature,
            _ => SecretError::Malformed,
        })?;
    if claims.iss != id || claims.sub != id || !claims.aud.names(audiences) {
        return Err(SecretError::WrongClaims);
    }
    let (Some(issued_at), Some(expires_at)) = (claims.iat.whole(), claims.exp.whole()) else {
        return Err(SecretError::WrongTime);
    };
    let begins_at = match claims.nbf {
        Some(nbf) => nbf.whole().ok_or(SecretError::WrongTime)?.max(issued_at),
        None => issued_at,
    };
    let life = expires_at - issued_at;
    let begun = begins_at <= now_seconds + skew_seconds;
    if !(1..=LIFE_SECONDS_MAX).contains(&life) || !begun || expires_at + skew_seconds <= now_seconds {
        return Err(SecretError::WrongTime);
    }
    Ok(expires_at + skew_seconds)
}

/// The secret of the day (UTC) that this second lies in: the same text all day, another one on the next.
///
/// # Errors
/// [`SecretError::Malformed`] when it can't be signed.
pub fn of_day(id: &str, key: &SecretKey, audience: &str, now_seconds: i64) -> Result<String, SecretError> {
    let day = now_seconds.div_euclid(LIFE_SECONDS_MAX) * LIFE_SECONDS_MAX;
    let claims = Claims {
        iss: id.to_owned(),
        sub: id.to_owned(),
        aud: Audience::One(audience.to_owned()),
        iat: Seconds::Whole(day),
        exp: Seconds::Whole(day + LIFE_SECONDS_MAX),
        nbf: None,
    };
    let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(key.as_bytes()))
        .map_err(|_| SecretError::Malformed)
}

#[cfg(test)]
#[path = "signed_secret/tests.rs"]
mod tests;

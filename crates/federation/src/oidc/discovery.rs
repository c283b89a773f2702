//! What a provider says of itself (OpenID Connect Discovery 1.0, section 3).

use super::{DOCUMENT_BYTES_MAX, Refused, refused};
use serde::{Deserialize, Serialize};
use url::Url;

/// What a provider says of itself, as far as we use it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Its name, exactly as in its tokens.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: Url,
    /// Where a code is changed for tokens.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where it says more of people.
    #[serde(default)]
    pub userinfo_endpoint: Option<Url>,
    /// Where people sign out.
    #[serde(default)]
    pub end_session_endpoint: Option<Url>,
    /// How we may say who we are when we change a code.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether it can be asked for single claims (OpenID Connect Core 1.0, section 5.5).
    #[serde(default)]
    pub claims_parameter_supported: bool,
    /// Whether its answers name it (RFC 9207, section 3).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Where a provider tells of itself.
///
/// # Errors
/// When the issuer is no address.
pub fn discovery_address(issuer: &str) -> Result<Url, Refused> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    Url::parse(&address).map_err(|_| refused("issuer", "the issuer is no address such as https://login.example.org"))
}

impl Discovery {
    /// Reads what a provider says of itself.
    ///
    /// # Errors
    /// When it is no such document, or one of another issuer (section 4.3).
    pub fn read(document: &[u8], issuer: &str) -> Result<Self, Refused> {
        let unreadable = refused("discovery", "the provider's configuration can't be read: is the issuer right?");
        if document.len() > DOCUMENT_BYTES_MAX {
            return Err(unreadable);
        }
        let read: Self = serde_json::from_slice(document).map_err(|_| unreadable)?;
        if read.issuer != issuer {
            return Err(refused(
                "issuer",
                "the provider names itself otherwise: take the issuer exactly as it writes it",
            ));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"issuer": "https://login.example.org", "authorization_endpoint": "https://login.example.org/auth",
        "token_endpoint": "https://login.example.org/token", "jwks_uri": "https://login.example.org/jwks", "more": [1]}"#;

    #[test]
    fn a_configuration_of_another_issuer_is_refused() {
        assert!(Discovery::read(DOCUMENT.as_bytes(), "https://login.example.org").is_ok());
        for other in ["https://login.example.org/", "https://evil.example", ""] {
            assert_eq!(Discovery::read(DOCUMENT.as_bytes(), other).unwrap_err().code, "issuer", "{other}");
        }
        for junk in ["", "[]", "{}", "null", &DOCUMENT.replace("https://login.example.org/token", "nowhere")] {
            assert_eq!(Discovery::read(junk.as_bytes(), "https://login.example.org").unwrap_err().code, "discovery");
        }
    }

    #[test]
    fn the_address_of_a_configuration_follows_the_issuer_with_or_without_a_slash() {
        let wanted = "https://login.example.org/t/.well-known/openid-configuration";
        assert_eq!(discovery_address("https://login.example.org/t").unwrap().as_str(), wanted);
        assert_eq!(discovery_address("https://login.example.org/t/").unwrap().as_str(), wanted);
        assert!(discovery_address("login").is_err());
    }
}

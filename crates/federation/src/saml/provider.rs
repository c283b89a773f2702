//! What we know of an identity provider: who it is, where it takes messages, and with which keys it signs.
//!
//! Plain data, to be stored as JSON. Must not know: how it was learned.

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;

/// How a message travels through the browser (SAML Bindings 2.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// In the address, packed.
    Redirect,
    /// In a form that posts itself.
    Post,
}

impl Binding {
    /// Its name in metadata and requests.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Redirect => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Self::Post => "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        }
    }

    pub(super) fn of_uri(uri: &str) -> Option<Self> {
        [Self::Redirect, Self::Post].into_iter().find(|binding| binding.uri() == uri)
    }
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// By which binding.
    pub binding: Binding,
    /// An absolute address, `https` or `http`.
    pub url: String,
}

/// Where logout messages go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogoutEndpoint {
    /// By which binding.
    pub binding: Binding,
    /// For requests; answers too, unless the next says otherwise.
    pub url: String,
    /// For answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_url: Option<String>,
}

/// One identity provider, from its metadata or typed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityProvider {
    /// Its name, compared exactly with every issuer.
    pub entity_id: String,
    /// Where sign-in requests go, at least one.
    pub sign_in: Vec<Endpoint>,
    /// Where logout messages go; none when it has no single logout.
    #[serde(default)]
    pub logout: Vec<LogoutEndpoint>,
    /// The certificates it signs with, at least one; several while one replaces another.
    pub certificates: Vec<Certificate>,
    /// The kinds of names it says it can give.
    #[serde(default)]
    pub name_id_formats: Vec<String>,
}

impl IdentityProvider {
    /// The first endpoint for sign-in requests by redirect, or else by form.
    #[must_use]
    pub fn sign_in_endpoint(&self) -> Option<&Endpoint> {
        let by = |binding| self.sign_in.iter().find(move |endpoint| endpoint.binding == binding);
        by(Binding::Redirect).or_else(|| by(Binding::Post))
    }

    /// The first endpoint for logout messages by redirect, or else by form.
    #[must_use]
    pub fn logout_endpoint(&self) -> Option<&LogoutEndpoint> {
        let by = |binding| self.logout.iter().find(move |endpoint| endpoint.binding == binding);
        by(Binding::Redirect).or_else(|| by(Binding::Post))
    }
}

/// Whether messages and browsers can be sent there.
pub(super) fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}

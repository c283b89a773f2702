//! Messages that we send through the browser: the sign-in request, and how any message is packed and signed.
//!
//! By redirect the signature stands beside the packed message (SAML Bindings 2.0, section 3.4.4.1); by form it stands in
//! it. Must not know: what becomes of an answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use soundkeep_domain::time::Timestamp;

use super::certificate::BadServiceKey;
use super::library;
use super::provider::{Binding, IdentityProvider};
use super::service::ServiceProvider;
use super::xml::{ASSERTION, PROTOCOL, escape};

/// The name of RSASSA-PKCS1-v1_5 with SHA-256, the one we sign with.
pub(super) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// The id of a message of ours, which its answer must repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId(String);

impl MessageId {
    /// The id of 20 random bytes (SAML Core 2.0, section 1.3.4, wants at least 16).
    #[must_use]
    pub fn new(random: [u8; 20]) -> Self {
        // An XML id begins with a letter or an underscore.
        Self(random.iter().fold(String::from("_"), |text, byte| format!("{text}{byte:02x}")))
    }

    /// As it stands in the message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message on its way through the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Send the browser there.
    Redirect(String),
    /// Let the browser post these fields there.
    Post {
        /// Where to.
        url: String,
        /// Names and values.
        fields: Vec<(&'static str, String)>,
    },
}

/// What a sign-in request asks for.
#[derive(Debug)]
pub struct AuthnRequest<'a> {
    /// Its id.
    pub id: &'a MessageId,
    /// Comes back as it is; at most 80 bytes, and no sense to strangers.
    pub relay_state: &'a str,
    /// The person must prove who they are, even if the provider knows them already.
    pub force: bool,
    /// The class of proof that the provider must ask for, when the organisation wants a certain one.
    pub context: Option<&'a str>,
}

/// A signed sign-in request.
///
/// # Errors
/// [`BadServiceKey`] when there is no key, or no address to send it to.
pub fn request_sign_in(
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    asked: &AuthnRequest<'_>,
    now: Timestamp,
) -> Result<Outgoing, BadServiceKey> {
    let endpoint = provider.sign_in_endpoint().ok_or(BadServiceKey)?;
    let force = if asked.force { " ForceAuthn=\"true\"" } else { "" };
    let context = asked.context.map_or_else(String::new, |class| {
        format!(
            "<samlp:RequestedAuthnContext Comparison=\"exact\"><saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>\
             </samlp:RequestedAuthnContext>",
            escape(class)
        )
    });
    let message = format!(
        "<samlp:AuthnRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
         IssueInstant=\"{}\" Destination=\"{}\"{force} ProtocolBinding=\"{}\" AssertionConsumerServiceURL=\"{}\">\
         <saml:Issuer>{}</saml:Issuer><samlp:NameIDPolicy AllowCreate=\"true\"/>{context}</samlp:AuthnRequest>",
        asked.id.as_str(),
        instant(now),
        escape(&endpoint.url),
        Binding::Post.uri(),
        escape(service.acs_url),
        escape(service.entity_id),
    );
    send(service, Kind::Request, endpoint.binding, &endpoint.url, &message, Some(asked.relay_state))
}

/// Whether a message asks or answers: its field is called after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

impl Kind {
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// Whole seconds: some providers read no fractions.
pub(super) fn instant(at: Timestamp) -> String {
    Timestamp::from_unix_micros(at.as_unix_seconds().saturating_mul(1_000_000)).to_string()
}

/// Signs and packs a message for one binding.
pub(super) fn send(
    service: &ServiceProvider<'_>,
    kind: Kind,
    binding: Binding,
    url: &str,
    message: &str,
    relay_state: Option<&str>,
) -> Result<Outgoing, BadServiceKey> {
    let key = service.keys.first().ok_or(BadServiceKey)?;
    match binding {
        Binding::Redirect => {
            let packed = BASE64.encode(library::deflate(message)?);
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair(kind.field(), &packed);
            if let Some(relay_state) = relay_state {
                query.append_pair("RelayState", relay_state);
            }
            query.append_pair("SigAlg", RSA_SHA256);
            let signed = query.finish();
            let signature = BASE64.encode(key.sign(signed.as_bytes())?);
            let signature =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("Signature", &signature).finish();
            // What stands behind # never leaves the browser, and what follows it would be lost.
            let url = url.split('#').next().unwrap_or_default();
            let joint = if url.contains('?') { '&' } else { '?' };
            Ok(Outgoing::Redirect(format!("{url}{joint}{signed}&{signature}")))
        }
        Binding::Post => {
            let mut fields = vec![(kind.field(), BASE64.encode(library::sign_enveloped(key, message)?))];
            if let Some(relay_state) = relay_state {
                fields.push(("RelayState", relay_state.to_owned()));
            }
            Ok(Outgoing::Post { url: url.to_owned(), fields })
        }
    }
}

//! Reads the answer to a sign-in request, or one that came unasked.
//!
//! Must not know: which person it names, or whether it was seen before; the caller remembers ids until they end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use soundkeep_domain::time::Timestamp;

use super::library;
use super::profile::{Held, Wrapping, one_assertion};
use super::provider::IdentityProvider;
use super::refusal::{Reason, Refusal, shown};
use super::service::ServiceProvider;
use super::signatures;
use super::xml::{self, Limits, PROTOCOL};

/// A person in thousands of groups has a large assertion; this is larger.
pub(super) const LIMITS: Limits = Limits { bytes_max: 1024 * 1024, elements_max: 20_000 };

/// What an answer must fit.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The request that this browser made; none when an answer may come unasked.
    pub request_id: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
    /// How far clocks may differ.
    pub skew_seconds: i64,
    /// Only encrypted assertions are taken.
    pub encrypted_only: bool,
}

/// One attribute of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, often an address or an object identifier.
    pub name: String,
    /// A name for people.
    pub friendly_name: Option<String>,
    /// Its values, in their order.
    pub values: Vec<String>,
}

/// What an identity provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Who, in the provider's words.
    pub name_id: String,
    /// The kind of name, an address.
    pub name_id_format: String,
    /// The provider's session, for single logout.
    pub session_index: Option<String>,
    /// Until when the provider's session lasts, when it says so.
    pub session_until: Option<Timestamp>,
    /// More of the person.
    pub attributes: Vec<Attribute>,
    /// How they signed in there, an address.
    pub authn_context: Option<String>,
    /// When they signed in there.
    pub authn_instant: Option<Timestamp>,
    /// To be remembered until `not_on_or_after`, so that it counts once.
    pub assertion_id: String,
    /// From when on nobody takes it any more, the difference of clocks included.
    pub not_on_or_after: Timestamp,
    /// The whole response, opened, for who sets the provider up; bounded. Full of personal data.
    pub document: String,
}

impl Assertion {
    /// The values of the attribute called so, by its name or by its name for people.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.name == name || attribute.friendly_name.as_deref() == Some(name))
            .flat_map(|attribute| attribute.values.iter().map(String::as_str))
            .collect()
    }
}

/// Reads the form field `SAMLResponse`.
///
/// # Errors
/// [`Refusal`]; its sentence is for the administrator, not for the person at the door.
pub fn read_response(
    message: &str,
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    expected: &Expected<'_>,
) -> Result<Assertion, Refusal> {
    let document = decode(message)?;
    let held = Held { service, provider, expected };
    read(&document, &held).map_err(|refusal| match library::open_for_show(&document, service) {
        Some(opened) => plainer(refusal, &opened, &held).showing(&opened),
        None => refusal.showing(&document),
    })
}

/// The same refusal in our words, when what was encrypted was refused by the library for what it says.
fn plainer(refusal: Refusal, opened: &str, held: &Held<'_>) -> Refusal {
    if !refusal.is_of_content() {
        return refusal;
    }
    match xml::parse(opened, LIMITS).map(|root| held.assertion(&root)) {
        Ok(Err(ours)) => ours,
        _ => refusal,
    }
}

fn read(document: &str, held: &Held<'_>) -> Result<Assertion, Refusal> {
    let root = xml::parse(document, LIMITS)?;
    held.response(&root)?;
    let wrapping = one_assertion(&root)?;
    let signed = signatures::check(&root)?;
    if wrapping == Wrapping::Plain {
        if held.expected.encrypted_only {
            return Err(Refusal::new(
                Reason::NotEncrypted,
                "the assertion isn't encrypted, and this provider must encrypt it",
            ));
        }
        if signed == 0 {
            return Err(Refusal::new(Reason::Unsigned, "neither the response nor the assertion is signed"));
        }
        // Before the signature, because what it says is plainer than that of the library.
        held.assertion(&root)?;
    }
    let verified = library::verify_response(document, wrapping, held)?;
    let opened = xml::parse(&verified.document, LIMITS)?;
    held.response(&opened)?;
    if one_assertion(&opened)? != Wrapping::Plain || signatures::check(&opened)? == 0 {
        return Err(Refusal::new(Reason::Unsigned, "neither the response nor the assertion is signed"));
    }
    let assertion = held.assertion(&opened)?;
    if assertion.assertion_id != verified.assertion_id || assertion.name_id != verified.name_id.trim() {
        return Err(Refusal::new(
            Reason::Shape,
            "two ways of reading it see two persons; this is how forged messages look",
        ));
    }
    Ok(Assertion { document: shown(&verified.document), ..assertion })
}

fn decode(message: &str) -> Result<String, Refusal> {
    let unreadable = |sentence: &str| Refusal::new(Reason::Unreadable, sentence);
    // Four letters hold three bytes; line ends may stand between.
    if message.len() > LIMITS.bytes_max / 2 * 3 {
        return Err(unreadable("the response is larger than 1 MB"));
    }
    let packed: String = message.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(packed).map_err(|_| unreadable("the response isn't Base64"))?;
    String::from_utf8(bytes).map_err(|_| unreadable("the response isn't UTF-8"))
}

/// The request that a response claims to answer; nothing is checked. To find what was begun, when the provider lost the
/// RelayState.
#[must_use]
pub fn in_response_to(message: &str) -> Option<String> {
    let root = xml::parse(&decode(message).ok()?, LIMITS).ok()?;
    if !root.is(PROTOCOL, "Response") {
        return None;
    }
    root.attribute("InResponseTo").filter(|id| id.len() <= 256).map(str::to_owned)
}

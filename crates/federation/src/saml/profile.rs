//! What a response and its assertion must say to be meant for us, now (SAML Profiles 2.0, section 4.1.4).
//!
//! Must not know: signatures. What is read here counts only together with them.

use soundkeep_domain::time::Timestamp;

use super::provider::IdentityProvider;
use super::refusal::{Reason, Refusal, quoted};
use super::response::{Assertion, Attribute, Expected};
use super::service::ServiceProvider;
use super::xml::{ASSERTION, Element, PROTOCOL};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const CONDITIONS: [&str; 3] = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];
/// Longer names than this are no names.
const NAME_CHARACTERS_MAX: usize = 1024;

/// What everything is held against.
pub(super) struct Held<'a> {
    pub(super) service: &'a ServiceProvider<'a>,
    pub(super) provider: &'a IdentityProvider,
    pub(super) expected: &'a Expected<'a>,
}

/// Whether an assertion is there, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapping {
    Plain,
    Encrypted,
}

/// Exactly one assertion in the whole document, directly in the response.
pub(super) fn one_assertion(root: &Element) -> Result<Wrapping, Refusal> {
    let count = |name: &str| root.descendants().into_iter().filter(|element| element.name == name).count();
    let (plain, encrypted) = (count("Assertion"), count("EncryptedAssertion"));
    if plain + encrypted != 1 {
        let sentence = format!("the response holds {} assertions, and must hold exactly one", plain + encrypted);
        return Err(Refusal::new(Reason::Assertions, sentence));
    }
    if root.child(ASSERTION, "Assertion").is_some() {
        Ok(Wrapping::Plain)
    } else if root.child(ASSERTION, "EncryptedAssertion").is_some() {
        Ok(Wrapping::Encrypted)
    } else {
        Err(Refusal::new(Reason::Shape, "the assertion isn't where it belongs; this is how forged messages look"))
    }
}

impl Held<'_> {
    /// What the response says around the assertion.
    pub(super) fn response(&self, root: &Element) -> Result<(), Refusal> {
        if !root.is(PROTOCOL, "Response") || root.attribute("Version") != Some("2.0") {
            return Err(Refusal::new(Reason::Unreadable, "this is no response of SAML 2.0"));
        }
        self.status(root)?;
        if let Some(issuer) = root.child(ASSERTION, "Issuer") {
            self.issuer(issuer)?;
        }
        let destination = root.attribute("Destination");
        if destination.is_some_and(|destination| destination != self.service.acs_url) {
            return Err(elsewhere(Reason::Destination, "Destination", destination, self.service.acs_url));
        }
        self.in_response_to(root.attribute("InResponseTo"))
    }

    fn status(&self, root: &Element) -> Result<(), Refusal> {
        let status = root.child(PROTOCOL, "Status");
        let code = status.and_then(|status| status.child(PROTOCOL, "StatusCode"));
        let value = code.and_then(|code| code.attribute("Value"));
        if value == Some(SUCCESS) {
            return Ok(());
        }
        let inner = code.and_then(|code| code.child(PROTOCOL, "StatusCode")).and_then(|code| code.attribute("Value"));
        let said = status.and_then(|status| status.child(PROTOCOL, "StatusMessage")).map(|said| said.text.trim());
        let mut sentence = format!("the provider refused: its status is {}", quoted(inner.or(value)));
        if said.is_some_and(|said| !said.is_empty()) {
            sentence.push_str(&format!(", and it says {}", quoted(said)));
        }
        Err(Refusal::new(Reason::Failed, sentence))
    }

    fn issuer(&self, issuer: &Element) -> Result<(), Refusal> {
        if issuer.text.trim() == self.provider.entity_id {
            return Ok(());
        }
        let (found, wanted) = (quoted(Some(issuer.text.trim())), quoted(Some(&self.provider.entity_id)));
        Err(Refusal::new(Reason::Issuer, format!("it comes from {found}, and this provider is {wanted}")))
    }

    fn in_response_to(&self, found: Option<&str>) -> Result<(), Refusal> {
        match (self.expected.request_id, found) {
            (None, None) => Ok(()),
            (Some(wanted), Some(found)) if wanted == found => Ok(()),
            (None, Some(_)) => Err(Refusal::new(
                Reason::InResponseTo,
                "it answers a request that this browser didn't make, or made too long ago",
            )),
            (Some(_), _) => Err(Refusal::new(Reason::InResponseTo, "it doesn't answer the request that was made")),
        }
    }

    /// What the assertion says.
    pub(super) fn assertion(&self, root: &Element) -> Result<Assertion, Refusal> {
        let assertion = root.child(ASSERTION, "Assertion").ok_or_else(|| incomplete("an assertion"))?;
        let id =
            assertion.attribute("ID").filter(|id| !id.is_empty()).ok_or_else(|| incomplete("the assertion's ID"))?;
        if assertion.attribute("Version") != Some("2.0") {
            return Err(incomplete("version 2.0"));
        }
        self.issuer(assertion.child(ASSERTION, "Issuer").ok_or_else(|| incomplete("the assertion's Issuer"))?)?;
        let subject = assertion.child(ASSERTION, "Subject").ok_or_else(|| incomplete("a Subject"))?;
        let confirmed_until = self.confirmed(subject)?;
        let conditions_until = self.conditions(assertion)?;
        let session = self.session(assertion)?;
        let name = name_id(subject)?;
        Ok(Assertion {
            name_id: name.text.trim().to_owned(),
            name_id_format: name.attribute("Format").unwrap_or(UNSPECIFIED).to_owned(),
            session_index: session.attribute("SessionIndex").map(str::to_owned),
            session_until: time(session, "SessionNotOnOrAfter")?,
            attributes: attributes(assertion),
            authn_context: session
                .child(ASSERTION, "AuthnContext")
                .and_then(|context| context.child(ASSERTION, "AuthnContextClassRef"))
                .map(|class| class.text.trim().to_owned()),
            authn_instant: time(session, "AuthnInstant")?,
            assertion_id: id.to_owned(),
            not_on_or_after: conditions_until
                .map_or(confirmed_until, |until| until.max(confirmed_until))
                .plus_seconds(self.expected.skew_seconds),
            document: String::new(),
        })
    }

    /// Until when the bearer counts as the subject: one confirmation must hold.
    fn confirmed(&self, subject: &Element) -> Result<Timestamp, Refusal> {
        let mut refused = incomplete("a SubjectConfirmation of the method bearer");
        for confirmation in subject.children(ASSERTION, "SubjectConfirmation") {
            if confirmation.attribute("Method") != Some(BEARER) {
                continue;
            }
            let Some(data) = confirmation.child(ASSERTION, "SubjectConfirmationData") else {
                continue;
            };
            match self.bearer(data) {
                Ok(until) => return Ok(until),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }

    fn bearer(&self, data: &Element) -> Result<Timestamp, Refusal> {
        let recipient = data.attribute("Recipient");
        if recipient != Some(self.service.acs_url) {
            return Err(elsewhere(Reason::Recipient, "Recipient", recipient, self.service.acs_url));
        }
        self.in_response_to(data.attribute("InResponseTo"))?;
        self.window(data, "SubjectConfirmationData")?
            .ok_or_else(|| incomplete("NotOnOrAfter in SubjectConfirmationData"))
    }

    fn conditions(&self, assertion: &Element) -> Result<Option<Timestamp>, Refusal> {
        let mut all = assertion.children(ASSERTION, "Conditions");
        let (Some(conditions), None) = (all.next(), all.next()) else {
            return Err(incomplete("exactly one element Conditions"));
        };
        if let Some(unknown) = conditions
            .children
            .iter()
            .find(|child| child.namespace != ASSERTION || !CONDITIONS.contains(&child.name.as_str()))
        {
            let sentence = format!("it is under a condition that isn't understood: {}", quoted(Some(&unknown.name)));
            return Err(Refusal::new(Reason::Incomplete, sentence));
        }
        let mut restricted = false;
        for restriction in conditions.children(ASSERTION, "AudienceRestriction") {
            restricted = true;
            let audiences: Vec<&str> =
                restriction.children(ASSERTION, "Audience").map(|audience| audience.text.trim()).collect();
            if !audiences.contains(&self.service.entity_id) {
                let (found, wanted) = (quoted(audiences.first().copied()), quoted(Some(self.service.entity_id)));
                let sentence = format!("it is meant for the audience {found}, and this service is {wanted}");
                return Err(Refusal::new(Reason::Audience, sentence));
            }
        }
        if !restricted {
            return Err(Refusal::new(Reason::Audience, "it doesn't say for which audience it is meant"));
        }
        self.window(conditions, "Conditions")
    }

    /// The statement that says when and how the person signed in.
    fn session<'e>(&self, assertion: &'e Element) -> Result<&'e Element, Refusal> {
        let statement = assertion.child(ASSERTION, "AuthnStatement").ok_or_else(|| incomplete("an AuthnStatement"))?;
        for statement in assertion.children(ASSERTION, "AuthnStatement") {
            if let Some(until) = time(statement, "SessionNotOnOrAfter")? {
                self.still(until, "the provider's session")?;
            }
        }
        Ok(statement)
    }

    /// Whether now lies between `NotBefore` and `NotOnOrAfter`; the latter.
    fn window(&self, element: &Element, what: &str) -> Result<Option<Timestamp>, Refusal> {
        if let Some(from) = time(element, "NotBefore")?
            && self.expected.now.plus_seconds(self.expected.skew_seconds) < from
        {
            let sentence = format!("{what} begins at {from}, and it is {} here: a clock is wrong", self.expected.now);
            return Err(Refusal::new(Reason::NotYet, sentence));
        }
        let until = time(element, "NotOnOrAfter")?;
        if let Some(until) = until {
            self.still(until, what)?;
        }
        Ok(until)
    }

    fn still(&self, until: Timestamp, what: &str) -> Result<(), Refusal> {
        if self.expected.now < until.plus_seconds(self.expected.skew_seconds) {
            return Ok(());
        }
        let sentence = format!("{what} ended at {until}, and it is {} here", self.expected.now);
        Err(Refusal::new(Reason::Expired, sentence))
    }
}

fn name_id(subject: &Element) -> Result<&Element, Refusal> {
    if subject.child(ASSERTION, "EncryptedID").is_some() {
        return Err(incomplete("a NameID that isn't encrypted by itself; encrypt the whole assertion instead"));
    }
    let mut names = subject.children(ASSERTION, "NameID");
    match (names.next(), names.next()) {
        (Some(name), None) => {
            let length = name.text.trim().chars().count();
            // An element in a name would split it, and what is read then depends on who reads.
            if length == 0 || length > NAME_CHARACTERS_MAX || !name.children.is_empty() {
                return Err(incomplete("a usable NameID"));
            }
            Ok(name)
        }
        _ => Err(incomplete("exactly one NameID")),
    }
}

fn attributes(assertion: &Element) -> Vec<Attribute> {
    assertion
        .children(ASSERTION, "AttributeStatement")
        .flat_map(|statement| statement.children(ASSERTION, "Attribute"))
        .map(|attribute| Attribute {
            name: attribute.attribute("Name").unwrap_or_default().to_owned(),
            friendly_name: attribute.attribute("FriendlyName").map(str::to_owned),
            values: attribute.children(ASSERTION, "AttributeValue").map(value).collect(),
        })
        .collect()
}

/// The text of a value, or of the one element in it, as some identifiers are wrapped.
fn value(element: &Element) -> String {
    let direct = element.text.trim();
    match element.children.first() {
        Some(inner) if direct.is_empty() => inner.text.trim().to_owned(),
        _ => direct.to_owned(),
    }
}

fn time(element: &Element, name: &str) -> Result<Option<Timestamp>, Refusal> {
    match element.attribute(name) {
        None => Ok(None),
        Some(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| incomplete(&format!("a time in {name}, which says {}", quoted(Some(text))))),
    }
}

fn elsewhere(reason: Reason, what: &str, found: Option<&str>, wanted: &str) -> Refusal {
    Refusal::new(
        reason,
        format!("its {what} is {}, and this service takes answers at {}", quoted(found), quoted(Some(wanted))),
    )
}

fn incomplete(what: &str) -> Refusal {
    Refusal::new(Reason::Incomplete, format!("it lacks {what}"))
}

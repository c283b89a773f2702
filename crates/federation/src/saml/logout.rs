//! Single logout, both ways (SAML Profiles 2.0, section 4.4): the provider ends our sessions, or we tell it that one ended.
//!
//! Must not know: which sessions those are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use saml_rs::{
    BrowserInput, FormField, LogoutBinding, LogoutRequest, LogoutResponse, PendingLogoutRequest, PendingSnapshot,
    RelayStateParam, ReplayPolicy, SamlValidationContext,
};
use soundkeep_domain::time::Timestamp;

use super::certificate::BadServiceKey;
use super::library;
use super::profile::Wrapping;
use super::provider::IdentityProvider;
use super::refusal::{Reason, Refusal, quoted};
use super::request::{Kind, MessageId, Outgoing, instant, send};
use super::response::LIMITS;
use super::service::ServiceProvider;
use super::signatures;
use super::xml::{self, ASSERTION, Element, PROTOCOL, escape};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
/// A request that names no end is remembered for this long, and taken for no longer after it was made.
const REQUEST_SECONDS: i64 = 300;

/// A message as it came through the browser.
#[derive(Debug, Clone, Copy)]
pub enum Incoming<'a> {
    /// The query of the address, exactly as it came.
    Redirect(&'a str),
    /// The fields of a form, decoded.
    Post(&'a [(String, String)]),
}

/// Whose sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutSubject {
    /// Who, in the provider's words.
    pub name_id: String,
    /// The kind of name, when it says so.
    pub name_id_format: Option<String>,
    /// The provider's sessions; none means all of the person.
    pub session_indexes: Vec<String>,
}

/// A provider asks to end sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// Its id, which the answer repeats; to be remembered until `not_on_or_after`.
    pub id: String,
    /// Whose.
    pub subject: LogoutSubject,
    /// Goes back as it came.
    pub relay_state: Option<String>,
    /// From when on nobody takes the request any more.
    pub not_on_or_after: Timestamp,
}

/// A provider answers that sessions were ended, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutAnswer {
    /// The request of ours.
    pub in_response_to: String,
    /// What came with it.
    pub relay_state: Option<String>,
}

/// Reads a logout request of the provider.
///
/// # Errors
/// [`Refusal`].
pub fn read_logout(
    incoming: Incoming<'_>,
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    now: Timestamp,
    skew_seconds: i64,
) -> Result<Logout, Refusal> {
    let (root, relay_state) = open(incoming, Kind::Request)?;
    if !root.is(PROTOCOL, "LogoutRequest") {
        return Err(Refusal::new(Reason::Unreadable, "this is no logout request of SAML 2.0"));
    }
    let issued = time(&root, "IssueInstant")?.ok_or_else(|| incomplete("IssueInstant"))?;
    let until = time(&root, "NotOnOrAfter")?.unwrap_or_else(|| issued.plus_seconds(REQUEST_SECONDS));
    if now.plus_seconds(skew_seconds) < issued {
        return Err(Refusal::new(
            Reason::NotYet,
            format!("it was made at {issued}, and it is {now} here: a clock is wrong"),
        ));
    }
    if now >= until.plus_seconds(skew_seconds) {
        return Err(Refusal::new(Reason::Expired, format!("the request ended at {until}, and it is {now} here")));
    }
    let library = library_of(service, provider)?;
    let received = library.receive_slo(
        &library::descriptor(provider)?,
        match incoming {
            Incoming::Redirect(query) => BrowserInput::<LogoutRequest>::redirect(query),
            Incoming::Post(fields) => BrowserInput::<LogoutRequest>::post(message_only(fields, Kind::Request)),
        },
        context(now, skew_seconds),
    )?;
    let request = received.into_message();
    let name = root.child(ASSERTION, "NameID").ok_or_else(|| incomplete("a NameID in the clear"))?;
    let name_id = name.text.trim().to_owned();
    if name_id.is_empty() || request.name_id().map(|name| name.value().trim()) != Some(name_id.as_str()) {
        return Err(incomplete("a usable NameID"));
    }
    Ok(Logout {
        id: request.id().as_str().to_owned(),
        subject: LogoutSubject {
            name_id,
            name_id_format: name.attribute("Format").map(str::to_owned),
            session_indexes: request.session_indexes().iter().map(|index| index.as_str().to_owned()).collect(),
        },
        relay_state,
        not_on_or_after: until.plus_seconds(skew_seconds),
    })
}

/// Reads the provider's answer to a logout request of ours.
///
/// # Errors
/// [`Refusal`]; [`Reason::Failed`] when the provider couldn't end everything.
pub fn read_logout_answer(
    incoming: Incoming<'_>,
    request_id: &str,
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    now: Timestamp,
    skew_seconds: i64,
) -> Result<LogoutAnswer, Refusal> {
    let (root, relay_state) = open(incoming, Kind::Response)?;
    if !root.is(PROTOCOL, "LogoutResponse") {
        return Err(Refusal::new(Reason::Unreadable, "this is no answer to a logout request of SAML 2.0"));
    }
    let library = library_of(service, provider)?;
    let binding = match incoming {
        Incoming::Redirect(_) => LogoutBinding::Redirect,
        Incoming::Post(_) => LogoutBinding::Post,
    };
    let relay = RelayStateParam::try_from_option(match incoming {
        Incoming::Redirect(_) => relay_state.clone(),
        Incoming::Post(_) => None,
    })?;
    let pending = PendingLogoutRequest::from_snapshot(PendingSnapshot::logout_request(
        request_id,
        relay,
        provider.entity_id.as_str(),
        binding,
    ))?;
    library.finish_slo(
        &library::descriptor(provider)?,
        &pending,
        match incoming {
            Incoming::Redirect(query) => BrowserInput::<LogoutResponse>::redirect(query),
            Incoming::Post(fields) => BrowserInput::<LogoutResponse>::post(message_only(fields, Kind::Response)),
        },
        context(now, skew_seconds),
    )?;
    Ok(LogoutAnswer { in_response_to: request_id.to_owned(), relay_state })
}

/// A signed logout request; none when the provider has no single logout.
///
/// # Errors
/// [`BadServiceKey`].
pub fn request_logout(
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    id: &MessageId,
    subject: &LogoutSubject,
    relay_state: &str,
    now: Timestamp,
) -> Result<Option<Outgoing>, BadServiceKey> {
    let Some(endpoint) = provider.logout_endpoint() else {
        return Ok(None);
    };
    let format =
        subject.name_id_format.as_deref().map_or_else(String::new, |format| format!(" Format=\"{}\"", escape(format)));
    let sessions: String = subject
        .session_indexes
        .iter()
        .map(|index| format!("<samlp:SessionIndex>{}</samlp:SessionIndex>", escape(index)))
        .collect();
    let message = format!(
        "<samlp:LogoutRequest xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
         IssueInstant=\"{}\" NotOnOrAfter=\"{}\" Destination=\"{}\"><saml:Issuer>{}</saml:Issuer><saml:NameID{format}>{}\
         </saml:NameID>{sessions}</samlp:LogoutRequest>",
        id.as_str(),
        instant(now),
        instant(now.plus_seconds(REQUEST_SECONDS)),
        escape(&endpoint.url),
        escape(service.entity_id),
        escape(&subject.name_id),
    );
    send(service, Kind::Request, endpoint.binding, &endpoint.url, &message, Some(relay_state)).map(Some)
}

/// The signed answer to a provider's logout request, by the binding it came with if the provider takes answers there.
///
/// # Errors
/// [`BadServiceKey`], also when the provider has no address for answers.
pub fn answer_logout(
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    id: &MessageId,
    request: &Logout,
    ended: bool,
    now: Timestamp,
) -> Result<Outgoing, BadServiceKey> {
    let endpoint = provider.logout_endpoint().ok_or(BadServiceKey)?;
    let url = endpoint.response_url.as_deref().unwrap_or(&endpoint.url);
    let message = format!(
        "<samlp:LogoutResponse xmlns:samlp=\"{PROTOCOL}\" xmlns:saml=\"{ASSERTION}\" ID=\"{}\" Version=\"2.0\" \
         IssueInstant=\"{}\" Destination=\"{}\" InResponseTo=\"{}\"><saml:Issuer>{}</saml:Issuer><samlp:Status>\
         <samlp:StatusCode Value=\"{}\"/></samlp:Status></samlp:LogoutResponse>",
        id.as_str(),
        instant(now),
        escape(url),
        escape(&request.id),
        escape(service.entity_id),
        if ended { SUCCESS } else { RESPONDER },
    );
    send(service, Kind::Response, endpoint.binding, url, &message, request.relay_state.as_deref())
}

/// Unpacks a message, with every check that needs no key.
fn open(incoming: Incoming<'_>, kind: Kind) -> Result<(Element, Option<String>), Refusal> {
    let unreadable = || Refusal::new(Reason::Unreadable, "the message can't be unpacked");
    let (text, relay_state) = match incoming {
        Incoming::Redirect(query) => {
            let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let method =
                one(&fields, "SigAlg")?.ok_or_else(|| Refusal::new(Reason::Unsigned, "the message isn't signed"))?;
            if !signatures::method_is_strong(method) {
                let sentence = format!("it is signed with {}, which isn't accepted", quoted(Some(method)));
                return Err(Refusal::new(Reason::Algorithm, sentence));
            }
            let packed = one(&fields, kind.field())?.ok_or_else(unreadable)?;
            let packed = BASE64.decode(packed.replace(['\r', '\n'], "")).map_err(|_| unreadable())?;
            (library::inflate(&packed).ok_or_else(unreadable)?, one(&fields, "RelayState")?.map(str::to_owned))
        }
        Incoming::Post(fields) => {
            let packed = one(fields, kind.field())?.ok_or_else(unreadable)?;
            if packed.len() > LIMITS.bytes_max {
                return Err(unreadable());
            }
            let packed: String = packed.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
            let bytes = BASE64.decode(packed).map_err(|_| unreadable())?;
            (String::from_utf8(bytes).map_err(|_| unreadable())?, one(fields, "RelayState")?.map(str::to_owned))
        }
    };
    let root = xml::parse(&text, LIMITS)?;
    if matches!(incoming, Incoming::Post(_)) && signatures::check(&root)? == 0 {
        return Err(Refusal::new(Reason::Unsigned, "the message isn't signed"));
    }
    Ok((root, relay_state))
}

/// A field that stands there once or not at all.
fn one<'a>(fields: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Refusal::new(Reason::Shape, "a field stands there twice; this is how forged messages look")),
    }
}

/// The RelayState of a form isn't signed, and says nothing to the library.
fn message_only(fields: &[(String, String)], kind: Kind) -> Vec<FormField> {
    fields
        .iter()
        .filter(|(name, _)| name == kind.field())
        .map(|(name, value)| FormField::new(name.as_str(), value.as_str()))
        .collect()
}

fn library_of(
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
) -> Result<saml_rs::Saml<saml_rs::Sp>, Refusal> {
    let key = service.keys.first().ok_or_else(|| Refusal::new(Reason::Encryption, "there is no key of ours"))?;
    Ok(library::service(service, provider, key, Wrapping::Plain)?)
}

fn context(now: Timestamp, skew_seconds: i64) -> SamlValidationContext<'static> {
    // Whether it was seen before is asked by the caller, in a table that all nodes share.
    SamlValidationContext::new(library::system_time(now), ReplayPolicy::DisabledForCompatibility)
        .with_clock_skew(library::skew(skew_seconds))
}

fn time(root: &Element, name: &str) -> Result<Option<Timestamp>, Refusal> {
    root.attribute(name).map(|text| text.trim().parse().map_err(|_| incomplete(name))).transpose()
}

fn incomplete(what: &str) -> Refusal {
    Refusal::new(Reason::Incomplete, format!("it lacks {what}"))
}

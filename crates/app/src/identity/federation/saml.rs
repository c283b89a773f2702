//! Signing in through a SAML provider: there, back, and out.
//!
//! What is signed, and whether it may be believed, is decided by `soundkeep-federation`; that it counts once, by a table
//! that all nodes share. Who it is here is decided where all protocols meet.

use super::arrival::{Came, Refusal, arrive};
use super::saml_keys::{self, keys};
use super::skew;
use super::trip::{self, Departure, Trip, is_answer_to};
use crate::identity::{Network, Visitor, refusals};
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::identity::{Arrived, Protocol, ProviderDocument, Purpose, Saml, normal_email};
use soundkeep_domain::{SessionId, Timestamp, UserId};
use soundkeep_federation::saml::{
    self, Assertion, AuthnRequest, BadCertificate, Binding, Certificate, Endpoint, Expected, IdentityProvider,
    Incoming, LogoutEndpoint, LogoutSubject, MessageId, Outgoing, Reason, ServiceKey, ServiceProvider,
};
use soundkeep_store::identity::providers::{self as rows, Stored};
use soundkeep_store::identity::seen::{self, Kind};
use soundkeep_store::identity::through;
use std::collections::BTreeMap;

/// Most groups that are read.
const GROUPS_MAX: usize = 2000;
/// Longest name of somebody at a provider, in characters.
const SUBJECT_CHARACTERS_MAX: usize = 500;

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
/// How Entra ID says that somebody showed a second factor: an attribute, and a value of it.
const METHODS: (&str, &str) =
    ("http://schemas.microsoft.com/claims/authnmethodsreferences", "http://schemas.microsoft.com/claims/multipleauthn");

/// What a provider sent back.
#[derive(Clone)]
pub struct SamlAnswer {
    /// The form's `SAMLResponse`.
    pub response: String,
    /// The form's `RelayState`.
    pub relay_state: Option<String>,
}

/// A message about signing out, as it came.
#[derive(Clone)]
pub enum LogoutMessage {
    /// The query of the address, exactly as it came.
    Redirect(String),
    /// The fields of a form.
    Post(Vec<(String, String)>),
}

impl LogoutMessage {
    fn incoming(&self) -> Incoming<'_> {
        match self {
            Self::Redirect(query) => Incoming::Redirect(query),
            Self::Post(fields) => Incoming::Post(fields),
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        match self {
            Self::Redirect(query) => url_field(query, name),
            Self::Post(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
        }
    }
}

fn url_field(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Our addresses towards a provider, and our keys.
pub(super) struct Ours {
    entity_id: String,
    acs_url: String,
    logout_url: String,
    keys: Vec<ServiceKey>,
}

impl Ours {
    pub(super) async fn of(vault: &Vault, stored: &Stored, public_origin: &str) -> Result<Self> {
        let [entity_id, acs_url, logout_url] = addresses(public_origin, &stored.provider.slug);
        Ok(Self { entity_id, acs_url, logout_url, keys: keys(vault, stored).await? })
    }

    pub(super) fn service(&self) -> ServiceProvider<'_> {
        ServiceProvider {
            entity_id: &self.entity_id,
            acs_url: &self.acs_url,
            logout_url: &self.logout_url,
            keys: &self.keys,
        }
    }
}

/// Where a SAML provider finds us: our metadata, which is our name too, where it sends people back, and where they sign out.
#[must_use]
pub fn addresses(public_origin: &str, slug: &str) -> [String; 3] {
    ["metadata", "acs", "slo"].map(|end| format!("{public_origin}/saml/{slug}/{end}"))
}

pub(super) fn saml_of(stored: &Stored) -> Result<&Saml> {
    match (&stored.provider.document.saml, stored.provider.protocol) {
        (Some(saml), Protocol::Saml) => Ok(saml),
        _ => Err(Error::NotFound),
    }
}

/// The provider as its rules know it.
pub(in crate::identity) fn described(saml: &Saml) -> std::result::Result<IdentityProvider, BadCertificate> {
    let logout = saml.logout_url.iter().map(|url| LogoutEndpoint {
        binding: Binding::Redirect,
        url: url.clone(),
        response_url: saml.logout_answer_url.clone(),
    });
    Ok(IdentityProvider {
        entity_id: saml.entity_id.clone(),
        sign_in: vec![Endpoint { binding: Binding::Redirect, url: saml.sign_in_url.clone() }],
        logout: logout.collect(),
        certificates: saml
            .certificates
            .iter()
            .map(|text| Certificate::read(text))
            .collect::<std::result::Result<_, _>>()?,
        name_id_formats: Vec::new(),
    })
}

fn known(saml: &Saml) -> Result<IdentityProvider> {
    described(saml).map_err(Error::bug)
}

/// The id of the request of a trip.
fn request_id(trip: &Trip) -> MessageId {
    let digest = sha256(trip.nonce.as_bytes());
    MessageId::new(std::array::from_fn(|at| digest.get(at).copied().unwrap_or_default()))
}

fn address(outgoing: Outgoing) -> Result<String> {
    match outgoing {
        Outgoing::Redirect(address) => Ok(address),
        Outgoing::Post { .. } => Err(Error::Bug("a provider that is described by redirect alone".into())),
    }
}

/// Sends somebody to a provider.
pub(super) async fn depart(
    vault: &Vault,
    stored: &Stored,
    public_origin: &str,
    (purpose, whose, return_to): (Purpose, Option<(SessionId, UserId)>, &str),
    anew: bool,
) -> Result<Departure> {
    let saml = saml_of(stored)?;
    let ours = Ours::of(vault, stored, public_origin).await?;
    let trip = trip::begin(vault, stored, purpose, whose, return_to)?;
    let asked = AuthnRequest {
        id: &request_id(&trip),
        relay_state: &trip.state,
        force: anew,
        context: saml.asked_context.as_deref(),
    };
    let sent = saml::request_sign_in(&ours.service(), &known(saml)?, &asked, vault.now()).map_err(Error::bug)?;
    let kept = trip::pack(vault, stored.organisation, &trip).await?;
    Ok(Departure { address: address(sent)?, kept, comes_back_as_form: true })
}

/// Our metadata towards a provider.
///
/// # Errors
/// [`Error::NotFound`] when there is no SAML provider of this short name.
pub async fn saml_metadata(vault: &Vault, slug: &str, public_origin: &str) -> Result<String> {
    let stored = rows::by_slug(&mut vault.store().reader(), slug).await?;
    saml_of(&stored)?;
    Ok(Ours::of(vault, &stored, public_origin).await?.service().metadata())
}

/// Goes on with somebody who came back with a response, or was sent unasked by a provider that may.
///
/// # Errors
/// [`Error::AtProvider`] with why they aren't let in; [`Error::NotFound`] when there is no such provider.
pub async fn come_back_with_form(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    kept_by_browser: Option<&str>,
    answer: SamlAnswer,
    visitor: &Visitor,
) -> Result<Came> {
    let read = read_form(vault, (slug, public_origin), kept_by_browser, answer, visitor);
    super::counted(vault, visitor, Box::pin(read)).await
}

async fn read_form(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    kept_by_browser: Option<&str>,
    answer: SamlAnswer,
    visitor: &Visitor,
) -> Result<Came> {
    let stored = rows::by_slug(&mut vault.store().reader(), slug).await?;
    let saml = saml_of(&stored)?;
    let is_unasked = saml.takes_unasked && saml::in_response_to(&answer.response).is_none();
    let (stored, trip, asked) = if is_unasked {
        // Nothing was begun here: where they go is what the provider says, as far as it is a page of ours.
        let to = answer.relay_state.clone().unwrap_or_default();
        let trip = trip::begin(vault, &stored, Purpose::SignIn, None, &to)?;
        (stored, trip, None)
    } else {
        match trip::unpack(vault, kept_by_browser, slug).await {
            Ok((stored, trip)) if belongs(&trip, answer.relay_state.as_deref()) => {
                let asked = request_id(&trip);
                (stored, trip, Some(asked))
            }
            other => {
                refusals::refuse(vault, Network::of(visitor.address), Some(stored.organisation), false).await?;
                let lost = "this sign-in was begun in another browser, or too long ago: begin anew";
                return Err(other.err().unwrap_or(Error::AtProvider("lost", lost)));
            }
        }
    };
    let arrived = read(vault, &stored, public_origin, (answer.response, asked)).await?;
    arrive(vault, (&stored, &trip), arrived, visitor).await
}

/// A provider that hands nothing back is no reason to refuse: the response names the request as well.
fn belongs(trip: &Trip, relay_state: Option<&str>) -> bool {
    relay_state.is_none_or(|state| state.is_empty() || is_answer_to(trip, state))
}

async fn read(
    vault: &Vault,
    stored: &Stored,
    public_origin: &str,
    (response, asked): (String, Option<MessageId>),
) -> Result<std::result::Result<Arrived, Refusal>> {
    let saml = saml_of(stored)?;
    let ours = Ours::of(vault, stored, public_origin).await?;
    let skew_seconds = skew(vault, stored).await?;
    let (provider, now, encrypted_only) = (known(saml)?, vault.now(), saml.encrypted_only);
    let reading = move || {
        let request_id = asked.as_ref().map(MessageId::as_str);
        let expected = Expected { request_id, now, skew_seconds, encrypted_only };
        saml::read_response(&response, &ours.service(), &provider, &expected)
    };
    // Keys are used, and documents may be large.
    let assertion = match tokio::task::spawn_blocking(reading).await.map_err(Error::bug)? {
        Ok(assertion) => assertion,
        Err(refusal) => return Ok(Err(told(refusal))),
    };
    if !is_first(vault, stored, (Kind::Assertion, &assertion.assertion_id), assertion.not_on_or_after).await? {
        return Ok(Err(Refusal {
            code: "again",
            sentence: "this sign-in was used already: begin anew",
            said: Some(assertion.document),
        }));
    }
    Ok(person(assertion, &stored.provider.document, skew_seconds))
}

/// Whether something of a provider is seen for the first time, in the whole vault.
pub(super) async fn is_first(
    vault: &Vault,
    stored: &Stored,
    (kind, id): (Kind, &str),
    until: Timestamp,
) -> Result<bool> {
    let name: String = sha256(id.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut transaction = vault.store().begin().await?;
    let first = seen::first_time(&mut transaction, stored.organisation, stored.id, (kind, &name), until).await?;
    transaction.commit().await?;
    Ok(first)
}

/// A refusal for the person, with all of it for whoever tests the provider.
fn told(refusal: saml::Refusal) -> Refusal {
    let sentence = match refusal.reason {
        Reason::Failed => "the provider didn't let you in",
        Reason::Expired | Reason::NotYet => "the provider's answer came too late or too early: begin anew",
        Reason::InResponseTo => "this sign-in was begun in another browser, or too long ago: begin anew",
        _ => "the provider's answer isn't accepted",
    };
    let said = match &refusal.document {
        Some(document) => format!("{}\n\n{document}", refusal.sentence),
        None => refusal.sentence.clone(),
    };
    Refusal { code: refusal.reason.code(), sentence, said: Some(said) }
}

/// Where Entra says that groups lie which it left out, because there are too many.
const GROUPS_ELSEWHERE: &str = "http://schemas.microsoft.com/claims/groups.link";

/// Who came, by what the provider signed.
fn person(
    assertion: Assertion,
    document: &ProviderDocument,
    skew_seconds: i64,
) -> std::result::Result<Arrived, Refusal> {
    let refuse = |code, sentence| Err(Refusal { code, sentence, said: Some(assertion.document.clone()) });
    if assertion.name_id_format == TRANSIENT {
        return refuse(
            "transient",
            "the provider calls people by another name each time (transient): have it send a lasting name or the address",
        );
    }
    if assertion.name_id.chars().count() > SUBJECT_CHARACTERS_MAX {
        return refuse("subject", "the provider calls people by a name that is too long");
    }
    let first = |name: &str| assertion.values(name).first().map(|value| value.trim().to_owned());
    let named = first(&document.claims.email).as_deref().and_then(normal_email);
    // The name by which somebody signs in there is theirs; an attribute may be what they typed into a form.
    let is_address = assertion.name_id_format == EMAIL || !assertion.name_id_format.ends_with(":persistent");
    let own = normal_email(&assertion.name_id).filter(|_| is_address);
    let email_verified = document.vouches_for_email || own.is_some();
    let email = if document.vouches_for_email { named.or(own) } else { own.or(named) };
    let groups = assertion.values(&document.claims.groups).into_iter().take(GROUPS_MAX).map(str::to_owned).collect();
    let groups_left_out =
        assertion.values(&document.claims.groups).is_empty() && !assertion.values(GROUPS_ELSEWHERE).is_empty();
    let counts = |context: &str| document.second_factor_contexts.iter().any(|one| one == context);
    let second_factor =
        assertion.authn_context.as_deref().is_some_and(counts) || assertion.values(METHODS.0).contains(&METHODS.1);
    Ok(Arrived {
        subject: assertion.name_id.clone(),
        email,
        email_verified,
        name: first(&document.claims.name).filter(|name| !name.is_empty()),
        groups,
        groups_left_out,
        second_factor: document.second_factor_counts && second_factor,
        session: assertion.session_index.clone(),
        name_format: Some(assertion.name_id_format.clone()),
        session_ends_at: assertion.session_until.map(|until| until.plus_seconds(skew_seconds)),
        sealed_token: None,
        authenticated_at: assertion.authn_instant.map(Timestamp::as_unix_seconds),
        said: said(assertion),
    })
}

fn said(assertion: Assertion) -> BTreeMap<String, serde_json::Value> {
    let mut said: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for attribute in assertion.attributes {
        let name = match attribute.friendly_name {
            Some(friendly) if friendly != attribute.name => format!("{friendly} ({})", attribute.name),
            _ => attribute.name,
        };
        said.insert(name, attribute.values.into());
    }
    said.insert("NameID".to_owned(), format!("{} ({})", assertion.name_id, assertion.name_id_format).into());
    for (name, value) in [("SessionIndex", assertion.session_index), ("AuthnContextClassRef", assertion.authn_context)]
    {
        if let Some(value) = value {
            said.insert(name.to_owned(), value.into());
        }
    }
    said.insert("Response".to_owned(), assertion.document.into());
    said
}

/// Where somebody signs out at the provider through which they came, if it has such a place.
pub(super) async fn sign_out_there(
    vault: &Vault,
    stored: &Stored,
    came: through::Through,
    public_origin: &str,
) -> Result<Option<String>> {
    let saml = saml_of(stored)?;
    let ours = Ours::of(vault, stored, public_origin).await?;
    let id = MessageId::new(vault.random()?);
    let subject = LogoutSubject {
        name_id: came.subject,
        name_id_format: came.name_format,
        session_indexes: came.session.into_iter().collect(),
    };
    // The answer brings it back, and is held against it.
    let relay_state = id.as_str();
    let sent = saml::request_logout(&ours.service(), &known(saml)?, &id, &subject, relay_state, vault.now());
    sent.map_err(Error::bug)?.map(address).transpose()
}

/// What becomes of the browser that brought a message about signing out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedOut {
    /// It goes back to the provider, which asked.
    Answer(String),
    /// It is done.
    Done,
}

/// Ends sessions because their provider asks for it, or takes its answer to a request of ours.
///
/// # Errors
/// [`Error::NotFound`] when there is no such provider; [`Error::AtProvider`] when the message isn't believed.
pub async fn sign_out_by_saml(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    message: LogoutMessage,
    visitor: &Visitor,
) -> Result<SignedOut> {
    let stored = rows::by_slug(&mut vault.store().reader(), slug).await?;
    let provider = known(saml_of(&stored)?)?;
    let ours = Ours::of(vault, &stored, public_origin).await?;
    let (now, skew) = (vault.now(), skew(vault, &stored).await?);
    if message.field("SAMLResponse").is_some() {
        let request = message.field("RelayState").unwrap_or_default();
        let read =
            move || saml::read_logout_answer(message.incoming(), &request, &ours.service(), &provider, now, skew);
        // Here they are signed out already; that the provider is content changes nothing.
        return match tokio::task::spawn_blocking(read).await.map_err(Error::bug)? {
            Ok(_) => Ok(SignedOut::Done),
            Err(refusal) => not_believed(vault, &stored, &refusal, visitor).await,
        };
    }
    let read = move || {
        let read = saml::read_logout(message.incoming(), &ours.service(), &provider, now, skew);
        (read, ours, provider)
    };
    let (read, ours, provider) = tokio::task::spawn_blocking(read).await.map_err(Error::bug)?;
    let request = match read {
        Ok(request) => request,
        Err(refusal) => return not_believed(vault, &stored, &refusal, visitor).await,
    };
    let again =
        || saml::Refusal { reason: Reason::InResponseTo, sentence: "it came already".to_owned(), document: None };
    if !is_first(vault, &stored, (Kind::Logout, &request.id), request.not_on_or_after).await? {
        return not_believed(vault, &stored, &again(), visitor).await;
    }
    let name = request.subject.name_id.as_str();
    if request.subject.session_indexes.is_empty() {
        super::oidc::end_sessions(vault, &stored, (Some(name), None), visitor).await?;
    }
    for session in &request.subject.session_indexes {
        super::oidc::end_sessions(vault, &stored, (Some(name), Some(session)), visitor).await?;
    }
    if provider.logout_endpoint().is_none() {
        return Ok(SignedOut::Done);
    }
    let id = MessageId::new(vault.random()?);
    let sent = saml::answer_logout(&ours.service(), &provider, &id, &request, true, now).map_err(Error::bug)?;
    Ok(SignedOut::Answer(address(sent)?))
}

async fn not_believed(vault: &Vault, stored: &Stored, refusal: &saml::Refusal, visitor: &Visitor) -> Result<SignedOut> {
    refusals::refuse(vault, Network::of(visitor.address), Some(stored.organisation), false).await?;
    tracing::info!(provider = %stored.provider.slug, reason = refusal.reason.code(), "a message about signing out was refused");
    Err(Error::AtProvider(refusal.reason.code(), "the provider's message about signing out isn't accepted"))
}

/// The metadata of a provider, read from a document or from where it is published.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`; [`Error::Invalid`] with what is wrong with it.
pub async fn read_saml_metadata(vault: &Vault, caller: &Caller, given: saml_keys::Given) -> Result<Saml> {
    use soundkeep_domain::access::marks::SecuritySettingsManage;
    crate::identity::change::allow::<SecuritySettingsManage>(vault, caller).await?;
    saml_keys::metadata(vault, given).await
}

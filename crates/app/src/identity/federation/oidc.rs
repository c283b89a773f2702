//! Signing in through an OpenID provider: there, back, and out.

use super::arrival::{Came, Refusal, arrive};
use super::trip::{self, Departure, Trip, is_answer_to};
use super::{saml, skew};
use crate::event::{Draft, record};
use crate::identity::account::{self, Own};
use crate::identity::{Network, Visitor, change, providers, refusals};
use crate::{Caller, Error, Result, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use soundkeep_crypto::digest::sha256;
use soundkeep_crypto::keys::ObjectKey;
use soundkeep_crypto::sealed;
use soundkeep_domain::access::{SystemCaller, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::{Arrived, Oidc, Protocol, ProviderState, Purpose};
use soundkeep_domain::{ProviderId, SessionId, Timestamp, UserId};
use soundkeep_federation::oidc::{self, Asked, Discovery, Expected, Keys, Refused, TokenRequest};
use soundkeep_outbound::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use soundkeep_outbound::{Limits, OutboundError, Url};
use soundkeep_store::identity::providers::{self as rows, Stored};
use soundkeep_store::identity::seen::Kind;
use soundkeep_store::identity::{external, through, users};
use std::collections::HashMap;

/// What a provider says of itself is asked for anew after so long; seconds.
const KEPT_SECONDS: i64 = 60 * 60;
/// Its keys are asked for anew at most so often, because of a token that names another; seconds.
const KEYS_SECONDS: i64 = 60;
/// One that can't be reached isn't asked again for so long; seconds. Anybody can begin a sign-in, and each would wait for it.
const FAILED_SECONDS: i64 = 10;
/// How long ago somebody may have signed in there, where nothing is set; seconds. A provider that is asked for it has to say
/// when it was (OpenID Connect Core 1.0, section 2), and how much a sign-in proves follows from that.
const ANY_AGE_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Longest token that is shown again in the address where somebody signs out; addresses of 8 KiB pass everywhere.
const TOKEN_CHARACTERS_MAX: usize = 6 * 1024;

/// What providers said of themselves.
#[derive(Default)]
pub(crate) struct KeptProviders {
    known: Mutex<HashMap<ProviderId, Kept>>,
    /// Which can't be reached, since when at this version, and why.
    failed: Mutex<HashMap<ProviderId, (i64, Timestamp, Refusal)>>,
}

#[derive(Clone)]
struct Kept {
    version: i64,
    discovery: Discovery,
    keys: Keys,
    at: Timestamp,
}

/// What an answer brought that came back in the address (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Debug, Clone, Default)]
pub struct CodeAnswer {
    /// What we sent.
    pub state: Option<String>,
    /// What is changed for tokens.
    pub code: Option<String>,
    /// Who answers.
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// The same in words.
    pub error_description: Option<String>,
}

fn from_rules(refused: Refused) -> Refusal {
    Refusal { code: refused.code, sentence: refused.sentence, said: None }
}

fn from_outside(error: &OutboundError) -> Refusal {
    let sentence = "the provider can't be reached";
    Refusal { code: "unreachable", sentence, said: Some(error.to_string()) }
}

fn oidc_of(stored: &Stored) -> Result<&Oidc> {
    match (&stored.provider.document.oidc, stored.provider.protocol) {
        (Some(oidc), Protocol::Oidc) => Ok(oidc),
        _ => Err(Error::NotFound),
    }
}

/// Where a provider sends people back to.
#[must_use]
pub fn callback(public_origin: &str, slug: &str) -> String {
    format!("{public_origin}/oidc/{slug}/callback")
}

async fn document(vault: &Vault, url: &Url) -> std::result::Result<Vec<u8>, Refusal> {
    let answer = vault.outbound().get(url, &HeaderMap::new(), Limits::default()).await.map_err(|e| from_outside(&e))?;
    match answer.is_success() {
        true => Ok(answer.body.to_vec()),
        false => Err(Refusal {
            code: "unreachable",
            sentence: "the provider answers with an error: is the issuer right?",
            said: Some(format!("{} from {}", answer.status, url.host_str().unwrap_or_default())),
        }),
    }
}

/// What a provider says of itself, asked for when it isn't known, is old, or, with a key that isn't known, when the keys
/// are older than a minute.
async fn kept(vault: &Vault, stored: &Stored, oidc: &Oidc, keys: bool) -> std::result::Result<Kept, Refusal> {
    let now = vault.now();
    let openid = &vault.identity_state().openid;
    let known = openid.known.lock().get(&stored.id).filter(|kept| kept.version == stored.version).cloned();
    if let Some(kept) = known {
        let age = if keys { KEYS_SECONDS } else { KEPT_SECONDS };
        if kept.at.plus_seconds(age) > now {
            return Ok(kept);
        }
    }
    let failed = openid.failed.lock().get(&stored.id).cloned();
    if let Some((version, at, refusal)) = failed
        && version == stored.version
        && at.plus_seconds(FAILED_SECONDS) > now
    {
        return Err(refusal);
    }
    match ask(vault, oidc).await {
        Ok((discovery, keys)) => {
            openid.failed.lock().remove(&stored.id);
            let kept = Kept { version: stored.version, discovery, keys, at: now };
            openid.known.lock().insert(stored.id, kept.clone());
            Ok(kept)
        }
        Err(refusal) => {
            // Asking took its time as well.
            openid.failed.lock().insert(stored.id, (stored.version, vault.now(), refusal.clone()));
            Err(refusal)
        }
    }
}

/// Asks a provider what it says of itself, and for its keys.
async fn ask(vault: &Vault, oidc: &Oidc) -> std::result::Result<(Discovery, Keys), Refusal> {
    let address = oidc::discovery_address(&oidc.issuer).map_err(from_rules)?;
    let discovery = Discovery::read(&document(vault, &address).await?, &oidc.issuer).map_err(from_rules)?;
    let keys = Keys::read(&document(vault, &discovery.jwks_uri).await?).map_err(from_rules)?;
    Ok((discovery, keys))
}

/// Sends somebody to a provider to sign in.
///
/// # Errors
/// [`Error::NotFound`] when people don't sign in through such a provider; [`Error::AtProvider`] when it can't be reached.
pub async fn sign_in_through(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    return_to: &str,
    login_hint: Option<&str>,
) -> Result<Departure> {
    begin(vault, (slug, public_origin), return_to, (login_hint, false)).await
}

/// The same for somebody who has to show the provider anew who they are.
///
/// # Errors
/// As [`sign_in_through`].
pub async fn sign_in_anew_through(
    vault: &Vault,
    place: (&str, &str),
    return_to: &str,
    login_hint: Option<&str>,
) -> Result<Departure> {
    begin(vault, place, return_to, (login_hint, true)).await
}

async fn begin(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    return_to: &str,
    how: (Option<&str>, bool),
) -> Result<Departure> {
    let stored = rows::by_slug(&mut vault.store().reader(), slug).await?;
    if stored.state != ProviderState::On {
        return Err(Error::NotFound);
    }
    depart(vault, &stored, public_origin, (Purpose::SignIn, None, return_to), how).await
}

/// Sends somebody who is signed in to a provider, to find out whether it works.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Conflict`] for programs; [`Error::AtProvider`].
pub async fn test_provider(vault: &Vault, caller: &Caller, id: ProviderId, public_origin: &str) -> Result<Departure> {
    change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let Own { organisation, user, session } = account::own(caller)?;
    let stored = rows::get(&mut vault.store().reader(), organisation, id).await?;
    let whose = Some((session, user));
    depart(vault, &stored, public_origin, (Purpose::Test, whose, "/"), (None, false)).await
}

/// Sends somebody who is signed in to the provider through which they came, to prove anew who they are.
///
/// # Errors
/// [`Error::Conflict`] when they came through none, and for programs; [`Error::AtProvider`].
pub async fn step_up_through(
    vault: &Vault,
    caller: &Caller,
    public_origin: &str,
    return_to: &str,
) -> Result<Departure> {
    let Own { organisation, user, session } = account::own(caller)?;
    let mut reader = vault.store().reader();
    let came = through::of_session(&mut reader, organisation, session).await?;
    let came = came.ok_or(Error::Conflict("you came in through no identity provider"))?;
    let stored = rows::get(&mut reader, organisation, came.provider).await?;
    if stored.state != ProviderState::On {
        return Err(Error::Conflict("nobody proves anything through this provider at the moment: it is switched off"));
    }
    let email = users::get(&mut reader, organisation, user).await?.email;
    let whose = Some((session, user));
    depart(vault, &stored, public_origin, (Purpose::StepUp, whose, return_to), (Some(&email), true)).await
}

async fn depart(
    vault: &Vault,
    stored: &Stored,
    public_origin: &str,
    (purpose, whose, return_to): (Purpose, Option<(SessionId, UserId)>, &str),
    (login_hint, anew): (Option<&str>, bool),
) -> Result<Departure> {
    if stored.provider.protocol == Protocol::Saml {
        return saml::depart(vault, stored, public_origin, (purpose, whose, return_to), anew).await;
    }
    let oidc = oidc_of(stored)?;
    let kept = kept(vault, stored, oidc, false).await;
    let kept = kept.map_err(|refusal| at_provider(&refusal))?;
    let trip = trip::begin(vault, stored, purpose, whose, return_to)?;
    let challenge = URL_SAFE_NO_PAD.encode(sha256(trip.verifier.as_bytes()));
    let asked = Asked {
        client_id: &oidc.client_id,
        redirect_uri: &callback(public_origin, &stored.provider.slug),
        scopes: &oidc.scopes,
        state: &trip.state,
        nonce: &trip.nonce,
        challenge: &challenge,
        anew,
        age_max: super::age_max(stored).unwrap_or(ANY_AGE_SECONDS),
        login_hint,
        contexts: &stored.provider.document.second_factor_contexts,
    };
    let address = oidc::authorization_address(&kept.discovery, &asked).to_string();
    Ok(Departure { address, kept: trip::pack(vault, stored.organisation, &trip).await?, comes_back_as_form: false })
}

const fn at_provider(refusal: &Refusal) -> Error {
    Error::AtProvider(refusal.code, refusal.sentence)
}

/// Goes on with somebody who came back with a code.
///
/// # Errors
/// [`Error::AtProvider`] with why they aren't let in; [`Error::NotFound`] when there is no such provider.
pub async fn come_back(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    kept_by_browser: Option<&str>,
    answer: &CodeAnswer,
    visitor: &Visitor,
) -> Result<Came> {
    let read = read_code(vault, (slug, public_origin), kept_by_browser, answer, visitor);
    super::counted(vault, visitor, Box::pin(read)).await
}

async fn read_code(
    vault: &Vault,
    (slug, public_origin): (&str, &str),
    kept_by_browser: Option<&str>,
    answer: &CodeAnswer,
    visitor: &Visitor,
) -> Result<Came> {
    let found = trip::unpack(vault, kept_by_browser, slug).await;
    let (stored, trip) = match found {
        Ok((stored, trip)) if is_answer_to(&trip, answer.state.as_deref().unwrap_or_default()) => (stored, trip),
        Ok((stored, _)) => {
            refusals::refuse(vault, Network::of(visitor.address), Some(stored.organisation), false).await?;
            return Err(Error::AtProvider(
                "lost",
                "this sign-in was begun in another browser, or too long ago: begin anew",
            ));
        }
        Err(error) => return Err(error),
    };
    let arrived = arrived(vault, (&stored, &trip), public_origin, answer).await?;
    arrive(vault, (&stored, &trip), arrived, visitor).await
}

async fn arrived(
    vault: &Vault,
    (stored, trip): (&Stored, &Trip),
    public_origin: &str,
    answer: &CodeAnswer,
) -> Result<std::result::Result<Arrived, Refusal>> {
    let oidc = oidc_of(stored)?;
    let secret = providers::secret(vault, stored).await?;
    let secret = secret.map(|secret| String::from_utf8_lossy(&secret).into_owned());
    let skew = skew(vault, stored).await?;
    let exchanged = exchange(vault, (stored, trip, oidc), (secret.as_deref(), skew), public_origin, answer).await;
    let (mut arrived, token) = match exchanged {
        Ok(exchanged) => exchanged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if trip.purpose() == Purpose::SignIn && token.len() <= TOKEN_CHARACTERS_MAX {
        let (key, context) = sealing(vault, stored, &arrived.subject).await?;
        arrived.sealed_token = Some(sealed::seal_whole(&key, &context, token.as_bytes(), vault.entropy())?);
    }
    Ok(Ok(arrived))
}

/// What a token of somebody's is sealed with between signing in and out, and what binds it to its place.
async fn sealing(vault: &Vault, stored: &Stored, subject: &str) -> Result<(ObjectKey, Vec<u8>)> {
    let key = vault.keys(stored.organisation).await?.key.object_key("provider token", stored.id.as_bytes())?;
    let place =
        [b"provider token:".as_slice(), stored.organisation.as_bytes(), stored.id.as_bytes(), subject.as_bytes()];
    Ok((key, place.concat()))
}

async fn exchange(
    vault: &Vault,
    (stored, trip, oidc): (&Stored, &Trip, &Oidc),
    (secret, skew): (Option<&str>, i64),
    public_origin: &str,
    answer: &CodeAnswer,
) -> std::result::Result<(Arrived, String), Refusal> {
    let known = kept(vault, stored, oidc, false).await?;
    let refuse = |code, sentence| Refusal { code, sentence, said: None };
    // RFC 9207, section 2.4: an answer of another provider is not ours to change.
    match &answer.issuer {
        Some(issuer) if *issuer != oidc.issuer => {
            return Err(refuse("issuer", "the answer names another provider"));
        }
        None if known.discovery.authorization_response_iss_parameter_supported => {
            return Err(refuse("issuer", "the answer doesn't name the provider, which says that its answers do"));
        }
        Some(_) | None => {}
    }
    let Some(code) = answer.code.as_deref().filter(|_| answer.error.is_none()) else {
        let said = [answer.error.as_deref(), answer.error_description.as_deref()];
        let said = said.into_iter().flatten().collect::<Vec<_>>().join(": ");
        return Err(Refusal { code: "declined", sentence: "the provider didn't let you in", said: Some(said) });
    };
    let redirect_uri = callback(public_origin, &stored.provider.slug);
    let (client_id, verifier) = (oidc.client_id.as_str(), trip.verifier.as_str());
    let request = TokenRequest { client_id, client_secret: secret, redirect_uri: &redirect_uri, code, verifier };
    let tokens = tokens(vault, &known.discovery, &request).await?;
    let now = vault.now().as_unix_micros() / 1_000_000;
    let expected = Expected { issuer: &oidc.issuer, client_id, now, skew };
    let read = |keys: &Keys| {
        oidc::read_id_token(&tokens.id_token, keys, &expected, &trip.nonce, tokens.access_token.as_deref())
    };
    let signed = match read(&known.keys) {
        // Its keys may have changed since.
        Err(refused) if refused.code == "unknown_key" => read(&kept(vault, stored, oidc, true).await?.keys),
        read => read,
    };
    let signed = signed.map_err(from_rules)?;
    let mut besides = None;
    if let (Some(endpoint), Some(token)) = (&known.discovery.userinfo_endpoint, &tokens.access_token) {
        let subject = signed.get("sub").and_then(serde_json::Value::as_str).unwrap_or_default();
        besides = Some(userinfo(vault, endpoint, token, subject).await?);
    }
    let arrived = oidc::person(&signed, besides.as_ref(), &stored.provider.document).map_err(from_rules)?;
    Ok((arrived, tokens.id_token))
}

fn authorization(text: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(text) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

async fn tokens(
    vault: &Vault,
    discovery: &Discovery,
    request: &TokenRequest<'_>,
) -> std::result::Result<oidc::TokenAnswer, Refusal> {
    let (fields, basic) = oidc::token_request(discovery, request);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let headers = match basic {
        Some((user, password)) => authorization(&format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))),
        None => HeaderMap::new(),
    };
    let outbound = vault.outbound();
    let answer = outbound.post_form(&discovery.token_endpoint, &fields, &headers, Limits::default()).await;
    let answer = answer.map_err(|error| from_outside(&error))?;
    if !answer.is_success() {
        let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let word = |name: &str| said.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let said = [word("error"), word("error_description")].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let sentence = "the provider didn't take the code: are client id and secret right?";
        return Err(Refusal { code: "token_answer", sentence, said: Some(said) });
    }
    oidc::read_token_answer(&answer.body).map_err(from_rules)
}

async fn userinfo(
    vault: &Vault,
    endpoint: &Url,
    token: &str,
    subject: &str,
) -> std::result::Result<serde_json::Map<String, serde_json::Value>, Refusal> {
    let headers = authorization(&format!("Bearer {token}"));
    let answer = vault.outbound().get(endpoint, &headers, Limits::default()).await;
    let answer = answer.map_err(|error| from_outside(&error))?;
    oidc::read_userinfo(&answer.body, subject).map_err(from_rules)
}

/// Ends the sessions of somebody who signed out at a provider (OpenID Connect Back-Channel Logout 1.0).
///
/// # Errors
/// [`Error::NotFound`] when there is no such provider; [`Error::AtProvider`] when the message isn't believed.
pub async fn signed_out_there(vault: &Vault, slug: &str, token: &str, visitor: &Visitor) -> Result<()> {
    let stored = rows::by_slug(&mut vault.store().reader(), slug).await?;
    let oidc = oidc_of(&stored)?;
    let (now, skew) = (vault.now().as_unix_micros() / 1_000_000, skew(vault, &stored).await?);
    let expected = Expected { issuer: &oidc.issuer, client_id: &oidc.client_id, now, skew };
    let known = kept(vault, &stored, oidc, false).await.map_err(|refusal| at_provider(&refusal))?;
    let mut read = oidc::read_sign_out(token, &known.keys, &expected);
    if read.as_ref().is_err_and(|refused| refused.code == "unknown_key") {
        let newer = kept(vault, &stored, oidc, true).await.map_err(|refusal| at_provider(&refusal))?;
        read = oidc::read_sign_out(token, &newer.keys, &expected);
    }
    let told = match read {
        Ok(told) => told,
        Err(refused) => {
            refusals::refuse(vault, Network::of(visitor.address), Some(stored.organisation), false).await?;
            return Err(Error::AtProvider(refused.code, refused.sentence));
        }
    };
    // Sent once more, it would end what began since.
    let until = vault.now().plus_seconds(oidc::SIGN_OUT_SECONDS + 2 * skew);
    if !saml::is_first(vault, &stored, (Kind::Logout, &told.id), until).await? {
        return Err(Error::AtProvider("again", "this message was taken already"));
    }
    end_sessions(vault, &stored, (told.subject.as_deref(), told.session.as_deref()), visitor).await
}

/// Ends sessions that came in through a provider, with an event for each person.
pub(crate) async fn end_sessions(
    vault: &Vault,
    stored: &Stored,
    whose: (Option<&str>, Option<&str>),
    visitor: &Visitor,
) -> Result<()> {
    let organisation = stored.organisation;
    let caller = crate::operator::system_caller(vault, organisation, SystemCaller::Directory).await?;
    let caller = caller.coming_from(visitor.address);
    let mut transaction = vault.store().begin().await?;
    let ended = through::end(&mut transaction, organisation, stored.id, whose, vault.now()).await?;
    for (user, count) in ended {
        let name = users::get(&mut transaction, organisation, user).await?.name;
        let draft = Draft::of(vault, &caller, EventKind::ProviderSignOut)?
            .object(Object::new("user", user).named(name))
            .detail("provider", stored.provider.slug.as_str())
            .detail("sessions_ended", count);
        record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Where somebody signs out at the provider through which they came, if it has such a place.
///
/// # Errors
/// When the database is away.
pub async fn sign_out_there(vault: &Vault, caller: &Caller, public_origin: &str) -> Result<Option<String>> {
    let Ok(Own { organisation, session, .. }) = account::own(caller) else { return Ok(None) };
    let mut reader = vault.store().reader();
    let Some(came) = through::of_session(&mut reader, organisation, session).await? else { return Ok(None) };
    let stored = rows::get(&mut reader, organisation, came.provider).await?;
    if stored.provider.protocol == Protocol::Saml {
        return saml::sign_out_there(vault, &stored, came, public_origin).await;
    }
    let Ok(oidc) = oidc_of(&stored) else { return Ok(None) };
    // A provider that doesn't answer is no reason not to sign out here.
    let Ok(known) = kept(vault, &stored, oidc, false).await else { return Ok(None) };
    let back_to = format!("{public_origin}/oidc/{}/logout", stored.provider.slug);
    let token = match came.sealed_token {
        Some(sealed) => {
            let (key, context) = sealing(vault, &stored, &came.subject).await?;
            Some(String::from_utf8(sealed::open_whole(&key, &context, sealed)?).map_err(Error::bug)?)
        }
        None => None,
    };
    let address = oidc::sign_out_address(&known.discovery, &oidc.client_id, &back_to, token.as_deref());
    Ok(address.map(|url| url.to_string()))
}

/// Forgets who somebody is at their providers, so that they can come in through another.
///
/// # Errors
/// [`Error::Denied`] without `users.manage`; [`Error::NotFound`]; [`Error::Conflict`] when there is nothing to forget.
pub async fn unlink_user(vault: &Vault, caller: &Caller, id: UserId) -> Result<()> {
    let mut transaction = change::begin::<marks::UsersManage>(vault, caller).await?;
    let user = users::get(&mut transaction, caller.organisation(), id).await?;
    if external::unlink(&mut transaction, caller.organisation(), id).await? == 0 {
        return Err(Error::Conflict("this user came in through no identity provider"));
    }
    let draft =
        Draft::of(vault, caller, EventKind::IdentityUnlinked)?.object(Object::new("user", id).named(&user.name));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

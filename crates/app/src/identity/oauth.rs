//! Access tokens of programs by client credentials (RFC 6749, section 4.4), their end (RFC 7009) and what they say of
//! themselves (RFC 7662).
//!
//! A client is an API key: its id is public, its text the secret. A token is opaque, kept as a hash, and as good as the
//! text of the key that it was asked for with. It holds what the key holds, or less.

use super::change::begin;
use super::refusals::{self, KEY_NETWORK, NETWORK, TOO_FAST};
use super::{Network, programs};
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::{AccountState, CallerFacts, Permission, PermissionSet, marks};
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::identity::ProgramWay;
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::networks::Networks;
use soundkeep_domain::{AccessTokenId, ApiKeyId, OrganisationId, Timestamp};
use soundkeep_store::access;
use soundkeep_store::identity::access_tokens as rows;
use soundkeep_store::identity::api_keys::{self, LiveKey};
use std::net::IpAddr;
use std::sync::Arc;

/// What a client shows of itself.
#[derive(Clone)]
pub struct Client {
    /// The id of its key.
    pub id: String,
    /// The key's text.
    pub secret: String,
    /// Where it asks from.
    pub address: Option<IpAddr>,
}

/// Why a client gets no answer (RFC 6749, section 5.2).
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// There is no such client, or its secret isn't right or not any more.
    #[error("the client id or secret is not right, or the key has ended")]
    InvalidClient,
    /// The organisation asks its programs for another way.
    #[error("the organisation of this key takes no access tokens: it asks for signed secrets")]
    WrongWay,
    /// From outside of the organisation's networks of programs; the address.
    #[error("you come from {0}, which is none of your organisation's networks")]
    WrongNetwork(String),
    /// From outside of the networks of the key itself; the address.
    #[error("you come from {0}, which is none of this key's networks")]
    WrongKeyNetwork(String),
    /// A scope that there isn't, or none that the key holds.
    #[error("a scope that there is not, or that this key does not hold")]
    InvalidScope,
    /// A token of another client.
    #[error("the token was issued to another client")]
    OthersToken,
    /// What can go wrong everywhere.
    #[error(transparent)]
    House(#[from] Error),
}

impl From<soundkeep_store::Error> for OAuthError {
    fn from(error: soundkeep_store::Error) -> Self {
        Self::House(error.into())
    }
}

/// A token that was given out.
#[derive(Clone)]
pub struct IssuedToken {
    /// The token, shown this once.
    pub token: String,
    /// What it allows at this time.
    pub scopes: PermissionSet,
    /// After how many seconds it ends.
    pub expires_in: i64,
}

/// What an active token says of itself.
#[derive(Debug, Clone)]
pub struct TokenFacts {
    /// The client that it was given to.
    pub client: ApiKeyId,
    /// What it allows at this time.
    pub scopes: PermissionSet,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A client that showed who it is.
struct Known {
    key: LiveKey,
    text_hash: [u8; 32],
    facts: CallerFacts,
    settings: Arc<Settings>,
}

/// Finds out who a client is. Its secret has 256 random bits and is looked up by its hash, so that no time of an answer
/// tells anything of it.
async fn authenticate(vault: &Vault, client: &Client) -> Result<Known, OAuthError> {
    let network = Network::of(client.address);
    let taken = match vault.identity_state().limits.take_client(&client.id, network, vault.now()) {
        Ok(taken) => taken,
        Err(seconds) => {
            refusals::refuse_program(vault, network, None, TOO_FAST).await?;
            return Err(Error::TooMany(seconds).into());
        }
    };
    let id: Option<ApiKeyId> = client.id.parse().ok();
    let shown = Token::parse_kind(&client.secret, TokenKind::ApiKey).ok();
    let mut reader = vault.store().reader();
    let mut found = None;
    if let (Some(id), Some(shown)) = (id, shown) {
        let text_hash = *shown.hash().as_bytes();
        let key = api_keys::find(&mut reader, &text_hash, vault.now()).await?;
        if let Some(key) = key.filter(|key| key.id == id) {
            let facts = access::api_key_caller(&mut reader, key.organisation, key.id, key.rights, vault.now()).await?;
            found = (facts.account() == AccountState::Active).then_some((key, text_hash, facts));
        }
    }
    let Some((key, text_hash, facts)) = found else {
        let organisation = match id {
            Some(id) => api_keys::organisation_of(&mut reader, id).await?,
            None => None,
        };
        refusals::refuse_program(vault, network, organisation, "client").await?;
        return Err(OAuthError::InvalidClient);
    };
    vault.identity_state().limits.give_back(&taken);
    let settings = vault.settings_since(key.organisation, key.policy_epoch).await?;
    let told = || client.address.map_or_else(|| "nowhere".to_owned(), |at| at.to_canonical().to_string());
    if !Networks::of(&settings.api_networks()).lets_in(client.address) {
        refusals::refuse_program(vault, network, Some(key.organisation), NETWORK).await?;
        return Err(OAuthError::WrongNetwork(told()));
    }
    if !Networks::of(&key.networks).lets_in(client.address) {
        refusals::refuse_program(vault, network, Some(key.organisation), KEY_NETWORK).await?;
        return Err(OAuthError::WrongKeyNetwork(told()));
    }
    let facts = facts.limited_to(key.scopes);
    Ok(Known { key, text_hash, facts, settings })
}

impl Known {
    fn actor(&self) -> Actor {
        Actor { kind: "api_key", id: Some(self.key.id.to_string()), name: Some(self.key.name.clone()) }
    }
    fn takes_tokens(&self) -> bool {
        ProgramWay::AccessToken.is_taken_where(programs::asked_way(&self.settings))
    }
    /// What a client that names scopes gets of them; nothing when it names none.
    fn narrowed(&self, asked: Option<&str>) -> Result<Option<PermissionSet>, OAuthError> {
        let Some(asked) = asked else { return Ok(None) };
        let asked: PermissionSet = asked.parse().map_err(|_| OAuthError::InvalidScope)?;
        if asked.iter().any(|permission| !permission.row().available) {
            return Err(OAuthError::InvalidScope);
        }
        let granted = asked.and(offered(&self.facts));
        if granted.is_empty() { Err(OAuthError::InvalidScope) } else { Ok(Some(granted)) }
    }
}

/// What is held of the permissions whose feature exists.
fn offered(facts: &CallerFacts) -> PermissionSet {
    facts.grants().permissions().and(Permission::available().collect())
}

/// Gives a client an access token for these scopes, or for all that its key holds.
///
/// # Errors
/// [`OAuthError`].
pub async fn issue_token(vault: &Vault, client: &Client, scope: Option<&str>) -> Result<IssuedToken, OAuthError> {
    let known = authenticate(vault, client).await?;
    if !known.takes_tokens() {
        refusals::refuse_program(vault, Network::of(client.address), Some(known.key.organisation), "way").await?;
        return Err(OAuthError::WrongWay);
    }
    let narrowed = known.narrowed(scope)?;
    let (organisation, now) = (known.key.organisation, vault.now());
    let full = now.plus_seconds(known.settings.access_token_minutes() * 60);
    let expires_at = known.key.expires_at.map_or(full, |end| end.min(full));
    let token = Token::generate(TokenKind::AccessToken, vault.entropy()).map_err(Error::from)?;
    let new = rows::NewAccessToken {
        id: AccessTokenId::make(now, &vault.random()?),
        token_hash: *token.hash().as_bytes(),
        key: known.key.id,
        key_text_hash: known.text_hash,
        scopes: narrowed,
        created_at: now,
        expires_at,
    };
    let mut transaction = vault.store().begin().await.map_err(Error::from)?;
    rows::add(&mut transaction, organisation, &new).await?;
    api_keys::touch(&mut transaction, organisation, known.key.id, now).await?;
    let draft = Draft::by(vault, organisation, known.actor(), EventKind::AccessTokenIssued)?
        .address(client.address.map(|address| address.to_string()))
        .object(Object::new("access_token", new.id))
        .detail("scopes", narrowed.map(|scopes| scopes.to_string()))
        .detail("expires_at", expires_at.to_string());
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await.map_err(Error::from)?;
    let scopes = offered(&known.facts.limited_to(narrowed));
    let expires_in = expires_at.micros_since(now) / 1_000_000;
    Ok(IssuedToken { token: token.reveal().to_owned(), scopes, expires_in })
}

/// Ends a token of the client's own. What is no token, or has ended, is fine (RFC 7009, section 2.2).
///
/// # Errors
/// [`OAuthError`].
pub async fn revoke_token(vault: &Vault, client: &Client, token: &str) -> Result<(), OAuthError> {
    let known = authenticate(vault, client).await?;
    let Ok(token) = Token::parse_kind(token, TokenKind::AccessToken) else { return Ok(()) };
    let owner = rows::owner(&mut vault.store().reader(), token.hash().as_bytes()).await?;
    let Some((organisation, key, id)) = owner else { return Ok(()) };
    if (organisation, key) != (known.key.organisation, known.key.id) {
        return Err(OAuthError::OthersToken);
    }
    let mut transaction = vault.store().begin().await.map_err(Error::from)?;
    if rows::end(&mut transaction, organisation, (key, Some(id)), vault.now()).await? > 0 {
        let draft = Draft::by(vault, organisation, known.actor(), EventKind::AccessTokenRevoked)?
            .address(client.address.map(|address| address.to_string()))
            .object(Object::new("access_token", id));
        record(vault, &mut transaction, draft).await?;
    }
    transaction.commit().await.map_err(Error::from)?;
    Ok(())
}

/// What a token of the client's own says of itself; nothing when it isn't active, or another's.
///
/// # Errors
/// [`OAuthError`].
pub async fn introspect_token(vault: &Vault, client: &Client, token: &str) -> Result<Option<TokenFacts>, OAuthError> {
    let known = authenticate(vault, client).await?;
    let Ok(token) = Token::parse_kind(token, TokenKind::AccessToken) else { return Ok(None) };
    let found = rows::find(&mut vault.store().reader(), token.hash().as_bytes(), vault.now()).await?;
    let own = found.filter(|found| {
        (found.key.organisation, found.key.id) == (known.key.organisation, known.key.id) && known.takes_tokens()
    });
    Ok(own.map(|found| TokenFacts {
        client: found.key.id,
        scopes: offered(&known.facts.clone().limited_to(found.key.scopes)),
        issued_at: found.created_at,
        expires_at: found.key.expires_at.map_or(found.ends_at, |end| end.min(found.ends_at)),
    }))
}

/// Ends all access tokens of a key, and says how many there were.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn end_access_tokens(vault: &Vault, caller: &Caller, id: ApiKeyId) -> Result<u64> {
    let mut transaction = begin::<marks::ApiKeysManage>(vault, caller).await?;
    let organisation: OrganisationId = caller.organisation();
    let key = api_keys::get(&mut transaction, organisation, id).await?;
    let ended = rows::end(&mut transaction, organisation, (id, None), vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::AccessTokenRevoked)?
        .object(Object::new("api_key", id).named(key.name))
        .detail("count", ended);
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(ended)
}

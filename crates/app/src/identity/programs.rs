//! Programs at the door: an API key, a secret of the day signed with it, or an access token that was given for it.
//!
//! All three lead to the key. Which of them are taken, the organisation decides.

use super::session::{Doorstep, Kept, Which};
use super::{Network, refusals};
use crate::caller::CameBy;
use crate::{Error, Result, Vault};
use soundkeep_crypto::digest::sha256;
use soundkeep_crypto::sealed;
use soundkeep_crypto::signed_secret::{self, SecretKey};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::AccountState;
use soundkeep_domain::identity::ProgramWay;
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::networks::Networks;
use soundkeep_domain::{ApiKeyId, OrganisationId, Timestamp};
use soundkeep_store::identity::access_tokens;
use soundkeep_store::identity::api_keys::{self, LiveKey, Signing};
use soundkeep_store::{access, organisations};
use std::sync::atomic::AtomicI64;

/// What somebody shows at the door.
pub(super) enum Presented<'text> {
    /// A token of ours.
    Token(Token),
    /// What may be a signed secret, with the id of the key that it names.
    Secret(&'text str, ApiKeyId),
}

impl<'text> Presented<'text> {
    /// What this text is; nothing when it can't be anything. No token of ours has a dot in it.
    pub(super) fn of(text: &'text str) -> Option<Self> {
        if let Ok(token) = Token::parse(text) {
            return Some(Self::Token(token));
        }
        let id = signed_secret::key_id(text).ok()?;
        id.parse().ok().map(|id| Self::Secret(text, id))
    }
    /// By which a caller is remembered.
    pub(super) fn hash(&self) -> [u8; 32] {
        match self {
            Self::Token(token) => *token.hash().as_bytes(),
            Self::Secret(text, _) => sha256(text.as_bytes()),
        }
    }
}

/// What an organisation asks of programs.
pub(super) fn asked_way(settings: &Settings) -> ProgramWay {
    ProgramWay::of_word(&settings.api_authentication()).unwrap_or(ProgramWay::Key)
}

/// Whether a program's way is one that its organisation takes.
pub(crate) fn judge_way(settings: &Settings, came_by: Option<&CameBy>) -> Result<()> {
    let asked = asked_way(settings);
    match came_by {
        Some(came_by) if !came_by.way.is_taken_where(asked) => Err(Error::WrongWay(asked)),
        _ => Ok(()),
    }
}

/// The program that shows this, with what it may do; nothing when there is none, or not any more.
pub(super) async fn read(vault: &Vault, shown: &Presented<'_>, door: Doorstep<'_>) -> Result<Option<Kept>> {
    let now = vault.now();
    let mut reader = vault.store().reader();
    let (key, came_by) = match shown {
        Presented::Token(token) => {
            let hash = *token.hash().as_bytes();
            match token.kind() {
                TokenKind::ApiKey => {
                    let Some(key) = api_keys::find(&mut reader, &hash, now).await? else { return Ok(None) };
                    let narrowed_to = key.scopes;
                    let way = ProgramWay::Key;
                    (key, CameBy { way, key_text: hash, access_token: None, ends_at: None, narrowed_to })
                }
                TokenKind::AccessToken => {
                    let Some(found) = access_tokens::find(&mut reader, &hash, now).await? else { return Ok(None) };
                    let (way, key_text) = (ProgramWay::AccessToken, found.key_text_hash);
                    let (ends_at, narrowed_to) = (Some(found.ends_at), found.key.scopes);
                    (found.key, CameBy { way, key_text, access_token: Some(hash), ends_at, narrowed_to })
                }
                _ => return Ok(None),
            }
        }
        Presented::Secret(text, id) => {
            let Some((key_text, ends_at)) = proven(vault, text, *id, door).await? else { return Ok(None) };
            let Some(key) = api_keys::find(&mut reader, &key_text, now).await? else { return Ok(None) };
            let (way, ends_at, narrowed_to) = (ProgramWay::SignedSecret, Some(ends_at), key.scopes);
            (key, CameBy { way, key_text, access_token: None, ends_at, narrowed_to })
        }
    };
    let settings = vault.settings_since(key.organisation, key.policy_epoch).await?;
    if let Err(error) = judge_way(&settings, Some(&came_by)) {
        refusals::refuse_program(vault, Network::of(door.address), Some(key.organisation), "way").await?;
        return Err(error);
    }
    kept(vault, key, came_by, &settings).await
}

async fn kept(vault: &Vault, key: LiveKey, came_by: CameBy, settings: &Settings) -> Result<Option<Kept>> {
    let mut reader = vault.store().reader();
    let facts = access::api_key_caller(&mut reader, key.organisation, key.id, key.rights, vault.now()).await?;
    let used_at = key.used_at.map_or(0, Timestamp::as_unix_micros);
    Ok((facts.account() == AccountState::Active).then(|| Kept {
        which: Which::ApiKey(key.id),
        facts: facts.limited_to(key.scopes),
        session: key.id.to_string(),
        name: key.name,
        expires_at: [key.expires_at, came_by.ends_at].into_iter().flatten().min(),
        idle_seconds: None,
        proven_at: None,
        networks: Networks::of(&settings.api_networks()),
        own_networks: Networks::of(&key.networks),
        is_remote: false,
        used_at_micros: AtomicI64::new(used_at),
        written_at_micros: AtomicI64::new(used_at),
        epoch: key.policy_epoch,
        came_by: Some(came_by),
        directory: None,
    }))
}

/// The hash of the key's text that a secret is signed for, and when the secret ends; nothing when it isn't good. A bad
/// one of a key that there is stands in the ledger of its organisation.
async fn proven(vault: &Vault, text: &str, id: ApiKeyId, door: Doorstep<'_>) -> Result<Option<([u8; 32], Timestamp)>> {
    let now = vault.now();
    let mut reader = vault.store().reader();
    let texts = api_keys::signing(&mut reader, id, now).await?;
    let Some(organisation) = texts.first().map(|text| text.organisation) else { return Ok(None) };
    let row = organisations::get(&mut reader, organisation).await?;
    let organisation_id = organisation.to_string();
    let audiences: Vec<&str> = [organisation_id.as_str(), &row.slug].into_iter().chain(door.origin).collect();
    let now_seconds = now.as_unix_micros().div_euclid(1_000_000);
    let skew = vault.settings(organisation).await?.clock_skew_seconds();
    for signing in texts {
        let key = open(vault, id, &signing).await?;
        if let Ok(end) = signed_secret::verify(text, &id.to_string(), &key, &audiences, (now_seconds, skew)) {
            return Ok(Some((signing.text_hash, Timestamp::from_unix_micros(end.saturating_mul(1_000_000)))));
        }
    }
    refusals::refuse_program(vault, Network::of(door.address), Some(organisation), "secret").await?;
    Ok(None)
}

/// What binds a sealed signing key to its place: the very text of the key that it derives from.
fn context(organisation: OrganisationId, id: ApiKeyId, text_hash: &[u8; 32]) -> Vec<u8> {
    [b"secret key:".as_slice(), organisation.as_bytes(), id.as_bytes(), text_hash].concat()
}

/// Seals what a key signs its secrets with, so that whoever reads the database can sign none.
pub(super) async fn seal(vault: &Vault, organisation: OrganisationId, id: ApiKeyId, key: &Token) -> Result<Vec<u8>> {
    let sealing = vault.keys(organisation).await?.key.object_key("secret key", id.as_bytes())?;
    let place = context(organisation, id, key.hash().as_bytes());
    Ok(sealed::seal_whole(&sealing, &place, SecretKey::of(key).as_bytes(), vault.entropy())?)
}

async fn open(vault: &Vault, id: ApiKeyId, signing: &Signing) -> Result<SecretKey> {
    let sealing = vault.keys(signing.organisation).await?.key.object_key("secret key", id.as_bytes())?;
    let place = context(signing.organisation, id, &signing.text_hash);
    let opened = sealed::open_whole(&sealing, &place, signing.sealed_secret_key.clone())?;
    SecretKey::from_bytes(&opened).ok_or(Error::Damaged)
}

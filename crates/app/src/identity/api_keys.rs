//! API keys of programs: shown once, kept as a hash, with a role of their own.

use super::change::{allow, begin, normal_name, plain};
use super::programs;
use super::{API_KEY_DAYS, API_KEY_DAYS_MAX, API_KEY_OVERLAP_DAYS_MAX, ListOptions, Named, Page};
use crate::access::weigh::{self, Intent};
use crate::access::what_if;
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::{CallerKind, PermissionSet, marks};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::ends_soon;
use soundkeep_domain::settings::networks::{Networks, read_networks};
use soundkeep_domain::{ApiKeyId, Timestamp, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::access;
pub use soundkeep_store::access::KeyRights;
use soundkeep_store::identity::{access_tokens, api_keys as rows};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A key as lists show it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name.
    pub name: String,
    /// Its first characters, by which people know it.
    pub prefix: String,
    /// What it may do.
    pub rights: KeyRights,
    /// What it is narrowed to; nothing is everything.
    pub scopes: Option<PermissionSet>,
    /// From where it may be used besides; nothing is everywhere.
    pub networks: Vec<String>,
    /// Whether it can sign secrets of the day: keys that were made before there were any can't.
    pub signs: bool,
    /// How many access tokens of it may act.
    pub access_tokens: i64,
    /// The name of its role, or of the user that it acts for.
    pub rights_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whether that is soon, so that it is to be renewed.
    pub ends_soon: bool,
    /// When it was last used, to a minute.
    pub last_used_at: Option<Timestamp>,
    /// Who made it, if a person did.
    pub created_by: Option<Named<UserId>>,
}

impl ApiKey {
    fn at(row: rows::ApiKey, now: Timestamp) -> Self {
        Self {
            ends_soon: ends_soon(row.begun_at, row.expires_at, now),
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            rights: row.rights,
            scopes: row.scopes,
            networks: row.networks,
            signs: row.signs,
            access_tokens: 0,
            rights_name: row.rights_name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.used_at,
            created_by: row.created_by.map(Named::from),
        }
    }
}

/// A key that is made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its name.
    pub name: String,
    /// What it may do: what a role allows (then `own` reaches nothing, because a program takes part in no
    /// conversation), or what a user may.
    pub rights: KeyRights,
    /// What it is narrowed to; nothing is everything that role or user may.
    pub scopes: Option<PermissionSet>,
    /// From where it may be used, besides what the organisation says of all programs; nothing is everywhere.
    pub networks: Vec<String>,
    /// After how many days it ends; [`API_KEY_DAYS`] when nothing is said.
    pub expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    pub never_expires: bool,
}

/// When a key ends that begins now.
pub(super) fn end_of(vault: &Vault, days: Option<u32>, never: bool) -> Result<Option<Timestamp>> {
    let days = days.unwrap_or(API_KEY_DAYS);
    if !(1..=API_KEY_DAYS_MAX).contains(&days) {
        return Err(Error::invalid("expires_in_days", format!("1 to {API_KEY_DAYS_MAX}")));
    }
    Ok((!never).then(|| vault.now().plus_seconds(i64::from(days) * DAY_SECONDS)))
}

/// A key that was made, with its text.
#[derive(Clone)]
pub struct CreatedApiKey {
    /// What lists show.
    pub api_key: ApiKey,
    /// The key itself, shown this once.
    pub key: String,
}

/// The keys of the organisation, newest first; expired ones too.
///
/// # Errors
/// [`Error::Denied`] without `api_keys.manage`; [`Error::Invalid`] when the cursor isn't one of this list.
pub async fn api_keys(vault: &Vault, caller: &Caller, options: &ListOptions) -> Result<Page<ApiKey>> {
    allow::<marks::ApiKeysManage>(vault, caller).await?;
    let after = options.cursor.as_deref().map(str::parse::<ApiKeyId>).transpose();
    let after = after.map_err(|_| Error::invalid("cursor", "not a cursor of this list"))?;
    let mut reader = vault.store().reader();
    let mut found = rows::page(&mut reader, caller.organisation(), after, options.rows() + 1).await?;
    let next = options.cut(&mut found, |key| key.id.to_string());
    let tokens = access_tokens::active(&mut reader, caller.organisation(), vault.now()).await?;
    let shown = |row: rows::ApiKey| {
        let access_tokens = tokens.get(&row.id).copied().unwrap_or(0);
        ApiKey { access_tokens, ..ApiKey::at(row, vault.now()) }
    };
    Ok(Page { items: found.into_iter().map(shown).collect(), next })
}

/// Whether a program may hand out what is narrowed to this. What narrows a key would be no boundary if it could make
/// one that is wider.
fn may_hand_out(caller: &Caller, scopes: Option<PermissionSet>) -> bool {
    match (caller.came_by().and_then(|came_by| came_by.narrowed_to), scopes) {
        (None, _) => true,
        (Some(held), Some(wanted)) => wanted.is_within(held),
        (Some(_), None) => false,
    }
}

/// Networks in the form in which they are kept.
fn networks_of(sent: &[String]) -> Result<Vec<String>> {
    read_networks(sent).map_err(|sentence| Error::invalid("networks", sentence))
}

/// Whether a key may be given these networks by whoever asks: a program that is held to networks by its own key gives none
/// that lie elsewhere, itself included.
async fn may_open(transaction: &mut Transaction, caller: &Caller, networks: &[String]) -> Result<bool> {
    let CallerKind::ApiKey(key) = caller.facts().kind() else { return Ok(true) };
    let held = rows::networks(transaction, caller.organisation(), key).await?;
    Ok(Networks::of(networks).are_within(&Networks::of(&held)))
}

/// Makes a key. One that is narrowed makes none that is wider.
///
/// # Errors
/// [`Error::Denied`], [`Error::Invalid`] when name, role, scopes, networks or days don't fit; as [`weigh::commit`].
pub async fn create_api_key(vault: &Vault, caller: &Caller, new: &NewApiKey) -> Result<CreatedApiKey> {
    let name = normal_name("name", &new.name)?;
    if new.scopes.is_some_and(PermissionSet::is_empty) {
        return Err(Error::invalid("scopes", "at least one permission, or none at all for everything"));
    }
    if !may_hand_out(caller, new.scopes) {
        return Err(Error::invalid("scopes", "only permissions to which the key that asks is narrowed itself"));
    }
    let networks = networks_of(&new.networks)?;
    let expires_at = end_of(vault, new.expires_in_days, new.never_expires)?;
    let mut transaction = what_if::begin::<marks::ApiKeysManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    if !may_open(&mut transaction, caller, &networks).await? {
        return Err(Error::invalid("networks", ELSEWHERE));
    }
    let (field, found) = match new.rights {
        KeyRights::Role(role) => ("role", access::role(&mut transaction, organisation, role).await.map(|_| ())),
        KeyRights::User(user) => {
            ("acts_for", access::user_name(&mut transaction, organisation, user).await.map(|_| ()))
        }
    };
    match found {
        Err(soundkeep_store::Error::NotFound) => {
            return Err(Error::invalid(field, "there is none of this name"));
        }
        found => found?,
    }
    let token = Token::generate(TokenKind::ApiKey, vault.entropy())?;
    let id = ApiKeyId::make(now, &vault.random()?);
    let row = rows::NewApiKey {
        id,
        token_hash: *token.hash().as_bytes(),
        prefix: token.hint(),
        name: &name,
        rights: new.rights,
        scopes: new.scopes,
        networks: &networks,
        sealed_secret_key: Some(programs::seal(vault, organisation, id, &token).await?),
        created_by: caller.user(),
        created_at: now,
        expires_at,
    };
    rows::add(&mut transaction, organisation, &row).await?;
    let draft = Draft::of(vault, caller, EventKind::ApiKeyCreated)?
        .object(Object::new("api_key", row.id).named(&name))
        .new_value(plain(json!({
            "rights": new.rights.to_string(),
            "scopes": new.scopes.map(|scopes| scopes.to_string()),
            "networks": networks,
            "expires_at": expires_at.map(|at| at.to_string()),
        })));
    record(vault, &mut transaction, draft).await?;
    let made = rows::get(&mut transaction, organisation, row.id).await?;
    // Whoever asks what it does is shown it, and makes what they confirm. A script that makes keys has nobody to type.
    let unasked = caller.wanting(Intent::Decided);
    let caller = if *caller.intent() == Intent::Act { &unasked } else { caller };
    weigh::commit(vault, caller, transaction).await?;
    Ok(CreatedApiKey { api_key: ApiKey::at(made, vault.now()), key: token.reveal().to_owned() })
}

const ELSEWHERE: &str = "only networks within those of the key that asks";

/// Says from where a key may be used, besides what the organisation says of all programs. It holds from the next request on.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`] when one is none, or when it would shut out the very key that
/// asks.
pub async fn change_key_networks(vault: &Vault, caller: &Caller, id: ApiKeyId, networks: &[String]) -> Result<ApiKey> {
    let networks = networks_of(networks)?;
    let mut transaction = begin::<marks::ApiKeysManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation, id).await?;
    if !may_open(&mut transaction, caller, &networks).await? {
        return Err(Error::invalid("networks", ELSEWHERE));
    }
    let is_own = caller.facts().kind() == CallerKind::ApiKey(id);
    if is_own && !Networks::of(&networks).lets_in(caller.address()) {
        let address = caller.address().map(|address| address.to_canonical().to_string()).unwrap_or_default();
        return Err(Error::invalid("networks", format!("this would lock you out: you come from {address}")));
    }
    if networks != before.networks {
        rows::set_networks(&mut transaction, organisation, id, &networks).await?;
        let draft = Draft::of(vault, caller, EventKind::ApiKeyChange)?
            .object(Object::new("api_key", id).named(&before.name))
            .old(plain(json!({"networks": before.networks})))
            .new_value(plain(json!({"networks": networks})));
        record(vault, &mut transaction, draft).await?;
    }
    let changed = rows::get(&mut transaction, organisation, id).await?;
    transaction.commit().await?;
    Ok(ApiKey::at(changed, vault.now()))
}

/// Whether an address may come with a key of these networks, by this list and by the organisation's.
///
/// # Errors
/// [`Error::Denied`] without `api_keys.manage`, [`Error::Invalid`] naming `address` or `networks`.
pub async fn test_key_address(
    vault: &Vault,
    caller: &Caller,
    address: &str,
    networks: &[String],
) -> Result<crate::settings::AddressTested> {
    allow::<marks::ApiKeysManage>(vault, caller).await?;
    let settings = vault.settings(caller.organisation()).await?;
    crate::settings::tested(&settings, caller, address, Some(networks))
}

/// How a key is rotated.
#[derive(Debug, Clone, Default)]
pub struct KeyRotation {
    /// For how many days the text before is taken too; 0 ends it at once, [`API_KEY_OVERLAP_DAYS_MAX`] at most.
    pub overlap_days: u32,
    /// After how many days the key ends; [`API_KEY_DAYS`] when nothing is said.
    pub expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    pub never_expires: bool,
}

/// Gives a key another text, with what it may do and its name as they were.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Conflict`] when it has ended, [`Error::Invalid`] when the days don't
/// fit.
pub async fn rotate_api_key(vault: &Vault, caller: &Caller, id: ApiKeyId, wish: &KeyRotation) -> Result<CreatedApiKey> {
    let expires_at = end_of(vault, wish.expires_in_days, wish.never_expires)?;
    if wish.overlap_days > API_KEY_OVERLAP_DAYS_MAX {
        return Err(Error::invalid("overlap_days", format!("0 to {API_KEY_OVERLAP_DAYS_MAX}")));
    }
    let mut transaction = begin::<marks::ApiKeysManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let before = rows::get(&mut transaction, organisation, id).await?;
    if before.expires_at.is_some_and(|end| end <= vault.now()) {
        return Err(Error::Conflict("this key has ended: make another"));
    }
    if !may_hand_out(caller, before.scopes) {
        return Err(Error::Conflict("the key that asks is narrowed, and this one isn't within that"));
    }
    if !may_open(&mut transaction, caller, &before.networks).await? {
        return Err(Error::Conflict("the key that asks is held to networks, and this one isn't within those"));
    }
    let token = Token::generate(TokenKind::ApiKey, vault.entropy())?;
    // The text before goes on no longer than it would have.
    let overlap = vault.now().plus_seconds(i64::from(wish.overlap_days) * DAY_SECONDS);
    let former_until = before.expires_at.map_or(overlap, |end| end.min(overlap));
    let rotation = rows::Rotation {
        token_hash: *token.hash().as_bytes(),
        prefix: token.hint(),
        sealed_secret_key: programs::seal(vault, organisation, id, &token).await?,
        expires_at,
        former_until,
        at: vault.now(),
    };
    rows::rotate(&mut transaction, organisation, id, &rotation).await?;
    let draft = Draft::of(vault, caller, EventKind::ApiKeyRotated)?
        .object(Object::new("api_key", id).named(&before.name))
        .old(plain(json!({"expires_at": before.expires_at.map(|at| at.to_string())})))
        .new_value(plain(json!({"expires_at": expires_at.map(|at| at.to_string())})))
        .detail("former_until", former_until.to_string());
    record(vault, &mut transaction, draft).await?;
    let made = rows::get(&mut transaction, organisation, id).await?;
    transaction.commit().await?;
    Ok(CreatedApiKey { api_key: ApiKey::at(made, vault.now()), key: token.reveal().to_owned() })
}

/// Revokes a key for good; whatever it has open ends.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn revoke_api_key(vault: &Vault, caller: &Caller, id: ApiKeyId) -> Result<()> {
    let mut transaction = begin::<marks::ApiKeysManage>(vault, caller).await?;
    let name = rows::revoke(&mut transaction, caller.organisation(), id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::ApiKeyRevoked)?.object(Object::new("api_key", id).named(name));
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

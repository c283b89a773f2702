//! SCIM tokens of a provider: shown once, kept as a hash. They open `/scim/v2` and nothing else.

use crate::event::{Draft, record};
use crate::identity::Named;
use crate::identity::api_keys::end_of;
use crate::identity::change::{allow, begin, plain};
use crate::identity::{API_KEY_OVERLAP_DAYS_MAX, KeyRotation};
use crate::{Caller, Error, Result, Vault};
use serde_json::json;
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::access::marks;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::ends_soon;
use soundkeep_domain::{ProviderId, ScimTokenId, Timestamp, UserId};
use soundkeep_store::directory::tokens as rows;
use soundkeep_store::identity::providers;

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Most tokens of a provider that may act: one, and another while it is exchanged.
const TOKENS_MAX: usize = 5;

/// A token as lists show it.
#[derive(Debug, Clone)]
pub struct ScimToken {
    /// Its id.
    pub id: ScimTokenId,
    /// Its first characters, by which people know it.
    pub prefix: String,
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

impl ScimToken {
    fn at(row: rows::Token, now: Timestamp) -> Self {
        Self {
            ends_soon: ends_soon(row.begun_at, row.expires_at, now),
            id: row.id,
            prefix: row.prefix,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.used_at,
            created_by: row.created_by.map(Named::from),
        }
    }
}

/// A token that is made.
#[derive(Debug, Clone, Default)]
pub struct NewToken {
    /// After how many days it ends; [`crate::identity::API_KEY_DAYS_MAX`] at most.
    pub expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    pub never_expires: bool,
}

/// A token that was made, with its text.
#[derive(Clone)]
pub struct CreatedToken {
    /// What lists show.
    pub token: ScimToken,
    /// The token itself, shown this once.
    pub text: String,
}

/// The tokens of a provider, newest first; expired ones too.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`, [`Error::NotFound`].
pub async fn tokens(vault: &Vault, caller: &Caller, provider: ProviderId) -> Result<Vec<ScimToken>> {
    allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let mut reader = vault.store().reader();
    providers::get(&mut reader, caller.organisation(), provider).await?;
    let found = rows::of_provider(&mut reader, caller.organisation(), provider).await?;
    Ok(found.into_iter().map(|row| ScimToken::at(row, vault.now())).collect())
}

/// Makes a token.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`], [`Error::Invalid`] when the days don't fit, [`Error::Conflict`] when there are
/// too many.
pub async fn create_token(
    vault: &Vault,
    caller: &Caller,
    provider: ProviderId,
    new: &NewToken,
) -> Result<CreatedToken> {
    let expires_at = end_of(vault, new.expires_in_days, new.never_expires)?;
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let stored = providers::get(&mut transaction, organisation, provider).await?;
    let there = rows::of_provider(&mut transaction, organisation, provider).await?;
    if there.iter().filter(|token| token.expires_at.is_none_or(|end| end > now)).count() >= TOKENS_MAX {
        return Err(Error::Conflict("this provider has five tokens: revoke one first"));
    }
    let token = Token::generate(TokenKind::Directory, vault.entropy())?;
    let row = rows::NewToken {
        id: ScimTokenId::make(now, &vault.random()?),
        provider,
        token_hash: *token.hash().as_bytes(),
        prefix: token.hint(),
        created_by: caller.user(),
        created_at: now,
        expires_at,
    };
    rows::add(&mut transaction, organisation, &row).await?;
    let draft = Draft::of(vault, caller, EventKind::ScimTokenCreated)?
        .object(Object::new("scim_token", row.id).named(&stored.provider.name))
        .new_value(plain(json!({"expires_at": expires_at.map(|at| at.to_string())})))
        .detail("provider", provider.to_string());
    record(vault, &mut transaction, draft).await?;
    let made = rows::get(&mut transaction, organisation, (provider, row.id)).await?;
    transaction.commit().await?;
    Ok(CreatedToken { token: ScimToken::at(made, vault.now()), text: token.reveal().to_owned() })
}

/// Gives a token another text.
///
/// # Errors
/// As [`create_token`]; [`Error::Conflict`] when it has ended.
pub async fn rotate_token(
    vault: &Vault,
    caller: &Caller,
    (provider, id): (ProviderId, ScimTokenId),
    wish: &KeyRotation,
) -> Result<CreatedToken> {
    let expires_at = end_of(vault, wish.expires_in_days, wish.never_expires)?;
    if wish.overlap_days > API_KEY_OVERLAP_DAYS_MAX {
        return Err(Error::invalid("overlap_days", format!("0 to {API_KEY_OVERLAP_DAYS_MAX}")));
    }
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let stored = providers::get(&mut transaction, organisation, provider).await?;
    let before = rows::get(&mut transaction, organisation, (provider, id)).await?;
    if before.expires_at.is_some_and(|end| end <= vault.now()) {
        return Err(Error::Conflict("this token has ended: make another"));
    }
    let token = Token::generate(TokenKind::Directory, vault.entropy())?;
    // The text before goes on no longer than it would have.
    let overlap = vault.now().plus_seconds(i64::from(wish.overlap_days) * DAY_SECONDS);
    let former_until = before.expires_at.map_or(overlap, |end| end.min(overlap));
    let rotation = rows::Rotation {
        token_hash: *token.hash().as_bytes(),
        prefix: token.hint(),
        expires_at,
        former_until,
        at: vault.now(),
    };
    rows::rotate(&mut transaction, organisation, id, &rotation).await?;
    let draft = Draft::of(vault, caller, EventKind::ScimTokenRotated)?
        .object(Object::new("scim_token", id).named(&stored.provider.name))
        .old(plain(json!({"expires_at": before.expires_at.map(|at| at.to_string())})))
        .new_value(plain(json!({"expires_at": expires_at.map(|at| at.to_string())})))
        .detail("former_until", former_until.to_string())
        .detail("provider", provider.to_string());
    record(vault, &mut transaction, draft).await?;
    let made = rows::get(&mut transaction, organisation, (provider, id)).await?;
    transaction.commit().await?;
    Ok(CreatedToken { token: ScimToken::at(made, vault.now()), text: token.reveal().to_owned() })
}

/// Revokes a token for good.
///
/// # Errors
/// [`Error::Denied`], [`Error::NotFound`].
pub async fn revoke_token(vault: &Vault, caller: &Caller, (provider, id): (ProviderId, ScimTokenId)) -> Result<()> {
    let mut transaction = begin::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let stored = providers::get(&mut transaction, organisation, provider).await?;
    rows::get(&mut transaction, organisation, (provider, id)).await?;
    rows::revoke(&mut transaction, organisation, id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::ScimTokenRevoked)?
        .object(Object::new("scim_token", id).named(&stored.provider.name))
        .detail("provider", provider.to_string());
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

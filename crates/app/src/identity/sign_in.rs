//! Signing in with a password.
//!
//! Unknown address, wrong password, no password yet, switched off: one answer, after the same work. Everything
//! that differs between them is done for all: one query, one hash, one entry in the count of refusals. Without
//! the organisation's name one account is tried and never more, because the number of hashes would tell in how
//! many organisations an address is known.

use super::entry::{self, Comer, Entered, enter, finish};
use super::limits::{Try, Trying};
use super::{Me, Network, devices, passwords, refusals};
use crate::{Error, Result, Vault};
use soundkeep_domain::Timestamp;
use soundkeep_domain::access::AccountState;
use soundkeep_domain::identity::{PASSWORD_CHARACTERS_MAX, normal_email};
use soundkeep_store::identity::users;
use std::net::IpAddr;

/// Who comes to the door, before they are known.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// Where they ask from; behind a trusted proxy the address that it names.
    pub address: Option<IpAddr>,
    /// What they come with.
    pub device: Device,
    /// What the device keeps of those who signed in on it before.
    pub known: Option<String>,
}

/// What somebody comes with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// Its name to people, such as `Firefox on Linux`.
    pub name: Option<String>,
    /// Whether it is a phone or tablet.
    pub is_mobile: bool,
}

impl Visitor {
    pub(super) fn text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}

/// What somebody types to sign in.
#[derive(Clone)]
pub struct Credentials {
    /// Their email address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// The organisation's slug, when the address is known in several.
    pub organisation: Option<String>,
}

/// Somebody who has just signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The session's token, for the cookie; nobody can show it again.
    pub token: String,
    /// When the session ends whatever happens.
    pub expires_at: Timestamp,
    /// What the device is to keep: on it nobody else can use up their tries.
    pub known: String,
    /// Who they are.
    pub me: Me,
}

/// Signs somebody in, as far as a password does.
///
/// # Errors
/// [`Error::NotSignedIn`] whatever was wrong, [`Error::TooMany`] with the seconds to wait.
pub async fn sign_in(vault: &Vault, credentials: Credentials, visitor: &Visitor) -> Result<Entered> {
    let network = Network::of(visitor.address);
    // What is no address has no account, and is counted like one that isn't known.
    let email = normal_email(&credentials.email).unwrap_or_default();
    let slug = credentials.organisation.map(|slug| slug.trim().to_lowercase()).filter(|slug| !slug.is_empty());
    let account = users::account(&mut vault.store().reader(), &email, slug.as_deref()).await?;
    let device = match &account {
        Some(account) => devices::known(vault, visitor.known.as_deref(), account.organisation, account.user).await?,
        None => None,
    };
    let taken = match vault.identity_state().limits.take(&email, Trying::new(device, network), vault.now()) {
        Ok(taken) => taken,
        Err(seconds) => {
            refusals::refuse(vault, network, None, true).await?;
            return Err(Error::TooMany(seconds));
        }
    };
    // No password is longer, and hashing takes time with the length.
    let sensible = credentials.password.chars().nth(PASSWORD_CHARACTERS_MAX).is_none();
    let password = if sensible { credentials.password } else { String::new() };
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let verified = passwords::verify(vault, password.clone(), stored).await?;
    let organisation = account.as_ref().map(|account| account.organisation);
    match account {
        Some(account) if verified.right && sensible && account.state == AccountState::Active => {
            let hash = match verified.hash_anew {
                true => Some(passwords::hash_anew(vault, password).await?),
                false => None,
            };
            admit(vault, &taken, &account, hash, visitor).await
        }
        Some(_) | None => {
            refusals::refuse(vault, network, organisation, false).await?;
            Err(Error::NotSignedIn)
        }
    }
}

async fn admit(
    vault: &Vault,
    taken: &Try,
    account: &users::Account,
    new_hash: Option<String>,
    visitor: &Visitor,
) -> Result<Entered> {
    // Switched off or given another password while the hash was made? From here on nobody is.
    let (mut transaction, settings) = entry::begin(vault, account.organisation).await?;
    let now_there = users::account_by_id(&mut transaction, account.organisation, account.user).await?;
    if now_there.state != AccountState::Active || now_there.password_hash != account.password_hash {
        // Before writing the refusal down: it has a transaction of its own, and there is one writer.
        drop(transaction);
        refusals::refuse(vault, Network::of(visitor.address), Some(account.organisation), false).await?;
        return Err(Error::NotSignedIn);
    }
    if let Some(hash) = new_hash {
        users::hash_anew(&mut transaction, account.organisation, account.user, &hash).await?;
    }
    let comer = Comer::new(account.organisation, account.user, &account.name, "password");
    let begun = enter(vault, &mut transaction, comer, visitor, &settings).await?;
    let entered = finish(vault, transaction, begun, visitor).await;
    vault.identity_state().limits.give_back(taken);
    entered
}

//! Directories that speak SCIM: the users and groups that they bring, change and take out.
//!
//! A directory comes in with a token of its provider, sees the users that it manages and those that nobody manages and
//! whose addresses it may vouch for, and gives rights by the provider's mappings alone. What it takes out stays here,
//! switched off: conversations belong to people. Every request is one transaction with its event.

mod bulk;
mod door;
mod groups;
mod list;
mod listed_groups;
mod person;
mod tokens;
mod users;

pub use bulk::bulk;
pub use list::list;
pub use listed_groups::{DirectoryGroup, directory_groups};
pub use soundkeep_federation::scim as rules;
pub use tokens::{CreatedToken, NewToken, ScimToken, create_token, revoke_token, rotate_token, tokens};

pub(in crate::identity) use door::read;
pub(in crate::identity) use groups::{apply_mappings, names_of};
pub(in crate::identity) use person::state_when_on;

use crate::caller::DirectoryKey;
use crate::{Caller, Error, Result, Vault};
use rules::{Document, Query, ResourceKind, ScimError, ScimType, Selection};
use serde_json::Value;
use soundkeep_domain::{OrganisationId, ProviderId};
use soundkeep_store::access::lock_policy;
use soundkeep_store::directory::{View, tokens as token_rows};
use soundkeep_store::identity::providers::{self, Stored};
use soundkeep_store::{Queries, Transaction};

/// A request of a directory.
#[derive(Debug, Clone)]
pub struct Asked<'request> {
    /// The address of the service, such as `https://vault.example.org/scim/v2`.
    pub base: &'request str,
    /// What of resources is shown.
    pub query: &'request Query,
    /// The versions that a change is meant for, as `If-Match` names them; nothing when any.
    pub if_match: Option<&'request str>,
}

/// A resource, as an answer shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Its members.
    pub document: Document,
    /// Where it is.
    pub location: String,
    /// Its version, as `ETag` says it.
    pub version: String,
    /// Whether it was made.
    pub is_new: bool,
}

/// Makes a resource.
///
/// # Errors
/// [`Error::Scim`] with what is wrong, [`Error::Conflict`], [`Error::NotSignedIn`].
pub async fn create(
    vault: &Vault,
    caller: &Caller,
    kind: ResourceKind,
    asked: &Asked<'_>,
    body: &Value,
) -> Result<Shown> {
    create_as(vault, caller, kind, asked, (body, None)).await
}

async fn create_as(
    vault: &Vault,
    caller: &Caller,
    kind: ResourceKind,
    asked: &Asked<'_>,
    (body, id): (&Value, Option<&str>),
) -> Result<Shown> {
    match kind {
        ResourceKind::User => users::create(vault, caller, asked, (body, id)).await,
        ResourceKind::Group => groups::create(vault, caller, asked, (body, id)).await,
    }
}

/// Shows a resource.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn show(vault: &Vault, caller: &Caller, kind: ResourceKind, asked: &Asked<'_>, id: &str) -> Result<Shown> {
    match kind {
        ResourceKind::User => users::show(vault, caller, asked, id).await,
        ResourceKind::Group => groups::show(vault, caller, asked, id).await,
    }
}

/// Replaces a resource.
///
/// # Errors
/// As [`create`]; [`Error::NotFound`]; [`Error::Changed`] when it stands at another version than was meant.
pub async fn replace(
    vault: &Vault,
    caller: &Caller,
    kind: ResourceKind,
    asked: &Asked<'_>,
    (id, body): (&str, &Value),
) -> Result<Shown> {
    match kind {
        ResourceKind::User => users::change(vault, caller, asked, id, users::Change::Replace(body)).await,
        ResourceKind::Group => groups::replace(vault, caller, asked, (id, body)).await,
    }
}

/// Changes a resource; nothing when there is nothing to show.
///
/// # Errors
/// As [`replace`].
pub async fn patch(
    vault: &Vault,
    caller: &Caller,
    kind: ResourceKind,
    asked: &Asked<'_>,
    (id, body): (&str, &Value),
) -> Result<Shown> {
    match kind {
        ResourceKind::User => users::change(vault, caller, asked, id, users::Change::Patch(body)).await,
        ResourceKind::Group => groups::patch(vault, caller, asked, (id, body)).await,
    }
}

/// Takes a resource out. A user stays here, switched off.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Changed`], [`Error::Conflict`] when nobody would be left who manages users.
pub async fn remove(vault: &Vault, caller: &Caller, kind: ResourceKind, asked: &Asked<'_>, id: &str) -> Result<()> {
    match kind {
        ResourceKind::User => users::remove(vault, caller, asked, id).await,
        ResourceKind::Group => groups::remove(vault, caller, asked, id).await,
    }
}

fn directory(caller: &Caller) -> Result<DirectoryKey> {
    caller.directory().ok_or(Error::NotSignedIn)
}

/// Begins what may change rights: nobody else does meanwhile.
async fn begin_changing(vault: &Vault, caller: &Caller) -> Result<(Transaction, Stored)> {
    let mut transaction = vault.store().begin().await?;
    let epoch = lock_policy(&mut transaction, caller.organisation()).await?;
    let provider = still_good(vault, caller, &mut transaction, epoch).await?;
    let stored = providers::get(&mut transaction, caller.organisation(), provider).await?;
    Ok((transaction, stored))
}

/// The provider of a token that is still good: when rights changed since it was read, it is looked at once more.
async fn still_good(vault: &Vault, caller: &Caller, transaction: &mut Transaction, epoch: i64) -> Result<ProviderId> {
    let key = directory(caller)?;
    if epoch == caller.facts().policy_epoch() {
        return Ok(key.provider);
    }
    let found = token_rows::find(transaction, &key.text, vault.now()).await?;
    match found {
        Some(found) if found.id == key.token => Ok(key.provider),
        _ => Err(Error::NotSignedIn),
    }
}

/// Whom a provider sees beside those that it manages: users of its domains, or, when it names none, of all domains that
/// no other provider vouches for.
async fn view(queries: &mut impl Queries, organisation: OrganisationId, provider: ProviderId) -> Result<View> {
    let all = providers::all(queries, organisation).await?;
    let own = all.iter().find(|stored| stored.id == provider).ok_or(Error::NotFound)?;
    Ok(match own.provider.domains.is_empty() {
        false => View { provider, domains: own.provider.domains.clone(), only_these: true },
        true => {
            let others = all.iter().flat_map(|stored| stored.provider.domains.iter().cloned());
            View { provider, domains: others.collect(), only_these: false }
        }
    })
}

/// What of a resource an answer shows.
fn selection(asked: &Asked<'_>, kind: ResourceKind) -> Result<Selection> {
    Ok(asked.query.selection(kind)?)
}

/// Refuses a change that is meant for another version. Versions are compared by their number, weakly: what follows it
/// tells representations of one version apart.
fn meant_for(asked: &Asked<'_>, version: i64) -> Result<()> {
    let Some(meant) = asked.if_match else { return Ok(()) };
    let number = |tag: &str| {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        tag.split('.').next().and_then(|number| number.parse::<i64>().ok())
    };
    let fits = meant.split(',').any(|tag| tag.trim() == "*" || number(tag) == Some(version));
    if fits { Ok(()) } else { Err(Error::Changed) }
}

fn conflict(detail: impl Into<String>) -> Error {
    ScimError::new(ScimType::Uniqueness, detail).into()
}

fn invalid(detail: impl Into<String>) -> Error {
    ScimError::new(ScimType::InvalidValue, detail).into()
}

//! What inner work and the operator at the command line need: callers in their own names, and names for ids.
//!
//! Whoever runs the process holds the root key, so nothing here is hidden from them; that they looked is
//! written down all the same.

use crate::access::explain::{Explained, explain_for_operator};
use crate::access::reach::{UserReach, reach_for_operator};
use crate::access::tests;
use crate::access::then::{Then, then_for_operator};
use crate::access::who::{Asking, Who, thing_named, who_for_operator};
use crate::event::{self, Draft};
use crate::recordings::leftovers;
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{Permission, SystemCaller};
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::{OrganisationId, Timestamp, UserId};
use soundkeep_store::{access, identity, organisations};

/// An organisation of the vault.
#[derive(Debug, Clone)]
pub struct OrganisationName {
    /// Its id.
    pub id: OrganisationId,
    /// Its short name.
    pub slug: String,
    /// Its name on the screen.
    pub name: String,
    /// What verifies its checkpoints.
    pub verifier_key: String,
}

/// All organisations, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn all_organisations(vault: &Vault) -> Result<Vec<OrganisationName>> {
    let rows = organisations::all(&mut vault.store().reader()).await?;
    Ok(rows
        .into_iter()
        .map(|row| OrganisationName { id: row.id, slug: row.slug, name: row.name, verifier_key: row.verifier_key })
        .collect())
}

/// Inner work as a caller, with its listed permissions.
///
/// # Errors
/// [`Error::NotFound`] when there is no such organisation.
pub async fn system_caller(vault: &Vault, organisation: OrganisationId, system: SystemCaller) -> Result<Caller> {
    let facts = access::system_caller(&mut vault.store().reader(), organisation, system).await?;
    Ok(Caller::new(facts, format!("system:{}", system.name()), system.name().to_owned(), None))
}

/// Whether work that is done once in a vault was done to its end.
///
/// # Errors
/// When the database is away.
pub async fn is_done(vault: &Vault, work: &str) -> Result<bool> {
    Ok(organisations::fact(&mut vault.store().reader(), work).await?.is_some())
}

/// Remembers that work that is done once in a vault was done to its end.
///
/// # Errors
/// [`Error::Conflict`] when that is known already.
pub async fn set_done(vault: &Vault, work: &str) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    organisations::set_fact(&mut transaction, work, b"done").await?;
    transaction.commit().await?;
    Ok(())
}

/// The user with this email address, in one organisation or in whichever has one.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when several organisations have one and none is named.
pub async fn user_by_email(
    vault: &Vault,
    organisation: Option<OrganisationId>,
    email: &str,
) -> Result<(OrganisationId, UserId)> {
    let email = soundkeep_domain::identity::normal_email(email).ok_or(Error::NotFound)?;
    let found = identity::users::ids_by_email(&mut vault.store().reader(), &email).await?;
    let mut fitting = found.into_iter().filter(|(held, _)| organisation.is_none_or(|wanted| wanted == *held));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Error::NotFound),
        (Some(_), Some(_)) => Err(Error::Conflict("several organisations have a user of that address: name one")),
    }
}

/// Why a user may or may not do something to a conversation, named by its id or that of its recording.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn explain(
    vault: &Vault,
    organisation: OrganisationId,
    user: UserId,
    permission: Permission,
    thing: &str,
) -> Result<Explained> {
    let facts = thing_named(vault, organisation, thing).await?;
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    let draft = Draft::of(vault, &operator, EventKind::AccessExplain)?
        .object(Object::new("user", user))
        .conversation(facts.conversation())
        .detail("permission", permission.key());
    event::record_alone(vault, draft).await?;
    explain_for_operator(vault, organisation, user, permission, &facts).await
}

/// Who may see, play and download a conversation, named by its id or that of its recording.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`].
pub async fn who(vault: &Vault, organisation: OrganisationId, thing: &str, asking: &Asking) -> Result<Who> {
    let thing = thing_named(vault, organisation, thing).await?;
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    who_for_operator(vault, &operator, &thing, asking).await
}

/// Who could see, play and download a conversation at a past time, named by its id or that of its recording; and who
/// did.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`].
pub async fn then(
    vault: &Vault,
    organisation: OrganisationId,
    thing: &str,
    at: Timestamp,
    asking: &Asking,
) -> Result<Then> {
    let thing = thing_named(vault, organisation, thing).await?;
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    then_for_operator(vault, &operator, thing.conversation(), at, asking).await
}

/// What a user reaches.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn reach(vault: &Vault, organisation: OrganisationId, user: UserId) -> Result<UserReach> {
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    reach_for_operator(vault, &operator, user).await
}

/// The access tests that are kept.
///
/// # Errors
/// When the database is away.
pub async fn access_tests(vault: &Vault, organisation: OrganisationId) -> Result<tests::Document> {
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    tests::access_tests(vault, &operator).await
}

/// Runs the access tests that are kept, or others.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::TooLarge`] when they can't be run as they are.
pub async fn run_access_tests(vault: &Vault, organisation: OrganisationId, draft: Option<&str>) -> Result<tests::Run> {
    let operator = system_caller(vault, organisation, SystemCaller::Operator).await?;
    tests::run(vault, &operator, draft).await
}

/// Deletes what a crash left of objects: unfinished ones and those that nothing refers to, when they are older than a
/// day. Says how many.
///
/// # Errors
/// When storage fails.
pub async fn sweep(vault: &Vault) -> Result<u64> {
    let day_ago = vault.now().plus_seconds(-86_400);
    let older_than = std::time::UNIX_EPOCH + std::time::Duration::from_micros(day_ago.as_unix_micros().unsigned_abs());
    let mut swept = vault.blobs().sweep_unfinished(older_than).await?;
    for organisation in all_organisations(vault).await? {
        swept += leftovers::delete(vault, organisation.id, older_than).await?;
    }
    Ok(swept)
}

//! The first start: an organisation, and a one-time link for whoever becomes its first administrator.
//!
//! There is no default password: the link is the only way in, and only the operator sees it.

use super::LINK_SECONDS;
use super::change::normal_name;
use super::links::new_token;
use crate::event::{Draft, record};
use crate::{Error, Result, Vault};
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::identity::LinkPurpose;
use soundkeep_domain::{LinkId, OrganisationId, Timestamp};
use soundkeep_store::identity::{links, users};
use soundkeep_store::{Transaction, organisations};

/// The link that makes an organisation's first administrator.
#[derive(Debug, Clone)]
pub struct SetupLink {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The token, shown this once.
    pub token: String,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

/// An organisation to be made.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Its short name in addresses: lower-case letters, digits and hyphens, at most 63.
    pub slug: String,
    /// Its name on the screen.
    pub name: String,
}

fn operator() -> Actor {
    Actor { kind: "system", id: Some("operator".to_owned()), name: None }
}

/// Whether the vault has nobody yet who could sign in.
///
/// # Errors
/// When the database is away.
pub async fn needs_setup(vault: &Vault) -> Result<bool> {
    let mut reader = vault.store().reader();
    for organisation in organisations::all(&mut reader).await? {
        if users::count(&mut reader, organisation.id).await? > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes the first organisation when there is none, and a set-up link while it has nobody. The link of an earlier
/// start ends: only its hash was kept, so that it couldn't be shown again.
///
/// # Errors
/// When the database is away.
pub async fn prepare_setup(vault: &Vault) -> Result<Option<SetupLink>> {
    let first = organisations::all(&mut vault.store().reader()).await?.into_iter().next();
    let Some(first) = first else {
        let new = NewOrganisation { slug: "main".to_owned(), name: "My organisation".to_owned() };
        return match create_organisation(vault, &new).await {
            // Another node was first, and its operator sees the link.
            Err(Error::Conflict(_)) => Ok(None),
            made => made.map(Some),
        };
    };
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::access::lock_policy(&mut transaction, first.id).await?;
    if users::count(&mut transaction, first.id).await? > 0 {
        return Ok(None);
    }
    let link = add_link(vault, &mut transaction, first.id).await?;
    transaction.commit().await?;
    Ok(Some(link))
}

/// Makes an organisation with fresh keys, and the link for its first administrator.
///
/// # Errors
/// [`Error::Invalid`] when the slug or name doesn't fit, [`Error::Conflict`] when the slug is taken.
pub async fn create_organisation(vault: &Vault, new: &NewOrganisation) -> Result<SetupLink> {
    let name = normal_name("name", &new.name)?;
    let letters = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if new.slug.is_empty() || new.slug.len() > 63 || !new.slug.chars().all(letters) {
        return Err(Error::invalid("slug", "lower-case letters, digits and hyphens, at most 63"));
    }
    let row = vault.new_organisation(&new.slug, &name, vault.now())?;
    let mut transaction = vault.store().begin().await?;
    organisations::add(&mut transaction, &row).await?;
    let draft = Draft::by(vault, row.id, operator(), EventKind::OrganisationCreated)?
        .object(Object::new("organisation", row.id).named(&name))
        .detail("slug", new.slug.as_str())
        .detail("verifier_key", row.verifier_key.as_str());
    record(vault, &mut transaction, draft).await?;
    let link = add_link(vault, &mut transaction, row.id).await?;
    transaction.commit().await?;
    Ok(link)
}

async fn add_link(vault: &Vault, transaction: &mut Transaction, organisation: OrganisationId) -> Result<SetupLink> {
    let now = vault.now();
    let token = new_token(vault)?;
    let expires_at = now.plus_seconds(LINK_SECONDS);
    let link = links::NewLink {
        id: LinkId::make(now, &vault.random()?),
        token_hash: *token.hash().as_bytes(),
        purpose: LinkPurpose::Setup,
        user: None,
        created_at: now,
        expires_at,
    };
    links::add(transaction, organisation, &link).await?;
    let draft = Draft::by(vault, organisation, operator(), EventKind::SetupLinkCreated)?
        .object(Object::new("link", link.id))
        .detail("expires_at", expires_at.to_string());
    record(vault, transaction, draft).await?;
    Ok(SetupLink { organisation, token: token.reveal().to_owned(), expires_at })
}

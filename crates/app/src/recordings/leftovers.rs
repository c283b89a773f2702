//! Objects that nothing refers to: a crash between storing an object and the commit that tells of it leaves them.
//!
//! Only old ones are leftovers: a young one may belong to a commit that is still to come.

use crate::{Error, Result, Vault};
use futures::StreamExt as _;
use soundkeep_blobs::{BlobEntry, BlobError, BlobName};
use soundkeep_domain::OrganisationId;
use soundkeep_store::recordings::check;
use std::time::SystemTime;

/// So many names are asked about at once.
const NAMES: usize = 200;

/// Deletes the organisation's objects that nothing refers to and that were written before; says how many.
///
/// # Errors
/// When storage fails; what is left is found the next time.
pub(crate) async fn delete(vault: &Vault, organisation: OrganisationId, before: SystemTime) -> Result<u64> {
    let mut deleted = 0;
    let folder = folder(organisation)?;
    let mut listed = vault.blobs().list(Some(&folder)).chunks(NAMES);
    while let Some(entries) = listed.next().await {
        for name in unused(vault, organisation, entries, before).await? {
            vault.blobs().delete(&name).await?;
            deleted += 1;
        }
    }
    Ok(deleted)
}

/// Counts them.
pub(super) async fn count(vault: &Vault, organisation: OrganisationId, before: SystemTime) -> Result<u64> {
    let mut found = 0;
    let folder = folder(organisation)?;
    let mut listed = vault.blobs().list(Some(&folder)).chunks(NAMES);
    while let Some(entries) = listed.next().await {
        for _ in unused(vault, organisation, entries, before).await? {
            found += 1;
        }
    }
    Ok(found)
}

fn folder(organisation: OrganisationId) -> Result<BlobName> {
    BlobName::from_segments(&[&organisation.to_string()]).map_err(Error::bug)
}

async fn unused(
    vault: &Vault,
    organisation: OrganisationId,
    entries: Vec<Result<BlobEntry, BlobError>>,
    before: SystemTime,
) -> Result<Vec<BlobName>> {
    let mut old = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.modified < before {
            old.push(entry.name.as_str().to_owned());
        }
    }
    let unused = check::leftovers(&mut vault.store().reader(), organisation, old).await?;
    let names = unused.iter().map(|name| BlobName::parse(name).map_err(Error::bug));
    names.collect()
}

//! The groups that a directory pushed, for the provider's page.

use crate::identity::change::allow;
use crate::{Caller, Result, Vault};
use soundkeep_domain::access::marks;
use soundkeep_domain::{DirectoryGroupId, ProviderId};
use soundkeep_store::directory::groups as rows;
use soundkeep_store::identity::providers;

/// Most groups of a provider that its page lists.
const LISTED_MAX: u32 = 1000;

/// A group of a directory.
#[derive(Debug, Clone)]
pub struct DirectoryGroup {
    /// Its id.
    pub id: DirectoryGroupId,
    /// Its name, by which the provider's mappings know it.
    pub name: String,
    /// The directory's name of it, by which they may know it too.
    pub external_id: Option<String>,
    /// How many users belong to it.
    pub members: i64,
}

/// The groups of a provider, by name; at most a thousand.
///
/// # Errors
/// [`crate::Error::Denied`] without `security_settings.manage`, [`crate::Error::NotFound`].
pub async fn directory_groups(vault: &Vault, caller: &Caller, provider: ProviderId) -> Result<Vec<DirectoryGroup>> {
    allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let organisation = caller.organisation();
    let mut reader = vault.store().reader();
    providers::get(&mut reader, organisation, provider).await?;
    let found = rows::with_sizes(&mut reader, organisation, provider, LISTED_MAX).await?;
    let told = |(group, members): (rows::DirectoryGroup, i64)| DirectoryGroup {
        id: group.id,
        name: group.name,
        external_id: group.external_id,
        members,
    };
    Ok(found.into_iter().map(told).collect())
}

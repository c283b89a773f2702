//! A directory at the door: a token of its provider.

use crate::caller::DirectoryKey;
use crate::identity::session::{Kept, Which};
use crate::{Result, Vault};
use soundkeep_domain::Timestamp;
use soundkeep_domain::access::SystemCaller;
use soundkeep_domain::settings::networks::Networks;
use soundkeep_store::access;
use soundkeep_store::directory::tokens;
use std::sync::atomic::AtomicI64;

/// The directory that shows a token with this hash: inner work in the name of its provider, from the networks of programs.
pub(in crate::identity) async fn read(vault: &Vault, hash: &[u8; 32]) -> Result<Option<Kept>> {
    let mut reader = vault.store().reader();
    let Some(found) = tokens::find(&mut reader, hash, vault.now()).await? else {
        return Ok(None);
    };
    let settings = vault.settings_since(found.organisation, found.policy_epoch).await?;
    let facts = access::system_caller(&mut reader, found.organisation, SystemCaller::Directory).await?;
    let used_at = found.used_at.map_or(0, Timestamp::as_unix_micros);
    Ok(Some(Kept {
        which: Which::Scim(found.id),
        facts,
        session: found.id.to_string(),
        name: found.provider_name,
        expires_at: found.expires_at,
        idle_seconds: None,
        proven_at: None,
        networks: Networks::of(&settings.api_networks()),
        own_networks: Networks::of(&[]),
        is_remote: false,
        used_at_micros: AtomicI64::new(used_at),
        written_at_micros: AtomicI64::new(used_at),
        epoch: found.policy_epoch,
        came_by: None,
        directory: Some(DirectoryKey { token: found.id, provider: found.provider, text: *hash }),
    }))
}

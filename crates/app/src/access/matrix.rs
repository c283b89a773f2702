//! The roles of an organisation and the built-in matrix, for the grid of the console.

use crate::{Caller, Result, Vault};
use soundkeep_domain::access::Role;

/// All roles, the built-in ones first. Everybody who is signed in may read what roles mean.
///
/// # Errors
/// When the database is away.
pub async fn roles(vault: &Vault, caller: &Caller) -> Result<Vec<Role>> {
    Ok(soundkeep_store::access::roles(&mut vault.store().reader(), caller.organisation()).await?)
}

//! Names of colleagues and groups, for everybody who is signed in: what filters and pickers show.

use super::{DIRECTORY_MAX, Named};
use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::access::{AccountState, Column};
use soundkeep_domain::{GroupId, UserId};
use soundkeep_store::identity::{NamePage, groups, users};

/// Names, in their order.
#[derive(Debug, Clone)]
pub struct Directory {
    /// Users who aren't switched off.
    pub users: Vec<Named<UserId>>,
    /// Groups.
    pub groups: Vec<Named<GroupId>>,
}

/// Ids and names of users and groups, at most [`DIRECTORY_MAX`] of each.
///
/// # Errors
/// [`Error::NotSignedIn`] when the account may not act.
pub async fn directory(vault: &Vault, caller: &Caller) -> Result<Directory> {
    if caller.facts().account() != AccountState::Active {
        return Err(Error::NotSignedIn);
    }
    let mut reader = vault.store().reader();
    let users = users::names(&mut reader, caller.organisation(), DIRECTORY_MAX).await?;
    let all = NamePage { limit: DIRECTORY_MAX, ..NamePage::default() };
    let groups = groups::page(&mut reader, caller.organisation(), &all).await?;
    // What nobody may filter by, nobody needs the names of.
    let left = caller.facts().restrictions().columns();
    let users = users.into_iter().filter(|_| left.has(Column::Agents));
    let groups = groups.into_iter().filter(|_| left.has(Column::Groups));
    Ok(Directory {
        users: users.map(Named::from).collect(),
        groups: groups.map(|group| Named { id: group.id, name: group.name }).collect(),
    })
}

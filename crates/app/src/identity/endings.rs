//! Telling of keys of programs and tokens of directories that end soon: once each, in the ledger and by mail.
//!
//! A key that was given another text is told of anew before its new end, and one that was renewed in time never.

use crate::event::{Draft, record};
use crate::messages::{self, Notice};
use crate::{Result, Vault};
use soundkeep_domain::access::{AccountState, Permission};
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::identity::{END_NOTICE_SECONDS, ends_soon};
use soundkeep_domain::{OrganisationId, UserId};
use soundkeep_store::identity::endings::{self as rows, Ending, Which};
use soundkeep_store::identity::{assignments, users};
use soundkeep_store::{Transaction, organisations};
use std::collections::BTreeSet;

/// Tells of what ends soon.
///
/// # Errors
/// When the database refuses.
pub(super) async fn tend(vault: &Vault) -> Result<()> {
    let now = vault.now();
    for organisation in organisations::all(&mut vault.store().reader()).await? {
        let until = now.plus_seconds(END_NOTICE_SECONDS);
        for ending in rows::untold(&mut vault.store().reader(), organisation.id, (now, until)).await? {
            if ends_soon(ending.begun_at, Some(ending.ends_at), now) {
                tell(vault, organisation.id, &ending).await?;
            }
        }
    }
    Ok(())
}

async fn tell(vault: &Vault, organisation: OrganisationId, ending: &Ending) -> Result<()> {
    let (kind, object, manages) = match ending.which {
        Which::ApiKey(id) => (EventKind::ApiKeyEnds, Object::new("api_key", id), Permission::ApiKeysManage),
        Which::ScimToken(id) => {
            (EventKind::ScimTokenEnds, Object::new("scim_token", id), Permission::SecuritySettingsManage)
        }
    };
    let mut transaction = vault.store().begin().await?;
    // Of several nodes one tells, and only of the end that it read.
    if !rows::tell(&mut transaction, organisation, (ending.which, ending.ends_at), vault.now()).await? {
        return Ok(());
    }
    let mut readers: BTreeSet<UserId> = ending.made_by.into_iter().collect();
    let holders = assignments::holders(&mut transaction, organisation, manages).await?;
    readers.extend(holders.into_iter().map(|(user, _)| user));
    let notice = Notice::KeyEnds { name: ending.name.clone(), at: ending.ends_at, of: kind };
    let mut told = 0_u64;
    for user in readers {
        told += u64::from(mail(vault, &mut transaction, organisation, user, &notice).await?);
    }
    let actor = Actor { kind: "system", id: Some("keys".to_owned()), name: None };
    let draft = Draft::by(vault, organisation, actor, kind)?
        .object(object.named(&ending.name))
        .detail("ends_at", ending.ends_at.to_string())
        .detail("mails", told);
    record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether a mail goes to them: not to whoever made it and has left since.
async fn mail(
    vault: &Vault,
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    notice: &Notice,
) -> Result<bool> {
    let user = users::get(transaction, organisation, user).await?;
    if user.state != AccountState::Active {
        return Ok(false);
    }
    messages::notify(vault, transaction, (organisation, &user), notice).await
}

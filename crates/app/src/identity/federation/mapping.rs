//! What a provider's groups mean here: giving and taking roles and belongings, as far as the provider gave them.

use crate::event::{Draft, record};
use crate::identity::assignments::keep_an_administrator;
use crate::identity::change::plain;
use crate::{Caller, Result, Vault};
use serde_json::json;
use soundkeep_domain::access::Limit;
use soundkeep_domain::audit::{EventKind, Object};
use soundkeep_domain::identity::Gives;
use soundkeep_domain::{AssignmentId, UserId};
use soundkeep_store::Transaction;
use soundkeep_store::identity::given::{self, Given, is_same};
use soundkeep_store::identity::providers::{self, Stored};
use soundkeep_store::identity::users;

/// Gives a user what the provider's groups mean, and takes what they mean no more. Says whether anything changed. The
/// caller must hold the organisation's lock on rights, and commit as what changes rights is committed.
///
/// # Errors
/// [`crate::Error::Conflict`] when it would leave nobody who manages users.
pub(crate) async fn apply(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (user, groups): (UserId, &[String]),
) -> Result<bool> {
    let (organisation, now) = (stored.organisation, vault.now());
    let mappings = providers::mappings(transaction, organisation, stored.id).await?;
    let meant = mappings.into_iter().filter(|mapping| groups.contains(&mapping.value));
    let mut wanted: Vec<Gives> = Vec::new();
    for mapping in meant {
        if !wanted.iter().any(|gives| is_same(gives, &mapping.gives)) {
            wanted.push(mapping.gives);
        }
    }
    let has = given::by_provider(transaction, organisation, stored.id, Some(user), now).await?;
    let gone: Vec<Given> =
        has.iter().filter(|given| !wanted.iter().any(|gives| is_same(gives, &given.gives))).cloned().collect();
    let fresh: Vec<Gives> =
        wanted.into_iter().filter(|gives| !has.iter().any(|given| is_same(gives, &given.gives))).collect();
    let changes = !gone.is_empty() || !fresh.is_empty();
    // What comes first: who moves from one administrators' group to another is never without.
    for gives in fresh {
        let id = AssignmentId::make(now, &vault.random()?);
        if given::give(transaction, organisation, stored.id, user, &gives, (id, now)).await? {
            tell(vault, transaction, caller, stored, (user, &gives, true)).await?;
        }
    }
    take_all(vault, transaction, caller, stored, gone).await?;
    Ok(changes)
}

/// Takes from everybody what a provider gave, but for these.
pub(in crate::identity) async fn take_back(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    kept: &[&Gives],
) -> Result<()> {
    let given = given::by_provider(transaction, stored.organisation, stored.id, None, vault.now()).await?;
    let gone = given.into_iter().filter(|given| !kept.iter().any(|gives| is_same(gives, &given.gives))).collect();
    take_all(vault, transaction, caller, stored, gone).await
}

async fn take_all(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    gone: Vec<Given>,
) -> Result<()> {
    let ending: Vec<AssignmentId> = gone.iter().filter_map(|given| given.assignment).collect();
    if !ending.is_empty() {
        keep_an_administrator(transaction, stored.organisation, |_, assignment| ending.contains(&assignment)).await?;
    }
    for given in gone {
        given::take(transaction, stored.organisation, &given, vault.now()).await?;
        tell(vault, transaction, caller, stored, (given.user, &given.gives, false)).await?;
    }
    Ok(())
}

async fn tell(
    vault: &Vault,
    transaction: &mut Transaction,
    caller: &Caller,
    stored: &Stored,
    (user, gives, given): (UserId, &Gives, bool),
) -> Result<()> {
    let name = users::get(transaction, stored.organisation, user).await?.name;
    let (kind, value) = match gives {
        Gives::Role(role, limit) => {
            let (word, groups) = match limit {
                Limit::None => ("none", Vec::new()),
                Limit::Named(groups) => ("groups", groups.iter().map(ToString::to_string).collect()),
                Limit::Supervised => ("supervised", Vec::new()),
            };
            (EventKind::RoleChange, json!({"role": role.to_string(), "limit": word, "groups": groups}))
        }
        Gives::Member(group) => (EventKind::MembershipChange, json!({"group": group.to_string(), "as": "member"})),
        Gives::Supervisor(group) => {
            (EventKind::MembershipChange, json!({"group": group.to_string(), "as": "supervisor"}))
        }
    };
    let draft = Draft::of(vault, caller, kind)?
        .object(Object::new("user", user).named(name))
        .detail("provider", stored.provider.slug.as_str());
    let draft = if given { draft.new_value(plain(value)) } else { draft.old(plain(value)) };
    record(vault, transaction, draft).await
}

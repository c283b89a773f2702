//! Roles and belongings that an identity provider gave. Only these may it take again.

use super::assignments;
use super::groups::{self, Bond};
use crate::database::{Queries, sql};
use crate::history::{Kept, remember};
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::Limit;
use soundkeep_domain::identity::Gives;
use soundkeep_domain::{AssignmentId, GroupId, OrganisationId, ProviderId, Timestamp, UserId};

/// Something that a provider gave to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// To whom.
    pub user: UserId,
    /// What.
    pub gives: Gives,
    /// Of a role: which assignment.
    pub assignment: Option<AssignmentId>,
}

/// What a provider gave to a user, or to everybody, and hasn't ended.
///
/// # Errors
/// When the database is away.
pub async fn by_provider(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    provider: ProviderId,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<Given>> {
    let query = "SELECT id, user_id FROM assignments
                 WHERE organisation_id = $1 AND provider_id = $2 AND ($3 IS NULL OR user_id = $3) ORDER BY id";
    let mut ids: Vec<(AssignmentId, UserId)> = Vec::new();
    for row in queries.rows(sql!(query, organisation, provider, user)).await? {
        ids.push((row.get(0)?, row.get(1)?));
    }
    let mut users: Vec<UserId> = ids.iter().map(|(_, user)| *user).collect();
    users.dedup();
    let mut given = Vec::new();
    for row in assignments::of_users(queries, organisation, &users).await? {
        if ids.iter().any(|(id, _)| *id == row.id) {
            let gives = Gives::Role(row.role, row.limit);
            given.push(Given { user: row.user, gives, assignment: Some(row.id) });
        }
    }
    for bond in [Bond::Member, Bond::Supervisor] {
        let query = format!(
            "SELECT user_id, group_id FROM {} WHERE organisation_id = $1 AND provider_id = $2
             AND ($3 IS NULL OR user_id = $3) AND (until_at IS NULL OR until_at > $4) ORDER BY user_id, group_id",
            bond.table()
        );
        for row in queries.rows(sql!(&query, organisation, provider, user, now)).await? {
            let group: GroupId = row.get(1)?;
            let gives = match bond {
                Bond::Member => Gives::Member(group),
                Bond::Supervisor => Gives::Supervisor(group),
            };
            given.push(Given { user: row.get(0)?, gives, assignment: None });
        }
    }
    Ok(given)
}

/// Gives a user something in the name of a provider; says whether anything changed. Who belongs to a group already, by
/// hand, goes on as they did.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such user, role or group.
pub async fn give(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    user: UserId,
    gives: &Gives,
    (id, now): (AssignmentId, Timestamp),
) -> Result<bool> {
    let (bond, group) = match gives {
        Gives::Role(role, limit) => {
            let (role, limit) = (*role, limit.clone());
            let new = assignments::NewAssignment { id, user, role, limit, until: None, created_at: now };
            assignments::add(transaction, organisation, &new).await?;
            let update = "UPDATE assignments SET provider_id = $3 WHERE organisation_id = $1 AND id = $2";
            transaction.execute_one(sql!(update, organisation, id, provider)).await?;
            remember(transaction, organisation, Kept::Assignment(id), now).await?;
            return Ok(true);
        }
        Gives::Member(group) => (Bond::Member, *group),
        Gives::Supervisor(group) => (Bond::Supervisor, *group),
    };
    if !groups::join(transaction, organisation, bond, (group, user), now, now).await? {
        return Ok(false);
    }
    let update = format!(
        "UPDATE {} SET provider_id = $4 WHERE organisation_id = $1 AND user_id = $2 AND group_id = $3
         AND (until_at IS NULL OR until_at > $5)",
        bond.table()
    );
    transaction.execute(sql!(&update, organisation, user, group, provider, now)).await?;
    remember(transaction, organisation, Kept::Bond(bond, group, user), now).await?;
    Ok(true)
}

/// Takes something away that a provider gave.
///
/// # Errors
/// [`Error::NotFound`] when it isn't given any more.
pub async fn take(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    given: &Given,
    now: Timestamp,
) -> Result<()> {
    let (bond, group) = match (&given.gives, given.assignment) {
        (Gives::Role(..), Some(id)) => {
            return assignments::remove(transaction, organisation, given.user, id, now).await;
        }
        (Gives::Role(..), None) => return Err(Error::NotFound),
        (Gives::Member(group), _) => (Bond::Member, *group),
        (Gives::Supervisor(group), _) => (Bond::Supervisor, *group),
    };
    groups::leave(transaction, organisation, bond, (group, given.user), now).await.map(|_| ())
}

/// Whether two gifts are the same, in whichever order groups are named.
#[must_use]
pub fn is_same(one: &Gives, other: &Gives) -> bool {
    match (one, other) {
        (Gives::Role(role, Limit::Named(groups)), Gives::Role(other_role, Limit::Named(other_groups))) => {
            role == other_role
                && groups.len() == other_groups.len()
                && groups.iter().all(|group| other_groups.contains(group))
        }
        _ => one == other,
    }
}

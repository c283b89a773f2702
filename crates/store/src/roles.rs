//! Roles that an organisation makes itself, in rows, and who holds which role.
//!
//! Every change advances the policy epoch in the same transaction. Decides nothing.

use crate::access::{advance_policy_epoch, role};
use crate::database::{Queries, sql};
use crate::history::{Kept, remember};
use crate::identity::folded;
use crate::{Error, Result, Transaction};
use soundkeep_domain::access::{BUILT_IN_ROLES, Permission, Role, RoleKey, Scope, ScopeKind};
use soundkeep_domain::{ApiKeyId, OrganisationId, RoleId, Timestamp, UserId};
use std::collections::HashMap;

/// A role that can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Its name and lines.
    pub role: Role,
    /// Grows with every change.
    pub version: i64,
}

/// How many hold a role.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldBy {
    /// Users who hold it now, invited and disabled ones too.
    pub users: i64,
    /// API keys that weren't revoked.
    pub api_keys: i64,
}

/// Who holds a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// Users who hold it now, in the order of their names.
    pub users: Vec<(UserId, String)>,
    /// API keys that weren't revoked, oldest first.
    pub api_keys: Vec<(ApiKeyId, String)>,
}

/// What names of roles are told apart and ordered by.
fn name_order(name: &str) -> Vec<u8> {
    folded(name).into_bytes()
}

/// Whether a built-in role has this name, whatever its case and accents.
#[must_use]
pub fn is_built_in_name(name: &str) -> bool {
    BUILT_IN_ROLES.iter().any(|role| folded(role.name()) == folded(name))
}

fn taken(error: Error) -> Error {
    match error {
        Error::Conflict(_) => Error::Conflict("there is a role of this name already"),
        error => error,
    }
}

/// One role that can be changed.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such role.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: RoleId) -> Result<CustomRole> {
    let query = sql!("SELECT version FROM roles WHERE organisation_id = $1 AND id = $2", organisation, id);
    let version = queries.scalar(query).await?.ok_or(Error::NotFound)?;
    Ok(CustomRole { id, role: role(queries, organisation, RoleKey::Custom(id)).await?, version })
}

/// The roles that can be changed, in the order of their names.
///
/// # Errors
/// When the database is away.
pub async fn all(queries: &mut impl Queries, organisation: OrganisationId) -> Result<Vec<CustomRole>> {
    let query = sql!("SELECT id FROM roles WHERE organisation_id = $1 ORDER BY name_order", organisation);
    let mut roles = Vec::new();
    for row in queries.rows(query).await? {
        roles.push(get(queries, organisation, row.get(0)?).await?);
    }
    Ok(roles)
}

/// Makes a role.
///
/// # Errors
/// [`Error::Conflict`] when there is one of this name.
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: RoleId,
    name: &str,
    lines: &[(Permission, Scope)],
    now: Timestamp,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO roles (organisation_id, id, name, name_order, version) VALUES ($1, $2, $3, $4, 1)",
        organisation,
        id,
        name,
        name_order(name)
    );
    transaction.execute_one(insert).await.map_err(taken)?;
    add_lines(transaction, organisation, id, lines).await?;
    remember(transaction, organisation, Kept::Role(id), now).await
}

async fn add_lines(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: RoleId,
    lines: &[(Permission, Scope)],
) -> Result<()> {
    for (permission, scope) in lines {
        let insert = sql!(
            "INSERT INTO role_permissions (organisation_id, role_id, permission, scope) VALUES ($1, $2, $3, $4)",
            organisation,
            id,
            permission.key(),
            scope.word(ScopeKind::Scoped)
        );
        transaction.execute_one(insert).await?;
    }
    Ok(())
}

/// Gives a role, which stands at this version, another name and other lines.
///
/// # Errors
/// [`Error::Conflict`] when it doesn't, or another has the name.
pub async fn change(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (id, version): (RoleId, i64),
    name: &str,
    lines: &[(Permission, Scope)],
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    let update = sql!(
        "UPDATE roles SET name = $4, name_order = $5, version = version + 1
         WHERE organisation_id = $1 AND id = $2 AND version = $3",
        organisation,
        id,
        version,
        name,
        name_order(name)
    );
    if transaction.execute(update).await.map_err(taken)? == 0 {
        return Err(Error::Conflict("the role was changed in between"));
    }
    let delete = "DELETE FROM role_permissions WHERE organisation_id = $1 AND role_id = $2";
    transaction.execute(sql!(delete, organisation, id)).await?;
    add_lines(transaction, organisation, id, lines).await?;
    remember(transaction, organisation, Kept::Role(id), now).await
}

/// Deletes a role that nobody holds, with the assignments of it that have ended.
///
/// # Errors
/// [`Error::NotFound`] when there is no such role; [`Error::Conflict`] when somebody holds it.
pub async fn remove(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: RoleId,
    now: Timestamp,
) -> Result<()> {
    advance_policy_epoch(transaction, organisation).await?;
    let key = RoleKey::Custom(id);
    if holders(transaction, organisation, key, now).await? != Holders::default() {
        return Err(Error::Conflict("somebody holds this role"));
    }
    let word = key.to_string();
    let given = "SELECT id FROM assignments WHERE organisation_id = $1 AND role = $2";
    let given = transaction.rows(sql!(given, organisation, &word)).await?;
    let ended = "SELECT id FROM assignments WHERE organisation_id = $1 AND role = $2";
    let delete = format!("DELETE FROM assignment_groups WHERE organisation_id = $1 AND assignment_id IN ({ended})");
    transaction.execute(sql!(&delete, organisation, &word)).await?;
    let delete = "DELETE FROM assignments WHERE organisation_id = $1 AND role = $2";
    transaction.execute(sql!(delete, organisation, &word)).await?;
    let delete = "DELETE FROM role_permissions WHERE organisation_id = $1 AND role_id = $2";
    transaction.execute(sql!(delete, organisation, id)).await?;
    let delete = "DELETE FROM roles WHERE organisation_id = $1 AND id = $2";
    transaction.execute_one(sql!(delete, organisation, id)).await?;
    for row in given {
        remember(transaction, organisation, Kept::Assignment(row.get(0)?), now).await?;
    }
    remember(transaction, organisation, Kept::Role(id), now).await
}

/// Who holds a role at this time.
///
/// # Errors
/// When the database is away.
pub async fn holders(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    key: RoleKey,
    now: Timestamp,
) -> Result<Holders> {
    let users = queries
        .rows(sql!(
            "SELECT u.id, u.name FROM users u WHERE u.organisation_id = $1 AND u.id IN (
               SELECT a.user_id FROM assignments a
               WHERE a.organisation_id = $1 AND a.role = $2 AND (a.until_at IS NULL OR a.until_at > $3))
             ORDER BY u.name_order, u.id",
            organisation,
            key.to_string(),
            now
        ))
        .await?;
    let api_keys = queries
        .rows(sql!(
            "SELECT id, name FROM api_keys WHERE organisation_id = $1 AND role = $2 AND revoked_at IS NULL ORDER BY id",
            organisation,
            key.to_string()
        ))
        .await?;
    Ok(Holders {
        users: users.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?,
        api_keys: api_keys.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_>>()?,
    })
}

/// How many hold each role at this time, by the role's key. Roles that nobody holds are missing.
///
/// # Errors
/// When the database is away.
pub async fn held_by(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<HashMap<String, HeldBy>> {
    let mut held: HashMap<String, HeldBy> = HashMap::new();
    let users = sql!(
        "SELECT role, count(DISTINCT user_id) FROM assignments
         WHERE organisation_id = $1 AND (until_at IS NULL OR until_at > $2) GROUP BY role",
        organisation,
        now
    );
    for row in queries.rows(users).await? {
        held.entry(row.get(0)?).or_default().users = row.get(1)?;
    }
    let keys = sql!(
        "SELECT role, count(*) FROM api_keys WHERE organisation_id = $1 AND revoked_at IS NULL GROUP BY role",
        organisation
    );
    for row in queries.rows(keys).await? {
        held.entry(row.get(0)?).or_default().api_keys = row.get(1)?;
    }
    Ok(held)
}

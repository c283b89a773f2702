//! Second factors and recovery codes of people. Holds secrets sealed and codes hashed, and opens neither.

use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::identity::FactorKind;
use soundkeep_domain::{FactorId, OrganisationId, Timestamp, UserId};
use std::collections::BTreeSet;

/// A second factor that is set up.
#[derive(Debug, Clone)]
pub struct NewFactor<'new> {
    /// Its id.
    pub id: FactorId,
    /// Whose.
    pub user: UserId,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: &'new str,
    /// The sealed secret.
    pub sealed_secret: &'new [u8],
    /// When.
    pub created_at: Timestamp,
}

/// A second factor.
#[derive(Debug, Clone)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// What it is.
    pub kind: FactorKind,
    /// What its owner calls it.
    pub name: String,
    /// The sealed secret.
    pub sealed_secret: Vec<u8>,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When its owner showed that it works; before that it proves nothing.
    pub confirmed_at: Option<Timestamp>,
    /// When it was last shown.
    pub used_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, kind, name, sealed_secret, created_at, confirmed_at, used_at";

fn factor(row: &Row) -> Result<Factor> {
    let mut columns = row.columns();
    Ok(Factor {
        id: columns.next()?,
        kind: FactorKind::from_word(&columns.next::<String>()?).ok_or(Error::Corrupt("an unknown kind of factor"))?,
        name: columns.next()?,
        sealed_secret: columns.next()?,
        created_at: columns.next()?,
        confirmed_at: columns.next()?,
        used_at: columns.next()?,
    })
}

/// Adds a factor that isn't confirmed. Earlier ones of the user that weren't confirmed are forgotten.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewFactor<'_>) -> Result<()> {
    let abandoned = "DELETE FROM factors WHERE organisation_id = $1 AND user_id = $2 AND confirmed_at IS NULL";
    transaction.execute(sql!(abandoned, organisation, new.user)).await?;
    transaction
        .execute_one(sql!(
            "INSERT INTO factors (organisation_id, id, user_id, kind, name, sealed_secret, last_step, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
            organisation,
            new.id,
            new.user,
            new.kind.word(),
            new.name,
            new.sealed_secret.to_vec(),
            new.created_at
        ))
        .await
}

/// The factors of a user, oldest first, those too that aren't confirmed.
///
/// # Errors
/// When the database is away.
pub async fn of_user(queries: &mut impl Queries, organisation: OrganisationId, user: UserId) -> Result<Vec<Factor>> {
    let query = format!("SELECT {COLUMNS} FROM factors WHERE organisation_id = $1 AND user_id = $2 ORDER BY id");
    queries.rows(sql!(&query, organisation, user)).await?.iter().map(factor).collect()
}

/// Whether a user has a factor that is confirmed.
///
/// # Errors
/// When the database is away.
pub async fn has_any(queries: &mut impl Queries, organisation: OrganisationId, user: UserId) -> Result<bool> {
    let query = "SELECT count(*) FROM factors
                 WHERE organisation_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL";
    Ok(queries.scalar::<i64>(sql!(query, organisation, user)).await?.unwrap_or(0) > 0)
}

/// Which of these users have a factor that is confirmed.
///
/// # Errors
/// When the database is away.
pub async fn owners(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    users: &[UserId],
) -> Result<BTreeSet<UserId>> {
    if users.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut query =
        Sql::new("SELECT DISTINCT user_id FROM factors WHERE confirmed_at IS NOT NULL AND organisation_id = ");
    query.bind(organisation).push(" AND user_id IN (").bind_all(users.iter().copied()).push(")");
    queries.rows(query).await?.iter().map(|row| row.get(0)).collect()
}

/// Uses a step of a factor up, with all before it, and confirms it if it wasn't. Says whether the step was there to
/// be used: a code works once.
///
/// # Errors
/// When the database refuses.
pub async fn use_step(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: FactorId,
    step: i64,
    now: Timestamp,
) -> Result<bool> {
    let update = "UPDATE factors SET last_step = $3, used_at = $4, confirmed_at = coalesce(confirmed_at, $4)
                  WHERE organisation_id = $1 AND id = $2 AND last_step < $3";
    Ok(transaction.execute(sql!(update, organisation, id, step, now)).await? > 0)
}

/// Gives a factor another name.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user has no such factor.
pub async fn rename(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    (user, id): (UserId, FactorId),
    name: &str,
) -> Result<()> {
    let update = "UPDATE factors SET name = $4
                  WHERE organisation_id = $1 AND user_id = $2 AND id = $3 AND confirmed_at IS NOT NULL";
    transaction.execute_one(sql!(update, organisation, user, id, name)).await
}

/// Takes one factor away.
///
/// # Errors
/// [`crate::Error::NotFound`] when the user has no such factor.
pub async fn delete(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    id: FactorId,
) -> Result<()> {
    let delete = "DELETE FROM factors WHERE organisation_id = $1 AND user_id = $2 AND id = $3";
    transaction.execute_one(sql!(delete, organisation, user, id)).await
}

/// Takes all factors and recovery codes of a user away, and says how many factors there were.
///
/// # Errors
/// When the database refuses.
pub async fn delete_all(transaction: &mut Transaction, organisation: OrganisationId, user: UserId) -> Result<u64> {
    let codes = "DELETE FROM recovery_codes WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(codes, organisation, user)).await?;
    let factors = "DELETE FROM factors WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(factors, organisation, user)).await
}

/// Replaces the recovery codes of a user by those with these hashes.
///
/// # Errors
/// When the database refuses.
pub async fn replace_recovery_codes(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    hashes: &[[u8; 32]],
) -> Result<()> {
    let former = "DELETE FROM recovery_codes WHERE organisation_id = $1 AND user_id = $2";
    transaction.execute(sql!(former, organisation, user)).await?;
    for hash in hashes {
        let insert = "INSERT INTO recovery_codes (organisation_id, user_id, code_hash) VALUES ($1, $2, $3)";
        transaction.execute_one(sql!(insert, organisation, user, *hash)).await?;
    }
    Ok(())
}

/// How many recovery codes of a user weren't used.
///
/// # Errors
/// When the database is away.
pub async fn recovery_codes_left(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    user: UserId,
) -> Result<i64> {
    let query = "SELECT count(*) FROM recovery_codes
                 WHERE organisation_id = $1 AND user_id = $2 AND used_at IS NULL";
    Ok(queries.scalar(sql!(query, organisation, user)).await?.unwrap_or(0))
}

/// Uses a recovery code up, and says whether it was there to be used.
///
/// # Errors
/// When the database refuses.
pub async fn use_recovery_code(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    user: UserId,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let update = "UPDATE recovery_codes SET used_at = $4
                  WHERE organisation_id = $1 AND user_id = $2 AND code_hash = $3 AND used_at IS NULL";
    Ok(transaction.execute(sql!(update, organisation, user, hash, now)).await? > 0)
}

//! Organisations and facts about the vault itself: the rows that keys hang on.
//!
//! Holds wrapped keys only. Knows nobody of the organisation.

use crate::database::{Queries, Row, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::{OrganisationId, Timestamp};

/// A tenant of the vault.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its short name in addresses, unique in the vault.
    pub slug: String,
    /// Its name on the screen.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Which root key wraps its key.
    pub root_key_id: String,
    /// Its key, wrapped by the root key.
    pub wrapped_key: Vec<u8>,
    /// The key that signs its checkpoints, wrapped by its key.
    pub wrapped_signing_key: Vec<u8>,
    /// What verifies its checkpoints, as C2SP verifier key text.
    pub verifier_key: String,
}

/// Adds an organisation; its number is the next free one.
///
/// # Errors
/// [`Error::Conflict`] when the slug is taken.
pub async fn add(transaction: &mut Transaction, new: &Organisation) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO organisations (id, number, slug, name, created_at, policy_epoch, root_key_id, wrapped_key,
             wrapped_signing_key, verifier_key, version)
             SELECT $1, coalesce(max(number), 0) + 1, $2, $3, $4, 1, $5, $6, $7, $8, 1 FROM organisations",
            new.id,
            &new.slug,
            &new.name,
            new.created_at,
            &new.root_key_id,
            new.wrapped_key.clone(),
            new.wrapped_signing_key.clone(),
            &new.verifier_key
        ))
        .await
}

const COLUMNS: &str =
    "SELECT id, slug, name, created_at, root_key_id, wrapped_key, wrapped_signing_key, verifier_key FROM organisations";

fn organisation(row: &Row) -> Result<Organisation> {
    let mut columns = row.columns();
    Ok(Organisation {
        id: columns.next()?,
        slug: columns.next()?,
        name: columns.next()?,
        created_at: columns.next()?,
        root_key_id: columns.next()?,
        wrapped_key: columns.next()?,
        wrapped_signing_key: columns.next()?,
        verifier_key: columns.next()?,
    })
}

/// One organisation.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn get(queries: &mut impl Queries, id: OrganisationId) -> Result<Organisation> {
    let row = queries.row(sql!(&format!("{COLUMNS} WHERE id = $1"), id)).await?;
    organisation(&row.ok_or(Error::NotFound)?)
}

/// All organisations of the vault, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn all(queries: &mut impl Queries) -> Result<Vec<Organisation>> {
    let rows = queries.rows(sql!(&format!("{COLUMNS} ORDER BY number"))).await?;
    rows.iter().map(organisation).collect()
}

/// Names an organisation anew.
///
/// # Errors
/// [`Error::NotFound`] when there is none of this id.
pub async fn rename(transaction: &mut Transaction, id: OrganisationId, name: &str) -> Result<()> {
    transaction
        .execute_one(sql!("UPDATE organisations SET name = $2, version = version + 1 WHERE id = $1", id, name))
        .await
}

/// A fact about the vault, such as the check value of its root key.
///
/// # Errors
/// When the database is away.
pub async fn fact(queries: &mut impl Queries, name: &str) -> Result<Option<Vec<u8>>> {
    queries.scalar(sql!("SELECT value FROM vault_facts WHERE name = $1", name)).await
}

/// Writes a fact that isn't there yet.
///
/// # Errors
/// [`Error::Conflict`] when it is there.
pub async fn set_fact(transaction: &mut Transaction, name: &str, value: &[u8]) -> Result<()> {
    transaction.execute_one(sql!("INSERT INTO vault_facts (name, value) VALUES ($1, $2)", name, value)).await
}

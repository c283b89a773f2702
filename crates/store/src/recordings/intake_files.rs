//! Files of watched folders that were taken in, in rows, by the hash of their path. Knows no path.

use crate::database::{Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::Timestamp;
use soundkeep_domain::access::{OrganisationPermit, marks};

/// Length and time of change of a watched file when it was taken in, by the hash of its path.
///
/// # Errors
/// When the database is away.
pub async fn intake_file(
    queries: &mut impl Queries,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    path: &[u8; 32],
) -> Result<Option<(i64, Timestamp)>> {
    let row = queries
        .row(sql!(
            "SELECT file_bytes, modified_at FROM intake_files WHERE organisation_id = $1 AND path_hash = $2",
            permit.organisation(),
            path
        ))
        .await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Remembers how a watched file looked when it was taken in.
///
/// # Errors
/// When the database refuses.
pub async fn set_intake_file(
    transaction: &mut Transaction,
    permit: &OrganisationPermit<marks::RecordingsIngest>,
    path: &[u8; 32],
    file_bytes: i64,
    modified_at: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "INSERT INTO intake_files (organisation_id, path_hash, file_bytes, modified_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (organisation_id, path_hash) DO UPDATE
             SET file_bytes = excluded.file_bytes, modified_at = excluded.modified_at",
            permit.organisation(),
            path,
            file_bytes,
            modified_at
        ))
        .await
}

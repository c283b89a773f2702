//! Access tests in rows: one document an organisation, with the ids that its names mean. Knows no grammar.

use crate::database::{Queries, sql};
use crate::{Error, Result, Transaction};
use serde::{Deserialize, Serialize};
use soundkeep_domain::{OrganisationId, Timestamp};

/// What a name in the document means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundName {
    /// `role`, `group` or `user`.
    pub kind: String,
    /// As it stands in the text.
    pub text: String,
    /// The id: whoever or whatever is called something else later is still meant.
    pub id: String,
}

/// The access tests of an organisation as they are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredAccessTests {
    /// As it was written, notes and blank lines too.
    pub text: String,
    /// What its names mean.
    pub names: Vec<BoundName>,
    /// Grows with every change; 0 before the first.
    pub version: i64,
}

/// The access tests of an organisation; empty when it never wrote any.
///
/// # Errors
/// When the database is away or the names can't be read.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId) -> Result<StoredAccessTests> {
    let query = "SELECT body, names, version FROM access_tests WHERE organisation_id = $1";
    let Some(row) = queries.row(sql!(query, organisation)).await? else {
        return Ok(StoredAccessTests::default());
    };
    let names: String = row.get(1)?;
    let names = serde_json::from_str(&names).map_err(|_| Error::Corrupt("names of access tests that are none"))?;
    Ok(StoredAccessTests { text: row.get(0)?, names, version: row.get(2)? })
}

/// Puts a document in the place of the one that stands at this version, and says its own.
///
/// # Errors
/// [`Error::Conflict`] when another stands there.
pub async fn replace(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    version: i64,
    (text, names): (&str, &[BoundName]),
    now: Timestamp,
) -> Result<i64> {
    const CHANGED: Error = Error::Conflict("the access tests were changed in between");
    let names = serde_json::to_string(names).map_err(|_| Error::Corrupt("names of access tests that are none"))?;
    let next = version + 1;
    let statement = if version == 0 {
        "INSERT INTO access_tests (organisation_id, body, names, changed_at, version) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE access_tests SET body = $2, names = $3, changed_at = $4, version = $5
         WHERE organisation_id = $1 AND version = $5 - 1"
    };
    let changed = transaction.execute(sql!(statement, organisation, text, names, now, next)).await?;
    if changed == 0 { Err(CHANGED) } else { Ok(next) }
}

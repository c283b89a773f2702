//! What came from a provider and counts once, until nobody takes it any more; shared by all nodes.
//!
//! Must not know: what an assertion is.

use crate::database::{Queries as _, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{OrganisationId, ProviderId, Timestamp};

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An assertion.
    Assertion,
    /// A request to sign out.
    Logout,
    /// A day on which metadata was read.
    Metadata,
    /// A certificate of whose end was warned.
    Certificate,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Logout => "logout",
            Self::Metadata => "metadata",
            Self::Certificate => "certificate",
        }
    }
}

/// Remembers it until then, and says whether it is the first time.
///
/// # Errors
/// When the database refuses.
pub async fn first_time(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    provider: ProviderId,
    (kind, name): (Kind, &str),
    until: Timestamp,
) -> Result<bool> {
    let insert = "INSERT INTO provider_seen (organisation_id, provider_id, kind, name, until)
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organisation_id, provider_id, kind, name) DO NOTHING";
    Ok(transaction.execute(sql!(insert, organisation, provider, kind.word(), name, until)).await? > 0)
}

/// Forgets what nobody takes any more.
///
/// # Errors
/// When the database refuses.
pub async fn forget(transaction: &mut Transaction, organisation: OrganisationId, now: Timestamp) -> Result<()> {
    let delete = "DELETE FROM provider_seen WHERE organisation_id = $1 AND until < $2";
    transaction.execute(sql!(delete, organisation, now)).await.map(|_| ())
}

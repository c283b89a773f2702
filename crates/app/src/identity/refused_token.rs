//! A token in the wrong place: of a directory where it has no business, or another where only directories come in.

use crate::event::{Draft, record_alone};
use crate::{Caller, Result, Vault};
use soundkeep_domain::audit::{EventKind, Outcome};

/// Tells the ledger of a token in the wrong place.
///
/// # Errors
/// When the ledger can't be written.
pub async fn refused_token(vault: &Vault, caller: &Caller) -> Result<()> {
    vault.metrics().refused();
    let draft =
        Draft::of(vault, caller, EventKind::AccessRefused)?.outcome(Outcome::Refused).detail("code", "wrong_token");
    record_alone(vault, draft).await
}

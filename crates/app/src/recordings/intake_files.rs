//! Which files of watched folders were taken in already, so that a restart doesn't read all of them again.
//!
//! Paths hold phone numbers, so only their hash is kept.

use crate::access::plain_permit;
use crate::{Caller, Error, Result, Vault};
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::Timestamp;
use soundkeep_domain::access::marks;

/// How a file looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was changed last.
    pub modified_at: Timestamp,
}

/// Whether this file was taken in when it looked like this.
///
/// # Errors
/// [`Error::Denied`], or when the database is away.
pub async fn is_known(vault: &Vault, caller: &Caller, path: &str, state: FileState) -> Result<bool> {
    let permit = plain_permit::<marks::RecordingsIngest>(vault, caller).await?;
    let held = soundkeep_store::recordings::intake_file(&mut vault.store().reader(), &permit, &sha256(path.as_bytes()))
        .await?;
    let bytes = i64::try_from(state.bytes).map_err(Error::bug)?;
    Ok(held == Some((bytes, state.modified_at)))
}

/// Remembers that this file was taken in.
///
/// # Errors
/// [`Error::Denied`], or when the database is away.
pub async fn remember(vault: &Vault, caller: &Caller, path: &str, state: FileState) -> Result<()> {
    let permit = plain_permit::<marks::RecordingsIngest>(vault, caller).await?;
    let bytes = i64::try_from(state.bytes).map_err(Error::bug)?;
    let mut transaction = vault.store().begin().await?;
    soundkeep_store::recordings::set_intake_file(
        &mut transaction,
        &permit,
        &sha256(path.as_bytes()),
        bytes,
        state.modified_at,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}

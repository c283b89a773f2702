//! How long a node may trust what it has read of rights: at most one second after the epoch was confirmed.
//!
//! Each change of rights advances the organisation's policy epoch. Cached callers and listenings carry
//! the epoch that they were read at and hold only while it is the confirmed one. A node that is cut off
//! from the database can't confirm and refuses.

use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::{OrganisationId, Timestamp};
use std::collections::HashMap;

/// An epoch is asked for again after so long; microseconds.
const CONFIRM_AFTER_MICROS: i64 = 200_000;
/// An epoch that couldn't be asked for again holds so long; microseconds.
const TRUST_MICROS_MAX: i64 = 1_000_000;

#[derive(Clone, Copy)]
struct Confirmed {
    epoch: i64,
    at: Timestamp,
    /// How many changes of rights this node had committed itself by then.
    changes: u64,
}

/// Policy epochs as last confirmed.
#[derive(Default)]
pub(crate) struct PolicyEpochs(Mutex<HashMap<OrganisationId, Confirmed>>);

impl Vault {
    /// The policy epoch in force, confirmed less than a second ago.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database can't be asked and the last answer is too old.
    pub(crate) async fn policy_epoch(&self, organisation: OrganisationId) -> Result<i64> {
        let now = self.now();
        let changes = self.store().policy_changes();
        let held = self.policy_epochs().0.lock().get(&organisation).copied();
        let age = |held: Confirmed| now.micros_since(held.at);
        if let Some(held) = held
            && held.changes == changes
            && (0..CONFIRM_AFTER_MICROS).contains(&age(held))
        {
            return Ok(held.epoch);
        }
        match soundkeep_store::access::policy_epoch(&mut self.store().reader(), organisation).await {
            Ok(epoch) => {
                self.policy_epochs().0.lock().insert(organisation, Confirmed { epoch, at: now, changes });
                Ok(epoch)
            }
            Err(soundkeep_store::Error::NotFound) => Err(Error::NotFound),
            Err(error) => match held {
                Some(held) if held.changes == changes && (0..TRUST_MICROS_MAX).contains(&age(held)) => Ok(held.epoch),
                Some(_) | None => Err(error.into()),
            },
        }
    }
}

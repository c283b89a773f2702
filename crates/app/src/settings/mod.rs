//! Settings of an organisation: showing, changing, their history, and what is in force for everybody's requests.
//!
//! A save is all or nothing at the version that was read, with one event. Knows no setting's words: doors have them.

mod change;
mod history;
mod masking;
mod networks;
mod secrets;

pub use change::{Meanwhile, Preview, Saved, change, preview};
pub(crate) use history::told;
pub use history::{Change, Entry, Who, history, restore};
pub(crate) use masking::{hidden_numbers, mask};
pub(crate) use networks::tested;
pub use networks::{Tested as AddressTested, test_address};
pub(crate) use secrets::open_secret;

use crate::access::plain_permit;
use crate::identity::Doorstep;
use crate::{Caller, Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::OrganisationId;
use soundkeep_domain::access::marks;
use soundkeep_domain::settings::Settings;
use soundkeep_store::{organisations, settings as rows};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Settings as last read, with the policy epoch that they are at least as new as.
#[derive(Default)]
pub(crate) struct KeptSettings(Mutex<HashMap<OrganisationId, (i64, Arc<Settings>)>>);

impl Vault {
    /// The settings in force of an organisation, at most a second old.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when that can't be known.
    pub async fn settings(&self, organisation: OrganisationId) -> Result<Arc<Settings>> {
        let epoch = self.policy_epoch(organisation).await?;
        self.settings_since(organisation, epoch).await
    }

    /// The settings in force at this policy epoch, or newer ones.
    pub(crate) async fn settings_since(&self, organisation: OrganisationId, epoch: i64) -> Result<Arc<Settings>> {
        if let Some((kept, settings)) = self.kept_settings().0.lock().get(&organisation)
            && *kept >= epoch
        {
            return Ok(Arc::clone(settings));
        }
        let settings = rows::in_force(&mut self.store().reader(), self.registry(), organisation).await?;
        let settings = Arc::new(settings);
        self.kept_settings().0.lock().insert(organisation, (epoch, Arc::clone(&settings)));
        Ok(settings)
    }
}

/// The settings, for those who manage them.
///
/// # Errors
/// [`crate::Error::Denied`] without `security_settings.manage`.
pub async fn view(vault: &Vault, caller: &Caller) -> Result<Settings> {
    plain_permit::<marks::SecuritySettingsManage>(vault, caller).await?;
    Ok(rows::in_force(&mut vault.store().reader(), vault.registry(), caller.organisation()).await?)
}

/// The sites that may show the console inside: those of the caller's organisation, and for somebody who isn't
/// signed in those of all, because nobody knows yet whose page it will be. A page that nobody is signed in to does
/// nothing, and an organisation that allows no site gives its sessions no cookie that comes along in a frame.
///
/// # Errors
/// When the database can't be asked.
pub async fn sites_that_may_embed(vault: &Vault, session: Option<&str>) -> Result<Vec<String>> {
    let mut signed_in = None;
    if let Some(token) = session {
        signed_in = crate::identity::check_quietly(vault, token, Doorstep::default())
            .await
            .ok()
            .map(|caller| caller.organisation());
    }
    let organisations = match signed_in {
        Some(organisation) => vec![organisation],
        None => organisations::all(&mut vault.store().reader()).await?.into_iter().map(|one| one.id).collect(),
    };
    let mut sites = BTreeSet::new();
    for organisation in organisations {
        let settings = vault.settings(organisation).await?;
        if settings.embedding() {
            sites.extend(settings.embedding_origins());
        }
    }
    Ok(sites.into_iter().collect())
}

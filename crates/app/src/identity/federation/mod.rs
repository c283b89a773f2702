//! People who come in through an identity provider: sending them there, and what to make of what it says.
//!
//! A protocol makes [`Arrived`](soundkeep_domain::identity::Arrived) of what its provider signed; who that is here, and
//! what they hold, is decided in one place for all of them.

pub(crate) mod arrival;
pub(crate) mod mapping;
pub(crate) mod oidc;
pub(crate) mod saml;
pub(crate) mod saml_keys;
pub(crate) mod trip;

pub use arrival::{Came, Finding};
pub use oidc::{
    CodeAnswer, callback, come_back, sign_in_anew_through, sign_in_through, sign_out_there, signed_out_there,
    step_up_through, test_provider, unlink_user,
};
pub use saml::{
    LogoutMessage, SamlAnswer, SignedOut, addresses as saml_addresses, come_back_with_form, read_saml_metadata,
    saml_metadata, sign_out_by_saml,
};
pub use saml_keys::{
    CERTIFICATE_WARNING_SECONDS, CertificateView, Given as GivenMetadata, renew_saml_key, saml_of_metadata,
};
pub use trip::{Departure, TRIP_SECONDS};

use crate::identity::{Network, Visitor, account, refusals};
use crate::{Caller, Result, Vault};
use soundkeep_domain::ProviderId;
use soundkeep_domain::access::marks;
use soundkeep_domain::identity::{domain_of, normal_email};
use soundkeep_store::identity::providers;

/// Counts what comes back from a provider against the network that it comes from, unless it was right: whoever makes
/// answers up fills neither the ledger nor the provider's time.
async fn counted(vault: &Vault, visitor: &Visitor, read: impl Future<Output = Result<Came>>) -> Result<Came> {
    let (limits, network) = (&vault.identity_state().limits, Network::of(visitor.address));
    let taken = match limits.take_network(network, vault.now()) {
        Ok(taken) => taken,
        Err(seconds) => {
            refusals::refuse(vault, network, None, true).await?;
            return Err(crate::Error::TooMany(seconds));
        }
    };
    let came = read.await?;
    limits.give_back(&taken);
    Ok(came)
}

/// How long ago somebody may have signed in at a provider who comes through it, if that is limited; seconds.
fn age_max(stored: &providers::Stored) -> Option<i64> {
    Some(stored.provider.document.sign_in_hours_max * 60 * 60).filter(|seconds| *seconds > 0)
}

/// How far the clocks of a provider and of this vault may differ; seconds.
async fn skew(vault: &Vault, stored: &providers::Stored) -> Result<i64> {
    Ok(vault.settings(stored.organisation).await?.clock_skew_seconds())
}

/// What the caller's newest test of a provider found, for a quarter of an hour.
///
/// # Errors
/// [`crate::Error::Denied`]; [`crate::Error::NotFound`] when there is none.
pub async fn test_finding(vault: &Vault, caller: &Caller, id: ProviderId) -> Result<Finding> {
    super::change::allow::<marks::SecuritySettingsManage>(vault, caller).await?;
    let own = account::own(caller)?;
    let found = arrival::last_finding(vault, own.organisation, (id, own.user)).await?;
    found.ok_or(crate::Error::NotFound)
}

/// A provider through which people of a domain sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayIn {
    /// What stands in addresses.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The organisation's name.
    pub organisation: String,
}

/// The providers through which people with an address of this domain sign in. Looks at the domain alone: the answer is
/// the same whether there is such a person.
///
/// # Errors
/// When the database is away.
pub async fn ways_in(vault: &Vault, email: &str) -> Result<Vec<WayIn>> {
    let email = normal_email(email).unwrap_or_default();
    let found = providers::of_domain(&mut vault.store().reader(), domain_of(&email)).await?;
    Ok(found.into_iter().map(|(slug, name, organisation)| WayIn { slug, name, organisation }).collect())
}

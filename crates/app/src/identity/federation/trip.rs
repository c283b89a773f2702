//! Somebody on their way to a provider and back. What we have to know of it is kept by their browser, sealed: nobody who
//! isn't known can fill the vault, and an answer counts only in the browser that asked.

use crate::identity::Visitor;
use crate::{Error, Result, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use soundkeep_crypto::digest::equal_in_constant_time;
use soundkeep_crypto::sealed;
use soundkeep_domain::identity::{Purpose, own_path};
use soundkeep_domain::{FederatedSignInId, OrganisationId, ProviderId, SessionId, Timestamp, UserId};
use soundkeep_store::identity::providers::{self, Stored};

/// Somebody has to be back within this time; seconds.
pub const TRIP_SECONDS: i64 = 10 * 60;
/// Longest text of a trip that is looked at.
const TRIP_BYTES_MAX: usize = 8 * 1024;

/// A trip to a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trip {
    pub(crate) id: FederatedSignInId,
    pub(crate) provider: ProviderId,
    /// The provider's version when it began: a test tells something of this one.
    pub(crate) version: i64,
    purpose: String,
    /// The session and its user, unless it is to sign in.
    pub(crate) whose: Option<(SessionId, UserId)>,
    pub(crate) return_to: String,
    /// What the provider hands back.
    pub(crate) state: String,
    /// What its token has to hold, or the id of the request.
    pub(crate) nonce: String,
    /// What only we know.
    pub(crate) verifier: String,
    began_at_micros: i64,
}

impl Trip {
    pub(crate) fn purpose(&self) -> Purpose {
        Purpose::from_word(&self.purpose).unwrap_or(Purpose::SignIn)
    }
    pub(crate) const fn began_at(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.began_at_micros)
    }
}

/// Where a browser is sent, and what it keeps meanwhile.
#[derive(Clone)]
pub struct Departure {
    /// The provider's address, with everything it has to know.
    pub address: String,
    /// For a cookie that lives [`TRIP_SECONDS`].
    pub kept: String,
    /// Whether the answer comes as a form of another site, with which cookies of a stricter kind don't come.
    pub comes_back_as_form: bool,
}

/// A secret for one trip: 256 random bits.
fn fresh(vault: &Vault) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(vault.random::<32>()?))
}

/// Begins a trip.
pub(crate) fn begin(
    vault: &Vault,
    stored: &Stored,
    purpose: Purpose,
    whose: Option<(SessionId, UserId)>,
    return_to: &str,
) -> Result<Trip> {
    Ok(Trip {
        id: FederatedSignInId::make(vault.now(), &vault.random()?),
        provider: stored.id,
        version: stored.version,
        purpose: purpose.word().to_owned(),
        whose,
        return_to: own_path(return_to).to_owned(),
        state: fresh(vault)?,
        nonce: fresh(vault)?,
        verifier: fresh(vault)?,
        began_at_micros: vault.now().as_unix_micros(),
    })
}

fn context(organisation: OrganisationId) -> Vec<u8> {
    [b"trip:".as_slice(), organisation.as_bytes()].concat()
}

/// The trip as the browser keeps it.
pub(crate) async fn pack(vault: &Vault, organisation: OrganisationId, trip: &Trip) -> Result<String> {
    let text = serde_json::to_vec(trip).map_err(Error::bug)?;
    let key = vault.keys(organisation).await?.key.object_key("trip", organisation.as_bytes())?;
    let sealed = sealed::seal_whole(&key, &context(organisation), &text, vault.entropy())?;
    Ok(URL_SAFE_NO_PAD.encode([organisation.as_bytes().as_slice(), &sealed].concat()))
}

/// What a browser kept of a trip, with its provider as it stands now.
///
/// # Errors
/// [`Error::AtProvider`] when it kept nothing, something else, or for too long.
pub(crate) async fn unpack(vault: &Vault, kept: Option<&str>, slug: &str) -> Result<(Stored, Trip)> {
    let lost = Error::AtProvider("lost", "this sign-in was begun in another browser, or too long ago: begin anew");
    let stored = match providers::by_slug(&mut vault.store().reader(), slug).await {
        Err(soundkeep_store::Error::NotFound) => return Err(Error::NotFound),
        stored => stored?,
    };
    let Some(trip) = open(vault, stored.organisation, kept.unwrap_or_default()).await? else { return Err(lost) };
    let is_over = trip.began_at().plus_seconds(TRIP_SECONDS) <= vault.now();
    if is_over || trip.provider != stored.id { Err(lost) } else { Ok((stored, trip)) }
}

async fn open(vault: &Vault, organisation: OrganisationId, kept: &str) -> Result<Option<Trip>> {
    if kept.len() > TRIP_BYTES_MAX {
        return Ok(None);
    }
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(kept) else { return Ok(None) };
    let Some((whose, sealed)) = bytes.split_at_checked(16) else { return Ok(None) };
    if whose != organisation.as_bytes() {
        return Ok(None);
    }
    let key = vault.keys(organisation).await?.key.object_key("trip", organisation.as_bytes())?;
    let Ok(text) = sealed::open_whole(&key, &context(organisation), sealed.to_vec()) else { return Ok(None) };
    Ok(serde_json::from_slice(&text).ok())
}

/// Whether an answer belongs to a trip.
pub(crate) fn is_answer_to(trip: &Trip, state: &str) -> bool {
    equal_in_constant_time(trip.state.as_bytes(), state.as_bytes())
}

/// The network address of somebody on a trip, for events.
pub(crate) fn address_of(visitor: &Visitor) -> Option<String> {
    visitor.address.map(|address| address.to_string())
}

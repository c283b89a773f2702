//! Devices that somebody signed in on before: each has tries of its own, so that nobody else can use them up.
//!
//! What a device keeps is sealed with a key of the organisation and says whose it is and since when. It opens nothing
//! and nothing of it is stored: somebody who takes it has ten tries at one password, as they would have without it.

use crate::{Result, Vault};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use soundkeep_crypto::sealed;
use soundkeep_domain::{OrganisationId, UserId};

/// A device is known for so long after the last sign-in on it; seconds.
pub const DEVICE_SECONDS: i64 = 180 * 24 * 60 * 60;
/// So many people are known on one device: the last who signed in.
const PEOPLE_MAX: usize = 5;
/// A longer text is none of ours.
const CHARACTERS_MAX: usize = 2048;

/// A device on which its user signed in before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct KnownDevice(pub(super) [u8; 16]);

/// What binds a sealed mark to its place.
fn context(organisation: OrganisationId) -> Vec<u8> {
    [b"known device:".as_slice(), organisation.as_bytes()].concat()
}

/// One person's mark on a device: the organisation in plain, and the rest sealed.
struct Mark<'text> {
    text: &'text str,
    organisation: OrganisationId,
    sealed: Vec<u8>,
}

/// The marks that a device shows; what is none is passed over.
fn marks(shown: &str) -> Vec<Mark<'_>> {
    if shown.len() > CHARACTERS_MAX {
        return Vec::new();
    }
    let mark = |text| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (organisation, sealed) = bytes.split_at_checked(16)?;
        Some(Mark { text, organisation: OrganisationId::from_slice(organisation).ok()?, sealed: sealed.to_vec() })
    };
    shown.split('.').filter_map(mark).take(PEOPLE_MAX).collect()
}

impl Mark<'_> {
    /// Whose it is, which device, and when it was made, if it is one of this organisation.
    async fn open(&self, vault: &Vault, organisation: OrganisationId) -> Result<Option<(UserId, KnownDevice, i64)>> {
        if self.organisation != organisation {
            return Ok(None);
        }
        let key = vault.keys(organisation).await?.key.object_key("known device", organisation.as_bytes())?;
        let Ok(opened) = sealed::open_whole(&key, &context(organisation), self.sealed.clone()) else {
            return Ok(None);
        };
        let read = || {
            let (user, rest) = opened.split_at_checked(16)?;
            let (device, made_at) = rest.split_at_checked(16)?;
            let made_at = i64::from_be_bytes(made_at.try_into().ok()?);
            Some((UserId::from_slice(user).ok()?, KnownDevice(device.try_into().ok()?), made_at))
        };
        Ok(read())
    }
}

/// Whether this user signed in on the device that shows this, not too long ago.
pub(super) async fn known(
    vault: &Vault,
    shown: Option<&str>,
    organisation: OrganisationId,
    user: UserId,
) -> Result<Option<KnownDevice>> {
    let now = vault.now().as_unix_micros() / 1_000_000;
    for mark in marks(shown.unwrap_or_default()) {
        if let Some((whose, device, made_at)) = mark.open(vault, organisation).await?
            && whose == user
            && (made_at..made_at + DEVICE_SECONDS).contains(&now)
        {
            return Ok(Some(device));
        }
    }
    Ok(None)
}

/// What a device keeps from now on, on which this user has just signed in. Others who are known on it stay known.
///
/// # Errors
/// When the organisation's key can't be had.
pub(super) async fn remember(
    vault: &Vault,
    shown: Option<&str>,
    organisation: OrganisationId,
    user: UserId,
) -> Result<String> {
    let mut kept = Vec::new();
    let mut device = None;
    let shown = marks(shown.unwrap_or_default());
    for mark in &shown {
        match mark.open(vault, organisation).await? {
            Some((whose, held, _)) if whose == user => device = device.or(Some(held)),
            Some(_) => kept.push(mark.text),
            // Of another organisation, as far as it says: its own key would tell.
            None if mark.organisation != organisation => kept.push(mark.text),
            None => {}
        }
    }
    let device = match device {
        Some(device) => device,
        None => {
            let mut bytes = [0; 16];
            vault.entropy().fill(&mut bytes)?;
            KnownDevice(bytes)
        }
    };
    let made_at = vault.now().as_unix_micros() / 1_000_000;
    let plain = [user.as_bytes().as_slice(), &device.0, &made_at.to_be_bytes()].concat();
    let key = vault.keys(organisation).await?.key.object_key("known device", organisation.as_bytes())?;
    let sealed = sealed::seal_whole(&key, &context(organisation), &plain, vault.entropy())?;
    let own = URL_SAFE_NO_PAD.encode([organisation.as_bytes().as_slice(), &sealed].concat());
    kept.insert(0, &own);
    kept.truncate(PEOPLE_MAX);
    Ok(kept.join("."))
}

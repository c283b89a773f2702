//! Testing an address against the lists of networks, before somebody is shut out.

use crate::{Caller, Error, Result, Vault};
use soundkeep_domain::settings::Settings;
use soundkeep_domain::settings::networks::{Networks, read_networks};
use std::net::IpAddr;

/// Whether an address is on the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// The address in its plain form.
    pub address: IpAddr,
    /// Whether people may come from it without a second factor.
    pub people: bool,
    /// Whether programs may come from it.
    pub programs: bool,
    /// Whether it is on the list that was given.
    pub listed: Option<bool>,
    /// Where the asker comes from.
    pub yours: Option<IpAddr>,
}

/// Tests an address against the lists in force, and against another list if one is given.
///
/// # Errors
/// [`Error::Denied`] without `security_settings.manage`, [`Error::Invalid`] naming `address` or `networks`.
pub async fn test_address(
    vault: &Vault,
    caller: &Caller,
    address: &str,
    networks: Option<&[String]>,
) -> Result<Tested> {
    let settings = super::view(vault, caller).await?;
    tested(&settings, caller, address, networks)
}

/// What comes of an address by these settings, and by another list if one is given.
pub(crate) fn tested(
    settings: &Settings,
    caller: &Caller,
    address: &str,
    networks: Option<&[String]>,
) -> Result<Tested> {
    let address: IpAddr = address
        .trim()
        .parse()
        .map_err(|_| Error::invalid("address", "an address such as 192.0.2.7 or 2001:db8::7 is expected"))?;
    let address = address.to_canonical();
    let on = |list: &[String]| Networks::of(list).lets_in(Some(address));
    let given = networks.map(read_networks).transpose().map_err(|sentence| Error::invalid("networks", sentence))?;
    Ok(Tested {
        address,
        people: on(&settings.console_networks()),
        programs: on(&settings.api_networks()),
        listed: given.as_deref().map(on),
        yours: caller.address().map(|address| address.to_canonical()),
    })
}

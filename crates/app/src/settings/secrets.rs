//! Settings that are secrets: sealed with the organisation's key before they are kept, opened where they are used.

use crate::{Error, Result, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use soundkeep_crypto::sealed;
use soundkeep_domain::OrganisationId;
use soundkeep_domain::settings::text::{of_sealed, plain_secret, sealed_text};
use soundkeep_domain::settings::{Difference, Kind, Wish};

/// What a secret goes to: when one of these changes, the secret has to be typed anew, or whoever may change settings could
/// have it sent to a server of theirs.
const GOES_TO: &[(&str, &[&str])] =
    &[("mail_password", &["mail_host", "mail_port", "mail_security"]), ("sms_secret", &["sms_url", "sms_header"])];

fn context(organisation: OrganisationId, key: &str) -> Vec<u8> {
    [b"setting:".as_slice(), organisation.as_bytes(), key.as_bytes()].concat()
}

/// The wishes with secrets as they are kept. What somebody sends is never taken for something sealed.
pub(super) async fn sealed_wishes(vault: &Vault, organisation: OrganisationId, wishes: &[Wish]) -> Result<Vec<Wish>> {
    let mut kept = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let is_secret = vault.registry().find(&wish.key).is_some_and(|setting| setting.kind == Kind::Secret);
        let value = match (&wish.value, is_secret) {
            (Some(Json::String(typed)), true) if !typed.is_empty() => {
                let invalid = |sentence| Error::invalid(&format!("organisation.{}", wish.key), sentence);
                let plain = plain_secret(typed).map_err(invalid)?;
                let key = vault.keys(organisation).await?.key.object_key("setting", wish.key.as_bytes())?;
                let context = context(organisation, &wish.key);
                let sealed = sealed::seal_whole(&key, &context, plain.as_bytes(), vault.entropy())?;
                Some(Json::String(of_sealed(&STANDARD.encode(sealed))))
            }
            (value, _) => value.clone(),
        };
        kept.push(Wish { value, ..wish.clone() });
    }
    Ok(kept)
}

/// Refuses to send a secret elsewhere than to where it was typed for.
pub(super) fn stay_where_they_are(differences: &[Difference], has: impl Fn(&str) -> bool) -> Result<()> {
    let changed = |key: &str| differences.iter().any(|difference| difference.setting.key == key);
    for (secret, places) in GOES_TO {
        if has(secret) && !changed(secret) && places.iter().any(|place| changed(place)) {
            let sentence = "type it again: where it is sent to changes";
            return Err(Error::invalid(&format!("organisation.{secret}"), sentence));
        }
    }
    Ok(())
}

/// The secret of a setting in plain; nothing where there is none.
pub(crate) async fn open_secret(
    vault: &Vault,
    organisation: OrganisationId,
    setting: &str,
    kept: &str,
) -> Result<Option<String>> {
    let Some(text) = sealed_text(kept) else { return Ok(None) };
    let sealed = STANDARD.decode(text).map_err(|_| Error::Damaged)?;
    let key = vault.keys(organisation).await?.key.object_key("setting", setting.as_bytes())?;
    let plain = sealed::open_whole(&key, &context(organisation, setting), sealed)?;
    Ok(Some(String::from_utf8(plain).map_err(|_| Error::Damaged)?))
}

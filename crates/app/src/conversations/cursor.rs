//! Cursors of the list: where a page ended, sealed, because the place of a conversation tells when it began.

use crate::keys::OrganisationKeys;
use crate::{Error, Result, Vault};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use soundkeep_crypto::sealed;
use soundkeep_domain::OrganisationId;
use soundkeep_store::conversations::Cursor;

const CONTEXT: &[u8] = b"cursor of a list";

/// A cursor as text that is handed out.
pub(crate) fn written(
    vault: &Vault,
    keys: &OrganisationKeys,
    organisation: OrganisationId,
    cursor: Cursor,
) -> Result<String> {
    let key = keys.key.object_key("cursor", organisation.as_bytes())?;
    let sealed = sealed::seal_whole(&key, CONTEXT, cursor.text().as_bytes(), vault.entropy())?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// The cursor that was handed out as this text.
pub(crate) fn read(keys: &OrganisationKeys, organisation: OrganisationId, text: &str) -> Result<Cursor> {
    let bad = || Error::invalid("cursor", "not a cursor of this list");
    let key = keys.key.object_key("cursor", organisation.as_bytes())?;
    let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let plain = sealed::open_whole(&key, CONTEXT, sealed).map_err(|_| bad())?;
    let text = String::from_utf8(plain).map_err(|_| bad())?;
    Cursor::parse(&text).map_err(|_| bad())
}

//! The root key: the one secret that isn't in the vault itself.
//!
//! As text it is `skr1:ID:KEY:CHECKSUM`, all in lower-case hex: the key's id (16 bytes), the key (32 bytes) and the first 4
//! bytes of the SHA-256 of what stands before the last colon.
//!
//! Must not know: files or the environment.

use zeroize::Zeroizing;

use super::{KeyError, OrganisationKey, Secret, wrapping};
use crate::digest::sha256;
use crate::entropy::Entropy;

const FORM: &str = "skr1";

/// Wraps organisation keys: a local key, or an outside key service. May block.
pub trait RootKeyProvider: Send + Sync {
    /// Names the root key; the vault remembers it, see [`check_root_key`].
    fn id(&self) -> String;

    /// Wraps an organisation's key. `context` names the organisation and is needed to unwrap it again.
    ///
    /// # Errors
    /// [`KeyError::Entropy`], [`KeyError::Cipher`], [`KeyError::Unavailable`].
    fn wrap(&self, context: &[u8], key: &OrganisationKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError>;

    /// Unwraps an organisation's key.
    ///
    /// # Errors
    /// [`KeyError::RootKeyMismatch`] when another root key wrapped it, [`KeyError::DamagedKey`], [`KeyError::Unavailable`].
    fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<OrganisationKey, KeyError>;
}

/// Compares the root key in use with the id that the vault remembers from its making.
///
/// # Errors
/// [`KeyError::RootKeyMismatch`].
pub fn check_root_key(provider: &dyn RootKeyProvider, remembered_id: &str) -> Result<(), KeyError> {
    let found = provider.id();
    if found == remembered_id {
        Ok(())
    } else {
        Err(KeyError::RootKeyMismatch { expected: remembered_id.to_owned(), found })
    }
}

/// A new random root key as text, for a file or an environment variable.
///
/// # Errors
/// [`KeyError::Entropy`].
pub fn generate_root_key_text(entropy: &dyn Entropy) -> Result<Zeroizing<String>, KeyError> {
    RootKey::generate(entropy)?.to_text()
}

/// A root key held in memory; what the local providers share.
pub(super) struct RootKey(Secret);

impl RootKey {
    pub(super) fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        Ok(Self(Secret::generate(entropy)?))
    }

    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        let malformed = |reason| KeyError::MalformedRootKey { reason };
        let text = text.trim();
        if text.is_empty() {
            return Err(malformed("it is empty"));
        }
        let (checked, checksum) = text.rsplit_once(':').ok_or(malformed("it has no checksum"))?;
        let mut fields = checked.split(':');
        let (form, id, key, more) = (fields.next(), fields.next(), fields.next(), fields.next());
        if form != Some(FORM) || more.is_some() {
            return Err(malformed("it does not have the form skr1:ID:KEY:CHECKSUM"));
        }
        if checksum_of(checked) != checksum {
            return Err(malformed("its checksum does not fit: it is mistyped or cut"));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        hex::decode_to_slice(key.unwrap_or_default(), bytes.as_mut_slice())
            .map_err(|_| malformed("the key is not 64 hex digits"))?;
        let secret = Secret(bytes);
        if Some(secret.id()?.to_string().as_str()) != id {
            return Err(malformed("its id does not fit its key"));
        }
        Ok(Self(secret))
    }

    pub(super) fn to_text(&self) -> Result<Zeroizing<String>, KeyError> {
        let key = Zeroizing::new(hex::encode(self.0.as_slice()));
        let checked = Zeroizing::new(format!("{FORM}:{}:{}", self.0.id()?, key.as_str()));
        Ok(Zeroizing::new(format!("{}:{}", checked.as_str(), checksum_of(&checked))))
    }

    pub(super) fn id(&self) -> Result<String, KeyError> {
        self.0.id().map(|id| id.to_string())
    }

    pub(super) fn wrap(
        &self,
        context: &[u8],
        key: &OrganisationKey,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, KeyError> {
        wrapping::wrap(&self.0, wrapping::Level::Organisation, context, &key.0, entropy)
    }

    pub(super) fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<OrganisationKey, KeyError> {
        match wrapping::unwrap(&self.0, wrapping::Level::Organisation, context, wrapped) {
            Ok(secret) => Ok(OrganisationKey(secret)),
            Err(KeyError::WrongWrappingKey) => Err(KeyError::RootKeyMismatch {
                expected: wrapping::wrapping_key_id(wrapped).map(|id| id.to_string()).unwrap_or_default(),
                found: self.id()?,
            }),
            Err(other) => Err(other),
        }
    }
}

fn checksum_of(checked: &str) -> String {
    hex::encode(sha256(checked.as_bytes()).first_chunk::<4>().copied().unwrap_or_default())
}

//! The key hierarchy: a root key wraps one key per organisation, which wraps one key per recording version, from which the
//! key of each sealed object is derived.
//!
//! Destroying a wrapped version key erases every object of the version, wherever copies of it lie.
//!
//! Must not know: where wrapped keys are stored, or what an organisation or a recording is: both are bytes of `context`.

mod environment;
mod file;
mod root;
mod wrapping;

use aws_lc_rs::hkdf;
use zeroize::Zeroizing;

pub use environment::EnvironmentRootKey;
pub use file::{FileRootKey, RootKeyFinding};
pub use root::{RootKeyProvider, check_root_key, generate_root_key_text};
pub use wrapping::{WRAPPED_KEY_BYTES, wrapping_key_id};

use crate::entropy::{Entropy, EntropyError, random_secret};

/// Making, wrapping or unwrapping a key failed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The root key in use isn't the one that this vault was made with.
    #[error("the root key does not match this vault: the vault was made with root key {expected}, this is {found}")]
    RootKeyMismatch {
        /// Id of the root key of the vault.
        expected: String,
        /// Id of the root key in use.
        found: String,
    },
    /// The key was wrapped by another organisation's key.
    #[error("the wrapped key belongs to another wrapping key")]
    WrongWrappingKey,
    /// The wrapped key was changed or belongs to another context.
    #[error("the wrapped key is damaged or belongs elsewhere")]
    DamagedKey,
    /// The text isn't a root key.
    #[error("this is not a root key: {reason}")]
    MalformedRootKey {
        /// What is wrong with it; never a part of the key.
        reason: &'static str,
    },
    /// The root key's file couldn't be read or made.
    #[error("cannot {action} the root key file {path}")]
    RootKeyFile {
        /// What was tried, as a verb.
        action: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An outside key service couldn't be asked; trying again may help.
    #[error("the key service is unavailable: {reason}")]
    Unavailable {
        /// Plain words, no secrets.
        reason: String,
    },
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The cipher refused to work.
    #[error("the cipher failed")]
    Cipher,
}

/// Names a key without telling anything of it. Derived from the key, so that it is a check value too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// An id read back from storage.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// 32 secret bytes; wiped when dropped, no `Debug`, no copies by accident.
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_secret(entropy).map(Self)
    }

    /// HKDF-SHA256 (RFC 5869) without salt: the input is uniformly random already.
    fn derive<const N: usize>(&self, info: &[&[u8]]) -> Result<Zeroizing<[u8; N]>, KeyError> {
        struct Length(usize);
        impl hkdf::KeyType for Length {
            fn len(&self) -> usize {
                self.0
            }
        }
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(self.0.as_slice());
        let mut derived = Zeroizing::new([0; N]);
        extracted
            .expand(info, Length(N))
            .and_then(|expanded| expanded.fill(derived.as_mut_slice()))
            .map_err(|_| KeyError::Cipher)?;
        Ok(derived)
    }

    fn id(&self) -> Result<KeyId, KeyError> {
        self.derive::<16>(&[b"soundkeep key id v1"]).map(|id| KeyId(*id))
    }

    fn object_key(&self, kind: &str, object_id: &[u8]) -> Result<ObjectKey, KeyError> {
        // The length in front keeps ("ab", "c") and ("a", "bc") apart.
        let kind_bytes = u32::try_from(kind.len()).unwrap_or(u32::MAX).to_be_bytes();
        let info: [&[u8]; 4] = [b"soundkeep object key v1", &kind_bytes, kind.as_bytes(), object_id];
        let secret = Self(self.derive::<32>(&info)?);
        let id = secret.id()?;
        Ok(ObjectKey { secret, id })
    }

    fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// The key of one version of a recording. Random; wrapped by its organisation's key.
pub struct VersionKey(Secret);

/// The key of one organisation. Random; wrapped by the root key.
pub struct OrganisationKey(Secret);

/// The key of one sealed object, derived from a version's or an organisation's key and never stored.
pub struct ObjectKey {
    secret: Secret,
    id: KeyId,
}

impl VersionKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyError::Entropy`].
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        Ok(Self(Secret::generate(entropy)?))
    }

    /// The key of one object of this version: HKDF-SHA256 with the object's kind and id as info.
    ///
    /// # Errors
    /// [`KeyError::Cipher`].
    pub fn object_key(&self, kind: &str, object_id: &[u8]) -> Result<ObjectKey, KeyError> {
        self.0.object_key(kind, object_id)
    }
}

impl OrganisationKey {
    /// A new random key.
    ///
    /// # Errors
    /// [`KeyError::Entropy`].
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        Ok(Self(Secret::generate(entropy)?))
    }

    /// The key of something of the organisation's own that belongs to no recording: a signing seed, a mail password.
    ///
    /// # Errors
    /// [`KeyError::Cipher`].
    pub fn object_key(&self, kind: &str, object_id: &[u8]) -> Result<ObjectKey, KeyError> {
        self.0.object_key(kind, object_id)
    }

    /// Wraps a version's key. `context` names organisation, recording and version and is needed to unwrap it again.
    ///
    /// # Errors
    /// [`KeyError::Entropy`], [`KeyError::Cipher`].
    pub fn wrap(&self, context: &[u8], key: &VersionKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError> {
        wrapping::wrap(&self.0, wrapping::Level::Version, context, &key.0, entropy)
    }

    /// Unwraps a version's key.
    ///
    /// # Errors
    /// [`KeyError::WrongWrappingKey`] when another organisation's key wrapped it, [`KeyError::DamagedKey`].
    pub fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<VersionKey, KeyError> {
        wrapping::unwrap(&self.0, wrapping::Level::Version, context, wrapped).map(VersionKey)
    }
}

impl ObjectKey {
    /// The id that stands in the header of what this key seals.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn secret(&self) -> &[u8] {
        self.secret.as_slice()
    }
}

macro_rules! redacted_debug {
    ($($key:ty => $name:literal),*) => {$(
        impl std::fmt::Debug for $key {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!($name, "(..)"))
            }
        }
    )*};
}
redacted_debug!(VersionKey => "VersionKey", OrganisationKey => "OrganisationKey", ObjectKey => "ObjectKey");

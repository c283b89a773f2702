//! A root key given as the value of an environment variable (or any other text).
//!
//! Must not know: which variable; the caller reads it.

use super::root::{RootKey, RootKeyProvider};
use super::{KeyError, OrganisationKey};
use crate::entropy::Entropy;

/// A root key parsed from text.
pub struct EnvironmentRootKey {
    key: RootKey,
    id: String,
}

impl EnvironmentRootKey {
    /// Reads the text that [`super::generate_root_key_text`] made; white space around it doesn't matter.
    ///
    /// # Errors
    /// [`KeyError::MalformedRootKey`].
    pub fn parse(value: &str) -> Result<Self, KeyError> {
        let key = RootKey::parse(value)?;
        Ok(Self { id: key.id()?, key })
    }
}

impl std::fmt::Debug for EnvironmentRootKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("EnvironmentRootKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl RootKeyProvider for EnvironmentRootKey {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn wrap(&self, context: &[u8], key: &OrganisationKey, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyError> {
        self.key.wrap(context, key, entropy)
    }

    fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<OrganisationKey, KeyError> {
        self.key.unwrap(context, wrapped)
    }
}

//! The keys in use: organisation keys unwrapped by the root key, and what is derived from them.
//!
//! Contexts bind every wrapped key and sealed object to its place, so that nothing can be moved. Keys
//! never leave this crate.

use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_crypto::keys::{OrganisationKey, RootKeyProvider, VersionKey};
use soundkeep_crypto::sealed;
use soundkeep_crypto::signing::SigningKey;
use soundkeep_domain::{NoteId, OrganisationId, Timestamp};
use soundkeep_ledger::VerifierKey;
use soundkeep_store::organisations::Organisation;
use std::collections::HashMap;
use std::sync::Arc;

/// The keys of one organisation.
pub(crate) struct OrganisationKeys {
    pub(crate) key: OrganisationKey,
    pub(crate) signing: SigningKey,
    pub(crate) verifier: VerifierKey,
    pub(crate) slug: String,
}

/// All keys in use.
pub(crate) struct KeyRing {
    root: Arc<dyn RootKeyProvider>,
    organisations: Mutex<HashMap<OrganisationId, Arc<OrganisationKeys>>>,
}

impl KeyRing {
    pub(crate) fn new(root: Arc<dyn RootKeyProvider>) -> Self {
        Self { root, organisations: Mutex::new(HashMap::new()) }
    }
    pub(crate) fn root_id(&self) -> String {
        self.root.id()
    }
    fn unwrap(&self, row: &Organisation) -> Result<OrganisationKeys> {
        let key = self.root.unwrap(&organisation_context(row.id), &row.wrapped_key)?;
        let seed_key = key.object_key("signing", row.id.as_bytes())?;
        let seed = sealed::open_whole(&seed_key, &organisation_context(row.id), row.wrapped_signing_key.clone())?;
        let seed: [u8; 32] = seed.as_slice().try_into().map_err(|_| Error::Damaged)?;
        let signing = SigningKey::from_seed(&seed).map_err(Error::bug)?;
        let verifier = VerifierKey::parse(&row.verifier_key).map_err(Error::bug)?;
        Ok(OrganisationKeys { key, signing, verifier, slug: row.slug.clone() })
    }
}

fn organisation_context(organisation: OrganisationId) -> Vec<u8> {
    [b"organisation:".as_slice(), organisation.as_bytes()].concat()
}

/// What binds a version's wrapped key to its place.
pub(crate) fn version_context(organisation: OrganisationId, holder: &[u8; 16], version: i64) -> Vec<u8> {
    [b"version:".as_slice(), organisation.as_bytes(), holder, &version.to_be_bytes()].concat()
}

/// What binds a sealed object to its place: the name that it is stored under.
pub(crate) fn object_context(organisation: OrganisationId, blob: &str) -> Vec<u8> {
    [b"object:".as_slice(), organisation.as_bytes(), blob.as_bytes()].concat()
}

/// What binds a sealed note to its place.
pub(crate) fn note_context(organisation: OrganisationId, note: NoteId) -> Vec<u8> {
    [b"note:".as_slice(), organisation.as_bytes(), note.as_bytes()].concat()
}

impl Vault {
    /// The keys of an organisation, unwrapped once and kept.
    pub(crate) async fn keys(&self, organisation: OrganisationId) -> Result<Arc<OrganisationKeys>> {
        if let Some(keys) = self.key_ring().organisations.lock().get(&organisation) {
            return Ok(Arc::clone(keys));
        }
        let row = soundkeep_store::organisations::get(&mut self.store().reader(), organisation).await?;
        let keys = Arc::new(self.key_ring().unwrap(&row)?);
        self.key_ring().organisations.lock().insert(organisation, Arc::clone(&keys));
        Ok(keys)
    }

    /// Makes the row of a new organisation with fresh keys.
    pub(crate) fn new_organisation(&self, slug: &str, name: &str, now: Timestamp) -> Result<Organisation> {
        let id = OrganisationId::make(now, &self.random()?);
        let key = OrganisationKey::generate(self.entropy())?;
        let signing = SigningKey::generate(self.entropy()).map_err(Error::bug)?;
        let verifier = VerifierKey::new(&format!("soundkeep/{id}"), signing.public_key()).map_err(Error::bug)?;
        let seed_key = key.object_key("signing", id.as_bytes())?;
        let seed = signing.seed().map_err(Error::bug)?;
        let sealed_seed = sealed::seal_whole(&seed_key, &organisation_context(id), seed.as_slice(), self.entropy())?;
        Ok(Organisation {
            id,
            slug: slug.to_owned(),
            name: name.to_owned(),
            created_at: now,
            root_key_id: self.key_ring().root_id(),
            wrapped_key: self.key_ring().root.wrap(&organisation_context(id), &key, self.entropy())?,
            wrapped_signing_key: sealed_seed,
            verifier_key: verifier.to_string(),
        })
    }

    /// Makes a key for a version and wraps it for its place.
    pub(crate) fn new_version_key(&self) -> Result<VersionKey> {
        Ok(VersionKey::generate(self.entropy())?)
    }
}

//! The vault: everything that use cases share, and its opening.
//!
//! Time, randomness, storage and the media worker are parts that the binary or a test puts in.

use crate::access::weigh::Walks;
use crate::event::EventOrder;
use crate::identity::{BreachedPasswords, IdentityState};
use crate::keys::KeyRing;
use crate::media_worker::MediaWorker;
use crate::metrics::Metrics;
use crate::policy::PolicyEpochs;
use crate::recordings::listening::Listenings;
use crate::recordings::opening::Openings;
use crate::settings::KeptSettings;
use crate::{Error, Result};
use soundkeep_blobs::Blobs;
use soundkeep_crypto::Entropy;
use soundkeep_crypto::keys::{RootKeyProvider, check_root_key};
use soundkeep_domain::Timestamp;
use soundkeep_domain::settings::{REGISTRY, Registry};
use soundkeep_domain::time::Clock;
use soundkeep_outbound::Outbound;
use soundkeep_store::{Store, organisations};
use std::path::PathBuf;
use std::sync::Arc;

/// What a vault is made of.
pub struct Parts {
    /// Rows.
    pub store: Store,
    /// Sealed objects.
    pub blobs: Arc<dyn Blobs>,
    /// The key that wraps the organisations' keys.
    pub root_key: Arc<dyn RootKeyProvider>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What reads foreign media.
    pub media_worker: MediaWorker,
    /// Where signed checkpoints are published.
    pub checkpoints: Option<PathBuf>,
    /// Free bytes below which nothing is taken in any more, kept for the ledger.
    pub reserve_bytes: u64,
    /// Passwords that nobody may choose, where the operator has a list.
    pub breached_passwords: Option<Arc<BreachedPasswords>>,
    /// The way to other servers.
    pub outbound: Outbound,
    /// Names this process among several.
    pub node: String,
}

struct Inner {
    parts: Parts,
    keys: KeyRing,
    epochs: PolicyEpochs,
    listenings: Listenings,
    openings: Openings,
    identity: IdentityState,
    metrics: Metrics,
    event_order: EventOrder,
    walks: Walks,
    registry: Registry,
    settings: KeptSettings,
}

/// An open vault. Clones share it.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

const ROOT_KEY_FACT: &str = "root_key_id";

/// The id of the root key that the vault was made with; of nodes that start at once on an empty vault, one makes it.
async fn remembered_root_key(parts: &Parts) -> Result<String> {
    let mut remembered = organisations::fact(&mut parts.store.reader(), ROOT_KEY_FACT).await?;
    if remembered.is_none() {
        let id = parts.root_key.id();
        let mut transaction = parts.store.begin().await?;
        let set = organisations::set_fact(&mut transaction, ROOT_KEY_FACT, id.as_bytes()).await;
        if let Err(soundkeep_store::Error::Conflict(_)) = set {
            // The other's row may wait for a commit that it shares with ours: only a transaction is sure to see it.
            drop(transaction);
            transaction = parts.store.begin().await?;
        } else {
            set?;
        }
        remembered = organisations::fact(&mut transaction, ROOT_KEY_FACT).await?;
        transaction.commit().await?;
    }
    let remembered = remembered.ok_or_else(|| Error::bug("the vault forgot its root key"))?;
    Ok(String::from_utf8_lossy(&remembered).into_owned())
}

impl Vault {
    /// Opens a vault over its parts, and refuses a root key that isn't this vault's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with a sentence when the root key is another, or when storage fails.
    pub async fn open(parts: Parts) -> Result<Self> {
        Self::open_with(parts, REGISTRY).await
    }

    /// The same with other settings than those that there are: a test finds out what follows from one.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub async fn open_with(parts: Parts, registry: Registry) -> Result<Self> {
        let remembered = remembered_root_key(&parts).await?;
        check_root_key(parts.root_key.as_ref(), &remembered).map_err(|error| Error::Unavailable(error.to_string()))?;
        let keys = KeyRing::new(Arc::clone(&parts.root_key));
        let vault = Self(Arc::new(Inner {
            parts,
            keys,
            epochs: PolicyEpochs::default(),
            listenings: Listenings::default(),
            openings: Openings::default(),
            identity: IdentityState::default(),
            metrics: Metrics::default(),
            event_order: EventOrder::default(),
            walks: Walks::default(),
            registry,
            settings: KeptSettings::default(),
        }));
        for organisation in organisations::all(&mut vault.store().reader()).await? {
            // A key that was swapped in the database is found now, not when somebody wants to listen.
            vault.keys(organisation.id).await?;
        }
        Ok(vault)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.parts.store
    }
    pub(crate) fn blobs(&self) -> &dyn Blobs {
        self.0.parts.blobs.as_ref()
    }
    pub(crate) fn key_ring(&self) -> &KeyRing {
        &self.0.keys
    }
    pub(crate) fn policy_epochs(&self) -> &PolicyEpochs {
        &self.0.epochs
    }
    pub(crate) fn listenings(&self) -> &Listenings {
        &self.0.listenings
    }
    pub(crate) fn openings(&self) -> &Openings {
        &self.0.openings
    }
    pub(crate) fn identity_state(&self) -> &IdentityState {
        &self.0.identity
    }
    /// The settings that there are.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.0.registry
    }
    pub(crate) fn kept_settings(&self) -> &KeptSettings {
        &self.0.settings
    }
    pub(crate) fn event_order(&self) -> &EventOrder {
        &self.0.event_order
    }
    pub(crate) fn walks(&self) -> &Walks {
        &self.0.walks
    }
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.0.parts.entropy.as_ref()
    }
    pub(crate) fn media_worker(&self) -> &MediaWorker {
        &self.0.parts.media_worker
    }
    pub(crate) fn checkpoints_folder(&self) -> Option<&std::path::Path> {
        self.0.parts.checkpoints.as_deref()
    }
    pub(crate) fn breached_passwords(&self) -> Option<&BreachedPasswords> {
        self.0.parts.breached_passwords.as_deref()
    }
    pub(crate) fn reserve_bytes(&self) -> u64 {
        self.0.parts.reserve_bytes
    }
    /// The one way to other servers: guarded by what the operator decided.
    pub(crate) fn outbound(&self) -> &Outbound {
        &self.0.parts.outbound
    }
    pub(crate) fn node(&self) -> &str {
        &self.0.parts.node
    }
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }
    /// Counters of what happened since the start.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N]> {
        Ok(soundkeep_crypto::entropy::random_bytes(self.entropy())?)
    }

    /// Whether the vault can do its work: the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what doesn't answer.
    pub async fn ready(&self) -> Result<()> {
        Ok(self.store().ping().await?)
    }

    /// What the vault stands on, and whether each answers, for the page that says whether it is ready.
    pub async fn checks(&self) -> [(&'static str, Result<()>); 2] {
        let objects = match self.blobs().free_bytes().await {
            Ok(Some(free)) if free < self.reserve_bytes() => {
                Err(Error::Unavailable("the disk is almost full: nothing is taken in".to_owned()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        };
        [("database", self.ready().await), ("objects", objects)]
    }

    /// A fresh text that nobody can guess, for the styles of one page (128 random bits).
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn nonce(&self) -> Result<String> {
        Ok(hex::encode(self.random::<16>()?))
    }

    /// Refuses when the disk is so full that the reserve for the ledger would be touched.
    ///
    /// # Errors
    /// [`Error::Unavailable`] then.
    pub async fn check_space(&self) -> Result<()> {
        let free = self.blobs().free_bytes().await?;
        if free.is_some_and(|free| free < self.reserve_bytes()) {
            return Err(Error::Unavailable(
                "the disk is almost full: nothing is taken in until there is space".to_owned(),
            ));
        }
        Ok(())
    }

    /// Wakes when events were committed that wait for their numbers in the ledger.
    #[must_use]
    pub fn events_waiting(&self) -> Arc<tokio::sync::Notify> {
        self.store().events_waiting()
    }

    /// Closes what is open. Use it after everything else has stopped.
    ///
    /// # Errors
    /// When the database can't be closed in order.
    pub async fn close(self) -> Result<()> {
        if let Some(inner) = Arc::into_inner(self.0) {
            inner.parts.store.close().await?;
        }
        Ok(())
    }
}

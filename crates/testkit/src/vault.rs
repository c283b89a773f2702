//! A whole vault in process: its own database and object store, a clock that stands still, randomness from a seed.
//!
//! `TestVault::start()` gives one on SQLite and local disk, [`for_each_vault`] one after the other on every database
//! and object store; `vault.as_supervisor("sales")` is somebody who may ask. It goes through use cases where there
//! are any, and never around a decision.

mod entropy;
mod objects;
mod people;
mod sound;

pub use entropy::SeededEntropy;
pub use objects::Objects;
pub use sound::wav;

use crate::backend::{self, Backend};
use crate::clock::TestClock;
use bytes::Bytes;
use objects::Opened;
use people::People;
use soundkeep_app::access::weigh::Intent;
use soundkeep_app::domain::conversations::Source;
use soundkeep_app::domain::{ConversationId, OrganisationId, RecordingId, Timestamp};
use soundkeep_app::identity::{NewOrganisation, create_organisation};
use soundkeep_app::recordings::ingest::{Ingested, Metadata, Origin, ingest};
use soundkeep_app::{Caller, MediaWorker, Parts, Vault};
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_domain::time::Clock;
use soundkeep_store::{Dialect, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// When tests happen unless they turn the clock.
const NOW: Timestamp = Timestamp::from_unix_micros(1_790_000_000_000_000);

/// A vault with everything around it; gone when it is dropped.
pub struct TestVault {
    /// The vault.
    pub vault: Vault,
    /// Its clock, to be turned by hand.
    pub clock: Arc<TestClock>,
    /// Its rows, for looking behind the use cases.
    pub store: Store,
    entropy: Arc<SeededEntropy>,
    organisation: OrganisationId,
    people: People,
    calls: AtomicU64,
    objects: Opened,
    backend: Backend,
}

impl TestVault {
    /// A vault on SQLite and local disk, with one organisation.
    pub async fn start() -> Self {
        Self::start_on(Backend::sqlite(), Objects::Disk).await
    }

    /// A vault on this database and object store, with one organisation.
    pub async fn start_on(backend: Backend, objects: Objects) -> Self {
        let entropy = Arc::new(SeededEntropy::from_seed(7));
        let clock = Arc::new(TestClock::at(NOW));
        let root_key = generate_root_key_text(&entropy).expect("a root key");
        let root_key = EnvironmentRootKey::parse(&root_key).expect("the root key is one");
        let opened = Opened::open(objects).await;
        let store = backend.open().await;
        let parts = Parts {
            store: store.clone(),
            blobs: opened.blobs(),
            root_key: Arc::new(root_key),
            clock: Arc::<TestClock>::clone(&clock),
            entropy: Arc::<SeededEntropy>::clone(&entropy),
            media_worker: MediaWorker::InProcess,
            checkpoints: None,
            reserve_bytes: 0,
            breached_passwords: None,
            outbound: crate::outbound(),
            node: "test".to_owned(),
        };
        let vault = Vault::open(parts).await.expect("the vault opens");
        let organisation = add_organisation(&vault, "main").await;
        Self {
            vault,
            clock,
            store,
            entropy,
            organisation,
            people: People::default(),
            calls: AtomicU64::new(0),
            objects: opened,
            backend,
        }
    }

    /// Its first organisation.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// Which database it is on.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.backend.dialect()
    }

    /// The database that it is on.
    #[must_use]
    pub const fn backend(&self) -> &Backend {
        &self.backend
    }

    /// Makes another organisation.
    pub async fn add_organisation(&self, slug: &str) -> OrganisationId {
        add_organisation(&self.vault, slug).await
    }

    /// The files of all sealed objects, sorted.
    #[must_use]
    pub fn objects(&self) -> Vec<PathBuf> {
        self.objects.files()
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        soundkeep_crypto::entropy::random_bytes(self.entropy.as_ref()).expect("seeded randomness")
    }

    /// Takes in a short generated call of whoever has this agent id now, and says what it became.
    pub async fn ingest(&self, agent_id: &str) -> (ConversationId, RecordingId) {
        let metadata = Metadata { agent: Some(agent_id.to_owned()), ..Metadata::default() };
        match self.ingest_with(metadata).await {
            Ingested::Stored { conversation, recording, .. } => (conversation, recording),
            other => panic!("the call wasn't stored: {other:?}"),
        }
    }

    /// Takes in a short generated call of which this is told. No two are alike.
    pub async fn ingest_with(&self, metadata: Metadata) -> Ingested {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        self.ingest_bytes(metadata, wav(2, 1, number)).await
    }

    /// Takes in these bytes.
    pub async fn ingest_bytes(&self, metadata: Metadata, bytes: Vec<u8>) -> Ingested {
        let caller = self.as_admin().await;
        let origin = Origin { source: Source::Upload, name: "call.wav" };
        let pieces: Vec<std::io::Result<Bytes>> =
            bytes.chunks(10_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        ingest(&self.vault, &caller, origin, metadata, futures::stream::iter(pieces)).await.expect("intake works")
    }

    /// The caller of a token, as it is now, who confirms whatever they ask for.
    pub async fn caller(&self, token: &str) -> Caller {
        let caller = soundkeep_app::identity::check(&self.vault, token, None).await.expect("a token that is in force");
        caller.wanting(Intent::Decided)
    }
}

async fn add_organisation(vault: &Vault, slug: &str) -> OrganisationId {
    let new = NewOrganisation { slug: slug.to_owned(), name: format!("The {slug} organisation") };
    create_organisation(vault, &new).await.expect("the organisation is made").organisation
}

/// Runs a test on a vault on SQLite and local disk, and then on the other database and the other object store.
///
/// Where no PostgreSQL is configured the second vault is on SQLite too.
pub fn for_each_vault(test: impl AsyncFn(&TestVault)) {
    let second = Backend::all().pop().expect("a database");
    for (backend, objects) in [(Backend::sqlite(), Objects::Disk), (second, Objects::S3)] {
        backend::runtime().block_on(async {
            let vault = TestVault::start_on(backend, objects).await;
            test(&vault).await;
        });
    }
}

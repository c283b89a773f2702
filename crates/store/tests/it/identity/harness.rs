//! A fresh store with one organisation on each database, and people to fill it with.

use soundkeep_domain::access::AccountState;
use soundkeep_domain::{GroupId, OrganisationId, Timestamp, UserId};
use soundkeep_store::Store;
use soundkeep_store::identity::{groups, users};
use soundkeep_store::organisations::{self, Organisation};
use soundkeep_testkit::Backend;
use std::sync::atomic::{AtomicU64, Ordering};

/// A store with one organisation, and what it lives in.
pub(crate) struct Fresh {
    pub(crate) store: Store,
    pub(crate) organisation: OrganisationId,
    _backend: Backend,
}

static DRAWN: AtomicU64 = AtomicU64::new(0);

/// Ten bytes that weren't drawn before; larger each time, so that ids sort as they were made.
pub(crate) fn random() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&(DRAWN.fetch_add(1, Ordering::Relaxed) << 8).to_be_bytes());
    bytes
}

/// So many seconds after the beginning of the tests' time.
pub(crate) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_790_000_000_000_000).plus_seconds(seconds)
}

/// A fresh store on each database that is at hand.
pub(crate) async fn stores() -> Vec<Fresh> {
    let mut stores = Vec::new();
    for backend in Backend::all() {
        let store = backend.open().await;
        let organisation = add_organisation(&store, "main").await;
        stores.push(Fresh { store, organisation, _backend: backend });
    }
    stores
}

/// Adds an organisation with this slug.
pub(crate) async fn add_organisation(store: &Store, slug: &str) -> OrganisationId {
    let id = OrganisationId::make(at(0), &random());
    let row = Organisation {
        id,
        slug: slug.to_owned(),
        name: slug.to_owned(),
        created_at: at(0),
        root_key_id: "root".to_owned(),
        wrapped_key: vec![1],
        wrapped_signing_key: vec![2],
        verifier_key: "verifier".to_owned(),
    };
    let mut transaction = store.begin().await.unwrap();
    organisations::add(&mut transaction, &row).await.unwrap();
    transaction.commit().await.unwrap();
    id
}

impl Fresh {
    /// Adds an active user who has a password.
    pub(crate) async fn user(&self, name: &str) -> UserId {
        let id = UserId::make(at(0), &random());
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let new = users::NewUser {
            id,
            email: &email,
            name,
            state: AccountState::Active,
            password_hash: Some("hash"),
            created_at: at(0),
        };
        let mut transaction = self.store.begin().await.unwrap();
        users::add(&mut transaction, self.organisation, &new).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// Adds a group.
    pub(crate) async fn group(&self, name: &str) -> GroupId {
        let id = GroupId::make(at(0), &random());
        let mut transaction = self.store.begin().await.unwrap();
        groups::add(&mut transaction, self.organisation, id, name, at(0)).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// The policy epoch.
    pub(crate) async fn epoch(&self) -> i64 {
        soundkeep_store::access::policy_epoch(&mut self.store.reader(), self.organisation).await.unwrap()
    }
}

/// Runs writes in a transaction and commits it.
macro_rules! commit {
    ($fresh:expr, |$transaction:ident| $body:expr) => {{
        let mut transaction = $fresh.store.begin().await.unwrap();
        let $transaction = &mut transaction;
        let done = $body.await;
        if done.is_ok() {
            transaction.commit().await.unwrap();
        }
        done
    }};
}
pub(crate) use commit;

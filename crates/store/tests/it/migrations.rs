//! The schema is brought up to date once, and never down.

use crate::sql::{execute, number};
use soundkeep_store::{Error, Store, organisations};
use soundkeep_testkit::{Backend, for_each_backend};
use tokio::task::JoinSet;

const VERSION: &str = "SELECT version FROM schema_version";

#[test]
fn opening_again_changes_nothing() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let mut transaction = store.begin().await.unwrap();
        organisations::set_fact(&mut transaction, "kept", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        store.close().await.unwrap();
        let version = number(backend, VERSION).await;
        let store = backend.open().await;
        assert_eq!(organisations::fact(&mut store.reader(), "kept").await.unwrap().as_deref(), Some(b"1".as_slice()));
        store.close().await.unwrap();
        assert_eq!(number(backend, VERSION).await, version);
        assert!(version >= 1);
    });
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    for_each_backend(async |backend: &Backend| {
        backend.open().await.close().await.unwrap();
        let known = number(backend, VERSION).await;
        execute(backend, &format!("UPDATE schema_version SET version = {}", known + 1)).await;
        match Store::open(&backend.location()).await {
            Err(Error::Newer { found, known: said }) => {
                assert_eq!((found, said), (known + 1, known))
            }
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it was opened"),
        }
        assert_eq!(number(backend, VERSION).await, known + 1);
    });
}

#[test]
fn nodes_that_start_at_once_on_an_empty_database_all_come_up() {
    // A SQLite vault is owned by one process; only PostgreSQL has several nodes.
    let Some(backend) = Backend::postgres() else {
        return;
    };
    soundkeep_testkit::backend::runtime().block_on(async {
        let mut starting = JoinSet::new();
        for _ in 0..4 {
            let location = backend.location();
            starting.spawn(async move { Store::open(&location).await.map(|_| ()) });
        }
        for outcome in starting.join_all().await {
            outcome.unwrap();
        }
    });
}

#[test]
fn a_store_that_is_not_there_says_so() {
    soundkeep_testkit::backend::runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = soundkeep_store::Location::Sqlite(folder.path().join("no such folder/vault.sqlite"));
        assert!(Store::open(&nowhere).await.is_err());
        let nonsense = soundkeep_store::Location::Postgres("not an address".to_owned());
        assert!(Store::open(&nonsense).await.is_err());
    });
}

#[test]
fn how_a_list_is_walked_never_hangs_on_how_small_the_vault_once_was() {
    for_each_backend(async |backend: &Backend| {
        if backend.dialect() != soundkeep_store::Dialect::Sqlite {
            return;
        }
        // What is told of rows, by all indices together: one that isn't told of, or otherwise, changes it.
        let told = "SELECT count(*) * 1000000 + sum(length(stat)) FROM sqlite_stat1";
        backend.open().await.close().await.unwrap();
        let first = number(backend, told).await;
        assert!(first > 50 * 1_000_000, "every index is told of");
        execute(backend, "ANALYZE; INSERT INTO sqlite_stat1 VALUES ('conversations', NULL, '24')").await;
        assert_ne!(number(backend, told).await, first);
        backend.open().await.close().await.unwrap();
        assert_eq!(number(backend, told).await, first);
    });
}

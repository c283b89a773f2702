//! Use cases share a commit and nothing else: each is whole or not there, whatever becomes of its neighbours.

use crate::scenario::Scenario;
use soundkeep_domain::Timestamp;
use soundkeep_store::audit::take_lease;
use soundkeep_store::{Dialect, Error, Store, Transaction, access, organisations};
use soundkeep_testkit::{Backend, for_each_backend};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use tokio::task::JoinSet;

async fn write(transaction: &mut Transaction, name: &str) -> Result<(), Error> {
    organisations::set_fact(transaction, name, b"1").await
}

async fn is_there(store: &Store, name: &str) -> bool {
    organisations::fact(&mut store.reader(), name).await.unwrap().is_some()
}

#[test]
fn of_many_writers_at_once_none_is_lost_and_none_is_half_there() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let mut writers = JoinSet::new();
        for number in 0..60_u32 {
            let store = store.clone();
            writers.spawn(async move {
                let mut transaction = store.begin().await?;
                write(&mut transaction, &format!("a{number}")).await?;
                tokio::task::yield_now().await;
                // Every third is refused by the database, every fourth gives up by itself.
                if number % 3 == 1 {
                    write(&mut transaction, &format!("a{number}")).await?;
                }
                if number % 4 == 2 {
                    return Ok(None);
                }
                write(&mut transaction, &format!("b{number}")).await?;
                transaction.commit().await?;
                // Whoever is answered can rely on it.
                assert!(is_there(&store, &format!("a{number}")).await);
                Ok::<_, Error>(Some(number))
            });
        }
        let mut committed = BTreeSet::new();
        while let Some(outcome) = writers.join_next().await {
            match outcome.unwrap() {
                Ok(Some(number)) => assert!(committed.insert(number)),
                Ok(None) | Err(Error::Conflict(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let expected: BTreeSet<u32> = (0..60).filter(|number| number % 3 != 1 && number % 4 != 2).collect();
        assert_eq!(committed, expected);
        for number in 0..60 {
            for part in ["a", "b"] {
                let there = is_there(&store, &format!("{part}{number}")).await;
                assert_eq!(there, expected.contains(&number), "{part}{number}");
            }
        }
    });
}

#[test]
fn an_abandoned_use_case_goes_alone_whenever_it_is_abandoned() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        // The use case is dropped after one step more each time, until it is through.
        for steps in 0.. {
            let before = {
                let (store, name) = (store.clone(), format!("before{steps}"));
                tokio::spawn(async move { commit_one(&store, &name).await })
            };
            let through = {
                let doomed = async {
                    let mut transaction = store.begin().await?;
                    write(&mut transaction, &format!("doomed{steps}")).await?;
                    write(&mut transaction, &format!("doomed too{steps}")).await?;
                    transaction.commit().await
                };
                run_for(doomed, steps).await
            };
            let after = {
                let (store, name) = (store.clone(), format!("after{steps}"));
                tokio::spawn(async move { commit_one(&store, &name).await })
            };
            before.await.unwrap().unwrap_or_else(|error| panic!("before, {steps} steps: {error}"));
            after.await.unwrap().unwrap_or_else(|error| panic!("after, {steps} steps: {error}"));
            let (one, both) = (
                is_there(&store, &format!("doomed{steps}")).await,
                is_there(&store, &format!("doomed too{steps}")).await,
            );
            assert_eq!(one, both, "half of it is there after {steps} steps");
            if let Some(outcome) = through {
                outcome.unwrap();
                assert!(one);
                break;
            }
        }
    });
}

async fn commit_one(store: &Store, name: &str) -> Result<(), Error> {
    let mut transaction = store.begin().await?;
    write(&mut transaction, name).await?;
    transaction.commit().await
}

/// Polls a future so many times and drops it; says how it ended if it did by then.
async fn run_for<F: Future>(future: F, steps: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = steps;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[test]
fn who_is_abandoned_while_beginning_stands_in_nobodys_way() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        // How far the first statement has come when its future goes is the connection's affair: so often, all are met.
        for (round, steps) in (0..20).flat_map(|round| (0..6).map(move |steps| (round, steps))) {
            let beginning = async {
                let mut transaction = store.begin().await?;
                write(&mut transaction, "doomed").await?;
                std::future::pending::<Result<(), Error>>().await
            };
            abandon(beginning, steps).await;
            let next = format!("next{round} {steps}");
            commit_one(&store, &next).await.unwrap_or_else(|error| panic!("{steps} steps: {error}"));
            assert!(is_there(&store, &next).await && !is_there(&store, "doomed").await);
        }
    });
}

#[test]
fn who_is_abandoned_while_asking_for_a_lock_holds_none() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let organisation = Scenario::in_store(&store).await.organisation;
        for steps in (0..20).flat_map(|_| 0..6) {
            let asking = async {
                let mut transaction = store.begin().await?;
                access::lock_policy(&mut transaction, organisation).await?;
                std::future::pending::<Result<(), Error>>().await
            };
            abandon(asking, steps).await;
            if backend.dialect() == Dialect::Postgres {
                let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                            (SELECT oid FROM pg_database WHERE datname = current_database())";
                until(async || crate::sql::number(backend, held).await == 0).await;
            }
            let mut next = store.begin().await.unwrap();
            access::lock_policy(&mut next, organisation).await.unwrap();
            next.commit().await.unwrap();
        }
    });
}

#[test]
fn who_is_refused_a_lock_leaves_no_connection_that_refuses_others() {
    for_each_backend(async |backend: &Backend| {
        if backend.dialect() == Dialect::Sqlite {
            return;
        }
        let store = backend.open().await;
        let organisation = Scenario::in_store(&store).await.organisation;
        let asks = async || {
            let mut transaction = store.begin().await?;
            access::lock_policy(&mut transaction, organisation).await?;
            Ok::<_, Error>(transaction)
        };
        let holding = asks().await.unwrap();
        let end_wait = async || {
            let wait = "SELECT count(*) FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE \
                        datname = current_database() AND wait_event_type = 'Lock') AS cancelled";
            crate::sql::number(backend, wait).await > 0
        };
        let (refused, ()) = futures::join!(asks(), until(end_wait));
        assert!(matches!(refused.map(|_| ()), Err(Error::Database(_))));
        drop(holding);
        // More than there are connections: each is met.
        for number in 0..60 {
            commit_one(&store, &format!("after{number}")).await.unwrap();
        }
        let at_once = (0..60).map(|number| {
            let store = store.clone();
            async move { commit_one(&store, &format!("at once{number}")).await }
        });
        futures::future::try_join_all(at_once).await.unwrap();
        asks().await.unwrap().commit().await.unwrap();
    });
}

/// Looks until something is so; fails after many looks.
async fn until(is_so: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if is_so().await {
            return;
        }
    }
    panic!("it never was");
}

/// Lets work go so many steps, which it must not end with, and drops it.
async fn abandon(work: impl Future<Output = Result<(), Error>>, steps: u32) {
    let mut work = pin!(work);
    for _ in 0..steps {
        assert!(futures::poll!(&mut work).is_pending());
        tokio::task::yield_now().await;
    }
}

#[test]
fn who_is_abandoned_last_leaves_nothing_open() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let mut transaction = store.begin().await.unwrap();
        write(&mut transaction, "left").await.unwrap();
        drop(transaction);
        // Another connection can write: the wait in here is SQLite's own, for a lock that nobody gives up.
        crate::sql::execute(backend, "INSERT INTO leases VALUES ('other', 'me', 1)").await;
        commit_one(&store, "right").await.unwrap();
        assert!(!is_there(&store, "left").await);
        assert!(is_there(&store, "right").await);
    });
}

#[test]
fn a_use_case_whose_statement_failed_does_not_commit() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        commit_one(&store, "taken").await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        write(&mut transaction, "before").await.unwrap();
        assert!(write(&mut transaction, "taken").await.is_err());
        let outcome = transaction.commit().await;
        assert!(matches!(outcome, Err(Error::Commit(_))), "{outcome:?}");
        assert!(!is_there(&store, "before").await);
    });
}

#[test]
fn after_a_statement_that_failed_a_use_case_writes_nothing_more() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        commit_one(&store, "taken").await.unwrap();
        // Also when it was the first, and nothing had been opened before.
        for names in [&["taken"][..], &["before", "taken"]] {
            let mut transaction = store.begin().await.unwrap();
            for name in names {
                let outcome = write(&mut transaction, name).await;
                assert_eq!(outcome.is_err(), *name == "taken", "{outcome:?}");
            }
            let outcome = write(&mut transaction, "after").await;
            assert!(matches!(outcome, Err(Error::Commit(_))), "{outcome:?}");
            drop(transaction);
            commit_one(&store, &format!("next of {}", names.len())).await.unwrap();
            assert!(!is_there(&store, "before").await && !is_there(&store, "after").await);
        }
    });
}

#[test]
fn a_use_case_that_asked_nothing_ends_well_and_leaves_its_turn() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        for number in 0..3 {
            store.begin().await.unwrap().commit().await.unwrap();
            drop(store.begin().await.unwrap());
            commit_one(&store, &format!("one{number}")).await.unwrap();
            assert!(is_there(&store, &format!("one{number}")).await);
        }
    });
}

#[test]
fn a_refused_statement_can_be_followed_by_a_new_use_case_and_harms_no_waiting_one() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        commit_one(&store, "taken").await.unwrap();
        let waiting = {
            let store = store.clone();
            tokio::spawn(async move { commit_one(&store, "waiting").await })
        };
        let refused = commit_one(&store, "taken").await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        waiting.await.unwrap().unwrap();
        commit_one(&store, "later").await.unwrap();
        assert!(is_there(&store, "waiting").await && is_there(&store, "later").await);
    });
}

#[test]
fn events_wake_the_sequencer_and_rights_are_counted_only_after_the_commit() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let before = store.policy_changes();
        let mut transaction = store.begin().await.unwrap();
        soundkeep_store::access::advance_policy_epoch(&mut transaction, scenario.organisation).await.unwrap();
        assert_eq!(store.policy_changes(), before);
        drop(transaction);
        assert_eq!(store.policy_changes(), before);
        let mut transaction = store.begin().await.unwrap();
        soundkeep_store::access::advance_policy_epoch(&mut transaction, scenario.organisation).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(store.policy_changes(), before + 1);
    });
}

#[test]
fn what_is_committed_is_there_after_opening_again() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        commit_one(&store, "kept").await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        let now = Timestamp::from_unix_micros(1);
        take_lease(&mut transaction, "never committed", "me", now, now).await.unwrap();
        drop(transaction);
        store.close().await.unwrap();
        let store = backend.open().await;
        assert!(is_there(&store, "kept").await);
        let mut transaction = store.begin().await.unwrap();
        assert!(take_lease(&mut transaction, "never committed", "other", now, now).await.unwrap());
    });
}

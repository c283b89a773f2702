//! Jobs: one node at a time, gone on with by another, never twice.

use crate::scenario::Scenario;
use soundkeep_domain::{JobId, Timestamp};
use soundkeep_store::jobs::{self, Claim, JobState, NewJob};
use soundkeep_store::{Error, Store};
use soundkeep_testkit::{Backend, for_each_backend};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_micros(seconds * 1_000_000)
}

fn new(number: u8, key: &str) -> NewJob {
    NewJob {
        id: JobId::make(at(i64::from(number)), &[number; 10]),
        kind: "sorting",
        work_key: key.to_owned(),
        parameters: "{}".to_owned(),
        total: 10,
        by: ("user", "somebody".to_owned()),
        created_at: at(0),
    }
}

async fn claimed(store: &Store, node: &str, now: i64) -> Option<Claim> {
    let mut transaction = store.begin().await.unwrap();
    let job = jobs::claim(&mut transaction, node, at(now), at(now + 30)).await.unwrap()?;
    transaction.commit().await.unwrap();
    Some(Claim { organisation: job.organisation, id: job.id, fence: job.fence })
}

#[test]
fn a_job_is_one_nodes_until_its_lease_runs_out_and_the_late_one_writes_nothing() {
    for_each_backend(async |backend: &Backend| {
        let here = Scenario::in_store(&backend.open().await).await;
        let mut transaction = here.store.begin().await.unwrap();
        jobs::add(&mut transaction, here.organisation, &new(1, "a")).await.unwrap();
        transaction.commit().await.unwrap();
        let first = claimed(&here.store, "one", 100).await.unwrap();
        assert!(claimed(&here.store, "two", 129).await.is_none());
        let second = claimed(&here.store, "two", 130).await.unwrap();
        let mut transaction = here.store.begin().await.unwrap();
        assert!(matches!(jobs::hold(&mut transaction, first, at(200)).await, Err(Error::NotFound)));
        drop(transaction);
        let mut transaction = here.store.begin().await.unwrap();
        assert!(matches!(jobs::progress(&mut transaction, first, 1, None).await, Err(Error::NotFound)));
        drop(transaction);
        let mut transaction = here.store.begin().await.unwrap();
        let end = jobs::end(&mut transaction, first, JobState::Done, (None, None), at(131)).await;
        assert!(matches!(end, Err(Error::NotFound)));
        drop(transaction);
        let mut transaction = here.store.begin().await.unwrap();
        let held = jobs::hold(&mut transaction, second, at(200)).await.unwrap();
        assert_eq!((held.attempts, held.state), (2, JobState::Running));
        jobs::progress(&mut transaction, second, 4, Some("there".to_owned())).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(claimed(&here.store, "one", 199).await.is_none(), "a batch renews the lease");
        let job = jobs::get(&mut here.store.reader(), here.organisation, second.id).await.unwrap();
        assert_eq!((job.done, job.cursor.as_deref(), job.attempts), (4, Some("there"), 0));
    });
}

#[test]
fn the_same_work_is_open_once_and_can_be_ordered_again_afterwards() {
    for_each_backend(async |backend: &Backend| {
        let here = Scenario::in_store(&backend.open().await).await;
        let mut transaction = here.store.begin().await.unwrap();
        let (first, is_new) = jobs::add(&mut transaction, here.organisation, &new(1, "a")).await.unwrap();
        assert!(is_new);
        let (again, is_new) = jobs::add(&mut transaction, here.organisation, &new(2, "a")).await.unwrap();
        assert_eq!((again.id, is_new), (first.id, false));
        let (_, is_new) = jobs::add(&mut transaction, here.organisation, &new(3, "b")).await.unwrap();
        assert!(is_new);
        jobs::cancel(&mut transaction, here.organisation, first.id, at(5)).await.unwrap();
        let ended = jobs::cancel(&mut transaction, here.organisation, first.id, at(6)).await;
        assert!(matches!(ended, Err(Error::Conflict(_))));
        let (_, is_new) = jobs::add(&mut transaction, here.organisation, &new(4, "a")).await.unwrap();
        assert!(is_new);
        transaction.commit().await.unwrap();
        let page = jobs::page(&mut here.store.reader(), here.organisation, &["sorting"], None, 2).await.unwrap();
        assert_eq!(page.iter().map(|job| job.id).collect::<Vec<_>>(), [new(4, "").id, new(3, "").id]);
        let rest = jobs::page(&mut here.store.reader(), here.organisation, &["sorting"], Some(new(3, "").id), 9).await;
        assert_eq!(rest.unwrap()[0].state, JobState::Cancelled);
        let other = jobs::page(&mut here.store.reader(), here.organisation, &["other"], None, 9).await.unwrap();
        assert_eq!(other, []);
    });
}

#[test]
fn of_nodes_that_claim_at_once_one_gets_it() {
    for_each_backend(async |backend: &Backend| {
        let here = Scenario::in_store(&backend.open().await).await;
        let mut transaction = here.store.begin().await.unwrap();
        jobs::add(&mut transaction, here.organisation, &new(1, "a")).await.unwrap();
        transaction.commit().await.unwrap();
        let claims = futures::future::join_all((0..8).map(|node| {
            let store = &here.store;
            async move { claimed(store, &format!("node {node}"), 50).await }
        }));
        assert_eq!(claims.await.into_iter().flatten().count(), 1);
    });
}

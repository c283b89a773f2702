//! Events keep their order and their organisation; one sequencer at a time gives the numbers.

use crate::scenario::{Scenario, fresh};
use soundkeep_domain::access::{authorize_plain, marks};
use soundkeep_domain::audit::{EventKind, Outcome};
use soundkeep_domain::{EventId, OrganisationId, Timestamp};
use soundkeep_store::audit::{self, Checkpoint, EventFilter, NewEvent};
use soundkeep_store::{Error, Store};
use soundkeep_testkit::{Backend, for_each_backend};

fn event(organisation: OrganisationId, at: Timestamp, leaf: &str) -> NewEvent {
    NewEvent {
        id: EventId::from_bytes(fresh()),
        organisation,
        at,
        kind: EventKind::SignIn,
        outcome: Outcome::Success,
        actor_kind: "user",
        actor_id: Some("ada".to_owned()),
        object_kind: None,
        object_id: None,
        conversation: None,
        leaf: leaf.to_owned(),
        openings: None,
    }
}

async fn append(store: &Store, event: &NewEvent) {
    let mut transaction = store.begin().await.unwrap();
    audit::append(&mut transaction, event).await.unwrap();
    transaction.commit().await.unwrap();
}

#[test]
fn two_sequencers_never_number_the_same_event_or_give_the_same_number() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let events: Vec<NewEvent> =
            (0..3).map(|number| event(scenario.organisation, scenario.now, &format!("{{{number}}}"))).collect();
        for event in &events {
            append(&store, event).await;
        }
        let mut first = store.begin().await.unwrap();
        let waiting = audit::unnumbered(&mut first, scenario.organisation, 2).await.unwrap();
        assert_eq!(waiting, [(events[0].id, "{0}".to_owned()), (events[1].id, "{1}".to_owned())]);
        audit::number(&mut first, scenario.organisation, 0, &[events[0].id, events[1].id]).await.unwrap();
        first.commit().await.unwrap();

        // Who still believes that nothing has a number is told so, both by the event and by the number.
        let mut late = store.begin().await.unwrap();
        let outcome = audit::number(&mut late, scenario.organisation, 7, &[events[1].id]).await;
        assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
        drop(late);
        let mut late = store.begin().await.unwrap();
        let outcome = audit::number(&mut late, scenario.organisation, 1, &[events[2].id]).await;
        assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
        drop(late);
        let mut next = store.begin().await.unwrap();
        assert_eq!(audit::unnumbered(&mut next, scenario.organisation, 9).await.unwrap().len(), 1);
        audit::number(&mut next, scenario.organisation, 2, &[events[2].id]).await.unwrap();
        next.commit().await.unwrap();
        // Another organisation's ledger has numbers of its own, and stands in nobody else's export.
        let other = Scenario::in_store(&store).await;
        let strange = event(other.organisation, scenario.now, "{}");
        append(&store, &strange).await;
        let mut elsewhere = store.begin().await.unwrap();
        audit::number(&mut elsewhere, other.organisation, 1, &[strange.id]).await.unwrap();
        elsewhere.commit().await.unwrap();
        let facts = scenario.facts(scenario.admin).await;
        let permit = authorize_plain::<marks::AuditExport>(&facts).unwrap();
        let all = audit::export(&mut store.reader(), &permit, 0, 3, 10).await.unwrap();
        assert_eq!(all.iter().map(|event| event.leaf_index.unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
        let part = audit::export(&mut store.reader(), &permit, 1, 2, 10).await.unwrap();
        assert_eq!(part.iter().map(|event| event.id).collect::<Vec<_>>(), [events[1].id]);
    });
}

#[test]
fn an_event_of_a_change_that_failed_is_not_there() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut transaction = store.begin().await.unwrap();
        audit::append(&mut transaction, &event(scenario.organisation, scenario.now, "{}")).await.unwrap();
        drop(transaction);
        let mut transaction = store.begin().await.unwrap();
        assert!(audit::unnumbered(&mut transaction, scenario.organisation, 9).await.unwrap().is_empty());
        drop(transaction);
        assert!(audit::organisations_with_unnumbered(&mut store.reader()).await.unwrap().is_empty());
    });
}

#[test]
fn a_ledger_shows_its_own_events_newest_first_page_by_page() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (one, other) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let mut own = Vec::new();
        for number in 0..5 {
            let mut new = event(one.organisation, one.now.plus_seconds(number), "{}");
            if number == 2 {
                (new.kind, new.outcome) = (EventKind::SignInRefused, Outcome::Refused);
            }
            append(&store, &new).await;
            append(&store, &event(other.organisation, one.now.plus_seconds(number), "{}")).await;
            own.insert(0, new.id);
        }
        let permit = authorize_plain::<marks::AuditView>(&one.facts(one.admin).await).unwrap();
        let ids = async |filter: &EventFilter, before, limit| -> Vec<EventId> {
            let rows = audit::list(&mut store.reader(), &permit, filter, before, limit).await.unwrap();
            rows.iter().map(|row| row.id).collect()
        };
        let everything = EventFilter::default();
        assert_eq!(ids(&everything, None, 2).await, own[..2]);
        assert_eq!(ids(&everything, Some(own[1]), 2).await, own[2..4]);
        assert_eq!(ids(&everything, None, 100).await, own);
        let refused = EventFilter { outcome: Some(Outcome::Refused), ..EventFilter::default() };
        assert_eq!(ids(&refused, None, 9).await, own[2..3]);
        let kind = EventFilter { kind: Some(EventKind::SignInRefused), ..EventFilter::default() };
        assert_eq!(ids(&kind, None, 9).await, own[2..3]);
        let by = EventFilter { actor: Some("bob".to_owned()), ..EventFilter::default() };
        assert!(ids(&by, None, 9).await.is_empty());
        let (from, until) = (Some(one.now.plus_seconds(1)), Some(one.now.plus_seconds(3)));
        let between = EventFilter { from, until, ..EventFilter::default() };
        assert_eq!(ids(&between, None, 9).await, own[2..4]);
        let waiting = audit::organisations_with_unnumbered(&mut store.reader()).await.unwrap();
        assert_eq!(waiting.len(), 2);
    });
}

#[test]
fn a_lease_has_one_holder_until_it_ends() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let at = |seconds: i64| Timestamp::from_unix_micros(1_700_000_000_000_000).plus_seconds(seconds);
        let take = async |name: &str, holder: &str, now: i64| {
            let mut transaction = store.begin().await.unwrap();
            let taken = audit::take_lease(&mut transaction, name, holder, at(now), at(now + 10)).await.unwrap();
            transaction.commit().await.unwrap();
            taken
        };
        assert!(take("sequencer", "one", 0).await);
        assert!(!take("sequencer", "two", 5).await);
        assert!(take("another", "two", 5).await);
        assert!(take("sequencer", "one", 9).await, "a holder keeps what it holds");
        assert!(!take("sequencer", "two", 19).await, "until the last moment");
        assert!(take("sequencer", "two", 20).await);
        assert!(!take("sequencer", "one", 21).await);
    });
}

#[test]
fn of_many_who_reach_for_a_lease_one_gets_it() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let now = Timestamp::from_unix_micros(1_700_000_000_000_000);
        let mut reaching = tokio::task::JoinSet::new();
        for number in 0..12 {
            let store = store.clone();
            reaching.spawn(async move {
                let mut transaction = store.begin().await.unwrap();
                let holder = format!("node {number}");
                let taken = audit::take_lease(&mut transaction, "x", &holder, now, now.plus_seconds(9)).await;
                transaction.commit().await.unwrap();
                taken.unwrap()
            });
        }
        let outcomes = reaching.join_all().await;
        assert_eq!(outcomes.iter().filter(|taken| **taken).count(), 1);
    });
}

#[test]
fn a_checkpoint_that_was_published_is_not_replaced() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let checkpoint = |size| Checkpoint {
            size,
            root: vec![1; 32],
            frontier: Vec::new(),
            note: format!("size {size}"),
            made_at: scenario.now,
        };
        let replace = async |before, size| {
            let mut transaction = store.begin().await.unwrap();
            let outcome =
                audit::replace_checkpoint(&mut transaction, scenario.organisation, before, &checkpoint(size)).await;
            if outcome.is_ok() {
                transaction.commit().await.unwrap();
            }
            outcome
        };
        replace(None, 1).await.unwrap();
        replace(Some(1), 2).await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        audit::set_published(&mut transaction, scenario.organisation, 2, scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        replace(Some(2), 3).await.unwrap();
        assert!(matches!(replace(Some(3), 3).await, Err(Error::Conflict(_))));
        let permit = authorize_plain::<marks::AuditExport>(&scenario.facts(scenario.admin).await).unwrap();
        let kept = audit::checkpoints(&mut store.reader(), &permit, 9, 9).await.unwrap();
        assert_eq!(kept.iter().map(|kept| kept.size).collect::<Vec<_>>(), [2, 3]);
        let published = audit::last_published(&mut store.reader(), scenario.organisation).await.unwrap();
        assert_eq!(published, Some((2, scenario.now)));
    });
}

//! Listenings are opened together, each with its event, and what stops one stops no other.

use crate::scenario::Scenario;
use crate::sql::number;
use soundkeep_domain::access::{Permit, marks};
use soundkeep_domain::{ListeningId, Timestamp};
use soundkeep_store::recordings::{self, Heard, NewListening};
use soundkeep_store::{Error, Result};
use soundkeep_testkit::{Backend, for_each_backend};

/// Permits to play so many recordings, decided now.
async fn permits(scenario: &Scenario, count: i64) -> Vec<Permit<marks::RecordingsPlay>> {
    let mut permits = Vec::new();
    for second in 0..count {
        let new = scenario.conversation(second);
        scenario.heard(&new).await;
        permits.push(scenario.permit(new.id).await);
    }
    permits
}

async fn open(scenario: &Scenario, asked: &[NewListening], used_since: Timestamp) -> Vec<Result<ListeningId>> {
    recordings::open_listenings(&scenario.store, scenario.organisation, asked, used_since, scenario.now).await
}

/// How many listenings and events of listening there are.
async fn counts(backend: &Backend) -> (i64, i64) {
    let events = "SELECT count(*) FROM events WHERE kind = 'recording_play'";
    (number(backend, "SELECT count(*) FROM listenings").await, number(backend, events).await)
}

#[test]
fn listenings_that_are_opened_together_have_an_event_each() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permits = permits(&scenario, 5).await;
        let asked: Vec<NewListening> = permits.into_iter().map(|permit| scenario.listening(permit, "mine")).collect();
        let opened = open(&scenario, &asked, scenario.now).await;
        let ids: Vec<ListeningId> = opened.into_iter().map(Result::unwrap).collect();
        assert!(ids.iter().eq(asked.iter().map(|new| &new.id)), "each has its own");
        assert_eq!(counts(backend).await, (5, 5));
    });
}

#[test]
fn a_session_that_asks_twice_at_once_has_one_listening() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permit = permits(&scenario, 1).await.remove(0);
        let asked = ["mine", "yours", "mine"].map(|session| scenario.listening(permit.clone(), session));
        let opened: Vec<ListeningId> =
            open(&scenario, &asked, scenario.now).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(opened, [asked[0].id, asked[1].id, asked[0].id]);
        assert_eq!(counts(backend).await, (2, 2));
    });
}

#[test]
fn an_older_permit_opens_no_listening_and_takes_no_other_along() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permits = permits(&scenario, 2).await;
        scenario.change_rights().await;
        let again = scenario.permit(permits[1].conversation()).await;
        let asked = [scenario.listening(permits[0].clone(), "mine"), scenario.listening(again, "mine")];
        let opened = open(&scenario, &asked, scenario.now).await;
        assert!(matches!(opened[0], Err(Error::StalePermit)), "{opened:?}");
        assert!(matches!(opened[1], Ok(id) if id == asked[1].id), "{opened:?}");
        assert_eq!(counts(backend).await, (1, 1));
    });
}

#[test]
fn a_listening_that_cannot_be_written_takes_no_other_along() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permits = permits(&scenario, 3).await;
        let mut asked: Vec<NewListening> =
            permits.into_iter().map(|permit| scenario.listening(permit, "mine")).collect();
        asked[1].event.leaf = "no text of a database: \0".to_owned();
        let opened = open(&scenario, &asked, scenario.now).await;
        assert!(matches!(opened[..], [Ok(_), Err(Error::NulInText), Ok(_)]), "{opened:?}");
        // Its listening went with its event.
        assert_eq!(counts(backend).await, (2, 2));
    });
}

#[test]
fn a_listening_is_found_again_by_its_session_alone_while_it_is_in_use() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permit = permits(&scenario, 1).await.remove(0);
        let asks = async |session: &str, since: i64| {
            let new = scenario.listening(permit.clone(), session);
            let used_since = scenario.now.plus_seconds(since);
            let opened = open(&scenario, std::slice::from_ref(&new), used_since).await.remove(0).unwrap();
            (opened, opened == new.id)
        };
        let (id, own) = asks("mine", 0).await;
        assert!(own);
        assert_eq!(asks("mine", 0).await, (id, false));
        assert!(asks("yours", 0).await.1);
        assert!(asks("mine", 1).await.1, "silent for too long");
        let organisation = scenario.organisation;
        let silent = recordings::silent_listenings(&mut store.reader(), scenario.now.plus_seconds(1), 9).await.unwrap();
        assert_eq!(silent.len(), 3);
        let mut transaction = store.begin().await.unwrap();
        for one in &silent {
            assert!(recordings::close_listening(&mut transaction, organisation, one.id, scenario.now).await.unwrap());
        }
        assert!(!recordings::close_listening(&mut transaction, organisation, id, scenario.now).await.unwrap());
        transaction.commit().await.unwrap();
        assert!(asks("mine", 0).await.1, "it was closed");
    });
}

#[test]
fn what_was_heard_is_noted_for_each_listening_that_is_open() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let permit = permits(&scenario, 1).await.remove(0);
        let asked = ["one", "other", "closed", "untold"].map(|session| scenario.listening(permit.clone(), session));
        for outcome in open(&scenario, &asked, scenario.now).await {
            outcome.unwrap();
        }
        let heard: Vec<Heard> = (1..=3_i64)
            .zip(&asked)
            .map(|(number, new)| Heard {
                organisation: scenario.organisation,
                id: new.id,
                used_at: scenario.now.plus_seconds(number),
                intervals: format!("[[0,{number}]]"),
            })
            .collect();
        let mut transaction = store.begin().await.unwrap();
        let organisation = scenario.organisation;
        assert!(recordings::close_listening(&mut transaction, organisation, asked[2].id, scenario.now).await.unwrap());
        recordings::note_heard(&mut transaction, &heard).await.unwrap();
        transaction.commit().await.unwrap();
        let later = scenario.now.plus_seconds(9);
        let silent = recordings::silent_listenings(&mut store.reader(), later, 9).await.unwrap();
        let told: Vec<(ListeningId, &str)> = silent.iter().map(|one| (one.id, one.intervals.as_str())).collect();
        assert_eq!(told, [(asked[3].id, "[]"), (asked[0].id, "[[0,1]]"), (asked[1].id, "[[0,2]]")]);
    });
}

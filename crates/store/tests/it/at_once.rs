//! Who acts on a decision and who changes what it was made of, at the same moment: one comes after the other.
//!
//! By hand on PostgreSQL, because SQLite has one writer and lets no two transactions be open at once.

use crate::scenario::{Scenario, fresh};
use crate::sql::number;
use soundkeep_domain::access::{AccountState, BuiltInRole, Limit, Permit, RoleKey, marks};
use soundkeep_domain::{AssignmentId, ConversationId, NoteId, SessionId, UserId};
use soundkeep_store::conversations::{self, Change, Note};
use soundkeep_store::identity::{assignments, sessions, users};
use soundkeep_store::{Dialect, Error, Result, Store, Transaction, access, recordings};
use soundkeep_testkit::{Backend, for_each_backend};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};

/// Runs a test on PostgreSQL where there is one.
fn on_postgres(test: impl AsyncFn(&Backend, &Scenario)) {
    for_each_backend(async |backend: &Backend| {
        if backend.dialect() == Dialect::Postgres {
            let scenario = Scenario::in_store(&backend.open().await).await;
            test(backend, &scenario).await;
        }
    });
}

/// Waits until the task has ended or stands in line behind somebody.
async fn comes_as_far_as_it_can<T>(backend: &Backend, task: &JoinHandle<T>) {
    let in_line =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while !task.is_finished() && number(backend, in_line).await == 0 {
        tokio::task::yield_now().await;
    }
}

fn a_note(scenario: &Scenario) -> Note {
    Note {
        id: NoteId::from_bytes(fresh()),
        author: None,
        created_at: scenario.now,
        wrapped_key: b"a wrapped key".to_vec(),
        sealed: b"a sealed note".to_vec(),
    }
}

type Edit = Permit<marks::ConversationsEdit>;

async fn add_note(store: Store, permit: Edit, note: Note) -> Result<usize> {
    let mut transaction = store.begin().await?;
    conversations::add_note(&mut transaction, &permit, &note).await?;
    let there = conversations::notes_for_edit(&mut transaction, &permit).await?;
    transaction.commit().await?;
    Ok(there.len())
}

async fn a_conversation(scenario: &Scenario, seconds: i64) -> ConversationId {
    let new = scenario.conversation(seconds);
    scenario.heard(&new).await;
    new.id
}

#[test]
fn a_note_that_comes_while_its_conversation_is_erased_is_refused() {
    on_postgres(async |backend, scenario| {
        let (store, id) = (&scenario.store, a_conversation(scenario, 0).await);
        let (edit, delete) = (scenario.permit(id).await, scenario.permit::<marks::RecordingsDelete>(id).await);
        let mut erasing = store.begin().await.unwrap();
        recordings::erase(&mut erasing, &delete, scenario.now).await.unwrap();
        let noting = tokio::spawn(add_note(store.clone(), edit, a_note(scenario)));
        comes_as_far_as_it_can(backend, &noting).await;
        erasing.commit().await.unwrap();
        let outcome = noting.await.unwrap();
        assert!(matches!(outcome, Err(Error::StalePermit)), "{outcome:?}");
        assert_eq!(number(backend, "SELECT count(*) FROM notes").await, 0);
    });
}

#[test]
fn an_erasure_that_comes_while_a_note_is_added_takes_the_note_along() {
    on_postgres(async |backend, scenario| {
        let (store, id) = (scenario.store.clone(), a_conversation(scenario, 0).await);
        let (edit, delete) = (scenario.permit(id).await, scenario.permit::<marks::RecordingsDelete>(id).await);
        let mut noting = store.begin().await.unwrap();
        conversations::add_note(&mut noting, &edit, &a_note(scenario)).await.unwrap();
        let now = scenario.now;
        let erasing = tokio::spawn(async move {
            let mut transaction = store.begin().await?;
            recordings::erase(&mut transaction, &delete, now).await?;
            transaction.commit().await
        });
        comes_as_far_as_it_can(backend, &erasing).await;
        noting.commit().await.unwrap();
        erasing.await.unwrap().unwrap();
        assert_eq!(number(backend, "SELECT count(*) FROM notes").await, 0);
    });
}

#[test]
fn who_loses_a_right_at_this_moment_does_not_act_on_it() {
    on_postgres(async |backend, scenario| {
        let (store, id) = (scenario.store.clone(), a_conversation(scenario, 0).await);
        let play = scenario.permit::<marks::RecordingsPlay>(id).await;
        let mut taking = store.begin().await.unwrap();
        let facts = access::assignments(&mut taking, scenario.organisation, scenario.admin).await.unwrap();
        let held = match facts[0].source {
            soundkeep_domain::access::AssignmentSource::Assignment(held) => held,
            ref other => panic!("{other:?}"),
        };
        assignments::remove(&mut taking, scenario.organisation, scenario.admin, held, scenario.now).await.unwrap();
        let (now, organisation, new) = (scenario.now, scenario.organisation, scenario.listening(play, "mine"));
        let hearing = tokio::spawn(async move {
            recordings::open_listenings(&store, organisation, &[new], now, now).await.pop().unwrap()
        });
        comes_as_far_as_it_can(backend, &hearing).await;
        taking.commit().await.unwrap();
        let outcome = hearing.await.unwrap();
        assert!(matches!(outcome, Err(Error::StalePermit)), "{outcome:?}");
    });
}

#[test]
fn those_who_act_do_not_wait_for_each_other() {
    on_postgres(async |_, scenario| {
        let (one, other) = (a_conversation(scenario, 0).await, a_conversation(scenario, 1).await);
        let (first, second) = (scenario.permit(one).await, scenario.permit(other).await);
        let mut open = scenario.store.begin().await.unwrap();
        conversations::add_note(&mut open, &first, &a_note(scenario)).await.unwrap();
        let beside = add_note(scenario.store.clone(), second, a_note(scenario));
        let through = tokio::time::timeout(Duration::from_secs(20), beside).await;
        through.expect("it waited for somebody who changes nothing of its own").unwrap();
        open.commit().await.unwrap();
    });
}

#[test]
fn of_two_notes_at_once_the_second_sees_the_first_and_indexes_both() {
    on_postgres(async |backend, scenario| {
        let id = a_conversation(scenario, 0).await;
        let (first, second) = (scenario.permit(id).await, scenario.permit(id).await);
        let mut open = scenario.store.begin().await.unwrap();
        conversations::add_note(&mut open, &first, &a_note(scenario)).await.unwrap();
        let after = tokio::spawn(add_note(scenario.store.clone(), second, a_note(scenario)));
        comes_as_far_as_it_can(backend, &after).await;
        open.commit().await.unwrap();
        assert_eq!(after.await.unwrap().unwrap(), 2);
    });
}

#[test]
fn who_holds_rights_cannot_go_on_to_change_them() {
    for_each_backend(async |backend: &Backend| {
        let scenario = Scenario::in_store(&backend.open().await).await;
        let mut transaction = scenario.store.begin().await.unwrap();
        access::hold_policy(&mut transaction, scenario.organisation).await.unwrap();
        let outcome = access::advance_policy_epoch(&mut transaction, scenario.organisation).await;
        assert!(matches!(outcome, Err(Error::Corrupt(_))), "two that did this would wait for each other");
    });
}

/// One step of whoever works in the house, chosen by a number.
async fn step(scenario: &Scenario, things: &[ConversationId], user: UserId, number: usize) -> Result<()> {
    let (store, organisation, now) = (&scenario.store, scenario.organisation, scenario.now);
    let id = things[number % things.len()];
    let facts = scenario.facts(scenario.admin).await;
    let thing = scenario.thing(id).await;
    let edit = || soundkeep_domain::access::authorize::<marks::ConversationsEdit>(&facts, &thing);
    let mut transaction: Transaction;
    match number % 7 {
        0 | 1 => {
            let Ok(permit) = edit() else { return Ok(()) };
            return add_note(store.clone(), permit, a_note(scenario)).await.map(|_| ());
        }
        2 | 3 => {
            let Ok(permit) = edit() else { return Ok(()) };
            let version = conversations::view(&mut store.reader(), &scenario.permit(id).await).await?.version;
            transaction = store.begin().await?;
            let agent = (number % 7 == 3).then(|| (Some(user), Vec::new()));
            let change = Change { tags: Some(vec![format!("tag{number}")]), agent, ..Change::default() };
            conversations::change(&mut transaction, &permit, version, &change, now).await?;
        }
        4 => {
            transaction = store.begin().await?;
            access::lock_policy(&mut transaction, organisation).await?;
            let state = if number.is_multiple_of(2) { AccountState::Active } else { AccountState::Disabled };
            users::set_state(&mut transaction, organisation, user, state, now).await?;
            sessions::end_all(&mut transaction, organisation, user, now).await?;
        }
        5 => {
            let session = sessions::NewSession {
                id: SessionId::from_bytes(fresh()),
                token_hash: std::array::from_fn(|at| fresh()[at % 16] ^ u8::try_from(at).unwrap_or_default()),
                user,
                created_at: now,
                expires_at: now.plus_seconds(60),
                address: None,
                way: "password",
                proven_at: now,
                second_factor: None,
                device: None,
                is_mobile: false,
            };
            let mut begun = store.begin().await?;
            access::hold_policy(&mut begun, organisation).await?;
            sessions::add(&mut begun, organisation, &session).await?;
            users::signed_in(&mut begun, organisation, user, now).await?;
            begun.commit().await?;
            transaction = store.begin().await?;
            sessions::end(&mut transaction, organisation, session.id, now).await?;
        }
        _ if number.is_multiple_of(3) => {
            let allowed = soundkeep_domain::access::authorize::<marks::RecordingsDelete>(&facts, &thing);
            let Ok(permit) = allowed else { return Ok(()) };
            transaction = store.begin().await?;
            recordings::erase(&mut transaction, &permit, now).await?;
        }
        _ => {
            let new = assignments::NewAssignment {
                id: AssignmentId::from_bytes(fresh()),
                user,
                role: RoleKey::BuiltIn(BuiltInRole::Agent),
                limit: Limit::None,
                until: None,
                created_at: now,
            };
            transaction = store.begin().await?;
            assignments::add(&mut transaction, organisation, &new).await?;
        }
    }
    transaction.commit().await
}

#[test]
fn many_who_act_and_change_rights_at_once_never_wait_in_a_ring() {
    for_each_backend(async |backend: &Backend| {
        let scenario = Scenario::in_store(&backend.open().await).await;
        let user = scenario.user("Ada").await;
        let mut things = Vec::new();
        for seconds in 0..12 {
            things.push(a_conversation(&scenario, seconds).await);
        }
        let shared = std::sync::Arc::new((scenario, things));
        let mut workers = JoinSet::new();
        for worker in 0..12_usize {
            let shared = std::sync::Arc::clone(&shared);
            workers.spawn(async move {
                let mut through = 0;
                for round in 0..40 {
                    // Every worker takes another way through the steps and the conversations.
                    let number = worker * 31 + round * (worker % 5 + 1);
                    match step(&shared.0, &shared.1, user, number).await {
                        Ok(()) => through += 1,
                        Err(Error::StalePermit | Error::Conflict(_) | Error::NotFound) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                through
            });
        }
        let mut through = 0;
        while let Some(done) = workers.join_next().await {
            through += done.unwrap();
        }
        assert!(through > 100, "only {through} steps were done");
        let left = number(backend, "SELECT count(*) FROM notes n JOIN conversations c ON c.id = n.conversation_id WHERE c.record_state = 'erased'").await;
        assert_eq!(left, 0, "a note outlived its conversation");
    });
}

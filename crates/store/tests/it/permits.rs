//! What opens or changes something rechecks its permit: rights and version must be those that were decided about.

use crate::scenario::{Scenario, fresh};
use crate::sql::{bytes, execute};
use soundkeep_domain::NoteId;
use soundkeep_domain::access::{Permit, RecordState, authorize, marks};
use soundkeep_domain::recordings::ObjectKind;
use soundkeep_store::access;
use soundkeep_store::conversations::{self, Change, Note};
use soundkeep_store::{Error, Store, recordings};
use soundkeep_testkit::{Backend, for_each_backend};

fn is_stale<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    assert!(matches!(outcome, Err(Error::StalePermit)), "{outcome:?}");
}

fn a_note() -> Note {
    Note {
        id: NoteId::from_bytes(fresh()),
        author: None,
        created_at: soundkeep_domain::Timestamp::from_unix_micros(1),
        wrapped_key: vec![1],
        sealed: vec![2],
    }
}

#[test]
fn a_permit_to_play_opens_the_object_that_is_played() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(0);
        let recording = scenario.heard(&new).await;
        let permit = scenario.permit::<marks::RecordingsPlay>(new.id).await;
        let opened = recordings::open_played(&mut store.reader(), &permit).await.unwrap();
        assert_eq!((opened.recording, opened.version), (recording, 1));
        assert_eq!(opened.object, crate::scenario::object(ObjectKind::Playback, recording));
        assert_eq!(opened.wrapped_key, b"a wrapped key");
        let opened = recordings::open_analysis(&mut store.reader(), &permit).await.unwrap();
        assert_eq!(opened.object.kind, ObjectKind::Analysis);
        // By its own id it is the same thing.
        let thing = access::thing_of_recording(&mut store.reader(), scenario.organisation, recording).await.unwrap();
        let admin = scenario.facts(scenario.admin).await;
        let permit = authorize::<marks::RecordingsPlay>(&admin, &thing).unwrap();
        assert_eq!((permit.conversation(), permit.recording_version()), (new.id, 1));
        assert!(recordings::open_played(&mut store.reader(), &permit).await.is_ok());
    });
}

#[test]
fn after_rights_changed_no_older_permit_opens_or_changes_anything() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(0);
        scenario.heard(&new).await;
        scenario.note(new.id, &["a note"]).await;
        let play = scenario.permit::<marks::RecordingsPlay>(new.id).await;
        let edit = scenario.permit::<marks::ConversationsEdit>(new.id).await;
        let delete = scenario.permit::<marks::RecordingsDelete>(new.id).await;
        let held = conversations::notes_for_edit(&mut store.begin().await.unwrap(), &edit).await.unwrap();
        scenario.change_rights().await;

        is_stale(recordings::open_played(&mut store.reader(), &play).await);
        is_stale(recordings::open_analysis(&mut store.reader(), &play).await);
        let mut transaction = store.begin().await.unwrap();
        is_stale(conversations::change(&mut transaction, &edit, 2, &Change::default(), scenario.now).await);
        is_stale(conversations::add_note(&mut transaction, &edit, &a_note()).await);
        is_stale(conversations::delete_note(&mut transaction, &edit, held[0].id).await);
        drop(transaction);
        let mut transaction = store.begin().await.unwrap();
        is_stale(recordings::erase(&mut transaction, &delete, scenario.now).await);
        drop(transaction);
        let kept = conversations::notes(&mut store.reader(), &scenario.permit(new.id).await).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(scenario.thing(new.id).await.state(), RecordState::Ready);
        let play = scenario.permit::<marks::RecordingsPlay>(new.id).await;
        assert!(recordings::open_played(&mut store.reader(), &play).await.is_ok(), "a new decision is fine");
    });
}

#[test]
fn erasing_makes_every_permit_stale() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(0);
        scenario.heard(&new).await;
        let play = scenario.permit::<marks::RecordingsPlay>(new.id).await;
        let before = store.policy_changes();
        scenario.erase(new.id).await;
        is_stale(recordings::open_played(&mut store.reader(), &play).await);
        assert_eq!(store.policy_changes(), before + 1);
    });
}

/// Changes one column of the recording, and gives the permit that was decided before.
async fn after(scenario: &Scenario, backend: &Backend, change: &str) -> Permit<marks::RecordingsPlay> {
    let new = scenario.conversation(0);
    let recording = scenario.heard(&new).await;
    let permit = scenario.permit(new.id).await;
    let id = bytes(backend.dialect(), recording.as_bytes());
    execute(backend, &change.replace("$id", &id)).await;
    permit
}

async fn opens(store: &Store, permit: &Permit<marks::RecordingsPlay>) -> Result<(), Error> {
    recordings::open_played(&mut store.reader(), permit).await.map(|_| ())
}

#[test]
fn another_version_conversation_or_a_destroyed_key_is_not_opened() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let newer = "INSERT INTO recording_versions (organisation_id, recording_id, version, wrapped_key, created_at,
               original_bytes, played_object)
               SELECT organisation_id, recording_id, 2, wrapped_key, created_at, original_bytes, played_object
               FROM recording_versions WHERE recording_id = $id;
             INSERT INTO objects SELECT organisation_id, recording_id, 2, kind, 'v2/' || blob, plain_bytes, sealed_bytes
               FROM objects WHERE recording_id = $id;
             UPDATE recordings SET current_version = 2 WHERE id = $id";
        let permit = after(&scenario, backend, newer).await;
        is_stale(opens(&store, &permit).await);
        let destroyed = "UPDATE recording_versions SET wrapped_key = NULL WHERE recording_id = $id";
        let permit = after(&scenario, backend, destroyed).await;
        assert!(matches!(opens(&store, &permit).await, Err(Error::NotFound)));
        let other = bytes(backend.dialect(), &fresh());
        let elsewhere = format!("UPDATE recordings SET conversation_id = {other} WHERE id = $id");
        let permit = after(&scenario, backend, &elsewhere).await;
        assert!(matches!(opens(&store, &permit).await, Err(Error::NotFound)));
        let foreign = format!(
            "UPDATE recordings SET organisation_id = {other} WHERE id = $id;
             UPDATE recording_versions SET organisation_id = {other} WHERE recording_id = $id;
             UPDATE objects SET organisation_id = {other} WHERE recording_id = $id"
        );
        let permit = after(&scenario, backend, &foreign).await;
        assert!(matches!(opens(&store, &permit).await, Err(Error::NotFound)));
    });
}

#[test]
fn a_change_of_another_version_is_a_conflict() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(0);
        scenario.add(&new).await;
        let edit = scenario.permit::<marks::ConversationsEdit>(new.id).await;
        let tagged = |tag: &str| Change { tags: Some(vec![tag.to_owned()]), ..Change::default() };
        let mut transaction = store.begin().await.unwrap();
        conversations::change(&mut transaction, &edit, 1, &tagged("one"), scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        let mut transaction = store.begin().await.unwrap();
        let outcome = conversations::change(&mut transaction, &edit, 1, &tagged("two"), scenario.now).await;
        assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
        drop(transaction);
        let view = conversations::view(&mut store.reader(), &scenario.permit(new.id).await).await.unwrap();
        assert_eq!((view.tags.as_slice(), view.version), ([String::from("one")].as_slice(), 2));
        assert_eq!(scenario.search("one").await, [new.id]);
    });
}

#[test]
fn giving_a_conversation_to_another_agent_moves_it_into_their_lists() {
    for_each_backend(async |backend: &Backend| {
        use soundkeep_domain::access::{BuiltInRole, Limit};
        use soundkeep_store::conversations::Filter;
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (one, other) = (scenario.user("One").await, scenario.user("Other").await);
        for user in [one, other] {
            scenario.give(user, BuiltInRole::Agent, Limit::None, None).await;
        }
        let mut new = scenario.conversation(0);
        new.agent = Some(one);
        scenario.add(&new).await;
        let seen = async |user| {
            let scope = scenario.scope::<marks::ConversationsView>(user).await;
            scenario.list(&scope, &Filter::default()).await
        };
        assert_eq!((seen(one).await.len(), seen(other).await.len()), (1, 0));
        let edit = scenario.permit::<marks::ConversationsEdit>(new.id).await;
        let mut transaction = store.begin().await.unwrap();
        let change = Change { agent: Some((Some(other), Vec::new())), ..Change::default() };
        conversations::change(&mut transaction, &edit, 1, &change, scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!((seen(one).await.len(), seen(other).await.len()), (0, 1));
        assert_eq!(scenario.search("other").await, [new.id], "it is found by the agent's name");
        let edit = scenario.permit::<marks::ConversationsEdit>(new.id).await;
        let mut transaction = store.begin().await.unwrap();
        let change = Change { agent: Some((None, Vec::new())), ..Change::default() };
        conversations::change(&mut transaction, &edit, 2, &change, scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!((seen(one).await.len(), seen(other).await.len()), (0, 0));
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        let open = Filter { unattributed: true, ..Filter::default() };
        assert_eq!(scenario.list(&scope, &open).await, [new.id]);
    });
}

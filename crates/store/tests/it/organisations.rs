//! Organisations share a database and never see each other.

use crate::scenario::{Scenario, fresh};
use crate::sql::{bytes, execute};
use soundkeep_domain::access::{
    BuiltInRole, Limit, Permission, RoleKey, Scope, authorize, authorize_plain, decide, marks,
};
use soundkeep_domain::{AgentIdId, AssignmentId, RoleId};
use soundkeep_store::conversations::{self, Filter};
use soundkeep_store::identity::{agent_ids, assignments, groups};
use soundkeep_store::{Error, access, recordings, roles};
use soundkeep_testkit::{Backend, for_each_backend};

#[test]
fn nobody_finds_opens_or_names_what_is_elsewhere() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (home, away) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let mut new = away.conversation(0);
        new.contact = Some("Same Name".to_owned());
        new.tags = vec!["theirs".to_owned()];
        let recording = away.heard(&new).await;
        let thing = away.thing(new.id).await;

        let mut reader = store.reader();
        let seen = access::thing(&mut reader, home.organisation, new.id).await;
        assert!(matches!(seen, Err(Error::NotFound)));
        let seen = access::thing_of_recording(&mut reader, home.organisation, recording).await;
        assert!(matches!(seen, Err(Error::NotFound)));
        let admin = home.facts(home.admin).await;
        for permission in Permission::ALL.iter().copied().filter(|permission| permission.is_scoped()) {
            assert!(!decide(&admin, permission, &thing).allowed(), "{permission}");
        }
        assert!(authorize::<marks::RecordingsPlay>(&admin, &thing).is_err());
        let scope = home.scope::<marks::ConversationsView>(home.admin).await;
        assert!(home.list(&scope, &Filter::default()).await.is_empty());
        assert!(home.search("same").await.is_empty());
        assert_eq!(away.search("same").await, [new.id]);
        assert!(conversations::tags(&mut reader, home.organisation, 9).await.unwrap().is_empty());
        assert_eq!(conversations::tags(&mut reader, away.organisation, 9).await.unwrap(), ["theirs"]);
        let group = away.group("Theirs").await;
        let named = access::group_name(&mut reader, home.organisation, group).await;
        assert!(matches!(named, Err(Error::NotFound)));
        let named = access::user_name(&mut reader, home.organisation, away.admin).await;
        assert!(matches!(named, Err(Error::NotFound)));
        let facts = access::user_caller(&mut reader, home.organisation, away.admin, home.now).await;
        assert!(matches!(facts, Err(Error::NotFound)));
    });
}

#[test]
fn the_same_bytes_may_come_in_to_both() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (home, away) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let mut held = Vec::new();
        for scenario in [&home, &away] {
            let permit = authorize_plain::<marks::RecordingsIngest>(&scenario.intake().await).unwrap();
            let conversation = scenario.conversation(0);
            let mut transaction = store.begin().await.unwrap();
            let ord = conversations::add(&mut transaction, scenario.organisation, &conversation).await.unwrap();
            let mut new = scenario.recording(conversation.id, ord);
            new.sha256 = [9; 32];
            recordings::add(&mut transaction, &permit, &new).await.unwrap();
            transaction.commit().await.unwrap();
            held.push((new.id, conversation.id));
            let mut transaction = store.begin().await.unwrap();
            let twice = scenario.conversation(1);
            let ord = conversations::add(&mut transaction, scenario.organisation, &twice).await.unwrap();
            let mut again = scenario.recording(twice.id, ord);
            again.sha256 = [9; 32];
            let outcome = recordings::add(&mut transaction, &permit, &again).await;
            assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
        }
        for (scenario, held) in [&home, &away].into_iter().zip(held) {
            let found = recordings::by_content(&mut store.reader(), scenario.organisation, &[9; 32]).await.unwrap();
            assert_eq!(found, Some(held));
        }
    });
}

#[test]
fn the_same_id_in_both_means_each_ones_own() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (home, away) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let mut new = home.conversation(0);
        for (scenario, name) in [(&home, "Ours"), (&away, "Theirs")] {
            new.contact = Some(name.to_owned());
            scenario.add(&new).await;
        }
        for (scenario, name) in [(&home, "Ours"), (&away, "Theirs")] {
            let view = conversations::view(&mut store.reader(), &scenario.permit(new.id).await).await.unwrap();
            assert_eq!(view.contact.as_deref(), Some(name));
        }
        let edit = home.permit::<marks::ConversationsEdit>(new.id).await;
        let mut transaction = store.begin().await.unwrap();
        let change = conversations::Change { contact: Some(None), ..conversations::Change::default() };
        conversations::change(&mut transaction, &edit, 1, &change, home.now).await.unwrap();
        transaction.commit().await.unwrap();
        home.note(new.id, &["ours"]).await;
        away.note(new.id, &["theirs"]).await;
        home.erase(new.id).await;
        let view = conversations::view(&mut store.reader(), &away.permit(new.id).await).await.unwrap();
        assert_eq!((view.contact.as_deref(), view.version), (Some("Theirs"), 1));
        assert_eq!(view.facts.state(), soundkeep_domain::access::RecordState::NoRecording);
        assert_eq!(away.search("theirs").await, [new.id]);
        let notes = conversations::notes(&mut store.reader(), &away.permit(new.id).await).await.unwrap();
        assert_eq!(notes.len(), 1);
    });
}

#[test]
fn a_role_or_group_of_another_organisation_is_not_given() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (home, away) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let role = RoleId::from_bytes(fresh());
        let mut transaction = store.begin().await.unwrap();
        let lines = [(Permission::RecordingsPlay, Scope::All)];
        roles::add(&mut transaction, away.organisation, role, "Theirs", &lines, away.now).await.unwrap();
        transaction.commit().await.unwrap();
        let group = away.group("Theirs").await;
        for (role, limit) in
            [(RoleKey::Custom(role), Limit::None), (RoleKey::BuiltIn(BuiltInRole::Analyst), Limit::Named(vec![group]))]
        {
            let new = assignments::NewAssignment {
                id: AssignmentId::from_bytes(fresh()),
                user: home.admin,
                role,
                limit,
                until: None,
                created_at: home.now,
            };
            let mut transaction = store.begin().await.unwrap();
            let outcome = assignments::add(&mut transaction, home.organisation, &new).await;
            assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
        }
        let found = access::roles(&mut store.reader(), home.organisation).await.unwrap();
        assert_eq!(found.len(), 5);
    });
}

#[test]
fn attribution_and_stamp_look_at_their_own_organisation_alone() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let (home, away) = (Scenario::in_store(&store).await, Scenario::in_store(&store).await);
        let (ours, theirs) = (home.user("Ours").await, away.user("Theirs").await);
        let (group, foreign) = (home.group("Ours").await, away.group("Theirs").await);
        let mut transaction = store.begin().await.unwrap();
        let spell = |user| agent_ids::AgentId {
            id: AgentIdId::from_bytes(fresh()),
            user,
            value: "201".to_owned(),
            from: home.now,
            until: None,
        };
        agent_ids::add(&mut transaction, away.organisation, &spell(theirs)).await.unwrap();
        let tie = (group, ours);
        groups::join(&mut transaction, home.organisation, groups::Bond::Member, tie, home.now, home.now).await.unwrap();
        transaction.commit().await.unwrap();
        // A row that says it is of another organisation counts for nothing, whomever it names.
        let dialect = backend.dialect();
        let (other, user) = (bytes(dialect, away.organisation.as_bytes()), bytes(dialect, ours.as_bytes()));
        let foreign_group = bytes(dialect, foreign.as_bytes());
        for table in ["group_members", "group_supervisors"] {
            let row = format!("INSERT INTO {table} VALUES ({other}, {user}, {foreign_group}, 0, NULL, NULL)");
            execute(backend, &row).await;
        }
        let mut reader = store.reader();
        let at = home.now.plus_seconds(5);
        assert_eq!(conversations::attribute(&mut reader, home.organisation, "201", at).await.unwrap(), None);
        assert_eq!(conversations::attribute(&mut reader, away.organisation, "201", at).await.unwrap(), Some(theirs));
        assert_eq!(conversations::stamp(&mut reader, home.organisation, ours, at).await.unwrap(), [group]);
        let supervised = access::supervised_groups(&mut reader, home.organisation, ours, at).await.unwrap();
        assert!(supervised.is_empty());
    });
}

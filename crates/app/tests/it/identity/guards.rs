//! What nobody may do to users and roles, and what the ledger says of what was done.

use super::house::{House, houses, role};
use soundkeep_app::domain::access::{AccountState, BuiltInRole, Limit, RoleKey};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::{GroupId, RoleId};
use soundkeep_app::identity::{
    self, Invitation, ListOptions, NewAgentId, NewAssignment, UserChange, assign, change_user, end_agent_id,
    give_agent_id, unassign, user, users,
};
use soundkeep_app::{Caller, Error};

fn off() -> UserChange {
    UserChange { state: Some(AccountState::Disabled), name: None }
}

async fn own(house: &House, admin: &Caller) -> identity::User {
    user(&house.vault, admin, admin.user().unwrap()).await.unwrap()
}

#[tokio::test]
async fn the_last_who_manages_users_stays() {
    for house in houses().await {
        let admin = house.admin().await;
        let me = own(&house, &admin).await;
        let mine = me.assignments[0].id;
        let refused = unassign(&house.vault, &admin, me.id, mine).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
        let (bob, bobs) = house.user(&admin, "Bob", &[]).await;
        let mut temporary = role(BuiltInRole::Admin);
        temporary.until = Some(house.vault.now().plus_seconds(1000));
        assign(&house.vault, &admin, bob.id, &temporary).await.unwrap();
        let refused = unassign(&house.vault, &admin, me.id, mine).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "Bob's role ends, and then there were nobody");
        let bob_calls = house.caller(&bobs.token).await.unwrap();
        let me = own(&house, &admin).await;
        let refused = change_user(&house.vault, &bob_calls, me.id, me.version, &off()).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
        assign(&house.vault, &admin, bob.id, &role(BuiltInRole::Admin)).await.unwrap();
        unassign(&house.vault, &admin, me.id, mine).await.unwrap();
    }
}

#[tokio::test]
async fn two_administrators_who_remove_each_other_at_once_leave_one() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, bobs) = house.user(&admin, "Bob", &[BuiltInRole::Admin]).await;
        let bob_calls = house.caller(&bobs.token).await.unwrap();
        let me = own(&house, &admin).await;
        let (change, version) = (off(), me.version);
        let (one, two) = tokio::join!(
            change_user(&house.vault, &admin, bob.id, bob.version, &change),
            change_user(&house.vault, &bob_calls, me.id, version, &change),
        );
        assert!(one.is_ok() != two.is_ok());
    }
}

#[tokio::test]
async fn nobody_switches_themselves_off() {
    for house in houses().await {
        let admin = house.admin().await;
        house.user(&admin, "Bob", &[BuiltInRole::Admin]).await;
        let me = own(&house, &admin).await;
        let refused = change_user(&house.vault, &admin, me.id, me.version, &off()).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn a_change_based_on_an_older_version_is_refused() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let rename = |name: &str| UserChange { name: Some(name.to_owned()), state: None };
        house.clock.turn(1);
        let renamed = change_user(&house.vault, &admin, bob.id, bob.version, &rename("Rob")).await.unwrap();
        assert_eq!(renamed.name, "Rob");
        let late = change_user(&house.vault, &admin, bob.id, bob.version, &rename("Robin")).await;
        assert!(matches!(late, Err(Error::Changed)));
        let events = house.events(&admin, EventKind::UserChange).await;
        assert_eq!((&events[0]["old"]["name"], &events[0]["new"]["name"]), (&"Bob".into(), &"Rob".into()));
    }
}

#[tokio::test]
async fn who_may_not_manage_users_is_denied_and_it_is_written_down() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[BuiltInRole::Manager]).await;
        let bob_calls = house.caller(&signed_in.token).await.unwrap();
        let vault = &house.vault;
        let options = ListOptions { limit: 10, ..ListOptions::default() };
        let invitation =
            Invitation { email: "x@example.org".to_owned(), name: "X".to_owned(), assignments: Vec::new() };
        let group = GroupId::make(vault.now(), &[1; 10]);
        let denied = [
            users(vault, &bob_calls, &options).await.is_err_and(denied),
            user(vault, &bob_calls, bob.id).await.is_err_and(denied),
            identity::invite(vault, &bob_calls, &invitation).await.is_err_and(denied),
            change_user(vault, &bob_calls, bob.id, 1, &off()).await.is_err_and(denied),
            assign(vault, &bob_calls, bob.id, &role(BuiltInRole::Admin)).await.is_err_and(denied),
            unassign(vault, &bob_calls, bob.id, bob.assignments[0].id).await.is_err_and(denied),
            identity::new_user_link(vault, &bob_calls, bob.id).await.is_err_and(denied),
            identity::create_group(vault, &bob_calls, "G").await.is_err_and(denied),
            identity::groups(vault, &bob_calls, &options).await.is_err_and(denied),
            identity::delete_group(vault, &bob_calls, group).await.is_err_and(denied),
            identity::api_keys(vault, &bob_calls, &options).await.is_err_and(denied),
        ];
        assert_eq!(denied, [true; 11]);
        let refused = house.events(&admin, EventKind::AccessRefused).await;
        assert_eq!(refused.len(), 11);
        assert_eq!(refused[1]["detail"]["permission"], "users.manage");
        let directory = identity::directory(vault, &bob_calls).await.unwrap();
        assert_eq!(directory.users.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["Bob", "Grace"]);
    }
}

fn denied(error: Error) -> bool {
    matches!(error, Error::Denied(_))
}

#[tokio::test]
async fn who_has_just_lost_the_right_changes_nothing_any_more() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[BuiltInRole::Admin]).await;
        let bob_calls = house.caller(&signed_in.token).await.unwrap();
        unassign(&house.vault, &admin, bob.id, bob.assignments[0].id).await.unwrap();
        let late = identity::create_group(&house.vault, &bob_calls, "Too late").await;
        assert!(late.is_err_and(denied));
    }
}

#[tokio::test]
async fn another_organisations_people_are_not_found() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let (_, boss) = house.other_admin().await;
        let group = identity::create_group(&house.vault, &admin, "Sales").await.unwrap();
        let vault = &house.vault;
        let missing = |error| matches!(error, Error::NotFound);
        assert!(user(vault, &boss, bob.id).await.is_err_and(missing));
        assert!(change_user(vault, &boss, bob.id, bob.version, &off()).await.is_err_and(missing));
        assert!(assign(vault, &boss, bob.id, &role(BuiltInRole::Agent)).await.is_err_and(missing));
        assert!(identity::new_user_link(vault, &boss, bob.id).await.is_err_and(missing));
        assert!(identity::group(vault, &boss, group.id).await.is_err_and(missing));
        let options = ListOptions { limit: 10, ..ListOptions::default() };
        assert_eq!(users(vault, &boss, &options).await.unwrap().items.len(), 1);
        assert_eq!(identity::directory(vault, &boss).await.unwrap().groups, []);
    }
}

#[tokio::test]
async fn roles_groups_and_ends_that_do_not_exist_are_named() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let now = house.vault.now();
        let nowhere = RoleKey::Custom(RoleId::make(now, &[1; 10]));
        let unknown = Limit::Named(vec![GroupId::make(now, &[1; 10])]);
        for (field, new) in [
            ("role", NewAssignment { role: nowhere, ..role(BuiltInRole::Agent) }),
            ("groups", NewAssignment { limit: unknown, ..role(BuiltInRole::Agent) }),
            ("groups", NewAssignment { limit: Limit::Named(Vec::new()), ..role(BuiltInRole::Agent) }),
            ("until", NewAssignment { until: Some(now), ..role(BuiltInRole::Agent) }),
        ] {
            match assign(&house.vault, &admin, bob.id, &new).await {
                Err(Error::Invalid(fields)) => assert_eq!(fields[0].0, field),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn an_agent_id_that_is_somebodys_is_refused_with_their_name() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let (cy, _) = house.user(&admin, "Cy", &[]).await;
        let new = NewAgentId { value: " 201 ".to_owned(), from: None, until: None };
        let given = give_agent_id(&house.vault, &admin, bob.id, &new).await.unwrap();
        match give_agent_id(&house.vault, &admin, cy.id, &new).await {
            Err(Error::Invalid(fields)) => {
                assert!(fields[0].1.contains("belongs to Bob"), "{fields:?}")
            }
            other => panic!("{other:?}"),
        }
        house.clock.turn(10);
        end_agent_id(&house.vault, &admin, bob.id, given.id).await.unwrap();
        give_agent_id(&house.vault, &admin, cy.id, &new).await.unwrap();
        let shown = user(&house.vault, &admin, bob.id).await.unwrap();
        assert_eq!(shown.agent_ids[0].until, Some(house.vault.now()));
        let events = house.events(&admin, EventKind::AgentIdChange).await;
        assert_eq!(events.len(), 3);
        assert_eq!(events[1]["new"]["value"], "201");
        assert_eq!(events[1]["old"]["until"], serde_json::Value::Null);
    }
}

#[tokio::test]
async fn pages_of_users_go_on_where_they_ended() {
    for house in houses().await {
        let admin = house.admin().await;
        for name in ["Dora", "Carl", "Bob"] {
            let invitation =
                Invitation { email: format!("{name}@example.org"), name: name.to_owned(), assignments: Vec::new() };
            identity::invite(&house.vault, &admin, &invitation).await.unwrap();
        }
        let mut options = ListOptions { limit: 3, ..ListOptions::default() };
        let page = users(&house.vault, &admin, &options).await.unwrap();
        let names =
            |page: &identity::Page<identity::User>| page.items.iter().map(|user| user.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&page), ["Bob", "Carl", "Dora"]);
        options.cursor = page.next;
        let page = users(&house.vault, &admin, &options).await.unwrap();
        assert_eq!((names(&page), page.next.is_none()), (vec!["Grace".to_owned()], true));
        options.cursor = Some("nonsense".to_owned());
        assert!(matches!(users(&house.vault, &admin, &options).await, Err(Error::Invalid(_))));
    }
}

//! Roles of the organisation's own: making, changing and deleting them, and what nobody can do with them.

use super::house::{House, houses, role as given};
use soundkeep_app::access::roles::{
    NewRole, RoleBase, RoleChange, ShownRole, change_role, create_role, delete_role, role, roles,
};
use soundkeep_app::conversations::list::{Filter, count};
use soundkeep_app::domain::access::{BuiltInRole, Limit, Permission, RoleKey, RoleTemplate, RoleWarning, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{self, KeyRights, NewApiKey, NewAssignment, assign, unassign};
use soundkeep_app::{Caller, Error, Used};

const PLAY: Permission = Permission::RecordingsPlay;
const VIEW: Permission = Permission::ConversationsView;
const USERS: Permission = Permission::UsersManage;

async fn made(house: &House, admin: &Caller, name: &str, base: RoleBase) -> ShownRole {
    let new = NewRole { name: name.to_owned(), base, lines: Vec::new() };
    create_role(&house.vault, admin, &new).await.unwrap()
}

fn lines(lines: &[(Permission, Scope)]) -> RoleChange {
    RoleChange { name: None, lines: lines.to_vec() }
}

fn holding(key: RoleKey) -> NewAssignment {
    NewAssignment { role: key, limit: Limit::None, until: None }
}

#[tokio::test]
async fn a_clone_is_changed_and_whoever_holds_it_holds_that_at_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        let base = RoleBase::CloneOf(RoleKey::BuiltIn(BuiltInRole::Supervisor));
        let coach = made(&house, &admin, "Coach", base).await;
        assert_eq!((coach.lines.get(PLAY), coach.version), (Scope::All, 1));
        assign(&house.vault, &admin, bob.id, &holding(coach.key)).await.unwrap();
        let can = async || house.caller(&signed_in.token).await.unwrap().facts().grants().scope(PLAY);
        assert_eq!(can().await, Scope::All);
        let change = lines(&[(PLAY, Scope::None)]);
        let changed = change_role(&house.vault, &admin, coach.key, 1, &change).await.unwrap();
        assert_eq!((changed.version, changed.held_by.unwrap().users), (2, 1));
        assert_eq!(can().await, Scope::None);
        let late = change_role(&house.vault, &admin, coach.key, 1, &lines(&[(PLAY, Scope::Own)])).await;
        assert!(matches!(late, Err(Error::Changed)));
        let unchanged = change_role(&house.vault, &admin, coach.key, 2, &change).await.unwrap();
        assert_eq!(unchanged.version, 2);
        let events = house.events(&admin, EventKind::RoleChange).await;
        let changes: Vec<_> = events.iter().filter(|event| event["object"]["kind"] == "role").collect();
        assert_eq!(changes.len(), 2, "one for making, one for changing, none for what changes nothing");
        assert_eq!(changes[0]["old"]["permissions"]["recordings.play"], "all");
        assert_eq!(changes[0]["new"]["permissions"].get("recordings.play"), None);
        assert_eq!(
            (&changes[1]["new"]["name"], &changes[1]["detail"]["clone_of"]),
            (&"Coach".into(), &"supervisor".into())
        );
    }
}

#[tokio::test]
async fn an_auditor_reads_the_ledger_and_finds_no_conversation() {
    for house in houses().await {
        let admin = house.admin().await;
        let auditor = made(&house, &admin, "Auditor", RoleBase::Template(RoleTemplate::Auditor)).await;
        assert_eq!(auditor.warnings, []);
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        assign(&house.vault, &admin, bob.id, &holding(auditor.key)).await.unwrap();
        let caller = house.caller(&signed_in.token).await.unwrap();
        assert!(!house.events(&caller, EventKind::RoleChange).await.is_empty());
        for permission in Permission::ALL.iter().filter(|permission| permission.is_scoped()) {
            assert_eq!(caller.facts().grants().scope(*permission), Scope::None, "{permission}");
        }
        assert!(matches!(
            identity::users(&house.vault, &caller, &identity::ListOptions::default()).await,
            Err(Error::Denied(_))
        ));
    }
}

#[tokio::test]
async fn nobody_takes_managing_users_from_the_last_through_a_role() {
    for house in houses().await {
        let admin = house.admin().await;
        let me = identity::user(&house.vault, &admin, admin.user().unwrap()).await.unwrap();
        let base = RoleBase::CloneOf(RoleKey::BuiltIn(BuiltInRole::Admin));
        let chief = made(&house, &admin, "Chief", base).await;
        assign(&house.vault, &admin, me.id, &holding(chief.key)).await.unwrap();
        let gone = lines(&[(USERS, Scope::None)]);
        // Another may do it for a while: the day after there would be nobody.
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let mut temporary = given(BuiltInRole::Admin);
        temporary.until = Some(house.vault.now().plus_seconds(1000));
        assign(&house.vault, &admin, bob.id, &temporary).await.unwrap();
        unassign(&house.vault, &admin, me.id, me.assignments[0].id).await.unwrap();
        let refused = change_role(&house.vault, &admin, chief.key, chief.version, &gone).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(role(&house.vault, &admin, chief.key).await.unwrap().version, 1);
        assign(&house.vault, &admin, bob.id, &given(BuiltInRole::Admin)).await.unwrap();
        let changed = change_role(&house.vault, &admin, chief.key, chief.version, &gone).await.unwrap();
        assert_eq!(changed.held_by, None, "who no longer manages users isn't told how many hold it");
    }
}

#[tokio::test]
async fn a_role_that_is_held_is_not_deleted_and_who_holds_it_is_named() {
    for house in houses().await {
        let admin = house.admin().await;
        let coach = made(&house, &admin, "Coach", RoleBase::Empty).await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let held = assign(&house.vault, &admin, bob.id, &holding(coach.key)).await.unwrap();
        let new = NewApiKey {
            name: "Report".to_owned(),
            rights: KeyRights::Role(coach.key),
            scopes: None,
            networks: Vec::new(),
            expires_in_days: None,
            never_expires: false,
        };
        let key = identity::create_api_key(&house.vault, &admin, &new).await.unwrap();
        let Err(Error::InUse(found)) = delete_role(&house.vault, &admin, coach.key, None).await else {
            panic!("it was deleted")
        };
        assert_eq!(
            (found.used, &found.users.told[..], &found.api_keys.told[..]),
            (Used::Role, &["Bob".to_owned()][..], &["Report".to_owned()][..])
        );
        identity::revoke_api_key(&house.vault, &admin, key.api_key.id).await.unwrap();
        assert!(matches!(delete_role(&house.vault, &admin, coach.key, None).await, Err(Error::InUse(_))));
        unassign(&house.vault, &admin, bob.id, held.id).await.unwrap();
        // An assignment that has ended keeps nobody.
        let mut ended = holding(coach.key);
        ended.until = Some(house.vault.now().plus_seconds(10));
        assign(&house.vault, &admin, bob.id, &ended).await.unwrap();
        assert!(matches!(delete_role(&house.vault, &admin, coach.key, None).await, Err(Error::InUse(_))));
        house.clock.turn(20);
        assert!(matches!(delete_role(&house.vault, &admin, coach.key, Some(9)).await, Err(Error::Changed)));
        delete_role(&house.vault, &admin, coach.key, Some(1)).await.unwrap();
        assert!(matches!(role(&house.vault, &admin, coach.key).await, Err(Error::NotFound)));
        assert_eq!(identity::user(&house.vault, &admin, bob.id).await.unwrap().assignments.len(), 0);
        let events = house.events(&admin, EventKind::RoleChange).await;
        assert_eq!((&events[0]["old"]["name"], events[0].get("new")), (&"Coach".into(), None));
    }
}

#[tokio::test]
async fn built_in_roles_stay_as_they_are() {
    for house in houses().await {
        let admin = house.admin().await;
        let agent = RoleKey::BuiltIn(BuiltInRole::Agent);
        let refused = change_role(&house.vault, &admin, agent, 0, &lines(&[(PLAY, Scope::All)])).await;
        assert!(matches!(refused, Err(Error::Conflict(sentence)) if sentence.contains("clone it")));
        assert!(matches!(delete_role(&house.vault, &admin, agent, None).await, Err(Error::Conflict(_))));
    }
}

#[tokio::test]
async fn names_of_roles_are_told_apart_whatever_their_case() {
    for house in houses().await {
        let admin = house.admin().await;
        made(&house, &admin, " Coach ", RoleBase::Empty).await;
        let other = made(&house, &admin, "Prüfer", RoleBase::Empty).await;
        let try_name = async |name: &str| {
            let new = NewRole { name: name.to_owned(), base: RoleBase::Empty, lines: Vec::new() };
            create_role(&house.vault, &admin, &new).await
        };
        assert!(matches!(try_name("COACH").await, Err(Error::Conflict(_))));
        for wrong in ["", "  ", "admin", "Supervisor", "a\u{7}b", &"x".repeat(81)] {
            let refused = try_name(wrong).await;
            assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].0 == "name"), "{wrong:?} {refused:?}");
        }
        let rename = RoleChange { name: Some("coach".to_owned()), lines: Vec::new() };
        let refused = change_role(&house.vault, &admin, other.key, 1, &rename).await;
        assert!(matches!(refused, Err(Error::Conflict(_))));
        let cased = RoleChange { name: Some("PRÜFER".to_owned()), lines: Vec::new() };
        assert_eq!(change_role(&house.vault, &admin, other.key, 1, &cased).await.unwrap().name, "PRÜFER");
        let names: Vec<String> = roles(&house.vault, &admin).await.unwrap().into_iter().map(|role| role.name).collect();
        assert_eq!(names[5..], ["Coach", "PRÜFER"]);
    }
}

#[tokio::test]
async fn a_role_that_allows_nothing_is_made_and_warned_of() {
    for house in houses().await {
        let admin = house.admin().await;
        let empty = made(&house, &admin, "Nothing", RoleBase::Empty).await;
        assert_eq!(empty.warnings, [RoleWarning::Empty]);
        let deaf = change_role(&house.vault, &admin, empty.key, 1, &lines(&[(PLAY, Scope::All)])).await.unwrap();
        assert_eq!(deaf.warnings, [RoleWarning::Lacks { permission: PLAY, needed: VIEW, held: Scope::None }]);
    }
}

#[tokio::test]
async fn organisations_share_no_roles() {
    for house in houses().await {
        let admin = house.admin().await;
        let coach = made(&house, &admin, "Coach", RoleBase::Empty).await;
        let (_, boss) = house.other_admin().await;
        made(&house, &boss, "Coach", RoleBase::Empty).await;
        assert!(matches!(role(&house.vault, &boss, coach.key).await, Err(Error::NotFound)));
        assert!(matches!(change_role(&house.vault, &boss, coach.key, 1, &lines(&[])).await, Err(Error::NotFound)));
        assert!(matches!(delete_role(&house.vault, &boss, coach.key, None).await, Err(Error::NotFound)));
        let clone = NewRole { name: "Mine".to_owned(), base: RoleBase::CloneOf(coach.key), lines: Vec::new() };
        assert!(matches!(create_role(&house.vault, &boss, &clone).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_user_holds_a_role_for_a_thousand_groups() {
    for house in houses().await {
        let admin = house.admin().await;
        let mut groups = Vec::new();
        for number in 0..1000 {
            groups.push(identity::create_group(&house.vault, &admin, &format!("Group {number:04}")).await.unwrap().id);
        }
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        let mut named = groups.clone();
        named.push(groups[0]);
        let limited = NewAssignment { limit: Limit::Named(named), ..given(BuiltInRole::Supervisor) };
        let given = assign(&house.vault, &admin, bob.id, &limited).await.unwrap();
        assert_eq!(given.groups.len(), 1000);
        let caller = house.caller(&signed_in.token).await.unwrap();
        let count = count(&house.vault, &caller, &Filter::default(), false).await.unwrap();
        assert_eq!((count.count, count.exact), (0, true));
        assert_eq!(caller.facts().grants().scope(VIEW), Scope::Groups);
        let Err(Error::InUse(found)) = identity::delete_group(&house.vault, &admin, groups[7]).await else {
            panic!("it was deleted")
        };
        assert_eq!((found.used, &found.users.told[..]), (Used::Group, &["Bob".to_owned()][..]));
    }
}

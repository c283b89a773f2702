//! Groups, and what joining and leaving them changes.

use super::house::{houses, role};
use soundkeep_app::Error;
use soundkeep_app::domain::access::{BuiltInRole, Limit, Permission, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{
    Bond, NewAssignment, assign, create_group, delete_group, group, join_group, leave_group, rename_group, unassign,
    user,
};

#[tokio::test]
async fn members_and_supervisors_are_shown_and_written_down() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let sales = create_group(&house.vault, &admin, " Sales ").await.unwrap();
        let pair = (sales.id, bob.id);
        for bond in [Bond::Member, Bond::Supervisor] {
            join_group(&house.vault, &admin, bond, pair, None).await.unwrap();
            join_group(&house.vault, &admin, bond, pair, None).await.unwrap();
        }
        let shown = group(&house.vault, &admin, sales.id).await.unwrap();
        assert_eq!((shown.members[0].id, shown.supervisors[0].id), (bob.id, bob.id));
        assert!(shown.version > sales.version);
        let bob_now = user(&house.vault, &admin, bob.id).await.unwrap();
        assert_eq!((bob_now.groups[0].name.as_str(), bob_now.supervises[0].name.as_str()), ("Sales", "Sales"));
        house.clock.turn(1);
        leave_group(&house.vault, &admin, Bond::Member, pair).await.unwrap();
        leave_group(&house.vault, &admin, Bond::Member, pair).await.unwrap();
        let events = house.events(&admin, EventKind::MembershipChange).await;
        assert_eq!(events.len(), 3, "what changes nothing is no event");
        assert_eq!((&events[0]["old"]["as"], &events[0]["detail"]["group_name"]), (&"member".into(), &"Sales".into()));
        let ahead = Some(house.vault.now().plus_seconds(1));
        let refused = join_group(&house.vault, &admin, Bond::Member, pair, ahead).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn who_supervises_a_group_reaches_it_until_they_no_longer_do() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[]).await;
        let supervised = NewAssignment { limit: Limit::Supervised, ..role(BuiltInRole::Supervisor) };
        assign(&house.vault, &admin, bob.id, &supervised).await.unwrap();
        let holds = async || {
            let caller = house.caller(&signed_in.token).await.unwrap();
            caller.facts().grants().scope(Permission::RecordingsPlay)
        };
        assert_eq!(holds().await, Scope::Own);
        let sales = create_group(&house.vault, &admin, "Sales").await.unwrap();
        join_group(&house.vault, &admin, Bond::Supervisor, (sales.id, bob.id), None).await.unwrap();
        assert_eq!(holds().await, Scope::Groups);
        leave_group(&house.vault, &admin, Bond::Supervisor, (sales.id, bob.id)).await.unwrap();
        assert_eq!(holds().await, Scope::Own);
    }
}

#[tokio::test]
async fn a_group_that_limits_a_role_stays() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let sales = create_group(&house.vault, &admin, "Sales").await.unwrap();
        join_group(&house.vault, &admin, Bond::Member, (sales.id, bob.id), None).await.unwrap();
        let limited = NewAssignment { limit: Limit::Named(vec![sales.id]), ..role(BuiltInRole::Manager) };
        let given = assign(&house.vault, &admin, bob.id, &limited).await.unwrap();
        assert_eq!(given.groups[0].name, "Sales");
        let refused = delete_group(&house.vault, &admin, sales.id).await;
        assert!(matches!(refused, Err(Error::InUse(_))));
        unassign(&house.vault, &admin, bob.id, given.id).await.unwrap();
        delete_group(&house.vault, &admin, sales.id).await.unwrap();
        assert!(matches!(group(&house.vault, &admin, sales.id).await, Err(Error::NotFound)));
        assert_eq!(user(&house.vault, &admin, bob.id).await.unwrap().groups, []);
        let events = house.events(&admin, EventKind::GroupDeleted).await;
        assert_eq!(events[0]["old"]["people"][0]["user"], bob.id.to_string());
    }
}

#[tokio::test]
async fn names_are_one_groups_and_versions_are_checked() {
    for house in houses().await {
        let admin = house.admin().await;
        let sales = create_group(&house.vault, &admin, "Sales").await.unwrap();
        let other = create_group(&house.vault, &admin, "Support").await.unwrap();
        assert!(matches!(create_group(&house.vault, &admin, "SALES").await, Err(Error::Conflict(_))));
        let taken = rename_group(&house.vault, &admin, other.id, other.version, "sales").await;
        assert!(matches!(taken, Err(Error::Conflict(_))));
        let renamed = rename_group(&house.vault, &admin, sales.id, sales.version, "Outbound").await.unwrap();
        assert_eq!(renamed.name, "Outbound");
        let late = rename_group(&house.vault, &admin, sales.id, sales.version, "Inbound").await;
        assert!(matches!(late, Err(Error::Changed)));
        assert!(matches!(create_group(&house.vault, &admin, "  ").await, Err(Error::Invalid(_))));
    }
}

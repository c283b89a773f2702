//! Roles given, and the policy epoch that every change of rights advances.

use super::groups::{join, leave};
use super::harness::{Fresh, at, commit, random, stores};
use soundkeep_domain::access::{AccountState, BuiltInRole, Limit, Permission, RoleKey, Scope};
use soundkeep_domain::{AssignmentId, GroupId, RoleId, UserId};
use soundkeep_store::identity::groups::{self, Bond};
use soundkeep_store::identity::{assignments, users};
use soundkeep_store::{Error, roles};

const ADMIN: RoleKey = RoleKey::BuiltIn(BuiltInRole::Admin);

async fn assign(fresh: &Fresh, user: UserId, role: RoleKey, limit: Limit, until: Option<i64>) -> AssignmentId {
    let id = AssignmentId::make(at(0), &random());
    let new = assignments::NewAssignment { id, user, role, limit, until: until.map(at), created_at: at(0) };
    commit!(fresh, |transaction| assignments::add(transaction, fresh.organisation, &new)).unwrap();
    id
}

#[tokio::test]
async fn what_was_given_is_read_back_with_names() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        let custom = RoleId::make(at(0), &random());
        let scopes = [(Permission::RecordingsPlay, Scope::All)];
        commit!(fresh, |transaction| roles::add(transaction, fresh.organisation, custom, "Coach", &scopes, at(0)))
            .unwrap();
        let limited = assign(&fresh, ada, RoleKey::Custom(custom), Limit::Named(vec![sales]), Some(100)).await;
        assign(&fresh, ada, ADMIN, Limit::None, None).await;
        let mut reader = fresh.store.reader();
        let given = assignments::of_users(&mut reader, fresh.organisation, &[ada]).await.unwrap();
        assert_eq!(given.len(), 2);
        assert_eq!((given[0].role_name.as_str(), given[1].role_name.as_str()), ("Coach", "Admin"));
        assert_eq!(given[0].groups, [(sales, "Sales".to_owned())]);
        assert_eq!(given[0].limit, Limit::Named(vec![sales]));
        assert_eq!(given[0].until, Some(at(100)));
        let limiting = async |seconds| {
            assignments::limited_to(&mut fresh.store.reader(), fresh.organisation, sales, at(seconds)).await.unwrap()
        };
        assert_eq!(limiting(99).await, ["Ada"]);
        assert!(limiting(100).await.is_empty());
        commit!(fresh, |transaction| assignments::remove(transaction, fresh.organisation, ada, limited, at(1)))
            .unwrap();
        assert!(limiting(0).await.is_empty());
        assert_eq!(assignments::of_users(&mut reader, fresh.organisation, &[ada]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_role_of_nowhere_and_a_group_of_others_are_refused() {
    for fresh in stores().await {
        let ada = fresh.user("Ada").await;
        let nowhere = RoleKey::Custom(RoleId::make(at(0), &random()));
        let others = GroupId::make(at(0), &random());
        for (role, limit) in [(nowhere, Limit::None), (ADMIN, Limit::Named(vec![others]))] {
            let id = AssignmentId::make(at(0), &random());
            let new = assignments::NewAssignment { id, user: ada, role, limit, until: None, created_at: at(0) };
            let refused = commit!(fresh, |transaction| assignments::add(transaction, fresh.organisation, &new));
            assert!(matches!(refused, Err(Error::NotFound)));
        }
        let given = assignments::of_users(&mut fresh.store.reader(), fresh.organisation, &[ada]).await.unwrap();
        assert_eq!(given, []);
    }
}

#[tokio::test]
async fn holders_are_active_have_the_permission_and_keep_it() {
    for fresh in stores().await {
        let (ada, bob, cy, dan) =
            (fresh.user("Ada").await, fresh.user("Bob").await, fresh.user("Cy").await, fresh.user("Dan").await);
        let custom = RoleId::make(at(0), &random());
        let scopes = [(Permission::UsersManage, Scope::All)];
        commit!(fresh, |transaction| roles::add(transaction, fresh.organisation, custom, "HR", &scopes, at(0)))
            .unwrap();
        assign(&fresh, ada, RoleKey::Custom(custom), Limit::None, None).await;
        assign(&fresh, bob, ADMIN, Limit::None, Some(100)).await;
        assign(&fresh, cy, ADMIN, Limit::None, None).await;
        assign(&fresh, dan, RoleKey::BuiltIn(BuiltInRole::Manager), Limit::None, None).await;
        let off = AccountState::Disabled;
        commit!(fresh, |transaction| users::set_state(transaction, fresh.organisation, cy, off, at(2))).unwrap();
        let mut reader = fresh.store.reader();
        let holders = assignments::holders(&mut reader, fresh.organisation, Permission::UsersManage).await.unwrap();
        assert_eq!(holders.iter().map(|(user, _)| *user).collect::<Vec<_>>(), [ada]);
    }
}

#[tokio::test]
async fn whatever_changes_rights_advances_the_policy_epoch() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        let mut last = fresh.epoch().await;
        let mut advanced = async |what: &str| {
            let epoch = fresh.epoch().await;
            assert!(epoch > last, "{what}");
            last = epoch;
        };
        let given = assign(&fresh, ada, ADMIN, Limit::None, None).await;
        advanced("giving a role").await;
        commit!(fresh, |transaction| assignments::remove(transaction, fresh.organisation, ada, given, at(1))).unwrap();
        advanced("taking a role").await;
        for bond in [Bond::Member, Bond::Supervisor] {
            join(&fresh, bond, sales, ada, at(1), at(1)).await;
            advanced("joining").await;
            leave(&fresh, bond, sales, ada, at(2)).await;
            advanced("leaving").await;
        }
        let off = AccountState::Disabled;
        commit!(fresh, |transaction| users::set_state(transaction, fresh.organisation, ada, off, at(2))).unwrap();
        advanced("switching off").await;
        commit!(fresh, |transaction| groups::close(transaction, fresh.organisation, sales, at(3))).unwrap();
        advanced("closing a group").await;
    }
}

//! What the operator asks about doesn't happen, and asking is all that they may.

use soundkeep_app::access::groups::{Wish, access_groups, create};
use soundkeep_app::access::roles::{NewRole, RoleBase, create_role, delete_role, roles};
use soundkeep_app::access::weigh::{Intent, Range};
use soundkeep_app::access::what_if::{Change, group_named, role_named, what_if};
use soundkeep_app::audit::read::{EventFilter, list as ledger};
use soundkeep_app::identity::{self, Bond, Invitation, ListOptions, NewAgentId, NewAssignment, UserChange};
use soundkeep_app::settings::{change as set, restore, view as settings};
use soundkeep_app::{Error, operator};
use soundkeep_domain::access::{
    AccountState, BuiltInRole, Columns, Limit, Permission, RoleKey, RowValues, Scope, SystemCaller,
};
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::conversations::Direction;
use soundkeep_domain::{AgentIdId, AssignmentId};
use soundkeep_store::access_groups::Target;
use soundkeep_testkit::{TestVault, for_each_vault};

const MANAGER: RoleKey = RoleKey::BuiltIn(BuiltInRole::Manager);

/// What the ledger writes when rights change.
const CHANGES_OF_RIGHTS: [EventKind; 8] = [
    EventKind::RoleChange,
    EventKind::AccessGroupChange,
    EventKind::MembershipChange,
    EventKind::SettingsChange,
    EventKind::UserChange,
    EventKind::UserDeprovisioned,
    EventKind::UserCreated,
    EventKind::GroupDeleted,
];

fn assignment(role: RoleKey) -> NewAssignment {
    NewAssignment { role, limit: Limit::None, until: None }
}

fn wish(name: &str, targets: Vec<Target>) -> Wish {
    let rows = RowValues { directions: vec![Direction::Outbound], ..RowValues::default() };
    Wish { name: name.to_owned(), rows: rows.into(), columns: Columns::ALL, targets }
}

fn since_appointment() -> soundkeep_domain::settings::Wish {
    let key = "groups_since_appointment".to_owned();
    soundkeep_domain::settings::Wish { channel: None, key, value: Some(true.into()) }
}

/// Everything that rights hang on, and how much the ledger says.
async fn everything(vault: &TestVault) -> String {
    let (of, admin) = (&vault.vault, vault.as_admin().await);
    let all = ListOptions { limit: identity::PAGE_ROWS_MAX, ..ListOptions::default() };
    let users = identity::users(of, &admin, &all).await.unwrap().items;
    let groups = identity::groups(of, &admin, &all).await.unwrap().items;
    let (roles, restricting) = (roles(of, &admin).await.unwrap(), access_groups(of, &admin).await.unwrap());
    let settings = settings(of, &admin).await.unwrap();
    let mut events = 0;
    for kind in CHANGES_OF_RIGHTS {
        let filter = EventFilter { kind: Some(kind), ..EventFilter::default() };
        events += ledger(of, &admin, &filter, None, 200).await.unwrap().len();
    }
    format!("{users:?} {groups:?} {roles:?} {restricting:?} {settings:?} {events}")
}

#[test]
fn what_the_operator_asks_about_is_told_and_does_not_happen() {
    for_each_vault(async |vault| {
        let (of, admin) = (&vault.vault, vault.as_admin().await);
        let organisation = admin.organisation();
        let (ada, bob) = (vault.add_user(organisation, "Ada").await, vault.add_user(organisation, "Bob").await);
        let sales = vault.group("Sales").await;
        vault.ingest("201").await;
        identity::assign(of, &admin, bob, &assignment(MANAGER)).await.unwrap();
        identity::join_group(of, &admin, Bond::Supervisor, (sales, bob), None).await.unwrap();
        let own = NewRole { name: "Coach".to_owned(), base: RoleBase::Empty, lines: Vec::new() };
        let coach = create_role(of, &admin, &own).await.unwrap().key;
        identity::assign(of, &admin, ada, &assignment(coach)).await.unwrap();
        create(of, &admin, wish("Outbound", vec![Target::User(ada)])).await.unwrap();
        let supervisor =
            NewAssignment { limit: Limit::Supervised, ..assignment(RoleKey::BuiltIn(BuiltInRole::Supervisor)) };
        identity::assign(of, &admin, ada, &supervisor).await.unwrap();
        assert_eq!(role_named(of, organisation, "coach").await.unwrap(), coach);
        assert_eq!(role_named(of, organisation, "manager").await.unwrap(), MANAGER);
        assert_eq!(group_named(of, organisation, "sales").await.unwrap(), sales);
        assert!(matches!(group_named(of, organisation, "Sal").await, Err(Error::NotFound)));
        let before = everything(vault).await;
        let changes = [
            (Change::Assign(ada, assignment(MANAGER)), (1, 0)),
            (Change::Unassign(bob, MANAGER), (0, 1)),
            (Change::Join(Bond::Supervisor, sales, ada), (1, 0)),
            (Change::Leave(Bond::Supervisor, sales, bob), (0, 0)),
            (Change::Switch(bob, AccountState::Disabled), (0, 1)),
            (Change::Role("coach".to_owned(), vec![(Permission::AuditView, Scope::All)]), (1, 0)),
            (Change::Role("New".to_owned(), Vec::new()), (0, 0)),
            (Change::AccessGroup(wish("outbound", vec![Target::User(bob)])), (1, 1)),
            (Change::AccessGroup(wish("Another", vec![Target::User(bob)])), (0, 1)),
            (Change::Set(since_appointment()), (0, 0)),
        ];
        for (change, expected) in changes {
            let effect = what_if(of, organisation, &change).await.unwrap();
            assert_eq!((effect.gaining(), effect.losing()), expected, "{change:?}: {effect:?}");
            assert!(everything(vault).await == before, "{change:?} happened");
        }
        let effect = what_if(of, organisation, &Change::Assign(ada, assignment(MANAGER))).await.unwrap();
        let play =
            effect.parties[0].shifts.iter().find(|shift| shift.permission == Permission::RecordingsPlay).unwrap();
        assert_eq!(
            play.gained.map(|Range { least, .. }| least),
            Some(0),
            "Ada's access group keeps inbound calls back"
        );
        let twice = what_if(of, organisation, &Change::Unassign(ada, MANAGER)).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
    });
}

#[test]
fn an_operator_changes_no_rights_and_asks_of_nothing_else() {
    for_each_vault(async |vault| {
        let (of, admin) = (&vault.vault, vault.as_admin().await);
        let organisation = admin.organisation();
        let ada = vault.add_user(organisation, "Ada").await;
        let sales = vault.group("Sales").await;
        let before = everything(vault).await;
        let operator = operator::system_caller(of, organisation, SystemCaller::Operator).await.unwrap();
        // What would commit without being weighed isn't begun, whatever they want of it.
        for intent in [Intent::Act, Intent::WhatIf, Intent::Decided] {
            let caller = operator.wanting(intent);
            let agent = NewAgentId { value: "201".to_owned(), from: None, until: None };
            let outcomes = [
                identity::create_group(of, &caller, "Support").await.map(|_| ()),
                identity::rename_group(of, &caller, sales, 1, "Support").await.map(|_| ()),
                identity::give_agent_id(of, &caller, ada, &agent).await.map(|_| ()),
                identity::end_agent_id(of, &caller, ada, AgentIdId::make(vault.now(), &[7; 10])).await.map(|_| ()),
                identity::new_user_link(of, &caller, ada).await.map(|_| ()),
            ];
            for (at, outcome) in outcomes.into_iter().enumerate() {
                assert!(matches!(outcome, Err(Error::Denied(_))), "{at} {:?}: {outcome:?}", caller.intent());
            }
        }
        // What is weighed is begun for asking alone; other inner work may not even ask.
        let intake = operator::system_caller(of, organisation, SystemCaller::Intake).await.unwrap();
        for caller in [operator.clone(), operator.wanting(Intent::Decided), intake.wanting(Intent::WhatIf)] {
            let invitation =
                Invitation { email: "a@example.org".to_owned(), name: "A".to_owned(), assignments: Vec::new() };
            let change = UserChange { name: Some("Eve".to_owned()), state: None };
            let new = NewRole { name: "Any".to_owned(), base: RoleBase::Empty, lines: Vec::new() };
            let id = AssignmentId::make(vault.now(), &[7; 10]);
            let outcomes = [
                identity::invite(of, &caller, &invitation).await.map(|_| ()),
                identity::change_user(of, &caller, ada, 1, &change).await.map(|_| ()),
                identity::assign(of, &caller, ada, &assignment(MANAGER)).await.map(|_| ()),
                identity::unassign(of, &caller, ada, id).await,
                identity::join_group(of, &caller, Bond::Member, (sales, ada), None).await,
                identity::leave_group(of, &caller, Bond::Member, (sales, ada)).await,
                identity::delete_group(of, &caller, sales).await,
                create_role(of, &caller, &new).await.map(|_| ()),
                delete_role(of, &caller, MANAGER, None).await,
                create(of, &caller, wish("Any", Vec::new())).await.map(|_| ()),
                set(of, &caller, None, &[since_appointment()]).await.map(|_| ()),
                restore(of, &caller, None, 0).await.map(|_| ()),
            ];
            for (at, outcome) in outcomes.into_iter().enumerate() {
                assert!(matches!(outcome, Err(Error::Denied(_))), "{at}: {outcome:?}");
            }
        }
        assert_eq!(everything(vault).await, before);
    });
}

//! Rights and conversations as they were: rebuilt from the histories, they are what the vault decided by at that time.

use crate::scenario::{Scenario, fresh};
use crate::sql;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use soundkeep_domain::access::{
    AccountState, BuiltInRole, Column, Decision, Limit, Permission, RecordState, RoleKey, RowValues, Scope, ThingFacts,
    authorize, authorize_list, decide, marks,
};
use soundkeep_domain::audit::{EventKind, Outcome};
use soundkeep_domain::settings::{REGISTRY, Settings, Wish};
use soundkeep_domain::{
    AccessGroupId, AssignmentId, ConversationId, EventId, GroupId, OrganisationId, RoleId, Timestamp, UserId,
};
use soundkeep_store::access_groups::{StoredAccessGroup, Target};
use soundkeep_store::conversations::past::{self, Then};
use soundkeep_store::conversations::{Change, attribution};
use soundkeep_store::history::Kept;
use soundkeep_store::identity::groups::Bond;
use soundkeep_store::identity::{assignments, groups, users};
use soundkeep_store::policy::Policy;
use soundkeep_store::{
    Result, Transaction, access, access_groups, audit, conversations, history, recordings, roles, settings,
};
use soundkeep_testkit::Backend;
use soundkeep_testkit::backend::{for_each_backend, runtime};
use soundkeep_testkit::world::filing;
use std::collections::BTreeMap;

/// What somebody changes, as small numbers.
type Step = (u8, u8, u8, u8);

const CHANGES: u8 = 22;

/// Everything that there is to change, by its place.
#[derive(Default)]
struct Things {
    users: Vec<UserId>,
    groups: Vec<GroupId>,
    roles: Vec<RoleId>,
    given: Vec<(UserId, AssignmentId)>,
    access_groups: Vec<AccessGroupId>,
    conversations: Vec<ConversationId>,
    saves: i64,
}

fn pick<T: Copy>(all: &[T], at: u8) -> Option<T> {
    all.get(usize::from(at) % all.len().max(1)).copied()
}

const SCOPES: [Scope; 3] = [Scope::Own, Scope::Groups, Scope::All];

fn lines(a: u8, b: u8) -> Vec<(Permission, Scope)> {
    let scope = |at: u8| SCOPES[usize::from(at) % 3];
    vec![
        (Permission::ConversationsView, scope(a)),
        (Permission::RecordingsPlay, scope(b)),
        (Permission::RecordingsDownload, scope(a.wrapping_add(b))),
    ]
}

fn access_group(things: &Things, id: AccessGroupId, version: i64, (a, b, c): (u8, u8, u8)) -> StoredAccessGroup {
    let mut rows = RowValues::default();
    match a % 4 {
        0 => rows.tags = vec!["vip".to_owned()],
        1 => rows.numbers = vec!["4930*".parse().unwrap()],
        2 => rows.groups = pick(&things.groups, b).into_iter().collect(),
        _ => {}
    }
    let target = match b % 4 {
        0 => pick(&things.users, c).map(Target::User),
        1 => pick(&things.groups, c).map(Target::Members),
        2 => pick(&things.groups, c).map(Target::Supervisors),
        _ => Some(Target::Role(RoleKey::BuiltIn(BuiltInRole::Agent))),
    };
    StoredAccessGroup {
        id,
        name: format!("Access group {id}"),
        rows: rows.into(),
        columns: Column::ALL.iter().copied().filter(|column| c % 2 == 0 || *column != Column::Playback).collect(),
        targets: target.into_iter().collect(),
        version,
    }
}

/// Makes one change. What can't be made isn't.
#[allow(clippy::too_many_lines, reason = "one arm per change there is")]
async fn change(
    scenario: &Scenario,
    transaction: &mut Transaction,
    things: &mut Things,
    (what, a, b, c): Step,
    now: Timestamp,
) -> Result<()> {
    let home = scenario.organisation;
    let bond = if c % 2 == 0 { Bond::Member } else { Bond::Supervisor };
    let tie = pick(&things.groups, a).zip(pick(&things.users, b));
    let conversation = pick(&things.conversations, a);
    match what % CHANGES {
        0 => {
            let id = UserId::from_bytes(fresh());
            things.users.push(id);
            filing::add_user(transaction, home, (id, "Somebody", AccountState::Active), now).await;
        }
        1 => {
            let Some(user) = pick(&things.users, a) else { return Ok(()) };
            let user = users::get(transaction, home, user).await?;
            users::rename(transaction, home, &user, &format!("Name {b}"), now).await?;
        }
        2 => {
            let states = [AccountState::Active, AccountState::Disabled, AccountState::Invited];
            let Some(user) = pick(&things.users, a) else { return Ok(()) };
            users::set_state(transaction, home, user, states[usize::from(b) % 3], now).await?;
        }
        3 => {
            let id = GroupId::from_bytes(fresh());
            groups::add(transaction, home, id, &format!("Group {id}"), now).await?;
            things.groups.push(id);
        }
        4 => {
            let Some(group) = pick(&things.groups, a) else { return Ok(()) };
            let group = groups::get(transaction, home, group).await?;
            groups::rename(transaction, home, &group, &format!("Renamed {b} {}", group.id), now).await?;
        }
        5 => {
            let Some(group) = pick(&things.groups, a).filter(|_| b % 4 == 0) else { return Ok(()) };
            groups::close(transaction, home, group, now).await?;
        }
        6 | 7 => {
            let Some(tie) = tie else { return Ok(()) };
            // Some say that it has been so for long.
            let from = now.plus_seconds(if c % 3 == 0 { -i64::from(c) } else { 0 });
            groups::join(transaction, home, bond, tie, from, now).await?;
        }
        8 => {
            let Some(tie) = tie else { return Ok(()) };
            groups::leave(transaction, home, bond, tie, now).await?;
        }
        9 => {
            let id = RoleId::from_bytes(fresh());
            roles::add(transaction, home, id, &format!("Role {id}"), &lines(a, b), now).await?;
            things.roles.push(id);
        }
        10 => {
            let Some(role) = pick(&things.roles, a) else { return Ok(()) };
            let role = roles::get(transaction, home, role).await?;
            let name = format!("Role {} {c}", role.id);
            roles::change(transaction, home, (role.id, role.version), &name, &lines(b, c), now).await?;
        }
        11 => {
            let Some(role) = pick(&things.roles, a) else { return Ok(()) };
            roles::remove(transaction, home, role, now).await?;
        }
        12 | 13 => {
            let Some(user) = pick(&things.users, a) else { return Ok(()) };
            let custom = pick(&things.roles, b).map(RoleKey::Custom).filter(|_| b % 2 == 0);
            let limit = match c % 3 {
                0 => Limit::Named(pick(&things.groups, c).into_iter().collect()),
                1 => Limit::Supervised,
                _ => Limit::None,
            };
            let new = assignments::NewAssignment {
                id: AssignmentId::from_bytes(fresh()),
                user,
                role: custom.unwrap_or(RoleKey::BuiltIn(BuiltInRole::Supervisor)),
                limit,
                until: (c % 4 == 0).then(|| now.plus_seconds(i64::from(b % 8))),
                created_at: now,
            };
            assignments::add(transaction, home, &new).await?;
            things.given.push((user, new.id));
        }
        14 => {
            let Some((user, id)) = pick(&things.given, a) else { return Ok(()) };
            assignments::remove(transaction, home, user, id, now).await?;
        }
        15 => {
            let id = AccessGroupId::from_bytes(fresh());
            access_groups::add(transaction, home, &access_group(things, id, 1, (a, b, c)), now).await?;
            things.access_groups.push(id);
        }
        16 => {
            let Some(id) = pick(&things.access_groups, a) else { return Ok(()) };
            let held = access_groups::get(transaction, home, id).await?.version;
            let next = access_group(things, id, held + 1, (b, c, a));
            access_groups::replace(transaction, home, held, &next, now).await?;
        }
        17 => {
            let Some(id) = pick(&things.access_groups, a).filter(|_| b % 2 == 0) else { return Ok(()) };
            let held = access_groups::get(transaction, home, id).await?.version;
            access_groups::delete(transaction, home, id, held, now).await?;
        }
        18 => {
            let wish =
                Wish { channel: None, key: "groups_since_appointment".to_owned(), value: Some((a % 2 == 0).into()) };
            let wished = Settings::defaults(REGISTRY).with(&[wish]).unwrap();
            let by = ("user".to_owned(), scenario.admin.to_string());
            let version = things.saves + 1;
            let save = settings::Save { version, at: now, by, restored: None, changes: serde_json::Value::Null };
            settings::save(transaction, home, &wished, &save).await?;
            things.saves = version;
        }
        19 => {
            let agent = pick(&things.users, a);
            let mut new = scenario.conversation(-i64::from(b % 16));
            new.agent = agent;
            new.groups = pick(&things.groups, b).into_iter().collect();
            new.tags = if c % 2 == 0 { vec!["vip".to_owned()] } else { Vec::new() };
            new.from_number = (c % 3 == 0).then(|| "+49 30 1".to_owned());
            new.state = RecordState::Ready;
            new.received_at = now;
            conversations::add(transaction, home, &new).await?;
            things.conversations.push(new.id);
        }
        20 => {
            let Some(conversation) = conversation else { return Ok(()) };
            let admin = access::user_caller(transaction, home, scenario.admin, now).await?;
            let thing = access::thing(transaction, home, conversation).await?;
            if b % 4 == 0 {
                let Ok(permit) = authorize::<marks::RecordingsDelete>(&admin, &thing) else { return Ok(()) };
                recordings::erase(transaction, &permit, now).await?;
                return Ok(());
            }
            let Ok(permit) = authorize::<marks::ConversationsEdit>(&admin, &thing) else { return Ok(()) };
            let version = conversations::list(
                transaction,
                &authorize_list::<marks::ConversationsView>(&admin).unwrap(),
                &conversations::Filter::default(),
                crate::scenario::NEWEST,
                None,
                1000,
            )
            .await?
            .into_iter()
            .find(|row| row.facts.conversation() == conversation)
            .map_or(1, |row| row.version);
            let change = Change {
                tags: (b % 2 == 0).then(|| vec![if c % 2 == 0 { "vip" } else { "other" }.to_owned()]),
                contact: Some(None),
                agent: (b % 3 == 0).then(|| (pick(&things.users, c), pick(&things.groups, c).into_iter().collect())),
            };
            conversations::change(transaction, &permit, version, &change, now).await?;
        }
        _ => {
            let (Some(conversation), Some(agent)) = (conversation, pick(&things.users, b)) else { return Ok(()) };
            let admin = access::user_caller(transaction, home, scenario.admin, now).await?;
            let scope = authorize_list::<marks::ConversationsEdit>(&admin).unwrap();
            let selection = attribution::Selection { conversations: vec![conversation], ..Default::default() };
            let found = attribution::next(transaction, &scope, &selection, None, 10).await?;
            attribution::correct(transaction, &scope, &found, agent, now).await?;
        }
    }
    Ok(())
}

/// What was decided about everybody and everything at a moment, and by what.
struct Moment {
    at: Timestamp,
    policy: Policy,
    things: Vec<ThingFacts>,
}

impl Moment {
    async fn seen(scenario: &Scenario, things: &Things, at: Timestamp) -> Self {
        let mut reader = scenario.store.reader();
        let policy = Policy::load(&mut reader, scenario.organisation, at).await.unwrap();
        let mut facts = Vec::new();
        for conversation in &things.conversations {
            facts.push(access::thing(&mut reader, scenario.organisation, *conversation).await.unwrap());
        }
        Self { at, policy, things: facts }
    }
}

fn decisions(policy: &Policy, thing: &ThingFacts) -> Vec<(UserId, Decision)> {
    let all = |(person, facts): (&soundkeep_store::policy::Person, _)| {
        let user = person.id;
        let permissions = Permission::available().filter(|permission| permission.is_scoped());
        permissions.map(|permission| (user, decide(&facts, permission, thing))).collect::<Vec<_>>()
    };
    policy.callers().flat_map(all).collect()
}

/// Everything of a policy that an answer may show, as text.
fn shown(policy: &Policy) -> String {
    let custom = policy.roles().filter(|role| matches!(role.key, RoleKey::Custom(_)));
    let mut roles: Vec<_> =
        custom.map(|role| format!("{:?} {} {:?}", role.key, role.name, sorted(&role.scopes))).collect();
    roles.sort();
    let groups: BTreeMap<GroupId, String> = policy.groups().map(|(id, name)| (id, name.to_owned())).collect();
    let closed: Vec<GroupId> = groups.keys().copied().filter(|group| policy.is_closed(*group)).collect();
    let people: Vec<String> = policy
        .people()
        .iter()
        .map(|person| {
            let given: Vec<_> = policy
                .assignments_of(person.id)
                .iter()
                .map(|given| {
                    format!("{:?} {:?} {:?} {:?}", given.source, given.role.key, limit(&given.limit), given.until)
                })
                .collect();
            let mut members = policy.memberships_of(person.id).to_vec();
            members.sort();
            let mut supervised = policy.appointments_of(person.id).to_vec();
            supervised.sort();
            format!("{person:?} {given:?} {members:?} {supervised:?}")
        })
        .collect();
    format!("{people:#?} {roles:#?} {groups:#?} {closed:?} {:#?}", policy.access_groups())
}

fn sorted(scopes: &[(Permission, Scope)]) -> Vec<String> {
    let mut scopes: Vec<_> = scopes.iter().map(|line| format!("{line:?}")).collect();
    scopes.sort();
    scopes
}

fn limit(limit: &Limit) -> Limit {
    match limit {
        Limit::Named(groups) => {
            let mut groups = groups.clone();
            groups.sort();
            Limit::Named(groups)
        }
        other => other.clone(),
    }
}

async fn check(scenario: &Scenario, moments: &[Moment]) -> Told {
    let mut told = Told::default();
    let mut reader = scenario.store.reader();
    for (at, moment) in moments.iter().enumerate() {
        // Of several changes in one microsecond, the last counts.
        if moments.get(at + 1).is_some_and(|next| next.at == moment.at) {
            told.same_time += 1;
            continue;
        }
        let policy = Policy::at_time(&mut reader, scenario.organisation, moment.at).await.unwrap();
        assert_eq!(shown(&policy), shown(&moment.policy), "at {}", moment.at);
        for thing in &moment.things {
            let id = thing.conversation();
            let then = past::at_time(&mut reader, scenario.organisation, id, moment.at).await.unwrap();
            let Then::There { thing: past, traits_are_known } = then else { panic!("{id} was there at {}", moment.at) };
            assert_eq!(past.state(), thing.state());
            if traits_are_known {
                assert_eq!(decisions(&policy, &past), decisions(&moment.policy, thing), "at {}", moment.at);
                told.decisions += 1;
            } else {
                told.erased += 1;
            }
        }
    }
    told
}

/// How much was compared.
#[derive(Default)]
struct Told {
    same_time: u32,
    decisions: u32,
    erased: u32,
}

impl Told {
    fn add(&mut self, seen: &Self) {
        self.same_time += seen.same_time;
        self.decisions += seen.decisions;
        self.erased += seen.erased;
    }
}

#[test]
fn rights_rebuilt_from_the_history_are_those_that_were_in_force() {
    let mut told = Told::default();
    for backend in Backend::all() {
        let runtime = runtime();
        let store = runtime.block_on(backend.open());
        let step = (0..CHANGES, any::<u8>(), any::<u8>(), any::<u8>());
        let steps = proptest::collection::vec((step, 0_i64..3), 30..70);
        let mut runner = TestRunner::new(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() });
        let told = std::cell::RefCell::new(&mut told);
        let outcome = runner.run(&steps, |steps| {
            let seen = runtime.block_on(async {
                let scenario = Scenario::in_store(&store).await;
                let (mut things, mut moments, mut now) = (Things::default(), Vec::new(), scenario.now);
                let begin: [Step; 6] =
                    [(0, 0, 0, 0), (0, 0, 0, 0), (3, 0, 0, 0), (3, 0, 0, 0), (19, 0, 0, 0), (19, 1, 1, 1)];
                for (step, later) in begin.into_iter().map(|step| (step, 1)).chain(steps) {
                    now = Timestamp::from_unix_micros(now.as_unix_micros() + later * 700_000);
                    let mut transaction = scenario.store.begin().await.unwrap();
                    let held = (things.users.len(), things.groups.len());
                    if change(&scenario, &mut transaction, &mut things, step, now).await.is_ok() {
                        transaction.commit().await.unwrap();
                    } else {
                        things.users.truncate(held.0);
                        things.groups.truncate(held.1);
                    }
                    moments.push(Moment::seen(&scenario, &things, now).await);
                }
                check(&scenario, &moments).await
            });
            told.borrow_mut().add(&seen);
            Ok(())
        });
        outcome.unwrap();
    }
    assert!(told.same_time > 50 && told.decisions > 500 && told.erased > 5, "too little was compared");
}

#[test]
fn a_membership_that_is_entered_later_gives_nothing_before() {
    for_each_backend(async |backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (lead, sales) = (scenario.user("Lead").await, scenario.group("Sales").await);
        let (home, before) = (scenario.organisation, scenario.now.plus_seconds(50));
        let entered = scenario.now.plus_seconds(100);
        let mut transaction = scenario.store.begin().await.unwrap();
        groups::join(&mut transaction, home, Bond::Supervisor, (sales, lead), scenario.now, entered).await.unwrap();
        transaction.commit().await.unwrap();
        let at = async |time| Policy::at_time(&mut store.reader(), home, time).await.unwrap();
        assert!(at(before).await.appointments_of(lead).is_empty());
        assert_eq!(at(entered).await.appointments_of(lead).len(), 1);
        let ended = scenario.now.plus_seconds(200);
        let mut transaction = scenario.store.begin().await.unwrap();
        groups::close(&mut transaction, home, sales, ended).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(at(ended).await.appointments_of(lead).is_empty());
        assert_eq!(at(ended.plus_seconds(-1)).await.appointments_of(lead).len(), 1);
    });
}

#[test]
fn past_rights_give_no_permit_that_opens_anything() {
    for_each_backend(async |backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(-10);
        scenario.add(&new).await;
        let policy = Policy::at_time(&mut store.reader(), scenario.organisation, scenario.now).await.unwrap();
        let admin = policy.caller(scenario.admin).unwrap();
        let permit = authorize::<marks::ConversationsEdit>(&admin, &scenario.thing(new.id).await).unwrap();
        let mut transaction = scenario.store.begin().await.unwrap();
        let refused = conversations::change(&mut transaction, &permit, 1, &Change::default(), scenario.now).await;
        assert!(matches!(refused, Err(soundkeep_store::Error::StalePermit)), "{refused:?}");
    });
}

#[test]
fn before_it_came_in_a_conversation_was_nobodys() {
    for_each_backend(async |backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(-1000);
        scenario.add(&new).await;
        let at = async |time| past::at_time(&mut store.reader(), scenario.organisation, new.id, time).await.unwrap();
        assert!(matches!(at(scenario.now.plus_seconds(-1)).await, Then::NotYet(at) if at == scenario.now));
        assert!(matches!(at(scenario.now).await, Then::There { traits_are_known: true, .. }));
    });
}

#[test]
fn what_is_erased_is_erased_from_the_history_too() {
    for_each_backend(async |backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut new = scenario.conversation(-10);
        new.from_number = Some("+49 30 5551234".to_owned());
        new.tags = vec!["secret".to_owned()];
        new.state = RecordState::Ready;
        scenario.add(&new).await;
        let edit = scenario.permit::<marks::ConversationsEdit>(new.id).await;
        let change = Change { tags: Some(vec!["other".to_owned()]), ..Change::default() };
        let mut transaction = scenario.store.begin().await.unwrap();
        conversations::change(&mut transaction, &edit, 1, &change, scenario.now.plus_seconds(1)).await.unwrap();
        transaction.commit().await.unwrap();
        let permit = scenario.permit::<marks::RecordingsDelete>(new.id).await;
        let mut transaction = scenario.store.begin().await.unwrap();
        recordings::erase(&mut transaction, &permit, scenario.now.plus_seconds(2)).await.unwrap();
        transaction.commit().await.unwrap();
        let kept = "SELECT count(*) FROM conversation_history";
        assert_eq!(sql::number(backend, kept).await, 2);
        let left = format!("{kept} WHERE numbers IS NOT NULL OR tags IS NOT NULL");
        assert_eq!(sql::number(backend, &left).await, 0);
        for (seconds, state) in [(0, RecordState::Ready), (1, RecordState::Ready), (2, RecordState::Erased)] {
            let time = scenario.now.plus_seconds(seconds);
            let then = past::at_time(&mut store.reader(), scenario.organisation, new.id, time).await.unwrap();
            let Then::There { thing, traits_are_known } = then else { panic!("it was there") };
            assert_eq!(thing.state(), state);
            assert_eq!(traits_are_known, state == RecordState::Erased, "what was erased can't be told");
        }
    });
}

#[test]
fn each_change_is_cited_with_the_event_that_tells_of_it() {
    for_each_backend(async |backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (home, now) = (scenario.organisation, scenario.now);
        let (user, group) = (scenario.user("Ada").await, scenario.group("Sales").await);
        let role = RoleId::from_bytes(fresh());
        let mut transaction = scenario.store.begin().await.unwrap();
        groups::join(&mut transaction, home, Bond::Member, (group, user), now, now).await.unwrap();
        let joined = event(home, EventKind::MembershipChange, now);
        audit::append(&mut transaction, &event(home, EventKind::RecordingPlay, now)).await.unwrap();
        audit::append(&mut transaction, &joined).await.unwrap();
        roles::add(&mut transaction, home, role, "Listener", &lines(0, 0), now).await.unwrap();
        let made = event(home, EventKind::RoleChange, now);
        audit::append(&mut transaction, &made).await.unwrap();
        transaction.commit().await.unwrap();
        let bond = Kept::Bond(Bond::Member, group, user);
        let all = [bond, Kept::Role(role), Kept::User(user), Kept::Group(GroupId::from_bytes(fresh()))];
        let cited = history::cited(&mut store.reader(), home, &all, now).await.unwrap();
        let of = |kept| cited.iter().find(|cited| cited.kept == kept).map(|cited| cited.event);
        assert_eq!(of(bond), Some(Some(joined.id)));
        assert_eq!(of(Kept::Role(role)), Some(Some(made.id)));
        assert_eq!(of(Kept::User(user)), Some(None), "no event was written");
        assert_eq!(of(all[3]), None, "there was none");
        let earlier = history::cited(&mut store.reader(), home, &all, now.plus_seconds(-1)).await.unwrap();
        assert_eq!(earlier, []);
    });
}

fn event(organisation: OrganisationId, kind: EventKind, at: Timestamp) -> audit::NewEvent {
    audit::NewEvent {
        id: EventId::from_bytes(fresh()),
        organisation,
        at,
        kind,
        outcome: Outcome::Success,
        actor_kind: "system",
        actor_id: None,
        object_kind: None,
        object_id: None,
        conversation: None,
        leaf: "{}".to_owned(),
        openings: None,
    }
}

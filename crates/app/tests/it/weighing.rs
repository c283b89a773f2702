//! What a change is said to do is what it does: on random changes, counted by class, by day and one by one.

use soundkeep_app::access::groups::{Wish, access_group, create, delete, replace};
use soundkeep_app::access::weigh::{Effect, Intent, Range};
use soundkeep_app::identity::{self, NewAssignment, UserChange};
use soundkeep_app::settings as house_rules;
use soundkeep_app::{Caller, Error};
use soundkeep_domain::access::{
    AccountState, BUILT_IN_ROLES, BuiltInRole, Column, Columns, Limit, Permission, RecordState, RoleKey, RowValues,
    decide,
};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{AccessGroupId, AssignmentId, ConversationId, GroupId, UserId};
use soundkeep_store::access_groups::Target;
use soundkeep_store::conversations::{NewConversation, add};
use soundkeep_store::identity::groups::Bond;
use soundkeep_store::policy::Policy;
use soundkeep_store::things::{self, Which};
use soundkeep_testkit::{TestVault, for_each_vault};
use std::collections::{BTreeMap, BTreeSet, HashMap};

const CONVERSATIONS: usize = 90;
const CHANGES: usize = 180;

/// Numbers that follow from a seed (xorshift).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound).unwrap()).unwrap()
    }
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| self.one(of)).collect()
    }
}

struct House<'vault> {
    vault: &'vault TestVault,
    admin: UserId,
    users: Vec<UserId>,
    groups: Vec<GroupId>,
    tags: [&'static str; 2],
}

impl House<'_> {
    async fn caller(&self, intent: Intent) -> Caller {
        self.vault.as_admin().await.wanting(intent)
    }

    async fn policy(&self) -> Policy {
        let organisation = self.vault.as_admin().await.organisation();
        Policy::load(&mut self.vault.store.reader(), organisation, self.vault.now()).await.unwrap().as_if_all_came()
    }

    async fn converse(&self, draw: &mut Draw) {
        let organisation = self.vault.as_admin().await.organisation();
        let mut transaction = self.vault.store.begin().await.unwrap();
        for number in 0..CONVERSATIONS {
            let minutes = i64::try_from(draw.below(3 * 24 * 60)).unwrap();
            let started_at = self.vault.now().plus_seconds(-60 * minutes);
            let new = NewConversation {
                id: ConversationId::make(started_at, &[u8::try_from(number).unwrap(); 10]),
                started_at,
                duration_ms: None,
                direction: draw.one(&[Direction::Inbound, Direction::Outbound]),
                channel: draw.one(&[Channel::Voice, Channel::Chat]),
                from_number: draw.some(&["+49 30 1234", "+44 20 77", "201"], 1).first().map(ToString::to_string),
                to_number: None,
                contact: None,
                agent_label: None,
                source: Source::Import,
                external_id: None,
                tags: draw.some(&self.tags, 2).into_iter().map(str::to_owned).collect(),
                agent: draw.some(&self.users, 1).first().copied(),
                groups: draw.some(&self.groups, 2).into_iter().collect::<BTreeSet<_>>().into_iter().collect(),
                state: draw.one(&[RecordState::Ready, RecordState::Ready, RecordState::NoRecording]),
                received_at: self.vault.now(),
            };
            add(&mut transaction, organisation, &new).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }

    /// The places of what each user reaches with each permission.
    async fn reached(&self) -> BTreeMap<(UserId, Permission), BTreeSet<i64>> {
        let policy = self.policy().await;
        let all = Which::After(i64::MIN, 10_000);
        let things = things::facts(&mut self.vault.store.reader(), policy.organisation(), all).await.unwrap();
        let mut reached = BTreeMap::new();
        for (person, facts) in policy.callers() {
            for permission in Permission::available().filter(|permission| permission.is_scoped()) {
                let allowed = |(_, thing): &&(i64, _)| decide(&facts, permission, thing).allowed();
                let places = things.iter().filter(allowed).map(|(place, _)| *place).collect();
                reached.insert((person.id, permission), places);
            }
        }
        reached
    }
}

/// A change of rights.
#[derive(Debug, Clone)]
enum Step {
    Assign(UserId, NewAssignment),
    Unassign(UserId, AssignmentId),
    Join(Bond, GroupId, UserId, i64),
    Leave(Bond, GroupId, UserId),
    AddRules(Wish),
    ChangeRules(AccessGroupId, Wish),
    DropRules(AccessGroupId),
    Since(bool),
    Switch(UserId, AccountState),
}

impl Step {
    async fn draw(house: &House<'_>, draw: &mut Draw) -> Self {
        let (user, group) = (draw.one(&house.users), draw.one(&house.groups));
        let bond = draw.one(&[Bond::Member, Bond::Supervisor]);
        let policy = house.policy().await;
        let wish = |draw: &mut Draw, number: usize| {
            let shown = draw.some(Column::ALL, 24).into_iter().chain([Column::Audio]).collect::<Columns>();
            let rows = RowValues {
                numbers: draw.some(&["4930*".parse().unwrap(), "201".parse().unwrap()], 1),
                tags: draw.some(&house.tags, 1).into_iter().map(str::to_owned).collect(),
                directions: draw.some(&[Direction::Inbound], 1),
                groups: draw.some(&house.groups, 2),
                ..RowValues::default()
            };
            let plain =
                RowValues { directions: rows.directions.clone(), groups: rows.groups.clone(), ..RowValues::default() };
            let rows = if draw.below(2) == 0 { rows } else { plain };
            let targets = [Target::User(user), Target::Members(group), Target::Supervisors(group)];
            let role = Target::Role(RoleKey::BuiltIn(draw.one(&BUILT_IN_ROLES)));
            let targets = draw.some(&[&targets[..], &[role]].concat(), 3);
            Wish { name: format!("Rules {number}"), rows: rows.into(), columns: shown, targets }
        };
        let held: Vec<AccessGroupId> = policy.access_groups().iter().map(|group| group.id).collect();
        match draw.below(10) {
            0 | 1 => {
                let limit = match draw.below(3) {
                    0 => Limit::None,
                    1 => Limit::Named(vec![group]),
                    _ => Limit::Supervised,
                };
                let role = RoleKey::BuiltIn(draw.one(&BUILT_IN_ROLES));
                Self::Assign(user, NewAssignment { role, limit, until: None })
            }
            2 => {
                let organisation = policy.organisation();
                let mut reader = house.vault.store.reader();
                let given = soundkeep_store::identity::assignments::of_users(&mut reader, organisation, &[user]).await;
                match given.unwrap().first() {
                    Some(given) => Self::Unassign(user, given.id),
                    None => Self::Join(bond, group, user, 0),
                }
            }
            3 | 4 => Self::Join(bond, group, user, i64::try_from(draw.below(50)).unwrap()),
            5 => Self::Leave(bond, group, user),
            6 => Self::AddRules(wish(draw, 1000 + held.len())),
            7 if !held.is_empty() => Self::ChangeRules(draw.one(&held), wish(draw, draw_number(&held))),
            8 if !held.is_empty() => Self::DropRules(draw.one(&held)),
            9 if draw.below(2) == 0 => Self::Since(draw.below(2) == 0),
            _ => Self::Switch(user, draw.one(&[AccountState::Active, AccountState::Disabled])),
        }
    }

    async fn take(&self, house: &House<'_>, intent: Intent) -> Result<(), Error> {
        let (vault, caller) = (&house.vault.vault, house.caller(intent).await);
        match self.clone() {
            Self::Assign(user, new) => identity::assign(vault, &caller, user, &new).await.map(|_| ()),
            Self::Unassign(user, id) => identity::unassign(vault, &caller, user, id).await,
            Self::Join(bond, group, user, hours) => {
                let from = house.vault.now().plus_seconds(-3600 * hours);
                identity::join_group(vault, &caller, bond, (group, user), Some(from)).await
            }
            Self::Leave(bond, group, user) => identity::leave_group(vault, &caller, bond, (group, user)).await,
            Self::AddRules(wish) => create(vault, &caller, wish).await.map(|_| ()),
            Self::ChangeRules(id, wish) => {
                let version = access_group(vault, &caller, id).await?.version;
                replace(vault, &caller, id, version, wish).await.map(|_| ())
            }
            Self::DropRules(id) => delete(vault, &caller, id, None).await,
            Self::Since(on) => {
                let wish = soundkeep_domain::settings::Wish {
                    channel: None,
                    key: "groups_since_appointment".to_owned(),
                    value: Some(on.into()),
                };
                house_rules::change(vault, &caller, None, &[wish]).await.map(|_| ())
            }
            Self::Switch(user, state) => {
                let version = identity::user(vault, &caller, user).await?.version;
                let change = UserChange { name: None, state: Some(state) };
                identity::change_user(vault, &caller, user, version, &change).await.map(|_| ())
            }
        }
    }
}

fn draw_number(held: &[AccessGroupId]) -> usize {
    2000 + held.len()
}

fn compare(
    step: &Step,
    effect: &Effect,
    before: &BTreeMap<(UserId, Permission), BTreeSet<i64>>,
    after: &BTreeMap<(UserId, Permission), BTreeSet<i64>>,
) -> usize {
    let mut told: HashMap<(UserId, Permission), (Range, Range, bool)> = HashMap::new();
    for party in &effect.parties {
        for shift in party.shifts.iter().filter(|shift| shift.permission.is_scoped()) {
            let ranges = (shift.gained.unwrap(), shift.lost.unwrap(), party.people.len() == 1);
            told.extend(party.people.iter().map(|person| ((person.id, shift.permission), ranges)));
        }
    }
    let mut moved = 0;
    for (key, now) in after {
        let then = &before[key];
        let gained = i64::try_from(now.difference(then).count()).unwrap();
        let lost = i64::try_from(then.difference(now).count()).unwrap();
        moved += usize::from(gained + lost > 0);
        let Some((gain, loss, alone)) = told.get(key) else {
            assert_eq!((gained, lost), (0, 0), "{key:?} isn't told of {step:?}");
            continue;
        };
        for (told, counted) in [(gain, gained), (loss, lost)] {
            let fits = if *alone { told.least == counted && told.most == counted } else { true };
            assert!(fits && told.least <= counted && counted <= told.most, "{key:?}: {told:?}, {counted} of {step:?}");
        }
    }
    moved
}

#[test]
fn what_a_change_is_said_to_do_is_what_it_does() {
    for_each_vault(async |vault| {
        let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
        let admin = vault.as_admin().await;
        let mut house = House {
            vault,
            admin: admin.user().unwrap(),
            users: Vec::new(),
            groups: Vec::new(),
            tags: ["vip", "billing"],
        };
        for name in ["Ada", "Bob", "Cem", "Dora", "Emil", "Fay"] {
            house.users.push(vault.add_user(admin.organisation(), name).await);
        }
        for name in ["Sales", "Support", "People"] {
            house.groups.push(vault.group(name).await);
        }
        assert!(!house.users.contains(&house.admin));
        house.converse(&mut draw).await;
        let (mut steps, mut moved) = (0, 0);
        let mut before = house.reached().await;
        for _ in 0..CHANGES {
            let step = Step::draw(&house, &mut draw).await;
            let effect = match step.take(&house, Intent::WhatIf).await {
                Err(Error::Weighed(effect)) => effect,
                // It would change nothing, or isn't possible.
                Ok(()) | Err(Error::Conflict(_)) => continue,
                other => panic!("{step:?}: {other:?}"),
            };
            assert_eq!(effect.counting, None, "so few are counted at once");
            assert_eq!(house.reached().await, before, "asking changes nothing");
            let asked = step.take(&house, Intent::Act).await;
            match (effect.asks.is_empty(), asked) {
                (true, Ok(())) => {}
                (false, Err(Error::Unconfirmed(again))) => {
                    assert_eq!(again.token, effect.token, "{step:?}");
                    let wrong = Intent::Confirmed("another".to_owned());
                    assert!(matches!(step.take(&house, wrong).await, Err(Error::Unconfirmed(_))));
                    assert_eq!(house.reached().await, before, "nothing happens unconfirmed");
                    step.take(&house, Intent::Confirmed(again.token)).await.unwrap();
                }
                (_, other) => panic!("{step:?} of {effect:?}: {other:?}"),
            }
            let after = house.reached().await;
            moved += compare(&step, &effect, &before, &after);
            before = after;
            steps += 1;
            vault.clock.turn(1);
        }
        assert!(steps > 100 && moved > 150, "{steps} changes moved {moved}");
    });
}

#[test]
fn many_change_rights_at_once_and_nobody_waits_in_a_ring() {
    for_each_vault(async |vault| {
        let admin = vault.as_admin().await;
        let mut users = Vec::new();
        for number in 0..40 {
            users.push(vault.add_user(admin.organisation(), &format!("User {number}")).await);
        }
        let given = users.iter().map(|user| {
            let role = RoleKey::BuiltIn(BuiltInRole::Supervisor);
            let new = NewAssignment { role, limit: Limit::None, until: None };
            let admin = admin.clone();
            async move { identity::assign(&vault.vault, &admin, *user, &new).await.map(|_| ()) }
        });
        for outcome in futures::future::join_all(given).await {
            outcome.unwrap();
        }
    });
}

#[test]
fn whoever_hangs_up_while_it_is_counted_keeps_nobody_waiting() {
    for_each_vault(async |vault| {
        let admin = vault.as_admin().await;
        let organisation = admin.organisation();
        let users = vec![vault.add_user(organisation, "Ada").await];
        let group = vault.group("Sales").await;
        vault.give(organisation, users[0], (BuiltInRole::Manager, Limit::None, None)).await;
        let house = House { vault, admin: admin.user().unwrap(), users, groups: vec![group], tags: ["vip", "billing"] };
        house.converse(&mut Draw(11)).await;
        for polls in 0..60 {
            let rows = RowValues { tags: vec![format!("tag {polls}")], ..RowValues::default() };
            let targets = vec![Target::User(house.users[0])];
            let wish = Wish { name: "Rules".to_owned(), rows: rows.into(), columns: Columns::ALL, targets };
            let step = Step::AddRules(wish);
            let mut asking = Box::pin(step.take(&house, Intent::WhatIf));
            for _ in 0..polls {
                if futures::poll!(asking.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(asking);
            let is_counted = async || match step.take(&house, Intent::WhatIf).await {
                Err(Error::Weighed(effect)) => effect.counting.is_none(),
                other => panic!("{other:?}"),
            };
            let mut asked = 0;
            while !is_counted().await {
                asked += 1;
                assert!(asked < 1000, "hung up after {polls} looks");
            }
        }
    });
}

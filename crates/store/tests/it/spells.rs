//! Who had an agent id and who was in a group is asked for the conversation's start, not for now.

use crate::scenario::{Scenario, fresh};
use soundkeep_domain::access::{BuiltInRole, Limit, Permission, decide, marks};
use soundkeep_domain::settings::{REGISTRY, Settings, Wish};
use soundkeep_domain::{AgentIdId, Timestamp};
use soundkeep_store::access;
use soundkeep_store::conversations::{self, Filter};
use soundkeep_store::identity::{agent_ids, groups};
use soundkeep_store::search::Query;
use soundkeep_store::settings;
use soundkeep_testkit::{Backend, for_each_backend};

#[test]
fn an_agent_id_counts_from_its_beginning_until_before_its_end() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (first, second) = (scenario.user("First").await, scenario.user("Second").await);
        let at = |seconds| scenario.now.plus_seconds(seconds);
        let mut transaction = store.begin().await.unwrap();
        for (user, from, until) in [(first, 0, Some(10)), (second, 20, None)] {
            let spell = agent_ids::AgentId {
                id: AgentIdId::from_bytes(fresh()),
                user,
                value: "201".to_owned(),
                from: at(from),
                until: until.map(at),
            };
            assert_eq!(agent_ids::add(&mut transaction, scenario.organisation, &spell).await.unwrap(), None);
        }
        transaction.commit().await.unwrap();
        let asked = [(-1, None), (0, Some(first)), (9, Some(first)), (10, None), (19, None), (20, Some(second))];
        for (seconds, expected) in asked {
            let found =
                conversations::attribute(&mut store.reader(), scenario.organisation, "201", at(seconds)).await.unwrap();
            assert_eq!(found, expected, "at {seconds}");
        }
        let unknown = conversations::attribute(&mut store.reader(), scenario.organisation, "20", at(5)).await.unwrap();
        assert_eq!(unknown, None);
    });
}

#[test]
fn moving_an_agent_later_moves_none_of_their_conversations() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (agent, lead) = (scenario.user("Agent").await, scenario.user("Lead").await);
        let (sales, support) = (scenario.group("Sales").await, scenario.group("Support").await);
        scenario.give(lead, BuiltInRole::Supervisor, Limit::Supervised, None).await;
        let at = |seconds: i64| -> Timestamp { scenario.now.plus_seconds(seconds) };
        let mut transaction = store.begin().await.unwrap();
        let organisation = scenario.organisation;
        let (member, supervisor) = (groups::Bond::Member, groups::Bond::Supervisor);
        groups::join(&mut transaction, organisation, member, (sales, agent), at(-100), at(-100)).await.unwrap();
        groups::leave(&mut transaction, organisation, member, (sales, agent), at(-50)).await.unwrap();
        groups::join(&mut transaction, organisation, member, (support, agent), at(-50), at(-50)).await.unwrap();
        groups::join(&mut transaction, organisation, supervisor, (sales, lead), at(-10), at(-10)).await.unwrap();
        transaction.commit().await.unwrap();
        let mut ids = Vec::new();
        for seconds in [-101, -100, -51, -50] {
            let mut new = scenario.conversation(seconds);
            let stamp = conversations::stamp(&mut store.reader(), organisation, agent, new.started_at).await.unwrap();
            (new.agent, new.groups) = (Some(agent), stamp);
            scenario.add(&new).await;
            ids.push(new.id);
        }
        let stamps = [vec![], vec![sales], vec![sales], vec![support]];
        for (id, stamp) in ids.iter().zip(&stamps) {
            assert_eq!(scenario.thing(*id).await.groups(), stamp);
        }
        // The lead of sales sees what was made in sales, although the agent is gone from there.
        let scope = scenario.scope::<marks::ConversationsView>(lead).await;
        let seen = scenario.list(&scope, &Filter::default()).await;
        assert_eq!(seen, [ids[2], ids[1]]);
        let mut transaction = store.begin().await.unwrap();
        groups::leave(&mut transaction, organisation, supervisor, (sales, lead), at(0)).await.unwrap();
        transaction.commit().await.unwrap();
        let scope = scenario.scope::<marks::ConversationsView>(lead).await;
        assert!(scenario.list(&scope, &Filter::default()).await.is_empty(), "not supervised any more");
    });
}

#[test]
fn supervising_counts_from_its_beginning_until_before_its_end() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (lead, group) = (scenario.user("Lead").await, scenario.group("Sales").await);
        let at = |seconds: i64| -> Timestamp { scenario.now.plus_seconds(seconds) };
        let mut transaction = store.begin().await.unwrap();
        let bond = groups::Bond::Supervisor;
        groups::join(&mut transaction, scenario.organisation, bond, (group, lead), at(0), at(0)).await.unwrap();
        groups::leave(&mut transaction, scenario.organisation, bond, (group, lead), at(10)).await.unwrap();
        transaction.commit().await.unwrap();
        for (seconds, supervises) in [(-1, false), (0, true), (9, true), (10, false)] {
            let found =
                access::supervised_groups(&mut store.reader(), scenario.organisation, lead, at(seconds)).await.unwrap();
            assert_eq!(found, if supervises { vec![group] } else { vec![] }, "at {seconds}");
        }
    });
}

#[test]
fn a_role_counts_until_before_its_end() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let user = scenario.user("For a while").await;
        scenario.give(user, BuiltInRole::Analyst, Limit::None, Some(scenario.now.plus_seconds(10))).await;
        let new = scenario.conversation(0);
        scenario.add(&new).await;
        let thing = scenario.thing(new.id).await;
        for (seconds, may) in [(9, true), (10, false), (11, false)] {
            let now = scenario.now.plus_seconds(seconds);
            let facts = access::user_caller(&mut store.reader(), scenario.organisation, user, now).await.unwrap();
            assert_eq!(decide(&facts, Permission::ConversationsView, &thing).allowed(), may, "at {seconds}");
            assert_eq!(facts.valid_until(), may.then(|| scenario.now.plus_seconds(10)));
        }
    });
}

#[test]
fn by_choice_a_supervisor_reaches_only_what_began_since_their_appointment() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        // A list of one group is merged, one of many is looked up row by row, and words are searched in the index.
        for (others, chosen) in [(0, false), (0, true), (40, true)] {
            let scenario = Scenario::in_store(&store).await;
            let (lead, group) = (scenario.user("Lead").await, scenario.group("Sales").await);
            scenario.give(lead, BuiltInRole::Supervisor, Limit::Supervised, None).await;
            let mut groups_of_lead = vec![group];
            for number in 0..others {
                groups_of_lead.push(scenario.group(&format!("Team {number}")).await);
            }
            let appointed = scenario.now.plus_seconds(-5);
            let mut transaction = store.begin().await.unwrap();
            for one in groups_of_lead {
                let tie = (one, lead);
                let bond = groups::Bond::Supervisor;
                groups::join(&mut transaction, scenario.organisation, bond, tie, appointed, appointed).await.unwrap();
            }
            if chosen {
                let wish = Wish { channel: None, key: "groups_since_appointment".to_owned(), value: Some(true.into()) };
                let wished = Settings::defaults(REGISTRY).with(&[wish]).unwrap();
                let by = ("user".to_owned(), scenario.admin.to_string());
                let save =
                    settings::Save { version: 1, at: scenario.now, by, restored: None, changes: Default::default() };
                settings::save(&mut transaction, scenario.organisation, &wished, &save).await.unwrap();
            }
            transaction.commit().await.unwrap();
            let mut expected = Vec::new();
            for seconds in [-10, -6, -5, -2] {
                let mut new = scenario.conversation(seconds);
                (new.groups, new.contact) = (vec![group], Some("Grace".to_owned()));
                scenario.add(&new).await;
                let is_reached = !chosen || seconds >= -5;
                let facts = scenario.facts(lead).await;
                let thing = scenario.thing(new.id).await;
                assert_eq!(decide(&facts, Permission::ConversationsView, &thing).allowed(), is_reached, "{seconds}");
                if is_reached {
                    expected.insert(0, new.id);
                }
            }
            let scope = scenario.scope::<marks::ConversationsView>(lead).await;
            assert_eq!(scenario.list(&scope, &Filter::default()).await, expected, "{others} others");
            let words = Filter { words: Query::typed("grace"), ..Filter::default() };
            assert_eq!(scenario.list(&scope, &words).await, expected, "{others} others, searched");
        }
    });
}

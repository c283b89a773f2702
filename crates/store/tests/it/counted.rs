//! Conversations are counted by class, day and agent as they stand, whatever is done to them.

use crate::scenario::Scenario;
use soundkeep_domain::access::{BuiltInRole, Limit, RecordState, marks};
use soundkeep_domain::conversations::{Direction, Source};
use soundkeep_domain::{ConversationId, GroupId, OrganisationId, UserId};
use soundkeep_store::conversations::attribution::{self, Selection};
use soundkeep_store::conversations::{self, Change};
use soundkeep_store::counts::{self, Class, Counted};
use soundkeep_store::{Store, access, bulk};
use soundkeep_testkit::{Backend, for_each_backend};
use std::collections::HashMap;

const DAY_MICROS: i64 = 86_400_000_000;

type ByClass = HashMap<(Class, i64), i64>;
type ByAgent = HashMap<(UserId, Class), i64>;

/// What is counted is what counting one by one gives.
pub(crate) async fn agree(
    store: &Store,
    organisation: OrganisationId,
    conversations: impl IntoIterator<Item = ConversationId>,
) {
    let mut reader = store.reader();
    let (mut by_class, mut by_day, mut by_agent) = (ByClass::new(), ByClass::new(), ByAgent::new());
    for id in conversations {
        let thing = access::thing(&mut reader, organisation, id).await.unwrap();
        let class = Class::of(&thing);
        let day = thing.traits().started_at.as_unix_micros().div_euclid(DAY_MICROS);
        *by_class.entry((class.clone(), 0)).or_default() += 1;
        *by_day.entry((class.clone(), day)).or_default() += 1;
        for agent in thing.agents() {
            *by_agent.entry((*agent, class.clone())).or_default() += 1;
        }
    }
    let classes = |counted: &[Counted]| -> ByClass {
        let day = |one: &Counted| one.thing.traits().started_at.as_unix_micros() / DAY_MICROS;
        counted.iter().map(|one| ((Class::of(&one.thing), day(one)), one.conversations)).collect()
    };
    let whole = counts::load(&mut reader, organisation, false).await.unwrap();
    assert_eq!(classes(&whole.classes), by_class);
    let daily = counts::load(&mut reader, organisation, true).await.unwrap();
    assert_eq!(classes(&daily.classes), by_day);
    let of_agents: ByAgent = whole
        .of_agents
        .iter()
        .flat_map(|(agent, counted)| counted.iter().map(|one| ((*agent, Class::of(&one.own)), one.conversations)))
        .collect();
    assert_eq!(of_agents, by_agent);
    for (agent, counted) in whole.of_agents {
        assert!(counted.iter().all(|one| one.own.agents() == [agent] && one.another.agents().is_empty()));
    }
}

async fn hand_over(scenario: &Scenario, id: ConversationId, version: i64, agent: Option<(UserId, GroupId)>) {
    let edit = scenario.permit::<marks::ConversationsEdit>(id).await;
    let groups = agent.iter().map(|(_, group)| *group).collect();
    let change = Change { agent: Some((agent.map(|(agent, _)| agent), groups)), ..Change::default() };
    let mut transaction = scenario.store.begin().await.unwrap();
    conversations::change(&mut transaction, &edit, version, &change, scenario.now).await.unwrap();
    transaction.commit().await.unwrap();
}

#[test]
fn every_change_of_a_conversation_is_counted() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (one, other) = (scenario.user("One").await, scenario.user("Other").await);
        let (here, there) = (scenario.group("Here").await, scenario.group("There").await);
        let mut filed = Vec::new();
        for seconds in [0, 60, 100_000] {
            let mut new = scenario.conversation(seconds);
            (new.agent, new.groups) = (Some(one), vec![there, here]);
            scenario.add(&new).await;
            filed.push(new.id);
        }
        let lonely = scenario.conversation(0);
        scenario.add(&lonely).await;
        let mut heard = scenario.conversation(30);
        (heard.direction, heard.source) = (Direction::Outbound, Source::Import);
        scenario.heard(&heard).await;
        let being_read = scenario.conversation(31);
        scenario.recorded(&being_read).await;
        filed.extend([lonely.id, heard.id, being_read.id]);
        agree(&store, scenario.organisation, filed.clone()).await;
        assert_eq!(scenario.thing(heard.id).await.state(), RecordState::Ready);

        hand_over(&scenario, filed[0], 1, Some((other, here))).await;
        hand_over(&scenario, filed[1], 1, None).await;
        agree(&store, scenario.organisation, filed.clone()).await;

        scenario.erase(heard.id).await;
        agree(&store, scenario.organisation, filed.clone()).await;

        scenario.give(one, BuiltInRole::Agent, Limit::None, None).await;
        let scope = scenario.scope::<marks::ConversationsEdit>(scenario.admin).await;
        let selection = Selection::default();
        let found = attribution::next(&mut store.reader(), &scope, &selection, None, 10).await.unwrap();
        assert_eq!(found.len(), 3);
        let mut transaction = store.begin().await.unwrap();
        attribution::correct(&mut transaction, &scope, &found, other, scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        agree(&store, scenario.organisation, filed.clone()).await;

        let mut transaction = store.begin().await.unwrap();
        let mut many = Vec::new();
        for at in 0..500 {
            let mut new = scenario.conversation(1_000_000 + at * 5000);
            (new.agent, new.groups) = (Some(one), vec![here]);
            filed.push(new.id);
            many.push((new.started_at.as_unix_micros() * 1024, new));
        }
        bulk::add_at(&mut transaction, scenario.organisation, &many, &HashMap::new()).await.unwrap();
        transaction.commit().await.unwrap();
        agree(&store, scenario.organisation, filed).await;
    });
}

#[test]
fn what_is_not_committed_is_not_counted() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let kept = scenario.conversation(0);
        scenario.add(&kept).await;
        let mut transaction = store.begin().await.unwrap();
        conversations::add(&mut transaction, scenario.organisation, &scenario.conversation(1)).await.unwrap();
        drop(transaction);
        agree(&store, scenario.organisation, [kept.id]).await;
    });
}

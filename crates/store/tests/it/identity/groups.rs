//! Groups and agent ids: spells that end and are never overwritten.

use super::harness::{Fresh, at, commit, random, stores};
use soundkeep_domain::{AgentIdId, GroupId, Timestamp, UserId};
use soundkeep_store::identity::groups::Bond;
use soundkeep_store::identity::{NamePage, agent_ids, groups};
use soundkeep_store::{Error, access, conversations};

pub(super) async fn join(
    fresh: &Fresh,
    bond: Bond,
    group: GroupId,
    user: UserId,
    from: Timestamp,
    now: Timestamp,
) -> bool {
    let pair = (group, user);
    commit!(fresh, |transaction| groups::join(transaction, fresh.organisation, bond, pair, from, now)).unwrap()
}

pub(super) async fn leave(fresh: &Fresh, bond: Bond, group: GroupId, user: UserId, now: Timestamp) -> bool {
    let pair = (group, user);
    commit!(fresh, |transaction| groups::leave(transaction, fresh.organisation, bond, pair, now)).unwrap()
}

#[tokio::test]
async fn leaving_a_group_keeps_the_past() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        assert!(join(&fresh, Bond::Member, sales, ada, at(10), at(10)).await);
        assert!(!join(&fresh, Bond::Member, sales, ada, at(20), at(20)).await, "joining twice is once");
        assert!(leave(&fresh, Bond::Member, sales, ada, at(30)).await);
        assert!(!leave(&fresh, Bond::Member, sales, ada, at(31)).await);
        assert!(join(&fresh, Bond::Member, sales, ada, at(40), at(40)).await);
        let mut reader = fresh.store.reader();
        for (seconds, member) in [(9, false), (10, true), (29, true), (30, false), (39, false), (40, true), (99, true)]
        {
            let stamp = conversations::stamp(&mut reader, fresh.organisation, ada, at(seconds)).await.unwrap();
            assert_eq!(stamp.contains(&sales), member, "{seconds}");
        }
        let ties = groups::of_users(&mut reader, fresh.organisation, Bond::Member, &[ada], at(50)).await.unwrap();
        assert_eq!(ties.len(), 1);
        assert_eq!(ties[0].group_name, "Sales");
    }
}

#[tokio::test]
async fn leaving_and_joining_in_one_moment_goes_on() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        for _ in 0..2 {
            assert!(join(&fresh, Bond::Supervisor, sales, ada, at(10), at(10)).await);
            assert!(leave(&fresh, Bond::Supervisor, sales, ada, at(10)).await);
        }
        assert!(join(&fresh, Bond::Supervisor, sales, ada, at(10), at(10)).await);
        let mut reader = fresh.store.reader();
        let groups = access::supervised_groups(&mut reader, fresh.organisation, ada, at(11)).await.unwrap();
        assert_eq!(groups, [sales]);
    }
}

#[tokio::test]
async fn an_earlier_beginning_reaches_back_and_does_not_end_again() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        join(&fresh, Bond::Member, sales, ada, at(10), at(10)).await;
        leave(&fresh, Bond::Member, sales, ada, at(20)).await;
        assert!(join(&fresh, Bond::Member, sales, ada, at(15), at(30)).await);
        let mut reader = fresh.store.reader();
        for seconds in [10, 19, 20, 25, 31] {
            let stamp = conversations::stamp(&mut reader, fresh.organisation, ada, at(seconds)).await.unwrap();
            assert_eq!(stamp, [sales], "{seconds}");
        }
    }
}

#[tokio::test]
async fn a_closed_group_is_nowhere_but_in_the_past() {
    for fresh in stores().await {
        let (ada, sales) = (fresh.user("Ada").await, fresh.group("Sales").await);
        join(&fresh, Bond::Member, sales, ada, at(10), at(10)).await;
        commit!(fresh, |transaction| groups::close(transaction, fresh.organisation, sales, at(20))).unwrap();
        let mut reader = fresh.store.reader();
        assert!(matches!(groups::get(&mut reader, fresh.organisation, sales).await, Err(Error::NotFound)));
        let all = NamePage { limit: 9, ..NamePage::default() };
        assert_eq!(groups::page(&mut reader, fresh.organisation, &all).await.unwrap(), []);
        let stamp = async |seconds| {
            conversations::stamp(&mut fresh.store.reader(), fresh.organisation, ada, at(seconds)).await.unwrap()
        };
        assert_eq!(stamp(15).await, [sales]);
        assert_eq!(stamp(25).await, []);
        fresh.group("sales").await;
        let twin = GroupId::make(at(0), &random());
        let taken = commit!(fresh, |transaction| groups::add(transaction, fresh.organisation, twin, "SALES", at(30)));
        assert!(matches!(taken, Err(Error::Conflict(_))));
    }
}

async fn give(fresh: &Fresh, user: UserId, value: &str, from: i64, until: Option<i64>) -> Option<UserId> {
    let new = agent_ids::AgentId {
        id: AgentIdId::make(at(0), &random()),
        user,
        value: value.to_owned(),
        from: at(from),
        until: until.map(at),
    };
    let other = commit!(fresh, |transaction| agent_ids::add(transaction, fresh.organisation, &new)).unwrap();
    other.map(|other| other.user)
}

#[tokio::test]
async fn an_agent_id_is_one_users_at_a_time() {
    for fresh in stores().await {
        let (ada, bob) = (fresh.user("Ada").await, fresh.user("Bob").await);
        assert_eq!(give(&fresh, ada, "201", 10, Some(20)).await, None);
        for (from, until) in [(10, Some(20)), (0, Some(11)), (19, None), (12, Some(13)), (0, None)] {
            assert_eq!(give(&fresh, bob, "201", from, until).await, Some(ada), "{from} {until:?}");
        }
        assert_eq!(give(&fresh, bob, "201", 20, None).await, None);
        assert_eq!(give(&fresh, ada, "201", 0, Some(10)).await, None);
        assert_eq!(give(&fresh, bob, "202", 12, None).await, None);
        let mut reader = fresh.store.reader();
        for (seconds, holder) in [(0, Some(ada)), (15, Some(ada)), (20, Some(bob)), (99, Some(bob))] {
            let found = conversations::attribute(&mut reader, fresh.organisation, "201", at(seconds)).await.unwrap();
            assert_eq!(found, holder, "{seconds}");
        }
    }
}

#[tokio::test]
async fn an_ended_agent_id_is_free_and_its_past_stays() {
    for fresh in stores().await {
        let (ada, bob) = (fresh.user("Ada").await, fresh.user("Bob").await);
        give(&fresh, ada, "201", 10, None).await;
        give(&fresh, ada, "300", 90, None).await;
        let held = agent_ids::of_users(&mut fresh.store.reader(), fresh.organisation, &[ada]).await.unwrap();
        for each in &held {
            let end = |user| agent_ids_end(&fresh, user, each.id);
            assert!(matches!(end(bob).await, Err(Error::NotFound)), "it isn't Bob's");
            end(ada).await.unwrap();
            assert!(matches!(end(ada).await, Err(Error::NotFound)), "it has ended");
        }
        assert_eq!(give(&fresh, bob, "201", 50, None).await, None);
        assert_eq!(give(&fresh, bob, "300", 0, None).await, None, "it never began");
        let mut reader = fresh.store.reader();
        let found = conversations::attribute(&mut reader, fresh.organisation, "201", at(49)).await.unwrap();
        assert_eq!(found, Some(ada));
        assert_eq!(agent_ids::of_users(&mut reader, fresh.organisation, &[ada]).await.unwrap().len(), 1);
    }
}

async fn agent_ids_end(fresh: &Fresh, user: UserId, id: AgentIdId) -> Result<agent_ids::AgentId, Error> {
    commit!(fresh, |transaction| agent_ids::end(transaction, fresh.organisation, user, id, at(50)))
}

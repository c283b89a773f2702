//! Pages follow a cursor: nothing is shown twice or left out, whatever comes in meanwhile.

use crate::scenario::{NEWEST, Scenario};
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::{ScopeOf, marks};
use soundkeep_store::conversations::{self, COUNT_EXACT_MAX, Cursor, Filter, NewConversation, Sort, SortBy};
use soundkeep_store::search::Query;
use soundkeep_store::{Error, Store};
use soundkeep_testkit::{Backend, for_each_backend};

const LONGEST: Sort = Sort { by: SortBy::Duration, descending: true };

async fn page(
    store: &Store,
    scope: &ScopeOf<marks::ConversationsView>,
    (filter, sort): (&Filter, Sort),
    after: Option<Cursor>,
) -> (Vec<ConversationId>, Option<Cursor>) {
    let rows = conversations::list(&mut store.reader(), scope, filter, sort, after, 3).await.unwrap();
    let next = rows.last().map(|last| Cursor {
        duration_ms: if sort.by == SortBy::Duration { last.duration_ms.unwrap_or(0) } else { 0 },
        ord: last.ord,
    });
    (rows.iter().map(|row| row.facts.conversation()).collect(), next)
}

fn named(mut new: NewConversation, duration_ms: Option<i64>) -> NewConversation {
    new.contact = Some("Everybody".to_owned());
    new.duration_ms = duration_ms;
    new
}

#[test]
fn what_comes_in_while_somebody_pages_disturbs_no_page() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let searched = Filter { words: Query::typed("everybody"), ..Filter::default() };
        for (filter, sort) in [(&Filter::default(), NEWEST), (&Filter::default(), LONGEST), (&searched, NEWEST)] {
            let scenario = Scenario::in_store(&store).await;
            let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
            let mut there = Vec::new();
            for number in 0..9 {
                // Three begin at once each time, and as many are equally long.
                let new = named(scenario.conversation(number / 3 * 10), Some(number / 3 * 1000));
                there.push((scenario.add(&new).await, new.id));
            }
            there.sort();
            let expected: Vec<ConversationId> = there.iter().rev().map(|(_, id)| *id).collect();
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let (ids, next) = page(&store, &scope, (filter, sort), after).await;
                if ids.is_empty() {
                    break;
                }
                found.extend(ids);
                after = next;
                // Something newer and longer than all that was shown.
                let newer = named(scenario.conversation(1000), Some(99_000));
                scenario.add(&newer).await;
            }
            assert_eq!(found, expected);
        }
    });
}

#[test]
fn conversations_that_begin_at_once_all_have_their_place() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let mut new = scenario.conversation(0);
            // The last bits of the id ask for one and the same place.
            let mut id = *new.id.as_bytes();
            (id[14], id[15]) = (1, 255);
            new.id = ConversationId::from_bytes(id);
            assert!(places.insert(scenario.add(&new).await));
        }
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        assert_eq!(scenario.list(&scope, &Filter::default()).await.len(), 20);
    });
}

#[test]
fn garbage_is_no_cursor() {
    let real = Cursor { duration_ms: 1234, ord: 1_700_000_000_000_000 * 1024 };
    assert_eq!(Cursor::parse(&real.text()).unwrap(), real);
    let garbage = ["", ".", "1", "1.", ".1", "x.1", "1.x", "1.2.3", " 1.2", "1. 2", "ffffffffffffffff.0", "1.2\u{0}"];
    for text in garbage {
        assert!(matches!(Cursor::parse(text), Err(Error::BadCursor)), "{text:?}");
    }
}

#[test]
fn any_cursor_gives_a_page_and_no_error() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        scenario.add(&scenario.conversation(0)).await;
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        for text in ["0.0", "7fffffffffffffff.7fffffffffffffff", "-1.-1", "-8000000000000000.0"] {
            let cursor = Cursor::parse(text).unwrap();
            for sort in [NEWEST, LONGEST] {
                let (ids, _) = page(&store, &scope, (&Filter::default(), sort), Some(cursor)).await;
                assert_eq!(ids.len(), usize::from(text.starts_with('7')), "{text}");
            }
        }
    });
}

#[test]
fn counts_are_exact_to_a_thousand_and_exact_on_request() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let group = scenario.group("Everybody").await;
        let lead = scenario.user("Lead").await;
        let limit = soundkeep_domain::access::Limit::Named(vec![group]);
        scenario.give(lead, soundkeep_domain::access::BuiltInRole::Analyst, limit, None).await;
        let mut transaction = store.begin().await.unwrap();
        for number in 0..COUNT_EXACT_MAX + 2 {
            let mut new = named(scenario.conversation(number), None);
            new.groups = vec![group];
            conversations::add(&mut transaction, scenario.organisation, &new).await.unwrap();
            if number == COUNT_EXACT_MAX - 2 {
                transaction.commit().await.unwrap();
                check_count(&scenario, lead, COUNT_EXACT_MAX - 1).await;
                transaction = store.begin().await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
        check_count(&scenario, lead, COUNT_EXACT_MAX + 2).await;
    });
}

async fn check_count(scenario: &Scenario, lead: soundkeep_domain::UserId, exact: i64) {
    let filters = [Filter::default(), Filter { words: Query::typed("everybody"), ..Filter::default() }];
    for user in [scenario.admin, lead] {
        let scope = scenario.scope::<marks::ConversationsView>(user).await;
        for filter in &filters {
            let mut reader = scenario.store.reader();
            assert_eq!(conversations::count(&mut reader, &scope, filter, true).await.unwrap(), exact);
            let quick = conversations::count(&mut reader, &scope, filter, false).await.unwrap();
            assert_eq!(quick, exact.min(COUNT_EXACT_MAX + 1));
        }
    }
}

//! On random worlds: what the store witnesses decides as the naive evaluator does, and every list is what filtering
//! with `decide()` leaves.

use crate::sql::poison;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use soundkeep_domain::access::{
    CallerFacts, Column, Gate, Permission, RecordState, ScopeOf, ScopedPermission, authorize, authorize_list,
    authorize_plain, decide, decide_plain, marks,
};
use soundkeep_domain::conversations::{Channel, Direction, masked};
use soundkeep_domain::{ConversationId, GroupId};
use soundkeep_store::conversations::{self, Conversation, Cursor, Filter, Sort, SortBy};
use soundkeep_store::policy::Policy;
use soundkeep_store::{Store, access};
use soundkeep_testkit::reference::lists::{self, Narrowing};
use soundkeep_testkit::reference::{Verdict, agent_of, is_stamped_with, judge, judge_plain, shows};
use soundkeep_testkit::world::filing::{self, Places};
use soundkeep_testkit::world::plan::{self, Size};
use soundkeep_testkit::world::{Caller, Organisation, World};
use soundkeep_testkit::{Backend, backend};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// The same worlds each time; set `SOUNDKEEP_TEST_WORLDS` to look at more of them.
const WORLDS: u32 = 28;
const SIZE: Size = Size { users: 5, conversations: 18 };

fn runner() -> TestRunner {
    let cases = std::env::var("SOUNDKEEP_TEST_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(WORLDS);
    let config = Config {
        cases,
        max_shrink_iters: 300,
        max_shrink_time: 15_000,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

#[test]
fn decisions_and_lists_agree_with_the_naive_evaluator() {
    // They mostly wait for their databases: at once takes half the time.
    std::thread::scope(|threads| {
        for backend in Backend::all() {
            threads.spawn(move || agree_on(&backend));
        }
    });
}

fn agree_on(backend: &Backend) {
    let runtime = backend::runtime();
    let store = runtime.block_on(backend.open());
    let serial = AtomicU32::new(0);
    let shares = Mutex::new(Shares::default());
    let outcome = runner().run(&plan::plans(SIZE), |plan| {
        let world = plan.world(serial.fetch_add(1, Ordering::Relaxed));
        runtime.block_on(check(&world, backend, &store, &shares));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("on {:?}: {failure}", backend.dialect());
    }
    shares.into_inner().unwrap().tell(&format!("{:?}", backend.dialect()));
}

/// How often each gate decided.
#[derive(Default)]
struct Shares {
    verdicts: BTreeMap<Option<Gate>, u64>,
    /// Lists and their rows, by how the store walks them.
    walks: BTreeMap<&'static str, (u64, u64)>,
}

/// How the store walks a list of this scope.
fn walk<P: ScopedPermission>(scope: &ScopeOf<P>, searched: bool) -> &'static str {
    match (searched, scope.everything(), scope.groups().len()) {
        (false, true, _) => "everything",
        (false, false, 0..=32) => "a few groups, merged",
        (false, false, _) => "many groups, row by row",
        (true, true, _) => "a search of everything",
        (true, false, 0..=32) => "a search of a few groups",
        (true, false, _) => "a search of many groups",
    }
}

impl Shares {
    fn tell(&self, which: &str) {
        let all: u64 = self.verdicts.values().sum();
        println!("{which}: {all} decisions about conversations");
        for (gate, count) in &self.verdicts {
            println!("  {:5.1} % {}", percent(*count, all), gate.map_or("allowed", Gate::key));
        }
        for gate in Gate::ORDER {
            let count = self.verdicts.get(&Some(gate)).copied().unwrap_or(0);
            assert!(percent(count, all) >= 3.0, "{} decides too seldom", gate.key());
        }
        assert!(percent(self.verdicts.get(&None).copied().unwrap_or(0), all) >= 3.0, "too little is allowed");
        let lists: u64 = self.walks.values().map(|(lists, _)| lists).sum();
        println!("{which}: {lists} lists");
        for (walk, (count, rows)) in &self.walks {
            println!("  {:5.1} % {walk}: {rows} rows", percent(*count, lists));
            assert!(percent(*count, lists) >= 1.0 && *rows >= 20, "{walk} is seldom");
        }
        assert_eq!(self.walks.len(), 6);
    }
}

fn percent(part: u64, all: u64) -> f64 {
    let share = part.saturating_mul(1000) / all.max(1);
    f64::from(u32::try_from(share).unwrap()) / 10.0
}

async fn check(world: &World, backend: &Backend, store: &Store, shares: &Mutex<Shares>) {
    let places = filing::file(world, store).await;
    poison(world, backend, store, &places).await;
    let mut draw = Draw(7);
    for home in &world.organisations {
        crate::counted::agree(store, home.id, home.conversations.iter().map(|one| one.id)).await;
        let policy = Policy::load(&mut store.reader(), home.id, world.now).await.unwrap();
        for caller in home.callers() {
            let facts = filing::facts(store, home, caller, world.now).await;
            check_policy(store, (home, caller), &facts, &policy).await;
            check_decisions(world, store, (home, caller), &facts, shares).await;
            let asked = Asked { world, store, home, caller, facts: &facts, places: &places, shares };
            asked.lists::<marks::ConversationsView>(&mut draw).await;
            asked.lists::<marks::RecordingsPlay>(&mut draw).await;
            asked.lists::<marks::RecordingsDelete>(&mut draw).await;
            asked.lists::<marks::ConversationsEdit>(&mut draw).await;
        }
    }
}

/// The rights of everybody, read at once, decide as those of one who asks do.
async fn check_policy(store: &Store, (home, caller): (&Organisation, Caller), facts: &CallerFacts, policy: &Policy) {
    let Caller::User(user) = caller else { return };
    let whole = policy.caller(user).unwrap();
    assert_eq!(whole.restrictions().columns(), facts.restrictions().columns());
    for conversation in &home.conversations {
        let thing = access::thing(&mut store.reader(), home.id, conversation.id).await.unwrap();
        for permission in Permission::ALL.iter().copied() {
            assert_eq!(decide(&whole, permission, &thing), decide(facts, permission, &thing));
        }
    }
}

async fn check_decisions(
    world: &World,
    store: &Store,
    (home, caller): (&Organisation, Caller),
    facts: &CallerFacts,
    shares: &Mutex<Shares>,
) {
    let mut reader = store.reader();
    for place in &world.organisations {
        // Everything elsewhere is refused by the same gate: a little of it is enough.
        let much = if place.id == home.id { place.conversations.len() } else { 1 };
        for conversation in place.conversations.iter().take(much) {
            let thing = access::thing(&mut reader, place.id, conversation.id).await.unwrap();
            let elsewhere = access::thing(&mut reader, other(world, place).id, conversation.id).await;
            assert!(matches!(elsewhere, Err(soundkeep_store::Error::NotFound)));
            for permission in Permission::ALL.iter().copied().filter(|permission| permission.is_scoped()) {
                let decision = decide(facts, permission, &thing);
                let said = match decision.deciding() {
                    None => Verdict::Allowed,
                    Some(result) => Verdict::Refused(result.gate),
                };
                let wanted = judge(world, (home, caller), permission, (place, conversation));
                assert_eq!(said, wanted, "{permission} for {caller:?} on {conversation:?}: {decision:?}");
                assert_eq!(decision.allowed(), said == Verdict::Allowed);
                let gate = decision.deciding().map(|result| result.gate);
                *shares.lock().unwrap().verdicts.entry(gate).or_default() += 1;
            }
            let permit = authorize::<marks::RecordingsPlay>(facts, &thing);
            assert_eq!(permit.is_ok(), decide(facts, Permission::RecordingsPlay, &thing).allowed());
        }
    }
    for permission in Permission::ALL.iter().copied() {
        let said = match decide_plain(facts, permission).deciding() {
            None => Verdict::Allowed,
            Some(result) => Verdict::Refused(result.gate),
        };
        assert_eq!(said, judge_plain(world, home, caller, permission), "{permission} for {caller:?}");
    }
    let may_read = judge_plain(world, home, caller, Permission::AuditView) == Verdict::Allowed;
    assert_eq!(authorize_plain::<marks::AuditView>(facts).is_ok(), may_read);
}

fn other<'world>(world: &'world World, than: &Organisation) -> &'world Organisation {
    world.organisations.iter().find(|organisation| organisation.id != than.id).unwrap()
}

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
    fn from<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }
}

struct Asked<'a> {
    world: &'a World,
    store: &'a Store,
    home: &'a Organisation,
    caller: Caller,
    facts: &'a CallerFacts,
    places: &'a Places,
    shares: &'a Mutex<Shares>,
}

const SORTS: [Sort; 4] = [
    Sort { by: SortBy::Started, descending: true },
    Sort { by: SortBy::Started, descending: false },
    Sort { by: SortBy::Duration, descending: true },
    Sort { by: SortBy::Duration, descending: false },
];
const LIMITS: [u32; 5] = [1, 2, 3, 7, 100];
const TYPED: [&str; 20] = [
    "anna",
    "ann",
    "an",
    "BERG",
    "berg ",
    "müller",
    "ida's",
    "refund",
    "refun",
    "refun ",
    "vip",
    "anna refund",
    "ärger",
    "иван",
    "4567",
    "49301",
    "301234567",
    "201",
    "20",
    "24",
];
const NUMBERS: [&str; 6] = ["+49 30", "4567", "201", "9999", "0044", "7"];

impl Asked<'_> {
    async fn lists<P: ScopedPermission>(&self, draw: &mut Draw) {
        let is_seen = |column| shows(self.world, self.home, self.caller, column);
        for sort in SORTS.into_iter().filter(|sort| sort.by == SortBy::Started || is_seen(Column::Duration)) {
            let narrowed = match draw.below(2) {
                0 => self.narrowed(draw),
                _ => self.searched(draw, false),
            };
            let narrowings = [Narrowing::default(), narrowed, self.searched(draw, true)];
            for narrowing in narrowings {
                let limit = draw.from(&LIMITS);
                self.list::<P>(&narrowing, sort, limit).await;
            }
        }
    }

    async fn list<P: ScopedPermission>(&self, narrowing: &Narrowing, sort: Sort, limit: u32) {
        let expected = lists::list(self.world, (self.home, self.caller), P::PERMISSION, narrowing, sort, self.places);
        let told = || format!("{} for {:?}, {narrowing:?}, {sort:?}, by {limit}", P::PERMISSION, self.caller);
        let Ok(scope) = authorize_list::<P>(self.facts) else {
            assert_eq!(expected, [], "refused as a whole: {}", told());
            return;
        };
        let mut reader = self.store.reader();
        let filter = narrowing.filter();
        let (mut found, mut after): (Vec<ConversationId>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = conversations::list(&mut reader, &scope, &filter, sort, after, limit).await.unwrap();
            assert!(page.len() <= usize::try_from(limit).unwrap());
            for row in &page {
                let decision = decide(self.facts, P::PERMISSION, &row.facts);
                assert!(decision.allowed(), "{decision:?}: {}", told());
                self.check_row(row);
            }
            found.extend(page.iter().map(|row| row.facts.conversation()));
            let Some(last) = page.last() else { break };
            after = Some(cursor(last, sort));
            assert!(found.len() <= expected.len(), "more than there are: {}", told());
        }
        assert_eq!(found, expected, "{}", told());
        let count = conversations::count(&mut reader, &scope, &filter, limit.is_multiple_of(2)).await.unwrap();
        assert_eq!(count, i64::try_from(expected.len()).unwrap(), "{}", told());
        let mut shares = self.shares.lock().unwrap();
        let rules = scope.restrictions().rows().any(|rules| !rules.numbers().is_empty() || !rules.tags().is_empty());
        let walked = shares.walks.entry(walk(&scope, rules || filter.words.is_some() || filter.number.is_some()));
        let (lists, rows) = walked.or_default();
        *lists += 1;
        *rows += u64::try_from(found.len()).unwrap();
    }

    /// A row shows whose it is, and nothing that belongs elsewhere.
    fn check_row(&self, row: &Conversation) {
        let id = row.facts.conversation();
        let told =
            self.home.conversations.iter().find(|one| one.id == id).expect("a conversation of this organisation");
        assert_eq!(row.ord, self.places[&id]);
        assert_eq!(row.facts.agents(), agent_of(self.home, told).as_slice());
        let is_seen = |column| shows(self.world, self.home, self.caller, column);
        assert_eq!(row.columns, Column::ALL.iter().copied().filter(|column| is_seen(*column)).collect());
        assert_eq!(row.agents.len(), if is_seen(Column::Agents) { row.facts.agents().len() } else { 0 });
        assert_eq!(row.groups.len(), if is_seen(Column::Groups) { row.facts.groups().len() } else { 0 });
        let erased = told.state == RecordState::Erased;
        let kept = |value: &Option<String>, column| value.clone().filter(|_| !erased && is_seen(column));
        assert_eq!(row.contact, kept(&told.contact, Column::Contact));
        assert_eq!(row.agent_label, kept(&told.agent_label, Column::Agents));
        let number = |value: &Option<String>| match (is_seen(Column::Number), is_seen(Column::MaskedNumber)) {
            (true, _) => kept(value, Column::Number),
            (false, true) => kept(value, Column::MaskedNumber).as_deref().map(masked),
            (false, false) => None,
        };
        assert_eq!(row.from_number, number(&told.from_number));
        assert_eq!(row.to_number, number(&told.to_number));
        assert_eq!(row.started_at, Some(told.started_at).filter(|_| is_seen(Column::Started)));
        assert_eq!(row.duration_ms, told.duration_ms.filter(|_| is_seen(Column::Duration)));
        assert_eq!(row.direction, Some(told.direction).filter(|_| is_seen(Column::Direction)));
        assert_eq!(row.channel, Some(told.channel).filter(|_| is_seen(Column::Channel)));
        assert_eq!(row.state, Some(told.state).filter(|_| is_seen(Column::Status)));
        assert_eq!(row.source, Some(told.source).filter(|_| is_seen(Column::Source)));
        assert_eq!(row.received_at.is_some(), is_seen(Column::Received));
        assert_eq!(row.external_id, None);
        let mut groups = row.facts.groups().to_vec();
        groups.sort();
        let stamped = |group: &&GroupId| is_stamped_with(self.home, told, **group);
        assert_eq!(groups, self.home.groups.iter().filter(stamped).copied().collect::<Vec<_>>());
        assert_eq!(row.facts.state(), told.state);
        let mut tags = row.tags.clone();
        tags.sort();
        assert_eq!(tags, if erased || !is_seen(Column::Tags) { Vec::new() } else { told.tags.clone() });
    }

    fn narrowed(&self, draw: &mut Draw) -> Narrowing {
        let mut fields = Filter::default();
        let starts: Vec<_> = self.home.conversations.iter().map(|one| one.started_at).collect();
        for _ in 0..=draw.below(2) {
            match draw.below(11) {
                0 => fields.from = Some(draw.from(&starts)),
                1 => fields.until = Some(draw.from(&starts)),
                2 => fields.direction = Some(draw.from(Direction::ALL)),
                3 => fields.channel = Some(draw.from(Channel::ALL)),
                4 => fields.agent = Some(draw.from(&self.home.users).id),
                5 => fields.group = Some(draw.from(&self.home.groups)),
                6 => fields.tag = Some(draw.from(&["vip", "refund", "Ärger", "none"]).to_owned()),
                7 => fields.state = Some(draw.from(&RecordState::ALL)),
                8 => fields.duration_ms_min = Some(draw.from(&[0, 1000, 2000])),
                9 => fields.duration_ms_max = Some(draw.from(&[0, 1000, 2000])),
                _ => fields.unattributed = true,
            }
        }
        Narrowing { fields, typed: None, number: None }
    }

    fn searched(&self, draw: &mut Draw, with_fields: bool) -> Narrowing {
        let plain = if with_fields { self.narrowed(draw) } else { Narrowing::default() };
        match draw.below(5) {
            0 => Narrowing { number: Some(draw.from(&NUMBERS)), ..plain },
            1 => Narrowing { number: Some(draw.from(&NUMBERS)), typed: Some(draw.from(&TYPED)), ..plain },
            _ => Narrowing { typed: Some(draw.from(&TYPED)), ..plain },
        }
    }
}

fn cursor(last: &Conversation, sort: Sort) -> Cursor {
    let duration_ms = if sort.by == SortBy::Duration { last.duration_ms.unwrap_or(0) } else { 0 };
    Cursor::parse(&Cursor { duration_ms, ord: last.ord }.text()).unwrap()
}

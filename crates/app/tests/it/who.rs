//! Who may hear a conversation, and what a user reaches, on random worlds: as the naive evaluator says it.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use soundkeep_app::access::reach::{Extent, UserReach};
use soundkeep_app::access::who::{ASKED, Asking, Outcome, Verdict as Told};
use soundkeep_app::operator;
use soundkeep_domain::access::{Gate, Permission};
use soundkeep_testkit::reference::{Verdict, agent_of, is_stamped_with, judge};
use soundkeep_testkit::vault::Objects;
use soundkeep_testkit::world::plan::{self, Size};
use soundkeep_testkit::world::{Caller, Conversation, Organisation, World, filing};
use soundkeep_testkit::{Backend, TestVault, backend};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// The same worlds each time; set `SOUNDKEEP_TEST_WORLDS` to look at more of them.
const WORLDS: u32 = 24;
const SIZE: Size = Size { users: 6, conversations: 8 };

#[test]
fn who_and_reach_agree_with_the_naive_evaluator_on_every_user_and_conversation() {
    for backend in Backend::all() {
        let runtime = backend::runtime();
        let dialect = backend.dialect();
        let vault = runtime.block_on(TestVault::start_on(backend, Objects::Disk));
        let (serial, told) = (AtomicU32::new(0), std::sync::Mutex::new(HashMap::new()));
        let cases = std::env::var("SOUNDKEEP_TEST_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(WORLDS);
        let config = Config { cases, max_shrink_time: 15_000, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&plan::plans(SIZE), |plan| {
            let world = plan.world(serial.fetch_add(1, Ordering::Relaxed));
            runtime.block_on(check(&vault, &world, &mut told.lock().unwrap()));
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("on {dialect:?}: {failure}");
        }
        let told = told.into_inner().unwrap();
        let all: u32 = told.values().sum();
        for outcome in [Outcome::May, Outcome::HeldBack, Outcome::MayNot] {
            let count = told.get(&outcome).copied().unwrap_or(0);
            assert!(count * 20 > all, "{outcome:?} is told {count} times of {all}");
        }
    }
}

async fn check(vault: &TestVault, world: &World, told: &mut HashMap<Outcome, u32>) {
    filing::file(world, &vault.store).await;
    // The worlds' time is the vault's.
    vault.clock.turn((world.now.as_unix_micros() - vault.now().as_unix_micros()) / 1_000_000);
    assert_eq!(vault.now(), world.now);
    for home in &world.organisations {
        for conversation in &home.conversations {
            check_who(vault, world, home, conversation, told).await;
        }
        for user in &home.users {
            let reach = operator::reach(&vault.vault, home.id, user.id).await.unwrap();
            check_reach(world, home, Caller::User(user.id), &reach);
        }
    }
}

async fn check_who(
    vault: &TestVault,
    world: &World,
    home: &Organisation,
    conversation: &Conversation,
    told: &mut HashMap<Outcome, u32>,
) {
    let asking = Asking { limit: u32::MAX, ..Asking::default() };
    let who = operator::who(&vault.vault, home.id, &conversation.id.to_string(), &asking).await.unwrap();
    let mut users: HashMap<_, _> = who.users.iter().map(|user| (user.person.id, &user.verdicts)).collect();
    let keeper = users.remove(&home.keeper).unwrap();
    let mut counted = HashMap::<(Permission, Outcome), u64>::new();
    let mut count = |verdicts: &[Told]| {
        for (permission, verdict) in ASKED.iter().zip(verdicts) {
            *counted.entry((*permission, verdict.outcome)).or_default() += 1;
        }
    };
    count(keeper);
    assert_eq!(users.len(), home.users.len());
    for user in &home.users {
        let verdicts = users[&user.id];
        count(verdicts);
        for (permission, verdict) in ASKED.iter().zip(verdicts) {
            let judged = judge(world, (home, Caller::User(user.id)), *permission, (home, conversation));
            agrees(verdict, judged, (user.id.to_string(), *permission));
            *told.entry(verdict.outcome).or_default() += 1;
        }
    }
    let programs: HashMap<_, _> = who.programs.iter().map(|program| (program.key, &program.verdicts)).collect();
    for (key, _) in &home.keys {
        for (at, permission) in ASKED.iter().enumerate() {
            let judged = judge(world, (home, Caller::Key(*key)), *permission, (home, conversation));
            match programs.get(key) {
                Some(verdicts) => agrees(&verdicts[at], judged, (key.to_string(), *permission)),
                None => assert_ne!(judged, Verdict::Allowed, "{key} is left out"),
            }
        }
    }
    for count in &who.counts {
        let of = |outcome| counted.get(&(count.permission, outcome)).copied().unwrap_or(0);
        assert_eq!((count.may, count.held_back), (of(Outcome::May), of(Outcome::HeldBack)));
        assert_eq!((count.may_not, count.not_told), (of(Outcome::MayNot), 0));
        let at = ASKED.iter().position(|asked| *asked == count.permission).unwrap();
        let may = programs.values().filter(|verdicts| verdicts[at].outcome == Outcome::May).count();
        assert_eq!(count.programs, u64::try_from(may).unwrap());
    }
}

fn agrees(told: &Told, judged: Verdict, about: (String, Permission)) {
    assert_eq!(told.outcome == Outcome::May, judged == Verdict::Allowed, "{about:?}: {told:?}");
    let rule = told.rule().expect("a rule");
    match judged {
        Verdict::Allowed => assert_eq!((rule.gate, rule.passed), (Gate::RoleAndScope, true), "{about:?}"),
        Verdict::Refused(gate) => assert_eq!((rule.gate, rule.passed), (gate, false), "{about:?}"),
    }
}

/// Whether some role reaches a conversation is what the ways say.
fn check_reach(world: &World, home: &Organisation, caller: Caller, reach: &UserReach) {
    let Caller::User(user) = caller else { return };
    for told in &reach.conversations {
        for conversation in &home.conversations {
            let reaches = told.ways.iter().any(|way| match &way.extent {
                Extent::Everything => true,
                Extent::Own => agent_of(home, conversation) == Some(user),
                Extent::Groups { groups, .. } => {
                    agent_of(home, conversation) == Some(user)
                        || groups.iter().any(|reached| {
                            is_stamped_with(home, conversation, reached.group)
                                && reached.since.is_none_or(|since| since <= conversation.started_at)
                        })
                }
            });
            match judge(world, (home, caller), told.permission, (home, conversation)) {
                Verdict::Refused(Gate::Account) => {}
                Verdict::Refused(Gate::RoleAndScope) => assert!(!reaches, "{user} {told:?}"),
                Verdict::Allowed => {
                    assert!(reaches, "{user} {told:?}");
                    assert!(told.refused.is_none(), "{user} {told:?}");
                }
                Verdict::Refused(_) => assert!(reaches, "{user} {told:?}"),
            }
        }
    }
}

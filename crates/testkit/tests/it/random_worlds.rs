//! On random worlds `decide()` says what the naive evaluator says, and names the same gate.

use crate::worlds::{caller_facts, thing_facts};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use soundkeep_domain::access::{
    Gate, Permission, Reason, authorize, authorize_list, authorize_plain, decide, decide_plain, marks,
};
use soundkeep_testkit::reference::{Verdict, judge, judge_plain};
use soundkeep_testkit::world::World;
use soundkeep_testkit::world::plan::{self, Size};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The same worlds each time; set `SOUNDKEEP_TEST_WORLDS` to look at more of them.
const WORLDS: u32 = 300;
const SIZE: Size = Size { users: 6, conversations: 10 };

type Shares = BTreeMap<Option<Gate>, u64>;

#[test]
fn decide_agrees_with_the_naive_evaluator_and_every_gate_decides_its_share() {
    let cases = std::env::var("SOUNDKEEP_TEST_WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(WORLDS);
    let config = Config { cases, max_shrink_time: 15_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let shares = RefCell::new((Shares::new(), BTreeMap::<&'static str, u64>::new()));
    let outcome = runner.run(&plan::plans(SIZE), |plan| {
        let (gates, reasons) = &mut *shares.borrow_mut();
        check(&plan.world(0), gates, reasons);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let (gates, reasons) = shares.into_inner();
    let all: u64 = gates.values().sum();
    println!("{all} decisions about conversations");
    for (gate, count) in &gates {
        println!("  {:2} % {}", count * 100 / all, gate.map_or("allowed", Gate::key));
    }
    for gate in Gate::ORDER.map(Some).into_iter().chain([None]) {
        let count = gates.get(&gate).copied().unwrap_or(0);
        assert!(count * 100 >= 3 * all, "{gate:?} decides {count} of {all}");
    }
    for reason in [
        "account_active",
        "other_organisation",
        "account_invited",
        "account_disabled",
        "granted_all",
        "granted_group",
        "granted_own",
        "not_granted",
        "out_of_reach",
        "before_appointment",
        "rows_allow",
        "outside_rows",
        "columns_allow",
        "column_hidden",
        "state_allows",
        "state_no_recording",
        "state_processing",
        "state_failed",
        "state_erased",
    ] {
        assert!(reasons.contains_key(reason), "no world was there for {reason}");
    }
}

fn check(world: &World, shares: &mut Shares, reasons: &mut BTreeMap<&'static str, u64>) {
    for home in &world.organisations {
        for caller in home.callers() {
            let facts = caller_facts(world, home, caller);
            for permission in Permission::ALL.iter().copied() {
                let said = decide_plain(&facts, permission).deciding().map(|result| result.gate);
                let wanted = judge_plain(world, home, caller, permission);
                assert_eq!(verdict(said), wanted, "{permission} for {caller:?}");
            }
            let may_read = judge_plain(world, home, caller, Permission::AuditView) == Verdict::Allowed;
            assert_eq!(authorize_plain::<marks::AuditView>(&facts).is_ok(), may_read);
            for place in &world.organisations {
                // Everything elsewhere is refused by the same gate: a little of it is enough.
                let much = if place.id == home.id { place.conversations.len() } else { 1 };
                for conversation in place.conversations.iter().take(much) {
                    let thing = thing_facts(place, conversation);
                    for permission in Permission::ALL.iter().copied().filter(|permission| permission.is_scoped()) {
                        let decision = decide(&facts, permission, &thing);
                        let gate = decision.deciding().map(|result| result.gate);
                        let wanted = judge(world, (home, caller), permission, (place, conversation));
                        assert_eq!(verdict(gate), wanted, "{permission} for {caller:?} on {conversation:?}");
                        assert_eq!(decision.allowed(), gate.is_none());
                        assert_eq!(decision.gates.map(|result| result.gate), Gate::ORDER, "the order is fixed");
                        *shares.entry(gate).or_default() += 1;
                        for result in decision.gates {
                            check_source(result.reason, &facts);
                            *reasons.entry(result.reason.key()).or_default() += 1;
                        }
                    }
                    let allowed = decide(&facts, Permission::RecordingsPlay, &thing).allowed();
                    assert_eq!(authorize::<marks::RecordingsPlay>(&facts, &thing).is_ok(), allowed);
                    if allowed {
                        let scope = authorize_list::<marks::RecordingsPlay>(&facts).expect("a list of what is allowed");
                        let reached = scope.everything()
                            || thing
                                .groups()
                                .iter()
                                .any(|group| scope.groups().iter().any(|reached| reached.group == *group))
                            || scope.own().is_some_and(|user| thing.agents().contains(&user));
                        assert!(reached, "a list misses what is allowed");
                    }
                }
            }
        }
    }
}

const fn verdict(gate: Option<Gate>) -> Verdict {
    match gate {
        None => Verdict::Allowed,
        Some(gate) => Verdict::Refused(gate),
    }
}

/// A grant names where it comes from: somebody's own assignment, key or inner work.
fn check_source(reason: Reason, facts: &soundkeep_domain::access::CallerFacts) {
    use soundkeep_domain::access::{AssignmentSource, CallerKind};
    let (Reason::GrantedAll(source) | Reason::GrantedGroup(source, _) | Reason::GrantedOwn(source)) = reason else {
        return;
    };
    let fits = match (facts.kind(), source) {
        (CallerKind::User(_), AssignmentSource::Assignment(_)) => true,
        (CallerKind::ApiKey(_), AssignmentSource::Assignment(_)) => facts.user().is_some(),
        (CallerKind::ApiKey(key), AssignmentSource::ApiKey(named)) => key == named && facts.user().is_none(),
        (CallerKind::System(system), AssignmentSource::System(named)) => system == named,
        _ => false,
    };
    assert!(fits, "{source:?} for {:?}", facts.kind());
}

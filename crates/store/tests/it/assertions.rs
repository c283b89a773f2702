//! On random worlds: what is decided about any conversation, `could()` had said before, whatever is asked about.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use soundkeep_domain::GroupId;
use soundkeep_domain::access::{About, Permission, Standing, could, decide, decide_plain};
use soundkeep_store::policy::Policy;
use soundkeep_store::{Store, access};
use soundkeep_testkit::world::plan::{self, Size};
use soundkeep_testkit::world::{Organisation, World, filing};
use soundkeep_testkit::{Backend, backend};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

const WORLDS: u32 = 24;
const SIZE: Size = Size { users: 5, conversations: 18 };

/// How often something was decided in a world, and how often it could be.
#[derive(Default)]
struct Shares {
    asked: u64,
    could: u64,
    allowed: u64,
}

#[test]
fn what_is_ever_allowed_could_be() {
    for backend in Backend::all() {
        let runtime = backend::runtime();
        let store = runtime.block_on(backend.open());
        let (serial, shares) = (AtomicU32::new(0), Mutex::new(Shares::default()));
        let config = Config { cases: WORLDS, max_shrink_iters: 200, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&plan::plans(SIZE), |plan| {
            let world = plan.world(serial.fetch_add(1, Ordering::Relaxed));
            runtime.block_on(check(&world, &store, &shares));
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("on {:?}: {failure}", backend.dialect());
        }
        let Shares { asked, could, allowed } = shares.into_inner().unwrap();
        println!("{:?}: of {asked} questions {could} could, {allowed} were allowed somewhere", backend.dialect());
        assert!(allowed * 10 > asked, "little is allowed in these worlds");
        assert!(asked - could > asked / 10, "nearly everybody could everything");
        assert!(allowed * 10 > could * 5, "it says yes far more often than anything is allowed");
    }
}

async fn check(world: &World, store: &Store, shares: &Mutex<Shares>) {
    filing::file(world, store).await;
    for home in &world.organisations {
        let policy = Policy::load(&mut store.reader(), home.id, world.now).await.unwrap();
        let mut standings: Vec<Standing> = policy.standings().map(|(_, mut moments)| moments.swap_remove(0)).collect();
        standings.extend(policy.program_standings().unwrap().into_iter().map(|(_, standing)| standing));
        for standing in &standings {
            ask(store, home, &policy, standing, shares).await;
        }
    }
}

async fn ask(store: &Store, home: &Organisation, policy: &Policy, standing: &Standing, shares: &Mutex<Shares>) {
    let (caller, stamps) = (&standing.caller, policy.stamps());
    for permission in Permission::ALL.iter().copied().filter(|permission| !permission.is_scoped()) {
        let could = could(caller, permission, &stamps.about(About::Everything)).is_some();
        assert!(could || !decide_plain(caller, permission).allowed(), "{permission}");
    }
    let mut things = Vec::new();
    for conversation in &home.conversations {
        things.push(access::thing(&mut store.reader(), home.id, conversation.id).await.unwrap());
    }
    let scoped = [
        Permission::ConversationsView,
        Permission::RecordingsPlay,
        Permission::RecordingsDownload,
        Permission::RecordingsDelete,
        Permission::ConversationsEdit,
    ];
    for permission in scoped {
        let everything = could(caller, permission, &stamps.about(About::Everything)).is_some();
        let mut any = false;
        for thing in &things {
            if !decide(caller, permission, thing).allowed() {
                continue;
            }
            any = true;
            let yes = |about: About| {
                let yes = could(caller, permission, &stamps.about(about.clone())).is_some();
                assert!(yes, "{permission} is allowed for {thing:?} and could not be, asked about {about:?}");
            };
            let is_own = caller.user().is_some_and(|user| thing.agents().contains(&user));
            yes(About::Everything);
            for group in thing.groups() {
                yes(About::Within { own: false, groups: vec![*group] });
            }
            if is_own {
                yes(About::Within { own: true, groups: Vec::new() });
            }
            let elsewhere = home.groups.iter().copied().filter(|group| !thing.groups().contains(group));
            let elsewhere: Vec<GroupId> = elsewhere.collect();
            yes(About::Outside { own: !is_own, groups: elsewhere.clone() });
            yes(About::Outside { own: false, groups: elsewhere });
        }
        let mut shares = shares.lock().unwrap();
        shares.asked += 1;
        shares.could += u64::from(everything);
        shares.allowed += u64::from(any);
    }
}

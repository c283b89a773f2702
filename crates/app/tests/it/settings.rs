//! Settings: saving them, what each of them does, and that every node and the ledger know.

use serde_json::{Value, json};
use soundkeep_app::audit::read::{EventFilter, list as ledger};
use soundkeep_app::conversations::list::{Filter, Query, Sort, SortBy, count, list};
use soundkeep_app::conversations::view::view;
use soundkeep_app::settings::{Saved, change, history, preview, restore};
use soundkeep_app::{Caller, Error, MediaWorker, Parts, Vault};
use soundkeep_blobs::MemoryBlobs;
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_domain::access::BuiltInRole;
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::conversations::Channel;
use soundkeep_domain::settings::{Origin, REGISTRY, Registry, Section, Setting, Wish};
use soundkeep_testkit::vault::SeededEntropy;
use soundkeep_testkit::{TestClock, TestVault, for_each_vault};
use std::sync::Arc;

use crate::identity::house::houses;

fn wish(key: &str, value: Value) -> Wish {
    Wish { channel: None, key: key.to_owned(), value: Some(value).filter(|value| !value.is_null()) }
}

fn of(channel: Channel, key: &str, value: Value) -> Wish {
    Wish { channel: Some(channel), ..wish(key, value) }
}

async fn events(vault: &Vault, admin: &Caller) -> Vec<Value> {
    let filter = EventFilter { kind: Some(EventKind::SettingsChange), ..EventFilter::default() };
    let entries = ledger(vault, admin, &filter, None, 200).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

fn version(saved: &Saved) -> i64 {
    saved.settings.version()
}

#[test]
fn a_save_is_all_or_nothing_and_tells_the_ledger_once() {
    for_each_vault(async |vault: &TestVault| {
        let admin = vault.as_admin().await;
        let wishes = [
            wish("session_idle_minutes", json!(30)),
            wish("session_hours", json!(8)),
            of(Channel::Chat, "mask_numbers", json!(true)),
        ];
        let told = preview(&vault.vault, &admin, Some(0), &wishes).await.unwrap();
        assert_eq!((told.version, told.differences.len()), (0, 3));
        assert!(events(&vault.vault, &admin).await.is_empty());
        let mut half = wishes.to_vec();
        half.push(wish("session_hours", json!(1000)));
        let refused = change(&vault.vault, &admin, Some(0), &half).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        let saved = change(&vault.vault, &admin, Some(0), &wishes).await.unwrap();
        assert_eq!(
            (version(&saved), saved.settings.session_idle_minutes(), saved.settings.session_hours()),
            (1, 30, 8)
        );
        let events = events(&vault.vault, &admin).await;
        assert_eq!(events.len(), 1);
        let old = json!({"session_idle_minutes": 15, "session_hours": 12, "chat/mask_numbers": false});
        let new = json!({"session_idle_minutes": 30, "session_hours": 8, "chat/mask_numbers": true});
        assert_eq!((&events[0]["old"], &events[0]["new"]), (&old, &new));
        // What changes nothing is no save.
        let again = change(&vault.vault, &admin, Some(1), &wishes).await.unwrap();
        assert_eq!((version(&again), again.differences.len()), (1, 0));
        let manager = vault.as_manager().await;
        assert!(matches!(change(&vault.vault, &manager, Some(1), &wishes).await, Err(Error::Denied(_))));
        assert!(matches!(history(&vault.vault, &manager, None, 10).await, Err(Error::Denied(_))));
    });
}

#[test]
fn of_two_administrators_at_once_one_is_told_what_the_other_changed() {
    for_each_vault(async |vault: &TestVault| {
        let admin = vault.as_admin().await;
        let one = [wish("session_hours", json!(8))];
        let other = [wish("session_idle_minutes", json!(20))];
        let (first, second) =
            tokio::join!(change(&vault.vault, &admin, Some(0), &one), change(&vault.vault, &admin, Some(0), &other));
        let late = match (first, second) {
            (Ok(_), Err(late)) | (Err(late), Ok(_)) => late,
            both => panic!("{both:?}"),
        };
        let Error::SettingsChanged(meanwhile) = late else { panic!("{late:?}") };
        assert_eq!((meanwhile.version, meanwhile.differences.len()), (1, 1));
        assert_eq!(vault.vault.settings(vault.organisation()).await.unwrap().version(), 1);
    });
}

#[test]
fn a_restore_decides_everything_as_it_was_and_is_a_save_of_its_own() {
    for_each_vault(async |vault: &TestVault| {
        let admin = vault.as_admin().await;
        let save = async |version, wishes: &[Wish]| change(&vault.vault, &admin, Some(version), wishes).await.unwrap();
        save(0, &[wish("session_hours", json!(8))]).await;
        save(1, &[wish("session_hours", json!(24)), of(Channel::Voice, "mask_numbers", json!(true))]).await;
        save(2, &[wish("language", json!("de"))]).await;
        assert!(matches!(restore(&vault.vault, &admin, Some(3), 9).await, Err(Error::NotFound)));
        assert!(matches!(restore(&vault.vault, &admin, Some(2), 1).await, Err(Error::SettingsChanged(_))));
        let back = restore(&vault.vault, &admin, Some(3), 1).await.unwrap();
        assert_eq!((version(&back), back.settings.session_hours(), back.settings.language().as_str()), (4, 8, "own"));
        assert!(!back.settings.mask_numbers(Channel::Voice));
        let told = history(&vault.vault, &admin, None, 10).await.unwrap();
        let versions: Vec<_> = told.iter().map(|entry| (entry.version, entry.restored)).collect();
        assert_eq!(versions, [(4, Some(1)), (3, None), (2, None), (1, None)]);
        assert_eq!(told[0].changes.len(), 3);
        assert!(told[0].by.name.is_some());
        let first = &told[3].changes[0];
        let (old, new) = (first.old.as_ref().unwrap(), first.new.as_ref().unwrap());
        assert_eq!((old.value.json(), old.origin, new.value.json()), (json!(12), Origin::Default, json!(8)));
        let older = history(&vault.vault, &admin, Some(3), 10).await.unwrap();
        assert_eq!(older.iter().map(|entry| entry.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(events(&vault.vault, &admin).await[0]["detail"]["restored_version"], 1);
        let none = restore(&vault.vault, &admin, Some(4), 0).await.unwrap();
        assert_eq!(none.settings.document().len(), 0);
    });
}

#[test]
fn a_secret_stands_in_no_event_and_no_history() {
    const REGISTRY: Registry = Registry::of(&[Setting::choice(
        Section::Access,
        "Secret word",
        "low",
        &[
            soundkeep_domain::settings::Words { word: "low", title: "Low" },
            soundkeep_domain::settings::Words { word: "tide", title: "Tide" },
        ],
    )
    .saying("A word.")
    .secret()
    .keyed("secret_word")]);
    for_each_vault(async |vault: &TestVault| {
        let node = beside(vault, REGISTRY, 31).await;
        let admin = vault.as_admin().await;
        change(&node, &admin, Some(0), &[wish("secret_word", json!("tide"))]).await.unwrap();
        let told = format!("{:?}", events(&node, &admin).await);
        assert!(told.contains("secret_word") && !told.contains("tide"), "{told}");
        let change_of = history(&node, &admin, None, 1).await.unwrap().remove(0).changes.remove(0);
        assert_eq!((change_of.key.as_str(), change_of.old, change_of.new), ("secret_word", None, None));
        assert_eq!(
            change(&node, &admin, Some(1), &[wish("secret_word", json!("tide"))]).await.unwrap().differences,
            []
        );
    });
}

/// Another node over the same database, with these settings.
async fn beside(vault: &TestVault, registry: Registry, seed: u64) -> Vault {
    // The root key is the first that the test's vault asked its randomness for.
    let root_key = generate_root_key_text(&SeededEntropy::from_seed(7)).unwrap();
    let parts = Parts {
        store: vault.backend().open().await,
        blobs: Arc::new(MemoryBlobs::new()),
        root_key: Arc::new(EnvironmentRootKey::parse(&root_key).unwrap()),
        clock: Arc::<TestClock>::clone(&vault.clock),
        entropy: Arc::new(SeededEntropy::from_seed(seed)),
        media_worker: MediaWorker::InProcess,
        checkpoints: None,
        reserve_bytes: 0,
        breached_passwords: None,
        outbound: soundkeep_testkit::outbound(),
        node: format!("node {seed}"),
    };
    Vault::open_with(parts, registry).await.unwrap()
}

#[test]
fn another_node_follows_a_save_within_a_second() {
    for_each_vault(async |vault: &TestVault| {
        let admin = vault.as_admin().await;
        let other = beside(vault, REGISTRY, 32).await;
        let hours = async |node: &Vault| node.settings(vault.organisation()).await.unwrap().session_hours();
        assert_eq!((hours(&vault.vault).await, hours(&other).await), (12, 12));
        change(&vault.vault, &admin, Some(0), &[wish("session_hours", json!(8))]).await.unwrap();
        assert_eq!(hours(&vault.vault).await, 8);
        vault.clock.turn(1);
        assert_eq!(hours(&other).await, 8);
    });
}

#[tokio::test]
async fn a_shorter_time_ends_open_sessions_and_a_longer_one_keeps_them() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        let (_, program) = house.user(&admin, "Ida", &[BuiltInRole::Admin]).await;
        let set = async |key: &str, value: i64| {
            let ida = house.caller(&program.token).await.unwrap();
            change(&house.vault, &ida, None, &[wish(key, json!(value))]).await.unwrap();
        };
        set("session_idle_minutes", 60).await;
        house.clock.turn(59 * 60);
        house.caller(&bob.token).await.unwrap();
        set("session_idle_minutes", 5).await;
        house.caller(&bob.token).await.unwrap();
        house.clock.turn(4 * 60);
        house.caller(&program.token).await.unwrap();
        house.clock.turn(60);
        assert!(matches!(house.caller(&bob.token).await, Err(Error::NotSignedIn)));

        let (_, eve) = house.user(&house.caller(&program.token).await.unwrap(), "Eve", &[]).await;
        set("session_hours", 2).await;
        set("session_idle_minutes", 90).await;
        set("session_hours", 100).await;
        house.clock.turn(80 * 60);
        house.caller(&eve.token).await.unwrap();
        house.clock.turn(40 * 60);
        // It was cut while the shorter time held, and a longer one is for those who sign in from now on.
        assert!(matches!(house.caller(&eve.token).await, Err(Error::NotSignedIn)));
    }
}

#[test]
fn a_hidden_number_is_shown_nowhere_and_finds_nothing() {
    for_each_vault(async |vault: &TestVault| {
        let admin = vault.as_admin().await;
        let said = soundkeep_app::recordings::ingest::Metadata {
            from_number: Some("+49 30 1234567".to_owned()),
            to_number: Some("201".to_owned()),
            contact: Some("Zora Quist".to_owned()),
            ..Default::default()
        };
        let audio = soundkeep_testkit::vault::wav(1, 1, 5);
        let coming = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(audio))]);
        let origin = soundkeep_app::recordings::ingest::Origin {
            source: soundkeep_domain::conversations::Source::Upload,
            name: "call.wav",
        };
        soundkeep_app::recordings::ingest::ingest(&vault.vault, &admin, origin, said, coming).await.unwrap();
        let sort = Sort { by: SortBy::Started, descending: true };
        let found = async |words: Option<Query>| {
            let admin = vault.as_admin().await;
            let filter = Filter { words, ..Filter::default() };
            let counted = count(&vault.vault, &admin, &filter, false).await.unwrap().count;
            let items = list(&vault.vault, &admin, &filter, Some(sort), None, 10).await.unwrap().items;
            assert_eq!(counted, i64::try_from(items.len()).unwrap());
            items
        };
        let searches = || {
            let typed = ["4930 1234567", "567", "+49 30 123", "49301234567 quist", "201"].map(Query::typed);
            let numbers = ["4930", "1234567", "567"].map(Query::number);
            typed.into_iter().chain(numbers).map(Option::unwrap)
        };
        let all = found(None).await;
        let id = all[0].facts.conversation();
        assert_eq!(all[0].from_number.as_deref(), Some("+49 30 1234567"));
        for search in searches() {
            assert_eq!(found(Some(search)).await.len(), 1);
        }
        change(&vault.vault, &admin, None, &[wish("mask_numbers", json!(true))]).await.unwrap();
        let admin = vault.as_admin().await;
        let shown = found(None).await;
        let page = view(&vault.vault, &admin, id).await.unwrap().conversation;
        for row in [&shown[0], &page] {
            assert_eq!((row.from_number.as_deref(), row.to_number.as_deref()), (Some("•••567"), Some("•••")));
        }
        for search in searches() {
            assert_eq!(found(Some(search.clone())).await.len(), 0, "{search:?}");
        }
        assert_eq!(found(Query::typed("quist")).await.len(), 1);
        // The channel's own value wins.
        change(&vault.vault, &admin, None, &[of(Channel::Voice, "mask_numbers", json!(false))]).await.unwrap();
        assert_eq!(found(Query::number("1234567")).await[0].from_number.as_deref(), Some("+49 30 1234567"));
    });
}

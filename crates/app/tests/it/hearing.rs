//! From a file that comes in to exactly those who find and hear it, with the ledger's word on each.

use futures::StreamExt;
use soundkeep_app::access::explain::explain;
use soundkeep_app::audit::read::{EventFilter, history, list as ledger};
use soundkeep_app::conversations::list::{Filter, Page, Sort, SortBy, list};
use soundkeep_app::conversations::view::view;
use soundkeep_app::recordings::erase::{delete_doomed, erase};
use soundkeep_app::recordings::ingest::{Ingested, Metadata};
use soundkeep_app::recordings::listening::close_silent;
use soundkeep_app::recordings::play::play;
use soundkeep_app::{Caller, Error, MediaWorker, Parts, Result, Vault};
use soundkeep_blobs::DiskBlobs;
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_domain::access::{Decision, Gate, Permission};
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::{ConversationId, RecordingId, Timestamp};
use soundkeep_testkit::vault::{SeededEntropy, wav};
use soundkeep_testkit::{Backend, TestClock, TestVault, for_each_backend, for_each_vault};
use std::sync::Arc;

const NEWEST: Sort = Sort { by: SortBy::Started, descending: true };

async fn found(vault: &TestVault, caller: &Caller) -> Result<Vec<ConversationId>> {
    let Page { items, .. } = list(&vault.vault, caller, &Filter::default(), Some(NEWEST), None, 50).await?;
    Ok(items.iter().map(|item| item.facts.conversation()).collect())
}

async fn hear(vault: &TestVault, caller: &Caller, recording: RecordingId) -> Result<Vec<u8>> {
    let playable = play(&vault.vault, caller, recording).await?;
    let stream = playable.stream(&vault.vault, caller, 0..playable.len()).await?;
    let pieces: Vec<Result<bytes::Bytes>> = stream.collect().await;
    pieces.into_iter().try_fold(Vec::new(), |mut all, piece| {
        all.extend_from_slice(&piece?);
        Ok(all)
    })
}

async fn written(vault: &TestVault, kind: EventKind) -> usize {
    let filter = EventFilter { kind: Some(kind), ..EventFilter::default() };
    ledger(&vault.vault, &vault.as_admin().await, &filter, None, 100).await.unwrap().len()
}

fn refused_by(decision: &Decision) -> Gate {
    decision.deciding().expect("a gate that refuses").gate
}

/// Callers with whether they see a call of sales, and whether they hear it.
async fn everybody(vault: &TestVault) -> [(Caller, bool, bool); 8] {
    [
        (vault.as_admin().await, true, true),
        (vault.as_manager().await, true, true),
        (vault.as_supervisor("sales").await, true, true),
        (vault.as_supervisor("support").await, false, false),
        (vault.as_analyst().await, true, false),
        (vault.as_analyst_of("sales").await, true, false),
        (vault.as_analyst_of("support").await, false, false),
        (vault.as_agent("201", "sales").await, true, false),
    ]
}

#[test]
fn a_call_is_found_and_heard_by_exactly_those_who_may() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, recording) = vault.ingest("201").await;
        let original = wav(2, 1, 0);
        // Whoever comes changes the rights: ask for all of them again once they are there.
        everybody(vault).await;
        for (caller, sees, hears) in everybody(vault).await {
            let ids = found(vault, &caller).await.unwrap();
            assert_eq!(ids.contains(&conversation), sees, "{}", caller.name());
            assert_eq!(view(&vault.vault, &caller, conversation).await.is_ok(), sees, "{}", caller.name());
            match hear(vault, &caller, recording).await {
                Ok(bytes) => assert!(hears && bytes == original, "{}", caller.name()),
                Err(Error::Denied(decision)) => {
                    assert!(sees && !hears, "{}", caller.name());
                    assert_eq!(refused_by(&decision), Gate::RoleAndScope);
                }
                Err(Error::NotFound) => assert!(!sees, "what may not be seen isn't there: {}", caller.name()),
                Err(error) => panic!("{}: {error}", caller.name()),
            }
        }
        let nobody = vault.as_nobody().await;
        assert!(matches!(found(vault, &nobody).await, Err(Error::Denied(_))));
        assert!(matches!(hear(vault, &nobody, recording).await, Err(Error::NotFound)));
        assert_eq!(written(vault, EventKind::RecordingPlay).await, 3, "one for each who heard it");
    });
}

#[test]
fn a_call_that_is_nobodys_is_seen_by_those_who_see_all() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, _) = vault.ingest("999").await;
        for (caller, sees) in [
            (vault.as_supervisor("sales").await, false),
            (vault.as_agent("201", "sales").await, false),
            (vault.as_analyst().await, true),
        ] {
            assert_eq!(found(vault, &caller).await.unwrap().contains(&conversation), sees, "{}", caller.name());
        }
        let filter = Filter { unattributed: true, ..Filter::default() };
        let admin = vault.as_admin().await;
        let open = list(&vault.vault, &admin, &filter, Some(NEWEST), None, 9).await.unwrap();
        assert_eq!(open.items.len(), 1);
    });
}

#[test]
fn one_listening_is_one_event_and_ends_with_what_was_heard() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, recording) = vault.ingest("201").await;
        let caller = vault.as_supervisor("sales").await;
        for _ in 0..3 {
            hear(vault, &caller, recording).await.unwrap();
        }
        assert_eq!(written(vault, EventKind::RecordingPlay).await, 1);
        assert_eq!(close_silent(&vault.vault).await.unwrap(), 0);
        vault.clock.turn(601);
        assert_eq!(close_silent(&vault.vault).await.unwrap(), 1);
        let caller = vault.as_supervisor("sales").await;
        hear(vault, &caller, recording).await.unwrap();
        assert_eq!(written(vault, EventKind::RecordingPlay).await, 2, "after ten silent minutes it is another");
        let admin = vault.as_admin().await;
        let told = history(&vault.vault, &admin, conversation, None, 100).await.unwrap();
        let kinds: Vec<&str> = told.iter().filter_map(|entry| entry.event["kind"].as_str()).collect();
        for kind in ["recording_ingest", "recording_play", "listening_end"] {
            assert!(kinds.contains(&kind), "{kind} isn't told in {kinds:?}");
        }
    });
}

#[test]
fn what_is_refused_is_written_down_and_explained_by_the_same_gates() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, recording) = vault.ingest("201").await;
        let analyst = vault.as_analyst().await;
        let Err(Error::Denied(decision)) = hear(vault, &analyst, recording).await else { panic!("it was heard") };
        let before = written(vault, EventKind::AccessRefused).await;
        assert_eq!(before, 1);
        let explained = explain(&vault.vault, &analyst, conversation, None).await.unwrap();
        let play = explained.decisions.iter().find(|one| one.permission == Permission::RecordingsPlay).unwrap();
        assert!(!play.allowed);
        let codes: Vec<&str> = play.gates.iter().map(|gate| gate.code).collect();
        assert_eq!(codes, decision.gates.map(|gate| gate.reason.key()));
        let outsider = vault.as_supervisor("support").await;
        assert!(matches!(explain(&vault.vault, &outsider, conversation, None).await, Err(Error::NotFound)));
        // Asking for somebody else is a permission of its own, and is written down.
        let user = outsider.user();
        assert!(matches!(explain(&vault.vault, &analyst, conversation, user).await, Err(Error::Denied(_))));
        let admin = vault.as_admin().await;
        let explained = explain(&vault.vault, &admin, conversation, user).await.unwrap();
        let view = explained.decisions.iter().find(|one| one.permission == Permission::ConversationsView).unwrap();
        assert_eq!(view.gates.iter().find(|gate| !gate.passed).unwrap().code, "out_of_reach");
        assert_eq!(written(vault, EventKind::AccessExplain).await, 1);
    });
}

#[test]
fn taking_a_role_away_ends_hearing_at_once() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (_, recording) = vault.ingest("201").await;
        let caller = vault.as_supervisor("sales").await;
        let playable = play(&vault.vault, &caller, recording).await.unwrap();
        let user = caller.user().unwrap();
        let admin = vault.as_admin().await;
        let organisation = vault.organisation();
        let given = soundkeep_store::identity::assignments::of_users(&mut vault.store.reader(), organisation, &[user])
            .await
            .unwrap();
        soundkeep_app::identity::unassign(&vault.vault, &admin, user, given[0].id).await.unwrap();
        // The caller as it was before is worth nothing any more, and neither is a new one.
        assert!(hear(vault, &caller, recording).await.is_err());
        let now = vault.as_supervisor("sales").await;
        assert!(matches!(hear(vault, &now, recording).await, Err(Error::NotFound)));
        assert!(!playable.is_empty());
    });
}

#[test]
fn a_stream_goes_on_while_others_rights_change_and_ends_with_ones_own() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let metadata = Metadata { agent: Some("201".to_owned()), ..Metadata::default() };
        let Ingested::Stored { recording, bytes, .. } = vault.ingest_bytes(metadata, wav(2, 60, 77)).await else {
            panic!("it was not taken in")
        };
        let caller = vault.as_supervisor("sales").await;
        let playable = play(&vault.vault, &caller, recording).await.unwrap();
        let mut stream = Box::pin(playable.stream(&vault.vault, &caller, 0..playable.len()).await.unwrap());
        let mut heard = 0;
        while heard < bytes / 2 {
            // Somebody new comes in between any two pieces.
            vault.as_analyst_of(&format!("team {heard}")).await;
            heard += u64::try_from(stream.next().await.unwrap().unwrap().len()).unwrap();
        }
        let user = caller.user().unwrap();
        let admin = vault.as_admin().await;
        let organisation = vault.organisation();
        let given = soundkeep_store::identity::assignments::of_users(&mut vault.store.reader(), organisation, &[user])
            .await
            .unwrap();
        soundkeep_app::identity::unassign(&vault.vault, &admin, user, given[0].id).await.unwrap();
        let rest: Vec<Result<bytes::Bytes>> = stream.collect().await;
        assert!(rest.last().unwrap().is_err(), "it played to its end");
        let rest: usize = rest.iter().flatten().map(bytes::Bytes::len).sum();
        assert!(rest < 256 * 1024, "no more than what was opened already: {rest}");
    });
}

#[test]
fn what_is_erased_is_gone_and_its_fact_stays() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, recording) = vault.ingest("201").await;
        let (_, kept) = vault.ingest("201").await;
        let supervisor = vault.as_supervisor("sales").await;
        let refused = erase(&vault.vault, &supervisor, conversation).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
        hear(vault, &supervisor, recording).await.unwrap();
        let objects = vault.objects();
        erase(&vault.vault, &vault.as_admin().await.because(Some("asked for".to_owned())), conversation).await.unwrap();
        assert_eq!(vault.objects(), objects, "the key goes first");
        let supervisor = vault.as_supervisor("sales").await;
        let Err(Error::Denied(decision)) = hear(vault, &supervisor, recording).await else { panic!("it was heard") };
        assert_eq!(refused_by(&decision), Gate::RecordState);
        assert!(found(vault, &supervisor).await.unwrap().contains(&conversation));
        while delete_doomed(&vault.vault).await.unwrap() > 0 {}
        let left = vault.objects();
        assert!(!left.is_empty() && left.len() < objects.len());
        hear(vault, &supervisor, kept).await.unwrap();
        assert_eq!(written(vault, EventKind::ConversationDelete).await, 1);
        assert_eq!(written(vault, EventKind::KeyDestroyed).await, 1);
    });
}

#[test]
fn the_same_bytes_come_in_once_and_garbage_goes_to_quarantine() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (conversation, recording) = vault.ingest("201").await;
        let objects = vault.objects();
        match vault.ingest_bytes(Metadata::default(), wav(2, 1, 0)).await {
            Ingested::Duplicate { conversation: same, recording: heard, .. } => {
                assert_eq!((same, heard), (conversation, recording));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(vault.objects(), objects, "nothing is stored twice");
        let outcome = vault.ingest_bytes(Metadata::default(), b"this is no audio at all".repeat(100)).await;
        assert!(matches!(outcome, Ingested::Quarantined { .. }), "{outcome:?}");
        assert_eq!(found(vault, &vault.as_admin().await).await.unwrap(), [conversation]);
        assert_eq!(written(vault, EventKind::RecordingQuarantine).await, 1);
        assert_eq!(written(vault, EventKind::RecordingDuplicate).await, 1);
    });
}

#[test]
fn a_flipped_bit_is_not_played_and_is_written_down() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let (_, recording) = vault.ingest("201").await;
        for object in vault.objects() {
            let mut bytes = std::fs::read(&object).unwrap();
            let last = bytes.len() - 20;
            bytes[last] ^= 1;
            std::fs::write(&object, bytes).unwrap();
        }
        let caller = vault.as_supervisor("sales").await;
        assert!(matches!(hear(vault, &caller, recording).await, Err(Error::Damaged)));
        assert_eq!(written(vault, EventKind::IntegrityFailure).await, 1);
    });
}

#[test]
fn nodes_that_start_at_once_on_an_empty_vault_all_come_up() {
    for_each_backend(async |backend: &Backend| {
        let folder = tempfile::tempdir().unwrap();
        let store = backend.open().await;
        let root_key = generate_root_key_text(&SeededEntropy::from_seed(1)).unwrap().to_string();
        let mut starting = tokio::task::JoinSet::new();
        for seed in 0..6 {
            let parts = Parts {
                store: store.clone(),
                blobs: Arc::new(DiskBlobs::open(folder.path()).unwrap()),
                root_key: Arc::new(EnvironmentRootKey::parse(&root_key).unwrap()),
                clock: Arc::new(TestClock::at(Timestamp::from_unix_micros(1))),
                entropy: Arc::new(SeededEntropy::from_seed(seed)),
                media_worker: MediaWorker::InProcess,
                checkpoints: None,
                reserve_bytes: 0,
                breached_passwords: None,
                outbound: soundkeep_testkit::outbound(),
                node: format!("node {seed}"),
            };
            starting.spawn(async move { Vault::open(parts).await.map(|_| ()) });
        }
        for outcome in starting.join_all().await {
            outcome.unwrap();
        }
    });
}

#[test]
fn no_plain_byte_reaches_a_disk() {
    let backend = soundkeep_testkit::Backend::sqlite();
    soundkeep_testkit::backend::runtime().block_on(async {
        let vault = TestVault::start_on(backend, soundkeep_testkit::vault::Objects::Disk).await;
        vault.as_agent("201", "sales").await;
        let original = wav(2, 1, 0);
        vault.ingest("201").await;
        let plain = &original[44 + 500..44 + 564];
        let mut files = vault.objects();
        let database = vault.backend().file().unwrap();
        files.extend(std::fs::read_dir(database.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()));
        assert!(files.len() > 2);
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(plain.len()).any(|window| window == plain), "{}", file.display());
        }
    });
}

//! Filing what comes in: for who may still do so when it is whole, and alike when it was in quarantine before.

use bytes::Bytes;
use futures::StreamExt as _;
use soundkeep_app::audit::read::{EventFilter, list as ledger};
use soundkeep_app::conversations::view::view;
use soundkeep_app::recordings::ingest::{Ingested, Metadata, Origin, ingest};
use soundkeep_app::recordings::quarantine::{Retried, retry};
use soundkeep_app::{Error, MediaWorker, Parts, Vault};
use soundkeep_blobs::DiskBlobs;
use soundkeep_crypto::keys::{EnvironmentRootKey, generate_root_key_text};
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::conversations::Source;
use soundkeep_store::identity::users;
use soundkeep_testkit::vault::{SeededEntropy, wav};
use soundkeep_testkit::{TestClock, TestVault, for_each_vault};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ORIGIN: Origin<'static> = Origin { source: Source::Upload, name: "call.wav" };

#[test]
fn who_is_switched_off_while_their_file_comes_in_leaves_nothing() {
    for_each_vault(async |vault: &TestVault| {
        for bytes in [wav(2, 1, 0), b"this is no audio at all".repeat(100)] {
            let caller = vault.as_manager().await;
            let organisation = vault.organisation();
            let (store, user) = (&vault.store, caller.user().unwrap());
            let set = async move |state| {
                let mut transaction = store.begin().await.unwrap();
                users::set_state(&mut transaction, organisation, user, state, vault.now()).await.unwrap();
                transaction.commit().await.unwrap();
            };
            let last = futures::stream::once(async {
                set(AccountState::Disabled).await;
                Ok(Bytes::copy_from_slice(&bytes[1000..]))
            });
            let first = Ok(Bytes::copy_from_slice(&bytes[..1000]));
            let coming = Box::pin(futures::stream::iter([first]).chain(last));
            let outcome = ingest(&vault.vault, &caller, ORIGIN, Metadata::default(), coming).await;
            assert!(matches!(outcome, Err(Error::Denied(_))), "{outcome:?}");
            assert!(vault.objects().is_empty(), "{:?}", vault.objects());
            set(AccountState::Active).await;
        }
    });
}

/// A vault over the rows of another, with objects of its own and this worker.
async fn beside(vault: &TestVault, folder: &Path, media_worker: MediaWorker, seed: u64) -> Vault {
    // The root key is the first that the test's vault asked its randomness for.
    let root_key = generate_root_key_text(&SeededEntropy::from_seed(7)).unwrap();
    let parts = Parts {
        store: vault.store.clone(),
        blobs: Arc::new(DiskBlobs::open(folder).unwrap()),
        root_key: Arc::new(EnvironmentRootKey::parse(&root_key).unwrap()),
        clock: Arc::new(TestClock::at(vault.now())),
        entropy: Arc::new(SeededEntropy::from_seed(seed)),
        media_worker,
        checkpoints: None,
        reserve_bytes: 0,
        breached_passwords: None,
        outbound: soundkeep_testkit::outbound(),
        node: format!("node {seed}"),
    };
    Vault::open(parts).await.unwrap()
}

#[test]
fn what_comes_out_of_quarantine_is_filed_as_if_it_had_just_come_in() {
    for_each_vault(async |vault: &TestVault| {
        vault.as_agent("201", "sales").await;
        let folder = tempfile::tempdir().unwrap();
        let dies = MediaWorker::Child { program: PathBuf::from("/bin/false"), arguments: Vec::new() };
        let cannot_read = beside(vault, folder.path(), dies, 21).await;
        let can_read = beside(vault, folder.path(), MediaWorker::InProcess, 22).await;
        let caller = vault.as_admin().await;
        let said = |number: u8| Metadata {
            agent: Some("201".to_owned()),
            contact: Some("Zora Quist".to_owned()),
            tags: vec!["billing".to_owned()],
            channel_labels: Some(vec![format!("line {number}")]),
            ..Metadata::default()
        };
        let come_in = async |node: &Vault, number: u8| {
            let bytes = Bytes::from(wav(1, 1, u64::from(number)));
            let coming = futures::stream::iter([Ok::<_, std::io::Error>(bytes)]);
            ingest(node, &caller, ORIGIN, said(number), coming).await.unwrap()
        };
        let Ingested::Quarantined { id, .. } = come_in(&cannot_read, 1).await else { panic!("it was read") };
        let outcome = retry(&can_read, &caller, id).await.unwrap();
        let Retried::Stored { conversation: retried, .. } = outcome else { panic!("{outcome:?}") };
        let Ingested::Stored { conversation: straight, .. } = come_in(&can_read, 2).await else { panic!("not read") };

        let page = async |id: ConversationId| {
            let shown = view(&can_read, &caller, id).await.unwrap();
            let (row, held) = (shown.conversation, shown.recording.unwrap());
            let agents: Vec<String> = row.agents.iter().map(|(id, _)| id.to_string()).collect();
            let groups: Vec<String> = row.groups.iter().map(|(_, name)| name.clone()).collect();
            let what = (row.started_at, row.contact, row.tags, row.source, row.duration_ms, row.agent_label);
            (agents, groups, what, row.facts.state(), held.codec, held.channel_labels.is_some())
        };
        let filed = page(retried).await;
        assert_eq!((filed.0.len(), filed.1.as_slice()), (1, ["sales".to_owned()].as_slice()));
        assert_eq!(filed, page(straight).await);
        let filter = EventFilter { kind: Some(EventKind::RecordingIngest), ..EventFilter::default() };
        let events = ledger(&vault.vault, &caller, &filter, None, 10).await.unwrap();
        let detail =
            |at: usize| events[at].event["detail"].as_object().unwrap().keys().cloned().collect::<Vec<String>>();
        let mut expected = detail(0);
        expected.push("from_quarantine".to_owned());
        expected.sort();
        let mut out_of_quarantine = detail(1);
        out_of_quarantine.sort();
        assert_eq!(out_of_quarantine, expected);
    });
}

//! Many who listen at once: each is written down once, whoever shared a commit with whom.

use futures::future::join_all;
use soundkeep_app::audit::read::{EventFilter, list as ledger};
use soundkeep_app::recordings::play::play;
use soundkeep_domain::RecordingId;
use soundkeep_domain::audit::EventKind;
use soundkeep_testkit::{TestVault, for_each_vault};
use std::collections::HashSet;

/// The listenings that the ledger tells of, one for each event.
async fn told(vault: &TestVault) -> Vec<String> {
    let filter = EventFilter { kind: Some(EventKind::RecordingPlay), ..EventFilter::default() };
    let events = ledger(&vault.vault, &vault.as_admin().await, &filter, None, 100).await.unwrap();
    events.iter().map(|entry| entry.event["detail"]["listening"].to_string()).collect()
}

async fn recordings(vault: &TestVault, count: usize) -> Vec<RecordingId> {
    vault.as_agent("201", "sales").await;
    let mut recordings = Vec::new();
    for _ in 0..count {
        recordings.push(vault.ingest("201").await.1);
    }
    recordings
}

#[test]
fn all_who_listen_at_once_are_written_down_each_once() {
    for_each_vault(async |vault: &TestVault| {
        let recordings = recordings(vault, 6).await;
        // Whoever comes changes the rights: ask for all of them again once they are there.
        vault.as_manager().await;
        vault.as_supervisor("sales").await;
        let callers = [vault.as_admin().await, vault.as_manager().await, vault.as_supervisor("sales").await];
        let asked = callers.iter().flat_map(|caller| recordings.iter().map(move |id| play(&vault.vault, caller, *id)));
        for outcome in join_all(asked).await {
            outcome.unwrap();
        }
        let told = told(vault).await;
        assert_eq!((told.len(), told.iter().collect::<HashSet<_>>().len()), (18, 18));
        assert_eq!(vault.vault.metrics().listenings_total(), 18);
    });
}

#[test]
fn a_session_that_asks_often_at_once_opens_one_listening() {
    for_each_vault(async |vault: &TestVault| {
        let recording = recordings(vault, 1).await[0];
        let admin = vault.as_admin().await;
        for outcome in join_all((0..8).map(|_| play(&vault.vault, &admin, recording))).await {
            outcome.unwrap();
        }
        assert_eq!(told(vault).await.len(), 1);
    });
}

#[test]
fn who_hangs_up_leaves_the_others_their_turn() {
    for_each_vault(async |vault: &TestVault| {
        let recordings = recordings(vault, 8).await;
        let admin = vault.as_admin().await;
        let mut asked = Vec::new();
        for recording in recordings.iter().copied() {
            let (shared, admin) = (vault.vault.clone(), admin.clone());
            asked.push(tokio::spawn(async move { play(&shared, &admin, recording).await.map(|_| ()) }));
        }
        for (number, asking) in asked.iter().enumerate().filter(|(number, _)| number % 2 == 0) {
            for _ in 0..number {
                tokio::task::yield_now().await;
            }
            asking.abort();
        }
        for (number, asking) in asked.into_iter().enumerate() {
            match asking.await {
                Ok(outcome) => outcome.unwrap(),
                Err(gone) => assert!(gone.is_cancelled() && number % 2 == 0, "{gone}"),
            }
        }
        for recording in recordings {
            play(&vault.vault, &admin, recording).await.unwrap();
        }
        let told = told(vault).await;
        assert_eq!((told.len(), told.iter().collect::<HashSet<_>>().len()), (8, 8));
    });
}

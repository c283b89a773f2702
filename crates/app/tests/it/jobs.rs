//! Jobs: whose conversations were whose, corrected in batches that a crash can't do twice.

use soundkeep_app::audit::read::{EventFilter, list as ledger};
use soundkeep_app::conversations::list::{Filter, Sort, SortBy, count, list};
use soundkeep_app::conversations::notes::add as add_note;
use soundkeep_app::identity::{self, UserChange};
use soundkeep_app::jobs::attribution::{Correction, correct, unattributed};
use soundkeep_app::jobs::{JobState, ShownJob, cancel, job, jobs, work};
use soundkeep_app::recordings::erase::erase;
use soundkeep_app::{Caller, Error};
use soundkeep_domain::access::{RecordState, Scope};
use soundkeep_domain::audit::EventKind;
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{ConversationId, JobId, UserId};
use soundkeep_store::conversations::{NewConversation, add};
use soundkeep_store::jobs::{self as rows, NewJob};
use soundkeep_store::search::Query;
use soundkeep_testkit::{TestVault, for_each_vault};
use std::cell::Cell;

/// Conversations of nobody that began at seconds after now, with the agent id that their source named.
async fn lost(vault: &TestVault, label: Option<&str>, starts: impl Iterator<Item = i64>) -> Vec<ConversationId> {
    let organisation = vault.as_admin().await.organisation();
    let mut transaction = vault.store.begin().await.unwrap();
    let mut ids = Vec::new();
    for seconds in starts {
        let started_at = vault.now().plus_seconds(seconds);
        let id = ConversationId::make(started_at, &[u8::try_from(ids.len()).unwrap(); 10]);
        let new = NewConversation {
            id,
            started_at,
            duration_ms: None,
            direction: Direction::Inbound,
            channel: Channel::Voice,
            from_number: None,
            to_number: None,
            contact: None,
            agent_label: label.map(str::to_owned),
            source: Source::Import,
            external_id: None,
            tags: Vec::new(),
            agent: None,
            groups: Vec::new(),
            state: RecordState::NoRecording,
            received_at: vault.now(),
        };
        add(&mut transaction, organisation, &new).await.unwrap();
        ids.push(id);
    }
    transaction.commit().await.unwrap();
    ids
}

fn of_label(user: UserId, label: &str) -> Correction {
    Correction { user, agent_label: Some(label.to_owned()), from: None, until: None, conversations: Vec::new() }
}

async fn sees(vault: &TestVault, caller: &Caller) -> i64 {
    count(&vault.vault, caller, &Filter::default(), false).await.unwrap().count
}

async fn written(vault: &TestVault, kind: EventKind) -> Vec<serde_json::Value> {
    let filter = EventFilter { kind: Some(kind), ..EventFilter::default() };
    let entries = ledger(&vault.vault, &vault.as_admin().await, &filter, None, 200).await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

/// Goes on so often, and then no more: what a node does that is stopped or cut off in the middle.
fn times(count: usize) -> impl Fn() -> bool {
    let left = Cell::new(count);
    move || left.replace(left.get().saturating_sub(1)) > 0
}

#[test]
fn what_was_nobodys_becomes_the_agents_with_the_groups_of_that_time() {
    for_each_vault(async |vault| {
        let (admin, agent) = (vault.as_admin().await, vault.as_agent("201", "sales").await);
        let others = vault.as_supervisor("support").await;
        let days = 24 * 60 * 60;
        // Membership began a week ago: what is older gets the agent and no group.
        let ids = lost(vault, Some("x99"), [-30 * days, -3600, -1800].into_iter()).await;
        lost(vault, Some("x98"), [-900].into_iter()).await;
        assert_eq!(sees(vault, &agent).await, 0);
        let found = unattributed(&vault.vault, &admin).await.unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.agent_label.as_deref(), one.conversations)).collect();
        assert_eq!(told, [(Some("x99"), 3), (Some("x98"), 1)]);
        let user = agent.user().unwrap();
        let ordered = correct(&vault.vault, &admin, of_label(user, "x99")).await.unwrap();
        assert_eq!((ordered.job.state, ordered.job.total), (JobState::Queued, 3));
        let again = correct(&vault.vault, &admin, of_label(user, "x99")).await.unwrap();
        assert_eq!(again.job.id, ordered.job.id, "the same work is open once");
        assert_eq!(work(&vault.vault, || true).await.unwrap(), 1);
        let done = job(&vault.vault, &vault.as_admin().await, ordered.job.id).await.unwrap();
        assert_eq!((done.job.state, done.job.done), (JobState::Done, 3));
        assert_eq!(done.job.outcome.as_deref(), Some("{\"corrected\":3}"));
        assert_eq!(sees(vault, &vault.as_agent("201", "sales").await).await, 3);
        assert_eq!(sees(vault, &vault.as_supervisor("sales").await).await, 2, "what was before the group isn't its");
        assert_eq!(sees(vault, &others).await, 0);
        let changes = written(vault, EventKind::AttributionChange).await;
        assert_eq!(changes.len(), 3, "one event per conversation");
        assert!(changes.iter().any(|event| event["object"]["id"] == ids[0].to_string()));
        assert_eq!(changes[0]["detail"]["job"], ordered.job.id.to_string());
        assert_eq!(changes[0]["detail"]["ordered_by"]["id"], admin.user().unwrap().to_string());
        assert_eq!(
            (written(vault, EventKind::JobStarted).await.len(), written(vault, EventKind::JobDone).await.len()),
            (1, 1)
        );
        let left = unattributed(&vault.vault, &vault.as_admin().await).await.unwrap();
        assert_eq!(left.len(), 1);
    });
}

#[test]
fn what_was_cut_off_goes_on_and_nothing_is_done_twice() {
    for_each_vault(async |vault| {
        let (admin, agent) = (vault.as_admin().await, vault.as_agent("201", "sales").await);
        lost(vault, Some("x99"), -60..0).await;
        let ordered = correct(&vault.vault, &admin, of_label(agent.user().unwrap(), "x99")).await.unwrap().job;
        // One claim, one batch, and the node is told to stop.
        assert_eq!(work(&vault.vault, times(2)).await.unwrap(), 1);
        let state = async || job(&vault.vault, &vault.as_admin().await, ordered.id).await.unwrap().job;
        assert_eq!((state().await.done, state().await.state), (25, JobState::Queued));
        // Another claims it and is cut off before it does anything: its lease must run out first.
        let mut transaction = vault.store.begin().await.unwrap();
        let until = vault.now().plus_seconds(30);
        rows::claim(&mut transaction, "gone", vault.now(), until).await.unwrap().unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(work(&vault.vault, || true).await.unwrap(), 0);
        vault.clock.turn(31);
        assert_eq!(work(&vault.vault, || true).await.unwrap(), 2);
        assert_eq!((state().await.done, state().await.state), (60, JobState::Done));
        assert_eq!(state().await.outcome.as_deref(), Some("{\"corrected\":60}"));
        assert_eq!(written(vault, EventKind::AttributionChange).await.len(), 60);
        assert_eq!(sees(vault, &vault.as_agent("201", "sales").await).await, 60);
        let (supervisor, filter) = (vault.as_supervisor("sales").await, Filter::default());
        let newest = Sort { by: SortBy::Started, descending: true };
        let found = list(&vault.vault, &supervisor, &filter, Some(newest), None, 1).await.unwrap();
        assert_eq!(found.items[0].version, 2);
    });
}

#[test]
fn what_is_called_off_stops_and_what_was_done_stays() {
    for_each_vault(async |vault| {
        let (admin, agent) = (vault.as_admin().await, vault.as_agent("201", "sales").await);
        lost(vault, Some("x99"), -60..0).await;
        let ordered = correct(&vault.vault, &admin, of_label(agent.user().unwrap(), "x99")).await.unwrap().job;
        assert_eq!(work(&vault.vault, times(2)).await.unwrap(), 1);
        cancel(&vault.vault, &vault.as_admin().await, ordered.id).await.unwrap();
        assert_eq!(work(&vault.vault, || true).await.unwrap(), 0);
        assert_eq!(sees(vault, &vault.as_agent("201", "sales").await).await, 25);
        let again = cancel(&vault.vault, &vault.as_admin().await, ordered.id).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        assert_eq!(written(vault, EventKind::JobCancelled).await[0]["detail"]["done"], 25);
    });
}

#[test]
fn conversations_that_are_named_are_corrected_whoevers_they_are() {
    for_each_vault(async |vault| {
        let (admin, agent) = (vault.as_admin().await, vault.as_agent("201", "sales").await);
        let other = vault.as_agent("301", "support").await;
        let (wrong, _) = vault.ingest("301").await;
        let (right, _) = vault.ingest("201").await;
        let named = Correction {
            user: agent.user().unwrap(),
            agent_label: None,
            from: None,
            until: None,
            conversations: vec![wrong, right, wrong],
        };
        assert_eq!((sees(vault, &agent).await, sees(vault, &other).await), (1, 1));
        let ordered = correct(&vault.vault, &admin, named).await.unwrap().job;
        assert_eq!(ordered.total, 2);
        work(&vault.vault, || true).await.unwrap();
        let (agent, other) = (vault.as_agent("201", "sales").await, vault.as_agent("301", "support").await);
        assert_eq!((sees(vault, &agent).await, sees(vault, &other).await), (2, 0));
        assert_eq!(sees(vault, &vault.as_supervisor("support").await).await, 0);
        assert_eq!(written(vault, EventKind::AttributionChange).await.len(), 1, "what was right is left alone");
    });
}

#[test]
fn who_may_not_correct_everything_orders_nothing_and_sees_no_job() {
    for_each_vault(async |vault| {
        let (admin, agent) = (vault.as_admin().await, vault.as_agent("201", "sales").await);
        lost(vault, Some("x99"), -2..0).await;
        let user = agent.user().unwrap();
        let ShownJob { job: ordered, by_name } = correct(&vault.vault, &admin, of_label(user, "x99")).await.unwrap();
        assert!(by_name.is_some());
        for caller in [vault.as_supervisor("sales").await, agent, vault.as_analyst().await] {
            assert_ne!(
                caller.facts().grants().scope(soundkeep_domain::access::Permission::ConversationsEdit),
                Scope::All
            );
            let refused = correct(&vault.vault, &caller, of_label(user, "x98")).await;
            assert!(matches!(refused, Err(Error::Denied(_))));
            assert!(matches!(unattributed(&vault.vault, &caller).await, Err(Error::Denied(_))));
            assert!(matches!(job(&vault.vault, &caller, ordered.id).await, Err(Error::NotFound)));
            assert!(matches!(cancel(&vault.vault, &caller, ordered.id).await, Err(Error::NotFound)));
            assert_eq!(jobs(&vault.vault, &caller, None, 10).await.unwrap().len(), 0);
        }
        assert_eq!(jobs(&vault.vault, &admin, None, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn what_is_not_said_clearly_is_not_ordered() {
    for_each_vault(async |vault| {
        let admin = vault.as_admin().await;
        let user = admin.user().unwrap();
        let nothing = Correction { agent_label: None, ..of_label(user, "") };
        let id = ConversationId::make(vault.now(), &[1; 10]);
        let both = Correction { conversations: vec![id], ..of_label(user, "x") };
        let many = Correction {
            conversations: (0..1001_u32)
                .map(|at| {
                    let [a, b, c, d] = at.to_be_bytes();
                    ConversationId::make(vault.now(), &[a, b, c, d, 0, 0, 0, 0, 0, 0])
                })
                .collect(),
            ..nothing.clone()
        };
        let backwards = Correction { from: Some(vault.now()), until: Some(vault.now()), ..nothing.clone() };
        let nobody = of_label(UserId::make(vault.now(), &[9; 10]), "x");
        for (wrong, field) in [
            (nothing, "agent_label"),
            (both, "conversations"),
            (many, "conversations"),
            (backwards, "until"),
            (nobody, "user"),
        ] {
            let refused = correct(&vault.vault, &admin, wrong).await;
            assert!(matches!(&refused, Err(Error::Invalid(fields)) if fields[0].0 == field), "{refused:?}");
        }
    });
}

#[test]
fn what_goes_wrong_again_and_again_is_given_up_and_written_down() {
    for_each_vault(async |vault| {
        let admin = vault.as_admin().await;
        let new = NewJob {
            id: JobId::make(vault.now(), &[1; 10]),
            kind: "attribution_correction",
            work_key: "broken".to_owned(),
            parameters: "no JSON".to_owned(),
            total: 1,
            by: ("user", admin.user().unwrap().to_string()),
            created_at: vault.now(),
        };
        let mut transaction = vault.store.begin().await.unwrap();
        rows::add(&mut transaction, admin.organisation(), &new).await.unwrap();
        transaction.commit().await.unwrap();
        for _ in 0..4 {
            assert_eq!(work(&vault.vault, || true).await.unwrap(), 0);
            let waits = job(&vault.vault, &admin, new.id).await.unwrap().job;
            assert_eq!((waits.state, waits.failure.is_some()), (JobState::Queued, true));
            vault.clock.turn(100);
        }
        work(&vault.vault, || true).await.unwrap();
        let ended = job(&vault.vault, &admin, new.id).await.unwrap().job;
        assert_eq!(ended.state, JobState::Failed);
        let events = written(vault, EventKind::JobDone).await;
        assert_eq!((events.len(), &events[0]["outcome"]), (1, &"failed".into()));
    });
}

#[test]
fn a_renamed_agents_conversations_are_found_by_the_new_name_and_no_more_by_the_old() {
    for_each_vault(async |vault| {
        let agent = vault.as_agent("201", "sales").await;
        let (admin, user) = (vault.as_admin().await, agent.user().unwrap());
        let ids = lost(vault, Some("x99"), -120..0).await;
        correct(&vault.vault, &admin, of_label(user, "x99")).await.unwrap();
        work(&vault.vault, || true).await.unwrap();
        let (erased, noted) = (ids[3], ids[5]);
        erase(&vault.vault, &vault.as_admin().await, erased).await.unwrap();
        add_note(&vault.vault, &vault.as_admin().await, noted, "quittance").await.unwrap();
        let found = async |words: &str| {
            let filter = Filter { words: Query::typed(words), ..Filter::default() };
            count(&vault.vault, &vault.as_admin().await, &filter, false).await.unwrap().count
        };
        for name in ["Zenobia Quirk", "Wilhelmina Quirk"] {
            let admin = vault.as_admin().await;
            let version = identity::user(&vault.vault, &admin, user).await.unwrap().version;
            let change = UserChange { name: Some(name.to_owned()), state: None };
            identity::change_user(&vault.vault, &admin, user, version, &change).await.unwrap();
        }
        // Both are open: the second waits for nothing of the first.
        assert!(work(&vault.vault, || true).await.unwrap() >= 4);
        assert_eq!(found("wilhelmina quirk").await, 119, "what is erased isn't found by any name");
        assert_eq!(found("zenobia").await, 0);
        assert_eq!(found("quittance wilhelmina").await, 1, "notes are still found");
        let started = written(vault, EventKind::JobStarted).await;
        assert_eq!(started.iter().filter(|event| event["detail"]["kind"] == "agent_name").count(), 2);
        let done = jobs(&vault.vault, &vault.as_admin().await, None, 10).await.unwrap();
        let names: Vec<_> = done.iter().filter(|job| job.job.kind == "agent_name").collect();
        assert!(names.iter().all(|job| (job.job.state, job.job.done, job.job.total) == (JobState::Done, 120, 120)));
        assert_eq!(names.len(), 2);
    });
}

//! Erasing leaves the fact that there was a conversation, and nothing that it was found by or opened with.

use crate::scenario::Scenario;
use crate::sql::number;
use soundkeep_domain::access::{RecordState, authorize_plain, marks};
use soundkeep_domain::conversations::Direction;
use soundkeep_store::conversations::{self, Filter};
use soundkeep_store::{Error, Store, recordings};
use soundkeep_testkit::{Backend, for_each_backend};

/// Words that stand nowhere else in a database.
const SECRETS: [&str; 6] = ["zyxwanda", "quittance", "4915199887766", "66778899151", "hushhush", "kx7711"];

async fn with_secrets(scenario: &Scenario) -> soundkeep_domain::ConversationId {
    let agent = scenario.user("Zora Quist").await;
    let group = scenario.group("Night shift").await;
    let mut new = scenario.conversation(0);
    new.contact = Some("Zyxwanda Hush".to_owned());
    new.from_number = Some("+49 151 99887766".to_owned());
    new.to_number = Some("4915199887766".to_owned());
    new.agent_label = Some("kx7711".to_owned());
    new.external_id = Some("hushhush-1".to_owned());
    new.tags = vec!["quittance".to_owned()];
    (new.agent, new.groups) = (Some(agent), vec![group]);
    let id = new.id;
    scenario.heard(&new).await;
    scenario.note(id, &["the quittance of Zyxwanda", "hushhush"]).await;
    id
}

#[test]
fn erasing_destroys_the_key_dooms_the_objects_and_cleans_the_row() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = with_secrets(&scenario).await;
        let recording = scenario.thing(id).await.recording().unwrap();
        assert_eq!(scenario.erase(id).await, [(recording, 1)]);

        let view = conversations::view(&mut store.reader(), &scenario.permit(id).await).await.unwrap();
        assert_eq!(view.facts.state(), RecordState::Erased);
        assert_eq!((view.from_number, view.to_number, view.contact), (None, None, None));
        assert_eq!((view.agent_label, view.external_id, view.tags.len()), (None, None, 0));
        assert_eq!((view.agents.len(), view.groups.len()), (1, 1), "whose it was stays");
        assert_eq!(
            (view.started_at, view.direction),
            (Some(scenario.now), Some(Direction::Inbound)),
            "when it was stays"
        );
        let held = recordings::view(&mut store.reader(), &scenario.permit(id).await).await.unwrap();
        assert_eq!((held.state, held.sha256, held.failure), (RecordState::Erased, None, None));
        assert_eq!(number(backend, "SELECT count(*) FROM recording_versions WHERE wrapped_key IS NOT NULL").await, 0);
        assert_eq!(number(backend, "SELECT count(*) FROM recording_versions WHERE original_name IS NOT NULL").await, 0);
        assert_eq!(number(backend, "SELECT count(*) FROM notes").await, 0);
        assert_eq!(number(backend, "SELECT count(*) FROM objects").await, 0);

        let mut doomed = recordings::doomed(&mut store.reader(), 10).await.unwrap();
        doomed.sort();
        let kinds = ["analysis", "original", "playback"];
        let expected = kinds.map(|kind| (scenario.organisation, format!("{recording}/{kind}")));
        assert_eq!(doomed, expected);
        for (_, blob) in &doomed {
            assert!(!recordings::blob_in_use(&mut store.reader(), scenario.organisation, blob).await.unwrap());
            let mut transaction = store.begin().await.unwrap();
            recordings::doomed_gone(&mut transaction, scenario.organisation, blob).await.unwrap();
            transaction.commit().await.unwrap();
        }
        assert!(recordings::doomed(&mut store.reader(), 10).await.unwrap().is_empty());
    });
}

#[test]
fn what_is_erased_is_not_erased_again_and_may_come_in_again() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = with_secrets(&scenario).await;
        let again = scenario.permit::<marks::RecordingsDelete>(id).await;
        let recording = scenario.thing(id).await.recording().unwrap();
        let sha256 = {
            let mut sha256 = [0; 32];
            sha256[..16].copy_from_slice(recording.as_bytes());
            sha256
        };
        let held = recordings::by_content(&mut store.reader(), scenario.organisation, &sha256).await.unwrap();
        assert_eq!(held, Some((recording, id)));
        scenario.erase(id).await;
        let mut transaction = store.begin().await.unwrap();
        let outcome = recordings::erase(&mut transaction, &again, scenario.now).await;
        assert!(matches!(outcome, Err(Error::StalePermit)), "{outcome:?}");
        drop(transaction);
        let held = recordings::by_content(&mut store.reader(), scenario.organisation, &sha256).await.unwrap();
        assert_eq!(held, None);
    });
}

#[test]
fn a_recording_that_was_erased_while_it_was_read_does_not_come_back() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let new = scenario.conversation(0);
        let recording = scenario.recorded(&new).await;
        scenario.erase(new.id).await;
        let permit = authorize_plain::<marks::RecordingsIngest>(&scenario.intake().await).unwrap();
        let mut transaction = store.begin().await.unwrap();
        let analysed = crate::scenario::analysed(recording);
        let outcome = recordings::finish(&mut transaction, &permit, recording, &analysed).await;
        assert!(matches!(outcome, Err(Error::Conflict(_))), "{outcome:?}");
    });
}

#[test]
fn erasing_one_leaves_the_words_of_others() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (mut one, mut other) = (scenario.conversation(0), scenario.conversation(0));
        for new in [&mut one, &mut other] {
            new.contact = Some("Shared Word".to_owned());
            new.tags = vec!["both".to_owned()];
            scenario.add(new).await;
        }
        assert_eq!(scenario.search("shared").await.len(), 2);
        scenario.erase(one.id).await;
        assert_eq!(scenario.search("shared").await, [other.id]);
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        let tagged = Filter { tag: Some("both".to_owned()), ..Filter::default() };
        assert_eq!(scenario.list(&scope, &tagged).await, [other.id]);
    });
}

/// Whether any file of the database holds these bytes.
fn holds(backend: &Backend, word: &str) -> Vec<String> {
    let file = backend.file().unwrap();
    let files = std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| {
            let bytes = std::fs::read(path).unwrap().to_ascii_lowercase();
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

async fn with_company(store: &Store) -> (Scenario, soundkeep_domain::ConversationId) {
    let scenario = Scenario::in_store(store).await;
    // Neighbours share pages and index leaves with what is erased.
    for number in 0..300 {
        let mut new = scenario.conversation(number);
        new.contact = Some(format!("Neighbour {number} zyx quit hush"));
        new.from_number = Some(format!("+4915{number}"));
        scenario.add(&new).await;
    }
    let id = with_secrets(&scenario).await;
    (scenario, id)
}

#[test]
fn no_file_holds_a_word_that_was_forgotten() {
    let backend = Backend::sqlite();
    soundkeep_testkit::backend::runtime().block_on(async {
        let store = backend.open().await;
        let (scenario, id) = with_company(&store).await;
        assert_eq!(scenario.search("zyxwanda").await, [id]);
        assert!(!holds(&backend, "zyxwanda").is_empty(), "the words were there to begin with");
        // What an earlier process may have left is folded first; from here on forgetting is what asks for it.
        assert!(store.fold_forgotten().await.unwrap());
        scenario.erase(id).await;
        assert!(store.fold_forgotten().await.unwrap(), "nobody is in the way");
        for secret in SECRETS {
            assert_eq!(holds(&backend, secret), Vec::<String>::new(), "{secret}");
        }
        assert_eq!(scenario.search("neighbour").await.len(), 300);
    });
}

#[test]
fn closing_leaves_no_word_in_the_log() {
    let backend = Backend::sqlite();
    soundkeep_testkit::backend::runtime().block_on(async {
        let store = backend.open().await;
        let (scenario, id) = with_company(&store).await;
        scenario.erase(id).await;
        drop(scenario);
        store.close().await.unwrap();
        for secret in SECRETS {
            assert_eq!(holds(&backend, secret), Vec::<String>::new(), "{secret}");
        }
    });
}

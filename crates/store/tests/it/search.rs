//! Both databases find the same, whatever people type and whatever conversations hold.

use crate::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use soundkeep_domain::ConversationId;
use soundkeep_domain::access::{BuiltInRole, Limit, marks};
use soundkeep_store::conversations::Filter;
use soundkeep_store::search::Query;
use soundkeep_testkit::{Backend, backend, for_each_backend};

/// A conversation with this contact, these numbers and these tags.
async fn told(scenario: &Scenario, contact: &str, from: &str, tags: &[&str]) -> ConversationId {
    let mut new = scenario.conversation(0);
    new.contact = Some(contact.to_owned());
    new.from_number = (!from.is_empty()).then(|| from.to_owned());
    new.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    scenario.add(&new).await;
    new.id
}

#[test]
fn words_are_found_without_case_and_accents_and_the_last_may_be_unfinished() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = told(&scenario, "Jürgen Müller-Łukasiewicz", "", &["Ärger", "n° 12"]).await;
        for typed in ["jurgen", "JÜRGEN muller", "mül", "Łuk", "muller jurgen", "arger", "ärger 12", "  müller  "]
        {
            assert_eq!(scenario.search(typed).await, [id], "{typed}");
        }
        for typed in ["mu", "gen", "urgen", "muller x", "jur muller", "mull ", "muller\tnobody"] {
            assert!(scenario.search(typed).await.is_empty(), "{typed}");
        }
    });
}

#[test]
fn an_unfinished_word_finds_all_that_begin_so_however_many() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut all = Vec::new();
        // More ways to go on than are walked one by one.
        for number in 0..70 {
            all.push(told(&scenario, &format!("meister{number:02}"), "", &[]).await);
            let found = scenario.search("meist").await;
            assert_eq!(found.len(), all.len(), "{number}");
        }
        assert_eq!(scenario.search("meister0").await.len(), 10);
        assert!(scenario.search("meisterin").await.is_empty());
    });
}

#[test]
fn a_word_of_several_conversations_is_found_half_typed_until_the_last_is_gone() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut ids = Vec::new();
        for _ in 0..2 {
            let mut new = scenario.conversation(0);
            new.contact = Some("Kowalska".to_owned());
            scenario.heard(&new).await;
            ids.push(new.id);
        }
        let (first, second) = (ids[0], ids[1]);
        scenario.erase(first).await;
        assert_eq!(scenario.search("kowal").await, [second]);
        scenario.erase(second).await;
        assert!(scenario.search("kowal").await.is_empty());
        let back = told(&scenario, "kowalski", "", &[]).await;
        assert_eq!(scenario.search("kowal").await, [back]);
    });
}

#[test]
fn numbers_are_found_from_either_end_and_by_all_their_spellings() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = told(&scenario, "x", "+49 (30) 123-4567", &[]).await;
        let other = told(&scenario, "y", "004989/765.4321", &[]).await;
        let sip = told(&scenario, "z", "alice.smith2@example.com", &[]).await;
        let hidden = told(&scenario, "w", "anonymous", &[]).await;
        for typed in ["+4930", "49301234567", "4567", "234567", "+49(30)123-4567", "123-4567", "+49 30 1234567"] {
            assert_eq!(scenario.search(typed).await, [id], "{typed}");
        }
        assert_eq!(scenario.search("4321").await, [other]);
        assert_eq!(scenario.search("0049 89 7654321").await, [other]);
        assert_eq!(scenario.search("alice").await, [sip]);
        assert_eq!(scenario.search("anonymous").await, [hidden]);
        for typed in ["3012", "30", "45678", "7654320"] {
            assert!(scenario.search(typed).await.is_empty(), "{typed}");
        }
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        for (typed, found) in [("+49 30", vec![id]), ("67", vec![id]), ("21", vec![other]), ("30", vec![])] {
            let filter = Filter { words: Query::number(typed), ..Filter::default() };
            assert_eq!(scenario.list(&scope, &filter).await, found, "{typed}");
        }
        assert!(Query::number("none").is_none() && Query::typed(" .,- ").is_none());
    });
}

#[test]
fn dates_and_ratios_are_words_as_well_as_numbers() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = told(&scenario, "open 24/7 since 2026-11-21", "", &["v1.2"]).await;
        for typed in ["24/7", "2026-11-21", "2026-11", "v1.2", "open 24/7"] {
            assert_eq!(scenario.search(typed).await, [id], "{typed}");
        }
        for typed in ["24/8", "2026-12", "v1.3"] {
            assert!(scenario.search(typed).await.is_empty(), "{typed}");
        }
    });
}

#[test]
fn notes_are_found_and_the_newest_wording_counts() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = told(&scenario, "Ada", "", &["blue"]).await;
        scenario.note(id, &["promised a refund by Friday"]).await;
        assert_eq!(scenario.search("refund").await, [id]);
        assert_eq!(scenario.search("ada refund blue").await, [id], "words may stand in different parts");
        scenario.note(id, &["promised nothing"]).await;
        assert!(scenario.search("refund").await.is_empty());
        assert_eq!(scenario.search("ada nothing").await, [id], "the metadata stays found");
        let edit = scenario.permit::<marks::ConversationsEdit>(id).await;
        let mut transaction = store.begin().await.unwrap();
        let change = soundkeep_store::conversations::Change {
            contact: Some(Some("Grace".to_owned())),
            ..soundkeep_store::conversations::Change::default()
        };
        let version = 1;
        soundkeep_store::conversations::change(&mut transaction, &edit, version, &change, scenario.now).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(scenario.search("ada").await.is_empty());
        assert_eq!(scenario.search("grace nothing").await, [id], "the notes stay found");
        scenario.erase(id).await;
        for word in ["grace", "nothing", "blue"] {
            assert!(scenario.search(word).await.is_empty(), "{word}");
        }
    });
}

#[test]
fn a_search_reaches_no_further_than_the_list() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let (ours, theirs) = (scenario.group("Ours").await, scenario.group("Theirs").await);
        let (lead, agent) = (scenario.user("Lead").await, scenario.user("Agent").await);
        scenario.give(lead, BuiltInRole::Supervisor, Limit::Named(vec![ours]), None).await;
        scenario.give(agent, BuiltInRole::Agent, Limit::None, None).await;
        let mut ids = Vec::new();
        for (groups, took_part) in [(vec![ours], None), (vec![theirs], Some(agent)), (vec![], None)] {
            let mut new = scenario.conversation(0);
            new.contact = Some("Same".to_owned());
            (new.groups, new.agent) = (groups, took_part);
            scenario.add(&new).await;
            ids.push(new.id);
        }
        let found = async |user| {
            let scope = scenario.scope::<marks::ConversationsView>(user).await;
            let filter = Filter { words: Query::typed("same"), ..Filter::default() };
            scenario.list(&scope, &filter).await
        };
        assert_eq!(found(lead).await, [ids[0]]);
        assert_eq!(found(agent).await, [ids[1]]);
        assert_eq!(found(scenario.admin).await.len(), 3);
    });
}

#[test]
fn a_scope_of_hundreds_of_groups_is_searched_and_listed() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let mut groups = Vec::new();
        let mut transaction = store.begin().await.unwrap();
        for number in 0..600 {
            let id = soundkeep_domain::GroupId::from_bytes(crate::scenario::fresh());
            let name = format!("Group {number}");
            soundkeep_store::identity::groups::add(&mut transaction, scenario.organisation, id, &name, scenario.now)
                .await
                .unwrap();
            groups.push(id);
        }
        transaction.commit().await.unwrap();
        let lead = scenario.user("Lead").await;
        let mut new = scenario.conversation(0);
        (new.contact, new.groups) = (Some("Ada".to_owned()), vec![groups[599]]);
        scenario.give(lead, BuiltInRole::Supervisor, Limit::Named(groups), None).await;
        scenario.add(&new).await;
        let mut elsewhere = scenario.conversation(1);
        elsewhere.contact = Some("Ada".to_owned());
        scenario.add(&elsewhere).await;
        let scope = scenario.scope::<marks::ConversationsView>(lead).await;
        let searched = Filter { words: Query::typed("ada"), ..Filter::default() };
        assert_eq!(scenario.list(&scope, &searched).await, [new.id]);
        assert_eq!(scenario.list(&scope, &Filter::default()).await, [new.id]);
    });
}

#[test]
fn a_nul_is_refused_alike() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
        let filter = Filter { tag: Some("a\0b".to_owned()), ..Filter::default() };
        let mut reader = store.reader();
        let outcome = soundkeep_store::conversations::count(&mut reader, &scope, &filter, true).await;
        assert!(matches!(outcome, Err(soundkeep_store::Error::NulInText)), "{outcome:?}");
        let typed = Filter { words: Query::typed("a\0b"), ..Filter::default() };
        assert!(scenario.list(&scope, &typed).await.is_empty());
    });
}

#[test]
fn a_great_many_words_are_taken_and_none_breaks_the_database() {
    for_each_backend(async |backend: &Backend| {
        let store = backend.open().await;
        let scenario = Scenario::in_store(&store).await;
        let id = told(&scenario, "Ada", "+49 30 1234567", &[]).await;
        let long = "x".repeat(60);
        let note: String = (0..60_000).map(|number| format!("{number:06}{long} ")).collect();
        scenario.note(id, &[&note]).await;
        assert_eq!(scenario.search("ada").await, [id]);
        assert_eq!(scenario.search("4567").await, [id], "its numbers are found however much is noted");
        assert_eq!(scenario.search(&format!("000001{long}")).await, [id]);
        scenario.erase(id).await;
        assert!(scenario.search("ada").await.is_empty());
    });
}

/// Letters that databases treat differently, and all that a search language could take for its own.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b",
        "A",
        "ä",
        "ß",
        "ẞ",
        "İ",
        "ı",
        "ſ",
        "é",
        "e\u{301}",
        "ﬁ",
        "½",
        "²",
        "٣",
        "७",
        "東",
        "京",
        "한",
        "ก",
        "я",
        "Я",
        "ё",
        "Σ",
        "ς",
        "σ",
        "😀",
        "👩\u{200d}🚀",
        "\u{200b}",
        "\u{feff}",
        "\u{ad}",
        "_",
        "-",
        ".",
        "+",
        "/",
        " ",
        "\t",
        "\u{a0}",
        "'",
        "\"",
        "*",
        ":",
        "&",
        "|",
        "!",
        "(",
        ")",
        "<->",
        "\\",
        "%",
        ";",
        "--",
        "NOT",
        "OR",
        "NEAR",
        "1",
        "0",
        "7",
        "12",
        "\u{0}",
        "\u{1b}",
        "^",
        "{",
        "}",
        "~",
        "@",
        "$1",
    ]);
    prop::collection::vec(pieces, 1..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn both_databases_find_the_same_in_nasty_texts() {
    let backends = Backend::all();
    let runtime = backend::runtime();
    let stores: Vec<_> = backends.iter().map(|backend| runtime.block_on(backend.open())).collect();
    let config = Config { cases: 60, max_shrink_iters: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let texts = prop::collection::vec(nasty(), 1..6);
    let outcome = runner.run(&(texts, prop::collection::vec(nasty(), 4)), |(texts, typed)| {
        let answers: Vec<Vec<Vec<usize>>> =
            stores.iter().map(|store| runtime.block_on(answers(store, &texts, &typed))).collect();
        for answer in &answers[1..] {
            prop_assert_eq!(&answers[0], answer);
        }
        // What stands there is found by itself.
        for (at, text) in texts.iter().enumerate() {
            if Query::typed(text).is_some() {
                prop_assert!(answers[0][typed.len() + at].contains(&at), "{:?} does not find itself", text);
            }
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Which of the texts each search finds; the texts themselves are searched for last.
async fn answers(store: &soundkeep_store::Store, texts: &[String], typed: &[String]) -> Vec<Vec<usize>> {
    let scenario = Scenario::in_store(store).await;
    let mut ids = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let mut new = scenario.conversation(0);
        // A NUL never gets past intake, and PostgreSQL has no text that holds one.
        let text = text.replace('\u{0}', " ");
        match at % 3 {
            0 => new.contact = Some(text.clone()),
            1 => new.tags = vec![text.clone()],
            _ => new.agent_label = Some(text.clone()),
        }
        scenario.add(&new).await;
        ids.push(new.id);
    }
    let scope = scenario.scope::<marks::ConversationsView>(scenario.admin).await;
    let mut answers = Vec::new();
    for text in typed.iter().chain(texts) {
        let mut found = Vec::new();
        if let Some(words) = Query::typed(text) {
            let filter = Filter { words: Some(words), ..Filter::default() };
            let rows = scenario.list(&scope, &filter).await;
            found = rows.iter().map(|id| ids.iter().position(|other| other == id).unwrap()).collect();
        }
        found.sort_unstable();
        answers.push(found);
    }
    answers
}

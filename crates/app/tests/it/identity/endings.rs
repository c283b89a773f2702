//! Keys of programs and tokens of directories that end: told once, a month before, to whom it concerns.

use super::house::{House, houses};
use crate::messages::{post, set_up_mail};
use soundkeep_app::Caller;
use soundkeep_app::domain::access::{AccountState, BuiltInRole, RoleKey};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::{Guide, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_app::identity::{
    CreatedApiKey, KeyRights, KeyRotation, ListOptions, NewApiKey, ProviderWish, UserChange, api_keys, change_user,
    create_api_key, create_provider, revoke_api_key, rotate_api_key, scim, tend,
};

const DAY: i64 = 24 * 60 * 60;

async fn key(house: &House, by: &Caller, name: &str, days: Option<u32>) -> CreatedApiKey {
    let new = NewApiKey {
        name: name.to_owned(),
        rights: KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Agent)),
        scopes: None,
        networks: Vec::new(),
        expires_in_days: days,
        never_expires: days.is_none(),
    };
    create_api_key(&house.vault, by, &new).await.unwrap()
}

/// So many days later, as the periodic work finds it.
async fn later(house: &House, days: i64) -> Caller {
    house.clock.turn(days * DAY);
    tend(&house.vault).await.unwrap();
    house.back().await
}

async fn told(house: &House, admin: &Caller, kind: EventKind) -> Vec<String> {
    let name = |event: &serde_json::Value| event.pointer("/object/name").unwrap().as_str().unwrap().to_owned();
    house.events(admin, kind).await.iter().map(name).collect()
}

async fn soon(house: &House, admin: &Caller) -> Vec<String> {
    let options = ListOptions { limit: 10, ..ListOptions::default() };
    let listed = api_keys(&house.vault, admin, &options).await.unwrap().items;
    listed.into_iter().filter(|key| key.ends_soon).map(|key| key.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_ends_soon_is_told_once_in_the_ledger_and_by_mail() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Admin]).await;
        let bob = house.caller(&bob.token).await.unwrap();
        key(&house, &bob, "Import", Some(90)).await;
        key(&house, &admin, "Always", None).await;
        let gone = key(&house, &admin, "Gone", Some(90)).await;
        revoke_api_key(&house.vault, &admin, gone.api_key.id).await.unwrap();
        let admin = later(&house, 59).await;
        assert!(told(&house, &admin, EventKind::ApiKeyEnds).await.is_empty() && soon(&house, &admin).await.is_empty());
        let admin = later(&house, 1).await;
        assert_eq!(told(&house, &admin, EventKind::ApiKeyEnds).await, ["Import"]);
        assert_eq!(soon(&house, &admin).await, ["Import"]);
        assert_eq!(post(&house).await, 2);
        let letters = [server.letter(), server.letter()];
        let mut to: Vec<&str> = letters.iter().map(|letter| letter.to()).collect();
        to.sort_unstable();
        assert_eq!(to, ["admin@example.org", "bob@example.org"], "who made it, and who could renew it: each once");
        let read = letters[0].read();
        assert!(read.subject.starts_with("An API key ends on 2026-") && read.text.contains("Import"), "{read:?}");
        let admin = later(&house, 1).await;
        assert_eq!(told(&house, &admin, EventKind::ApiKeyEnds).await.len(), 1);
        assert_eq!(post(&house).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_renewed_is_told_of_before_its_new_end_alone() {
    for house in houses().await {
        let admin = house.admin().await;
        let renewed = key(&house, &admin, "Renewed", Some(90)).await.api_key.id;
        let short = key(&house, &admin, "Short", Some(30)).await.api_key.id;
        tend(&house.vault).await.unwrap();
        assert!(told(&house, &admin, EventKind::ApiKeyEnds).await.is_empty(), "made for a month, and known to end");
        let admin = later(&house, 14).await;
        assert!(soon(&house, &admin).await.is_empty());
        let month = KeyRotation { expires_in_days: Some(30), ..KeyRotation::default() };
        rotate_api_key(&house.vault, &admin, short, &month).await.unwrap();
        let admin = later(&house, 10).await;
        assert!(told(&house, &admin, EventKind::ApiKeyEnds).await.is_empty(), "it was renewed in time");
        rotate_api_key(&house.vault, &admin, renewed, &KeyRotation::default()).await.unwrap();
        let admin = later(&house, 5).await;
        assert_eq!(told(&house, &admin, EventKind::ApiKeyEnds).await, ["Short"]);
        rotate_api_key(&house.vault, &admin, short, &month).await.unwrap();
        assert!(soon(&house, &admin).await.is_empty());
        let admin = later(&house, 15).await;
        assert_eq!(told(&house, &admin, EventKind::ApiKeyEnds).await, ["Short", "Short"], "another end, told anew");
        let admin = later(&house, 39).await;
        assert!(!told(&house, &admin, EventKind::ApiKeyEnds).await.contains(&"Renewed".to_owned()));
        let admin = later(&house, 1).await;
        assert!(told(&house, &admin, EventKind::ApiKeyEnds).await.contains(&"Renewed".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_a_directory_that_ends_is_told_too_and_to_nobody_who_has_left() {
    for house in houses().await {
        let admin = house.admin().await;
        let server = set_up_mail(&house, &admin).await;
        let (bob, signed_in) = house.user(&admin, "Bob", &[BuiltInRole::Admin]).await;
        let provider = Provider {
            slug: "works".to_owned(),
            name: "Works".to_owned(),
            guide: Guide::Other,
            protocol: Protocol::None,
            domains: Vec::new(),
            document: ProviderDocument::default(),
        };
        let wish = ProviderWish { provider, secret: None, state: ProviderState::Off, mappings: Vec::new() };
        let id = create_provider(&house.vault, &admin, wish).await.unwrap().id;
        let maker = house.caller(&signed_in.token).await.unwrap();
        let made = scim::create_token(&house.vault, &maker, id, &scim::NewToken::default()).await.unwrap().token;
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        let admin = later(&house, 59).await;
        assert!(told(&house, &admin, EventKind::ScimTokenEnds).await.is_empty());
        assert!(!scim::tokens(&house.vault, &admin, id).await.unwrap()[0].ends_soon);
        let admin = later(&house, 1).await;
        assert_eq!(told(&house, &admin, EventKind::ScimTokenEnds).await, ["Works"]);
        assert!(scim::tokens(&house.vault, &admin, id).await.unwrap()[0].ends_soon);
        assert_eq!(post(&house).await, 1);
        assert_eq!(server.letter().to(), "admin@example.org");
        let rotated = scim::rotate_token(&house.vault, &admin, (id, made.id), &KeyRotation::default()).await.unwrap();
        assert!(!rotated.token.ends_soon);
        let admin = later(&house, 60).await;
        assert_eq!(told(&house, &admin, EventKind::ScimTokenEnds).await.len(), 2);
    }
}

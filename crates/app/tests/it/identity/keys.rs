//! API keys.

use super::house::{HERE, PASSWORD, houses};
use soundkeep_app::Error;
use soundkeep_app::domain::access::{AccountState, BuiltInRole, CallerKind, Permission, RoleKey, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{
    KeyRights, ListOptions, NewApiKey, UserChange, api_keys, change_user, create_api_key, me, revoke_api_key, sign_out,
};

const DAY: i64 = 24 * 60 * 60;

fn new(rights: KeyRights, days: Option<u32>) -> NewApiKey {
    NewApiKey {
        name: "Import".to_owned(),
        rights,
        scopes: None,
        networks: Vec::new(),
        expires_in_days: days,
        never_expires: false,
    }
}
const ADMIN: KeyRights = KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Admin));

#[tokio::test]
async fn a_key_is_shown_once_acts_with_its_role_and_is_revoked_at_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = create_api_key(&house.vault, &admin, &new(ADMIN, None)).await.unwrap();
        assert!(made.key.starts_with(&made.api_key.prefix) && made.key.starts_with("sk_"));
        let caller = house.caller(&made.key).await.unwrap();
        assert_eq!(caller.facts().kind(), CallerKind::ApiKey(made.api_key.id));
        assert_eq!(caller.facts().grants().scope(Permission::RecordingsIngest), Scope::All);
        assert_eq!(me(&house.vault, &caller).await.unwrap().user.name, "Import");
        assert!(matches!(sign_out(&house.vault, &caller).await, Err(Error::NotFound)));
        let options = ListOptions { limit: 10, ..ListOptions::default() };
        let listed = api_keys(&house.vault, &admin, &options).await.unwrap().items;
        assert_eq!(listed[0].last_used_at, Some(house.vault.now()));
        assert_eq!(listed[0].created_by.as_ref().map(|by| by.name.as_str()), Some("Grace"));
        revoke_api_key(&house.vault, &admin, made.api_key.id).await.unwrap();
        assert!(matches!(house.caller(&made.key).await, Err(Error::NotSignedIn)));
        assert!(matches!(revoke_api_key(&house.vault, &admin, made.api_key.id).await, Err(Error::NotFound)));
        assert_eq!(api_keys(&house.vault, &admin, &options).await.unwrap().items.len(), 0);
        for kind in [EventKind::ApiKeyCreated, EventKind::ApiKeyRevoked] {
            let events = house.events(&admin, kind).await;
            assert_eq!(events.len(), 1);
            assert!(!events[0].to_string().contains(&made.key));
        }
    }
}

#[tokio::test]
async fn a_key_expires() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = create_api_key(&house.vault, &admin, &new(ADMIN, Some(1))).await.unwrap();
        house.caller(&made.key).await.unwrap();
        house.clock.turn(24 * 3600 - 1);
        house.caller(&made.key).await.unwrap();
        house.clock.turn(1);
        assert!(matches!(house.caller(&made.key).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn a_key_lives_at_least_a_day_and_at_most_a_year() {
    for house in houses().await {
        let admin = house.admin().await;
        for days in [0, 366, u32::MAX] {
            let refused = create_api_key(&house.vault, &admin, &new(ADMIN, Some(days))).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{days}");
        }
    }
}

#[tokio::test]
async fn a_key_that_acts_for_somebody_ends_with_their_account() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[BuiltInRole::Manager]).await;
        let made = create_api_key(&house.vault, &admin, &new(KeyRights::User(bob.id), None)).await.unwrap();
        let caller = house.caller(&made.key).await.unwrap();
        assert_eq!(caller.facts().grants().scope(Permission::RecordingsPlay), Scope::All);
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        assert!(matches!(house.caller(&made.key).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn a_rotated_key_goes_on_under_both_texts_until_the_overlap_is_over() {
    use soundkeep_app::identity::{KeyRotation, check, rotate_api_key};
    for house in houses().await {
        let admin = house.admin().await;
        let made = create_api_key(&house.vault, &admin, &new(ADMIN, Some(30))).await.unwrap();
        let knock = async |key: &str| check(&house.vault, key, None).await;
        let before = knock(&made.key).await.unwrap();
        let week = KeyRotation { overlap_days: 7, expires_in_days: Some(60), never_expires: false };
        let rotated = rotate_api_key(&house.vault, &admin, made.api_key.id, &week).await.unwrap();
        assert_ne!(rotated.key, made.key);
        assert_eq!(rotated.api_key.id, made.api_key.id);
        assert_eq!(rotated.api_key.expires_at, Some(house.vault.now().plus_seconds(60 * DAY)));
        assert_eq!(knock(&rotated.key).await.unwrap().session(), before.session(), "it is the same key");
        house.clock.turn(7 * DAY - 1);
        knock(&made.key).await.unwrap();
        house.clock.turn(1);
        assert!(matches!(knock(&made.key).await, Err(Error::NotSignedIn)));
        knock(&rotated.key).await.unwrap();
        let admin = house.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap();
        let admin = house.caller(&admin.token).await.unwrap();
        // At once, and for good: neither text before goes on.
        let at_once = KeyRotation { never_expires: true, ..KeyRotation::default() };
        let last = rotate_api_key(&house.vault, &admin, made.api_key.id, &at_once).await.unwrap();
        assert_eq!(last.api_key.expires_at, None);
        for ended in [&made.key, &rotated.key] {
            assert!(matches!(knock(ended).await, Err(Error::NotSignedIn)));
        }
        house.clock.turn(1000 * DAY);
        knock(&last.key).await.unwrap();
        for wrong in [31, u32::MAX] {
            let wish = KeyRotation { overlap_days: wrong, ..KeyRotation::default() };
            assert!(matches!(
                rotate_api_key(&house.vault, &admin, made.api_key.id, &wish).await,
                Err(Error::Invalid(_))
            ));
        }
    }
}

#[tokio::test]
async fn the_text_before_goes_on_no_longer_than_it_would_have() {
    use soundkeep_app::identity::{KeyRotation, check, rotate_api_key};
    for house in houses().await {
        let admin = house.admin().await;
        let made = create_api_key(&house.vault, &admin, &new(ADMIN, Some(2))).await.unwrap();
        let wish = KeyRotation { overlap_days: 30, ..KeyRotation::default() };
        rotate_api_key(&house.vault, &admin, made.api_key.id, &wish).await.unwrap();
        house.clock.turn(2 * DAY);
        assert!(matches!(check(&house.vault, &made.key, None).await, Err(Error::NotSignedIn)));
    }
}

#[tokio::test]
async fn what_goes_on_under_a_text_that_ended_ends_too() {
    use soundkeep_app::identity::{KeyRotation, create_group, rotate_api_key};
    for house in houses().await {
        let admin = house.admin().await;
        let made = create_api_key(&house.vault, &admin, &new(ADMIN, None)).await.unwrap();
        let under_way = house.caller(&made.key).await.unwrap();
        let week = KeyRotation { overlap_days: 7, ..KeyRotation::default() };
        rotate_api_key(&house.vault, &admin, made.api_key.id, &week).await.unwrap();
        create_group(&house.vault, &under_way, "While the overlap lasts").await.unwrap();
        rotate_api_key(&house.vault, &admin, made.api_key.id, &KeyRotation::default()).await.unwrap();
        let late = create_group(&house.vault, &under_way, "After it").await;
        assert!(matches!(late, Err(Error::NotSignedIn)));
    }
}

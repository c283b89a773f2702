//! API keys.

use super::house::houses;
use soundkeep_app::Error;
use soundkeep_app::domain::access::{AccountState, BuiltInRole, CallerKind, Permission, RoleKey, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{
    KeyRights, ListOptions, NewApiKey, UserChange, api_keys, change_user, create_api_key, me, revoke_api_key, sign_out,
};

fn new(rights: KeyRights, days: Option<u32>) -> NewApiKey {
    NewApiKey { name: "Import".to_owned(), rights, expires_in_days: days }
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

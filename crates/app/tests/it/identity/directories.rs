//! Directories at the moment when they are sent away.

use super::house::houses;
use serde_json::json;
use soundkeep_app::Error;
use soundkeep_app::domain::identity::{Guide, Protocol, Provider, ProviderDocument, ProviderState};
use soundkeep_app::identity::scim::rules::{Query, ResourceKind};
use soundkeep_app::identity::scim::{Asked, NewToken, create, create_token, revoke_token};
use soundkeep_app::identity::{ListOptions, ProviderWish, create_provider, users};

#[tokio::test]
async fn whoever_lost_their_token_after_the_door_brings_nobody_any_more() {
    for house in houses().await {
        let admin = house.admin().await;
        let provider = Provider {
            slug: "people".to_owned(),
            name: "People".to_owned(),
            guide: Guide::Other,
            protocol: Protocol::None,
            domains: Vec::new(),
            document: ProviderDocument::default(),
        };
        let wish = ProviderWish { provider, secret: None, state: ProviderState::Off, mappings: Vec::new() };
        let provider = create_provider(&house.vault, &admin, wish).await.unwrap();
        let made = create_token(&house.vault, &admin, provider.id, &NewToken::default()).await.unwrap();
        let directory = house.caller(&made.text).await.unwrap();
        let query = Query::default();
        let asked = Asked { base: "https://vault.example.org/scim/v2", query: &query, if_match: None };
        let body = |name: &str| {
            json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "displayName": name,
                "emails": [{"value": name, "primary": true}],
            })
        };
        create(&house.vault, &directory, ResourceKind::User, &asked, &body("in@example.org")).await.unwrap();
        revoke_token(&house.vault, &admin, (provider.id, made.token.id)).await.unwrap();
        let late = create(&house.vault, &directory, ResourceKind::User, &asked, &body("late@example.org")).await;
        assert!(matches!(late, Err(Error::NotSignedIn)), "{late:?}");
        let listed = users(&house.vault, &admin, &ListOptions { search: None, cursor: None, limit: 50 }).await.unwrap();
        let emails: Vec<&str> = listed.items.iter().map(|user| user.email.as_str()).collect();
        assert!(emails.contains(&"in@example.org") && !emails.contains(&"late@example.org"), "{emails:?}");
    }
}

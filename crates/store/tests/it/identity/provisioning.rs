//! Users whom a directory brings: with what it says of them and with the event that tells of it, or not at all.

use super::harness::{Fresh, at, random, stores};
use soundkeep_domain::access::AccountState;
use soundkeep_domain::audit::{EventKind, Outcome};
use soundkeep_domain::identity::{Guide, Protocol, Provider, ProviderDocument};
use soundkeep_domain::{EventId, ProviderId, UserId};
use soundkeep_store::Error;
use soundkeep_store::audit::{self, NewEvent};
use soundkeep_store::directory::users::{Said, provision};
use soundkeep_store::identity::{providers, users};

async fn provider(fresh: &Fresh, slug: &str, domains: &[&str]) -> ProviderId {
    let id = ProviderId::make(at(0), &random());
    let provider = Provider {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        guide: Guide::Other,
        protocol: Protocol::None,
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        document: ProviderDocument::default(),
    };
    let mut transaction = fresh.store.begin().await.unwrap();
    providers::add(&mut transaction, (fresh.organisation, id), &provider, None, at(0)).await.unwrap();
    transaction.commit().await.unwrap();
    id
}

/// Brings somebody; the policy epoch that was held, and which ids they would have.
async fn bring(fresh: &Fresh, by: ProviderId, user_name: &str, email: &str) -> (Result<i64, Error>, UserId, EventId) {
    let (id, event) = (UserId::make(at(1), &random()), EventId::make(at(1), &random()));
    let new =
        users::NewUser { id, email, name: "Ada", state: AccountState::Invited, password_hash: None, created_at: at(1) };
    let said = Said {
        provider: by,
        user_name: user_name.to_owned(),
        external_id: None,
        document: "{}".to_owned(),
        changed_at: at(1),
    };
    let told = NewEvent {
        id: event,
        organisation: fresh.organisation,
        at: at(1),
        kind: EventKind::UserCreated,
        outcome: Outcome::Success,
        actor_kind: "system",
        actor_id: None,
        object_kind: Some("user"),
        object_id: Some(id.to_string()),
        conversation: None,
        leaf: format!("{{\"$1\":\"{user_name}\"}}"),
        openings: None,
    };
    let mut transaction = fresh.store.begin().await.unwrap();
    let outcome = provision(&mut transaction, fresh.organisation, (&new, &said), &told).await;
    if outcome.is_ok() {
        transaction.commit().await.unwrap();
    }
    (outcome, id, event)
}

/// The events that wait for their numbers, and how many users there are.
async fn kept(fresh: &Fresh) -> (Vec<(EventId, String)>, i64) {
    let mut transaction = fresh.store.begin().await.unwrap();
    let events = audit::unnumbered(&mut transaction, fresh.organisation, 9).await.unwrap();
    (events, users::count(&mut fresh.store.reader(), fresh.organisation).await.unwrap())
}

#[tokio::test]
async fn somebody_who_is_brought_is_there_with_the_event_that_tells_of_it() {
    for fresh in stores().await {
        let by = provider(&fresh, "first", &[]).await;
        let (epoch, id, event) = bring(&fresh, by, "ada", "ada@example.org").await;
        assert_eq!(epoch.unwrap(), fresh.epoch().await);
        let user = users::get(&mut fresh.store.reader(), fresh.organisation, id).await.unwrap();
        assert_eq!((user.email.as_str(), user.state), ("ada@example.org", AccountState::Invited));
        assert_eq!(kept(&fresh).await, (vec![(event, "{\"$1\":\"ada\"}".to_owned())], 1));
    }
}

#[tokio::test]
async fn where_one_of_its_writes_finds_something_in_the_way_none_is_made() {
    for fresh in stores().await {
        let by = provider(&fresh, "first", &["example.org"]).await;
        let other = provider(&fresh, "second", &["example.com"]).await;
        bring(&fresh, by, "ada", "ada@example.org").await.0.unwrap();
        let before = kept(&fresh).await;
        let in_the_way = [
            (by, "ada", "other@example.org", "the user name"),
            (by, "other", "ada@example.org", "the address"),
            (by, "other", "other@example.com", "the other provider's domain"),
        ];
        for (by, user_name, email, what) in in_the_way {
            let (outcome, id, _) = bring(&fresh, by, user_name, email).await;
            assert!(matches!(outcome, Err(Error::Conflict(_))), "{what}: {outcome:?}");
            let user = users::get(&mut fresh.store.reader(), fresh.organisation, id).await;
            assert!(matches!(user, Err(Error::NotFound)), "{what}: {user:?}");
        }
        assert_eq!(kept(&fresh).await, before);
        // Nothing is in the way of those who come after them.
        bring(&fresh, other, "other", "other@example.com").await.0.unwrap();
    }
}

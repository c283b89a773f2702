//! Signing in: who is refused, how often one may try, and what the ledger says of it.

use super::house::{HERE, PASSWORD, houses, visitor};
use soundkeep_app::Error;
use soundkeep_app::domain::access::AccountState;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{Credentials, Invitation, UserChange, change_user, invite, settle, sign_in, tend};

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same() {
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        let cy = Invitation { email: "cy@example.org".to_owned(), name: "Cy".to_owned(), assignments: Vec::new() };
        invite(&house.vault, &admin, &cy).await.unwrap();
        let long = PASSWORD.repeat(100);
        for (email, password) in [
            ("nobody@example.org", PASSWORD),
            ("admin@example.org", "wrong horse battery"),
            ("admin@example.org", ""),
            ("admin@example.org", &long),
            ("bob@example.org", PASSWORD),
            ("cy@example.org", PASSWORD),
            ("cy@example.org", ""),
            ("no address", PASSWORD),
        ] {
            let refused = house.sign_in(email, password, HERE).await;
            assert!(matches!(refused, Err(Error::NotSignedIn)), "{email} {password}");
        }
        house.sign_in("ADMIN@example.org ", PASSWORD, HERE).await.unwrap();
    }
}

#[tokio::test]
async fn the_organisation_that_is_named_is_the_one_that_is_meant() {
    for house in houses().await {
        house.admin().await;
        house.other_admin().await;
        let into = async |slug: &str| {
            let credentials = Credentials {
                email: "boss@example.net".to_owned(),
                password: PASSWORD.to_owned(),
                organisation: Some(slug.to_owned()),
            };
            sign_in(&house.vault, credentials, &visitor(HERE)).await
        };
        assert_eq!(into("other").await.unwrap().signed_in().unwrap().me.organisation.slug, "other");
        assert!(matches!(into("main").await, Err(Error::NotSignedIn)));
        assert_eq!(into("").await.unwrap().signed_in().unwrap().me.organisation.slug, "other");
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_where_it_comes_from_and_nowhere_else() {
    for house in houses().await {
        house.admin().await;
        for _ in 0..10 {
            let guess = house.sign_in("admin@example.org", "wrong horse battery", "203.0.113.5").await;
            assert!(matches!(guess, Err(Error::NotSignedIn)));
        }
        let slowed = house.sign_in("admin@example.org", PASSWORD, "203.0.113.99").await;
        assert!(matches!(slowed, Err(Error::TooMany(1..))));
        house.sign_in("admin@example.org", PASSWORD, HERE).await.unwrap();
        house.clock.turn(61);
        house.sign_in("admin@example.org", PASSWORD, "203.0.113.99").await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_address_is_slowed_down_like_a_known_one() {
    for house in houses().await {
        house.admin().await;
        for _ in 0..10 {
            house.sign_in("nobody@example.org", PASSWORD, "203.0.113.5").await.err().unwrap();
        }
        let slowed = house.sign_in("nobody@example.org", PASSWORD, "203.0.113.5").await;
        assert!(matches!(slowed, Err(Error::TooMany(_))));
    }
}

#[tokio::test]
async fn refusals_of_a_network_are_one_event_a_minute_with_a_count() {
    for house in houses().await {
        let admin = house.admin().await;
        for each in 0..5 {
            house.sign_in(&format!("{each}@example.org"), PASSWORD, "203.0.113.5").await.err().unwrap();
        }
        house.sign_in("admin@example.org", "wrong horse battery", "198.51.100.1").await.err().unwrap();
        tend(&house.vault).await.unwrap();
        assert_eq!(house.events(&admin, EventKind::SignInRefused).await.len(), 2, "one per network");
        house.clock.turn(60);
        tend(&house.vault).await.unwrap();
        tend(&house.vault).await.unwrap();
        let events = house.events(&admin, EventKind::SignInRefused).await;
        assert_eq!(events.len(), 3);
        assert_eq!(events[0]["detail"]["count"], 4);
        assert_eq!(events[0]["address"], "203.0.113.0/24");
        assert_eq!(events[0]["outcome"], "refused");
        assert!(!events.iter().any(|event| event.to_string().contains("example.org")), "what was typed stays out");
    }
}

#[tokio::test]
async fn refusals_that_are_only_counted_are_written_before_closing() {
    for house in houses().await {
        let admin = house.admin().await;
        for _ in 0..3 {
            house.sign_in("nobody@example.org", PASSWORD, "203.0.113.5").await.err().unwrap();
        }
        settle(&house.vault).await.unwrap();
        settle(&house.vault).await.unwrap();
        let events = house.events(&admin, EventKind::SignInRefused).await;
        let counts: i64 = events.iter().filter_map(|event| event["detail"]["count"].as_i64()).sum();
        assert_eq!((events.len(), counts), (2, 3));
    }
}

/// More tries at once than there is room for: some are sent away, also when the account doesn't exist, because
/// the same work is done for it.
#[tokio::test]
async fn hashing_is_bounded_and_done_for_unknown_addresses_too() {
    for house in houses().await {
        let addresses: Vec<String> = (0..200).map(|each| format!("198.51.{each}.1")).collect();
        let tries = addresses.iter().map(|address| house.sign_in("nobody@example.org", PASSWORD, address));
        let answers = futures::future::join_all(tries).await;
        let busy = answers.iter().filter(|answer| matches!(answer, Err(Error::Unavailable(_)))).count();
        let refused = answers.iter().filter(|answer| matches!(answer, Err(Error::NotSignedIn))).count();
        assert_eq!(busy + refused, 200);
        assert!(busy > 0 && refused >= 64, "{busy} {refused}");
    }
}

#[tokio::test]
async fn a_refusal_is_told_to_the_organisation_whose_account_was_meant() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, boss) = house.other_admin().await;
        house.sign_in("boss@example.net", "wrong horse battery", "203.0.113.5").await.err().unwrap();
        assert_eq!(house.events(&boss, EventKind::SignInRefused).await.len(), 1);
        assert_eq!(house.events(&admin, EventKind::SignInRefused).await.len(), 0);
    }
}

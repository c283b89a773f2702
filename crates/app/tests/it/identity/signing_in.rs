//! Signing in: who is refused, how often one may try, and what the ledger says of it.

use super::house::{HERE, PASSWORD, accept, houses, visitor};
use soundkeep_app::Error;
use soundkeep_app::domain::access::AccountState;
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::identity::{
    self, Credentials, DEVICE_SECONDS, Invitation, LINK_SECONDS, UserChange, Visitor, change_user, invite, redeem_link,
    settle, sign_in, tend,
};
use soundkeep_crypto::SystemEntropy;
use soundkeep_crypto::token::{Token, TokenKind};
use std::collections::BTreeMap;

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
        house.clock.turn(16);
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
async fn who_isnt_known_is_given_exactly_the_work_of_who_is() {
    // 19 MiB in two passes: one hash.
    const ONE: u64 = 2 * 19 * 1024;
    for house in houses().await {
        let admin = house.admin().await;
        let (_, boss) = house.other_admin().await;
        let (off, _) = house.user(&admin, "Off", &[]).await;
        let (twice, _) = house.user(&admin, "Twice", &[]).await;
        let mut invited = Vec::new();
        for (caller, name) in [(&boss, "twice"), (&admin, "ida"), (&admin, "joe"), (&admin, "kim")] {
            let email = format!("{name}@example.org");
            let invitation = Invitation { email, name: "Somebody".to_owned(), assignments: Vec::new() };
            invited.push(invite(&house.vault, caller, &invitation).await.unwrap());
        }
        assert_eq!(twice.email, invited[0].user.email, "known in two organisations");
        let change = UserChange { state: Some(AccountState::Disabled), ..UserChange::default() };
        change_user(&house.vault, &admin, off.id, off.version, &change).await.unwrap();
        let metrics = house.vault.metrics();
        let (mut network, long) = (0, "x".repeat(5000));
        for (email, password, comes_in) in [
            ("twice@example.org", PASSWORD, true),
            ("twice@example.org", "wrong horse battery", false),
            ("twice@example.org", long.as_str(), false),
            ("nobody@example.org", PASSWORD, false),
            ("nobody@example.org", long.as_str(), false),
            ("nobody@nowhere.example", "", false),
            ("ida@example.org", PASSWORD, false),
            ("off@example.org", PASSWORD, false),
            ("not an address", PASSWORD, false),
        ] {
            network += 1;
            let before = metrics.password_work_kib_total();
            let came = house.sign_in(email, password, &format!("198.51.{network}.1")).await;
            assert_eq!(came.is_ok(), comes_in, "{email}");
            let short: String = password.chars().take(8).collect();
            assert_eq!(metrics.password_work_kib_total() - before, ONE, "{email} with {short}");
        }
        // Asking for a link and using one that isn't good costs nobody any.
        let before = metrics.password_work_kib_total();
        for email in ["twice@example.org", "nobody@example.org", "ida@example.org", "off@example.org"] {
            crate::messages::forgot(&house, email, HERE).await.unwrap();
        }
        let (used, newer) = (&invited[1].link.token, &invited[2]);
        identity::new_user_link(&house.vault, &admin, newer.user.id).await.unwrap();
        assert_eq!(metrics.password_work_kib_total(), before);
        redeem_link(&house.vault, used, accept(), &visitor(HERE)).await.unwrap();
        let before = metrics.password_work_kib_total();
        house.clock.turn(LINK_SECONDS);
        let made_up = Token::generate(TokenKind::Invitation, &SystemEntropy::new()).unwrap();
        for token in [used.as_str(), &newer.link.token, &invited[3].link.token, made_up.reveal(), "nonsense"] {
            let refused = redeem_link(&house.vault, token, accept(), &visitor(HERE)).await;
            assert!(matches!(refused, Err(Error::NotFound)), "used, replaced, over, made up");
            assert!(matches!(identity::inspect_link(&house.vault, token).await, Err(Error::NotFound)));
        }
        assert_eq!(metrics.password_work_kib_total(), before);
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

#[tokio::test]
async fn somebody_in_the_same_office_locks_nobody_out_of_a_device_that_is_known() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[]).await;
        let device = Visitor { known: Some(bob.known.clone()), ..visitor(HERE) };
        let from = async |email: &str, password: &str, visitor: &Visitor| {
            let credentials =
                Credentials { email: email.to_owned(), password: password.to_owned(), organisation: None };
            sign_in(&house.vault, credentials, visitor).await?.signed_in()
        };
        while !matches!(from("bob@example.org", "wrong horse battery", &visitor(HERE)).await, Err(Error::TooMany(_))) {}
        assert!(matches!(from("bob@example.org", PASSWORD, &visitor(HERE)).await, Err(Error::TooMany(_))));
        let again = from("bob@example.org", PASSWORD, &device).await.unwrap();
        // It is the same device after each sign-in, and one of nobody else's.
        let renewed = Visitor { known: Some(again.known.clone()), ..visitor(HERE) };
        for _ in 0..10 {
            assert!(matches!(from("bob@example.org", "wrong horse battery", &renewed).await, Err(Error::NotSignedIn)));
        }
        assert!(matches!(from("bob@example.org", PASSWORD, &device).await, Err(Error::TooMany(_))));
        let (_, cy) = house.user(&admin, "Cy", &[]).await;
        let of_cy = Visitor { known: Some(cy.known), ..visitor(HERE) };
        assert!(matches!(from("bob@example.org", PASSWORD, &of_cy).await, Err(Error::TooMany(_))));
        // Two people on one device are both known on it.
        house.clock.turn(24 * 60 * 60);
        let shared = from("cy@example.org", PASSWORD, &renewed).await.unwrap().known;
        let shared = Visitor { known: Some(shared), ..visitor(HERE) };
        for email in ["bob@example.org", "cy@example.org"] {
            while !matches!(from(email, "wrong horse battery", &visitor(HERE)).await, Err(Error::TooMany(_))) {}
            from(email, PASSWORD, &shared).await.unwrap();
        }
        // Half a year later it is a device like any other, and so is what was made up.
        house.clock.turn(DEVICE_SECONDS);
        for known in [shared.known.clone(), Some("AAAA.BBBB".to_owned()), Some("é".to_owned()), Some("A".repeat(9000))]
        {
            while !matches!(
                from("bob@example.org", "wrong horse battery", &visitor(HERE)).await,
                Err(Error::TooMany(_))
            ) {}
            let stranger = Visitor { known, ..visitor(HERE) };
            assert!(matches!(from("bob@example.org", PASSWORD, &stranger).await, Err(Error::TooMany(_))));
        }
    }
}

/// What can be counted of a try from outside and inside: its answer, how many events it wrote. Kinds of accounts come in
/// a random order at random times; were the frequencies to hang on the kind, chi-square would say so.
#[tokio::test]
async fn nothing_that_can_be_counted_tells_which_accounts_there_are() {
    const ROUNDS: usize = 24;
    for house in houses().await {
        let admin = house.admin().await;
        let (bob, _) = house.user(&admin, "Bob", &[]).await;
        let off = UserChange { state: Some(AccountState::Disabled), name: None };
        change_user(&house.vault, &admin, bob.id, bob.version, &off).await.unwrap();
        let cy = Invitation { email: "cy@example.org".to_owned(), name: "Cy".to_owned(), assignments: Vec::new() };
        invite(&house.vault, &admin, &cy).await.unwrap();
        house.user(&admin, "Dora", &[]).await;
        let kinds = ["nobody@example.org", "bob@example.org", "cy@example.org", "dora@example.org", "no address"];
        let mut random = 42_u64;
        let mut below = |end: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) as usize % end
        };
        let mut seen: BTreeMap<String, [f64; 5]> = BTreeMap::new();
        for _ in 0..ROUNDS * kinds.len() {
            let kind = below(kinds.len());
            house.clock.turn(i64::try_from(below(10)).unwrap());
            let before = house.vault.metrics().events_total();
            // A few networks, so that tries run out now and then, for every kind alike.
            let address = format!("203.0.{}.7", below(2));
            let answer = house.sign_in(kinds[kind], "wrong horse battery", &address).await.err().unwrap();
            let answer = match answer {
                Error::TooMany(_) => "too many".to_owned(),
                other => format!("{other:?}"),
            };
            let wrote = house.vault.metrics().events_total() - before;
            seen.entry(format!("{answer}, {wrote} events")).or_default()[kind] += 1.0;
        }
        let of_kind: Vec<f64> = (0..kinds.len()).map(|kind| seen.values().map(|counts| counts[kind]).sum()).collect();
        let total: f64 = of_kind.iter().sum();
        let mut chi_square = 0.0;
        for counts in seen.values() {
            let row: f64 = counts.iter().sum();
            for (count, kind) in counts.iter().zip(&of_kind) {
                let expected = row * kind / total;
                chi_square += (count - expected).powi(2) / expected;
            }
        }
        let freedom = ((seen.len() - 1) * (kinds.len() - 1)) as f64;
        // Beyond five standard deviations: not by chance.
        assert!(chi_square < freedom + 5.0 * (2.0 * freedom).sqrt() + 1e-9, "{chi_square} of {freedom}: {seen:?}");
        assert!(seen.len() > 1, "{seen:?}");
    }
}

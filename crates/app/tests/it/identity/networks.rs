//! Where people and programs come from, approved domains, and the operator's way back.

use super::house::{HERE, House, PASSWORD, houses, visitor};
use serde_json::json;
use soundkeep_app::access::roles::{NewRole, RoleBase, RoleChange, change_role, create_role};
use soundkeep_app::domain::access::{BuiltInRole, RoleKey};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::Step;
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::identity::{
    Client, CreatedApiKey, Credentials, Entered, Invitation, KeyRights, KeyRotation, NewApiKey, OAuthError, Redeem,
    Said, SignedIn, begin_app, change_key_networks, check, confirm_app, continue_sign_in, create_api_key, invite,
    issue_token, recover_networks, recover_user, redeem_link, rotate_api_key, sign_in, tend, test_key_address,
};
use soundkeep_app::settings::{change, test_address};
use soundkeep_app::{Caller, Error};
use soundkeep_crypto::signed_secret::{SecretKey, of_day};
use soundkeep_crypto::token::Token;

const OUTSIDE: &str = "203.0.113.9";

async fn wish(house: &House, caller: &Caller, wishes: &[(&str, serde_json::Value)]) -> Result<(), Error> {
    let wish = |(key, value): &(&str, serde_json::Value)| Wish {
        key: (*key).to_owned(),
        channel: None,
        value: Some(value.clone()),
    };
    let wishes: Vec<Wish> = wishes.iter().map(wish).collect();
    change(&house.vault, caller, None, &wishes).await.map(|_| ())
}

async fn from(house: &House, email: &str, address: &str) -> Result<Entered, Error> {
    let credentials = Credentials { email: email.to_owned(), password: PASSWORD.to_owned(), organisation: None };
    sign_in(&house.vault, credentials, &visitor(address)).await
}

async fn knock(house: &House, token: &str, address: &str) -> Result<Caller, Error> {
    check(&house.vault, token, Some(address.parse().unwrap())).await
}

fn is_wrong_network<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::WrongNetwork(address)) if address == OUTSIDE)
}

#[tokio::test]
async fn outside_of_the_list_nobody_signs_in_and_open_sessions_are_shut_out_at_once() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        knock(&house, &bob.token, OUTSIDE).await.unwrap();
        wish(&house, &admin, &[("console_networks", json!(["192.0.2.0/24"]))]).await.unwrap();
        assert!(is_wrong_network(&knock(&house, &bob.token, OUTSIDE).await));
        assert!(is_wrong_network(&knock(&house, &bob.token, "::ffff:203.0.113.9").await));
        knock(&house, &bob.token, HERE).await.unwrap();
        assert!(is_wrong_network(&from(&house, "bob@example.org", OUTSIDE).await));
        from(&house, "bob@example.org", HERE).await.unwrap().signed_in().unwrap();
        // Even an administrator, where no second factor is asked for at all.
        assert!(is_wrong_network(&from(&house, "admin@example.org", OUTSIDE).await));
        let told = house.events(&admin, EventKind::SignInRefused).await;
        let networks = told.iter().filter(|event| event.pointer("/detail/why").is_some_and(|why| why == "network"));
        assert_eq!(networks.count(), 2);
    }
}

async fn with_app(house: &House, signed_in: &SignedIn) -> String {
    let caller = house.caller(&signed_in.token).await.unwrap();
    let enrolment = begin_app(&house.vault, &caller).await.unwrap();
    confirm_app(&house.vault, &caller, &house.code(&enrolment.secret, 0)).await.unwrap();
    enrolment.secret
}

#[tokio::test]
async fn who_may_come_from_outside_does_so_with_a_second_factor_alone() {
    for house in houses().await {
        let admin = house.admin().await;
        let (_, eve) = house.user(&admin, "Eve", &[BuiltInRole::Admin]).await;
        let (_, bob) = house.user(&admin, "Bob", &[BuiltInRole::Supervisor]).await;
        let lists = [("console_networks", json!(["192.0.2.0/24"])), ("second_factor", json!("outside"))];
        wish(&house, &admin, &lists).await.unwrap();
        // Inside, nobody is asked; outside, who may not is refused with an app too.
        from(&house, "eve@example.org", HERE).await.unwrap().signed_in().unwrap();
        with_app(&house, &bob).await;
        assert!(is_wrong_network(&from(&house, "bob@example.org", OUTSIDE).await));
        // Where a password alone would be enough to set an app up, nobody does.
        assert!(is_wrong_network(&from(&house, "eve@example.org", OUTSIDE).await));
        let secret = with_app(&house, &eve).await;
        house.clock.turn(30);
        let Entered::Next(step) = from(&house, "eve@example.org", OUTSIDE).await.unwrap() else {
            panic!("let in from outside by a password alone")
        };
        assert_eq!(step.step, Step::SecondFactor);
        assert!(is_wrong_network(&knock(&house, &eve.token, OUTSIDE).await), "that session showed no second factor");
        let said = Said::Code(house.code(&secret, 0));
        let entered = continue_sign_in(&house.vault, &step.token, said, &visitor(OUTSIDE)).await;
        let there = entered.unwrap().signed_in().unwrap();
        knock(&house, &there.token, OUTSIDE).await.unwrap();
        wish(&house, &admin, &[("second_factor", json!("off"))]).await.unwrap();
        assert!(
            is_wrong_network(&knock(&house, &there.token, OUTSIDE).await),
            "none means that nobody comes from outside"
        );
    }
}

#[tokio::test]
async fn keys_have_a_list_of_their_own() {
    for house in houses().await {
        let admin = house.admin().await;
        let new = NewApiKey {
            name: "PBX".to_owned(),
            rights: KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Agent)),
            scopes: None,
            networks: Vec::new(),
            expires_in_days: None,
            never_expires: false,
        };
        let key = create_api_key(&house.vault, &admin, &new).await.unwrap().key;
        wish(&house, &admin, &[("console_networks", json!(["192.0.2.0/24"]))]).await.unwrap();
        knock(&house, &key, OUTSIDE).await.unwrap();
        wish(&house, &admin, &[("api_networks", json!(["198.51.100.0/24"]))]).await.unwrap();
        assert!(is_wrong_network(&knock(&house, &key, OUTSIDE).await));
        knock(&house, &key, "198.51.100.1").await.unwrap();
        let tested =
            test_address(&house.vault, &admin, "198.51.100.7", Some(&["10.0.0.0/8".to_owned()])).await.unwrap();
        assert_eq!((tested.people, tested.programs, tested.listed), (false, true, Some(false)));
        for (address, list) in [("x", None), ("192.0.2.1", Some(vec!["x".to_owned()]))] {
            let refused = test_address(&house.vault, &admin, address, list.as_deref()).await;
            assert!(matches!(refused, Err(Error::Invalid(_))));
        }
    }
}

fn is_elsewhere<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::WrongKeyNetwork(address)) if address == HERE)
}

fn list(networks: &[&str]) -> Vec<String> {
    networks.iter().map(|&network| network.to_owned()).collect()
}

async fn key_of(house: &House, by: &Caller, networks: &[&str]) -> Result<CreatedApiKey, Error> {
    let new = NewApiKey {
        name: "PBX".to_owned(),
        rights: KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Admin)),
        scopes: None,
        networks: list(networks),
        expires_in_days: None,
        never_expires: false,
    };
    create_api_key(&house.vault, by, &new).await
}

#[tokio::test]
async fn a_key_with_a_list_of_its_own_comes_from_there_alone_in_whichever_way() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key_of(&house, &admin, &["198.51.100.9/24", " 198.51.100.0/24", "2001:DB8::1/32"]).await.unwrap();
        assert_eq!(made.api_key.networks, ["198.51.100.0/24", "2001:db8::/32"]);
        let there = "198.51.100.7";
        let client = |address: &str| Client {
            id: made.api_key.id.to_string(),
            secret: made.key.clone(),
            address: Some(address.parse().unwrap()),
        };
        let token = issue_token(&house.vault, &client(there), None).await.unwrap().token;
        let refused = issue_token(&house.vault, &client(HERE), None).await;
        assert!(matches!(refused, Err(OAuthError::WrongKeyNetwork(address)) if address == HERE));
        let now = house.vault.now().as_unix_micros() / 1_000_000;
        let signing = SecretKey::of(&Token::parse(&made.key).unwrap());
        let secret = of_day(&made.api_key.id.to_string(), &signing, &admin.organisation().to_string(), now).unwrap();
        for shown in [&made.key, &token, &secret] {
            // From there first, so that it is remembered; and then from elsewhere.
            for _ in 0..2 {
                knock(&house, shown, there).await.unwrap();
                knock(&house, shown, "::ffff:198.51.100.9").await.unwrap();
                assert!(is_elsewhere(&knock(&house, shown, HERE).await));
            }
        }
        // Both lists must allow.
        wish(&house, &admin, &[("api_networks", json!(["192.0.2.0/24"]))]).await.unwrap();
        assert!(matches!(knock(&house, &made.key, there).await, Err(Error::WrongNetwork(_))));
        assert!(is_elsewhere(&knock(&house, &made.key, HERE).await));
        house.clock.turn(60);
        tend(&house.vault).await.unwrap();
        let told = house.events(&admin, EventKind::ProgramRefused).await;
        let why = |word: &str| told.iter().any(|event| event.pointer("/detail/why").is_some_and(|why| why == word));
        assert!(why("key_network") && why("network"), "{told:?}");
    }
}

#[tokio::test]
async fn a_key_list_is_changed_at_once_and_a_rotation_keeps_it() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key_of(&house, &admin, &[]).await.unwrap();
        let new = NewRole { name: "Coach".to_owned(), base: RoleBase::Empty, lines: Vec::new() };
        let coach = create_role(&house.vault, &admin, &new).await.unwrap();
        let under_way = knock(&house, &made.key, HERE).await.unwrap();
        let id = made.api_key.id;
        let changed = change_key_networks(&house.vault, &admin, id, &list(&["198.51.100.0/24"])).await.unwrap();
        assert_eq!(changed.networks, ["198.51.100.0/24"]);
        assert!(is_elsewhere(&knock(&house, &made.key, HERE).await));
        // What goes on for longer than a request looks at it anew.
        let late = change_role(&house.vault, &under_way, coach.key, coach.version, &RoleChange::default()).await;
        assert!(is_elsewhere(&late), "{late:?}");
        let rotated = rotate_api_key(&house.vault, &admin, id, &KeyRotation::default()).await.unwrap();
        assert_eq!(rotated.api_key.networks, ["198.51.100.0/24"]);
        assert!(is_elsewhere(&knock(&house, &rotated.key, HERE).await));
        knock(&house, &rotated.key, "198.51.100.1").await.unwrap();
        change_key_networks(&house.vault, &admin, id, &[]).await.unwrap();
        knock(&house, &rotated.key, HERE).await.unwrap();
        let told = house.events(&admin, EventKind::ApiKeyChange).await;
        assert_eq!(told.len(), 2);
        assert_eq!(told[1].pointer("/new/networks"), Some(&json!(["198.51.100.0/24"])));
        for wrong in [&["x"][..], &["192.0.2.0/33"]] {
            let refused = change_key_networks(&house.vault, &admin, id, &list(wrong)).await;
            assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].0 == "networks"));
            assert!(matches!(key_of(&house, &admin, wrong).await, Err(Error::Invalid(_))));
        }
        let tested = test_key_address(&house.vault, &admin, "192.0.2.77", &list(&["192.0.2.0/25"])).await.unwrap();
        assert_eq!((tested.programs, tested.listed), (true, Some(true)));
        assert_eq!(tested.yours, Some(HERE.parse().unwrap()));
    }
}

#[tokio::test]
async fn a_key_that_is_held_to_networks_opens_none_that_lie_elsewhere() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key_of(&house, &admin, &["192.0.2.0/24"]).await.unwrap();
        let program = house.caller(&made.key).await.unwrap();
        for wide in [&[][..], &["192.0.0.0/16"], &["192.0.2.7", "198.51.100.1"]] {
            let refused = key_of(&house, &program, wide).await;
            assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].0 == "networks"), "{wide:?}");
            let refused = change_key_networks(&house.vault, &program, made.api_key.id, &list(wide)).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{wide:?}");
        }
        key_of(&house, &program, &["192.0.2.128/25"]).await.unwrap();
        let out = change_key_networks(&house.vault, &program, made.api_key.id, &list(&["192.0.2.128/25"])).await;
        assert!(matches!(out, Err(Error::Invalid(fields)) if fields[0].1.contains(HERE)), "it would shut itself out");
        let anywhere = key_of(&house, &admin, &[]).await.unwrap().api_key.id;
        let text = rotate_api_key(&house.vault, &program, anywhere, &KeyRotation::default()).await;
        assert!(matches!(text, Err(Error::Conflict(_))));
        rotate_api_key(&house.vault, &program, made.api_key.id, &KeyRotation::default()).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_locks_themselves_out_and_the_address_seen_is_named() {
    for house in houses().await {
        let admin = house.admin().await;
        let refused = |result: Result<(), Error>, field: &str, part: &str| match result {
            Err(Error::Invalid(fields)) => {
                assert_eq!(fields[0].0, format!("organisation.{field}"));
                assert!(fields[0].1.contains(part), "{}", fields[0].1);
            }
            other => panic!("{other:?}"),
        };
        refused(wish(&house, &admin, &[("console_networks", json!(["10.0.0.0/8"]))]).await, "console_networks", HERE);
        refused(wish(&house, &admin, &[("second_factor", json!("outside"))]).await, "console_networks", "at least one");
        let domains = [("domains_approved", json!(true)), ("email_domains", json!(["other.example"]))];
        refused(wish(&house, &admin, &domains).await, "email_domains", "admin@example.org");
        refused(wish(&house, &admin, &[("domains_approved", json!(true))]).await, "email_domains", "at least one");
        refused(
            wish(&house, &admin, &[("console_networks", json!(["10.0.0.0/33"]))]).await,
            "console_networks",
            "expected",
        );
        wish(&house, &admin, &[("api_networks", json!(["10.0.0.0/8"]))]).await.unwrap();
    }
}

#[tokio::test]
async fn only_users_of_approved_domains_are_invited_and_come_in() {
    for house in houses().await {
        let admin = house.admin().await;
        let invitation =
            |email: &str| Invitation { email: email.to_owned(), name: "Bob".to_owned(), assignments: Vec::new() };
        let bob = invite(&house.vault, &admin, &invitation("bob@agency.example")).await.unwrap();
        let said = || Redeem { password: Some(PASSWORD.to_owned()), ..Redeem::default() };
        redeem_link(&house.vault, &bob.link.token, said(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
        let late = invite(&house.vault, &admin, &invitation("late@agency.example")).await.unwrap();
        let domains = [("domains_approved", json!(true)), ("email_domains", json!(["Example.org"]))];
        wish(&house, &admin, &domains).await.unwrap();
        assert!(matches!(from(&house, "bob@agency.example", HERE).await, Err(Error::Conflict(_))));
        let redeemed = redeem_link(&house.vault, &late.link.token, said(), &visitor(HERE)).await;
        assert!(matches!(redeemed, Err(Error::Conflict(_))));
        // What is refused didn't happen: the link works once the domain is approved.
        wish(&house, &admin, &[("domains_approved", json!(false))]).await.unwrap();
        redeem_link(&house.vault, &late.link.token, said(), &visitor(HERE)).await.unwrap().signed_in().unwrap();
        wish(&house, &admin, &domains).await.unwrap();
        let refused = invite(&house.vault, &admin, &invitation("eve@agency.example")).await;
        assert!(matches!(refused, Err(Error::Invalid(fields)) if fields[0].1.contains("example.org")));
        invite(&house.vault, &admin, &invitation("eve@example.org")).await.unwrap();
        from(&house, "admin@example.org", HERE).await.unwrap().signed_in().unwrap();
    }
}

#[tokio::test]
async fn the_operator_opens_the_lists_and_lets_a_user_in_again() {
    for house in houses().await {
        let admin = house.admin().await;
        let organisation = admin.organisation();
        let (_, eve) = house.user(&admin, "Eve", &[BuiltInRole::Admin]).await;
        with_app(&house, &eve).await;
        assert!(recover_networks(&house.vault, organisation).await.unwrap().is_empty());
        let lists = [("console_networks", json!(["192.0.2.0/24"])), ("second_factor", json!("outside"))];
        wish(&house, &admin, &lists).await.unwrap();
        let mut opened = recover_networks(&house.vault, organisation).await.unwrap();
        opened.sort_unstable();
        assert_eq!(opened, ["console_networks", "second_factor"]);
        from(&house, "admin@example.org", OUTSIDE).await.unwrap().signed_in().unwrap();
        assert!(matches!(recover_user(&house.vault, organisation, "nobody@example.org").await, Err(Error::NotFound)));
        let link = recover_user(&house.vault, organisation, "Eve@Example.org").await.unwrap();
        assert!(matches!(knock(&house, &eve.token, HERE).await, Err(Error::NotSignedIn)));
        let said = Redeem { password: Some("another horse battery".to_owned()), ..Redeem::default() };
        let entered = redeem_link(&house.vault, &link.token, said, &visitor(OUTSIDE)).await.unwrap();
        assert_eq!(entered.signed_in().unwrap().me.user.name, "Eve", "no second factor is asked for");
        assert_eq!(house.events(&admin, EventKind::UserRecovered).await.len(), 1);
        let changes = house.events(&admin, EventKind::SettingsChange).await;
        assert_eq!(changes[0].pointer("/actor/id").and_then(|id| id.as_str()), Some("operator"));
    }
}

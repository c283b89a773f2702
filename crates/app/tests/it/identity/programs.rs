//! Programs by the way that their organisation asks for: a key, a secret of the day, an access token.

use super::house::{HERE, House, houses};
use serde_json::json;
use soundkeep_app::domain::access::{BuiltInRole, Permission, RoleKey, Scope};
use soundkeep_app::domain::audit::EventKind;
use soundkeep_app::domain::identity::ProgramWay;
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::identity::{
    Client, CreatedApiKey, Doorstep, KeyRights, KeyRotation, ListOptions, NewApiKey, OAuthError, api_keys, check_at,
    create_api_key, create_group, end_access_tokens, introspect_token, issue_token, revoke_api_key, revoke_token,
    rotate_api_key, tend,
};
use soundkeep_app::settings::change;
use soundkeep_app::{Caller, Error};
use soundkeep_crypto::signed_secret::{SecretKey, of_day};
use soundkeep_crypto::token::Token;

const DAY: i64 = 24 * 60 * 60;
const ORIGIN: &str = "https://vault.example.org";

async fn wish(house: &House, caller: &Caller, key: &str, value: serde_json::Value) -> Result<(), Error> {
    let wish = Wish { key: key.to_owned(), channel: None, value: Some(value) };
    change(&house.vault, caller, None, &[wish]).await.map(|_| ())
}

async fn key(house: &House, admin: &Caller, role: BuiltInRole, scopes: Option<&str>) -> CreatedApiKey {
    let new = NewApiKey {
        name: "Import".to_owned(),
        rights: KeyRights::Role(RoleKey::BuiltIn(role)),
        scopes: scopes.map(|scopes| scopes.parse().unwrap()),
        networks: Vec::new(),
        expires_in_days: None,
        never_expires: false,
    };
    create_api_key(&house.vault, admin, &new).await.unwrap()
}

async fn knock(house: &House, shown: &str) -> Result<Caller, Error> {
    let door = Doorstep { address: Some(HERE.parse().unwrap()), origin: Some(ORIGIN) };
    check_at(&house.vault, shown, door).await
}

fn seconds(house: &House) -> i64 {
    house.vault.now().as_unix_micros() / 1_000_000
}

/// The secret of the day that a program makes for its key.
fn secret(house: &House, made: &CreatedApiKey, audience: &str) -> String {
    let signing = SecretKey::of(&Token::parse(&made.key).unwrap());
    of_day(&made.api_key.id.to_string(), &signing, audience, seconds(house)).unwrap()
}

fn client(made: &CreatedApiKey) -> Client {
    Client { id: made.api_key.id.to_string(), secret: made.key.clone(), address: Some(HERE.parse().unwrap()) }
}

async fn token(house: &House, made: &CreatedApiKey, scope: Option<&str>) -> String {
    issue_token(&house.vault, &client(made), scope).await.unwrap().token
}

fn is_out<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotSignedIn))
}

#[tokio::test]
async fn a_program_comes_in_the_way_that_its_organisation_asks_for_and_in_no_other() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let token = token(&house, &made, None).await;
        let ways = [
            (ProgramWay::Key, made.key.clone()),
            (ProgramWay::SignedSecret, secret(&house, &made, ORIGIN)),
            (ProgramWay::AccessToken, token),
        ];
        for asked in ProgramWay::ALL {
            wish(&house, &admin, "api_authentication", json!(asked.word())).await.unwrap();
            for (way, shown) in &ways {
                match (knock(&house, shown).await, way.is_taken_where(asked)) {
                    (Ok(caller), true) => assert_eq!(caller.session(), made.api_key.id.to_string()),
                    (Err(Error::WrongWay(told)), false) => assert_eq!(told, asked),
                    (answer, taken) => panic!("{way:?} where {asked:?} is asked for, taken {taken}: {answer:?}"),
                }
            }
        }
        tend(&house.vault).await.unwrap();
        let told = house.events(&admin, EventKind::ProgramRefused).await;
        assert!(told.iter().any(|event| event.pointer("/detail/why").is_some_and(|why| why == "way")));
        for (_, shown) in &ways {
            assert!(told.iter().all(|event| !event.to_string().contains(shown)));
        }
    }
}

#[tokio::test]
async fn a_program_cannot_lock_itself_out() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let by_key = knock(&house, &made.key).await.unwrap();
        let refused = wish(&house, &by_key, "api_authentication", json!("oauth")).await;
        let Err(Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
        assert_eq!(fields[0].0, "organisation.api_authentication");
        let by_token = knock(&house, &token(&house, &made, None).await).await.unwrap();
        wish(&house, &by_token, "api_authentication", json!("oauth")).await.unwrap();
        assert!(matches!(wish(&house, &by_token, "api_authentication", json!("signed")).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_secret_of_the_day_is_good_for_its_key_its_vault_and_its_day() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Supervisor, None).await;
        let organisation = admin.organisation().to_string();
        for audience in [ORIGIN, organisation.as_str()] {
            let caller = knock(&house, &secret(&house, &made, audience)).await.unwrap();
            assert_eq!(caller.facts().grants().scope(Permission::RecordingsPlay), Scope::All);
        }
        assert!(is_out(&knock(&house, &secret(&house, &made, "https://elsewhere.example")).await));
        // Signed by another key, under this one's id.
        let other = key(&house, &admin, BuiltInRole::Admin, None).await;
        let stolen = CreatedApiKey { key: other.key, ..made.clone() };
        assert!(is_out(&knock(&house, &secret(&house, &stolen, ORIGIN)).await));
        let today = secret(&house, &made, ORIGIN);
        assert_eq!(today, secret(&house, &made, ORIGIN));
        // The day ends a little later where clocks may differ, and not where they mayn't.
        house.clock.turn(DAY - seconds(&house).rem_euclid(DAY));
        let admin = house.back().await;
        for (skew, lets_in) in [(1, true), (0, false), (300, true)] {
            house.set(&admin, "clock_skew_seconds", skew.into()).await;
            assert_eq!(knock(&house, &today).await.is_ok(), lets_in, "{skew}");
        }
        house.clock.turn(300);
        assert!(is_out(&knock(&house, &today).await), "yesterday's");
        let tomorrow = secret(&house, &made, ORIGIN);
        knock(&house, &tomorrow).await.unwrap();
        let admin = house.back().await;
        revoke_api_key(&house.vault, &admin, made.api_key.id).await.unwrap();
        assert!(is_out(&knock(&house, &tomorrow).await));
        let told = house.events(&admin, EventKind::ProgramRefused).await;
        assert!(told.iter().any(|event| event.pointer("/detail/why").is_some_and(|why| why == "secret")));
    }
}

#[tokio::test]
async fn what_the_database_holds_signs_no_secret() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let stored = Token::parse(&made.key).unwrap().hash();
        let forged = SecretKey::from_bytes(stored.as_bytes()).unwrap();
        let id = made.api_key.id.to_string();
        let forged = of_day(&id, &forged, ORIGIN, seconds(&house)).unwrap();
        assert!(is_out(&knock(&house, &forged).await));
    }
}

#[tokio::test]
async fn what_came_of_a_text_ends_with_it_when_a_rotation_has_overlapped() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let token = token(&house, &made, None).await;
        let old = secret(&house, &made, ORIGIN);
        let day = KeyRotation { overlap_days: 1, ..KeyRotation::default() };
        let rotated = rotate_api_key(&house.vault, &admin, made.api_key.id, &day).await.unwrap();
        let new = secret(&house, &rotated, ORIGIN);
        assert_ne!(old, new);
        for shown in [&token, &old, &new] {
            knock(&house, shown).await.unwrap();
        }
        issue_token(&house.vault, &client(&made), None).await.unwrap();
        let under_way = knock(&house, &old).await.unwrap();
        let by_token = knock(&house, &token).await.unwrap();
        rotate_api_key(&house.vault, &admin, made.api_key.id, &KeyRotation::default()).await.unwrap();
        for shown in [&token, &old, &new] {
            assert!(is_out(&knock(&house, shown).await), "{shown}");
        }
        assert!(is_out(&create_group(&house.vault, &under_way, "Late").await));
        assert!(is_out(&create_group(&house.vault, &by_token, "Late").await));
        let late = issue_token(&house.vault, &client(&made), None).await;
        assert!(matches!(late, Err(OAuthError::InvalidClient)));
    }
}

#[tokio::test]
async fn a_token_ends_by_itself_by_its_key_and_by_whoever_ends_it() {
    for house in houses().await {
        let admin = house.admin().await;
        wish(&house, &admin, "access_token_minutes", json!(10)).await.unwrap();
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let issued = issue_token(&house.vault, &client(&made), None).await.unwrap();
        assert_eq!(issued.expires_in, 600);
        let open = knock(&house, &issued.token).await.unwrap();
        house.clock.turn(599);
        knock(&house, &issued.token).await.unwrap();
        house.clock.turn(1);
        assert!(is_out(&knock(&house, &issued.token).await));
        // Rights that are read anew on the way find its end too.
        wish(&house, &house.back().await, "session_hours", json!(5)).await.unwrap();
        assert!(is_out(&create_group(&house.vault, &open, "Too late").await));
        let count = async || {
            let admin = house.back().await;
            let options = ListOptions { limit: 10, ..ListOptions::default() };
            api_keys(&house.vault, &admin, &options).await.unwrap().items[0].access_tokens
        };
        assert_eq!(count().await, 0);
        let (one, two) = (token(&house, &made, None).await, token(&house, &made, None).await);
        assert_eq!(count().await, 2);
        revoke_token(&house.vault, &client(&made), &one).await.unwrap();
        assert!(is_out(&knock(&house, &one).await));
        revoke_token(&house.vault, &client(&made), &one).await.unwrap();
        for no_token in ["", "sa_nothing", made.key.as_str()] {
            revoke_token(&house.vault, &client(&made), no_token).await.unwrap();
        }
        knock(&house, &made.key).await.unwrap();
        knock(&house, &two).await.unwrap();
        let admin = house.back().await;
        assert_eq!(end_access_tokens(&house.vault, &admin, made.api_key.id).await.unwrap(), 1);
        assert!(is_out(&knock(&house, &two).await));
        let three = token(&house, &made, None).await;
        knock(&house, &three).await.unwrap();
        revoke_api_key(&house.vault, &admin, made.api_key.id).await.unwrap();
        assert!(is_out(&knock(&house, &three).await));
        assert_eq!(house.events(&admin, EventKind::AccessTokenRevoked).await.len(), 2);
        let issued = house.events(&admin, EventKind::AccessTokenIssued).await;
        assert_eq!(issued.len(), 4);
        assert!(issued.iter().all(|event| !event.to_string().contains("sa_")));
    }
}

#[tokio::test]
async fn a_token_holds_what_its_key_holds_or_less() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Supervisor, None).await;
        let scope = async |asked: Option<&str>| issue_token(&house.vault, &client(&made), asked).await;
        let whole = scope(None).await.unwrap();
        assert!(whole.scopes.contains(Permission::RecordingsPlay) && !whole.scopes.contains(Permission::UsersManage));
        // What the key doesn't hold isn't given, whoever asks for it.
        let part = scope(Some("conversations.view users.manage")).await.unwrap();
        assert_eq!(part.scopes.to_string(), "conversations.view");
        let caller = knock(&house, &part.token).await.unwrap();
        assert_eq!(caller.facts().grants().scope(Permission::ConversationsView), Scope::All);
        assert_eq!(caller.facts().grants().scope(Permission::RecordingsPlay), Scope::None);
        for wrong in ["users.manage", "everything", "recordings.download", "conversations.view,recordings.play"] {
            assert!(matches!(scope(Some(wrong)).await, Err(OAuthError::InvalidScope)), "{wrong}");
        }
        // A key that is narrowed itself, and its token once more.
        let narrow = key(&house, &admin, BuiltInRole::Admin, Some("users.manage conversations.view")).await;
        let by_key = knock(&house, &narrow.key).await.unwrap();
        assert_eq!(by_key.facts().grants().permissions().to_string(), "conversations.view users.manage");
        assert!(matches!(wish(&house, &by_key, "session_hours", json!(3)).await, Err(Error::Denied(_))));
        let by_token = token(&house, &narrow, Some("conversations.view api_keys.manage")).await;
        let by_token = knock(&house, &by_token).await.unwrap();
        assert_eq!(by_token.facts().grants().permissions().to_string(), "conversations.view");
        // Also where rights are read once more, because they changed in between.
        wish(&house, &admin, "session_hours", json!(4)).await.unwrap();
        assert!(matches!(create_group(&house.vault, &by_token, "Nothing").await, Err(Error::Denied(_))));
        create_group(&house.vault, &by_key, "Something").await.unwrap();
        let none = NewApiKey {
            name: "None".to_owned(),
            rights: KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Admin)),
            scopes: Some("".parse().unwrap()),
            networks: Vec::new(),
            expires_in_days: None,
            never_expires: false,
        };
        assert!(matches!(create_api_key(&house.vault, &admin, &none).await, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_client_is_who_it_says_and_asks_about_its_own_tokens_alone() {
    for house in houses().await {
        let admin = house.admin().await;
        let (made, other) = (
            key(&house, &admin, BuiltInRole::Admin, None).await,
            key(&house, &admin, BuiltInRole::Supervisor, None).await,
        );
        let own = token(&house, &made, Some("conversations.view")).await;
        let facts = introspect_token(&house.vault, &client(&made), &own).await.unwrap().unwrap();
        assert_eq!((facts.client, facts.scopes.to_string().as_str()), (made.api_key.id, "conversations.view"));
        assert_eq!(facts.expires_at, house.vault.now().plus_seconds(3600));
        assert!(introspect_token(&house.vault, &client(&other), &own).await.unwrap().is_none());
        assert!(introspect_token(&house.vault, &client(&made), "sa_nothing").await.unwrap().is_none());
        let others = revoke_token(&house.vault, &client(&other), &own).await;
        assert!(matches!(others, Err(OAuthError::OthersToken)));
        knock(&house, &own).await.unwrap();
        for (id, secret) in [
            (made.api_key.id.to_string(), other.key.clone()),
            (other.api_key.id.to_string(), made.key.clone()),
            ("nobody".to_owned(), made.key.clone()),
            (made.api_key.id.to_string(), String::new()),
            (made.api_key.id.to_string(), own.clone()),
        ] {
            let refused = Client { id, secret, address: Some(HERE.parse().unwrap()) };
            assert!(matches!(issue_token(&house.vault, &refused, None).await, Err(OAuthError::InvalidClient)));
            assert!(matches!(introspect_token(&house.vault, &refused, &own).await, Err(OAuthError::InvalidClient)));
            assert!(matches!(revoke_token(&house.vault, &refused, &own).await, Err(OAuthError::InvalidClient)));
        }
        house.clock.turn(60);
        tend(&house.vault).await.unwrap();
        let told = house.events(&admin, EventKind::ProgramRefused).await;
        assert_eq!(told.len(), 2, "one at once, one for the rest of the minute: {told:?}");
        let count = |event: &serde_json::Value| event.pointer("/detail/count").and_then(serde_json::Value::as_u64);
        assert_eq!(told.iter().filter_map(count).sum::<u64>(), 15);
    }
}

#[tokio::test]
async fn who_keeps_trying_as_a_client_is_slowed_down_and_the_client_elsewhere_is_not() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let guess = Client { secret: String::new(), address: Some("203.0.113.7".parse().unwrap()), ..client(&made) };
        for _ in 0..10 {
            assert!(matches!(issue_token(&house.vault, &guess, None).await, Err(OAuthError::InvalidClient)));
        }
        let limited = issue_token(&house.vault, &guess, None).await;
        assert!(matches!(limited, Err(OAuthError::House(Error::TooMany(_)))));
        for _ in 0..30 {
            issue_token(&house.vault, &client(&made), None).await.unwrap();
        }
    }
}

#[tokio::test]
async fn networks_and_the_way_that_is_asked_for_judge_clients_and_tokens() {
    for house in houses().await {
        let admin = house.admin().await;
        let made = key(&house, &admin, BuiltInRole::Admin, None).await;
        let token = token(&house, &made, None).await;
        wish(&house, &admin, "api_networks", json!(["198.51.100.0/24"])).await.unwrap();
        assert!(matches!(knock(&house, &token).await, Err(Error::WrongNetwork(_))));
        let refused = issue_token(&house.vault, &client(&made), None).await;
        assert!(matches!(refused, Err(OAuthError::WrongNetwork(address)) if address == HERE));
        wish(&house, &admin, "api_networks", json!([])).await.unwrap();
        wish(&house, &admin, "api_authentication", json!("signed")).await.unwrap();
        assert!(matches!(issue_token(&house.vault, &client(&made), None).await, Err(OAuthError::WrongWay)));
        assert!(introspect_token(&house.vault, &client(&made), &token).await.unwrap().is_none());
        revoke_token(&house.vault, &client(&made), &token).await.unwrap();
        wish(&house, &admin, "api_authentication", json!("oauth")).await.unwrap();
        assert!(is_out(&knock(&house, &token).await));
        knock(&house, &issue_token(&house.vault, &client(&made), None).await.unwrap().token).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_that_is_narrowed_hands_out_nothing_wider() {
    for house in houses().await {
        let admin = house.admin().await;
        let narrow = key(&house, &admin, BuiltInRole::Admin, Some("api_keys.manage recordings.ingest")).await;
        let program = knock(&house, &narrow.key).await.unwrap();
        let wanted = |scopes: Option<&str>| NewApiKey {
            name: "Another".to_owned(),
            rights: KeyRights::Role(RoleKey::BuiltIn(BuiltInRole::Admin)),
            scopes: scopes.map(|scopes| scopes.parse().unwrap()),
            networks: Vec::new(),
            expires_in_days: None,
            never_expires: false,
        };
        for wide in [None, Some("recordings.play"), Some("api_keys.manage recordings.play")] {
            let made = create_api_key(&house.vault, &program, &wanted(wide)).await;
            assert!(matches!(made, Err(Error::Invalid(fields)) if fields[0].0 == "scopes"), "{wide:?}");
        }
        create_api_key(&house.vault, &program, &wanted(Some("recordings.ingest"))).await.unwrap();
        let wide = key(&house, &admin, BuiltInRole::Admin, None).await;
        let text = rotate_api_key(&house.vault, &program, wide.api_key.id, &KeyRotation::default()).await;
        assert!(matches!(text, Err(Error::Conflict(_))), "the text of a wider key is a wider key");
        rotate_api_key(&house.vault, &program, narrow.api_key.id, &KeyRotation::default()).await.unwrap();
        // A token of a wide key that is narrowed is no other.
        let token = token(&house, &wide, Some("api_keys.manage")).await;
        wish(&house, &admin, "api_authentication", ProgramWay::AccessToken.word().into()).await.unwrap();
        let program = knock(&house, &token).await.unwrap();
        let made = create_api_key(&house.vault, &program, &wanted(None)).await;
        assert!(matches!(made, Err(Error::Invalid(_))));
    }
}

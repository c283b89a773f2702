//! `soundkeep recover`: an organisation that locked itself out is opened, beside a running server.

use crate::support::{Vault, http};
use serde_json::json;
use soundkeep_domain::Timestamp;
use soundkeep_domain::settings::{REGISTRY, Wish};
use soundkeep_store::{Location, Store, organisations, settings};

#[test]
fn the_operator_opens_what_was_locked_and_lets_a_user_in() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let admin = people.iter().find(|person| person["role"] == "admin").unwrap();
    let key = admin["api_key"].as_str().unwrap();
    let ask = |method: &str, path: &str, body| http::ask(&server.origin, key, method, path, body);
    assert!(vault.run(&["recover", "networks"]).well().out.contains("Nothing was closed"));
    // A key may close the door to people, and never to itself.
    let closed = json!({"organisation": {"console_networks": ["198.51.100.0/24"]}});
    assert_eq!(ask("PATCH", "/api/v1/settings", Some(&closed)).status, 428, "which version is meant?");
    let own = json!({"organisation": {"api_networks": ["198.51.100.0/24"]}});
    let refused = http::change(&server.origin, key, "/api/v1/settings", &own);
    assert_eq!(refused.status, 422);
    assert!(refused.json()["errors"][0]["message"].as_str().unwrap().contains("127.0.0.1"));
    let saved = http::change(&server.origin, key, "/api/v1/settings", &closed);
    assert_eq!(saved.status, 200);
    let told = vault.run(&["recover", "networks"]).well().out;
    assert!(told.contains("console_networks"), "{told}");
    let email = admin["email"].as_str().unwrap();
    let link = vault.run(&["recover", "user", email]).well().out;
    assert!(link.contains("/welcome#si_"), "{link}");
    let token = link.trim().split('#').nth(1).unwrap();
    let shown = json!({"token": token});
    let inspected = ask("POST", "/api/v1/links/inspect", Some(&shown)).json();
    assert_eq!(inspected["email"].as_str(), Some(email));
    vault.run(&["recover", "user", "nobody@example.org"]).refused("there is no user nobody@example.org");
    let events = ask("GET", "/api/v1/ledger/events?kind=user_recovered", None).json();
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
}

/// Lets people sign in through providers alone, past all that the console asks before: as it is when none answers any more.
fn close(vault: &Vault) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&Location::Sqlite(vault.place().join("soundkeep.db"))).await.unwrap();
        let organisation = organisations::all(&mut store.reader()).await.unwrap()[0].id;
        let mut transaction = store.begin().await.unwrap();
        let before = settings::in_force(&mut transaction, REGISTRY, organisation).await.unwrap();
        let wish = Wish { key: "sso_only".to_owned(), channel: None, value: Some(json!(true)) };
        let after = before.with(&[wish]).unwrap().at_version(before.version() + 1);
        let save = settings::Save {
            version: after.version(),
            at: Timestamp::from_unix_micros(1_790_000_000_000_000),
            by: ("system".to_owned(), "test".to_owned()),
            restored: None,
            changes: json!([]),
        };
        settings::save(&mut transaction, organisation, &after, &save).await.unwrap();
        transaction.commit().await.unwrap();
    });
}

#[test]
fn the_operator_lets_people_sign_in_with_passwords_again() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let admin = people.iter().find(|person| person["role"] == "admin").unwrap();
    let key = admin["api_key"].as_str().unwrap();
    assert!(vault.run(&["recover", "passwords"]).well().out.contains("Nothing was closed"));
    server.stop();
    close(&vault);
    let server = vault.serve(&[]);
    let ask = |path: &str| http::ask(&server.origin, key, "GET", path, None).json();
    let is_closed = || {
        let settings = ask("/api/v1/settings");
        let sections = settings["sections"].as_array().unwrap();
        let mut all = sections.iter().flat_map(|section| section["settings"].as_array().unwrap());
        all.find(|setting| setting["key"] == "sso_only").unwrap()["value"] == true
    };
    assert!(is_closed());
    let told = vault.run(&["recover", "passwords"]).well().out;
    assert!(told.contains("People sign in with passwords again."), "{told}");
    assert!(!is_closed(), "at once, beside a running server");
    let events = ask("/api/v1/ledger/events?kind=settings_change");
    assert_eq!(events["items"][0]["actor"]["id"], "operator", "{events}");
    assert!(vault.run(&["recover", "passwords"]).well().out.contains("Nothing was closed"));
}

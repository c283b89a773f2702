//! `soundkeep recover`: an organisation that locked itself out is opened, beside a running server.

use crate::support::{Vault, http};
use serde_json::json;

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

//! `serve --identity-providers`: providers that a file describes, and what becomes of a file with a mistake.

use crate::support::{Vault, http};
use serde_json::{Value, json};
use std::path::PathBuf;

fn described(slug: &str, domain: &str) -> Value {
    json!({
        "slug": slug, "name": slug, "guide": "other", "protocol": "oidc", "state": "off", "domains": [domain],
        "oidc": {"issuer": format!("https://{slug}.example.org"), "client_id": "soundkeep"}, "client_secret": "hunter2",
    })
}

fn file(vault: &Vault, text: &str) -> PathBuf {
    let path = vault.place().with_extension("json");
    std::fs::write(&path, text).unwrap();
    path
}

/// What the vault has of providers.
fn providers(origin: &str, key: &str) -> Vec<Value> {
    let listed = http::ask(origin, key, "GET", "/api/v1/identity-providers", None).json();
    listed["items"].as_array().or_else(|| listed.as_array()).unwrap_or_else(|| panic!("{listed}")).clone()
}

#[test]
fn providers_of_a_file_are_there_after_the_start_and_a_mistake_changes_nothing() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let key = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap().to_owned();
    let before = providers(&server.origin, &key).len();
    server.stop();
    let serve = |path: &PathBuf| {
        let words = ["serve", "--listen", "127.0.0.1:0", "--identity-providers", path.to_str().unwrap()];
        vault.run(&words)
    };
    // A list that ends too early, a provider that isn't one, and one that doesn't fit behind one that would.
    let broken = file(&vault, "[\n  {\"slug\": \"okta\"\n");
    serve(&broken).refused("line 3: ");
    let no_slug = file(&vault, &json!([{"name": "Okta"}]).to_string());
    let said = serve(&no_slug).refused("provider 1: ");
    assert!(said.err.contains(no_slug.to_str().unwrap()), "the file is named: {said:?}");
    let second = file(&vault, &json!([described("okta", "example.org"), described("entra", "no domain")]).to_string());
    let said = serve(&second).refused("domains");
    assert!(said.err.contains("entra") && !said.err.contains("hunter2"), "{said:?}");
    let none = vault.place().with_extension("nowhere");
    serve(&none).refused("the identity providers");
    let server = vault.serve(&[]);
    assert_eq!(providers(&server.origin, &key).len(), before, "nothing of it was set up");
    server.stop();
    let right = file(&vault, &json!([described("okta", "example.org"), described("entra", "example.net")]).to_string());
    for start in 0..2 {
        let server = vault.serve(&["--identity-providers", right.to_str().unwrap()]);
        let found = providers(&server.origin, &key);
        assert_eq!(found.len(), before + 2, "start {start}");
        assert!(!format!("{found:?}").contains("hunter2"));
        let events = "/api/v1/ledger/events?kind=provider_created";
        let told = http::ask(&server.origin, &key, "GET", events, None).json();
        assert_eq!(told["items"].as_array().unwrap().len(), before + 2, "told once, however often it starts");
        server.stop();
    }
}

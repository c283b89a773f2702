//! The demo: what an interrupted first start leaves, the next one completes.

use crate::support::{Server, Vault, files, http};
use serde_json::Value;

/// Everything that the demo shows to its administrator, without ids.
fn shown(server: &Server, people: &[Value]) -> Vec<(Value, Value, Value, Value)> {
    let key = people.iter().find(|person| person["role"] == "admin").unwrap()["api_key"].as_str().unwrap();
    let ask = |path: &str| http::ask(&server.origin, key, "GET", path, None).json();
    let list = ask("/api/v1/conversations?limit=200");
    let mut shown: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let one = ask(&format!("/api/v1/conversations/{}", item["id"].as_str().unwrap()));
            let groups = one["groups"].as_array().unwrap().iter().map(|group| group["name"].clone()).collect();
            (one["contact"].clone(), one["notes_count"].clone(), one["tags"].clone(), groups)
        })
        .collect();
    shown.sort_by_key(|one| format!("{one:?}"));
    shown
}

#[test]
fn an_interrupted_demo_is_whole_after_the_next_start() {
    let whole = Vault::none();
    let (server, people) = whole.demo();
    let expected = shown(&server, &people);
    assert_eq!(expected.len(), 24);
    server.stop();
    // Killed among its people, at the first recording and in the middle.
    for objects in [0, 1, 31] {
        let vault = Vault::none();
        let mut command = vault.command(&["demo", "--json", "--listen", "127.0.0.1:0"]);
        let filling = Server::start(&mut command, |line| Some(line.to_owned()));
        while files(&vault.place().join("objects")).len() < objects {
            std::thread::yield_now();
        }
        drop(filling);
        let (server, people) = vault.demo();
        assert_eq!(shown(&server, &people), expected, "killed at {objects} objects");
        server.stop();
        vault.is_whole();
    }
}

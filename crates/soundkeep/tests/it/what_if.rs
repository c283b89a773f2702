//! `soundkeep access what-if`: told in words and as JSON, over the socket and alone, and nothing is changed.

use crate::support::{Vault, http, run};
use serde_json::json;

#[test]
fn what_a_change_would_do_is_told_in_words_and_as_json_and_does_not_happen() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let by_role = |role: &str| people.iter().find(|person| person["role"] == role).unwrap();
    let email = |role: &str| by_role(role)["email"].as_str().unwrap();
    let key = by_role("admin")["api_key"].as_str().unwrap();
    let rights = || {
        ["/api/v1/users?limit=200", "/api/v1/roles", "/api/v1/access-groups", "/api/v1/groups", "/api/v1/settings"]
            .map(|path| http::ask(&server.origin, key, "GET", path, None).json())
    };
    let before = rights();
    let what_if = |words: &[&str]| vault.run(&[&["access", "what-if"], words].concat());
    let assign = ["assign", "--user", email("analyst"), "--role", "Manager"];
    let told = what_if(&assign).well().out;
    for words in [
        "1 gain something, 0 lose something.",
        email("analyst"),
        "gain recordings.play: 24 conversations",
        "gain access.explain\n",
        "To be confirmed: 1 user hears or downloads more than before.",
    ] {
        assert!(told.contains(words), "no {words:?} in {told}");
    }
    let limited = what_if(&[&assign[..], &["--groups", "Sales,Billing"]].concat()).well().out;
    assert!(limited.contains("gain recordings.play: ") && !limited.contains(": 24 conversations"), "{limited}");
    let taken = what_if(&["unassign", "--user", email("manager"), "--role", "manager"]).well().out;
    assert!(taken.contains("0 gain something, 1 lose something.") && taken.contains("lose recordings.play"), "{taken}");
    let disabled = what_if(&["disable", "--user", email("agent")]).well().out;
    assert!(disabled.contains("lose conversations.view"), "{disabled}");
    let nothing = "Nobody gains or loses anything.\n";
    assert_eq!(what_if(&["enable", "--user", email("agent")]).well().out, nothing);
    let joined = what_if(&["join", "--group", "HR", "--user", email("supervisor"), "--as", "supervisor"]).well().out;
    assert!(joined.contains("gain recordings.play"), "{joined}");
    assert_eq!(what_if(&["leave", "--group", "HR", "--user", email("analyst")]).well().out, nothing);
    what_if(&["set", "session_hours=0"]).refused("session_hours");
    assert_eq!(what_if(&["set", "session_hours=8"]).well().out, nothing);

    // Files are read where the command is typed; rules over tags are counted to their end.
    let folder = tempfile::tempdir().unwrap();
    let of_file = |kind: &str, document: &serde_json::Value, words: &[&str]| {
        let file = folder.path().join("change.json");
        std::fs::write(&file, document.to_string()).unwrap();
        run(vault.command(&["access", "what-if", kind]).arg(&file).args(words))
    };
    let restricted = json!({"name": "Inbound only", "columns": ["started", "contact"], "rows": {"tags": ["refund"]},
        "targets": [{"kind": "role", "id": "analyst"}]});
    let told = of_file("access-group", &restricted, &[]).well().out;
    assert!(told.contains("0 gain something, 2 lose something."), "{told}");
    assert!(told.contains("lose conversations.view: ") && told.contains("lose columns: "), "{told}");
    let json = of_file("access-group", &restricted, &["--json"]).well().json();
    assert_eq!((&json["losing"], &json["counting"], &json["confirmation"]), (&json!(2), &json!(null), &json!(null)));
    let role = json!({"name": "Coach", "permissions": {"recordings.play": "all"}});
    assert_eq!(of_file("role", &role, &[]).well().out, nothing);
    let wrong = json!({"name": "Coach", "permissions": {"recordings.play": "sometimes"}});
    of_file("role", &wrong, &[]).refused("permissions.recordings.play");
    what_if(&["role", "nowhere.json"]).refused("nowhere.json can't be read");
    what_if(&["assign", "--user", email("agent"), "--role", "Chief"]).refused("there is no role \"Chief\"");
    assert_eq!(rights(), before, "nothing of it happened");
    server.stop();
    let alone = what_if(&[&assign[..], &["--json"]].concat()).well().json();
    assert_eq!(alone["confirmation"]["phrase"], "1 gain");
}

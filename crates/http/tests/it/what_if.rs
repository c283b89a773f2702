//! What a change of rights would do is told by the route that makes it, and what lets somebody hear more is confirmed.

use crate::house::{Client, House, events};
use crate::walk::case;
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_domain::audit::EventKind as E;
use soundkeep_http::{Access, ROUTES};
use soundkeep_testkit::{Backend, for_each_backend};

const WHAT_IF: (&str, &str) = ("soundkeep-what-if", "true");

/// What the ledger writes when rights change.
const CHANGES_OF_RIGHTS: [E; 8] = [
    E::ApiKeyCreated,
    E::RoleChange,
    E::AccessGroupChange,
    E::MembershipChange,
    E::SettingsChange,
    E::UserDeprovisioned,
    E::UserCreated,
    E::GroupDeleted,
];

#[test]
fn whatever_changes_rights_can_be_asked_what_it_would_do() {
    for route in ROUTES {
        let changes = route.events.iter().any(|event| CHANGES_OF_RIGHTS.contains(event));
        // A provider that is set up gives nothing yet; one that is changed or deleted may take what it gave. Its keys are
        // nobody's rights.
        let takes = route.path == "/api/v1/identity-providers/{id}" && !route.events.is_empty();
        // A directory is a program that can look at nothing and confirm nothing: what its groups give was weighed when it
        // was mapped.
        let is_asked_by_people = route.access != Access::Directory;
        assert_eq!(route.weighed, (changes && is_asked_by_people) || takes, "{route:?}");
    }
}

#[test]
fn what_is_only_asked_about_does_not_happen() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for route in ROUTES.iter().filter(|route| route.weighed) {
            let case = case(&house, &admin, route).await;
            let before = count(&admin, route.events).await;
            let key = house.next().to_string();
            let once = ("idempotency-key", key.as_str());
            let told = case.send_with(route, &admin, &[WHAT_IF, once]).await.expect(200).json();
            assert!(told["parties"].is_array() && told["counting"].is_null(), "{route:?}: {told}");
            assert_eq!(count(&admin, route.events).await, before, "{route:?} happened");
            let done = case.send_with(route, &admin, &[once]).await;
            assert!(done.status.is_success(), "{route:?}: {:?}", done.body);
            assert!(count(&admin, route.events).await > before, "{route:?} doesn't happen any more");
        }
    });
}

async fn count(admin: &Client, kinds: &[E]) -> usize {
    let mut count = 0;
    for kind in kinds {
        count += events(admin, kind.key()).await.len();
    }
    count
}

#[test]
fn where_no_rights_are_changed_nothing_is_carried_out_either() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let new = Body::from(json!({"name": "Sales"}).to_string());
        let headers = [("content-type", "application/json"), WHAT_IF];
        let problem =
            admin.send_once(Method::POST, "/api/v1/groups", new, &headers).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], "Soundkeep-What-If");
        assert_eq!(events(&admin, "group_created").await.len(), 0);
        let body = || Body::from(json!({"email": "a@main.example", "name": "A"}).to_string());
        for wrong in [("soundkeep-what-if", "yes"), ("soundkeep-confirmation", "\u{e4}")] {
            let headers = [("content-type", "application/json"), wrong];
            admin.send_once(Method::POST, "/api/v1/users", body(), &headers).await.problem(422, "invalid_fields");
        }
        let both = [("content-type", "application/json"), WHAT_IF, ("soundkeep-confirmation", "x")];
        admin.send_once(Method::POST, "/api/v1/users", body(), &both).await.problem(422, "invalid_fields");
    });
}

/// Sends JSON once, with these headers.
async fn send(
    client: &Client,
    method: Method,
    path: &str,
    json: &Value,
    headers: &[(&str, &str)],
) -> crate::house::Answered {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    client.send_once(method, path, Body::from(json.to_string()), &all).await
}

#[test]
fn whoever_lets_somebody_hear_more_confirms_exactly_that() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for _ in 0..2 {
            house.conversation(&admin, &json!({})).await;
        }
        let (bob, id) = house.user(&admin, "bob@main.example", &json!([])).await;
        let path = format!("/api/v1/users/{id}/assignments");
        let role = json!({"role": "supervisor", "limit": "none"});
        let problem = send(&admin, Method::POST, &path, &role, &[]).await.problem(409, "confirmation_needed");
        let effect = &problem["effect"];
        let party = &effect["parties"][0];
        assert_eq!((&effect["gaining"], &effect["losing"]), (&json!(1), &json!(0)));
        assert_eq!((&party["users"][0]["email"], &party["users_total"]), (&json!("bob@main.example"), &json!(1)));
        let play =
            party["changes"].as_array().unwrap().iter().find(|one| one["permission"] == "recordings.play").unwrap();
        assert_eq!(play["conversations_gained"], json!({"least": 2, "most": 2}));
        assert_eq!((&play["gains"], &play["loses"]), (&json!(true), &json!(false)));
        assert_eq!(effect["confirmation"]["phrase"], "1 gain");
        assert_eq!(effect["confirmation"]["reasons"][0], "1 user hears or downloads more than before.");
        assert_eq!(bob.get("/api/v1/conversations").await.status, 403, "nothing happened");
        let german = send(&admin, Method::POST, &path, &role, &[("accept-language", "de")]).await;
        assert_eq!(german.json()["effect"]["confirmation"]["phrase"], "1 gewinnen");
        let told = send(&admin, Method::POST, &path, &role, &[WHAT_IF]).await.expect(200).json();
        assert_eq!(&told, effect);

        // Who confirmed one change hasn't confirmed another.
        let token = effect["confirmation"]["token"].as_str().unwrap().to_owned();
        let confirmed = [("soundkeep-confirmation", token.as_str())];
        let more = json!({"role": "admin", "limit": "none"});
        send(&admin, Method::POST, &path, &more, &confirmed).await.problem(409, "confirmation_needed");
        assert_eq!(bob.get("/api/v1/conversations").await.status, 403);
        let given = send(&admin, Method::POST, &path, &role, &confirmed).await.expect(201).json();
        bob.get("/api/v1/conversations").await.expect(200);

        // Seeing alone is confirmed by nobody, and neither is losing by one.
        let (_, ada) = house.user(&admin, "ada@main.example", &json!([])).await;
        let sees = json!({"role": "analyst", "limit": "none"});
        send(&admin, Method::POST, &format!("/api/v1/users/{ada}/assignments"), &sees, &[]).await.expect(201);
        let gone = format!("{path}/{}", given["id"].as_str().unwrap());
        let lost = send(&admin, Method::DELETE, &gone, &json!({}), &[WHAT_IF]).await.expect(200).json();
        assert_eq!((&lost["losing"], &lost["confirmation"]), (&json!(1), &Value::Null));
        send(&admin, Method::DELETE, &gone, &json!({}), &[]).await.expect(204);
        assert_eq!(bob.get("/api/v1/conversations").await.status, 403);
    });
}

async fn set(admin: &Client, key: &str, value: Value) -> crate::house::Answered {
    let change = json!({"organisation": {key: value}});
    send(admin, Method::PATCH, "/api/v1/settings", &change, &[("if-match", "*")]).await
}

#[test]
fn an_organisation_chooses_what_has_to_be_confirmed() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (_, id) = house.user(&admin, "bob@main.example", &json!([])).await;
        let path = format!("/api/v1/users/{id}/assignments");
        let role = json!({"role": "supervisor", "limit": "none"});
        set(&admin, "confirm_hearing", json!(false)).await.expect(200);
        let given = send(&admin, Method::POST, &path, &role, &[]).await.expect(201).json();
        set(&admin, "confirm_losing_more_than", json!(0)).await.expect(200);
        let gone = format!("{path}/{}", given["id"].as_str().unwrap());
        let problem = send(&admin, Method::DELETE, &gone, &json!({}), &[]).await.problem(409, "confirmation_needed");
        assert_eq!(problem["effect"]["confirmation"]["phrase"], "1 lose");
        set(&admin, "confirm_losing_more_than", json!(1)).await.expect(200);
        send(&admin, Method::DELETE, &gone, &json!({}), &[]).await.expect(204);
    });
}

#[test]
fn rules_over_tags_are_counted_conversation_by_conversation() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for tags in [json!(["vip"]), json!(["vip", "billing"]), json!([]), json!(["billing"])] {
            house.conversation(&admin, &json!({"tags": tags})).await;
        }
        let sees = json!([{"role": "manager", "limit": "none"}]);
        let (bob, id) = house.user(&admin, "bob@main.example", &sees).await;
        let wish = json!({
            "name": "Billing only", "rows": {"tags": ["billing"]}, "columns": ["started", "tags", "audio", "playback"],
            "targets": [{"kind": "user", "id": id}],
        });
        let path = "/api/v1/access-groups";
        let told = send(&admin, Method::POST, path, &wish, &[WHAT_IF]).await.expect(200).json();
        let change = |permission: &str| {
            let changes = told["parties"][0]["changes"].as_array().unwrap();
            let found = changes.iter().find(|one| one["permission"] == permission);
            found.unwrap_or_else(|| panic!("no {permission} in {told}")).clone()
        };
        assert_eq!(change("conversations.view")["conversations_lost"], json!({"least": 2, "most": 2}));
        assert_eq!(change("recordings.play")["conversations_lost"], json!({"least": 2, "most": 2}));
        let changes = told["parties"][0]["changes"].as_array().unwrap();
        assert!(changes.iter().all(|one| one["permission"] != "access.explain"), "that is about no conversation");
        let hidden = told["parties"][0]["columns_hidden"].as_array().unwrap();
        assert!(hidden.iter().any(|column| column["column"] == "download") && told["counting"].is_null());
        let seen = |list: Value| list["items"].as_array().unwrap().len();
        assert_eq!(seen(bob.get("/api/v1/conversations").await.expect(200).json()), 4);
        send(&admin, Method::POST, path, &wish, &[]).await.expect(201);
        assert_eq!(seen(bob.get("/api/v1/conversations").await.expect(200).json()), 2);
    });
}

#[test]
fn a_program_that_hears_more_is_confirmed_as_well() {
    for_each_backend(async |backend: &Backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        house.conversation(&admin, &json!({})).await;
        let new = json!({"name": "Counters", "clone_of": "analyst"});
        let role = admin.post("/api/v1/roles", &new).await.expect(201).json()["key"].as_str().unwrap().to_owned();
        let (program, id) = house.key(&admin, &role).await;
        let recording = house.conversation(&admin, &json!({})).await.recording;
        let audio = format!("/api/v1/recordings/{recording}/audio");
        assert_eq!(program.get(&audio).await.status, 403);
        let change = json!({"permissions": {"recordings.play": "all"}});
        let path = format!("/api/v1/roles/{role}");
        let problem = send(&admin, Method::PATCH, &path, &change, &[("if-match", "*")]).await;
        let effect = problem.problem(409, "confirmation_needed")["effect"].clone();
        assert_eq!((&effect["gaining"], &effect["programs_gaining"]), (&json!(0), &json!(1)));
        assert_eq!(effect["parties"][0]["programs"], json!([{"id": id, "name": "a program"}]));
        assert_eq!(effect["parties"][0]["changes"][0]["conversations_gained"], json!({"least": 2, "most": 2}));
        assert_eq!(effect["confirmation"]["phrase"], "1 gain");
        assert_eq!(effect["confirmation"]["reasons"][0], "1 program hears or downloads more than before.");
        assert_eq!(program.get(&audio).await.status, 403, "nothing happened");
        let token = effect["confirmation"]["token"].as_str().unwrap();
        let confirmed = [("if-match", "*"), ("soundkeep-confirmation", token)];
        send(&admin, Method::PATCH, &path, &change, &confirmed).await.expect(200);
        program.get(&audio).await.expect(200);
    });
}

//! Why something was taken from somebody stands in the ledger.

use crate::house::{House, events};
use crate::walk::case;
use axum::body::Body;
use serde_json::{Value, json};
use soundkeep_http::ROUTES;
use soundkeep_testkit::for_each_backend;

/// What takes something from people or programs, with what says that it is meant.
const TAKES: [(&str, &str); 11] = [
    ("DELETE", "/api/v1/conversations/{id}"),
    ("PATCH", "/api/v1/users/{id}"),
    ("DELETE", "/api/v1/users/{id}/factors"),
    ("DELETE", "/api/v1/users/{id}/phone"),
    ("DELETE", "/api/v1/users/{id}/sessions"),
    ("DELETE", "/api/v1/users/{id}/sessions/{session_id}"),
    ("DELETE", "/api/v1/users/{id}/identities"),
    ("DELETE", "/api/v1/identity-providers/{id}"),
    ("DELETE", "/api/v1/identity-providers/{id}/scim-tokens/{token_id}"),
    ("DELETE", "/api/v1/api-keys/{id}"),
    ("DELETE", "/api/v1/api-keys/{id}/access-tokens"),
];

fn body(path: &str, reason: &Value) -> Body {
    let mut body = json!({"reason": reason});
    match path {
        "/api/v1/conversations/{id}" => body["confirm"] = json!("delete"),
        "/api/v1/users/{id}" => body["state"] = json!("disabled"),
        _ => {}
    }
    Body::from(body.to_string())
}

#[test]
fn whoever_takes_something_away_may_say_why_and_the_ledger_keeps_it() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let headers = [("content-type", "application/json"), ("if-match", "*")];
        for (method, path) in TAKES {
            let route = ROUTES.iter().find(|route| route.method == method && route.path == path).unwrap();
            let event = route.events.last().unwrap().key();
            let case = case(&house, &admin, route).await;
            let before = events(&admin, event).await.len();
            let ask =
                async |reason: Value| admin.send(route.method.clone(), &case.path, body(path, &reason), &headers).await;
            let long = ask(json!("x".repeat(1001))).await.problem(422, "invalid_fields");
            assert_eq!(long["errors"][0]["field"], "reason", "{path}");
            assert_eq!(long["errors"][0]["message"], "At most 1000 characters.", "{path}");
            ask(json!(7)).await.problem(422, "invalid_fields");
            assert_eq!(events(&admin, event).await.len(), before, "{path} happened");
            let done = ask(json!("  She left us on Friday. ")).await;
            assert!(done.status.is_success(), "{path}: {:?}", done.json());
            let told = events(&admin, event).await;
            assert_eq!(told[0]["reason"], "She left us on Friday.", "{path}: {}", told[0]);
        }
    });
}

#[test]
fn nobody_has_to_say_why() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for (method, path) in TAKES.iter().filter(|(method, _)| *method == "DELETE").skip(1) {
            let route = ROUTES.iter().find(|route| route.method == *method && route.path == *path).unwrap();
            let case = case(&house, &admin, route).await;
            case.send_with(route, &admin, &[]).await.expect(204);
            let told = events(&admin, route.events[0].key()).await;
            assert_eq!(told[0]["reason"], Value::Null, "{path}");
            let nonsense = admin.send(route.method.clone(), &case.path, Body::from("why"), &[]).await;
            nonsense.problem(422, "invalid_fields");
        }
    });
}

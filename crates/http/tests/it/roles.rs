//! Roles of the organisation's own, as a client meets them.

use crate::house::House;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

#[test]
fn a_role_is_cloned_changed_given_and_deleted() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let new = json!({"name": "Listener", "clone_of": "supervisor", "permissions": {"conversations.edit": "none"}});
        let role = admin.post("/api/v1/roles", &new).await.expect(201).json();
        assert_eq!(
            (&role["permissions"]["recordings.play"], &role["permissions"]["users.manage"]),
            (&json!("all"), &json!("no"))
        );
        assert_eq!((&role["permissions"]["conversations.edit"], &role["built_in"]), (&json!("none"), &json!(false)));
        let path = format!("/api/v1/roles/{}", role["key"].as_str().unwrap());
        let (_, user) = house.user(&admin, "lu@main.example", &json!([{"role": role["key"], "limit": "none"}])).await;
        let (program, key) = house.key(&admin, role["key"].as_str().unwrap()).await;
        assert_eq!(program.get("/api/v1/session").await.json()["permissions"]["recordings.play"], "all");
        let change = json!({"permissions": {"recordings.play": "groups"}});
        admin.ask(Method::PATCH, &path, &change).await.problem(428, "precondition_required");
        admin
            .ask_with(Method::PATCH, &path, &change, &[("if-match", "\"v7\"")])
            .await
            .problem(412, "precondition_failed");
        let changed = admin.ask_with(Method::PATCH, &path, &change, &[("if-match", "\"v1\"")]).await.expect(200);
        assert_eq!(changed.header("etag"), Some("\"v2\""));
        assert_eq!(program.get("/api/v1/session").await.json()["permissions"]["recordings.play"], "own");
        let listed = admin.get("/api/v1/roles").await.expect(200).json();
        assert_eq!(listed["items"][5]["held_by"], json!({"users": 1, "api_keys": 1}));
        let problem = admin.delete(&path).await.problem(409, "conflict");
        let sentence = "This role is still held by lu, the API key “a program”: take it away from them first.";
        assert_eq!(problem["detail"], sentence);
        let german = admin.clone().with("accept-language", "de").delete(&path).await.problem(409, "conflict");
        assert!(german["detail"].as_str().unwrap().starts_with("Diese Rolle haben noch lu"));
        admin.delete(&format!("/api/v1/api-keys/{key}")).await.expect(204);
        let given = admin.get(&format!("/api/v1/users/{user}")).await.json();
        assert_eq!(given["assignments"][0]["role"], json!({"key": role["key"], "name": "Listener"}));
        let assignment = given["assignments"][0]["id"].as_str().unwrap();
        admin.delete(&format!("/api/v1/users/{user}/assignments/{assignment}")).await.expect(204);
        admin
            .ask_with(Method::DELETE, &path, &json!({}), &[("if-match", "\"v1\"")])
            .await
            .problem(412, "precondition_failed");
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.problem(404, "not_found");
    });
}

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[test]
fn what_does_not_fit_a_role_is_named() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let lines = json!({
            "recordings.play": "yes", "users.manage": "all", "schedules.view": "yes", "recordings.sing": "all",
            "conversations.view": "groups",
        });
        let new = json!({"name": "X", "permissions": lines});
        let problem = admin.post("/api/v1/roles", &new).await.problem(422, "invalid_fields");
        let wrong = ["recordings.play", "recordings.sing", "schedules.view", "users.manage"];
        assert_eq!(fields(&problem), wrong.map(|name| format!("permissions.{name}")));
        assert_eq!(problem["errors"][2]["message"], "Its feature doesn't exist yet.");
        for (body, field) in [
            (json!({"name": "Admin"}), "name"),
            (json!({"name": "x".repeat(81)}), "name"),
            (json!({"name": "X", "clone_of": "nobody"}), "clone_of"),
            (json!({"name": "X", "clone_of": "01980000-0000-7000-8000-000000000000"}), "clone_of"),
            (json!({"name": "X", "clone_of": "agent", "template": "auditor"}), "template"),
            (json!({"name": "X", "template": "emperor"}), "template"),
        ] {
            let problem = admin.post("/api/v1/roles", &body).await.problem(422, "invalid_fields");
            assert_eq!(fields(&problem), [field], "{body}");
        }
        let change =
            admin.ask_with(Method::PATCH, "/api/v1/roles/admin", &json!({"name": "Y"}), &[("if-match", "*")]).await;
        let detail = change.problem(409, "conflict")["detail"].clone();
        assert_eq!(detail, "Built-in roles can't be changed or deleted: clone it and change the clone.");
        admin.delete("/api/v1/roles/admin").await.problem(409, "conflict");
        admin.get("/api/v1/roles/nonsense").await.problem(404, "not_found");
    });
}

#[test]
fn a_role_is_shown_with_its_warnings_and_to_whom_it_concerns() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let role = admin.post("/api/v1/roles", &json!({"name": "Nothing"})).await.expect(201).json();
        assert_eq!(role["warnings"][0]["code"], "allows_nothing");
        let path = format!("/api/v1/roles/{}", role["key"].as_str().unwrap());
        let german = admin.clone().with("accept-language", "de").get(&path).await.expect(200);
        assert!(german.json()["warnings"][0]["sentence"].as_str().unwrap().starts_with("Diese Rolle erlaubt nichts"));
        let agent = house.holder(&admin, "agent").await;
        let shown = agent.get(&path).await.expect(200);
        assert_eq!((shown.header("etag"), &shown.json()["held_by"]), (Some("\"v1\""), &json!(null)));
        let built_in = agent.get("/api/v1/roles/agent").await.expect(200).json();
        assert_eq!(
            (&built_in["built_in"], &built_in["version"], &built_in["warnings"]),
            (&json!(true), &json!(0), &json!([]))
        );
        let auditor =
            admin.post("/api/v1/roles", &json!({"name": "Audit", "template": "auditor"})).await.expect(201).json();
        assert_eq!(auditor["warnings"], json!([]));
        let (audit, _) =
            house.user(&admin, "au@main.example", &json!([{"role": auditor["key"], "limit": "none"}])).await;
        audit.get("/api/v1/ledger/events").await.expect(200);
        audit.get("/api/v1/ledger/export").await.expect(200);
        audit.get("/api/v1/conversations").await.problem(403, "denied");
        audit.get("/api/v1/users").await.problem(403, "denied");
    });
}

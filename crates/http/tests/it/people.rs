//! People: invitations, groups, agent ids, keys, roles.

use crate::house::{House, PASSWORD};
use axum::http::Method;
use serde_json::json;
use soundkeep_testkit::for_each_backend;

#[test]
fn an_invited_user_comes_in_once_and_holds_what_they_were_given() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let group = admin.post("/api/v1/groups", &json!({"name": "Sales"})).await.expect(201).json();
        let new = json!({
            "email": "bo@main.example", "name": "Bo",
            "assignments": [{"role": "supervisor", "limit": "groups", "groups": [group["id"]]}],
        });
        let invited = admin.post("/api/v1/users", &new).await.expect(201).json();
        assert_eq!(invited["user"]["state"], "invited");
        let link = invited["invitation_link"].as_str().unwrap();
        let (page, token) = link.split_once('#').unwrap();
        assert_eq!(page, "https://vault.example.org/welcome");
        let nobody = house.nobody();
        let inspected = nobody.post("/api/v1/links/inspect", &json!({"token": token})).await.expect(200).json();
        assert_eq!((&inspected["purpose"], &inspected["email"]), (&json!("invitation"), &json!("bo@main.example")));
        let short = nobody.post("/api/v1/links/redeem", &json!({"token": token, "password": "short"})).await;
        assert_eq!(short.problem(422, "invalid_fields")["errors"][0]["field"], "password");
        let redeemed =
            nobody.post("/api/v1/links/redeem", &json!({"token": token, "password": PASSWORD})).await.expect(200);
        nobody.post("/api/v1/links/inspect", &json!({"token": token})).await.problem(404, "not_found");
        let me = redeemed.json();
        assert_eq!(me["roles"][0]["groups"], json!([{"id": group["id"], "name": "Sales"}]));
        assert_eq!(me["permissions"]["conversations.view"], "groups");
    });
}

#[test]
fn who_is_switched_off_is_out_at_once() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (bo, id) = house.user(&admin, "bo@main.example", &json!([{"role": "manager", "limit": "none"}])).await;
        bo.get("/api/v1/conversations").await.expect(200);
        let path = format!("/api/v1/users/{id}");
        let user = admin.get(&path).await.expect(200);
        let tag = user.header("etag").unwrap().to_owned();
        let off = json!({"state": "disabled"});
        admin.ask_with(Method::PATCH, &path, &off, &[("if-match", &tag)]).await.expect(200);
        bo.get("/api/v1/conversations").await.problem(401, "not_signed_in");
        let me = admin.get("/api/v1/session").await.expect(200).json();
        let own = format!("/api/v1/users/{}", me["user"]["id"].as_str().unwrap());
        let problem = admin.ask_with(Method::PATCH, &own, &off, &[("if-match", "*")]).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().starts_with("Nobody can switch themselves off"));
    });
}

#[test]
fn a_supervisor_sees_their_groups_and_an_agent_their_own() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let group = admin.post("/api/v1/groups", &json!({"name": "Sales"})).await.expect(201).json();
        let group = group["id"].as_str().unwrap();
        let (agent, agent_id) =
            house.user(&admin, "ann@main.example", &json!([{"role": "agent", "limit": "none"}])).await;
        let (supervisor, supervisor_id) =
            house.user(&admin, "sue@main.example", &json!([{"role": "supervisor", "limit": "supervised"}])).await;
        let put = async |kind: &str, user: &str| {
            admin.ask(Method::PUT, &format!("/api/v1/groups/{group}/{kind}/{user}"), &json!({})).await.expect(204);
        };
        put("members", &agent_id).await;
        put("supervisors", &supervisor_id).await;
        let value = json!({"value": "201", "from": "2026-01-01T00:00:00Z"});
        admin.post(&format!("/api/v1/users/{agent_id}/agent-ids"), &value).await.expect(201);
        house.clock.turn(60);
        house.conversation(&admin, &json!({"contact": "ours", "agent": "201"})).await;
        house.conversation(&admin, &json!({"contact": "theirs"})).await;
        for client in [&agent, &supervisor] {
            let page = client.get("/api/v1/conversations").await.expect(200).json();
            assert_eq!(page["items"].as_array().unwrap().len(), 1);
            assert_eq!(
                (&page["items"][0]["contact"], &page["items"][0]["groups"][0]["name"]),
                (&json!("ours"), &json!("Sales"))
            );
        }
        let shown = admin.get(&format!("/api/v1/groups/{group}")).await.expect(200).json();
        assert_eq!((&shown["members"][0]["name"], &shown["supervisors"][0]["name"]), (&json!("ann"), &json!("sue")));
        admin.delete(&format!("/api/v1/groups/{group}/supervisors/{supervisor_id}")).await.expect(204);
        assert_eq!(supervisor.get("/api/v1/conversations").await.json()["items"], json!([]));
    });
}

#[test]
fn a_revoked_key_opens_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (program, id) = house.key(&admin, "manager").await;
        let me = program.get("/api/v1/session").await.expect(200).json();
        assert_eq!((&me["user"]["email"], &me["user"]["id"]), (&json!(null), &json!(id)));
        let listed = admin.get("/api/v1/api-keys").await.expect(200).json();
        assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["role"]["key"]), (&json!(id), &json!("manager")));
        assert_eq!(listed["items"][0].get("key"), None);
        admin.delete(&format!("/api/v1/api-keys/{id}")).await.expect(204);
        program.get("/api/v1/session").await.problem(401, "not_signed_in");
    });
}

#[test]
fn a_key_that_acts_for_a_user_holds_what_they_hold_and_ends_with_their_account() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let assignments = json!([{"role": "analyst", "limit": "none"}]);
        let (_, analyst) = house.user(&admin, "script@example.org", &assignments).await;
        let asked = json!({"name": "Report script", "acts_for": analyst});
        let made = admin.post("/api/v1/api-keys", &asked).await.expect(201).json();
        let script = house.with_key(made["key"].as_str().unwrap());
        let me = script.get("/api/v1/session").await.expect(200).json();
        assert_eq!((&me["user"]["id"], &me["permissions"]["recordings.play"]), (&json!(analyst), &json!("none")));
        script.get("/api/v1/conversations").await.expect(200);
        for wrong in [json!({"name": "x"}), json!({"name": "x", "role": "agent", "acts_for": analyst})] {
            admin.post("/api/v1/api-keys", &wrong).await.problem(422, "invalid_fields");
        }
        let user = admin.get(&format!("/api/v1/users/{analyst}")).await.expect(200);
        let version = user.header("etag").unwrap().to_owned();
        let off = json!({"state": "disabled"});
        let path = format!("/api/v1/users/{analyst}");
        admin.ask_with(Method::PATCH, &path, &off, &[("if-match", version.as_str())]).await.expect(200);
        script.get("/api/v1/session").await.problem(401, "not_signed_in");
    });
}

#[test]
fn roles_and_matrix_are_what_the_domain_says() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let agent = house.holder(&admin, "agent").await;
        let roles = agent.get("/api/v1/roles").await.expect(200).json();
        let keys: Vec<&str> =
            roles["items"].as_array().unwrap().iter().map(|role| role["key"].as_str().unwrap()).collect();
        assert_eq!(keys[..5], ["admin", "manager", "supervisor", "analyst", "agent"]);
        let matrix = agent.get("/api/v1/access/matrix").await.expect(200).json();
        assert_eq!(matrix["rows"][0]["cells"]["agent"], "own");
        let csv = agent.clone().with("accept", "text/csv").get("/api/v1/access/matrix").await.expect(200);
        assert!(csv.body.starts_with(b"permission,scopes,admin,"));
    });
}

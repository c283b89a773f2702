//! Bad input, and what it gets.

use crate::house::House;
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use soundkeep_testkit::for_each_backend;

#[test]
fn what_is_wrong_with_a_body_is_named() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for (body, field) in [
            (r#"{"name": 1}"#, "name"),
            (r#"{"nmae": "x"}"#, "nmae"),
            ("{}", "name"),
            ("{", "body"),
            ("[]", "body"),
            (r#"{"name": ""}"#, "name"),
        ] {
            let sent =
                admin.send(Method::POST, "/api/v1/groups", Body::from(body), &[("content-type", "application/json")]);
            assert_eq!(sent.await.problem(422, "invalid_fields")["errors"][0]["field"], field, "{body}");
        }
        let text = [("content-type", "text/plain")];
        let sent = admin.send(Method::POST, "/api/v1/groups", Body::from(r#"{"name": "x"}"#), &text).await;
        assert_eq!(sent.problem(422, "invalid_fields")["errors"][0]["field"], "Content-Type");
        let long = json!({"name": "x".repeat(2_000_000)});
        admin.post("/api/v1/groups", &long).await.problem(413, "payload_too_large");
        let nested = json!({"email": "x@y.example", "name": "X", "assignments": [{"role": "agent", "limit": "some"}]});
        let problem = admin.post("/api/v1/users", &nested).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], "assignments[0].limit");
    });
}

#[test]
fn what_is_wrong_with_a_query_is_named() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=many", "limit"),
            ("colour=red", "colour"),
            ("from=yesterday", "from"),
            ("direction=up", "direction"),
            ("agent=42", "agent"),
            ("sort=name", "sort"),
            ("cursor=nonsense", "cursor"),
            ("number=abc", "number"),
            ("unattributed=maybe", "unattributed"),
            ("q=a&q=b", "q"),
        ] {
            let problem = admin.get(&format!("/api/v1/conversations?{query}")).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
        for path in [
            "users?cursor=x",
            "api-keys?cursor=x",
            "ledger/events?cursor=x",
            "quarantine?cursor=x",
            "ledger/events?kind=x",
        ] {
            admin.get(&format!("/api/v1/{path}")).await.problem(422, "invalid_fields");
        }
    });
}

#[test]
fn what_there_is_not_is_not_found_whatever_its_name() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let unknown = "0190a1b2-0000-7000-8000-000000000000";
        for id in [unknown, "42", "%00", "..", "0190A1B2"] {
            for path in ["conversations", "recordings", "users", "groups"] {
                admin.get(&format!("/api/v1/{path}/{id}")).await.problem(404, "not_found");
            }
            admin.get(&format!("/api/v1/recordings/{id}/audio")).await.problem(404, "not_found");
        }
        admin.get("/api/v1/nothing").await.problem(404, "not_found");
        admin.get("/api/v2/conversations").await.problem(404, "not_found");
        let wrong = admin.post("/api/v1/conversations", &json!({})).await;
        assert!(wrong.header("allow").unwrap().contains("GET"));
        wrong.problem(405, "method_not_allowed");
        house.nobody().post("/", &json!({})).await.problem(405, "method_not_allowed");
    });
}

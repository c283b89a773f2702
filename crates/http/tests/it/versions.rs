//! Things that change: versions, and requests that are sent twice.

use crate::house::{Client, House, events};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use soundkeep_testkit::for_each_backend;

#[test]
fn a_conversation_is_changed_at_the_version_that_was_read() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({"contact": "Grace"})).await;
        let path = format!("/api/v1/conversations/{}", stored.conversation);
        let shown = admin.get(&path).await.expect(200);
        let tag = shown.header("etag").unwrap().to_owned();
        assert!(tag.starts_with(&format!("\"v{}-", shown.json()["version"])), "{tag}");
        admin.send(Method::GET, &path, Body::empty(), &[("if-none-match", &tag)]).await.expect(304);

        let patch = json!({"tags": ["b", "a"], "contact": null});
        admin.ask(Method::PATCH, &path, &patch).await.problem(428, "precondition_required");
        let stale = [("if-match", "\"v99\"")];
        admin.ask_with(Method::PATCH, &path, &patch, &stale).await.problem(412, "precondition_failed");
        let changed = admin.ask_with(Method::PATCH, &path, &patch, &[("if-match", &tag)]).await.expect(200);
        assert_ne!(changed.header("etag"), Some(tag.as_str()));
        assert_eq!((&changed.json()["tags"], &changed.json()["contact"]), (&json!(["a", "b"]), &json!(null)));
        admin.ask_with(Method::PATCH, &path, &patch, &[("if-match", &tag)]).await.problem(412, "precondition_failed");
        admin.ask_with(Method::PATCH, &path, &json!({"tags": []}), &[("if-match", "*")]).await.expect(200);

        let erasure = json!({"confirm": "yes"});
        let problem = admin.ask(Method::DELETE, &path, &erasure).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], "confirm");
        let erasure = json!({"confirm": "delete", "reason": "asked for"});
        admin
            .ask_with(Method::DELETE, &path, &erasure, &[("if-match", &tag)])
            .await
            .problem(412, "precondition_failed");
        admin.ask(Method::DELETE, &path, &erasure).await.expect(204);
        let erased = admin.get(&path).await.expect(200).json();
        assert_eq!((&erased["status"], &erased["audio"]["may_play"]), (&json!("erased"), &json!(false)));
        let audio = admin.get(&format!("/api/v1/recordings/{}/audio", stored.recording)).await.problem(403, "denied");
        assert_eq!(audio["gates"][4]["code"], "state_erased");
        assert_eq!(events(&admin, "conversation_delete").await[0]["reason"], "asked for");
    });
}

#[test]
fn who_has_an_older_answer_about_a_conversation_gets_the_new_one_whatever_changed_in_it() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let stored = house.conversation(&admin, &json!({"contact": "Grace"})).await;
        let path = format!("/api/v1/conversations/{}", stored.conversation);
        let tag = async |client: &Client, known: &str, status: u16| {
            let answered = client.send(Method::GET, &path, Body::empty(), &[("if-none-match", known)]).await;
            answered.expect(status).header("etag").unwrap().to_owned()
        };
        let first = tag(&admin, "\"none\"", 200).await;
        assert_eq!(tag(&admin, &first, 304).await, first);
        admin.post(&format!("{path}/notes"), &json!({"text": "a note"})).await.expect(201);
        let noted = tag(&admin, &first, 200).await;
        assert_ne!(noted, first, "the count of notes is shown");
        // Another caller may do other things to it.
        let (manager, _) = house.key(&admin, "manager").await;
        let theirs = tag(&manager, &noted, 200).await;
        assert_ne!(theirs, noted, "what the caller may is shown");
        // A change is meant for the version: what else is shown doesn't stand in its way.
        let patch = json!({"tags": ["a"]});
        admin.ask_with(Method::PATCH, &path, &patch, &[("if-match", &first)]).await.expect(200);
    });
}

#[test]
fn a_request_with_a_key_is_carried_out_once() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let once = [("idempotency-key", "8e03978e-40d5-43dd-bc93-6894a57f9324")];
        let group = json!({"name": "Sales"});
        let first = admin.ask_with(Method::POST, "/api/v1/groups", &group, &once).await.expect(201);
        let again = admin.ask_with(Method::POST, "/api/v1/groups", &group, &once).await.expect(201);
        assert_eq!((first.json(), again.header("idempotency-replayed")), (again.json(), Some("true")));
        assert_eq!(events(&admin, "group_created").await.len(), 1);
        let other = json!({"name": "Support"});
        let problem =
            admin.ask_with(Method::POST, "/api/v1/groups", &other, &once).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
        // The key is the caller's own.
        let (program, _) = house.key(&admin, "admin").await;
        program.ask_with(Method::POST, "/api/v1/groups", &other, &once).await.expect(201);
        // What failed can be tried again under the same key, put right.
        let retried = [("idempotency-key", "second")];
        admin.ask_with(Method::POST, "/api/v1/groups", &group, &retried).await.problem(409, "conflict");
        admin.ask_with(Method::POST, "/api/v1/groups", &json!({"name": "HR"}), &retried).await.expect(201);
        // After a day it is forgotten.
        house.clock.turn(86_400 + 1);
        program.ask_with(Method::POST, "/api/v1/groups", &json!({"name": "New"}), &once).await.expect(201);
    });
}

#[test]
fn an_answer_that_held_a_secret_is_not_kept() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let once = [("idempotency-key", "k")];
        let key = json!({"name": "a program", "role": "manager"});
        let made = admin.ask_with(Method::POST, "/api/v1/api-keys", &key, &once).await.expect(201).json();
        assert!(made["key"].as_str().unwrap().starts_with("sk_"));
        let again = admin.ask_with(Method::POST, "/api/v1/api-keys", &key, &once).await.problem(409, "conflict");
        assert!(again["detail"].as_str().unwrap().contains("shown only once"));
        assert_eq!(events(&admin, "api_key_created").await.len(), 1);
    });
}

//! OAuth 2.0 for programs as clients see it, signed secrets, and what a key is told that its organisation doesn't take.

use crate::house::{Answered, Client, House};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn send(house: &House, path: &str, body: &str, headers: &[(&str, &str)]) -> Answered {
    let mut all = vec![FORM];
    all.extend_from_slice(headers);
    house.nobody().send(Method::POST, path, Body::from(body.to_owned()), &all).await
}

/// Asks for something by the form alone.
async fn ask(house: &House, path: &str, body: &str) -> Answered {
    send(house, path, body, &[]).await
}

async fn key(admin: &Client, role: &str) -> (String, String) {
    let made = admin.post("/api/v1/api-keys", &json!({"name": "a program", "role": role})).await.expect(201).json();
    (made["id"].as_str().unwrap().to_owned(), made["key"].as_str().unwrap().to_owned())
}

async fn mode(admin: &Client, word: &str) {
    let change = json!({"organisation": {"api_authentication": word}});
    admin.ask_with(Method::PATCH, "/api/v1/settings", &change, &[("if-match", "*")]).await.expect(200);
}

#[track_caller]
fn is_fault(answered: Answered, status: u16, error: &str) -> Value {
    let answered = answered.expect(status);
    assert_eq!(answered.header("content-type"), Some("application/json"));
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    assert_eq!(answered.header("www-authenticate").is_some(), status == 401);
    let fault = answered.json();
    assert_eq!(fault["error"], error);
    let description = fault["error_description"].as_str().unwrap();
    assert!(description.bytes().all(|byte| matches!(byte, 0x20..=0x7e) && byte != b'"' && byte != b'\\'));
    fault
}

#[test]
fn a_client_gets_uses_and_ends_a_token() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (id, secret) = key(&admin, "supervisor").await;
        let client = format!("client_id={id}&client_secret={secret}");
        let answered =
            ask(&house, "/oauth2/token", &format!("{client}&grant_type=client_credentials")).await.expect(200);
        assert_eq!(answered.header("cache-control"), Some("no-store"));
        assert_eq!(answered.header("pragma"), Some("no-cache"));
        let given = answered.json();
        assert_eq!((given["token_type"].as_str(), given["expires_in"].as_i64()), (Some("Bearer"), Some(3600)));
        let token = given["access_token"].as_str().unwrap().to_owned();
        house.with_key(&token).get("/api/v1/conversations").await.expect(200);
        let scoped = format!("{client}&grant_type=client_credentials&scope=recordings.play");
        let narrow = ask(&house, "/oauth2/token", &scoped).await.expect(200).json();
        assert_eq!(narrow["scope"], "recordings.play");
        let narrow = house.with_key(narrow["access_token"].as_str().unwrap());
        narrow.get("/api/v1/conversations").await.problem(403, "denied");
        let told = ask(&house, "/oauth2/introspect", &format!("{client}&token={token}")).await.expect(200).json();
        assert_eq!((told["active"].as_bool(), told["client_id"].as_str()), (Some(true), Some(id.as_str())));
        assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 3600);
        for _ in 0..2 {
            ask(&house, "/oauth2/revoke", &format!("{client}&token={token}")).await.expect(200);
        }
        house.with_key(&token).get("/api/v1/conversations").await.problem(401, "not_signed_in");
        let told = ask(&house, "/oauth2/introspect", &format!("{client}&token={token}")).await.expect(200).json();
        assert_eq!(told, json!({"active": false}));
        // All of them at once, by whoever manages keys.
        let path = format!("/api/v1/api-keys/{id}/access-tokens");
        let listed = admin.get("/api/v1/api-keys").await.expect(200).json();
        assert_eq!(listed["items"][0]["access_tokens"], 1);
        admin.delete(&path).await.expect(204);
        narrow.get("/api/v1/recordings/none").await.problem(401, "not_signed_in");
    });
}

#[test]
fn what_a_client_does_wrong_is_said_in_the_form_of_the_standard() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (id, secret) = key(&admin, "agent").await;
        let client = format!("client_id={id}&client_secret={secret}");
        let token = "/oauth2/token";
        for (body, status, error) in [
            (client.clone(), 400, "invalid_request"),
            (format!("{client}&grant_type=password&username=a&password=b"), 400, "unsupported_grant_type"),
            (format!("{client}&grant_type=client_credentials&scope=everything"), 400, "invalid_scope"),
            (format!("{client}&grant_type=client_credentials&scope=users.manage"), 400, "invalid_scope"),
            (format!("{client}&grant_type=client_credentials&scope=a&scope=b"), 400, "invalid_request"),
            (format!("{client}&{client}&grant_type=client_credentials"), 400, "invalid_request"),
            (format!("client_id={id}&grant_type=client_credentials"), 401, "invalid_client"),
            (format!("client_id={id}&client_secret=sk_no&grant_type=client_credentials"), 401, "invalid_client"),
            (format!("{client}&grant_type=client_credentials&x={}", "x".repeat(20_000)), 400, "invalid_request"),
        ] {
            is_fault(ask(&house, token, &body).await, status, error);
        }
        let json_body = json!({"grant_type": "client_credentials"});
        is_fault(house.nobody().post(token, &json_body).await, 400, "invalid_request");
        let both = [("authorization", "Basic YTpi")];
        is_fault(send(&house, token, &client, &both).await, 400, "invalid_request");
        let bearer = format!("Bearer {secret}");
        is_fault(
            send(&house, token, "grant_type=client_credentials", &[("authorization", &bearer)]).await,
            401,
            "invalid_client",
        );
        house.nobody().get(token).await.expect(405);
        for path in ["/oauth2/revoke", "/oauth2/introspect"] {
            is_fault(ask(&house, path, &client).await, 400, "invalid_request");
            is_fault(ask(&house, path, "token=sa_x").await, 401, "invalid_client");
        }
        // A credential in the address is none.
        let path = format!("{token}?{client}&grant_type=client_credentials");
        is_fault(ask(&house, &path, "").await, 401, "invalid_client");
    });
}

#[test]
fn what_there_is_can_be_looked_up() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let told = house.nobody().get("/.well-known/oauth-authorization-server").await.expect(200).json();
        assert_eq!(told["issuer"], crate::house::ORIGIN);
        for (name, path) in [
            ("token_endpoint", "/oauth2/token"),
            ("revocation_endpoint", "/oauth2/revoke"),
            ("introspection_endpoint", "/oauth2/introspect"),
        ] {
            assert_eq!(told[name], format!("{}{path}", crate::house::ORIGIN));
        }
        assert_eq!(told["grant_types_supported"], json!(["client_credentials"]));
        assert!(told["scopes_supported"].as_array().unwrap().contains(&json!("recordings.play")));
    });
}

#[test]
fn a_key_that_is_not_taken_by_itself_is_told_what_to_do() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (_, secret) = key(&admin, "admin").await;
        let program = house.with_key(&secret);
        program.get("/api/v1/conversations").await.expect(200);
        for (word, part, german) in
            [("signed", "soundkeep api-secret", "signiertes"), ("oauth", "/oauth2/token", "Zugriffstoken")]
        {
            mode(&admin, word).await;
            let problem = program.get("/api/v1/conversations").await.problem(401, "wrong_authentication");
            assert!(problem["detail"].as_str().unwrap().contains(part), "{problem}");
            let told = program.clone().with("accept-language", "de").get("/api/v1/conversations").await;
            let problem = told.problem(401, "wrong_authentication");
            assert!(problem["detail"].as_str().unwrap().contains(german), "{problem}");
            admin.get("/api/v1/conversations").await.expect(200);
        }
        mode(&admin, "key").await;
        program.get("/api/v1/conversations").await.expect(200);
    });
}

#[test]
fn what_is_no_secret_is_nobody_however_long_it_is() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (id, _) = key(&admin, "admin").await;
        let unsigned = format!("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ7{id}In0.");
        for shown in [
            unsigned.as_str(),
            "a.b.c",
            "eyJ9.e30.x",
            &"A".repeat(10_000_000),
            &format!("{0}.{0}.{0}", "A".repeat(3_000_000)),
        ] {
            house.with_key(shown).get("/api/v1/session").await.problem(401, "not_signed_in");
        }
    });
}

#[test]
fn a_key_is_narrowed_to_permissions() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let new = json!({"name": "narrow", "role": "admin", "scopes": ["recordings.ingest"]});
        let made = admin.post("/api/v1/api-keys", &new).await.expect(201).json();
        assert_eq!(made["scopes"], json!(["recordings.ingest"]));
        let program = house.with_key(made["key"].as_str().unwrap());
        program.get("/api/v1/conversations").await.problem(403, "denied");
        program.upload(Some("{}"), "call.wav", &crate::house::wav(0.2, house.next())).await.expect(201);
        for wrong in [json!(["everything"]), json!(["recordings.download"]), json!([])] {
            let new = json!({"name": "narrow", "role": "admin", "scopes": wrong});
            admin.post("/api/v1/api-keys", &new).await.problem(422, "invalid_fields");
        }
    });
}

#[test]
fn a_key_is_held_to_networks() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let new = json!({"name": "PBX", "role": "agent", "networks": ["198.51.100.7/24"]});
        let made = admin.post("/api/v1/api-keys", &new).await.expect(201).json();
        assert_eq!(made["networks"], json!(["198.51.100.0/24"]));
        let program = house.with_key(made["key"].as_str().unwrap());
        let problem = program.get("/api/v1/session").await.problem(403, "wrong_network");
        assert!(problem["detail"].as_str().unwrap().contains("none of this key's networks"), "{problem}");
        let german = program.send(Method::GET, "/api/v1/session", Body::empty(), &[("accept-language", "de")]).await;
        assert!(german.json()["detail"].as_str().unwrap().contains("Netze dieses Schlüssels"));
        let id = made["id"].as_str().unwrap();
        let client =
            format!("client_id={id}&client_secret={}&grant_type=client_credentials", made["key"].as_str().unwrap());
        is_fault(ask(&house, "/oauth2/token", &client).await, 403, "unauthorized_client");
        let path = format!("/api/v1/api-keys/{id}/networks");
        let wrong = admin.ask(Method::PUT, &path, &json!({"networks": ["here"]})).await.problem(422, "invalid_fields");
        assert_eq!(wrong["errors"][0]["field"], "networks");
        let open = admin.ask(Method::PUT, &path, &json!({"networks": []})).await.expect(200).json();
        assert_eq!(open["networks"], json!([]));
        program.get("/api/v1/session").await.expect(200);
        let tested = admin.get("/api/v1/api-keys/networks?address=198.51.100.9&networks=10.0.0.0/8").await;
        let tested = tested.expect(200).json();
        assert_eq!((&tested["programs"], &tested["listed"]), (&json!(true), &json!(false)));
        assert!(tested["yours"].is_string());
    });
}

//! Second factors and proving oneself anew, over HTTP.

use crate::house::{House, PASSWORD};
use crate::walk::{case, code, with_app};
use serde_json::json;
use soundkeep_http::{Access, ROUTES};
use soundkeep_testkit::for_each_backend;

const HOUR: i64 = 60 * 60;

#[test]
fn whatever_changes_rights_keys_or_settings_or_deletes_or_exports_is_sensitive() {
    for part in ["/roles", "/settings", "/access-groups", "/assignments", "/members", "/supervisors"] {
        for route in ROUTES.iter().filter(|route| route.path.contains(part)) {
            let changes = route.method != "GET" && !route.path.ends_with("/preview");
            assert_eq!(route.sensitive, changes, "{route:?}");
        }
    }
    let named = [
        ("POST", "/api/v1/api-keys"),
        ("POST", "/api/v1/api-keys/{id}/rotate"),
        ("PUT", "/api/v1/api-keys/{id}/networks"),
        ("POST", "/api/v1/users/{id}/invitation"),
        ("DELETE", "/api/v1/users/{id}/factors"),
        ("DELETE", "/api/v1/conversations/{id}"),
        ("DELETE", "/api/v1/quarantine/{id}"),
        ("GET", "/api/v1/ledger/export"),
        ("PUT", "/api/v1/access-tests"),
        ("POST", "/api/v1/account/factors"),
        ("POST", "/api/v1/account/factors/confirm"),
        ("POST", "/api/v1/account/passkeys"),
        ("POST", "/api/v1/account/passkeys/options"),
        ("DELETE", "/api/v1/account/factors/{id}"),
        ("POST", "/api/v1/account/recovery-codes"),
    ];
    for (method, path) in named {
        let found = ROUTES.iter().find(|route| route.method == method && route.path == path);
        assert!(found.is_some_and(|route| route.sensitive), "{method} {path}");
    }
}

#[test]
fn the_description_says_of_every_route_whether_it_is_sensitive() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let described = house.nobody().get("/api/v1/openapi.json").await.expect(200).json();
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
            let operation = &described["paths"][route.path][route.method.as_str().to_lowercase()];
            let description = operation["description"].as_str().unwrap();
            assert_eq!(description.contains("step_up_needed"), route.sensitive, "{route:?}: {description}");
        }
    });
}

#[test]
fn every_sensitive_route_asks_for_a_proof_after_an_hour_and_does_it_then() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let maker = house.organisation("main").await;
        // A key needs none: who made it proved themselves.
        let (key, _) = house.key(&maker, "admin").await;
        for route in ROUTES.iter().filter(|route| route.sensitive) {
            let case = case(&house, &key, route).await;
            let person = match case.owner() {
                Some(owner) => owner.clone(),
                None => house.holder(&key, "admin").await,
            };
            for _ in 0..6 {
                person.get("/api/v1/session").await.expect(200);
                house.clock.turn(HOUR / 6);
            }
            case.send_with(route, &person, &[]).await.problem(403, "step_up_needed");
            let renewed = person.post("/api/v1/session/step-up", &case.proof(&house)).await.expect(204);
            // The token before goes on for a moment, but not for this.
            case.send_with(route, &person, &[]).await.problem(403, "step_up_needed");
            let person = house.with_cookie(&renewed.cookie());
            let done = case.send_with(route, &person, &[]).await;
            // The code or passkey in it is an hour old.
            let of_then = route.path.ends_with("/confirm") || route.path.ends_with("/passkeys");
            let stale = done.status == 422 && of_then;
            assert!(done.status.is_success() || stale, "{route:?}: {} {:?}", done.status, done.body);
        }
    });
}

#[test]
fn a_sign_in_goes_on_with_a_code_and_sets_its_cookie_at_the_end() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (bob, _) = house.user(&admin, "bob@main.example", &json!([])).await;
        let secret = with_app(&house, &bob).await;
        house.clock.turn(30);
        let password = json!({"email": "bob@main.example", "password": PASSWORD});
        let half = house.nobody().post("/api/v1/session", &password).await.expect(202);
        assert!(half.headers.get("set-cookie").is_none());
        let step = half.json();
        assert_eq!(
            (&step["step"], &step["enrolment"], &step["recovery_codes"]),
            (&json!("second_factor"), &json!(null), &json!([]))
        );
        let say = async |body: serde_json::Value| {
            let mut body = body;
            body["sign_in"] = step["sign_in"].clone();
            house.nobody().post("/api/v1/session/step", &body).await
        };
        for (nonsense, field) in [(json!({"code": "1", "kept": true}), "code"), (json!({"code": "12345x"}), "code")] {
            let problem = say(nonsense).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field);
        }
        say(json!({"kept": true})).await.problem(409, "conflict");
        let asked = say(json!({})).await.expect(202).json();
        assert_eq!(asked["step"], "second_factor", "nothing said: it stays where it is");
        house.with_cookie(step["sign_in"].as_str().unwrap()).get("/api/v1/session").await.problem(401, "not_signed_in");
        let done = say(json!({"code": code(&house, &secret)})).await.expect(200);
        house.with_cookie(&done.cookie()).get("/api/v1/session").await.expect(200);
        say(json!({"code": code(&house, &secret)})).await.problem(401, "not_signed_in");
    });
}

#[test]
fn a_program_has_no_account() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (key, _) = house.key(&admin, "admin").await;
        let own = |path: &str| path.starts_with("/api/v1/account") || path.ends_with("/step-up");
        for route in ROUTES.iter().filter(|route| route.access == Access::SignedIn && own(route.path)) {
            let case = case(&house, &admin, route).await;
            case.send_with(route, &key, &[]).await.problem(409, "conflict");
        }
    });
}

#[test]
fn a_device_is_known_by_a_cookie_that_opens_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        house.organisation("main").await;
        let sign_in = json!({"email": "admin@main.example", "password": PASSWORD});
        let answered = house.nobody().post("/api/v1/session", &sign_in).await.expect(200);
        let cookies: Vec<String> =
            answered.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect();
        let device = cookies.iter().find(|line| line.starts_with("__Host-soundkeep-device=")).unwrap();
        for attribute in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=15552000"] {
            assert!(device.contains(attribute), "{device}");
        }
        let device = device.split(';').next().unwrap();
        house.with_cookie(device).get("/api/v1/session").await.problem(401, "not_signed_in");
        let wrong = json!({"email": "admin@main.example", "password": "wrong horse battery"});
        for _ in 0..10 {
            house.nobody().post("/api/v1/session", &wrong).await.problem(401, "not_signed_in");
        }
        house.nobody().post("/api/v1/session", &sign_in).await.problem(429, "too_many_requests");
        house.with_cookie(device).post("/api/v1/session", &sign_in).await.expect(200);
    });
}

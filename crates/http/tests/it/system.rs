//! The house itself: headers, console, health, metrics, description.

use crate::house::{House, ORIGIN};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use soundkeep_http::Config;
use soundkeep_testkit::for_each_backend;

#[test]
fn every_answer_carries_the_headers_that_keep_browsers_in_bounds() {
    for_each_backend(async |backend| {
        let mut config = Config::new(ORIGIN);
        config.hsts = true;
        let house = House::configured(backend, config).await;
        let admin = house.organisation("main").await;
        for path in
            ["/", "/api/v1/about", "/api/v1/session", "/api/v1/nothing", "/livez", "/favicon.svg", "/assets/none.js"]
        {
            for client in [&admin, &house.nobody()] {
                let answered = client.get(path).await;
                for (name, value) in [
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("cross-origin-opener-policy", "same-origin"),
                    ("cross-origin-resource-policy", "same-origin"),
                ] {
                    assert_eq!(answered.header(name), Some(value), "{name} at {path}");
                }
                assert!(answered.header("strict-transport-security").is_some(), "{path}");
                assert!(answered.header("permissions-policy").unwrap().contains("microphone=()"));
                let policy = answered.header("content-security-policy").unwrap();
                assert!(
                    policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
                    "{path}: {policy}"
                );
                assert!(!policy.contains("unsafe"), "{policy}");
                if path.starts_with("/api") {
                    assert_eq!(answered.header("cache-control"), Some("no-store"), "{path}");
                }
            }
        }
    });
}

#[test]
fn the_console_answers_every_other_path_with_a_nonce_of_its_own() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let nobody = house.nobody();
        let nonce = async |path: &str| {
            let page = nobody.get(path).await.expect(200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            let policy = page.header("content-security-policy").unwrap().to_owned();
            let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
            let text = String::from_utf8_lossy(&page.body).into_owned();
            assert!(!text.contains("__CSP_NONCE__"));
            assert!(text.contains(&nonce) || text.contains("isn't built"));
            nonce
        };
        assert_ne!(nonce("/").await, nonce("/conversations/42?tab=notes").await);
        nonce("/index.html").await;
        nobody.get("/assets/none.js").await.expect(404);
        nobody.get("/api/none").await.problem(404, "not_found");
    });
}

#[test]
fn health_is_told_to_everybody_and_metrics_to_this_machine() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let nobody = house.nobody();
        assert_eq!(nobody.get("/livez").await.expect(200).body, "ok\n");
        assert_eq!(nobody.get("/readyz").await.expect(200).body, "ok\n");
        let verbose = nobody.get("/readyz?verbose").await.expect(200).body;
        assert!(verbose.starts_with(b"[+] database ok\n"));
        let about = nobody.get("/api/v1/about").await.expect(200).json();
        assert_eq!((&about["name"], &about["needs_setup"]), (&json!("Soundkeep"), &json!(true)));
        house.organisation("main").await;
        assert_eq!(nobody.get("/api/v1/about").await.expect(200).json()["needs_setup"], false);

        let metrics = nobody.get("/metrics").await.expect(200);
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        assert!(
            text.contains("soundkeep_http_requests_total{method=\"GET\",route=\"/api/v1/about\",status=\"2xx\"} 2\n")
        );
        assert!(text.contains("soundkeep_ledger_events_total "));
        assert!(!text.contains("main.example") && !text.contains("Ada"));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(
                line.starts_with("soundkeep_") && line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
                "{line}"
            );
        }
        let forwarded = [("x-forwarded-for", "198.51.100.7")];
        nobody.send(Method::GET, "/metrics", Body::empty(), &forwarded).await.problem(404, "not_found");
    });
}

#[test]
fn the_description_is_the_one_that_the_binary_prints() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let served = house.nobody().get("/api/v1/openapi.json").await.expect(200);
        assert_eq!(served.body, soundkeep_http::openapi());
        let document = served.json();
        let conversation = &document["components"]["schemas"]["Conversation"];
        let required: Vec<&str> =
            conversation["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        // What an access group may hide isn't there for everybody.
        assert_eq!(required, ["id", "version"]);
        assert_eq!(conversation["properties"]["contact"]["type"], json!(["string", "null"]));
        assert_eq!(
            document["components"]["schemas"]["Status"]["enum"],
            json!(["processing", "ready", "failed", "erased"])
        );
        assert!(soundkeep_http::metrics_reference().contains("`soundkeep_http_requests_total`"));
    });
}

//! Sessions, keys, other sites, limits, proxies: who may knock, and how often.

use crate::house::{House, ORIGIN, PASSWORD, events};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use soundkeep_http::{Config, RateLimits};
use soundkeep_testkit::for_each_backend;

#[test]
fn signing_in_sets_a_cookie_that_no_script_and_no_other_site_can_use() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        house.organisation("main").await;
        let credentials = json!({"email": "Admin@Main.example", "password": PASSWORD});
        let answered = house.nobody().post("/api/v1/session", &credentials).await.expect(200);
        let cookies = answered.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
        let cookie = cookies.into_iter().find(|line| line.starts_with("__Host-soundkeep=ss_")).unwrap();
        for part in ["__Host-soundkeep=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
            assert!(cookie.contains(part), "{part} in {cookie}");
        }
        let me = answered.json();
        assert_eq!(
            (&me["user"]["email"], &me["permissions"]["recordings.play"]),
            (&json!("admin@main.example"), &json!("all"))
        );
        assert_eq!((&me["roles"][0]["key"], &me["permissions"]["users.manage"]), (&json!("admin"), &json!("yes")));

        let signed_in = house.with_cookie(&answered.cookie());
        assert_eq!(signed_in.get("/api/v1/session").await.expect(200).json()["user"], me["user"]);
        let out = signed_in.delete("/api/v1/session").await.expect(204);
        assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
        signed_in.get("/api/v1/session").await.problem(401, "not_signed_in");
    });
}

#[test]
fn a_refused_sign_in_tells_nothing_of_the_account() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let refused = async |email: &str, password: &str| {
            let credentials = json!({"email": email, "password": password});
            house.nobody().post("/api/v1/session", &credentials).await.problem(401, "not_signed_in")
        };
        let wrong = refused("admin@main.example", "wrong wrong wrong wrong").await;
        assert_eq!(wrong, refused("nobody@main.example", PASSWORD).await);
        assert_eq!(wrong, refused("not an address", "").await);
        assert_eq!(events(&admin, "sign_in_refused").await.len(), 1, "one per network and minute");
        let answered = house.nobody().post("/api/v1/session", &json!({"email": "a@b.example", "password": "x"})).await;
        assert_eq!(answered.header("www-authenticate"), Some("Bearer realm=\"soundkeep\""));
    });
}

#[test]
fn another_site_cannot_use_the_session_and_a_key_is_no_sessions_business() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (program, _) = house.key(&admin, "admin").await;
        let forged = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        let group = json!({"name": "Sales"});
        admin.ask_with(Method::POST, "/api/v1/groups", &group, &forged).await.problem(403, "cross_site");
        let login = json!({"email": "admin@main.example", "password": PASSWORD});
        house.nobody().ask_with(Method::POST, "/api/v1/session", &login, &forged).await.problem(403, "cross_site");
        program.ask_with(Method::POST, "/api/v1/groups", &group, &forged).await.expect(201);
        let console = [("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];
        admin.ask_with(Method::POST, "/api/v1/groups", &json!({"name": "Support"}), &console).await.expect(201);
        // Nor look at anything with it, and what a key brings is the key's.
        admin.send(Method::GET, "/api/v1/groups", Body::empty(), &forged).await.problem(403, "cross_site");
        admin.send(Method::GET, "/api/v1/groups", Body::empty(), &console).await.expect(200);
        program.send(Method::GET, "/api/v1/groups", Body::empty(), &forged).await.expect(200);
    });
}

#[test]
fn who_asks_too_often_is_told_when_to_come_back() {
    for_each_backend(async |backend| {
        let mut config = Config::new(ORIGIN);
        config.rate_limits = RateLimits { signed_in_per_minute: 6, anonymous_per_minute: 60 };
        let house = House::configured(backend, config).await;
        let admin = house.organisation("main").await;
        for left in (0..6).rev() {
            let answered = admin.get("/api/v1/session").await.expect(200);
            assert_eq!(answered.header("ratelimit-policy"), Some("\"caller\";q=6;w=60"));
            assert!(answered.header("ratelimit").unwrap().starts_with(&format!("\"caller\";r={left};t=")));
        }
        let answered = admin.get("/api/v1/session").await;
        assert_eq!(answered.header("retry-after"), Some("10"));
        answered.problem(429, "too_many_requests");
        house.nobody().get("/api/v1/about").await.expect(200);
        house.clock.turn(10);
        admin.get("/api/v1/session").await.expect(200);
        admin.get("/api/v1/session").await.expect(429);
    });
}

#[test]
fn the_ledger_has_the_address_that_a_trusted_proxy_names_and_no_other() {
    for trusted in [false, true] {
        for_each_backend(async |backend| {
            let mut config = Config::new(ORIGIN);
            if trusted {
                config.trusted_proxies.push("127.0.0.0/8".parse().unwrap());
            }
            let house = House::configured(backend, config).await;
            let admin = house.organisation("main").await;
            let forwarded = [("x-forwarded-for", "203.0.113.99, 198.51.100.7")];
            admin.ask_with(Method::POST, "/api/v1/groups", &json!({"name": "Sales"}), &forwarded).await.expect(201);
            let address = if trusted { "198.51.100.7" } else { "127.0.0.1" };
            assert_eq!(events(&admin, "group_created").await[0]["address"], address);
        });
    }
}

#[test]
fn one_phone_too_many_ends_the_session_on_the_oldest_and_no_desk() {
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/18.6 Mobile/15E148 Safari/604.1";
    const PIXEL: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 \
                         Mobile Safari/537.36";
    const TABLET: &str = "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/18.6 Mobile/15E148 Safari/604.1";
    const DESK: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        house.user(&admin, "ole@main.example", &json!([])).await;
        let settings = json!({"organisation": {"sessions_mobile_max": 2}});
        admin.ask_with(Method::PATCH, "/api/v1/settings", &settings, &[("if-match", "*")]).await.expect(200);
        let comes = async |headers: &[(&str, &str)]| {
            house.clock.turn(1);
            let credentials = json!({"email": "ole@main.example", "password": PASSWORD});
            let came =
                house.nobody().ask_with(Method::POST, "/api/v1/session", &credentials, headers).await.expect(200);
            house.with_cookie(&came.cookie())
        };
        let desk = comes(&[("user-agent", DESK)]).await;
        let phone = comes(&[("user-agent", IPHONE)]).await;
        let pixel = comes(&[("user-agent", PIXEL)]).await;
        let other_desk = comes(&[("user-agent", DESK)]).await;
        phone.get("/api/v1/session").await.expect(200);
        let tablet = comes(&[("user-agent", TABLET)]).await;
        phone.get("/api/v1/session").await.problem(401, "not_signed_in");
        // A browser that says nothing of its system may say that it is on a phone.
        let hinted = comes(&[("user-agent", "something else"), ("sec-ch-ua-mobile", "?1")]).await;
        pixel.get("/api/v1/session").await.problem(401, "not_signed_in");
        for still in [&desk, &other_desk, &tablet, &hinted] {
            still.get("/api/v1/session").await.expect(200);
        }
        let listed = desk.get("/api/v1/account/sessions").await.expect(200).json();
        let mobile: Vec<bool> =
            listed["items"].as_array().unwrap().iter().map(|one| one["is_mobile"].as_bool().unwrap()).collect();
        // Newest first; the last is that of the invitation.
        assert_eq!(mobile, [true, true, false, false, false]);
        let ended = events(&admin, "session_ended").await;
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|event| event["detail"]["why"] == "too_many"));
    });
}

#[test]
fn codes_to_a_phone_are_sent_three_at_once_and_then_one_a_minute_wherever_they_are_asked_for() {
    for_each_backend(async |backend| {
        let mut config = Config::new(ORIGIN);
        config.trusted_proxies.push("127.0.0.0/8".parse().unwrap());
        let house = House::configured(backend, config).await;
        let admin = house.organisation("main").await;
        let (ole, id) = house.user(&admin, "ole@main.example", &json!([])).await;
        let phone = json!({"number": "+49 30 123456"});
        admin.ask(Method::PUT, &format!("/api/v1/users/{id}/phone"), &phone).await.expect(204);
        // A gateway where nobody listens: what counts here is what it would be told.
        let settings = json!({"organisation": {
            "sms_url": "http://127.0.0.1:1/", "second_factor_mode": "sms", "second_factor": "always",
        }});
        admin.ask_with(Method::PATCH, "/api/v1/settings", &settings, &[("if-match", "*")]).await.expect(200);
        let asks = async |address: &str| {
            let from = [("x-forwarded-for", address)];
            let credentials = json!({"email": "ole@main.example", "password": PASSWORD});
            let half = house.nobody().ask_with(Method::POST, "/api/v1/session", &credentials, &from).await;
            let half = half.expect(202).json();
            let said = json!({"sign_in": half["sign_in"]});
            house.nobody().ask_with(Method::POST, "/api/v1/session/step/code", &said, &from).await
        };
        // Each time in a sign-in of its own, from another network.
        for number in 1..=3 {
            let sent = asks(&format!("198.51.{number}.7")).await.expect(202).json();
            assert_eq!((&sent["by"], &sent["to"]), (&json!("sms"), &json!("…56")));
        }
        let refused = asks("198.51.4.7").await;
        let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=61).contains(&seconds), "{seconds}");
        refused.problem(429, "too_many_requests");
        assert_eq!(events(&admin, "code_sent").await.len(), 3);
        house.clock.turn(seconds);
        asks("198.51.5.7").await.expect(202);
        asks("198.51.6.7").await.problem(429, "too_many_requests");

        // In a session that is open they have their own: whoever tries the password outside takes none of them.
        let prove = async || ole.post("/api/v1/session/step-up/code", &json!({})).await;
        for _ in 0..3 {
            prove().await.expect(202);
        }
        prove().await.problem(429, "too_many_requests");
        house.clock.turn(60);
        prove().await.expect(202);
    });
}

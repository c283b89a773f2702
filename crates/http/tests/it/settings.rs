//! Settings as programs and browsers meet them, and what follows from one entry of the registry.

use crate::house::{Answered, Client, House, ORIGIN, PASSWORD, events};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_app::domain::settings::{REGISTRY, Registry, Section, Setting, Unit};
use soundkeep_http::Config;
use soundkeep_http::words::settings::reference;
use soundkeep_testkit::for_each_backend;

const PATH: &str = "/api/v1/settings";

async fn patch(client: &Client, tag: &str, body: &Value) -> Answered {
    client.ask_with(Method::PATCH, PATH, body, &[("if-match", tag)]).await
}

fn field<'a>(settings: &'a Value, key: &str) -> &'a Value {
    let sections = settings["sections"].as_array().unwrap();
    let mut fields = sections.iter().flat_map(|section| section["settings"].as_array().unwrap());
    fields.find(|field| field["key"] == key).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn a_made_up_setting_is_found_everywhere_by_one_entry() {
    let hats = Setting::number(Section::Privacy, "Hats per head", 1, (0, 9), Unit::Hours)
        .saying("How many hats one wears.")
        .warning("Many hats are heavy.")
        .per_channel()
        .keyed("hats_per_head");
    let registry = Registry::of(REGISTRY.all().iter().copied().chain([hats]).collect::<Vec<_>>().leak());
    let page = reference(registry);
    for word in ["Hats per head", "hats_per_head", "How many hats one wears.", "Many hats are heavy.", "0 to 9 hours"] {
        assert!(page.contains(word), "the reference page has no {word}");
    }
    for_each_backend(async |backend| {
        let house = House::with_settings(backend, Config::new(ORIGIN), registry).await;
        let admin = house.organisation("main").await;
        let shown = admin.get(PATH).await.expect(200).json();
        let hats = field(&shown, "hats_per_head");
        assert_eq!((&hats["title"], &hats["warning"]), (&json!("Hats per head"), &json!("Many hats are heavy.")));
        assert_eq!((&hats["kind"], &hats["from"], &hats["to"]), (&json!("number"), &json!(0), &json!(9)));
        assert_eq!((&hats["value"], &hats["origin"], &hats["default"]), (&json!(1), &json!("default"), &json!(1)));
        assert_eq!(hats["channels"].as_array().unwrap().len(), 4);
        let many = json!({"organisation": {"hats_per_head": 3}, "channels": {"chat": {"hats_per_head": 5}}});
        let saved = patch(&admin, "\"v0\"", &many).await.expect(200).json();
        let sentences: Vec<_> = saved["changes"].as_array().unwrap().iter().map(|one| &one["sentence"]).collect();
        assert_eq!(
            sentences,
            [
                &json!("Hats per head: 1 hour (default) → 3 hours"),
                &json!("Hats per head, for chats: 1 hour (as the organisation) → 5 hours"),
            ]
        );
        let hats = field(&saved["settings"], "hats_per_head").clone();
        assert_eq!((&hats["value"], &hats["origin"]), (&json!(3), &json!("organisation")));
        let chat = json!({"channel": "chat", "value": 5, "origin": "channel"});
        assert!(hats["channels"].as_array().unwrap().contains(&chat), "{hats}");
        let event = events(&admin, "settings_change").await[0].clone();
        assert_eq!(event["old"], json!({"hats_per_head": 1, "chat/hats_per_head": 1}));
        assert_eq!(event["new"], json!({"hats_per_head": 3, "chat/hats_per_head": 5}));
        let history = admin.get("/api/v1/settings/history").await.expect(200).json();
        assert_eq!(history["items"][0]["changes"][0]["sentence"], *sentences[0]);
        let wrong = json!({"organisation": {"hats_per_head": 10}});
        let problem = patch(&admin, "*", &wrong).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["message"], "A whole number from 0 to 9 is expected.");
        let german = admin.clone().with("accept-language", "de");
        let problem = patch(&german, "*", &wrong).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["message"], "Erwartet wird eine ganze Zahl von 0 bis 9.");
    });
}

#[test]
fn what_does_not_fit_is_named_and_nothing_is_saved() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for (body, field) in [
            (json!({"organisation": {"warp_factor": 9}}), "organisation.warp_factor"),
            (json!({"organisation": {"session_hours": "8"}}), "organisation.session_hours"),
            (json!({"organisation": {"session_hours": 0}}), "organisation.session_hours"),
            (json!({"organisation": {"session_hours": 8, "embedding": 1}}), "organisation.embedding"),
            (
                json!({"organisation": {"embedding_origins": ["https://a.example/path"]}}),
                "organisation.embedding_origins",
            ),
            (json!({"organisation": {"embedding_origins": ["https://*.example"]}}), "organisation.embedding_origins"),
            (json!({"organisation": {"embedding_origins": ["http://crm.example"]}}), "organisation.embedding_origins"),
            (json!({"organisation": {"embedding": true}}), "organisation.embedding_origins"),
            (json!({"organisation": {"language": "fr"}}), "organisation.language"),
            (json!({"organisation": {"time_zone": "Mars/Phobos"}}), "organisation.time_zone"),
            (
                json!({"organisation": {"session_hours": 1, "session_idle_minutes": 61}}),
                "organisation.session_idle_minutes",
            ),
            (json!({"channels": {"voice": {"session_hours": 8}}}), "channels.voice.session_hours"),
            (json!({"channels": {"fax": {"mask_numbers": true}}}), "channels.fax"),
            (json!({"organization": {}}), "organization"),
        ] {
            for dry_run in [true, false] {
                let mut body = body.clone();
                body["dry_run"] = dry_run.into();
                let problem = patch(&admin, "\"v0\"", &body).await.problem(422, "invalid_fields");
                assert_eq!(problem["errors"][0]["field"], field, "{body}");
            }
        }
        let hours = json!({"organisation": {"session_hours": 8}});
        admin.ask(Method::PATCH, PATH, &hours).await.problem(428, "precondition_required");
        admin
            .ask(Method::POST, "/api/v1/settings/history/0/restore", &json!({}))
            .await
            .problem(428, "precondition_required");
        let none = "/api/v1/settings/history/7/restore";
        admin.ask_with(Method::POST, none, &json!({}), &[("if-match", "*")]).await.problem(404, "not_found");
        assert!(admin.get(PATH).await.expect(200).header("etag").unwrap().starts_with("\"v0-"));
        assert!(events(&admin, "settings_change").await.is_empty());
    });
}

#[test]
fn a_trial_changes_nothing_and_a_late_save_is_told_what_changed() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let trial = json!({"organisation": {"session_hours": 8}, "dry_run": true});
        let told = patch(&admin, "\"v0\"", &trial).await.expect(200).json();
        assert_eq!((&told["saved"], &told["settings"]["version"]), (&json!(false), &json!(0)));
        assert_eq!(told["changes"][0]["sentence"], "Sign out in any case after: 12 hours (default) → 8 hours");
        let saved = patch(&admin, "\"v0\"", &json!({"organisation": {"session_hours": 8}})).await.expect(200);
        assert_eq!(saved.header("etag"), Some("\"v1\""));
        let late = admin.clone().with("accept-language", "de");
        for body in [json!({"organisation": {"session_idle_minutes": 20}}), trial] {
            let problem = patch(&late, "\"v0\"", &body).await.problem(412, "precondition_failed");
            let sentence = "In jedem Fall abmelden nach: 12 Stunden (Standard) → 8 Stunden";
            assert_eq!(problem["changes"][0]["sentence"], sentence);
        }
        let restore = "/api/v1/settings/history/0/restore";
        let back = admin.ask_with(Method::POST, restore, &json!({}), &[("if-match", "\"v1\"")]).await.expect(200);
        assert_eq!(back.json()["settings"]["version"], 2);
        let page = admin.get("/api/v1/settings/history?limit=1").await.expect(200).json();
        assert_eq!((&page["items"][0]["restored_version"], &page["next"]), (&json!(0), &json!("2")));
        let page = admin.get("/api/v1/settings/history?limit=1&cursor=2").await.expect(200).json();
        assert_eq!((&page["items"][0]["version"], &page["next"]), (&json!(1), &json!(null)));
        let shown = admin.get(PATH).await.expect(200);
        let tag = shown.header("etag").unwrap();
        admin.send(Method::GET, PATH, Body::empty(), &[("if-none-match", tag)]).await.expect(304);
        patch(&admin, tag, &json!({"organisation": {"session_hours": 9}})).await.expect(200);
    });
}

#[test]
fn the_organisations_language_is_spoken_to_who_asks_for_none() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let title =
            async |client: &Client| client.get("/api/v1/users/0").await.problem(404, "not_found")["title"].clone();
        assert_eq!(title(&admin).await, "Not found");
        let region = json!({"organisation": {"language": "de", "time_zone": "Europe/Berlin"}});
        patch(&admin, "*", &region).await.expect(200);
        assert_eq!(title(&admin).await, "Nicht gefunden");
        assert_eq!(title(&admin.clone().with("accept-language", "en")).await, "Not found");
        let me = admin.get("/api/v1/session").await.expect(200).json();
        assert_eq!(
            (&me["organisation"]["language"], &me["organisation"]["time_zone"]),
            (&json!("de"), &json!("Europe/Berlin"))
        );
        let agent = house.holder(&admin, "agent").await;
        assert_eq!(agent.get("/api/v1/session").await.expect(200).json()["organisation"]["language"], "de");
    });
}

#[test]
fn what_a_page_asks_by_itself_is_no_use_of_the_session() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let quiet = admin.clone().with("soundkeep-background", "1");
        let ends = async |client: &Client| {
            client.get("/api/v1/session").await.expect(200).json()["session_idle_ends_at"].clone()
        };
        let first = ends(&admin).await;
        house.clock.turn(600);
        assert_eq!(ends(&quiet).await, first);
        assert_ne!(ends(&admin).await, first);
        house.clock.turn(899);
        ends(&quiet).await;
        house.clock.turn(1);
        quiet.get("/api/v1/session").await.problem(401, "not_signed_in");
        admin.get("/api/v1/session").await.problem(401, "not_signed_in");
    });
}

#[test]
fn only_listed_sites_may_show_the_console_inside_and_then_its_cookie_comes_along() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let other = house.organisation("other").await;
        let ancestors = |page: &Answered| {
            let policy = page.header("content-security-policy").unwrap().to_owned();
            policy.split("frame-ancestors ").nth(1).unwrap().to_owned()
        };
        let sign_in = async || {
            let said = json!({"email": "admin@main.example", "password": PASSWORD, "organisation": "main"});
            let answered = house.nobody().post("/api/v1/session", &said).await.expect(200);
            let lines = answered.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
            // That of the device is no session, and stays with our own pages.
            lines.filter(|line| !line.starts_with("__Host-soundkeep-device=")).collect::<Vec<_>>()
        };
        for client in [&admin, &other, &house.nobody()] {
            let page = client.get("/").await.expect(200);
            assert_eq!((ancestors(&page).as_str(), page.header("x-frame-options")), ("'none'", Some("DENY")));
        }
        let [forgotten, kept] = sign_in().await.try_into().unwrap();
        assert!(kept.ends_with("SameSite=Strict") && forgotten.contains("Max-Age=0"), "{kept} {forgotten}");

        let on = json!({"organisation": {"embedding": true, "embedding_origins": ["https://CRM.example:443"]}});
        patch(&admin, "*", &on).await.expect(200);
        for (client, expected) in
            [(&admin, "https://crm.example"), (&other, "'none'"), (&house.nobody(), "https://crm.example")]
        {
            let page = client.get("/conversations").await.expect(200);
            assert_eq!(ancestors(&page), expected);
            assert_eq!(page.header("x-frame-options").is_some(), expected == "'none'");
        }
        let api = admin.get("/api/v1/session").await;
        assert_eq!(ancestors(&api).split(';').next(), Some("'none'"));
        let [forgotten, kept] = sign_in().await.try_into().unwrap();
        assert!(kept.ends_with("Secure; HttpOnly; SameSite=None; Partitioned"), "{kept}");
        assert!(forgotten.contains("Max-Age=0") && forgotten.ends_with("SameSite=Strict"), "{forgotten}");

        // In the frame the console asks as itself; the surrounding page and any other site get nothing.
        let framed = house.with_cookie(kept.split(';').next().unwrap());
        let console = [("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];
        let around = [("sec-fetch-site", "cross-site"), ("origin", "https://crm.example")];
        framed.send(Method::GET, "/api/v1/conversations", Body::empty(), &console).await.expect(200);
        framed.ask_with(Method::POST, "/api/v1/groups", &json!({"name": "Sales"}), &console).await.expect(201);
        framed.send(Method::GET, "/api/v1/conversations", Body::empty(), &around).await.problem(403, "cross_site");
        framed
            .ask_with(Method::POST, "/api/v1/groups", &json!({"name": "HR"}), &around)
            .await
            .problem(403, "cross_site");
        let image = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")];
        framed.send(Method::GET, "/api/v1/conversations", Body::empty(), &image).await.problem(403, "cross_site");

        let left = framed.delete("/api/v1/session").await.expect(204);
        assert_eq!(left.headers.get_all("set-cookie").iter().count(), 2);
        patch(&admin, "*", &json!({"organisation": {"embedding": false}})).await.expect(200);
        assert_eq!(ancestors(&house.nobody().get("/").await), "'none'");
        assert!(sign_in().await[1].ends_with("SameSite=Strict"));
    });
}

#[test]
fn without_tls_no_cookie_is_given_to_frames() {
    for_each_backend(async |backend| {
        let house = House::configured(backend, Config::new("http://127.0.0.1:8480")).await;
        let admin = house.organisation("main").await;
        let on = json!({"organisation": {"embedding": true, "embedding_origins": ["http://localhost:3000"]}});
        patch(&admin, "*", &on).await.expect(200);
        let said = json!({"email": "admin@main.example", "password": PASSWORD});
        let answered = house.nobody().post("/api/v1/session", &said).await.expect(200);
        let kept = answered.headers.get_all("set-cookie").iter().next_back().unwrap().to_str().unwrap();
        assert!(kept.ends_with("SameSite=Strict"), "{kept}");
    });
}

#[test]
fn an_older_version_that_would_lock_out_whoever_restores_it_is_refused_and_names_their_address() {
    for_each_backend(async |backend| {
        let mut config = Config::new(ORIGIN);
        config.trusted_proxies.push("127.0.0.0/8".parse().unwrap());
        let house = House::configured(backend, config).await;
        let admin = house.organisation("main").await;
        let (inside, outside) = (("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "203.0.113.5"));
        let save = async |body: Value| {
            admin.ask_with(Method::PATCH, PATH, &body, &[("if-match", "*"), inside]).await.expect(200).json()
        };
        let restore = async |version: &Value, from| {
            let path = format!("{PATH}/history/{version}/restore");
            admin.send(Method::POST, &path, Body::empty(), &[("if-match", "*"), from]).await
        };
        let of_people = save(json!({"organisation": {"console_networks": ["198.51.100.0/24"]}})).await;
        let of_nobody = save(json!({"organisation": {"console_networks": null}})).await;
        let refused = restore(&of_people["settings"]["version"], outside).await.problem(422, "invalid_fields");
        let error = &refused["errors"][0];
        assert_eq!(error["field"], "organisation.console_networks");
        assert!(error["message"].as_str().unwrap().contains("203.0.113.5"), "{error}");
        let now = admin.ask_with(Method::GET, PATH, &json!(null), &[outside]).await.expect(200).json();
        assert_eq!(now["version"], of_nobody["settings"]["version"], "nothing was saved");
        let restored = restore(&of_people["settings"]["version"], inside).await.expect(200).json();
        assert!(restored["settings"]["version"].as_i64() > of_nobody["settings"]["version"].as_i64());
        admin.ask_with(Method::GET, PATH, &json!(null), &[outside]).await.problem(403, "wrong_network");

        // A program by the list of programs, and by how programs come in.
        let (key, _) = house.key(&admin.clone().with("x-forwarded-for", inside.1), "admin").await;
        let list = save(json!({"organisation": {"api_networks": ["198.51.100.0/24"]}})).await;
        let signed = save(json!({"organisation": {"api_networks": null, "api_authentication": "signed"}})).await;
        save(json!({"organisation": {"api_authentication": null}})).await;
        for (version, field) in [
            (&list["settings"]["version"], "organisation.api_networks"),
            (&signed["settings"]["version"], "organisation.api_authentication"),
        ] {
            let path = format!("{PATH}/history/{version}/restore");
            let asked = key.send(Method::POST, &path, Body::empty(), &[("if-match", "*"), outside]).await;
            assert_eq!(asked.problem(422, "invalid_fields")["errors"][0]["field"], field);
        }
    });
}

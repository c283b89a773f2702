//! Lists: filters, search, order, pages, counts.

use crate::house::{House, events};
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

fn contacts(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|one| one["contact"].as_str().unwrap()).collect()
}

#[test]
fn conversations_are_found_by_every_filter_and_counted_alike() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (_, bo) = house.user(&admin, "bo@main.example", &json!([])).await;
        let agent_id = json!({"value": "201", "from": "2026-01-01T00:00:00Z"});
        admin.post(&format!("/api/v1/users/{bo}/agent-ids"), &agent_id).await.expect(201);
        let rows = [
            json!({"contact": "Grace", "started_at": "2026-11-01T08:00:00Z", "direction": "inbound", "agent": "201", "tags": ["vip"]}),
            json!({"contact": "Linus", "started_at": "2026-11-02T08:00:00Z", "direction": "outbound", "to_number": "+43 1 5557788"}),
            json!({"contact": "Edsger", "started_at": "2026-11-03T08:00:00Z", "direction": "inbound", "agent": "999"}),
        ];
        for row in &rows {
            house.conversation(&admin, row).await;
        }
        let bo_filter = format!("agent={bo}");
        for (query, found) in [
            ("", vec!["Edsger", "Linus", "Grace"]),
            ("sort=started_at", vec!["Grace", "Linus", "Edsger"]),
            ("direction=inbound", vec!["Edsger", "Grace"]),
            ("tag=vip", vec!["Grace"]),
            ("q=gra", vec!["Grace"]),
            ("number=5557788", vec!["Linus"]),
            ("from=2026-11-02T00:00:00Z&until=2026-11-03T00:00:00Z", vec!["Linus"]),
            (bo_filter.as_str(), vec!["Grace"]),
            ("unattributed=true", vec!["Edsger", "Linus"]),
            ("status=failed", vec![]),
            ("min_duration_ms=501", vec![]),
            ("max_duration_ms=500&channel=voice", vec!["Edsger", "Linus", "Grace"]),
        ] {
            let page = admin.get(&format!("/api/v1/conversations?{query}")).await.expect(200).json();
            assert_eq!(contacts(&page), found, "{query}");
            if !query.contains("sort") {
                let count = admin.get(&format!("/api/v1/conversations/count?{query}")).await.expect(200).json();
                assert_eq!(count, json!({"count": found.len(), "exact": true}), "{query}");
            }
        }
        let page = admin.get("/api/v1/conversations?q=edsger").await.expect(200).json();
        assert_eq!(page["items"][0]["agents"], json!([{"user_id": null, "name": "999"}]));
        let directory = admin.get("/api/v1/directory").await.expect(200).json();
        assert_eq!(directory["tags"], json!(["vip"]));
    });
}

#[test]
fn pages_follow_each_other_by_body_and_by_link() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        for contact in ["a", "b", "c", "d", "e"] {
            house.conversation(&admin, &json!({"contact": contact, "started_at": format!("2026-11-01T08:00:0{}Z", contact.as_bytes()[0] - b'a')})).await;
        }
        let mut path = "/api/v1/conversations?limit=2&sort=started_at".to_owned();
        let mut seen = Vec::new();
        loop {
            let answered = admin.get(&path).await.expect(200);
            let page = answered.json();
            seen.extend(contacts(&page).into_iter().map(str::to_owned));
            let Some(next) = page["next"].as_str() else {
                assert_eq!(answered.header("link"), None);
                break;
            };
            let link = answered.header("link").unwrap();
            path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
            assert!(path.contains(next) && path.contains("sort=started_at"));
        }
        assert_eq!(seen, ["a", "b", "c", "d", "e"]);
        for path in ["users", "api-keys", "groups", "ledger/events", "quarantine"] {
            let page = admin.get(&format!("/api/v1/{path}?limit=1")).await.expect(200).json();
            assert!(page["items"].as_array().unwrap().len() <= 1, "{path}");
        }
        let first = admin.get("/api/v1/ledger/events?limit=1&kind=recording_ingest").await.expect(200).json();
        let path =
            format!("/api/v1/ledger/events?limit=9&kind=recording_ingest&cursor={}", first["next"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.expect(200).json()["items"].as_array().unwrap().len(), 4);
    });
}

#[test]
fn the_history_of_a_conversation_says_who_heard_it() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let manager = house.holder(&admin, "manager").await;
        let stored = house.conversation(&admin, &json!({})).await;
        house.conversation(&admin, &json!({})).await;
        // Events of one millisecond have no order.
        house.clock.turn(1);
        manager.get(&format!("/api/v1/recordings/{}/audio", stored.recording)).await.expect(200);
        let path = format!("/api/v1/conversations/{}/history", stored.conversation);
        let page = admin.get(&path).await.expect(200).json();
        let kinds: Vec<&str> =
            page["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["recording_play", "recording_ingest"]);
        manager.get(&path).await.problem(403, "denied");
        assert_eq!(events(&admin, "access_refused").await.len(), 1);
    });
}

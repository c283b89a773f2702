//! A hidden column is nowhere: every end point is asked with every column hidden in turn, and its value looked for.
//!
//! The walk takes columns and routes from their tables, so it holds for those that don't exist yet.

use crate::house::{Answered, Client, House};
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_app::domain::access::Column;
use soundkeep_http::{Access, ROUTES};
use soundkeep_testkit::for_each_backend;

const STARTED: &str = "2026-03-21T14:15:02";

/// What gives a column away: a text that stands nowhere else, not even in a hash by chance, or a member of this name with this value.
enum Trace {
    Text(&'static str),
    Member(&'static str, Value),
}

fn traces(column: Column) -> Vec<Trace> {
    let member = |name, value| Trace::Member(name, value);
    match column {
        Column::Started => vec![Trace::Text(STARTED)],
        Column::Duration => vec![member("duration_ms", json!(1234))],
        Column::Direction => vec![member("direction", json!("internal"))],
        Column::Channel => vec![member("channel", json!("voice"))],
        Column::Status => vec![member("status", json!("ready")), member("state", json!("ready"))],
        Column::Number => vec![Trace::Text("30777 123"), Trace::Text("30777999")],
        Column::MaskedNumber => vec![Trace::Text("30777 123"), Trace::Text("•••456")],
        Column::Contact => vec![Trace::Text("Zaphodia")],
        Column::Agents => vec![Trace::Text("agt-7731"), member("name", json!("Zebulon"))],
        Column::Groups => vec![Trace::Text("Quokkateam")],
        Column::Tags => vec![Trace::Text("xylotag")],
        Column::Notes => vec![Trace::Text("wombatnote"), member("notes_count", json!(1))],
        Column::Source => vec![member("source", json!("upload"))],
        Column::ExternalId => vec![Trace::Text("pbx-556677")],
        Column::Received => vec![member("received_at", json!("2026-11-21T09:00:00Z"))],
        Column::Audio => vec![member("sample_rate_hz", json!(8000)), member("may_play", json!(true))],
        Column::Playback => vec![member("may_play", json!(true)), member("recordings.play", json!(true))],
        Column::Download => vec![member("recordings.download", json!(true))],
    }
}

fn is_in(value: &Value, name: &str, wanted: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.iter().any(|(key, held)| key == name && held == wanted || is_in(held, name, wanted))
        }
        Value::Array(items) => items.iter().any(|item| is_in(item, name, wanted)),
        _ => false,
    }
}

fn shows(answered: &Answered, trace: &Trace) -> bool {
    match trace {
        Trace::Text(text) => {
            let mut all = String::from_utf8_lossy(&answered.body).into_owned();
            for value in answered.headers.values() {
                all.push_str(&String::from_utf8_lossy(value.as_bytes()));
            }
            all.contains(text)
        }
        Trace::Member(name, value) => {
            serde_json::from_slice(&answered.body).is_ok_and(|json: Value| is_in(&json, name, value))
        }
    }
}

/// One conversation that has something in every column.
struct Told {
    conversation: String,
    recording: String,
    agent: String,
    group: String,
}

async fn told(house: &House, admin: &Client) -> Told {
    let (_, agent) = house.user(admin, "zebulon@main.example", &json!([{"role": "agent", "limit": "none"}])).await;
    let rename = json!({"name": "Zebulon"});
    admin.ask_with(Method::PATCH, &format!("/api/v1/users/{agent}"), &rename, &[("if-match", "*")]).await.expect(200);
    let value = json!({"value": "agt-7731", "from": "2026-01-01T00:00:00Z"});
    admin.post(&format!("/api/v1/users/{agent}/agent-ids"), &value).await.expect(201);
    let group = admin.post("/api/v1/groups", &json!({"name": "Quokkateam"})).await.expect(201).json();
    let group = group["id"].as_str().unwrap().to_owned();
    let limited = json!({"role": "supervisor", "limit": "groups", "groups": [group]});
    admin.post(&format!("/api/v1/users/{agent}/assignments"), &limited).await.expect(201);
    let from = json!({"from": "2026-01-01T00:00:00Z"});
    admin.ask(Method::PUT, &format!("/api/v1/groups/{group}/members/{agent}"), &from).await.expect(204);
    let metadata = json!({
        "started_at": format!("{STARTED}Z"), "direction": "internal", "from_number": "+49 30777 123456",
        "to_number": "+4930777999456", "contact": "Zaphodia", "agent": "agt-7731", "tags": ["xylotag"],
        "external_id": "pbx-556677",
    });
    let audio = crate::house::wav(1.234, 5);
    let stored = admin.upload(Some(&metadata.to_string()), "call.wav", &audio).await.expect(201).json();
    let conversation = stored["conversation_id"].as_str().unwrap().to_owned();
    let note = json!({"text": "a wombatnote"});
    admin.post(&format!("/api/v1/conversations/{conversation}/notes"), &note).await.expect(201);
    let edit = json!({"contact": "Zaphodia", "tags": ["xylotag", "second"]});
    let path = format!("/api/v1/conversations/{conversation}");
    admin.ask_with(Method::PATCH, &path, &edit, &[("if-match", "*")]).await.expect(200);
    Told { conversation, recording: stored["recording_id"].as_str().unwrap().to_owned(), agent, group }
}

/// Every request that can be made about that conversation without changing anything.
fn requests(told: &Told) -> Vec<String> {
    let mut requests = Vec::new();
    for route in ROUTES.iter().filter(|route| route.method == Method::GET && route.access != Access::Open) {
        let room = route.path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let id = match room {
            "conversations" => &told.conversation,
            "recordings" => &told.recording,
            // Of people, teams and rules their own pages tell; of a conversation's they don't.
            "users" | "groups" | "roles" | "access-groups" | "api-keys" | "settings" | "jobs" => continue,
            _ => &told.agent,
        };
        let path = route.path.replacen("{id}", id, 1);
        if path.contains('{') {
            continue;
        }
        requests.push(path);
    }
    assert!(requests.len() > 15, "{requests:?}");
    let list = "/api/v1/conversations";
    for asked in [
        "sort=started_at",
        "sort=-duration",
        "limit=1",
        "from=2026-03-21T00:00:00Z",
        "until=2026-03-22T00:00:00Z",
        "direction=internal",
        "channel=voice",
        "tag=xylotag",
        "status=ready",
        "number=30777",
        "min_duration_ms=1",
        "max_duration_ms=9999",
        "q=zaphodia",
        "q=xylotag",
        "q=wombatnote",
        "q=zebulon",
        "q=30777123456",
        "q=agt",
    ] {
        requests.push(format!("{list}?{asked}"));
        if !asked.contains("sort") && !asked.contains("limit") {
            requests.push(format!("{list}/count?{asked}"));
        }
    }
    requests.push(format!("{list}?agent={}", told.agent));
    requests.push(format!("{list}?group={}", told.group));
    requests.push(format!("/api/v1/users/{}/reach", told.agent));
    requests
}

/// Somebody with every permission, through a role of the organisation's own.
async fn member(house: &House, admin: &Client) -> (Client, String) {
    let wish = json!({"name": "Everything", "clone_of": "admin"});
    let role = admin.post("/api/v1/roles", &wish).await.expect(201).json();
    house.user(admin, "member@main.example", &json!([{"role": role["key"], "limit": "none"}])).await
}

#[test]
fn a_hidden_column_is_in_no_answer_of_any_end_point() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let told = told(&house, &admin).await;
        let (member, member_id) = member(&house, &admin).await;
        let requests = requests(&told);
        for column in Column::ALL.iter().copied() {
            let traces = traces(column);
            if !matches!(column, Column::Download | Column::MaskedNumber) {
                for trace in &traces {
                    let mut seen = false;
                    for request in &requests {
                        seen |= shows(&member.get(request).await, trace);
                    }
                    assert!(seen, "{column} shows nowhere: nothing would be proven by hiding it");
                }
            }
            // Hiding the masked number hides the number, and hiding the number leaves the masked one.
            let hidden = [column, if column == Column::MaskedNumber { Column::Number } else { column }];
            let columns: Vec<&str> =
                Column::ALL.iter().filter(|one| !hidden.contains(one)).map(|one| one.key()).collect();
            let wish = json!({"name": format!("Without {column}"), "columns": columns,
                "targets": [{"kind": "user", "id": member_id}]});
            let group = admin.post("/api/v1/access-groups", &wish).await.expect(201).json();
            house.clock.turn(2);
            for request in &requests {
                // The ledger tells of people and teams as their own pages do: when one was named, and gave an extension.
                if matches!(column, Column::Agents | Column::Groups) && request.contains("/ledger/") {
                    continue;
                }
                // What somebody reaches names them, and no conversation.
                if column == Column::Agents && request.ends_with("/reach") {
                    continue;
                }
                let answered = member.get(request).await;
                for trace in &traces {
                    let told = String::from_utf8_lossy(&answered.body);
                    assert!(!shows(&answered, trace), "{column} is hidden, and {request} shows it: {told}");
                }
                assert_ne!(answered.status.as_u16(), 500, "{request}");
            }
            asked_by_it(&member, column).await;
            admin.delete(&format!("/api/v1/access-groups/{}", group["id"].as_str().unwrap())).await.expect(204);
            house.clock.turn(2);
        }
    });
}

/// Whoever doesn't see a column can neither filter, sort, search nor count by it.
async fn asked_by_it(member: &Client, column: Column) {
    let (by, words): (&[&str], &[&str]) = match column {
        Column::Started => (&["sort=started_at", "from=2026-03-21T00:00:00Z", "until=2027-03-21T00:00:00Z"], &[]),
        Column::Duration => (&["sort=duration", "min_duration_ms=1", "max_duration_ms=9999"], &[]),
        Column::Direction => (&["direction=internal"], &[]),
        Column::Channel => (&["channel=voice"], &[]),
        Column::Status => (&["status=ready"], &[]),
        Column::Number | Column::MaskedNumber => (&["number=30777"], &["30777123456", "999456"]),
        Column::Contact => (&[], &["zaphodia"]),
        Column::Agents => (&["unattributed=true"], &["zebulon", "7731"]),
        Column::Tags => (&["tag=xylotag"], &["xylotag"]),
        Column::Notes => (&[], &["wombatnote"]),
        Column::Groups | Column::Source | Column::ExternalId | Column::Received => (&[], &[]),
        Column::Audio | Column::Playback | Column::Download => (&[], &[]),
    };
    for asked in by {
        let problem = member.get(&format!("/api/v1/conversations?{asked}")).await.problem(422, "invalid_fields");
        assert_eq!(problem["errors"][0]["field"], asked.split('=').next().unwrap());
        if !asked.starts_with("sort") {
            member.get(&format!("/api/v1/conversations/count?{asked}")).await.problem(422, "invalid_fields");
        }
    }
    for word in words {
        let page = member.get(&format!("/api/v1/conversations?q={word}")).await.expect(200).json();
        assert_eq!(page["items"], json!([]), "{column} is hidden and {word} finds something");
        let count = member.get(&format!("/api/v1/conversations/count?q={word}")).await.expect(200).json();
        assert_eq!(count["count"], 0);
    }
}

#[test]
fn rows_outside_the_rules_are_not_there_and_admins_are_exempt_but_through_groups() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let told = told(&house, &admin).await;
        house.conversation(&admin, &json!({"contact": "Other", "from_number": "0049 40 1"})).await;
        let (member, member_id) = member(&house, &admin).await;
        let me = admin.get("/api/v1/session").await.expect(200).json();
        let admin_id = me["user"]["id"].as_str().unwrap();
        let columns: Vec<&str> = Column::ALL.iter().map(|one| one.key()).collect();
        let wish = json!({"name": "Berlin", "columns": columns, "rows": {"numbers": ["+49 30*"]},
            "targets": [{"kind": "user", "id": member_id}, {"kind": "user", "id": admin_id}]});
        let group = admin.post("/api/v1/access-groups", &wish).await.expect(201).json();
        let count = async |client: &Client| {
            house.clock.turn(2);
            client.get("/api/v1/conversations/count").await.expect(200).json()["count"].clone()
        };
        assert_eq!((count(&member).await, count(&admin).await), (json!(1), json!(2)));
        let other = admin.get("/api/v1/conversations?q=other").await.expect(200).json()["items"][0]["id"].clone();
        member.get(&format!("/api/v1/conversations/{}", other.as_str().unwrap())).await.problem(404, "not_found");
        let why = format!("/api/v1/conversations/{}/access?user={member_id}", other.as_str().unwrap());
        let why = admin.get(&why).await.expect(200).json();
        assert_eq!(why["permissions"][0]["gates"][2]["code"], "outside_rows");
        assert!(why["permissions"][0]["gates"][2]["sentence"].as_str().unwrap().contains("Berlin"));
        // Through a group, administrators are restricted as everybody is.
        let mut wish = wish;
        wish["targets"] = json!([{"kind": "members", "id": told.group}]);
        let path = format!("/api/v1/access-groups/{}", group["id"].as_str().unwrap());
        admin.ask_with(Method::PUT, &path, &wish, &[("if-match", "\"v1\"")]).await.expect(200);
        assert_eq!((count(&member).await, count(&admin).await), (json!(2), json!(2)));
        let join = format!("/api/v1/groups/{}/members/{admin_id}", told.group);
        admin.ask(Method::PUT, &join, &json!({})).await.expect(204);
        assert_eq!(count(&admin).await, json!(1));
        admin.ask_with(Method::PUT, &path, &wish, &[("if-match", "\"v1\"")]).await.problem(412, "precondition_failed");
        // What takes every conversation is nothing for whom some are kept back, or a column of them.
        let correction = json!({"user": member_id, "agent_label": "lost-9"});
        for (rows, columns, gate) in [(json!({"channels": ["voice"]}), &columns[..], 2), (json!({}), &columns[..3], 3)]
        {
            house.conversation(&admin, &json!({"agent": "lost-9"})).await;
            let wish = json!({"name": format!("Gate {gate}"), "rows": rows, "columns": columns,
                "targets": [{"kind": "user", "id": member_id}]});
            let made = admin.post("/api/v1/access-groups", &wish).await.expect(201).json();
            house.clock.turn(2);
            let refused = member.get("/api/v1/unattributed").await.problem(403, "denied");
            assert_eq!(refused["gates"][gate]["outcome"], "failed", "{refused}");
            assert_eq!(refused["gates"][1]["outcome"], "passed");
            member.post("/api/v1/jobs/attribution-corrections", &correction).await.problem(403, "denied");
            admin.delete(&format!("/api/v1/access-groups/{}", made["id"].as_str().unwrap())).await.expect(204);
            house.clock.turn(2);
        }
        member.get("/api/v1/unattributed").await.expect(200);
        // A role or group that a rule or a target names stays.
        admin.delete(&format!("/api/v1/groups/{}", told.group)).await.problem(409, "conflict");
        let role =
            admin.post("/api/v1/roles", &json!({"name": "Nobody's", "clone_of": "agent"})).await.expect(201).json();
        let role = role["key"].as_str().unwrap();
        let wish = json!({"name": "For a role", "targets": [{"kind": "role", "id": role}]});
        admin.post("/api/v1/access-groups", &wish).await.expect(201);
        admin.delete(&format!("/api/v1/roles/{role}")).await.problem(409, "conflict");
    });
}

#[test]
fn a_preview_shows_real_rows_as_a_member_would_see_them_and_saves_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        told(&house, &admin).await;
        house.conversation(&admin, &json!({"contact": "Other"})).await;
        let wish = json!({"rows": {"tags": ["xylotag"]}, "columns": ["contact", "masked_number"]});
        let shown = admin.post("/api/v1/access-groups/preview", &wish).await.expect(200).json();
        assert_eq!(shown["items"].as_array().unwrap().len(), 1);
        let row = &shown["items"][0];
        assert_eq!((&row["contact"], &row["from_number"]), (&json!("Zaphodia"), &json!("•••456")));
        assert!(row.get("started_at").is_none() && row.get("audio").is_none() && row.get("tags").is_none());
        assert_eq!(admin.get("/api/v1/access-groups").await.expect(200).json()["items"], json!([]));
        for (wish, field) in [
            (json!({"rows": {"numbers": ["12a"]}}), "rows.numbers"),
            (json!({"rows": {"tags": [" "]}}), "rows.tags"),
            (json!({"columns": ["sound"]}), "columns"),
        ] {
            let problem = admin.post("/api/v1/access-groups/preview", &wish).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field);
        }
        let nobody = json!({"name": "A", "targets": [{"kind": "role", "id": "nobody"}]});
        admin.post("/api/v1/access-groups", &nobody).await.problem(422, "invalid_fields");
        let empty = admin.post("/api/v1/access-groups", &json!({"name": "New"})).await.expect(201).json();
        assert_eq!(empty["columns"], json!([]), "a new access group shows nothing");
        admin.post("/api/v1/access-groups", &json!({"name": "new"})).await.problem(409, "conflict");
    });
}

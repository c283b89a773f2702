//! Who could hear a conversation at a past time, by which ledger events, and who did.

use crate::house::{Client, House, START, events};
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

const NO_ID: &str = "0190a1b2-0000-7000-8000-000000000000";

/// So many seconds after the beginning.
fn at(seconds: i64) -> String {
    START.plus_seconds(seconds).to_string()
}

async fn then(client: &Client, conversation: &str, time: &str) -> Value {
    let path = format!("/api/v1/conversations/{conversation}/access/then?at={time}");
    client.get(&path).await.expect(200).json()
}

/// Whether somebody could see, play and download, and the codes of the rules.
fn could<'told>(told: &'told Value, name: &str) -> Vec<(&'told str, &'told str)> {
    let found = told["access"]["items"].as_array().unwrap().iter().find(|one| one["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{name} in {told}"));
    let each = found["access"].as_array().unwrap().iter();
    each.map(|one| (one["outcome"].as_str().unwrap(), one["rule"]["code"].as_str().unwrap())).collect()
}

fn ground<'told>(told: &'told Value, user: &str, what: &str) -> &'told Value {
    let mut all = told["grounds"].as_array().unwrap().iter();
    let found = all.find(|ground| ground["user"] == user && ground["what"] == what);
    found.unwrap_or_else(|| panic!("{what} of {user} in {:#}", told["grounds"]))
}

fn index_of(events: &[Value], is: impl Fn(&Value) -> bool) -> Value {
    events.iter().find(|event| is(event)).unwrap_or_else(|| panic!("no such event in {events:#?}"))["id"].clone()
}

#[test]
fn a_past_answer_tells_the_rules_of_that_time_and_the_events_that_made_them() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let group = admin.post("/api/v1/groups", &json!({"name": "Sales"})).await.expect(201).json();
        let group = group["id"].as_str().unwrap().to_owned();
        let (_, agent) = house.user(&admin, "ann@main.example", &json!([{"role": "agent", "limit": "none"}])).await;
        let supervised = json!([{"role": "supervisor", "limit": "supervised"}]);
        let (sue, lead) = house.user(&admin, "sue@main.example", &supervised).await;
        let value = json!({"value": "201", "from": "2026-01-01T00:00:00Z"});
        admin.post(&format!("/api/v1/users/{agent}/agent-ids"), &value).await.expect(201);
        admin.ask(Method::PUT, &format!("/api/v1/groups/{group}/members/{agent}"), &json!({})).await.expect(204);
        house.clock.turn(100);
        let told = json!({"agent": "201", "tags": ["vip"]});
        let stored = house.conversation(&admin, &told).await;
        let id = stored.conversation.as_str();
        house.clock.turn(100);
        admin.ask(Method::PUT, &format!("/api/v1/groups/{group}/supervisors/{lead}"), &json!({})).await.expect(204);
        house.clock.turn(100);
        sue.get(&format!("/api/v1/recordings/{}/audio", stored.recording)).await.expect(200);
        house.clock.turn(100);
        admin.delete(&format!("/api/v1/groups/{group}/supervisors/{lead}")).await.expect(204);
        house.clock.turn(100);
        sue.get(&format!("/api/v1/conversations/{id}")).await.problem(404, "not_found");

        let before = then(&admin, id, &at(99)).await;
        assert_eq!((&before["in_vault"], &before["access"]), (&json!(false), &Value::Null));
        let filed = then(&admin, id, &at(100)).await;
        assert_eq!(filed["in_vault"], true);
        assert_eq!(could(&filed, "sue")[0], ("may_not", "out_of_reach"));
        assert_eq!(could(&filed, "ann")[0], ("may", "granted_own"));
        assert_eq!(filed["did"]["done"], json!([]));

        let appointed = then(&admin, id, &at(200)).await;
        let granted = ("may", "granted_group");
        assert_eq!(could(&appointed, "sue"), [granted, granted, ("may_not", "not_granted")]);
        let joined = index_of(&events(&admin, "membership_change").await, |event| {
            event["object"]["id"] == lead && event["new"]["as"] == "supervisor"
        });
        let supervisor = ground(&appointed, &lead, "supervisor");
        assert_eq!((&supervisor["event"]["id"], &supervisor["name"]), (&joined, &json!("Sales")));
        assert_eq!(supervisor["since"].as_str().unwrap(), at(200));
        assert_eq!(supervisor["permissions"], json!(["conversations.view", "recordings.play"]));
        assert_eq!(supervisor["event"]["actor"]["name"], "Ada Admin");
        let given = index_of(&events(&admin, "role_change").await, |event| event["object"]["id"] == lead);
        assert_eq!(ground(&appointed, &lead, "assignment")["event"]["id"], given);
        let ingest = index_of(&events(&admin, "recording_ingest").await, |_| true);
        assert_eq!(ground(&appointed, &agent, "attribution")["event"]["id"], ingest);

        // Nothing of what was done later stands in an answer about a time before.
        assert_eq!(appointed["did"]["done"], json!([]));
        let heard = then(&admin, id, &at(300)).await;
        let kinds = |told: &Value, list: &str| -> Vec<String> {
            let all = told["did"][list].as_array().unwrap().iter();
            all.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kinds(&heard, "done"), ["recording_play"]);
        assert_eq!(heard["did"]["done"][0]["actor"]["name"], "sue");
        let now = then(&admin, id, &at(500)).await;
        assert_eq!(could(&now, "sue")[0], ("may_not", "out_of_reach"));
        assert_eq!(kinds(&now, "refused"), ["access_refused"]);
        let told = &events(&admin, "access_explain").await[0];
        assert_eq!((&told["detail"]["asked"], &told["detail"]["at"]), (&json!("then"), &json!(at(500))));
    });
}

#[test]
fn what_hung_on_values_that_are_erased_is_said_not_to_be_known() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let manager = json!([{"role": "manager", "limit": "none"}]);
        let (_, vera) = house.user(&admin, "vera@main.example", &manager).await;
        let columns = admin.get("/api/v1/access-groups").await.expect(200).json();
        let columns: Vec<&str> =
            columns["columns"].as_array().unwrap().iter().map(|one| one["column"].as_str().unwrap()).collect();
        let wish = json!({"name": "Only VIP", "rows": {"tags": ["vip"]}, "columns": columns,
            "targets": [{"kind": "user", "id": vera}]});
        let made = admin.post("/api/v1/access-groups", &wish).await.expect(201).json();
        house.clock.turn(10);
        let id = house.conversation(&admin, &json!({"tags": ["plain"]})).await.conversation;
        house.clock.turn(10);
        let found = then(&admin, &id, &at(20)).await;
        assert_eq!(could(&found, "vera")[0], ("held_back", "outside_rows"));
        let narrowed = ground(&found, &vera, "access_group");
        let change =
            index_of(&events(&admin, "access_group_change").await, |event| event["object"]["id"] == made["id"]);
        assert_eq!((&narrowed["name"], &narrowed["event"]["id"]), (&json!("Only VIP"), &change));
        house.clock.turn(10);
        let erase = json!({"confirm": "delete"});
        admin.ask(Method::DELETE, &format!("/api/v1/conversations/{id}"), &erase).await.expect(204);
        let found = then(&admin, &id, &at(20)).await;
        assert_eq!(found["values_erased"], true);
        assert_eq!(could(&found, "vera")[0], ("not_told", "values_erased"));
        assert_eq!(could(&found, "Ada Admin"), [("may", "granted_all"); 3], "the rest is known");
        assert!(found["grounds"].as_array().unwrap().iter().all(|ground| ground["what"] != "access_group"));
        assert_eq!(then(&admin, &id, &at(30)).await["values_erased"], false);
    });
}

#[test]
fn who_may_not_ask_or_read_the_ledger_is_told_no_more_than_that() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let manager = house.holder(&admin, "manager").await;
        let analyst = house.holder(&admin, "analyst").await;
        house.clock.turn(10);
        let id = house.conversation(&admin, &json!({})).await.conversation;
        let path = |id: &str, query: &str| format!("/api/v1/conversations/{id}/access/then{query}");
        let now = format!("?at={}", at(10));
        // Managers may ask, and may not read the ledger.
        let found = manager.get(&path(&id, &now)).await.expect(200).json();
        assert_eq!((&found["in_vault"], &found["did"]), (&json!(true), &Value::Null));
        let grounds = found["grounds"].as_array().unwrap();
        assert!(!grounds.is_empty() && grounds.iter().all(|ground| ground["event"].is_null()));
        analyst.get(&path(&id, &now)).await.problem(403, "denied");
        manager.get(&path(NO_ID, &now)).await.problem(404, "not_found");
        for (query, field) in [
            (format!("?at={}", at(11)), "at"),
            (format!("{now}&permission=users.manage"), "permission"),
            (format!("{now}&outcome=may"), "outcome"),
            (format!("{now}&cursor={NO_ID}"), "cursor"),
        ] {
            let problem = admin.get(&path(&id, &query)).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
        admin.get(&path(&id, "?at=yesterday")).await.problem(422, "invalid_fields");
        let unsaid = admin.get(&path(&id, "")).await.expect(200).json();
        assert_eq!(unsaid["at"].as_str().unwrap(), at(10));
        // People as they were called then.
        house.clock.turn(10);
        let ada = admin.get("/api/v1/session").await.expect(200).json()["user"]["id"].as_str().unwrap().to_owned();
        let rename = json!({"name": "Ada Zweig"});
        admin.ask_with(Method::PATCH, &format!("/api/v1/users/{ada}"), &rename, &[("if-match", "*")]).await.expect(200);
        assert_eq!(could(&then(&admin, &id, &at(10)).await, "Ada Admin").len(), 3);
        assert_eq!(could(&then(&admin, &id, &at(20)).await, "Ada Zweig").len(), 3);
        let first = admin.get(&path(&id, &format!("{now}&limit=1"))).await.expect(200);
        assert!(first.header("link").unwrap().contains("at="), "{:?}", first.headers);
    });
}

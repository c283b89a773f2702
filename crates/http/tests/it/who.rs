//! Who may hear a conversation, and what somebody reaches: complete, with the rule, and nothing to whom it isn't for.

use crate::house::{Client, House, events};
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_app::domain::access::Column;
use soundkeep_testkit::for_each_backend;

const NO_ID: &str = "0190a1b2-0000-7000-8000-000000000000";

/// A group with an agent, a supervisor, and a conversation of the agent's.
struct Team {
    group: String,
    agent: (Client, String),
    supervisor: (Client, String),
    conversation: String,
}

async fn team(house: &House, admin: &Client) -> Team {
    let group = admin.post("/api/v1/groups", &json!({"name": "Sales"})).await.expect(201).json();
    let group = group["id"].as_str().unwrap().to_owned();
    let agent = house.user(admin, "ann@main.example", &json!([{"role": "agent", "limit": "none"}])).await;
    let supervised = json!([{"role": "supervisor", "limit": "supervised"}]);
    let supervisor = house.user(admin, "sue@main.example", &supervised).await;
    for (kind, user) in [("members", &agent.1), ("supervisors", &supervisor.1)] {
        admin.ask(Method::PUT, &format!("/api/v1/groups/{group}/{kind}/{user}"), &json!({})).await.expect(204);
    }
    let value = json!({"value": "201", "from": "2026-01-01T00:00:00Z"});
    admin.post(&format!("/api/v1/users/{}/agent-ids", agent.1), &value).await.expect(201);
    house.clock.turn(60);
    let told = json!({"contact": "Zaphod", "agent": "201", "tags": ["vip"]});
    let conversation = house.conversation(admin, &told).await.conversation;
    Team { group, agent, supervisor, conversation }
}

async fn who(client: &Client, conversation: &str, query: &str) -> Value {
    client.get(&format!("/api/v1/conversations/{conversation}/access/users{query}")).await.expect(200).json()
}

/// What is said of somebody: the outcome and the code of the rule for view, play and download.
fn said<'told>(told: &'told Value, list: &str, name: &str) -> Vec<(&'told str, &'told str)> {
    let found = told[list].as_array().unwrap().iter().find(|one| one["name"] == name);
    let found = found.unwrap_or_else(|| panic!("{name} in {told}"));
    let each = found["access"].as_array().unwrap().iter();
    each.map(|one| (one["outcome"].as_str().unwrap(), one["rule"]["code"].as_str().unwrap())).collect()
}

fn counts(told: &Value, permission: &str) -> [u64; 5] {
    let found = told["permissions"].as_array().unwrap().iter().find(|one| one["permission"] == permission).unwrap();
    ["may", "held_back", "may_not", "not_told", "programs"].map(|name| found[name].as_u64().unwrap())
}

async fn everything(house: &House, admin: &Client, email: &str) -> (Client, String) {
    let name = format!("Everything {}", house.next());
    let role = admin.post("/api/v1/roles", &json!({"name": name, "clone_of": "admin"})).await.expect(201).json();
    house.user(admin, email, &json!([{"role": role["key"], "limit": "none"}])).await
}

async fn hide(admin: &Client, user: &str, hidden: &[Column]) {
    let columns: Vec<&str> =
        Column::ALL.iter().filter(|column| !hidden.contains(column)).map(|column| column.key()).collect();
    let wish = json!({"name": "Narrow", "columns": columns, "targets": [{"kind": "user", "id": user}]});
    admin.post("/api/v1/access-groups", &wish).await.expect(201);
}

#[test]
fn everybody_is_told_of_with_the_rule_that_decides() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = team(&house, &admin).await;
        house.user(&admin, "nora@main.example", &json!([])).await;
        let manager = json!([{"role": "manager", "limit": "none"}]);
        let (_, off) = house.user(&admin, "olaf@main.example", &manager).await;
        let disabled = json!({"state": "disabled"});
        admin
            .ask_with(Method::PATCH, &format!("/api/v1/users/{off}"), &disabled, &[("if-match", "*")])
            .await
            .expect(200);
        let invited = json!({"email": "ivy@main.example", "name": "ivy", "assignments": manager});
        admin.post("/api/v1/users", &invited).await.expect(201);
        // Sees everything but the audio, and only outbound calls.
        let (_, deaf) = house.user(&admin, "dora@main.example", &manager).await;
        hide(&admin, &deaf, &[Column::Playback]).await;
        let (_, out) = house.user(&admin, "otto@main.example", &manager).await;
        let all: Vec<&str> = Column::ALL.iter().map(|column| column.key()).collect();
        let wish = json!({"name": "Outbound", "rows": {"directions": ["outbound"]}, "columns": all,
            "targets": [{"kind": "user", "id": out}]});
        admin.post("/api/v1/access-groups", &wish).await.expect(201);
        house.key(&admin, "manager").await;
        let acting = json!({"name": "for ann", "acts_for": team.agent.1});
        admin.post("/api/v1/api-keys", &acting).await.expect(201);
        house.key(&admin, "agent").await;

        let told = who(&admin, &team.conversation, "").await;
        let names: Vec<&str> =
            told["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Ada Admin", "ann", "dora", "ivy", "nora", "olaf", "otto", "sue"]);
        let may = |code: &'static str| ("may", code);
        assert_eq!(said(&told, "items", "Ada Admin"), [may("granted_all"); 3]);
        assert_eq!(
            said(&told, "items", "ann"),
            [may("granted_own"), ("may_not", "not_granted"), ("may_not", "not_granted")]
        );
        assert_eq!(
            said(&told, "items", "sue"),
            [may("granted_group"), may("granted_group"), ("may_not", "not_granted")]
        );
        assert_eq!(said(&told, "items", "nora"), [("may_not", "not_granted"); 3]);
        assert_eq!(said(&told, "items", "olaf"), [("held_back", "account_disabled"); 3]);
        assert_eq!(said(&told, "items", "ivy"), [("held_back", "account_invited"); 3]);
        assert_eq!(said(&told, "items", "otto"), [("held_back", "outside_rows"); 3]);
        let hidden = ("held_back", "column_hidden");
        assert_eq!(said(&told, "items", "dora"), [may("granted_all"), hidden, hidden]);
        assert_eq!(counts(&told, "conversations.view"), [4, 3, 1, 0, 2]);
        assert_eq!(counts(&told, "recordings.play"), [2, 4, 2, 0, 1]);
        assert_eq!(counts(&told, "recordings.download"), [1, 4, 3, 0, 1]);
        let sue = told["items"].as_array().unwrap().iter().find(|one| one["name"] == "sue").unwrap();
        let sentence = sue["access"][1]["rule"]["sentence"].as_str().unwrap();
        assert_eq!(sentence, "Sue's role “Supervisor” allows it in conversations of the group “Sales”.");
        // Programs: one with a role, and one that acts for the agent; the agent's role reaches nothing for a program.
        assert_eq!(said(&told, "programs", "a program"), [may("granted_all"); 3]);
        assert_eq!(said(&told, "programs", "for ann")[0], may("granted_own"));
        assert_eq!(told["programs"].as_array().unwrap().len(), 2);
        assert_eq!(
            told["programs"].as_array().unwrap().iter().find(|one| one["name"] == "for ann").unwrap()["acts_for"]["id"],
            json!(team.agent.1)
        );
    });
}

#[test]
fn the_list_is_narrowed_and_goes_on_page_by_page() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = team(&house, &admin).await;
        for number in 0..5 {
            let manager = json!([{"role": "manager", "limit": "none"}]);
            house.user(&admin, &format!("mia{number}@main.example"), &manager).await;
        }
        let names = |told: &Value| -> Vec<String> {
            told["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
        };
        let of = async |query: &str| names(&who(&admin, &team.conversation, query).await);
        assert_eq!(of("?permission=recordings.play&q=MIA").await.len(), 5);
        assert_eq!(of("?permission=recordings.play&q=main.example").await.len(), 7);
        assert_eq!(of("?permission=recordings.play&outcome=may_not").await, ["ann"]);
        assert_eq!(of("?permission=recordings.download").await.len(), 6);
        let (mut seen, mut query) = (Vec::new(), "?permission=recordings.play&limit=3".to_owned());
        loop {
            let told = who(&admin, &team.conversation, &query).await;
            // Everybody is counted on every page.
            assert_eq!(counts(&told, "recordings.play")[0], 7);
            seen.extend(names(&told));
            let Some(next) = told["next"].as_str() else { break };
            query = format!("?permission=recordings.play&limit=3&cursor={next}");
        }
        assert_eq!(seen, ["Ada Admin", "mia0", "mia1", "mia2", "mia3", "mia4", "sue"]);
        let path = format!("/api/v1/conversations/{}/access/users", team.conversation);
        for (query, field) in [
            ("permission=users.manage", "permission"),
            ("permission=recordings.sing", "permission"),
            ("outcome=may", "outcome"),
            ("cursor=x", "cursor"),
            (&format!("cursor={NO_ID}"), "cursor"),
            ("limit=201", "limit"),
        ] {
            let problem = admin.get(&format!("{path}?{query}")).await.problem(422, "invalid_fields");
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
        let first = admin.get(&format!("{path}?limit=1&q=mia")).await.expect(200);
        assert!(first.header("link").unwrap().contains("q=mia"), "{:?}", first.headers);
    });
}

#[test]
fn who_may_not_see_the_conversation_or_ask_learns_nothing() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = team(&house, &admin).await;
        let path = |id: &str| format!("/api/v1/conversations/{id}/access/users");
        // Asks for others, and sees no conversation of Sales.
        let role = json!({"name": "Asks", "permissions": {"conversations.view": "own", "access.explain": "yes"}, "clone_of": "agent"});
        let role = admin.post("/api/v1/roles", &role).await.expect(201).json();
        let (asks, asks_id) =
            house.user(&admin, "asks@main.example", &json!([{"role": role["key"], "limit": "none"}])).await;
        let hidden = asks.get(&path(&team.conversation)).await.problem(404, "not_found");
        assert_eq!(asks.get(&path(NO_ID)).await.problem(404, "not_found"), hidden);
        let why = |id: &str| format!("/api/v1/conversations/{id}/access?user={}", team.agent.1);
        let hidden = asks.get(&why(&team.conversation)).await.problem(404, "not_found");
        assert_eq!(asks.get(&why(NO_ID)).await.problem(404, "not_found"), hidden);
        // Sees it, and may not ask.
        let (supervisor, _) = &team.supervisor;
        let denied = supervisor.get(&path(&team.conversation)).await.problem(403, "denied");
        assert_eq!(denied["gates"][1]["code"], "not_granted");
        assert_eq!(supervisor.get(&path(NO_ID)).await.problem(403, "denied"), denied);
        supervisor.get(&format!("/api/v1/users/{}/reach", team.agent.1)).await.problem(403, "denied");
        supervisor.get(&format!("/api/v1/users/{NO_ID}/reach")).await.problem(403, "denied");
        asks.get(&format!("/api/v1/users/{NO_ID}/reach")).await.problem(404, "not_found");
        let foreigner = house.organisation("other").await;
        foreigner.get(&path(&team.conversation)).await.problem(404, "not_found");
        foreigner.get(&format!("/api/v1/users/{}/reach", team.agent.1)).await.problem(404, "not_found");
        // Nothing of it was told, and what was told stands in the ledger.
        assert!(events(&admin, "access_explain").await.is_empty());
        who(&admin, &team.conversation, "?permission=recordings.play").await;
        admin.get(&format!("/api/v1/users/{asks_id}/reach")).await.expect(200);
        let written = events(&admin, "access_explain").await;
        assert_eq!(written.len(), 2);
        assert_eq!((&written[0]["detail"]["asked"], &written[0]["object"]["id"]), (&json!("reach"), &json!(asks_id)));
        assert_eq!(
            (&written[1]["detail"]["asked"], &written[1]["detail"]["permission"], &written[1]["object"]["id"]),
            (&json!("who"), &json!("recordings.play"), &json!(team.conversation))
        );
    });
}

#[test]
fn what_a_hidden_column_holds_is_in_no_answer_about_others() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = team(&house, &admin).await;
        let path = format!("/api/v1/conversations/{}/access/users", team.conversation);
        let why = format!("/api/v1/conversations/{}/access?user={}", team.conversation, team.agent.1);
        for (number, column) in [Column::Agents, Column::Groups].into_iter().enumerate() {
            let (asks, id) = everything(&house, &admin, &format!("asks{number}@main.example")).await;
            let columns: Vec<&str> = Column::ALL.iter().filter(|one| **one != column).map(|one| one.key()).collect();
            let wish =
                json!({"name": format!("No {column}"), "columns": columns, "targets": [{"kind": "user", "id": id}]});
            admin.post("/api/v1/access-groups", &wish).await.expect(201);
            house.clock.turn(2);
            // Who took part and whose it is can be told from who may: so neither is told.
            for asked in [&path, &why] {
                let denied = asks.get(asked).await.problem(403, "denied");
                assert_eq!(denied["gates"][3]["code"], "column_hidden");
            }
        }
        // Only conversations with a tag: whoever doesn't see tags isn't told whether that lets this one through.
        let (_, vip) = house.user(&admin, "vic@main.example", &json!([{"role": "manager", "limit": "none"}])).await;
        let all: Vec<&str> = Column::ALL.iter().map(|column| column.key()).collect();
        let wish =
            json!({"name": "VIP", "rows": {"tags": ["vip"]}, "columns": all, "targets": [{"kind": "user", "id": vip}]});
        admin.post("/api/v1/access-groups", &wish).await.expect(201);
        let told = who(&admin, &team.conversation, "").await;
        assert_eq!(said(&told, "items", "vic"), [("may", "granted_all"); 3]);
        let (asks, id) = everything(&house, &admin, "asks@main.example").await;
        hide(&admin, &id, &[Column::Tags]).await;
        house.clock.turn(2);
        let told = who(&asks, &team.conversation, "").await;
        assert_eq!(said(&told, "items", "vic"), [("not_told", "rule_hidden"); 3]);
        assert_eq!(counts(&told, "conversations.view")[3], 1);
        assert!(!told.to_string().contains("VIP"), "{told}");
        let of_vic = format!("/api/v1/conversations/{}/access?user={vip}", team.conversation);
        let denied = asks.get(&of_vic).await.problem(403, "denied");
        assert_eq!(denied["gates"][3]["code"], "column_hidden");
        // Of somebody whom no such rule narrows, it is told.
        asks.get(&why).await.expect(200);
    });
}

#[test]
fn what_a_user_reaches_is_told_role_by_role_with_what_narrows_it() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = team(&house, &admin).await;
        let since = json!({"organisation": {"groups_since_appointment": true}});
        admin.ask_with(Method::PATCH, "/api/v1/settings", &since, &[("if-match", "*")]).await.expect(200);
        let given =
            json!({"role": "analyst", "limit": "groups", "groups": [team.group], "until": "2027-01-01T00:00:00Z"});
        let (supervisor, id) = &team.supervisor;
        admin.post(&format!("/api/v1/users/{id}/assignments"), &given).await.expect(201);
        let all: Vec<&str> =
            Column::ALL.iter().filter(|column| **column != Column::Playback).map(|column| column.key()).collect();
        let wish = json!({"name": "Agency", "rows": {"numbers": ["+4930*"], "groups": [team.group]}, "columns": all,
            "targets": [{"kind": "supervisors", "id": team.group}]});
        admin.post("/api/v1/access-groups", &wish).await.expect(201);
        house.clock.turn(2);
        let told = admin.get(&format!("/api/v1/users/{id}/reach")).await.expect(200).json();
        let of = |told: &Value, permission: &str| -> Value {
            let all = told["conversations"].as_array().unwrap().iter();
            all.clone().find(|one| one["permission"] == permission).unwrap().clone()
        };
        let view = of(&told, "conversations.view");
        assert_eq!(view["refused"], json!(null));
        assert_eq!((&view["ways"][0]["extent"], &view["ways"][1]["extent"]), (&json!("supervised"), &json!("groups")));
        assert_eq!(
            view["ways"][0]["groups"],
            json!([{"id": team.group, "name": "Sales", "since": "2026-11-21T09:00:00Z"}])
        );
        assert_eq!(view["ways"][1]["groups"], json!([{"id": team.group, "name": "Sales", "since": null}]));
        assert_eq!(
            (&view["ways"][0]["until"], &view["ways"][1]["until"]),
            (&json!(null), &json!("2027-01-01T00:00:00Z"))
        );
        assert_eq!(view["ways"][1]["role"], json!({"key": "analyst", "name": "Analyst"}));
        let play = of(&told, "recordings.play");
        assert_eq!(play["ways"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&play["refused"]["code"], &play["refused"]["set_in"]),
            (&json!("column_hidden"), &json!("People → Access groups"))
        );
        assert_eq!(of(&told, "recordings.delete")["ways"], json!([]));
        let group = &told["access_groups"][0];
        assert_eq!((&group["name"], &group["hidden_columns"]), (&json!("Agency"), &json!(["playback"])));
        assert_eq!(group["through"][0]["name"], "Sales");
        assert_eq!(
            group["rules"],
            json!(["Only conversations of the groups: Sales.", "Only conversations with one of these numbers: 4930*."])
        );
        assert!(told["organisation"].as_array().unwrap().is_empty());
        // They themselves may ask, and are told that a rule decides that they may not see, and no more.
        let own = supervisor.get(&format!("/api/v1/users/{id}/reach")).await.expect(200).json();
        assert_eq!((&own["narrowed"], &own["access_groups"]), (&json!(true), &json!(null)));
        assert_eq!(of(&own, "recordings.play")["refused"]["code"], "rule_hidden");
        assert!(!own.to_string().contains("Agency") && !own.to_string().contains("4930"), "{own}");
        let why = format!("/api/v1/conversations/{}/access", team.conversation);
        supervisor.get(&why).await.problem(404, "not_found");
        // Asking for oneself is no event.
        assert_eq!(events(&admin, "access_explain").await.len(), 1);
        let german = admin.clone().with("accept-language", "de").get(&format!("/api/v1/users/{id}/reach")).await.json();
        let sentence = of(&german, "conversations.view")["ways"][1]["sentence"].clone();
        assert_eq!(sentence, "Die der Gruppen: Sales; und eigene als Agent, durch die Rolle „Analyst“.");
        let me = admin.get("/api/v1/session").await.expect(200).json();
        let own =
            admin.get(&format!("/api/v1/users/{}/reach", me["user"]["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!(of(&own, "recordings.delete")["ways"][0]["extent"], "everything");
        let held: Vec<&Value> = own["organisation"].as_array().unwrap().iter().map(|one| &one["permission"]).collect();
        assert!(held.contains(&&json!("users.manage")), "{held:?}");
    });
}

//! Access tests, as a client meets them: kept, run, and held against every change of rights.

use crate::house::{Answered, Client, House, events};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

const PATH: &str = "/api/v1/access-tests";

async fn keep(admin: &Client, text: &str) -> Value {
    admin.ask_with(Method::PUT, PATH, &json!({"text": text}), &[("if-match", "*")]).await.expect(200).json()
}

async fn run(client: &Client, text: Option<&str>) -> Value {
    client.post("/api/v1/access-tests/run", &json!({"text": text})).await.expect(200).json()
}

fn id(value: &Value) -> String {
    value["id"].as_str().or_else(|| value["key"].as_str()).unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

async fn group(admin: &Client, name: &str) -> String {
    id(&admin.post("/api/v1/groups", &json!({"name": name})).await.expect(201).json())
}

async fn role(admin: &Client, name: &str, permissions: &Value) -> String {
    id(&admin.post("/api/v1/roles", &json!({"name": name, "permissions": permissions})).await.expect(201).json())
}

async fn bond(admin: &Client, method: Method, group: &str, kind: &str, user: &str) -> Answered {
    admin.ask(method, &format!("/api/v1/groups/{group}/{kind}/{user}"), &json!({})).await
}

async fn setting(admin: &Client, on: bool) -> Answered {
    let change = json!({"organisation": {"groups_since_appointment": on}});
    admin.ask_with(Method::PATCH, "/api/v1/settings", &change, &[("if-match", "*")]).await
}

fn unlimited(role: &str) -> Value {
    json!([{"role": role, "limit": "none"}])
}

#[test]
fn access_tests_are_written_read_run_and_exported() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let empty = admin.get(PATH).await.expect(200).json();
        assert_eq!((&empty["version"], &empty["text"], &empty["lines"]), (&json!(0), &json!(""), &json!([])));
        assert_eq!(run(&admin, None).await, json!({"holds": true, "items": []}));
        let hr = group(&admin, "HR").await;
        let text =
            "# What must stay true\n\nrole Analyst never plays\n  group HR is heard only by role Admin # really\n";
        admin.ask(Method::PUT, PATH, &json!({"text": text})).await.problem(428, "precondition_required");
        let put = |version: &'static str| {
            let body = json!({"text": text});
            let admin = admin.clone();
            async move { admin.ask_with(Method::PUT, PATH, &body, &[("if-match", version)]).await }
        };
        put("\"v1\"").await.problem(412, "precondition_failed");
        let saved = put("\"v0\"").await.expect(200);
        assert!(saved.header("etag").unwrap().starts_with("\"v1-"));
        put("\"v0\"").await.problem(412, "precondition_failed");
        let saved = saved.json();
        assert_eq!((&saved["version"], &saved["text"]), (&json!(1), &json!(text)));
        let sentence = "nobody but role Admin hears group HR";
        assert_eq!(
            saved["lines"][1],
            json!({"line": 4, "text": "group HR is heard only by role Admin # really", "sentence": sentence})
        );
        let found = run(&admin, None).await;
        assert_eq!((&found["holds"], &found["items"][0]["outcome"]), (&json!(true), &json!("holds")), "{found}");

        // What is named is meant, whatever it is called.
        let name = json!({"name": "Human resources"});
        admin.ask_with(Method::PATCH, &format!("/api/v1/groups/{hr}"), &name, &[("if-match", "*")]).await.expect(200);
        group(&admin, "HR").await;
        let file = admin.get("/api/v1/access-tests/file").await.expect(200);
        assert_eq!(file.header("content-type"), Some("text/plain; charset=utf-8"));
        let renamed = text.replace("group HR", "group \"Human resources\"");
        assert_eq!(String::from_utf8(file.body.to_vec()).unwrap(), renamed);
        assert_eq!(run(&admin, None).await["holds"], true);

        // A file goes back as it came, and the same again changes nothing.
        let headers = [("if-match", "\"v1\""), ("content-type", "text/plain; charset=utf-8")];
        let sent = admin.send(Method::PUT, PATH, Body::from(renamed.clone()), &headers).await.expect(200).json();
        assert_eq!((&sent["version"], &sent["text"]), (&json!(1), &json!(renamed)));
        keep(&admin, "").await;
        assert_eq!(run(&admin, None).await["items"], json!([]));
        let told = events(&admin, "access_tests_change").await;
        assert_eq!(told.len(), 2);
        assert_eq!((&told[1]["old"]["text"], &told[1]["new"]["text"]), (&json!(""), &json!(text)));
        assert_eq!((&told[0]["old"]["text"], &told[0]["new"]["text"]), (&json!(renamed), &json!("")));
        assert_eq!(events(&admin, "access_explain").await.len(), 4);
    });
}

#[test]
fn what_can_not_be_kept_is_told_line_by_line() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let text = "role Analyst plys\n\nrole Nobody and someone@main.example never play group Nowhere\nnobody deletes";
        let put = |client: Client, text: String| async move {
            client.ask_with(Method::PUT, PATH, &json!({"text": text}), &[("if-match", "*")]).await
        };
        let problem = put(admin.clone(), text.to_owned()).await.problem(422, "invalid_fields");
        let told: Vec<(&str, &str)> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["field"].as_str().unwrap(), error["message"].as_str().unwrap()))
            .collect();
        assert_eq!(told[0].0, "lines[1]");
        assert!(
            told[0].1.starts_with("Column 14: “plys” doesn't fit; one of these would: never, can, sees"),
            "{told:?}"
        );
        let missing =
            ["There is no role “Nobody”.", "There is no user someone@main.example.", "There is no group “Nowhere”."];
        assert_eq!(told[1..], missing.map(|sentence| ("lines[3]", sentence)));
        let german =
            put(admin.clone().with("accept-language", "de"), text.to_owned()).await.problem(422, "invalid_fields");
        assert_eq!(german["errors"][1]["message"], "Es gibt keine Rolle „Nobody“.");
        assert_eq!(admin.get(PATH).await.json()["version"], 0);
        put(admin.clone(), "nobody deletes\u{7}".to_owned()).await.problem(422, "invalid_fields");
        put(admin.clone(), "# x\n".repeat(20_000)).await.problem(413, "payload_too_large");
        put(admin.clone(), "nobody deletes\n".repeat(501)).await.problem(422, "invalid_fields");

        // A draft is run as far as it can be read.
        let found = run(&admin, Some(text)).await;
        assert_eq!(found["holds"], false);
        let outcomes: Vec<&Value> = found["items"].as_array().unwrap().iter().map(|item| &item["outcome"]).collect();
        assert_eq!(outcomes, ["unreadable", "broken", "broken"]);
        assert_eq!((&found["items"][0]["line"], &found["items"][0]["column"]), (&json!(1), &json!(14)));
        assert_eq!(
            found["items"][1]["missing"][0],
            json!({"kind": "role", "name": "Nobody", "sentence": "there is no role “Nobody”"})
        );
        let witness = &found["items"][2]["witnesses"][0];
        assert_eq!(
            (&witness["permission"], &witness["role"], &witness["reach"]),
            (&json!("recordings.delete"), &json!("Admin"), &json!("all"))
        );
        assert_eq!(admin.get(PATH).await.json()["version"], 0, "a draft isn't saved");
    });
}

#[test]
fn who_manages_access_groups_changes_them_and_who_may_ask_why_reads_and_runs_them() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        keep(&admin, "nobody but role Admin deletes").await;
        let manager = house.holder(&admin, "manager").await;
        assert_eq!(manager.get(PATH).await.expect(200).json()["version"], 1);
        assert_eq!(run(&manager, None).await["holds"], true);
        let change = json!({"text": ""});
        manager.ask_with(Method::PUT, PATH, &change, &[("if-match", "*")]).await.problem(403, "denied");
        let keeper = role(&admin, "Keeper", &json!({"access_groups.manage": "yes"})).await;
        let (keeper, _) = house.user(&admin, "kim@main.example", &unlimited(&keeper)).await;
        assert_eq!(keep(&keeper, "nobody but role Admin ever deletes").await["version"], 2);
        assert_eq!(run(&keeper, None).await["holds"], true);
        let analyst = house.holder(&admin, "analyst").await;
        for path in [PATH, "/api/v1/access-tests/file"] {
            analyst.get(path).await.problem(403, "denied");
        }
        analyst.post("/api/v1/access-tests/run", &json!({})).await.problem(403, "denied");
        let other = house.organisation("other").await;
        assert_eq!(other.get(PATH).await.json()["version"], 0, "each organisation has its own");
    });
}

/// An organisation in which these hold, each by a thread.
struct Office {
    house: House,
    admin: Client,
    hr: String,
    leads: String,
    sales: String,
    listener: String,
    auditors: String,
    spare: String,
    ada: String,
    bo: String,
    li: String,
    fay: String,
    silence: String,
}

const KEPT: [&str; 5] = [
    "group HR is played only by members of HR-Leads and role Admin",
    "role Auditors never has users.manage",
    "bo@main.example can delete nothing",
    "role Trainee never hears",
    "role Spare never deletes",
];

impl Office {
    async fn new(house: House) -> Self {
        let admin = house.organisation("main").await;
        let (hr, leads, sales) =
            (group(&admin, "HR").await, group(&admin, "HR-Leads").await, group(&admin, "Sales").await);
        let listening = json!({"conversations.view": "groups", "recordings.play": "groups"});
        let listener = role(&admin, "Listener", &listening).await;
        let auditors = role(&admin, "Auditors", &json!({"audit.view": "yes"})).await;
        let trainee = role(&admin, "Trainee", &json!({"conversations.view": "all", "recordings.play": "own"})).await;
        let spare = role(&admin, "Spare", &json!({"conversations.view": "all"})).await;
        let people = [
            ("ada", json!([])),
            ("bo", unlimited(&listener)),
            ("li", unlimited(&listener)),
            ("di", unlimited(&auditors)),
            ("eve", unlimited(&trainee)),
            ("fay", unlimited("manager")),
            ("gus", json!([])),
        ];
        let mut ids = Vec::new();
        for (name, roles) in people {
            ids.push(house.user(&admin, &format!("{name}@main.example"), &roles).await.1);
        }
        let [ada, bo, li, _, _, fay, gus] = ids.try_into().unwrap();
        let off = json!({"state": "disabled"});
        admin.ask_with(Method::PATCH, &format!("/api/v1/users/{fay}"), &off, &[("if-match", "*")]).await.expect(200);
        let silence =
            json!({"name": "No sound", "columns": ["started", "audio"], "targets": [{"kind": "role", "id": trainee}]});
        let silence = id(&admin.post("/api/v1/access-groups", &silence).await.expect(201).json());
        setting(&admin, true).await.expect(200);
        // Gus was in both once; Bo was appointed later.
        for (method, group, kind, user) in [
            (Method::PUT, &hr, "members", &gus),
            (Method::PUT, &sales, "members", &gus),
            (Method::DELETE, &sales, "members", &gus),
            (Method::PUT, &sales, "supervisors", &bo),
            (Method::PUT, &hr, "members", &ada),
            (Method::PUT, &leads, "members", &li),
            (Method::PUT, &hr, "supervisors", &li),
        ] {
            house.clock.turn(1);
            bond(&admin, method, group, kind, user).await.expect(204);
        }
        keep(&admin, &KEPT.join("\n")).await;
        Self { house, admin, hr, leads, sales, listener, auditors, spare, ada, bo, li, fay, silence }
    }

    /// Says that a change is refused by this line, and by whom it would be broken.
    fn refused(&self, answered: Answered, line: usize, why: &str) {
        let problem = answered.problem(409, "access_test_broken");
        let detail = problem["detail"].as_str().unwrap();
        let expected = format!("This would break the access test in line {line}, “{}”: {why}", KEPT[line - 1]);
        assert_eq!(detail, expected);
    }

    async fn patch(&self, path: &str, change: Value) -> Answered {
        self.admin.ask_with(Method::PATCH, path, &change, &[("if-match", "*")]).await
    }
}

#[test]
fn every_kind_of_change_that_would_break_one_is_refused_and_names_it() {
    for_each_backend(async |backend| {
        let office = Office::new(House::new(backend).await).await;
        let admin = &office.admin;
        let found = run(admin, None).await;
        assert_eq!(found["holds"], true, "{found:#}");

        let play = "could play audio recordings in every conversation";
        let change = office
            .patch(&format!("/api/v1/roles/{}", office.listener), json!({"permissions": {"recordings.play": "all"}}))
            .await;
        office.refused(change, 1, &format!("bo {play}, by the role “Listener”."));
        let change = office
            .patch(&format!("/api/v1/roles/{}", office.auditors), json!({"permissions": {"users.manage": "yes"}}))
            .await;
        office.refused(change, 2, "di could manage users and roles, by the role “Auditors”.");
        let more = json!({"role": "supervisor", "limit": "none"});
        let change = admin.post(&format!("/api/v1/users/{}/assignments", office.bo), &more).await;
        office.refused(change, 1, &format!("bo {play}, by the role “Supervisor”."));
        let through_sales =
            "bo could play audio recordings in conversations of the group “Sales”, by the role “Listener”.";
        office.refused(bond(admin, Method::PUT, &office.sales, "members", &office.ada).await, 1, through_sales);
        let through_hr = through_sales.replace("Sales", "HR");
        office.refused(bond(admin, Method::PUT, &office.hr, "supervisors", &office.bo).await, 1, &through_hr);
        let li = through_hr.replacen("bo", "li", 1);
        office.refused(bond(admin, Method::DELETE, &office.leads, "members", &office.li).await, 1, &li);
        office.refused(setting(admin, false).await, 1, through_sales);
        let change = office.patch(&format!("/api/v1/users/{}", office.fay), json!({"state": "active"})).await;
        office.refused(change, 1, &format!("fay {play}, by the role “Manager”."));
        let new = json!({"email": "new@main.example", "name": "New", "assignments": unlimited("supervisor")});
        office.refused(
            admin.post("/api/v1/users", &new).await,
            1,
            &format!("New (invited) {play}, by the role “Supervisor”."),
        );
        let key = json!({"name": "Robot", "role": "supervisor"});
        office.refused(
            admin.post("/api/v1/api-keys", &key).await,
            1,
            &format!("The API key “Robot” {play}, by the role “Supervisor”."),
        );

        let silence = format!("/api/v1/access-groups/{}", office.silence);
        let eve = "eve could play audio recordings in their own conversations, by the role “Trainee”.";
        office.refused(admin.delete(&silence).await, 4, eve);
        let mut louder = admin.get(&silence).await.json();
        let heard = json!({"name": "No sound", "columns": ["started", "audio", "playback"], "targets": louder["targets"].take()});
        let heard = json!({"name": heard["name"], "columns": heard["columns"], "targets": [{"kind": "role", "id": heard["targets"][0]["id"]}]});
        office.refused(admin.ask_with(Method::PUT, &silence, &heard, &[("if-match", "*")]).await, 4, eve);

        office.refused(
            admin.delete(&format!("/api/v1/groups/{}", office.leads)).await,
            1,
            "There is no group “HR-Leads”.",
        );
        office.refused(admin.delete(&format!("/api/v1/roles/{}", office.spare)).await, 5, "There is no role “Spare”.");

        // Asking what it would do is answered with the same, in one's own language.
        let german = admin.clone().with("accept-language", "de").with("soundkeep-what-if", "true");
        let asked =
            bond(&german, Method::PUT, &office.hr, "supervisors", &office.bo).await.problem(409, "access_test_broken");
        assert_eq!(asked["title"], "Ein Zugriffstest würde verletzt");
        assert!(
            asked["detail"].as_str().unwrap().starts_with("Das würde den Zugriffstest in Zeile 1 verletzen, „group HR")
        );

        // None of it happened, and what breaks nothing does.
        assert_eq!(run(admin, None).await["holds"], true);
        bond(admin, Method::PUT, &office.leads, "members", &office.bo).await.expect(204);
        bond(admin, Method::PUT, &office.hr, "supervisors", &office.bo).await.expect(204);
        office
            .patch(&format!("/api/v1/roles/{}", office.listener), json!({"permissions": {"conversations.edit": "own"}}))
            .await
            .expect(200);
        drop(office.house);
    });
}

#[test]
fn what_is_broken_already_holds_up_only_what_makes_it_worse() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (_, bo) = house.user(&admin, "bo@main.example", &unlimited("supervisor")).await;
        let (_, cy) = house.user(&admin, "cy@main.example", &unlimited("analyst")).await;
        keep(&admin, "nobody but role Admin plays\nrole Analyst never deletes").await;
        let found = run(&admin, None).await;
        assert_eq!((&found["holds"], &found["items"][0]["witnesses_count"]), (&json!(false), &json!(1)), "{found:#}");
        assert_eq!(found["items"][0]["witnesses"][0]["email"], "bo@main.example");
        assert_eq!(found["items"][0]["sentence"], "It doesn't hold: one could.");
        let assign = |user: String, role: &'static str| {
            let admin = admin.clone();
            async move {
                admin.post(&format!("/api/v1/users/{user}/assignments"), &json!({"role": role, "limit": "none"})).await
            }
        };
        assign(cy.clone(), "agent").await.expect(201);
        assign(bo.clone(), "manager").await.expect(201);
        let problem = assign(cy.clone(), "supervisor").await.problem(409, "access_test_broken");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("line 1") && detail.contains("cy could") && !detail.contains("bo could"), "{detail}");
        let off = json!({"state": "disabled"});
        admin.ask_with(Method::PATCH, &format!("/api/v1/users/{bo}"), &off, &[("if-match", "*")]).await.expect(200);
        assert_eq!(run(&admin, None).await["holds"], true);
        let on = json!({"state": "active"});
        admin
            .ask_with(Method::PATCH, &format!("/api/v1/users/{bo}"), &on, &[("if-match", "*")])
            .await
            .problem(409, "access_test_broken");
    });
}

#[test]
fn an_end_that_comes_by_itself_is_looked_ahead_to() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (_, bo) = house.user(&admin, "bo@main.example", &unlimited("supervisor")).await;
        let quiet = json!({"name": "Quiet", "columns": ["started"], "targets": [{"kind": "role", "id": "analyst"}]});
        admin.post("/api/v1/access-groups", &quiet).await.expect(201);
        let until = json!({"role": "analyst", "limit": "none", "until": "2099-01-01T00:00:00Z"});
        let given = admin.post(&format!("/api/v1/users/{bo}/assignments"), &until).await.expect(201).json();
        let text = "bo@main.example never hears";
        let found = run(&admin, Some(text)).await;
        assert_eq!(found["holds"], false, "once the role ends, so does the access group that keeps Bo from hearing");
        let path = format!("/api/v1/users/{bo}/assignments/{}", id(&given));
        admin.delete(&path).await.expect(204);
        admin
            .post(&format!("/api/v1/users/{bo}/assignments"), &json!({"role": "analyst", "limit": "none"}))
            .await
            .expect(201);
        assert_eq!(run(&admin, Some(text)).await["holds"], true);
    });
}

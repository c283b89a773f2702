//! Directories over SCIM, as Okta and Entra speak it. Bodies are written after their public documents.

use crate::house::{Answered, Client, House, PASSWORD, events, wav};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const NONE: Value = Value::Null;

fn user(name: &str) -> Value {
    json!({
        "schemas": [USER], "userName": name, "externalId": format!("ext-{name}"), "active": true,
        "name": {"givenName": "Test", "familyName": "User"}, "displayName": format!("Test {name}"),
        "emails": [{"primary": true, "value": name, "type": "work"}], "locale": "en-US", "groups": [],
    })
}

fn patch(listed: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": listed})
}

async fn made(directory: &Client, place: &str, body: &Value) -> Value {
    let answered = directory.ask_with(Method::POST, place, body, &[("content-type", "application/scim+json")]).await;
    let answered = answered.expect(201);
    assert_eq!(answered.headers[CONTENT_TYPE], "application/scim+json");
    let made = answered.json();
    assert_eq!(answered.header("location"), made["meta"]["location"].as_str());
    assert_eq!(answered.header("etag"), made["meta"]["version"].as_str());
    made
}

async fn patched(directory: &Client, path: &str, listed: Value) -> Answered {
    directory.ask(Method::PATCH, path, &patch(listed)).await
}

#[track_caller]
fn refused(answered: Answered, status: u16, kind: Option<&str>) -> Value {
    let answered = answered.expect(status);
    assert_eq!(answered.headers[CONTENT_TYPE], "application/scim+json");
    let error = answered.json();
    assert_eq!(error["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
    assert_eq!((error["status"].as_str(), error["scimType"].as_str()), (Some(status.to_string().as_str()), kind));
    assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    error
}

fn path_of(resource: &Value) -> String {
    let kind = resource["meta"]["resourceType"].as_str().unwrap();
    format!("/scim/v2/{kind}s/{}", resource["id"].as_str().unwrap())
}

/// The life of a user at Okta: looked for, made, changed as a whole, switched off, read, switched on.
#[test]
fn okta_brings_changes_and_switches_somebody_off() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let first = okta.get("/scim/v2/Users?startIndex=1&count=2").await.expect(200).json();
        assert_eq!(first["totalResults"], 1, "the administrator, whom nobody manages: {first}");
        let filter = "/scim/v2/Users?filter=userName%20eq%20%22Bo%40main.example%22";
        assert_eq!(okta.get(filter).await.expect(200).json()["totalResults"], 0);
        let bo = made(&okta, "/scim/v2/Users", &user("Bo@main.example")).await;
        assert_eq!((bo["userName"].as_str(), bo["active"].as_bool()), (Some("Bo@main.example"), Some(true)));
        refused(okta.post("/scim/v2/Users", &user("bo@MAIN.example")).await, 409, Some("uniqueness"));
        assert_eq!(okta.get(filter).await.expect(200).json()["Resources"][0]["id"], bo["id"]);
        let path = path_of(&bo);
        let mut whole = user("bo@main.example");
        whole["displayName"] = json!("Bo Other");
        whole["title"] = json!("Analyst");
        let replaced = okta.ask(Method::PUT, &path, &whole).await.expect(200).json();
        assert_eq!((replaced["displayName"].as_str(), replaced["title"].as_str()), (Some("Bo Other"), Some("Analyst")));
        let shown = admin.get(&format!("/api/v1/users/{}", bo["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((shown["name"].as_str(), shown["email"].as_str()), (Some("Bo Other"), Some("bo@main.example")));
        assert_eq!(shown["managed_by"]["name"], "Directory");
        let off = patched(&okta, &path, json!([{"op": "replace", "value": {"active": false}}])).await.expect(200);
        assert_eq!(off.json()["active"], false);
        assert_eq!(okta.get(&path).await.expect(200).json()["active"], false, "who is off stays readable");
        let on = patched(&okta, &path, json!([{"op": "replace", "value": {"active": true}}])).await.expect(200);
        assert_eq!(on.json()["active"], true);
        let told = events(&admin, "user_deprovisioned").await;
        assert_eq!(
            (told[0]["actor"]["type"].as_str(), told[0]["actor"]["name"].as_str()),
            (Some("scim_token"), Some("Directory"))
        );
    });
}

/// Entra's bodies: capitals, texts for yes and no, paths with filters, dotted names; and a deletion at the end.
#[test]
fn entra_changes_attributes_and_deletes_somebody_whose_conversations_stay() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (entra, _) = house.directory(&admin, &json!([])).await;
        let id = made(&entra, "/scim/v2/Users", &user("kim@main.example")).await;
        let path = path_of(&id);
        let changed = patched(
            &entra,
            &path,
            json!([
                {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "kim.new@main.example"},
                {"op": "Replace", "path": "name.familyName", "value": "Changed"},
                {"op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "Somewhere 1"},
                {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales"},
                {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "7"},
                {"op": "Replace", "path": "active", "value": "False"},
            ]),
        )
        .await
        .expect(200)
        .json();
        assert_eq!(changed["active"], false);
        assert_eq!(changed["emails"][0]["value"], "kim.new@main.example");
        assert_eq!(changed[ENTERPRISE], json!({"department": "Sales", "manager": {"value": "7"}}));
        assert_eq!(changed["schemas"], json!([USER, ENTERPRISE]));
        let dotted = patched(
            &entra,
            &path,
            json!([{"op": "replace", "value": {
                "name.givenName": "Kim", "displayName": "Kim Changed", "active": "True",
                format!("{ENTERPRISE}:employeeNumber"): "12",
            }}]),
        )
        .await
        .expect(200)
        .json();
        assert_eq!((dotted["name"]["givenName"].as_str(), dotted["active"].as_bool()), (Some("Kim"), Some(true)));
        entra.delete(&path).await.expect(204);
        refused(entra.get(&path).await, 404, None);
        refused(entra.delete(&path).await, 404, None);
        let stays = admin.get(&format!("/api/v1/users/{}", id["id"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((stays["state"].as_str(), stays["managed_by"].is_null()), (Some("disabled"), true));
        let again = made(&entra, "/scim/v2/Users", &user("kim@main.example")).await;
        assert_eq!(again["id"], id["id"], "whoever comes back is who they were");
    });
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

#[test]
fn pushed_groups_give_what_they_are_mapped_to_and_take_nothing_else() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let team = admin.post("/api/v1/groups", &json!({"name": "Team"})).await.expect(201).json();
        let mappings = json!([
            {"value": "Analysts", "role": "analyst"},
            {"value": "Analysts", "group": team["id"], "belongs_as": "member"},
        ]);
        let (entra, provider) = house.directory(&admin, &mappings).await;
        let one = made(&entra, "/scim/v2/Users", &user("one@main.example")).await;
        let two = made(&entra, "/scim/v2/Users", &user("two@main.example")).await;
        let of = async |resource: &Value| {
            let id = resource["id"].as_str().unwrap();
            let user = admin.get(&format!("/api/v1/users/{id}")).await.expect(200).json();
            let roles: Vec<String> = user["assignments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["role"]["key"].as_str().unwrap().to_owned())
                .collect();
            (sorted(roles).join(","), user["groups"].as_array().unwrap().len())
        };
        // Given by hand: no directory takes that.
        let by_hand = format!("/api/v1/users/{}/assignments", one["id"].as_str().unwrap());
        admin.post(&by_hand, &json!({"role": "agent", "limit": "none"})).await.expect(201);
        let new = json!({"schemas": [GROUP], "displayName": "Analysts", "externalId": "g1", "members": [{"value": one["id"]}]});
        let group = made(&entra, "/scim/v2/Groups", &new).await;
        let path = path_of(&group);
        assert_eq!(of(&one).await, ("agent,analyst".to_owned(), 1));
        let add = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": two["id"]}]}]);
        patched(&entra, &path, add).await.expect(204);
        assert_eq!(of(&two).await, ("analyst".to_owned(), 1));
        let shown = entra.get(&path).await.expect(200).json();
        assert_eq!(shown["members"].as_array().unwrap().len(), 2);
        let user_groups = entra.get(&path_of(&two)).await.expect(200).json();
        assert_eq!(user_groups["groups"][0]["display"], "Analysts");
        let lean =
            entra.get("/scim/v2/Groups?excludedAttributes=members&filter=displayName%20eq%20%22analysts%22").await;
        assert_eq!(lean.expect(200).json()["Resources"][0].get("members"), None);
        let out = json!([{"op": "Remove", "path": "members", "value": [{"value": one["id"]}]}]);
        patched(&entra, &path, out).await.expect(204);
        assert_eq!(of(&one).await, ("agent".to_owned(), 0), "what was given by hand stays");
        let path_form = format!("members[value eq \"{}\"]", two["id"].as_str().unwrap());
        patched(&entra, &path, json!([{"op": "remove", "path": path_form}])).await.expect(204);
        assert_eq!(of(&two).await, (String::new(), 0));
        // Renamed away and back: what it means goes and comes.
        patched(&entra, &path, json!([{"op": "add", "path": "members", "value": [{"value": two["id"]}]}]))
            .await
            .expect(204);
        patched(&entra, &path, json!([{"op": "replace", "value": {"id": group["id"], "displayName": "Others"}}]))
            .await
            .expect(204);
        assert_eq!(of(&two).await, (String::new(), 0));
        let listed =
            admin.get(&format!("/api/v1/identity-providers/{provider}/directory-groups")).await.expect(200).json();
        assert_eq!((listed[0]["name"].as_str(), listed[0]["members"].as_i64()), (Some("Others"), Some(1)));
        let whole = json!({"schemas": [GROUP], "displayName": "Analysts", "members": [{"value": two["id"]}]});
        entra.ask(Method::PUT, &path, &whole).await.expect(200);
        assert_eq!(of(&two).await, ("analyst".to_owned(), 1));
        entra.delete(&path).await.expect(204);
        assert_eq!(of(&two).await, (String::new(), 0));
        let nobody = json!({"schemas": [GROUP], "displayName": "X", "members": [{"value": group["id"]}]});
        refused(entra.post("/scim/v2/Groups", &nobody).await, 400, Some("invalidValue"));
    });
}

#[test]
fn offboarding_ends_sessions_keys_and_open_streams_on_every_node() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let node = house.beside(backend).await;
        let call = wav(120.0, 7);
        let stored = admin.upload(Some("{}"), "call.wav", &call).await.expect(201).json();
        let manager = json!([{"role": "manager", "limit": "none"}]);
        let (bo, id) = house.user(&admin, "bo@main.example", &manager).await;
        let key = json!({"name": "k", "acts_for": id});
        let key = admin.post("/api/v1/api-keys", &key).await.expect(201).json();
        let through_key = node.with_key(key["key"].as_str().unwrap());
        let there = bo.at(&node);
        let audio = format!("/api/v1/recordings/{}/audio", stored["recording_id"].as_str().unwrap());
        there.get(&audio).await.expect(200);
        through_key.get("/api/v1/session").await.expect(200);
        let mut stream = there.open(&audio).await;
        assert!(stream.more().await, "the stream is open and has more to give");
        let path = format!("/scim/v2/Users/{id}");
        patched(&okta, &path, json!([{"op": "Replace", "path": "active", "value": "False"}])).await.expect(200);
        bo.get("/api/v1/session").await.expect(401);
        house.clock.turn(1);
        there.get("/api/v1/session").await.expect(401);
        through_key.get("/api/v1/session").await.expect(401);
        assert!(!stream.ends_well().await, "the stream on the other node is cut off");
        assert_eq!(okta.get(&path).await.expect(200).json()["active"], false);
        let told = events(&admin, "user_deprovisioned").await;
        assert_eq!((told.len(), told[0]["object"]["id"].as_str()), (1, Some(id.as_str())));
    });
}

#[test]
fn a_token_opens_scim_and_nothing_else_and_nothing_else_opens_scim() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, provider) = house.directory(&admin, &json!([])).await;
        okta.get("/api/v1/users").await.problem(403, "wrong_token");
        okta.get("/api/v1/session").await.problem(403, "wrong_token");
        refused(admin.get("/scim/v2/Users").await, 403, None);
        let (key, _) = house.key(&admin, "admin").await;
        refused(key.get("/scim/v2/Users").await, 403, None);
        let nobody = house.nobody().get("/scim/v2/Users").await;
        assert!(nobody.header("www-authenticate").is_some());
        refused(nobody, 401, None);
        assert!(events(&admin, "access_refused").await.len() >= 4);
        // Another organisation's directory sees nothing of this one.
        let other = house.organisation("other").await;
        let (foreign, _) = house.directory(&other, &json!([])).await;
        let bo = made(&okta, "/scim/v2/Users", &user("bo@main.example")).await;
        refused(foreign.get(&path_of(&bo)).await, 404, None);
        // A second provider of this one neither sees nor takes over whom the first manages.
        let (second, _) = house.directory(&admin, &json!([])).await;
        refused(second.get(&path_of(&bo)).await, 404, None);
        refused(second.post("/scim/v2/Users", &user("bo@main.example")).await, 409, Some("uniqueness"));
        // Rotated, the former text goes on for as long as it was told, and revoked both end at once.
        let tokens = format!("/api/v1/identity-providers/{provider}/scim-tokens");
        let listed = admin.get(&tokens).await.expect(200).json();
        let one = format!("{tokens}/{}", listed["tokens"][0]["id"].as_str().unwrap());
        let rotated = admin.post(&format!("{one}/rotate"), &json!({"overlap_days": 1})).await.expect(200).json();
        let newer = house.with_key(rotated["text"].as_str().unwrap());
        newer.get("/scim/v2/Users").await.expect(200);
        okta.get("/scim/v2/Users").await.expect(200);
        house.clock.turn(24 * 60 * 60 + 1);
        refused(okta.get("/scim/v2/Users").await, 401, None);
        newer.get("/scim/v2/Users").await.expect(200);
        let password = json!({"email": "admin@main.example", "password": PASSWORD});
        let signed_in = house.nobody().post("/api/v1/session", &password).await.expect(200);
        let admin = house.with_cookie(&signed_in.cookie());
        admin.delete(&one).await.expect(204);
        refused(newer.get("/scim/v2/Users").await, 401, None);
    });
}

#[test]
fn nobody_takes_the_last_administrator_out() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let me = okta.get("/scim/v2/Users").await.expect(200).json()["Resources"][0].clone();
        let off = patched(&okta, &path_of(&me), json!([{"op": "replace", "value": {"active": false}}])).await;
        refused(off, 409, None);
        refused(okta.delete(&path_of(&me)).await, 409, None);
        admin.get("/api/v1/session").await.expect(200);
    });
}

#[test]
fn lists_are_filtered_ordered_paged_and_narrowed() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        for (number, title) in [(3, "b"), (1, "c"), (2, "a")] {
            let mut one = user(&format!("u{number}@main.example"));
            one["title"] = json!(title);
            one[ENTERPRISE] = json!({"employeeNumber": number.to_string()});
            // Within a millisecond ids have no order.
            house.clock.turn(1);
            made(&okta, "/scim/v2/Users", &one).await;
        }
        let names = async |query: &str| {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(query.split('&').map(|pair| pair.split_once('=').unwrap()))
                .finish();
            let page = okta.get(&format!("/scim/v2/Users?{query}")).await.expect(200).json();
            let names: Vec<String> = page["Resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["userName"].as_str().unwrap().split('@').next().unwrap().to_owned())
                .collect();
            format!("{} of {}", names.join(" "), page["totalResults"])
        };
        assert_eq!(names("count=2").await, "admin u3 of 4");
        assert_eq!(names("startIndex=3&count=5").await, "u1 u2 of 4");
        assert_eq!(names("count=0").await, " of 4");
        assert_eq!(names("sortBy=userName").await, "admin u1 u2 u3 of 4");
        assert_eq!(names("sortBy=title&sortOrder=descending").await, "u1 u3 u2 admin of 4");
        assert_eq!(names("sortBy=title&startIndex=2&count=1").await, "u3 of 4");
        assert_eq!(names("filter=externalId eq \"ext-u2@main.example\"").await, "u2 of 1");
        assert_eq!(names("filter=title eq \"a\" or userName eq \"U1@main.example\"").await, "u1 u2 of 2");
        assert_eq!(names("filter=emails[type eq \"work\" and value sw \"u3\"]").await, "u3 of 1");
        assert_eq!(names(&format!("filter={ENTERPRISE}:employeeNumber gt \"1\"")).await, "u3 u2 of 2");
        assert_eq!(names("filter=not (title pr)").await, "admin of 1");
        assert_eq!(names("filter=title pr&startIndex=2&count=1").await, "u1 of 3");
        assert_eq!(names("filter=active eq true and title co \"b\"").await, "u3 of 1");
        assert_eq!(names("filter=meta.lastModified lt \"2000-01-01T00:00:00Z\"").await, " of 0");
        let narrow = okta.get("/scim/v2/Users?attributes=userName&count=1").await.expect(200).json();
        assert_eq!(narrow["Resources"][0].as_object().unwrap().len(), 3, "{narrow}");
        let search =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": "title eq \"a\""});
        for place in ["/scim/v2/Users/.search", "/scim/v2/.search"] {
            assert_eq!(okta.post(place, &search).await.expect(200).json()["totalResults"], 1, "{place}");
        }
        for wrong in
            ["filter=nosuch%20eq%201", "filter=((", "count=x", "sortBy=nosuch", "attributes=a&excludedAttributes=b"]
        {
            okta.get(&format!("/scim/v2/Users?{wrong}")).await.expect(400);
        }
        let deep = format!("{}active%20eq%20true{}", "(".repeat(1000), ")".repeat(1000));
        refused(okta.get(&format!("/scim/v2/Users?filter={deep}")).await, 400, Some("invalidFilter"));
    });
}

#[test]
fn versions_keep_two_changes_apart() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let bo = made(&okta, "/scim/v2/Users", &user("bo@main.example")).await;
        let (path, version) = (path_of(&bo), bo["meta"]["version"].as_str().unwrap().to_owned());
        let known = [("if-none-match", version.as_str())];
        okta.send(Method::GET, &path, Body::empty(), &known).await.expect(304);
        let rename = patch(json!([{"op": "replace", "path": "displayName", "value": "Bo"}]));
        let meant = [("if-match", version.as_str())];
        let changed = okta.ask_with(Method::PATCH, &path, &rename, &meant).await.expect(200);
        assert_ne!(changed.header("etag"), Some(version.as_str()));
        refused(okta.ask_with(Method::PATCH, &path, &rename, &meant).await, 412, None);
        let nothing = okta.ask(Method::PATCH, &path, &rename).await.expect(200);
        assert_eq!(nothing.header("etag"), changed.header("etag"), "what changes nothing has no new version");
        let before = okta.send(Method::GET, &path, Body::empty(), &known).await.expect(200).json();
        assert_eq!(before["displayName"], "Bo");
    });
}

#[test]
fn several_operations_come_at_once_and_name_each_other() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
        made(&okta, "/scim/v2/Users", &user("taken@main.example")).await;
        let mut led = user("led@main.example");
        led[ENTERPRISE] = json!({"manager": {"value": "bulkId:lead"}});
        let mut lead = user("lead@main.example");
        lead[ENTERPRISE] = json!({"manager": {"value": "bulkId:led"}});
        let members = json!([{"value": "bulkId:led"}, {"value": "bulkId:lead"}]);
        let group = json!({"schemas": [GROUP], "displayName": "Both", "members": members});
        let body = json!({"schemas": [bulk], "Operations": [
            {"method": "POST", "path": "/Groups", "bulkId": "both", "data": group},
            {"method": "POST", "path": "/Users", "bulkId": "led", "data": led},
            {"method": "POST", "path": "/Users", "bulkId": "lead", "data": lead},
            {"method": "PATCH", "path": "/Users/bulkId:led", "data": patch(json!([{"op": "add", "path": "title", "value": "x"}]))},
            {"method": "POST", "path": "/Users", "bulkId": "again", "data": user("taken@main.example")},
            {"method": "DELETE", "path": "/Users/bulkId:again"},
        ]});
        let done = okta.post("/scim/v2/Bulk", &body).await.expect(200).json();
        let statuses: Vec<&str> =
            done["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["201", "201", "201", "200", "409", "400"], "{done}");
        assert_eq!(done["Operations"][4]["response"]["scimType"], "uniqueness");
        let location = done["Operations"][0]["location"].as_str().unwrap();
        let both = okta.get(location.trim_start_matches(crate::house::ORIGIN)).await.expect(200).json();
        assert_eq!(both["members"].as_array().unwrap().len(), 2);
        let led = done["Operations"][1]["location"].as_str().unwrap();
        let lead = done["Operations"][2]["location"].as_str().unwrap();
        let led = okta.get(led.trim_start_matches(crate::house::ORIGIN)).await.expect(200).json();
        assert!(lead.ends_with(led[ENTERPRISE]["manager"]["value"].as_str().unwrap()), "a ring is resolved");
        let wrong = json!({"method": "POST", "path": "/Users", "bulkId": "w", "data": {}});
        let stops = json!({"schemas": [bulk], "failOnErrors": 1, "Operations": [wrong, wrong.clone(), wrong.clone()]});
        let done = okta.post("/scim/v2/Bulk", &stops).await.expect(200).json();
        assert_eq!(done["Operations"].as_array().unwrap().len(), 1);
        let many: Vec<Value> = (0..1001).map(|_| wrong.clone()).collect();
        refused(okta.post("/scim/v2/Bulk", &json!({"schemas": [bulk], "Operations": many})).await, 413, None);
    });
}

#[test]
fn what_is_malformed_oversized_or_nested_is_refused_and_never_a_mistake_of_ours() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (okta, _) = house.directory(&admin, &json!([])).await;
        let bo = made(&okta, "/scim/v2/Users", &user("bo@main.example")).await;
        let group = made(&okta, "/scim/v2/Groups", &json!({"schemas": [GROUP], "displayName": "G"})).await;
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        let bodies = [
            String::new(),
            "{".to_owned(),
            "[]".to_owned(),
            "null".to_owned(),
            "5".to_owned(),
            deep.clone(),
            format!("{{\"schemas\":[\"{USER}\"],\"userName\":{deep}}}"),
            json!({"schemas": [USER], "userName": "a\u{0}b"}).to_string(),
            json!({"schemas": [USER], "userName": "x".repeat(9000)}).to_string(),
            json!({"schemas": [USER], "userName": {"a": 1}}).to_string(),
            json!({"schemas": "x", "userName": "a"}).to_string(),
            json!({"schemas": [USER], "userName": "ok@x.example", "emails": "five"}).to_string(),
            json!({"schemas": [GROUP], "displayName": "a", "members": [{"value": "no id"}]}).to_string(),
            json!({"schemas": [GROUP], "displayName": "a", "members": [[[]]]}).to_string(),
            patch(json!([{"op": "add", "path": "members", "value": [{"value": 5}]}])).to_string(),
            patch(json!([{"op": "add", "path": "((((", "value": 1}])).to_string(),
            patch(json!({"op": 1})).to_string(),
        ];
        let places = [
            (Method::POST, "/scim/v2/Users".to_owned()),
            (Method::PUT, path_of(&bo)),
            (Method::PATCH, path_of(&bo)),
            (Method::POST, "/scim/v2/Groups".to_owned()),
            (Method::PUT, path_of(&group)),
            (Method::PATCH, path_of(&group)),
            (Method::POST, "/scim/v2/Bulk".to_owned()),
            (Method::POST, "/scim/v2/.search".to_owned()),
        ];
        for (method, place) in &places {
            for body in &bodies {
                let headers = [("content-type", "application/scim+json")];
                let answered = okta.send(method.clone(), place, Body::from(body.clone()), &headers).await;
                let status = answered.status.as_u16();
                assert!(status < 500, "{method} {place} {}: {status} {:?}", &body[..body.len().min(80)], answered.body);
            }
        }
        let large = Body::from(vec![b' '; 1024 * 1024 + 1]);
        let headers = [("content-type", "application/scim+json")];
        refused(okta.send(Method::POST, "/scim/v2/Users", large, &headers).await, 413, None);
        let text = [("content-type", "text/plain")];
        refused(okta.send(Method::POST, "/scim/v2/Users", Body::from("{}"), &text).await, 400, Some("invalidSyntax"));
        refused(okta.get("/scim/v2/Users/no-id").await, 404, None);
        refused(okta.get("/scim/v2/nosuch").await, 404, None);
        refused(okta.send(Method::DELETE, "/scim/v2/Schemas", Body::empty(), &[]).await, 405, None);
        refused(okta.ask(Method::PUT, "/scim/v2/Me", &NONE).await, 405, None);
        okta.get("/scim/v2/Me").await.expect(501);
        assert_eq!(okta.get(&path_of(&bo)).await.expect(200).json()["userName"], "bo@main.example");
    });
}

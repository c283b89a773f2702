//! The walk over the route table: every route, asked by every kind of caller.
//!
//! It holds for routes that don't exist yet: a new one without a case here fails.

use crate::house::{Answered, Client, House, PASSWORD, events, form, wav};
use crate::passkeys;
use crate::phones;
use crate::through;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use soundkeep_http::{Access, ROUTES, Route};
use soundkeep_testkit::for_each_backend;
use soundkeep_testkit::passkeys::Device;
use std::sync::atomic::Ordering;

/// A request that the right caller gets an answer to.
pub(crate) struct Case {
    pub(crate) path: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Who it belongs to, where an administrator isn't the right caller.
    pub(crate) of: Option<Client>,
    /// The secret of their authenticator app.
    pub(crate) secret: String,
}

impl Case {
    /// Who it belongs to, where that isn't an administrator.
    pub(crate) fn owner(&self) -> Option<&Client> {
        self.of.as_ref()
    }

    /// What its owner proves who they are with.
    pub(crate) fn proof(&self, house: &House) -> Value {
        match self.secret.as_str() {
            "" => json!({"password": PASSWORD}),
            secret => json!({"code": code(house, secret)}),
        }
    }

    /// The right caller.
    pub(crate) async fn right(&self, house: &House, admin: &Client, route: &Route) -> Client {
        match (&self.of, route.access) {
            (Some(of), _) => of.clone(),
            (None, Access::Open) => house.nobody(),
            // Whoever signs out is out.
            (None, _) if route.path == "/api/v1/session" => house.holder(admin, "admin").await,
            (None, _) => admin.clone(),
        }
    }

    async fn send(&self, route: &Route, client: &Client) -> Answered {
        self.send_with(route, client, &[]).await
    }

    pub(crate) async fn send_with(&self, route: &Route, client: &Client, headers: &[(&str, &str)]) -> Answered {
        let mut headers = headers.to_vec();
        if let Some(content_type) = &self.content_type {
            headers.push(("content-type", content_type.as_str()));
        }
        if matches!(route.method, Method::PATCH | Method::PUT) || route.path.ends_with("/restore") {
            headers.push(("if-match", "*"));
        }
        client.send(route.method.clone(), &self.path, Body::from(self.body.clone()), &headers).await
    }
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}

/// Text messages go to this address; nobody listens there unless a test does.
pub(crate) async fn gateway(admin: &Client, address: &str) {
    let settings = json!({"organisation": {"sms_url": address}});
    admin.ask_with(Method::PATCH, "/api/v1/settings", &settings, &[("if-match", "*")]).await.expect(200);
}

async fn invited(house: &House, admin: &Client) -> Value {
    let new = json!({"email": format!("user{}@main.example", house.next()), "name": "Somebody"});
    admin.post("/api/v1/users", &new).await.expect(201).json()
}

/// The code that an authenticator app of this secret shows now, by somebody else's program.
pub(crate) fn code(house: &House, secret: &str) -> String {
    let now = format!("@{}", house.vault.now().as_unix_micros() / 1_000_000);
    let ran = std::process::Command::new("oathtool").args(["--totp", "--base32", "--now", &now, secret]).output();
    let ran = ran.expect("oathtool is installed by `cargo xtask test`");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// Sets an authenticator app up for somebody, and answers its secret.
pub(crate) async fn with_app(house: &House, user: &Client) -> String {
    let secret = text(&user.post("/api/v1/account/factors", &json!({})).await.expect(201).json(), "secret");
    let confirm = json!({"code": code(house, &secret)});
    user.post("/api/v1/account/factors/confirm", &confirm).await.expect(200);
    secret
}

/// Makes what a route is about, and the request for it.
pub(crate) async fn case(house: &House, admin: &Client, route: &Route) -> Case {
    let number = house.next();
    // Codes by mail are for the routes that send them.
    if house.codes_are_sent.swap(false, Ordering::Relaxed) {
        sends_mail(house, admin, false).await;
    }
    let mut path = route.path.to_owned();
    let mut put = |name: &str, value: String| path = path.replacen(&format!("{{{name}}}"), &value, 1);
    let mut of = None;
    let (mut secret, mut unconfirmed) = (String::new(), String::new());
    let room = route.path.trim_start_matches("/api/v1/").split('/').next().unwrap();
    match room {
        "conversations" | "recordings" if route.path.contains("{id}") => {
            let stored = house.conversation(admin, &json!({})).await;
            let notes = format!("/api/v1/conversations/{}/notes", stored.conversation);
            let note = admin.post(&notes, &json!({"text": "a note"})).await.expect(201).json();
            put("id", if room == "recordings" { stored.recording } else { stored.conversation });
            put("note_id", text(&note, "id"));
        }
        "quarantine" if route.path.contains("{id}") => {
            let noise = format!("no audio, number {number}");
            let problem = admin.upload(None, "noise.wav", noise.as_bytes()).await.expect(422).json();
            put("id", text(&problem, "quarantine_id"));
        }
        "" | "session" | "identity-providers" | "users" if through_provider(route) => {
            return through::case(house, admin, route, number).await;
        }
        "users" if route.path.contains("/sessions") => {
            let email = format!("seen{number}@main.example");
            let (user, id) = house.user(admin, &email, &json!([])).await;
            let session = user.get("/api/v1/account/sessions").await.expect(200).json();
            put("id", id);
            put("session_id", text(&session["items"][0], "id"));
        }
        "users" if route.path.ends_with("/factors") => {
            let (user, id) = house.user(admin, &format!("lost{number}@main.example"), &json!([])).await;
            with_app(house, &user).await;
            put("id", id);
        }
        "account" => {
            let user = house.user(admin, &format!("own{number}@main.example"), &json!([])).await.0;
            if route.path.contains("/sessions") {
                let password = json!({"email": format!("own{number}@main.example"), "password": PASSWORD});
                house.nobody().post("/api/v1/session", &password).await.expect(200);
                let sessions = user.get("/api/v1/account/sessions").await.expect(200).json();
                put("id", text(&sessions["items"][0], "id"));
            } else if route.path.ends_with("/factors/confirm") {
                unconfirmed =
                    text(&user.post("/api/v1/account/factors", &json!({})).await.expect(201).json(), "secret");
            } else if route.path.ends_with("/{id}") || route.path.ends_with("/recovery-codes") {
                secret = with_app(house, &user).await;
                let account = user.get("/api/v1/account").await.expect(200).json();
                put("id", text(&account["factors"][0], "id"));
            }
            of = Some(user);
        }
        "users" if route.path.contains("{id}") => {
            let user = text(&invited(house, admin).await["user"], "id");
            let of_user = format!("/api/v1/users/{user}");
            let role = json!({"role": "agent", "limit": "none"});
            let assignment = admin.post(&format!("{of_user}/assignments"), &role).await.expect(201).json();
            let value = json!({"value": format!("ext-{number}")});
            let agent_id = admin.post(&format!("{of_user}/agent-ids"), &value).await.expect(201).json();
            put("id", user);
            put("assignment_id", text(&assignment, "id"));
            put("agent_id", text(&agent_id, "id"));
        }
        "groups" if route.path.contains("{id}") => {
            let group =
                admin.post("/api/v1/groups", &json!({"name": format!("Group {number}")})).await.expect(201).json();
            let user = text(&invited(house, admin).await["user"], "id");
            if route.method == Method::DELETE && route.path.contains("{user_id}") {
                let bond = route.path.replace("{id}", &text(&group, "id")).replace("{user_id}", &user);
                admin.ask(Method::PUT, &bond, &json!({})).await.expect(204);
            }
            put("id", text(&group, "id"));
            put("user_id", user);
        }
        "roles" if route.path.contains("{id}") => {
            let new = json!({"name": format!("Role {number}"), "clone_of": "agent"});
            put("id", text(&admin.post("/api/v1/roles", &new).await.expect(201).json(), "key"));
        }
        "jobs" if route.path.contains("{id}") => {
            let user = text(&invited(house, admin).await["user"], "id");
            let correction = json!({"user": user, "agent_label": format!("gone-{number}")});
            let job = admin.post("/api/v1/jobs/attribution-corrections", &correction).await.expect(202).json();
            put("id", text(&job, "id"));
        }
        "access-groups" if route.path.contains("{id}") => {
            let wish = json!({"name": format!("Access group {number}")});
            let made = admin.post("/api/v1/access-groups", &wish).await.expect(201).json();
            put("id", text(&made, "id"));
        }
        "api-keys" if route.path.contains("{id}") => {
            let made = admin.post("/api/v1/api-keys", &json!({"name": "k", "role": "agent"})).await.expect(201).json();
            put("id", text(&made, "id"));
        }
        "" if route.path.starts_with("/scim/") => {
            let (directory, _) = house.directory(admin, &json!([])).await;
            if route.path.contains("/Schemas/") {
                put("id", "urn:ietf:params:scim:schemas:core:2.0:User".to_owned());
            } else if route.path.contains("{id}") {
                let (place, new) = scim_resource(route, number);
                let made = directory.post(&place, &new).await.expect(201).json();
                put("id", text(&made, "id"));
            }
            put("name", "User".to_owned());
            of = Some(directory);
        }
        "identity-providers" if route.path.contains("/scim-tokens") || route.path.ends_with("/directory-groups") => {
            let (_, id) = house.directory(admin, &json!([])).await;
            let tokens = format!("/api/v1/identity-providers/{id}/scim-tokens");
            let made = admin.post(&tokens, &json!({})).await.expect(201).json();
            put("id", id);
            put("token_id", text(&made, "id"));
        }
        "settings" if route.path.contains("{version}") => {
            let path = "/api/v1/settings";
            for hours in [number % 90 + 2, number % 90 + 3] {
                let hours = json!({"organisation": {"session_hours": hours}});
                admin.ask_with(Method::PATCH, path, &hours, &[("if-match", "*")]).await.expect(200);
            }
            let now = admin.get(path).await.expect(200).json();
            put("version", (now["version"].as_i64().unwrap() - 1).to_string());
        }
        "settings" | "api-keys" if route.method == Method::GET && route.path.ends_with("/networks") => {
            path.push_str("?address=192.0.2.7");
        }
        _ => assert!(!route.path.contains('{'), "no case for {route:?}"),
    }
    if room_of_oauth(route.path) {
        let body = oauth_form(house, admin, route).await;
        let content_type = Some("application/x-www-form-urlencoded".to_owned());
        return Case { path, content_type, body: body.into_bytes(), of, secret };
    }
    let body = match (route.method.as_str(), route.path) {
        ("POST", "/api/v1/recordings") => {
            let (content_type, body) = form(Some("{}"), "call.wav", &wav(0.3, number));
            return Case { path, content_type: Some(content_type), body, of, secret };
        }
        ("POST", "/api/v1/session") => json!({"email": "admin@main.example", "password": PASSWORD}),
        ("POST", "/api/v1/session/step") => {
            let email = format!("half{number}@main.example");
            let secret = with_app(house, &house.user(admin, &email, &json!([])).await.0).await;
            house.clock.turn(30);
            let password = json!({"email": email, "password": PASSWORD});
            let step = house.nobody().post("/api/v1/session", &password).await.expect(202).json();
            json!({"sign_in": text(&step, "sign_in"), "code": code(house, &secret)})
        }
        ("POST", "/api/v1/session/passkey") => {
            let device = passkeys::owner(house, admin, &format!("keyed{number}@main.example")).await.1;
            passkeys::at_the_door(house, &device).await
        }
        ("POST", "/api/v1/session/step/passkey") => {
            let email = format!("keyed{number}@main.example");
            passkeys::owner(house, admin, &email).await;
            json!({"sign_in": passkeys::half(house, &email).await})
        }
        ("POST", "/api/v1/session/step-up/passkey") => {
            of = Some(passkeys::owner(house, admin, &format!("keyed{number}@main.example")).await.0);
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("POST", "/api/v1/account/passkeys") => passkeys::new_passkey(of.as_ref().unwrap(), &Device::default()).await,
        ("PATCH", "/api/v1/account/factors/{id}") => json!({"name": format!("Phone {number}")}),
        ("POST", "/api/v1/session/reset") => {
            sends_mail(house, admin, false).await;
            house.user(admin, &format!("forgot{number}@main.example"), &json!([])).await;
            json!({"email": format!("forgot{number}@main.example")})
        }
        ("POST", "/api/v1/session/step/code") => {
            let email = format!("mailed{number}@main.example");
            house.user(admin, &email, &json!([])).await;
            sends_mail(house, admin, true).await;
            let step = house.nobody().post("/api/v1/session", &json!({"email": email, "password": PASSWORD})).await;
            json!({"sign_in": text(&step.expect(202).json(), "sign_in")})
        }
        ("POST", "/api/v1/session/step-up/code") => {
            of = Some(house.user(admin, &format!("mailed{number}@main.example"), &json!([])).await.0);
            sends_mail(house, admin, true).await;
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("PUT", "/api/v1/users/{id}/phone") => json!({"number": "+49 30 123456"}),
        ("PUT", "/api/v1/account/phone") => {
            gateway(admin, "http://127.0.0.1:1/").await;
            json!({"number": "+49 30 123456"})
        }
        ("POST", "/api/v1/account/phone/confirm") => {
            let owner = of.as_ref().unwrap();
            json!({"code": phones::claim(house, admin, owner, "+49 30 654321").await})
        }
        ("DELETE", "/api/v1/account/phone") => {
            phones::own(house, admin, of.as_ref().unwrap(), "+49 30 654321").await;
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("DELETE", "/api/v1/users/{id}/phone") => {
            admin.ask(Method::PUT, &path, &json!({"number": "+49 30 654321"})).await.expect(204);
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("POST", "/api/v1/settings/sms/test") => {
            let of = house.holder(admin, "admin").await;
            phones::own(house, admin, &of, "+49 30 777777").await;
            gateway(admin, "http://127.0.0.1:1/").await;
            return Case { path, content_type: None, body: Vec::new(), of: Some(of), secret };
        }
        ("POST", "/api/v1/settings/mail/test") => {
            sends_mail(house, admin, false).await;
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("POST", "/api/v1/session/step-up") => {
            of = Some(house.user(admin, &format!("own{number}@main.example"), &json!([])).await.0);
            json!({"password": PASSWORD})
        }
        ("PUT", "/api/v1/account/password") => {
            json!({"current_password": PASSWORD, "new_password": "another horse battery"})
        }
        ("POST", "/api/v1/account/factors/confirm") => json!({"code": code(house, &unconfirmed)}),
        ("POST", "/api/v1/links/inspect" | "/api/v1/links/redeem" | "/api/v1/links/passkey") => {
            let link = text(&invited(house, admin).await, "invitation_link");
            let token = link.split('#').nth(1).unwrap();
            match route.path.ends_with("redeem") {
                true => json!({"token": token, "password": PASSWORD}),
                false => json!({"token": token}),
            }
        }
        ("PATCH", "/api/v1/conversations/{id}") => json!({"tags": ["seen"]}),
        ("DELETE", "/api/v1/conversations/{id}") => json!({"confirm": "delete"}),
        ("POST", "/api/v1/conversations/{id}/notes") => json!({"text": "another note"}),
        ("POST", "/api/v1/users") => json!({"email": format!("new{number}@main.example"), "name": "New"}),
        ("PATCH", "/api/v1/settings") => json!({"organisation": {"session_hours": number % 90 + 2}}),
        ("PATCH", "/api/v1/users/{id}") => json!({"name": format!("Renamed {number}")}),
        ("POST", "/api/v1/users/{id}/assignments") => json!({"role": "manager", "limit": "none"}),
        ("POST", "/api/v1/users/{id}/agent-ids") => json!({"value": format!("more-{number}")}),
        ("POST", "/api/v1/groups") | ("PATCH", "/api/v1/groups/{id}") => json!({"name": format!("Name {number}")}),
        ("POST", "/api/v1/roles") | ("PATCH", "/api/v1/roles/{id}") => {
            json!({"name": format!("Coach {number}"), "permissions": {"recordings.play": "own"}})
        }
        ("POST", "/api/v1/jobs/attribution-corrections") => {
            json!({"user": text(&invited(house, admin).await["user"], "id"), "agent_label": format!("lost-{number}")})
        }
        ("POST", "/api/v1/access-groups") | ("PUT", "/api/v1/access-groups/{id}") => {
            json!({"name": format!("Rules {number}"), "columns": ["started", "contact"]})
        }
        ("POST", "/api/v1/access-groups/preview") => json!({"columns": ["started"]}),
        ("PUT", "/api/v1/access-tests") => json!({"text": format!("# {number}\nrole Analyst never plays")}),
        ("POST", "/api/v1/access-tests/run") => json!({}),
        ("POST", "/api/v1/api-keys/{id}/rotate" | "/api/v1/identity-providers/{id}/scim-tokens/{token_id}/rotate") => {
            json!({"overlap_days": 7})
        }
        ("PUT", "/api/v1/api-keys/{id}/networks") => json!({"networks": ["192.0.2.0/24"]}),
        ("POST", "/api/v1/identity-providers/{id}/scim-tokens") => json!({}),
        (_, scim) if scim.starts_with("/scim/v2") => scim_body(route, number),
        ("POST", "/api/v1/api-keys") => json!({"name": "a program", "role": "agent"}),
        (
            "POST",
            "/api/v1/users/{id}/invitation"
            | "/api/v1/account/factors"
            | "/api/v1/account/passkeys/options"
            | "/api/v1/session/passkey/options"
            | "/api/v1/account/recovery-codes"
            | "/api/v1/quarantine/{id}/retry"
            | "/api/v1/settings/history/{version}/restore",
        ) => {
            return Case { path, content_type: None, body: Vec::new(), of, secret };
        }
        ("POST" | "PATCH", _) => panic!("no case for {route:?}"),
        _ => return Case { path, content_type: None, body: Vec::new(), of, secret },
    };
    Case { path, content_type: Some("application/json".to_owned()), body: body.to_string().into_bytes(), of, secret }
}

/// Routes that want a provider, or somebody who came in through one.
fn through_provider(route: &Route) -> bool {
    let path = route.path;
    // What a directory brings goes another way.
    if path.contains("/scim-tokens") || path.ends_with("/directory-groups") {
        return false;
    }
    let named =
        path.starts_with("/oidc/") || path.starts_with("/saml/") || path.starts_with("/api/v1/identity-providers");
    named || path.ends_with("/provider") || path.ends_with("/ways") || path.ends_with("/identities")
}

fn room_of_oauth(path: &str) -> bool {
    path.starts_with("/oauth2/")
}

/// What a client sends to an end point of OAuth 2.0: its key, and a token where one is asked about.
async fn oauth_form(house: &House, admin: &Client, route: &Route) -> String {
    let made = admin.post("/api/v1/api-keys", &json!({"name": "k", "role": "agent"})).await.expect(201).json();
    let client = format!("client_id={}&client_secret={}", text(&made, "id"), text(&made, "key"));
    let grant = format!("{client}&grant_type=client_credentials");
    if route.path.ends_with("/token") {
        return grant;
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let token = house.nobody().send(Method::POST, "/oauth2/token", Body::from(grant), &headers).await;
    format!("{client}&token={}", text(&token.expect(200).json(), "access_token"))
}

/// Where a resource is made, and one to make.
fn scim_resource(route: &Route, number: u32) -> (String, Value) {
    let kind = if route.path.contains("/Groups") { "Group" } else { "User" };
    let new = json!({
        "schemas": [format!("urn:ietf:params:scim:schemas:core:2.0:{kind}")],
        "userName": format!("scim{number}-{}@main.example", route.method), "displayName": format!("Scim {number}"),
    });
    (format!("/scim/v2/{kind}s"), new)
}

fn scim_body(route: &Route, number: u32) -> Value {
    let message = |name: &str| format!("urn:ietf:params:scim:api:messages:2.0:{name}");
    match (route.method.as_str(), route.path) {
        (_, path) if path.ends_with("/.search") => json!({"schemas": [message("SearchRequest")]}),
        (_, path) if path.ends_with("/Bulk") => {
            let (_, data) = scim_resource(route, number);
            let operation = json!({"method": "POST", "path": "/Users", "bulkId": "one", "data": data});
            json!({"schemas": [message("BulkRequest")], "Operations": [operation]})
        }
        ("PATCH", _) => {
            let operation = json!({"op": "replace", "path": "displayName", "value": "Another"});
            json!({"schemas": [message("PatchOp")], "Operations": [operation]})
        }
        ("PUT", _) => {
            let (_, mut new) = scim_resource(route, number);
            new["displayName"] = json!("Another");
            new
        }
        _ => scim_resource(route, number + 100_000).1,
    }
}

/// A mail server where nobody listens, and whether codes come by it.
async fn sends_mail(house: &House, admin: &Client, codes: bool) {
    let (mode, asked) = if codes { ("email", "always") } else { ("app", "off") };
    let settings = json!({"organisation": {"mail_host": "127.0.0.1", "mail_port": 1, "mail_from": "vault@main.example",
        "second_factor_mode": mode, "second_factor": asked}});
    admin.ask_with(Method::PATCH, "/api/v1/settings", &settings, &[("if-match", "*")]).await.expect(200);
    house.codes_are_sent.store(codes, Ordering::Relaxed);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Nobody,
    /// An administrator who was switched off.
    Revoked,
    /// Signed in, and nothing else.
    NoRole,
    /// Sees every conversation and may do nothing to it.
    Analyst,
    /// A supervisor of a group that has no conversations.
    WrongScope,
    /// An administrator of another organisation.
    Foreigner,
}

/// The answer that everybody but the right caller must get; none where nothing special is expected.
fn expected(route: &Route, who: Who) -> Option<StatusCode> {
    let about_one = route.path.contains('{');
    let permission = match route.access {
        Access::Open => return None,
        _ if matches!(who, Who::Nobody | Who::Revoked) => return Some(StatusCode::UNAUTHORIZED),
        Access::SignedIn => return None,
        // Nobody but a directory comes in there.
        Access::Directory => return Some(StatusCode::FORBIDDEN),
        Access::Permission(permission) => permission,
    };
    match (permission.is_scoped(), about_one, who) {
        (_, true, Who::Foreigner) => Some(StatusCode::NOT_FOUND),
        (_, false, Who::Foreigner) => None,
        (false, _, _) => Some(StatusCode::FORBIDDEN),
        (true, false, Who::NoRole) => Some(StatusCode::FORBIDDEN),
        (true, false, _) => None,
        (true, true, Who::Analyst) if permission.key() == "conversations.view" => None,
        (true, true, Who::Analyst) => Some(StatusCode::FORBIDDEN),
        (true, true, _) => Some(StatusCode::NOT_FOUND),
    }
}

/// How many events of these kinds there are that are newer than the last look, and the newest now.
async fn news(house: &House, admin: &Client, route: &Route, seen: &mut Vec<Option<String>>) -> usize {
    seen.resize(route.events.len(), None);
    let mut count = 0;
    for (kind, seen) in route.events.iter().zip(seen) {
        let list = events(admin, kind.key()).await;
        let ids: Vec<String> = list.iter().map(|event| text(event, "id")).collect();
        let new = seen.as_ref().and_then(|seen| ids.iter().position(|id| id == seen)).unwrap_or(ids.len());
        // Looking is an event of its own.
        count += new - usize::from(kind.key() == "ledger_view" && new > 0 && seen.is_some());
        *seen = ids.first().cloned();
    }
    // Events of one millisecond have no order.
    house.clock.turn(1);
    count
}

#[test]
fn every_route_answers_every_caller_as_the_table_says_and_writes_its_event() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let group = admin.post("/api/v1/groups", &json!({"name": "Elsewhere"})).await.expect(201).json();
        let (revoked, revoked_id) =
            house.user(&admin, "gone@main.example", &json!([{"role": "admin", "limit": "none"}])).await;
        let off = json!({"state": "disabled"});
        let path = format!("/api/v1/users/{revoked_id}");
        admin.ask_with(Method::PATCH, &path, &off, &[("if-match", "*")]).await.expect(200);
        let elsewhere = json!([{"role": "supervisor", "limit": "groups", "groups": [group["id"]]}]);
        let callers = [
            (Who::Nobody, house.nobody()),
            (Who::Revoked, revoked),
            (Who::NoRole, house.user(&admin, "norole@main.example", &json!([])).await.0),
            (Who::Analyst, house.holder(&admin, "analyst").await),
            (Who::WrongScope, house.user(&admin, "elsewhere@main.example", &elsewhere).await.0),
            (Who::Foreigner, house.organisation("other").await),
        ];
        soundkeep_app::audit::sequence::sequence(&house.vault).await.unwrap();
        for route in ROUTES {
            let case = case(&house, &admin, route).await;
            let mut seen = Vec::new();
            news(&house, &admin, route, &mut seen).await;
            for (who, client) in &callers {
                let Some(status) = expected(route, *who) else { continue };
                let answered = case.send(route, client).await;
                assert_eq!(answered.status, status, "{route:?} for {who:?}: {:?}", answered.body);
                let problem = answered.json();
                let tells_gates = status == StatusCode::FORBIDDEN && route.access != Access::Directory;
                assert_eq!(problem["gates"].is_array(), tells_gates, "{route:?} for {who:?}");
            }
            assert_eq!(news(&house, &admin, route, &mut seen).await, 0, "{route:?} happened for somebody who may not");
            let right = case.right(&house, &admin, route).await;
            news(&house, &admin, route, &mut seen).await;
            let answered = case.send(route, &right).await;
            // A directory is no user.
            let is_me = route.path.ends_with("/Me") && answered.status == StatusCode::NOT_IMPLEMENTED;
            let fine = is_me || answered.status.is_success() || answered.status.is_redirection();
            assert!(fine, "{route:?}: {} {:?}", answered.status, answered.body);
            // What is looked after beside requests.
            soundkeep_app::identity::work_at_resets(&house.vault).await.unwrap();
            assert!(
                route.events.is_empty() || news(&house, &admin, route, &mut seen).await > 0,
                "{route:?} wrote no event"
            );
        }
    });
}

#[test]
fn what_changes_something_or_reads_content_declares_an_event() {
    for route in ROUTES {
        // What a link is for, what a device is asked, and where a browser goes changes nothing of anybody's.
        let asks = [
            "/inspect",
            "/.search",
            "/introspect",
            "/session/passkey/options",
            "/session/step/passkey",
            "/step-up/passkey",
            "/links/passkey",
            "/session/ways",
            "/session/provider",
            "/step-up/provider",
            "/identity-providers/metadata",
            "/identity-providers/{id}/test",
        ];
        // Protocols let browsers and servers bring by GET what ends or begins sessions.
        let brought = ["/callback", "/slo"].iter().any(|end| route.path.ends_with(end));
        let changes =
            (!matches!(route.method, Method::GET) || brought) && !asks.iter().any(|end| route.path.ends_with(end));
        let asked = ["/access/users", "/access/then"];
        let content = ["/audio", "/peaks", "/notes", "/ledger/events", "{id}/history", "/export"];
        let reads = content.iter().chain(&asked).any(|end| route.path.ends_with(end));
        assert_eq!(!route.events.is_empty(), changes || reads, "{route:?}");
    }
}

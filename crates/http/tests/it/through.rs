//! People who come in through an identity provider, from first to last at the door.

use crate::house::{Answered, Client, House, ORIGIN};
use crate::walk::{Case, text};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::SET_COOKIE;
use serde_json::{Value, json};
use soundkeep_app::{identity, operator};
use soundkeep_http::Route;
use soundkeep_testkit::saml::{Idp, Said};

/// A SAML provider that people come in through.
pub(crate) struct There {
    pub(crate) id: String,
    pub(crate) slug: String,
    idp: Idp,
}

/// All cookies that an answer sets, as a browser sends them back.
fn cookies(answered: &Answered) -> String {
    let lines = answered.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let kept = lines.map(|line| line.split(';').next().unwrap()).filter(|pair| !pair.ends_with('='));
    kept.collect::<Vec<_>>().join("; ")
}

impl There {
    /// Sets a provider up that is on, as the operator's file does.
    pub(crate) async fn set_up(house: &House, admin: &Client, number: u32) -> Self {
        let idp = Idp::new(house.vault.now());
        let slug = format!("idp{number}");
        let mut wish = Self::wish(&slug, number);
        wish["saml_metadata"] = json!(idp.metadata());
        wish["state"] = json!("on");
        let file = soundkeep_http::read_declared_providers(json!([wish]).to_string().as_bytes()).unwrap();
        let organisations = operator::all_organisations(&house.vault).await.unwrap();
        let main = organisations.iter().find(|one| one.slug == "main").unwrap().id;
        for (_, wish) in file {
            identity::declare_provider(&house.vault, main, wish).await.unwrap();
        }
        let all = admin.get("/api/v1/identity-providers").await.expect(200).json();
        let made = all["items"].as_array().unwrap().iter().find(|one| one["slug"] == slug.as_str()).unwrap();
        Self { id: text(made, "id"), slug, idp }
    }

    /// What such a provider is set to, but for its metadata.
    pub(crate) fn wish(slug: &str, number: u32) -> Value {
        json!({"slug": slug, "name": "There", "guide": "other", "protocol": "saml", "creates_users": true,
               "domains": [format!("d{number}.example")]})
    }

    /// Its metadata.
    pub(crate) fn metadata(&self) -> String {
        self.idp.metadata()
    }

    /// Tries a sign-in out, which finds somebody who would come in.
    pub(crate) async fn test(&self, house: &House, admin: &Client, number: u32) {
        let path = format!("/api/v1/identity-providers/{}/test", self.id);
        let departed = admin.post(&path, &json!({})).await.expect(200);
        let (cookie, body) = self.answer(house, &departed, &format!("tester@d{number}.example"));
        let back = self.bring(&house.with_cookie(&cookie), body).await;
        assert_eq!(back.header("location").map(|at| at.ends_with("?tested=1")), Some(true), "{:?}", back.headers);
    }

    /// What a browser brings back that was sent off: its cookies, and the provider's form.
    pub(crate) fn answer(&self, house: &House, departed: &Answered, email: &str) -> (String, String) {
        let address = departed.json()["address"].as_str().unwrap().to_owned();
        let answer = self.idp.answer(&address, &Said::of(email), house.vault.now());
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("SAMLResponse", &answer.response);
        if let Some(state) = &answer.relay_state {
            form.append_pair("RelayState", state);
        }
        (cookies(departed), form.finish())
    }

    pub(crate) async fn departs(&self, house: &House) -> Answered {
        let wish = json!({"provider": self.slug});
        house.nobody().post("/api/v1/session/provider", &wish).await.expect(200)
    }

    async fn bring(&self, client: &Client, body: String) -> Answered {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
        client.send(Method::POST, &format!("/saml/{}/acs", self.slug), Body::from(body), &headers).await
    }

    /// Somebody who comes in through it.
    pub(crate) async fn comes(&self, house: &House, number: u32) -> Client {
        let departed = self.departs(house).await;
        let (cookie, body) = self.answer(house, &departed, &format!("ada@d{number}.example"));
        let back = self.bring(&house.with_cookie(&cookie), body).await.expect(303);
        let session = cookies(&back).split("; ").find(|pair| pair.starts_with("__Host-soundkeep=")).map(str::to_owned);
        house.with_cookie(&session.unwrap_or_else(|| panic!("{:?}", back.headers)))
    }

    /// A message that this person signed out there, as the fields of a form.
    pub(crate) fn signed_out(&self, house: &House, number: u32) -> String {
        let email = format!("ada@d{number}.example");
        let slo = format!("{ORIGIN}/saml/{}/slo", self.slug);
        let fields = self.idp.logout(&Said::of(&email), None, &slo, house.vault.now());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// What a route is about that wants a provider, and the request for it.
pub(crate) async fn case(house: &House, admin: &Client, route: &Route, number: u32) -> Case {
    let there = There::set_up(house, admin, number).await;
    let mut path = route.path.replace("{provider}", &there.slug);
    let mut of = None;
    let mut content_type = Some("application/json");
    let body = match (route.method.as_str(), route.path) {
        ("POST", "/api/v1/session/ways") => json!({"email": format!("a@d{number}.example")}).to_string(),
        ("POST", "/api/v1/session/provider") => json!({"provider": there.slug}).to_string(),
        ("POST", "/api/v1/session/step-up/provider") => {
            of = Some(there.comes(house, number).await);
            "{}".to_owned()
        }
        ("POST", "/saml/{provider}/acs") => {
            let departed = there.departs(house).await;
            let (cookie, body) = there.answer(house, &departed, &format!("ada@d{number}.example"));
            of = Some(house.with_cookie(&cookie));
            content_type = Some(FORM);
            body
        }
        ("POST", "/saml/{provider}/slo") => {
            there.comes(house, number).await;
            content_type = Some(FORM);
            there.signed_out(house, number)
        }
        ("POST", "/api/v1/identity-providers/metadata") => json!({"document": there.metadata()}).to_string(),
        ("POST", "/api/v1/identity-providers") => {
            let mut wish = There::wish(&format!("new{number}"), number + 100_000);
            wish["saml_metadata"] = json!(there.metadata());
            wish.to_string()
        }
        ("PUT", _) => {
            let mut wish = There::wish(&there.slug, number);
            wish["saml_metadata"] = json!(there.metadata());
            wish["name"] = json!("Another name");
            wish.to_string()
        }
        ("DELETE", "/api/v1/users/{id}/identities") => {
            let person = there.comes(house, number).await;
            let me = person.get("/api/v1/session").await.expect(200).json();
            path = path.replace("{id}", &text(&me["user"], "id"));
            content_type = None;
            String::new()
        }
        _ => {
            content_type = None;
            String::new()
        }
    };
    if route.path.ends_with("/test") && route.method == Method::GET {
        there.test(house, admin, number).await;
        of = Some(admin.clone());
    }
    path = path.replace("{id}", &there.id);
    let content_type = content_type.map(str::to_owned);
    Case { path, content_type, body: body.into_bytes(), of, secret: String::new() }
}

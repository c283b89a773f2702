//! People who come in through an identity provider, from first to last at the door: a SAML provider, and an OpenID provider.

use crate::house::{Answered, Client, House, ORIGIN, events};
use crate::walk::{Case, text};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::SET_COOKIE;
use serde_json::{Value, json};
use soundkeep_app::domain::OrganisationId;
use soundkeep_app::domain::identity::ProviderState;
use soundkeep_app::identity::ProviderWish;
use soundkeep_app::identity::federation::Departure;
use soundkeep_app::{identity, operator};
use soundkeep_http::Route;
use soundkeep_testkit::for_each_backend;
use soundkeep_testkit::openid::OpenId;
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

async fn main(house: &House) -> OrganisationId {
    let organisations = operator::all_organisations(&house.vault).await.unwrap();
    organisations.iter().find(|one| one.slug == "main").unwrap().id
}

async fn id_of(admin: &Client, slug: &str) -> String {
    let all = admin.get("/api/v1/identity-providers").await.expect(200).json();
    text(all["items"].as_array().unwrap().iter().find(|one| one["slug"] == slug).unwrap(), "id")
}

/// The session that an answer began.
fn session(house: &House, back: &Answered) -> Client {
    let session = cookies(back).split("; ").find(|pair| pair.starts_with("__Host-soundkeep=")).map(str::to_owned);
    house.with_cookie(&session.unwrap_or_else(|| panic!("{:?}", back.headers)))
}

async fn departs(house: &House, slug: &str) -> Answered {
    house.nobody().post("/api/v1/session/provider", &json!({"provider": slug})).await.expect(200)
}

/// An OpenID provider that people come in through.
struct Open {
    openid: OpenId,
    slug: String,
    number: u32,
}

impl Open {
    /// Sets a provider up that is on.
    async fn set_up(house: &House, number: u32) -> Self {
        let openid = OpenId::start().await;
        let slug = format!("open{number}");
        let mut wish =
            ProviderWish { state: ProviderState::On, ..openid.wish(&slug, &[&format!("o{number}.example")]) };
        wish.provider.document.creates_users = true;
        identity::declare_provider(&house.vault, main(house).await, wish).await.unwrap();
        Self { openid, slug, number }
    }

    fn claims(&self) -> Value {
        let email = format!("ada@o{}.example", self.number);
        json!({"sub": format!("ada{}", self.number), "email": email, "email_verified": true, "name": "Ada", "sid": "one"})
    }

    /// Where the provider sends a browser back to that was sent off, and the cookies of that browser.
    fn back(&self, house: &House, departed: &Answered) -> (String, String) {
        let address = departed.json()["address"].as_str().unwrap().to_owned();
        let departure = Departure { address, kept: String::new(), comes_back_as_form: false };
        let answer = self.openid.lets_in(house, &departure, &self.claims());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("state", answer.state), ("code", answer.code), ("iss", answer.issuer)] {
            query.append_pair(name, &value.unwrap());
        }
        (format!("/oidc/{}/callback?{}", self.slug, query.finish()), cookies(departed))
    }

    /// Somebody who comes in through it.
    async fn comes(&self, house: &House) -> Client {
        let (path, cookie) = self.back(house, &departs(house, &self.slug).await);
        session(house, &house.with_cookie(&cookie).get(&path).await.expect(303))
    }

    /// A message that this person signed out there.
    fn signed_out(&self, house: &House, id: &str) -> String {
        let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        let claims = json!({"events": event, "jti": id, "sub": self.claims()["sub"]});
        let token = self.openid.typed("logout+jwt", house, &claims);
        form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", &token).finish()
    }

    async fn tell(&self, client: &Client, body: &str) -> Answered {
        let path = format!("/oidc/{}/logout", self.slug);
        client.send(Method::POST, &path, Body::from(body.to_owned()), &[("content-type", FORM)]).await
    }
}

/// What a route is about that wants an OpenID provider, and the request for it.
async fn open_case(house: &House, route: &Route, number: u32) -> Case {
    // It answers for as long as the test goes on.
    let open: &Open = Box::leak(Box::new(Open::set_up(house, number).await));
    let mut path = route.path.replace("{provider}", &open.slug);
    let (mut of, mut content_type, mut body) = (None, None, String::new());
    if route.path.ends_with("/callback") {
        let (back, cookie) = open.back(house, &departs(house, &open.slug).await);
        path = back;
        of = Some(house.with_cookie(&cookie));
    } else if route.method == Method::POST {
        open.comes(house).await;
        content_type = Some(FORM.to_owned());
        body = open.signed_out(house, "one");
    }
    Case { path, content_type, body: body.into_bytes(), of, secret: String::new() }
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
        for (_, wish) in file {
            identity::declare_provider(&house.vault, main(house).await, wish).await.unwrap();
        }
        Self { id: id_of(admin, &slug).await, slug, idp }
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

    async fn bring(&self, client: &Client, body: String) -> Answered {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
        client.send(Method::POST, &format!("/saml/{}/acs", self.slug), Body::from(body), &headers).await
    }

    /// Somebody who comes in through it.
    pub(crate) async fn comes(&self, house: &House, number: u32) -> Client {
        let departed = departs(house, &self.slug).await;
        let (cookie, body) = self.answer(house, &departed, &format!("ada@d{number}.example"));
        session(house, &self.bring(&house.with_cookie(&cookie), body).await.expect(303))
    }

    /// A message that this person signed out there, as the fields of a form.
    pub(crate) fn signed_out(&self, house: &House, number: u32) -> String {
        let email = format!("ada@d{number}.example");
        let slo = format!("{ORIGIN}/saml/{}/slo", self.slug);
        let fields = self.idp.logout(&Said::of(&email), None, &slo, house.vault.now());
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
    }

    /// The same as what stands behind the path of an address.
    fn signed_out_by_address(&self, house: &House, number: u32) -> String {
        let email = format!("ada@d{number}.example");
        let slo = format!("{ORIGIN}/saml/{}/slo", self.slug);
        let address = self.idp.logout_address(&Said::of(&email), &slo, house.vault.now());
        address.split_once('?').unwrap().1.to_owned()
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// What a route is about that wants a provider, and the request for it.
pub(crate) async fn case(house: &House, admin: &Client, route: &Route, number: u32) -> Case {
    if route.path.starts_with("/oidc/") {
        return open_case(house, route, number).await;
    }
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
            let departed = departs(house, &there.slug).await;
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
        ("GET", "/saml/{provider}/slo") => {
            there.comes(house, number).await;
            path = format!("{path}?{}", there.signed_out_by_address(house, number));
            content_type = None;
            String::new()
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
        ("DELETE", "/api/v1/identity-providers/{id}/sessions") => {
            there.comes(house, number).await;
            content_type = None;
            String::new()
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

#[test]
fn an_openid_provider_tells_by_a_form_who_signed_out_there_and_is_answered_as_the_standard_says() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let (open, other) = (Open::set_up(&house, 1).await, Open::set_up(&house, 2).await);
        let (ada, eve) = (open.comes(&house).await, other.comes(&house).await);
        ada.get("/api/v1/session").await.expect(200);
        let said = open.signed_out(&house, "first");
        let told = open.tell(&house.nobody(), &said).await.expect(200);
        assert_eq!((told.header("cache-control"), told.body.len()), (Some("no-store"), 0));
        ada.get("/api/v1/session").await.problem(401, "not_signed_in");
        eve.get("/api/v1/session").await.expect(200);
        soundkeep_app::audit::sequence::sequence(&house.vault).await.unwrap();
        let ended = events(&admin, "provider_sign_out").await;
        assert_eq!((ended.len(), &ended[0]["detail"]["provider"]), (1, &json!(open.slug)));
        assert_eq!(ended[0]["detail"]["sessions_ended"], 1);

        let again = open.comes(&house).await;
        let foreign = other.signed_out(&house, "foreign");
        let long = format!("logout_token={}", "A".repeat(200_000));
        for wrong in [
            said.as_str(),
            &foreign,
            &long,
            "",
            "logout_token",
            "logout_token=",
            "logout_token=a.b.c",
            "logout_token=a&logout_token=b",
            "logout_token=%FF",
            "{\"logout_token\": \"a\"}",
        ] {
            let short: String = wrong.chars().take(40).collect();
            let refused = open.tell(&house.nobody(), wrong).await.expect(400);
            assert_eq!(refused.header("cache-control"), Some("no-store"), "{short}");
            assert_eq!(refused.header("content-type"), Some("application/json"), "{short}");
            let body = refused.json();
            assert_eq!(body["error"], "invalid_request", "{short}");
            assert!(body["error_description"].as_str().is_some_and(|said| !said.is_empty()), "{short}");
        }
        again.get("/api/v1/session").await.expect(200);
        let flood = "logout_token=".to_owned() + &"A".repeat(10_000_000);
        open.tell(&house.nobody(), &flood).await.expect(413);
        let saml = There::set_up(&house, &admin, 3).await;
        for (slug, status) in [("nobody", 404), (saml.slug.as_str(), 404)] {
            let path = format!("/oidc/{slug}/logout");
            let headers = [("content-type", FORM)];
            house.nobody().send(Method::POST, &path, Body::from(said.clone()), &headers).await.expect(status);
        }
    });
}

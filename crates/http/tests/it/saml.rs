//! SAML at the door: what other sites may send, what bad input gets, and setting a provider up.

use crate::house::{Answered, Client, House};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use soundkeep_testkit::for_each_backend;

const METADATA: &str = include_str!("../../../../fuzz/seeds/saml_metadata/one.xml");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const FOREIGN: [(&str, &str); 3] = [FORM, ("sec-fetch-site", "cross-site"), ("origin", "https://idp.example.com")];

fn wish() -> Value {
    json!({"slug": "idp", "name": "IdP", "guide": "okta", "protocol": "saml", "domains": ["main.example"],
           "saml_metadata": METADATA})
}

async fn set_up(admin: &Client) -> Value {
    admin.post("/api/v1/identity-providers", &wish()).await.expect(201).json()
}

async fn post(client: &Client, path: &str, body: impl Into<Body>, headers: &[(&str, &str)]) -> Answered {
    client.send(Method::POST, path, body.into(), headers).await
}

#[test]
fn a_saml_provider_is_set_up_from_its_metadata() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let made = set_up(&admin).await;
        assert_eq!(made["saml"]["entity_id"], "https://idp.example.com");
        assert_eq!(made["saml"]["sign_in_url"], "https://idp.example.com/sso?a=1&b=2");
        assert_eq!(made["saml"]["logout_url"], Value::Null, "only by form, which isn't used");
        assert_eq!(made["certificates"].as_array().unwrap().len(), 1);
        assert_eq!((&made["has_secret"], &made["oidc"]), (&json!(false), &Value::Null));
        let own = made["own_certificates"][0]["pem"].as_str().unwrap();
        assert!(!made.to_string().contains("PRIVATE"));
        for (name, end) in [("metadata", "metadata"), ("callback", "acs"), ("sign_out", "slo")] {
            assert!(made["addresses"][name].as_str().unwrap().ends_with(&format!("/saml/idp/{end}")));
        }
        let answered = house.nobody().get("/saml/idp/metadata").await.expect(200);
        assert_eq!(answered.header("content-type"), Some("application/samlmetadata+xml"));
        let body = String::from_utf8_lossy(&answered.body).into_owned();
        assert!(body.contains(&own.lines().filter(|line| !line.starts_with('-')).collect::<String>()));
        house.nobody().get("/saml/other/metadata").await.problem(404, "not_found");

        let read = json!({"document": METADATA});
        let read = admin.post("/api/v1/identity-providers/metadata", &read).await.expect(200).json();
        assert_eq!(read, made["saml"]);
        admin
            .post(&format!("/api/v1/identity-providers/{}/keys", made["id"].as_str().unwrap()), &json!({}))
            .await
            .expect(204);
        for (body, field) in [
            (json!({}), "document"),
            (json!({"document": "<a/>", "url": "https://x"}), "document"),
            (json!({"document": "<!DOCTYPE a><a/>"}), "document"),
            (json!({"url": "http://169.254.169.254/latest"}), "url"),
        ] {
            let refused = admin.post("/api/v1/identity-providers/metadata", &body).await;
            assert_eq!(refused.problem(422, "invalid_fields")["errors"][0]["field"], field, "{body}");
        }
    });
}

#[test]
fn what_doesnt_fit_a_saml_provider_is_named() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        let admin = house.organisation("main").await;
        let saml =
            json!({"entity_id": "x", "sign_in_url": "https://idp.example.com/sso", "certificates": ["nonsense"]});
        for (change, field) in [
            (json!({"saml_metadata": "<a/>"}), "saml_metadata"),
            (json!({"saml_metadata": null, "saml": null}), "saml"),
            (json!({"saml_metadata": null, "saml": saml}), "saml.certificates"),
            (json!({"client_secret": "secret"}), "client_secret"),
            (json!({"domains": []}), "domains"),
        ] {
            let mut wish = wish();
            for (name, value) in change.as_object().unwrap() {
                match value.is_null() {
                    true => wish.as_object_mut().unwrap().remove(name),
                    false => wish.as_object_mut().unwrap().insert(name.clone(), value.clone()),
                };
            }
            let refused = admin.post("/api/v1/identity-providers", &wish).await;
            let problem = refused.problem(422, "invalid_fields");
            let named: Vec<&str> =
                problem["errors"].as_array().unwrap().iter().filter_map(|e| e["field"].as_str()).collect();
            assert!(named.contains(&field), "{change}: {named:?}");
        }
    });
}

#[test]
fn the_providers_site_may_post_to_its_two_places_and_to_nothing_else() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        set_up(&house.organisation("main").await).await;
        let nobody = house.nobody();
        let answered = post(&nobody, "/saml/idp/acs", "SAMLResponse=AAAA", &FOREIGN).await.expect(303);
        assert_eq!(answered.header("location"), Some("/sign-in?problem=lost"));
        let answered = post(&nobody, "/saml/idp/slo", "SAMLRequest=AAAA", &FOREIGN).await.expect(303);
        assert_eq!(answered.header("location"), Some("/sign-in?problem=sign_out"));
        post(&nobody, "/api/v1/session/provider", "{}", &FOREIGN).await.problem(403, "cross_site");
    });
}

#[test]
fn no_bad_input_breaks_the_way_back() {
    for_each_backend(async |backend| {
        let house = House::new(backend).await;
        set_up(&house.organisation("main").await).await;
        let nobody = house.nobody();
        let long = format!("SAMLResponse={}", "A".repeat(10_000_000));
        let nested = format!("SAMLResponse={}", "PGE%2B".repeat(100_000));
        for body in [
            "",
            "x",
            "SAMLResponse",
            "SAMLResponse=",
            "SAMLResponse=%",
            "SAMLResponse=%FF%FE",
            "SAMLResponse=a&SAMLResponse=b",
            "SAMLResponse=a&RelayState=a&RelayState=b",
            "{\"SAMLResponse\": 1}",
            &long,
            &nested,
        ] {
            let short: String = body.chars().take(40).collect();
            let answered = post(&nobody, "/saml/idp/acs", body.to_owned(), &[FORM]).await;
            assert!(matches!(answered.status.as_u16(), 303 | 413 | 422), "{} for {short}", answered.status);
            let asked = body.replace("SAMLResponse", "SAMLRequest");
            for body in [body.to_owned(), asked] {
                let answered = post(&nobody, "/saml/idp/slo", body.clone(), &[FORM]).await;
                assert!(matches!(answered.status.as_u16(), 303 | 413 | 422), "{} for {short}", answered.status);
                if body.len() < 1000 && !body.contains(['{', '"', ' ']) {
                    let answered = nobody.get(&format!("/saml/idp/slo?{body}")).await;
                    assert!(matches!(answered.status.as_u16(), 303 | 422), "{} for {short}", answered.status);
                }
            }
        }
        post(&nobody, "/saml/nobody/acs", "SAMLResponse=a", &[FORM]).await.expect(303);
        nobody.get("/saml/nobody/slo?SAMLRequest=a").await.problem(404, "not_found");
    });
}

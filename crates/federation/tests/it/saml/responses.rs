//! Responses of libxmlsec1 and signxml: genuine ones, mistakes, and every forgery that was found in twenty years of SAML.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use soundkeep_federation::saml::{
    Assertion, Certificate, Expected, Refusal, ServiceKey, in_response_to, read_response,
};

use super::{ACS_URL, ENTITY_ID, PROVIDER, REQUEST_ID, key, now, provider, service};

const GENUINE: &str = "anna@example.com";

struct Documents {
    made: Value,
    keys: Vec<ServiceKey>,
}

impl Documents {
    fn make() -> Self {
        // The second key is the older one that providers still encrypt for.
        let keys = vec![key("new"), key("old")];
        let task = json!({
            "now": now().to_string(), "entity_id": ENTITY_ID, "acs_url": ACS_URL,
            // As it stands in XML.
            "provider": PROVIDER.replace('&', "&amp;"), "request_id": REQUEST_ID,
            "certificate": keys[1].certificate().pem(),
        });
        let python = std::env::var("SOUNDKEEP_TEST_PYTHON")
            .expect("SOUNDKEEP_TEST_PYTHON names a Python with the packages of xtask/requirements.txt: `cargo xtask test` makes one");
        let mut child = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/documents/saml.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(task.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "the documents weren't made");
        Self { made: serde_json::from_slice(&output.stdout).unwrap(), keys }
    }

    fn certificates(&self, name: &str) -> Vec<Certificate> {
        let listed = self.made[name].as_array().unwrap();
        listed.iter().map(|pem| Certificate::read(pem.as_str().unwrap()).unwrap()).collect()
    }

    fn all(&self) -> &[Value] {
        self.made["documents"].as_array().unwrap()
    }

    fn named(&self, name: &str) -> &Value {
        self.all().iter().find(|document| document["name"] == name).unwrap()
    }

    fn read(&self, document: &Value) -> Result<Assertion, Refusal> {
        let is = |flag: &str| document[flag].as_bool() == Some(true);
        let mut certificates = self.certificates("certificates");
        if is("curve") {
            certificates.extend(self.certificates("curve"));
        }
        let expected = Expected {
            request_id: (!is("unasked")).then_some(REQUEST_ID),
            now: now(),
            skew_seconds: 60,
            encrypted_only: is("encrypted_only"),
        };
        read_response(document["message"].as_str().unwrap(), &service(&self.keys), &provider(certificates), &expected)
    }
}

#[test]
fn every_document_ends_as_it_must() {
    let documents = Documents::make();
    assert!(documents.all().len() > 100, "some documents weren't made");
    let mut wrong = Vec::new();
    for document in documents.all() {
        let outcome = documents.read(document);
        let (said, name_id) = match &outcome {
            Ok(assertion) => ("accepted", assertion.name_id.as_str()),
            Err(refusal) => (refusal.reason.code(), ""),
        };
        let wanted = document["expect"].as_array().unwrap();
        let person = document["name_id"].as_str().unwrap_or(GENUINE);
        if !wanted.iter().any(|reason| reason == said) || (outcome.is_ok() && name_id != person) {
            wrong.push(format!("{}: {said} ({outcome:.300?}), wanted {wanted:?}", document["name"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_assertion_says_everything_that_is_mapped() {
    let documents = Documents::make();
    for name in ["signed assertion", "encrypted with AES-256-GCM"] {
        let assertion = documents.read(documents.named(name)).unwrap();
        assert_eq!(assertion.name_id, GENUINE);
        assert_eq!(assertion.name_id_format, "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress");
        assert_eq!(assertion.session_index.as_deref(), Some("_session7"));
        assert_eq!(assertion.session_until, Some(now().plus_seconds(3600)));
        assert_eq!(assertion.values("groups"), ["Sales", "Über & uns"]);
        assert_eq!(assertion.values("mail"), [GENUINE]);
        assert_eq!(assertion.values("urn:oid:0.9.2342.19200300.100.1.3"), [GENUINE]);
        assert!(assertion.authn_context.as_deref().unwrap().ends_with("PasswordProtectedTransport"));
        assert_eq!(assertion.authn_instant, Some(now().plus_seconds(-5)));
        assert_eq!(assertion.assertion_id, "_a1");
        assert_eq!(assertion.not_on_or_after, now().plus_seconds(300 + 60));
        assert!(assertion.document.contains("AuthnStatement") && !assertion.document.contains("EncryptedData"));
    }
}

#[test]
fn a_refusal_tells_the_administrator_what_was_wrong_and_shows_what_came() {
    let documents = Documents::make();
    let refusal = |name: &str| documents.read(documents.named(name)).unwrap_err();
    assert!(refusal("another audience").sentence.contains("“https://other.example.com”"));
    assert!(refusal("expired").sentence.contains("ended at 2026-11-22T11:58:59Z"));
    assert!(refusal("encrypted and expired").sentence.contains("ended at 2026-11-22T11:00:00Z"));
    assert!(refusal("another key, its certificate inside").sentence.contains("isn't among this provider's"));
    assert!(refusal("the provider says no").sentence.contains("“No access”"));
    assert!(refusal("AES-CBC without a signature around it").sentence.contains("sign the response too"));
    let opened = refusal("encrypted for another audience").document.unwrap();
    assert!(opened.contains("<saml:Audience>"), "{opened}");
    // Opening what can be tampered with would answer guesses.
    let sealed = refusal("AES-CBC without a signature around it").document.unwrap();
    assert!(sealed.contains("CipherValue") && !sealed.contains("<saml:Audience>"));
}

#[test]
fn the_request_that_an_answer_names_is_found_without_believing_it() {
    let documents = Documents::make();
    let named = |name: &str| in_response_to(documents.named(name)["message"].as_str().unwrap());
    assert_eq!(named("signed assertion").as_deref(), Some(REQUEST_ID));
    assert_eq!(named("asked for nothing"), None);
    assert_eq!(named("ten megabytes"), None);
    assert_eq!(in_response_to("%%%"), None);
}

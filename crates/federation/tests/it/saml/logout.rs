//! Requests of ours, and single logout both ways: what we send is read by the same rules as what others send.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use soundkeep_federation::saml::{
    AuthnRequest, Binding, Incoming, LogoutEndpoint, LogoutSubject, MessageId, Outgoing, Reason, ServiceKey,
    ServiceProvider, answer_logout, read_logout, read_logout_answer, request_logout, request_sign_in,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{ACS_URL, LOGOUT_URL, PROVIDER, key, now, provider, service};

/// The fields of a message that left.
fn fields(outgoing: &Outgoing) -> Vec<(String, String)> {
    match outgoing {
        Outgoing::Redirect(url) => url::Url::parse(url).unwrap().query_pairs().into_owned().collect(),
        Outgoing::Post { fields, .. } => {
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        }
    }
}

fn query(outgoing: &Outgoing) -> String {
    let Outgoing::Redirect(url) = outgoing else { panic!("by redirect") };
    url.split_once('?').unwrap().1.to_owned()
}

/// The provider, acting as we do: it has a key and an address for logout, which is ours.
fn other_side(keys: &[ServiceKey]) -> ServiceProvider<'_> {
    ServiceProvider { entity_id: PROVIDER, acs_url: ACS_URL, logout_url: "https://idp.example.com/slo", keys }
}

fn subject() -> LogoutSubject {
    LogoutSubject {
        name_id: "anna & co@example.com".into(),
        name_id_format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".into()),
        session_indexes: vec!["_s<1>".into(), "_s2".into()],
    }
}

fn toward_us(theirs: &ServiceKey, binding: Binding) -> soundkeep_federation::saml::IdentityProvider {
    let mut we = provider(vec![theirs.certificate().clone()]);
    we.entity_id = super::ENTITY_ID.into();
    we.logout = vec![LogoutEndpoint { binding, url: LOGOUT_URL.into(), response_url: None }];
    we
}

#[test]
fn a_sign_in_request_is_signed_over_its_query() {
    let keys = [key("vault")];
    let id = MessageId::new([0xab; 20]);
    let asked = AuthnRequest {
        id: &id,
        relay_state: "state & more",
        force: true,
        context: Some("urn:oasis:names:tc:SAML:2.0:ac:classes:MFA"),
    };
    let request =
        request_sign_in(&service(&keys), &provider(vec![keys[0].certificate().clone()]), &asked, now()).unwrap();
    let Outgoing::Redirect(url) = &request else { panic!("by redirect") };
    assert!(url.starts_with("https://idp.example.com/sso?a=1&SAMLRequest="), "{url}");
    let (signed, signature) = url.split_once("?a=1&").unwrap().1.split_once("&Signature=").unwrap();
    let signature = url::form_urlencoded::parse(format!("s={signature}").as_bytes()).next().unwrap().1.into_owned();
    let der = BASE64.decode(keys[0].certificate().base64()).unwrap();
    let (_, certificate) = X509Certificate::from_der(&der).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &certificate.public_key().subject_public_key.data)
        .verify(signed.as_bytes(), &BASE64.decode(signature).unwrap())
        .unwrap();
    let fields = fields(&request);
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(field("RelayState"), "state & more");
    let packed = BASE64.decode(field("SAMLRequest")).unwrap();
    let mut message = String::new();
    std::io::Read::read_to_string(&mut flate2::read::DeflateDecoder::new(packed.as_slice()), &mut message).unwrap();
    for part in [
        "ID=\"_abababababababababababababababababababab\"",
        "IssueInstant=\"2026-11-22T12:00:00Z\"",
        "ForceAuthn=\"true\"",
        "AssertionConsumerServiceURL=\"https://vault.example.com/saml/p/acs\"",
        "Destination=\"https://idp.example.com/sso?a=1\"",
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:MFA</saml:AuthnContextClassRef>",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
}

#[test]
fn our_metadata_names_every_address_and_both_certificates_of_a_change() {
    let keys = [key("new"), key("old")];
    let metadata = service(&keys).metadata();
    for part in
        [ACS_URL, LOGOUT_URL, super::ENTITY_ID, &keys[0].certificate().base64(), &keys[1].certificate().base64()]
    {
        assert!(metadata.contains(part), "{part}");
    }
    assert!(soundkeep_federation::saml::read_metadata(&metadata).is_err(), "we are no identity provider");
}

#[test]
fn a_logout_request_is_read_by_redirect_and_by_form_and_answered() {
    let (ours, theirs) = ([key("vault")], [key("idp")]);
    let idp = provider(vec![theirs[0].certificate().clone()]);
    for binding in [Binding::Redirect, Binding::Post] {
        let we = toward_us(&theirs[0], binding);
        let id = MessageId::new([1; 20]);
        let sent = request_logout(&other_side(&theirs), &we, &id, &subject(), "their state", now()).unwrap().unwrap();
        let read = match &sent {
            Outgoing::Redirect(_) => read_logout(Incoming::Redirect(&query(&sent)), &service(&ours), &idp, now(), 60),
            Outgoing::Post { .. } => read_logout(Incoming::Post(&fields(&sent)), &service(&ours), &idp, now(), 60),
        };
        let read = read.unwrap();
        assert_eq!(read.subject, subject());
        assert_eq!(read.id, id.as_str());
        assert_eq!(read.relay_state.as_deref(), Some("their state"));
        assert_eq!(read.not_on_or_after, now().plus_seconds(360));

        let answer = answer_logout(&service(&ours), &idp, &MessageId::new([2; 20]), &read, true, now()).unwrap();
        let mut reader = toward_us(&ours[0], Binding::Redirect);
        reader.certificates = vec![ours[0].certificate().clone()];
        let seen = read_logout_answer(
            Incoming::Redirect(&query(&answer)),
            id.as_str(),
            &other_side(&theirs),
            &reader,
            now(),
            60,
        )
        .unwrap();
        assert_eq!(seen.relay_state.as_deref(), Some("their state"));
    }
}

#[test]
fn a_logout_message_that_isnt_the_providers_is_refused() {
    let (ours, theirs, stranger) = ([key("vault")], [key("idp")], [key("stranger")]);
    let idp = provider(vec![theirs[0].certificate().clone()]);
    let read = |query: &str, at| read_logout(Incoming::Redirect(query), &service(&ours), &idp, at, 60);
    let from = |keys: &[ServiceKey], binding| {
        let we = toward_us(&theirs[0], binding);
        request_logout(&other_side(keys), &we, &MessageId::new([1; 20]), &subject(), "state", now()).unwrap().unwrap()
    };
    let good = query(&from(&theirs, Binding::Redirect));
    assert!(read(&good, now()).is_ok());
    assert_eq!(read(&query(&from(&stranger, Binding::Redirect)), now()).unwrap_err().reason, Reason::Signature);
    assert_eq!(
        read(&good.replace("RelayState=state", "RelayState=other"), now()).unwrap_err().reason,
        Reason::Signature
    );
    assert_eq!(read(good.split_once("&SigAlg").unwrap().0, now()).unwrap_err().reason, Reason::Unsigned);
    assert_eq!(read(&good.replace("rsa-sha256", "rsa-sha1"), now()).unwrap_err().reason, Reason::Algorithm);
    assert_eq!(read(&good, now().plus_seconds(361)).unwrap_err().reason, Reason::Expired);
    assert_eq!(read(&good, now().plus_seconds(-61)).unwrap_err().reason, Reason::NotYet);
    assert_eq!(read(&format!("{good}&RelayState=x"), now()).unwrap_err().reason, Reason::Shape);
    let posted = fields(&from(&stranger, Binding::Post));
    let refused = read_logout(Incoming::Post(&posted), &service(&ours), &idp, now(), 60).unwrap_err();
    assert!(matches!(refused.reason, Reason::Certificate | Reason::Signature), "{refused}");
}

#[test]
fn an_answer_to_another_logout_request_is_refused() {
    let (ours, theirs) = ([key("vault")], [key("idp")]);
    let idp = provider(vec![theirs[0].certificate().clone()]);
    let we = toward_us(&theirs[0], Binding::Redirect);
    let sent =
        request_logout(&service(&ours), &idp, &MessageId::new([3; 20]), &subject(), "s", now()).unwrap().unwrap();
    let mut they = toward_us(&ours[0], Binding::Redirect);
    they.certificates = vec![ours[0].certificate().clone()];
    let mut at_theirs = other_side(&theirs);
    at_theirs.logout_url = "https://idp.example.com/slo";
    let request = read_logout(Incoming::Redirect(&query(&sent)), &at_theirs, &they, now(), 60).unwrap();
    let answer = answer_logout(&at_theirs, &we, &MessageId::new([4; 20]), &request, true, now()).unwrap();
    let read = |id: &str| read_logout_answer(Incoming::Redirect(&query(&answer)), id, &service(&ours), &idp, now(), 60);
    assert!(read(MessageId::new([3; 20]).as_str()).is_ok());
    assert_eq!(read("_other").unwrap_err().reason, Reason::InResponseTo);
    let failed = answer_logout(&at_theirs, &we, &MessageId::new([5; 20]), &request, false, now()).unwrap();
    let refused =
        read_logout_answer(Incoming::Redirect(&query(&failed)), &request.id, &service(&ours), &idp, now(), 60);
    assert_eq!(refused.unwrap_err().reason, Reason::Failed);
}

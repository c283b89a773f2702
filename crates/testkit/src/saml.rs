//! A SAML identity provider: reads requests of the vault and signs what a test wants said.
//!
//! Must not know: the vault; it sees what a browser carries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml_rs::crypto::construct_saml_signature;
use saml_rs::crypto::keys::load_private_key;
use soundkeep_app::identity::federation::SamlAnswer;
use soundkeep_domain::Timestamp;
use soundkeep_federation::saml::{
    Binding, IdentityProvider, LogoutEndpoint, LogoutSubject, MessageId, Outgoing, ServiceKey, ServiceProvider,
    request_logout,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// What a provider says of somebody.
#[derive(Clone)]
pub struct Said<'said> {
    /// Who, in its words.
    pub name: &'said str,
    /// Which kind of name that is.
    pub format: &'said str,
    /// More of them: names and values.
    pub attributes: &'said [(&'said str, &'said str)],
    /// What their session there is called.
    pub session: &'said str,
    /// In how many seconds it ends, if the provider says so.
    pub session_seconds: Option<i64>,
}

impl<'said> Said<'said> {
    /// Somebody by their address.
    #[must_use]
    pub fn of(name: &'said str) -> Self {
        Self { name, format: EMAIL, attributes: &[], session: "_session", session_seconds: None }
    }
}

/// A provider with a key of its own.
pub struct Idp {
    /// What it signs with.
    pub key: ServiceKey,
    /// Its entity id.
    pub name: &'static str,
    serial: AtomicU32,
}

impl Idp {
    /// Another one of the same name, whose certificate begins now.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let key = ServiceKey::generate("idp", [3; 16], now).unwrap();
        Self { key, name: "https://idp.test/metadata", serial: AtomicU32::new(0) }
    }

    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\"><md:IDPSSODescriptor \
             protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor><ds:KeyInfo \
             xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleLogoutService \
             Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.test/slo\"/>\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
             Location=\"https://idp.test/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>",
            self.name,
            self.key.certificate().base64()
        )
    }

    /// The fields of an address to which a browser was sent.
    #[must_use]
    pub fn fields(address: &str) -> HashMap<String, String> {
        let query = address.split_once('?').unwrap().1;
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// The message in such an address.
    #[must_use]
    pub fn message(address: &str, field: &str) -> String {
        let packed = STANDARD.decode(&Self::fields(address)[field]).unwrap();
        String::from_utf8(saml_rs::binding::deflate_raw_decode(&packed).unwrap()).unwrap()
    }

    /// An attribute of the message, by its name.
    #[must_use]
    pub fn attribute(message: &str, name: &str) -> String {
        let rest = message.split_once(&format!(" {name}=\"")).unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// What it sends back to a request that the browser brought.
    #[must_use]
    pub fn answer(&self, address: &str, said: &Said<'_>, now: Timestamp) -> SamlAnswer {
        let message = Self::message(address, "SAMLRequest");
        let fields = Self::fields(address);
        let request = Self::attribute(&message, "ID");
        let acs = Self::attribute(&message, "AssertionConsumerServiceURL");
        let response = self.response(said, Some(&request), &acs, now);
        SamlAnswer { response, relay_state: fields.get("RelayState").cloned() }
    }

    /// A response, asked for or not.
    #[must_use]
    pub fn response(&self, said: &Said<'_>, request: Option<&str>, acs: &str, now: Timestamp) -> String {
        let number = self.serial.fetch_add(1, Ordering::Relaxed);
        let audience = acs.replace("/acs", "/metadata");
        let to = request.map_or_else(String::new, |id| format!(" InResponseTo=\"{id}\""));
        let until = now.plus_seconds(300);
        let ends = said
            .session_seconds
            .map_or_else(String::new, |seconds| format!(" SessionNotOnOrAfter=\"{}\"", now.plus_seconds(seconds)));
        let attributes: String = said
            .attributes
            .iter()
            .map(|(name, value)| {
                format!("<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>")
            })
            .collect();
        let assertion = format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a{number}\" Version=\"2.0\" \
             IssueInstant=\"{now}\"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject><saml:NameID Format=\"{format}\">{name}\
             </saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml:SubjectConfirmationData NotOnOrAfter=\"{until}\" Recipient=\"{acs}\"{to}/></saml:SubjectConfirmation>\
             </saml:Subject><saml:Conditions NotBefore=\"{now}\" NotOnOrAfter=\"{until}\"><saml:AudienceRestriction>\
             <saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement \
             AuthnInstant=\"{now}\" SessionIndex=\"{session}\"{ends}><saml:AuthnContext><saml:AuthnContextClassRef>urn:pw\
             </saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{attributes}\
             </saml:AttributeStatement></saml:Assertion>",
            issuer = self.name,
            format = said.format,
            name = said.name,
            session = said.session,
        );
        let response = format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_r{number}\" Version=\"2.0\" IssueInstant=\"{now}\" \
             Destination=\"{acs}\"{to}><saml:Issuer>{}</saml:Issuer><samlp:Status><samlp:StatusCode \
             Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>{assertion}</samlp:Response>",
            self.name
        );
        STANDARD.encode(self.signed(&response, false))
    }

    fn signed(&self, xml: &str, whole: bool) -> String {
        let packed = STANDARD.encode(self.key.private_key());
        let lines: Vec<&str> = packed.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
        let key = load_private_key(&pem, None).unwrap();
        construct_saml_signature(xml, whole, &key, &self.key.certificate().pem(), RSA_SHA256, &[], None).unwrap()
    }

    /// A request to sign somebody out, as the fields of a form.
    #[must_use]
    pub fn logout(&self, said: &Said<'_>, session: Option<&str>, slo: &str, now: Timestamp) -> Vec<(String, String)> {
        let session =
            session.map_or_else(String::new, |session| format!("<samlp:SessionIndex>{session}</samlp:SessionIndex>"));
        let request = format!(
            "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_l{}\" Version=\"2.0\" IssueInstant=\"{now}\" \
             Destination=\"{slo}\"><saml:Issuer>{}</saml:Issuer><saml:NameID>{}</saml:NameID>{session}</samlp:LogoutRequest>",
            self.serial.fetch_add(1, Ordering::Relaxed),
            self.name,
            said.name
        );
        let message = STANDARD.encode(self.signed(&request, true));
        vec![("SAMLRequest".to_owned(), message), ("RelayState".to_owned(), "theirs".to_owned())]
    }

    /// The same as an address to which it sends a browser.
    #[must_use]
    pub fn logout_address(&self, said: &Said<'_>, slo: &str, now: Timestamp) -> String {
        let here = ServiceProvider {
            entity_id: self.name,
            acs_url: "https://idp.test/acs",
            logout_url: "https://idp.test/slo",
            keys: std::slice::from_ref(&self.key),
        };
        let endpoint = LogoutEndpoint { binding: Binding::Redirect, url: slo.to_owned(), response_url: None };
        let vault = IdentityProvider {
            entity_id: slo.replace("/slo", "/metadata"),
            sign_in: Vec::new(),
            logout: vec![endpoint],
            certificates: Vec::new(),
            name_id_formats: Vec::new(),
        };
        let whom = LogoutSubject { name_id: said.name.to_owned(), name_id_format: None, session_indexes: Vec::new() };
        let number = u8::try_from(self.serial.fetch_add(1, Ordering::Relaxed)).unwrap();
        let id = MessageId::new([number; 20]);
        match request_logout(&here, &vault, &id, &whom, "theirs", now) {
            Ok(Some(Outgoing::Redirect(address))) => address,
            _ => panic!("a redirect"),
        }
    }
}

//! Reads the metadata that an identity provider publishes (SAML Metadata 2.0) into plain data.
//!
//! A signature on it isn't looked at: the metadata is believed because an administrator gave it, or because it came over
//! TLS from the address that they gave. Must not know: where it came from.

use super::certificate::{BadCertificate, Certificate};
use super::provider::{Binding, Endpoint, IdentityProvider, LogoutEndpoint, is_web_address};
use super::xml::{self, BadXml, Element, Limits, METADATA, PROTOCOL, SIGNATURE};

/// A document of one provider; those of whole federations are larger and are refused.
const LIMITS: Limits = Limits { bytes_max: 2 * 1024 * 1024, elements_max: 20_000 };
const ENTITY_ID_CHARACTERS_MAX: usize = 1024;
const URL_CHARACTERS_MAX: usize = 2048;
const CERTIFICATES_MAX: usize = 10;
const LIST_MAX: usize = 20;

/// Why metadata wasn't taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMetadata {
    /// The document itself.
    #[error(transparent)]
    Xml(#[from] BadXml),
    /// Another document.
    #[error("this is no SAML metadata: its outermost element is not EntityDescriptor")]
    NotMetadata,
    /// Several providers in one document.
    #[error("the document describes {0} identity providers; give the metadata of one")]
    Several(usize),
    /// Metadata of a service provider, for instance our own.
    #[error(
        "the document describes no identity provider (IDPSSODescriptor) of SAML 2.0; it may be that of a service provider"
    )]
    NoIdentityProvider,
    /// No entity id.
    #[error("the metadata names no entity id, or one of more than 1024 characters")]
    NoEntityId,
    /// No address for sign-in.
    #[error("the metadata names no address for sign-in by redirect or POST")]
    NoSignIn,
    /// An address that isn't one.
    #[error("the metadata holds an address that is no https or http address")]
    Address,
    /// No certificate.
    #[error("the metadata holds no certificate for signing")]
    NoCertificate,
    /// A certificate that can't be used.
    #[error("a certificate in the metadata can't be used: {0}")]
    Certificate(BadCertificate),
    /// More than makes sense.
    #[error("the metadata holds more certificates or addresses than any provider has")]
    TooMany,
}

/// Reads the metadata of one identity provider.
///
/// # Errors
/// [`BadMetadata`], to be shown to who gave it.
pub fn read_metadata(document: &str) -> Result<IdentityProvider, BadMetadata> {
    let root = xml::parse(document, LIMITS)?;
    let entity = entity(&root)?;
    let role = role(entity).ok_or(BadMetadata::NoIdentityProvider)?;
    let entity_id = entity.attribute("entityID").map(str::trim).unwrap_or_default();
    if entity_id.is_empty() || entity_id.chars().count() > ENTITY_ID_CHARACTERS_MAX {
        return Err(BadMetadata::NoEntityId);
    }
    let sign_in = sign_in(role)?;
    if sign_in.is_empty() {
        return Err(BadMetadata::NoSignIn);
    }
    let certificates = certificates(role)?;
    if certificates.is_empty() {
        return Err(BadMetadata::NoCertificate);
    }
    let name_id_formats = role.children(METADATA, "NameIDFormat").take(LIST_MAX);
    Ok(IdentityProvider {
        entity_id: entity_id.to_owned(),
        sign_in,
        logout: logout(role)?,
        certificates,
        name_id_formats: name_id_formats.map(|format| format.text.trim().chars().take(200).collect()).collect(),
    })
}

/// The one entity that is an identity provider.
fn entity(root: &Element) -> Result<&Element, BadMetadata> {
    if root.is(METADATA, "EntityDescriptor") {
        return Ok(root);
    }
    if !root.is(METADATA, "EntitiesDescriptor") {
        return Err(BadMetadata::NotMetadata);
    }
    let all = root.descendants();
    let providers: Vec<&Element> =
        all.into_iter().filter(|element| element.is(METADATA, "EntityDescriptor") && role(element).is_some()).collect();
    match providers.as_slice() {
        [one] => Ok(one),
        [] => Err(BadMetadata::NoIdentityProvider),
        several => Err(BadMetadata::Several(several.len())),
    }
}

fn role(entity: &Element) -> Option<&Element> {
    entity.children(METADATA, "IDPSSODescriptor").find(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_whitespace().any(|protocol| protocol == PROTOCOL)
    })
}

fn sign_in(role: &Element) -> Result<Vec<Endpoint>, BadMetadata> {
    let mut found = Vec::new();
    for service in role.children(METADATA, "SingleSignOnService") {
        if let Some(binding) = service.attribute("Binding").and_then(Binding::of_uri) {
            found.push(Endpoint { binding, url: address(service.attribute("Location"))? });
        }
    }
    if found.len() > LIST_MAX { Err(BadMetadata::TooMany) } else { Ok(found) }
}

fn logout(role: &Element) -> Result<Vec<LogoutEndpoint>, BadMetadata> {
    let mut found = Vec::new();
    for service in role.children(METADATA, "SingleLogoutService") {
        if let Some(binding) = service.attribute("Binding").and_then(Binding::of_uri) {
            let response_url = match service.attribute("ResponseLocation") {
                Some(location) => Some(address(Some(location))?),
                None => None,
            };
            found.push(LogoutEndpoint { binding, url: address(service.attribute("Location"))?, response_url });
        }
    }
    if found.len() > LIST_MAX { Err(BadMetadata::TooMany) } else { Ok(found) }
}

fn address(location: Option<&str>) -> Result<String, BadMetadata> {
    let location = location.map(str::trim).unwrap_or_default();
    if location.len() <= URL_CHARACTERS_MAX && is_web_address(location) {
        Ok(location.to_owned())
    } else {
        Err(BadMetadata::Address)
    }
}

/// Those for signing, and those without a use, which are for everything.
fn certificates(role: &Element) -> Result<Vec<Certificate>, BadMetadata> {
    let mut found: Vec<Certificate> = Vec::new();
    for key in role.children(METADATA, "KeyDescriptor") {
        if !matches!(key.attribute("use"), None | Some("signing")) {
            continue;
        }
        let written = key
            .children(SIGNATURE, "KeyInfo")
            .flat_map(|info| info.children(SIGNATURE, "X509Data"))
            // A chain may follow; the key is that of the first (XML Signature, section 4.5.4).
            .filter_map(|data| data.child(SIGNATURE, "X509Certificate"));
        for text in written {
            let certificate = Certificate::read(&text.text).map_err(BadMetadata::Certificate)?;
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
    }
    if found.len() > CERTIFICATES_MAX { Err(BadMetadata::TooMany) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::super::certificate::ServiceKey;
    use super::*;

    fn certificate(name: &str) -> Certificate {
        ServiceKey::generate(name, [1; 16], "2026-11-22T12:00:00Z".parse().unwrap()).unwrap().certificate().clone()
    }

    fn document(role: &str, inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><!-- ours --><md:EntityDescriptor xmlns:md=\"{METADATA}\" xmlns:ds=\"{SIGNATURE}\" \
             entityID=\"https://idp.example.com\"><md:{role} protocolSupportEnumeration=\"{PROTOCOL}\">{inside}</md:{role}>\
             </md:EntityDescriptor>"
        )
    }

    fn key(use_: &str, certificate: &Certificate) -> String {
        format!(
            "<md:KeyDescriptor{use_}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n {} \n</ds:X509Certificate></ds:X509Data>\
             </ds:KeyInfo></md:KeyDescriptor>",
            certificate.base64()
        )
    }

    const SIGN_IN: &str = "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
                           Location=\"https://idp.example.com/sso?a=1&amp;b=2\"/>";

    #[test]
    fn everything_that_matters_is_read() {
        let (one, two, other) = (certificate("one"), certificate("two"), certificate("encryption"));
        let slo = "<md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
                   Location=\"https://idp.example.com/slo\" ResponseLocation=\"https://idp.example.com/slo2\"/>\
                   <md:SingleLogoutService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:SOAP\" Location=\"x\"/>\
                   <md:NameIDFormat> urn:f </md:NameIDFormat>";
        let text = [
            key(" use=\"signing\"", &one),
            key("", &two),
            key("", &one),
            key(" use=\"encryption\"", &other),
            slo.into(),
            SIGN_IN.into(),
        ];
        let read = read_metadata(&document("IDPSSODescriptor", &text.concat())).unwrap();
        assert_eq!(read.entity_id, "https://idp.example.com");
        assert_eq!(read.certificates, [one, two]);
        assert_eq!(read.sign_in_endpoint().unwrap().url, "https://idp.example.com/sso?a=1&b=2");
        assert_eq!(read.logout_endpoint().unwrap().response_url.as_deref(), Some("https://idp.example.com/slo2"));
        assert_eq!(read.name_id_formats, ["urn:f"]);
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<IdentityProvider>(&json).unwrap(), read);
    }

    #[test]
    fn one_provider_is_found_in_a_wrapping_and_several_are_refused() {
        let one = document("IDPSSODescriptor", &[key("", &certificate("one")), SIGN_IN.into()].concat());
        let one = one.strip_prefix("<?xml version=\"1.0\"?>").unwrap();
        let wrap =
            |inside: &str| format!("<e:EntitiesDescriptor xmlns:e=\"{METADATA}\">{inside}</e:EntitiesDescriptor>");
        assert!(read_metadata(&wrap(&wrap(one))).is_ok());
        assert_eq!(read_metadata(&wrap(&one.repeat(2))), Err(BadMetadata::Several(2)));
        assert_eq!(read_metadata(&wrap("")), Err(BadMetadata::NoIdentityProvider));
    }

    #[test]
    fn what_is_missing_is_said() {
        let good = key("", &certificate("one"));
        let refused = |inside: &str| read_metadata(&document("IDPSSODescriptor", inside)).unwrap_err();
        assert_eq!(refused(&good), BadMetadata::NoSignIn);
        assert_eq!(refused(SIGN_IN), BadMetadata::NoCertificate);
        let script = SIGN_IN.replace("https:", "javascript:");
        assert_eq!(refused(&[good.clone(), script].concat()), BadMetadata::Address);
        assert_eq!(
            refused(&[good.replace("ds:X509Certificate>", "ds:X509Certificate>AAAA"), SIGN_IN.into()].concat()),
            BadMetadata::Certificate(BadCertificate::Unreadable)
        );
        let ours = document("SPSSODescriptor", "");
        assert_eq!(read_metadata(&ours), Err(BadMetadata::NoIdentityProvider));
        assert_eq!(read_metadata("<html/>"), Err(BadMetadata::NotMetadata));
        assert!(matches!(read_metadata("not xml"), Err(BadMetadata::Xml(_))));
    }

    #[test]
    fn hostile_documents_are_refused_at_once() {
        assert_eq!(read_metadata(&" ".repeat(10_000_000)), Err(BadMetadata::Xml(BadXml::TooLarge(2_097_152))));
        assert_eq!(read_metadata(&"<a>".repeat(600_000)), Err(BadMetadata::Xml(BadXml::TooManyElements)));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
        assert_eq!(read_metadata(bomb), Err(BadMetadata::Xml(BadXml::DocumentType)));
    }
}

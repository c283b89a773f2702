//! The door to saml-rs: signatures, encryption and its own reading of a message, under the strictest policy it has.
//!
//! The only file that knows the library. It is pinned to one version, because some of what is used here isn't part of
//! what it promises to keep. Must not know: what becomes of the person.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use saml_rs::crypto::keys::load_private_key;
use saml_rs::crypto::{AssertionDecryptionOptions, construct_saml_signature, decrypt_assertion};
use saml_rs::{
    AcsEndpoint, AssertionSignaturePolicy, AudienceValidationPolicy, BrowserInput, CertificatePem, ClockSkew,
    Credentials, EntityId, FormField, IdpDescriptor, LogoutPolicy, MetadataTrustPolicy, PendingAuthnRequest,
    PendingSnapshot, PrivateKeyPem, RelayStateParam, ReplayPolicy, ResponseSignaturePolicy, Saml, SamlError,
    SamlValidationContext, SloEndpoint, Sp, SpConfig, SpValidationPolicy, SsoResponse, SsoSession, XmlEncryptionPolicy,
    XmlPolicy, XmlSignatureProfile,
};
use soundkeep_domain::time::Timestamp;

use super::certificate::{BadServiceKey, KeyKind, ServiceKey};
use super::profile::{Held, Wrapping};
use super::provider::IdentityProvider;
use super::refusal::{Reason, Refusal};
use super::request::RSA_SHA256;
use super::service::ServiceProvider;
use super::xml::{self, ENCRYPTION, METADATA, PROTOCOL, SIGNATURE, escape};

/// A logout message by redirect holds no more than this when it is unpacked.
const INFLATED_BYTES_MAX: usize = 64 * 1024;

/// What the library takes a response for, after all its checks.
pub(super) struct Verified {
    /// The response with its assertion in the clear.
    pub(super) document: String,
    pub(super) assertion_id: String,
    pub(super) name_id: String,
}

/// Verifies, opens and reads a response.
pub(super) fn verify_response(document: &str, wrapping: Wrapping, held: &Held<'_>) -> Result<Verified, Refusal> {
    let keys = match wrapping {
        Wrapping::Plain => held.service.keys.get(..1).unwrap_or_default(),
        Wrapping::Encrypted => held.service.keys,
    };
    let mut refused = Refusal::new(Reason::Encryption, "there is no key of ours to open it with");
    for key in keys {
        match attempt(document, wrapping, held, key) {
            Ok(session) => {
                return Ok(Verified {
                    document: session.raw_flow().saml_content.clone(),
                    assertion_id: session.assertion_id().as_str().to_owned(),
                    name_id: session.name_id().value().to_owned(),
                });
            }
            // Encrypted for another key of ours, perhaps.
            Err(SamlError::Crypto(_)) if wrapping == Wrapping::Encrypted => {
                refused = Refusal::new(
                    Reason::Encryption,
                    "the assertion can't be opened: it was encrypted for another certificate than ours, or in a way that \
                     isn't accepted (AES-GCM, or AES-CBC in a signed response, with RSA-OAEP)",
                );
            }
            Err(SamlError::SignatureMissing) if wrapping == Wrapping::Encrypted && uses_cbc(document) => {
                return Err(Refusal::new(
                    Reason::Encryption,
                    "the assertion is encrypted with AES-CBC, which can be tampered with, and the response around it isn't \
                     signed; have the provider sign the response too, or encrypt with AES-GCM",
                ));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused)
}

fn attempt(document: &str, wrapping: Wrapping, held: &Held<'_>, key: &ServiceKey) -> Result<SsoSession, SamlError> {
    let service = service(held.service, held.provider, key, wrapping)?;
    let descriptor = descriptor(held.provider)?;
    let input =
        BrowserInput::<SsoResponse>::post(vec![FormField::new("SAMLResponse", BASE64.encode(document.as_bytes()))]);
    // Whether it was seen before is asked by the caller, in a table that all nodes share.
    let context = SamlValidationContext::new(system_time(held.expected.now), ReplayPolicy::DisabledForCompatibility)
        .with_clock_skew(skew(held.expected.skew_seconds));
    match held.expected.request_id {
        Some(request_id) => {
            let pending = PendingAuthnRequest::from_snapshot(PendingSnapshot::authn_request(
                request_id,
                RelayStateParam::absent(),
                held.provider.entity_id.as_str(),
                "post",
                held.service.acs_url,
                "post",
            ))?;
            service.finish_sso(&descriptor, &pending, input, context)
        }
        None => service.accept_unsolicited_sso(&descriptor, input, context),
    }
}

/// Us, as the library sees us.
pub(super) fn service(
    service: &ServiceProvider<'_>,
    provider: &IdentityProvider,
    key: &ServiceKey,
    wrapping: Wrapping,
) -> Result<Saml<Sp>, SamlError> {
    let certificate = CertificatePem::new(key.certificate().pem());
    let private_key = PrivateKeyPem::new(key.private_key_pem().as_str());
    // The library's strict profile knows RSA only; what it checks besides is checked by `signatures` as well.
    let rsa_only = provider.certificates.iter().all(|certificate| certificate.kind == KeyKind::Rsa);
    let xml_signatures = if rsa_only {
        XmlSignatureProfile::StrictRsaSha2
    } else {
        XmlSignatureProfile::AllowProviderSupportedForCompatibility
    };
    let encryption = match wrapping {
        Wrapping::Plain => XmlEncryptionPolicy::default(),
        Wrapping::Encrypted => XmlEncryptionPolicy::encrypt_assertions(),
    };
    let config = SpConfig::builder(EntityId::try_new(service.entity_id)?)
        .acs_endpoint(AcsEndpoint::post(service.acs_url)?)
        .slo_endpoint(SloEndpoint::redirect(service.logout_url)?)
        .slo_endpoint(SloEndpoint::post(service.logout_url)?)
        .credentials(Credentials {
            signing_key: Some(private_key.clone()),
            signing_certificate: Some(certificate.clone()),
            encryption_certificate: Some(certificate),
            decryption_key: Some(private_key),
            ..Credentials::default()
        })
        .validation(SpValidationPolicy {
            // A signed response is as good; one of the two is always demanded.
            assertions: AssertionSignaturePolicy::AllowUnsignedForCompatibility,
            responses: ResponseSignaturePolicy::RequireForEncryptedCbc,
            xml_signatures,
            audience: AudienceValidationPolicy::Validate,
            logout: LogoutPolicy::recommended(),
            ..SpValidationPolicy::recommended()
        })
        .xml(XmlPolicy { encryption, redirect_inflate_max_bytes: INFLATED_BYTES_MAX, ..XmlPolicy::default() })
        .build()?;
    Saml::sp(config)
}

/// The provider, as the library sees it: metadata of our own making, with nothing in it but what we know.
pub(super) fn descriptor(provider: &IdentityProvider) -> Result<IdpDescriptor, SamlError> {
    let mut inside = String::new();
    for certificate in &provider.certificates {
        inside.push_str(&format!(
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\"><ds:X509Data><ds:X509Certificate>{}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
            certificate.base64()
        ));
    }
    for logout in &provider.logout {
        let (binding, url) = (logout.binding.uri(), escape(&logout.url));
        inside.push_str(&format!("<md:SingleLogoutService Binding=\"{binding}\" Location=\"{url}\"/>"));
    }
    for endpoint in &provider.sign_in {
        let (binding, url) = (endpoint.binding.uri(), escape(&endpoint.url));
        inside.push_str(&format!("<md:SingleSignOnService Binding=\"{binding}\" Location=\"{url}\"/>"));
    }
    let metadata = format!(
        "<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\"><md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" \
         protocolSupportEnumeration=\"{PROTOCOL}\">{inside}</md:IDPSSODescriptor></md:EntityDescriptor>",
        escape(&provider.entity_id)
    );
    IdpDescriptor::from_metadata_xml_for(
        EntityId::try_new(provider.entity_id.as_str())?,
        &metadata,
        MetadataTrustPolicy::UnsignedForCompatibility,
    )
}

/// What an encrypted response holds, for the page that shows administrators what was refused. Only what is encrypted in
/// a way that notices tampering: opening the rest could be used to guess at secrets.
pub(super) fn open_for_show(document: &str, service: &ServiceProvider<'_>) -> Option<String> {
    if !document.contains("EncryptedAssertion") || uses_cbc(document) {
        return None;
    }
    service.keys.iter().find_map(|key| {
        let key = load_private_key(&key.private_key_pem(), None).ok()?;
        let (opened, _) = decrypt_assertion(document, &key, AssertionDecryptionOptions::default()).ok()?;
        Some(opened)
    })
}

fn uses_cbc(document: &str) -> bool {
    let Ok(root) = xml::parse(document, super::response::LIMITS) else {
        return true;
    };
    let data = root.descendants().into_iter().filter(|element| element.is(ENCRYPTION, "EncryptedData"));
    data.flat_map(|data| data.children(ENCRYPTION, "EncryptionMethod"))
        .any(|method| !method.attribute("Algorithm").unwrap_or_default().ends_with("-gcm"))
}

/// Raw DEFLATE (RFC 1951).
pub(super) fn deflate(message: &str) -> Result<Vec<u8>, BadServiceKey> {
    saml_rs::binding::deflate_raw_encode(message.as_bytes()).map_err(|_| BadServiceKey)
}

/// The text of a packed message.
pub(super) fn inflate(packed: &[u8]) -> Option<String> {
    let bytes = saml_rs::binding::deflate_raw_decode_with_limit(packed, INFLATED_BYTES_MAX).ok()?;
    String::from_utf8(bytes).ok()
}

/// The message with a signature in it, after its issuer.
pub(super) fn sign_enveloped(key: &ServiceKey, message: &str) -> Result<String, BadServiceKey> {
    let private_key = load_private_key(&key.private_key_pem(), None).map_err(|_| BadServiceKey)?;
    let certificate = key.certificate().pem();
    construct_saml_signature(message, true, &private_key, &certificate, RSA_SHA256, &[], None)
        .map_err(|_| BadServiceKey)
}

pub(super) fn system_time(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.as_unix_millis())
}

pub(super) fn skew(seconds: i64) -> ClockSkew {
    let milliseconds = seconds.saturating_mul(1000);
    ClockSkew::from_millis(milliseconds.saturating_neg(), milliseconds)
}

//! The service provider that we are towards one identity provider, and its metadata.
//!
//! Must not know: the identity provider.

use super::certificate::ServiceKey;
use super::provider::Binding;
use super::xml::{METADATA, PROTOCOL, SIGNATURE, escape};

/// Who we are towards one identity provider.
#[derive(Debug)]
pub struct ServiceProvider<'a> {
    /// The address of our metadata, which is our name as well.
    pub entity_id: &'a str,
    /// Where assertions are posted (assertion consumer service).
    pub acs_url: &'a str,
    /// Where logout messages come in, by redirect and by form.
    pub logout_url: &'a str,
    /// The first signs; what is encrypted for any of them can be opened. Two while one replaces the other.
    pub keys: &'a [ServiceKey],
}

impl ServiceProvider<'_> {
    /// Our metadata (SAML Metadata 2.0), to be given to the identity provider by address or as a file.
    #[must_use]
    pub fn metadata(&self) -> String {
        let mut keys = String::new();
        for key in self.keys {
            let certificate = key.certificate().base64();
            for purpose in ["signing", "encryption"] {
                keys.push_str(&format!(
                    "<md:KeyDescriptor use=\"{purpose}\"><ds:KeyInfo xmlns:ds=\"{SIGNATURE}\"><ds:X509Data>\
                     <ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
                ));
            }
        }
        let logout = escape(self.logout_url);
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{}\">\
             <md:SPSSODescriptor AuthnRequestsSigned=\"true\" WantAssertionsSigned=\"true\" \
             protocolSupportEnumeration=\"{PROTOCOL}\">{keys}\
             <md:SingleLogoutService Binding=\"{redirect}\" Location=\"{logout}\"/>\
             <md:SingleLogoutService Binding=\"{post}\" Location=\"{logout}\"/>\
             <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>\
             <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>\
             <md:AssertionConsumerService Binding=\"{post}\" Location=\"{}\" index=\"0\" isDefault=\"true\"/>\
             </md:SPSSODescriptor></md:EntityDescriptor>\n",
            escape(self.entity_id),
            escape(self.acs_url),
            redirect = Binding::Redirect.uri(),
            post = Binding::Post.uri(),
        )
    }
}

//! SAML: documents signed and encrypted by libxmlsec1 and signxml, and messages of ours read by ourselves.

mod logout;
mod responses;

use soundkeep_domain::time::Timestamp;
use soundkeep_federation::saml::{
    Binding, Certificate, Endpoint, IdentityProvider, LogoutEndpoint, ServiceKey, ServiceProvider,
};

const ENTITY_ID: &str = "https://vault.example.com/saml/p/metadata";
const ACS_URL: &str = "https://vault.example.com/saml/p/acs";
const LOGOUT_URL: &str = "https://vault.example.com/saml/p/slo";
const PROVIDER: &str = "https://idp.example.com/metadata?a=1&b=2";
const REQUEST_ID: &str = "_request7";

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn service(keys: &[ServiceKey]) -> ServiceProvider<'_> {
    ServiceProvider { entity_id: ENTITY_ID, acs_url: ACS_URL, logout_url: LOGOUT_URL, keys }
}

fn key(name: &str) -> ServiceKey {
    ServiceKey::generate(name, [9; 16], now()).unwrap()
}

fn provider(certificates: Vec<Certificate>) -> IdentityProvider {
    IdentityProvider {
        entity_id: PROVIDER.into(),
        sign_in: vec![Endpoint { binding: Binding::Redirect, url: "https://idp.example.com/sso?a=1".into() }],
        logout: vec![LogoutEndpoint {
            binding: Binding::Redirect,
            url: "https://idp.example.com/slo".into(),
            response_url: None,
        }],
        certificates,
        name_id_formats: Vec::new(),
    }
}

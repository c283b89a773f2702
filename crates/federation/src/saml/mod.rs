//! SAML 2.0, the service provider's side of the web browser profiles: sign-in begun here or there, and single logout.
//!
//! A message is read in this order: its size and shape by our own tree with limits, its signature and encryption by
//! saml-rs under the strictest policy it has, and then once more everything that the assertion says, by our own
//! reading, which must see the same person in the same assertion. Whoever wants to deceive has to deceive both.
//! Must not know: users, sessions, a database, the network. Documents, times and random numbers are arguments.

mod certificate;
mod der;
mod library;
mod logout;
mod metadata;
mod profile;
mod provider;
mod refusal;
mod request;
mod response;
mod service;
mod signatures;
mod xml;

pub use certificate::{BadCertificate, BadServiceKey, Certificate, ServiceKey};
pub use logout::{
    Incoming, Logout, LogoutAnswer, LogoutSubject, answer_logout, read_logout, read_logout_answer, request_logout,
};
pub use metadata::{BadMetadata, read_metadata};
pub use provider::{Binding, Endpoint, IdentityProvider, LogoutEndpoint};
pub use refusal::{Reason, Refusal};
pub use request::{AuthnRequest, MessageId, Outgoing, request_sign_in};
pub use response::{Assertion, Attribute, Expected, in_response_to, read_response};
pub use service::ServiceProvider;

//! OpenID Connect, as the relying party: what is sent to a provider, and what of its answers is believed.
//!
//! The code flow with PKCE, a state, a nonce and the issuer in the answer (OpenID Connect Core 1.0; RFC 7636; RFC 9207;
//! RFC 9700). Tokens are believed when a key of the provider signed them, by an algorithm with a private key. Asks no
//! server and reads no clock.

mod discovery;
mod person;
mod request;
mod tokens;

pub use discovery::{Discovery, discovery_address};
pub use person::person;
pub use request::{Asked, TokenForm, TokenRequest, authorization_address, sign_out_address, token_request};
pub use tokens::{
    Claims, Expected, Keys, SIGN_OUT_SECONDS, SignOut, TokenAnswer, read_id_token, read_sign_out, read_token_answer,
    read_userinfo,
};

/// Why an answer of a provider isn't believed: a stable code, and a sentence for whoever sets the provider up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Refused {
    /// Its stable name.
    pub code: &'static str,
    /// What is wrong, and where to look.
    pub sentence: &'static str,
}

pub(crate) const fn refused(code: &'static str, sentence: &'static str) -> Refused {
    Refused { code, sentence }
}

/// Longest document or token that is read, in bytes.
const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;

//! Passkeys (W3C Web Authentication, Level 3): what authenticators are asked, and what they answer.
//!
//! Thin around webauthn-rs, which checks type, challenge, origin, relying party, flags, signature and counter, and draws
//! its challenges from the operating system by itself (ADR 0017). Every passkey can be found by its device without a
//! name, and its owner is verified each time. What devices they are is not asked.
//!
//! Must not know: whose a passkey is, who is asked, and until when; that a challenge is answered once is the keeper's.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Inner, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder, WebauthnError,
};

/// Longest id of a credential, in bytes (Web Authentication, Level 3, section 4).
const CREDENTIAL_ID_BYTES_MAX: usize = 1023;

/// Why passkeys can't be used, or one wasn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// Browsers give no passkeys to addresses that are numbers, or that aren't reached over TLS.
    #[error("passkeys need an address with a name that is reached over https")]
    Address,
    /// What was answered can't be read.
    #[error("this is no answer of an authenticator")]
    Malformed,
    /// It answers another challenge.
    #[error("it answers another challenge")]
    Challenge,
    /// It was made on pages of another origin.
    #[error("it was made for another origin")]
    Origin,
    /// It was made for another relying party.
    #[error("it was made for another relying party")]
    RelyingParty,
    /// The authenticator didn't verify its owner.
    #[error("the authenticator didn't ask for a PIN, a finger or a face")]
    NotVerified,
    /// Not signed by this passkey.
    #[error("it isn't signed by this passkey")]
    Signature,
    /// The counter of signatures didn't go on: there may be a copy of the passkey.
    #[error("the counter went back: there may be a copy of this passkey")]
    Counter,
    /// Kept state that can't be read: a mistake of ours.
    #[error("what was kept of a passkey can't be read")]
    Kept,
}

impl PasskeyError {
    /// A word for the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Malformed => "malformed",
            Self::Challenge => "challenge",
            Self::Origin => "origin",
            Self::RelyingParty => "relying_party",
            Self::NotVerified => "not_verified",
            Self::Signature => "signature",
            Self::Counter => "counter",
            Self::Kept => "kept",
        }
    }
}

impl From<WebauthnError> for PasskeyError {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::InvalidRPOrigin => Self::Origin,
            WebauthnError::InvalidRPIDHash => Self::RelyingParty,
            WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => Self::NotVerified,
            WebauthnError::CredentialPossibleCompromise => Self::Counter,
            WebauthnError::AuthenticationFailure | WebauthnError::CredentialNotFound => Self::Signature,
            _ => Self::Malformed,
        }
    }
}

/// Whom a passkey is to be for, as their device shows it.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'owner> {
    /// Which user: what the device tells when it signs in without a name. No name and no address, because devices may
    /// show it to whoever holds them.
    pub handle: [u8; 16],
    /// Their account, such as `ada@example.org`.
    pub account: &'owner str,
    /// Their name.
    pub name: &'owner str,
}

/// What an authenticator is asked, and what is kept until it answers.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// For the browser: `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: Value,
    /// For the answer to be checked against. It must never leave the server: who could send it back could choose it.
    pub state: String,
}

/// A passkey as it is kept: a public key, a counter and flags.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Passkey(Inner);

impl Passkey {
    /// Its credential's id, by which it is found; at most 1023 bytes.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.cred_id()
    }

    /// Its form for keeping.
    ///
    /// # Errors
    /// [`PasskeyError::Kept`], never in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PasskeyError> {
        serde_json::to_vec(self).map_err(|_| PasskeyError::Kept)
    }

    /// The passkey that these bytes are.
    ///
    /// # Errors
    /// [`PasskeyError::Kept`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PasskeyError> {
        serde_json::from_slice(bytes).map_err(|_| PasskeyError::Kept)
    }
}

/// What an authenticator says to be signed by a passkey; nothing of it is proven yet.
#[derive(Debug, Clone)]
pub struct Assertion(PublicKeyCredential);

impl Assertion {
    /// Reads the answer of a browser.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`].
    pub fn parse(answer: Value) -> Result<Self, PasskeyError> {
        let assertion: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| PasskeyError::Malformed)?;
        match assertion.raw_id.len() {
            1..=CREDENTIAL_ID_BYTES_MAX => Ok(Self(assertion)),
            _ => Err(PasskeyError::Malformed),
        }
    }

    /// Which passkey it claims to be signed by.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whose passkey it claims to be; nothing when it says nothing.
    ///
    /// # Errors
    /// [`PasskeyError::Malformed`] when that is none of our handles.
    pub fn owner(&self) -> Result<Option<[u8; 16]>, PasskeyError> {
        let handle = self.0.get_user_unique_id().filter(|handle| !handle.is_empty());
        handle.map(|handle| handle.try_into().map_err(|_| PasskeyError::Malformed)).transpose()
    }
}

/// Whom passkeys are for: the pages of one origin.
#[derive(Clone)]
pub struct RelyingParty(Webauthn);

impl std::fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RelyingParty").field(&self.0.get_allowed_origins()).finish()
    }
}

/// Whether browsers think pages of this origin safe: over TLS, or on their own machine (W3C Secure Contexts, section 3.1).
fn is_secure(origin: &Url, host: &str) -> bool {
    origin.scheme() == "https" || (origin.scheme() == "http" && (host == "localhost" || host.ends_with(".localhost")))
}

impl RelyingParty {
    /// The relying party whose pages have this origin, such as `https://vault.example.org`. Passkeys belong to the
    /// whole host name, and to no other: not to names below it, and not to those beside it.
    ///
    /// # Errors
    /// [`PasskeyError::Address`] when browsers give no passkeys to such an origin.
    pub fn new(origin: &str) -> Result<Self, PasskeyError> {
        let origin = Url::parse(origin).map_err(|_| PasskeyError::Address)?;
        let host = origin.domain().filter(|host| is_secure(&origin, host)).ok_or(PasskeyError::Address)?;
        let builder = WebauthnBuilder::new(host, &origin).map_err(|_| PasskeyError::Address)?;
        Ok(Self(builder.rp_name("Soundkeep").build().map_err(|_| PasskeyError::Address)?))
    }

    /// Asks for a new passkey, of a device that has none of those known.
    ///
    /// # Errors
    /// [`PasskeyError::Kept`], never in practice.
    pub fn begin_registration(&self, owner: Owner<'_>, known: Vec<Vec<u8>>) -> Result<Challenge, PasskeyError> {
        let handle = Uuid::from_bytes(owner.handle);
        let (options, state) = self.0.start_passkey_registration(handle, owner.account, owner.name, Some(known))?;
        let mut challenge = Challenge::of(&options, &state)?;
        // Who signs in without a name needs a passkey that the device finds by itself.
        if let Some(selection) = challenge.options.get_mut("authenticatorSelection").and_then(Value::as_object_mut) {
            selection.insert("residentKey".to_owned(), json!("required"));
            selection.insert("requireResidentKey".to_owned(), json!(true));
        }
        Ok(challenge)
    }

    /// The passkey that was made.
    ///
    /// # Errors
    /// What doesn't fit, [`PasskeyError::Kept`] for a state that isn't that of a registration.
    pub fn finish_registration(&self, state: &str, answer: Value) -> Result<Passkey, PasskeyError> {
        let state: PasskeyRegistration = serde_json::from_str(state).map_err(|_| PasskeyError::Kept)?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| PasskeyError::Malformed)?;
        let passkey = Passkey(self.0.finish_passkey_registration(&answer, &state)?);
        match passkey.credential_id().len() {
            1..=CREDENTIAL_ID_BYTES_MAX => Ok(passkey),
            _ => Err(PasskeyError::Malformed),
        }
    }

    /// Asks for a signature, by one of these passkeys, or by any that the device finds where none is named.
    ///
    /// # Errors
    /// [`PasskeyError::Kept`], never in practice.
    pub fn begin_authentication(&self, allowed: &[Vec<u8>]) -> Result<Challenge, PasskeyError> {
        let (options, state) = self.0.start_discoverable_authentication()?;
        let mut challenge = Challenge::of(&options, &state)?;
        let allowed: Vec<Value> = allowed.iter().map(|id| json!({"type": "public-key", "id": base64url(id)})).collect();
        if let Some(options) = challenge.options.as_object_mut() {
            options.insert("allowCredentials".to_owned(), Value::Array(allowed));
        }
        Ok(challenge)
    }

    /// Checks that a passkey signed what was asked, its owner verified, and counts it on. Whose it is was looked up
    /// before, by the credential's id; what the assertion says of its owner is for the caller to compare.
    ///
    /// # Errors
    /// What doesn't fit, [`PasskeyError::Kept`] for a state that isn't that of an authentication.
    pub fn finish_authentication(
        &self,
        state: &str,
        assertion: &Assertion,
        passkey: &mut Passkey,
    ) -> Result<(), PasskeyError> {
        let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(|_| PasskeyError::Kept)?;
        let signed = self.0.finish_discoverable_authentication_v2(&assertion.0, state, &passkey.0)?;
        if !signed.user_verified() {
            return Err(PasskeyError::NotVerified);
        }
        passkey.0.update_credential(&signed).map(|_| ()).ok_or(PasskeyError::Signature)
    }
}

impl Challenge {
    fn of(options: &impl Serialize, state: &impl Serialize) -> Result<Self, PasskeyError> {
        let mut options = serde_json::to_value(options).map_err(|_| PasskeyError::Kept)?;
        let options = options.get_mut("publicKey").map(Value::take).ok_or(PasskeyError::Kept)?;
        Ok(Self { options, state: serde_json::to_string(state).map_err(|_| PasskeyError::Kept)? })
    }
}

/// Base 64 for addresses, without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_tls() {
        for origin in ["https://vault.example.org", "https://vault:8443", "http://localhost:8080", "http://a.localhost"]
        {
            assert!(RelyingParty::new(origin).is_ok(), "{origin}");
        }
        for origin in [
            "http://127.0.0.1:8080",
            "https://192.0.2.1",
            "https://[::1]:8080",
            "http://vault.example.org",
            "vault",
            "",
        ] {
            assert_eq!(RelyingParty::new(origin).err(), Some(PasskeyError::Address), "{origin}");
        }
    }

    #[test]
    fn a_passkey_is_asked_for_that_is_found_without_a_name_and_verifies_its_owner() {
        let party = RelyingParty::new("https://vault.example.org").unwrap();
        let owner = Owner { handle: [7; 16], account: "ada@example.org", name: "Ada" };
        let asked = party.begin_registration(owner, vec![vec![1, 2, 3]]).unwrap().options;
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        assert_eq!((&asked["rp"]["id"], &asked["attestation"]), (&json!("vault.example.org"), &json!("none")));
        assert_eq!(asked["excludeCredentials"][0]["id"], "AQID");
        let shown = party.begin_authentication(&[vec![1, 2, 3]]).unwrap();
        assert_eq!(
            (&shown.options["userVerification"], &shown.options["rpId"]),
            (&json!("required"), &json!("vault.example.org"))
        );
        assert_eq!(shown.options["allowCredentials"][0]["id"], "AQID");
        let again = party.begin_authentication(&[]).unwrap();
        assert_ne!(shown.options["challenge"], again.options["challenge"]);
        assert_eq!(again.options["challenge"].as_str().map(str::len), Some(43), "256 random bits");
    }
}

//! A device with passkeys and the browser before it: somebody else's implementation of both, for tests.
//!
//! It does what it is told, and can be made to do what no honest device does.

use parking_lot::Mutex;
use passkey::authenticator::{
    Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck, UserValidationMethod,
};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::make_credential::{
    Options, PublicKeyCredentialRpEntity, PublicKeyCredentialUserEntity as User,
};
use passkey::types::ctap2::{Aaguid, Ctap2Error, StatusCode};
use passkey::types::webauthn::PublicKeyCredentialDescriptor;
use serde_json::{Value, json};
use std::sync::Arc;

/// A device. Clones are copies of its passkeys' keys, as a thief would have them.
pub struct Device {
    drawer: Drawer,
    /// Whether it can verify its owner.
    verifies: bool,
}

impl Default for Device {
    fn default() -> Self {
        Self { drawer: Drawer::default(), verifies: true }
    }
}

impl Clone for Device {
    fn clone(&self) -> Self {
        let keys = self.drawer.0.lock().clone();
        Self { drawer: Drawer(Arc::new(Mutex::new(keys))), verifies: self.verifies }
    }
}

impl Device {
    fn client(&self) -> Authenticator<Drawer, Person, RustCryptoBackend> {
        let person = Person { verifies: self.verifies };
        let mut authenticator = Authenticator::new(Aaguid::new_empty(), self.drawer.clone(), person, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(true);
        authenticator
    }

    /// Makes a passkey on pages of this origin, asked by these options; the answer for the server, or why not.
    ///
    /// # Errors
    /// What a browser would say.
    pub async fn register(&self, origin: &str, options: &Value) -> Result<Value, String> {
        let request = serde_json::from_value(json!({"publicKey": options})).map_err(|error| error.to_string())?;
        let origin = origin.parse::<url::Url>().map_err(|error| error.to_string())?;
        let mut client = Client::new(self.client()).allows_insecure_localhost(true);
        let made = client.register(&origin, request, DefaultClientData).await.map_err(|error| format!("{error:?}"))?;
        serde_json::to_value(made).map_err(|error| error.to_string())
    }

    /// Signs with a passkey on pages of this origin, asked by these options; the answer for the server, or why not.
    ///
    /// # Errors
    /// What a browser would say.
    pub async fn sign(&self, origin: &str, options: &Value) -> Result<Value, String> {
        let request = serde_json::from_value(json!({"publicKey": options})).map_err(|error| error.to_string())?;
        let origin = origin.parse::<url::Url>().map_err(|error| error.to_string())?;
        let mut client = Client::new(self.client()).allows_insecure_localhost(true);
        let signed =
            client.authenticate(&origin, request, DefaultClientData).await.map_err(|error| format!("{error:?}"))?;
        serde_json::to_value(signed).map_err(|error| error.to_string())
    }

    /// A device that doesn't ask for a PIN, a finger or a face any more, and lets be asked for none.
    #[must_use]
    pub fn without_verification(&self) -> Self {
        Self { drawer: self.drawer.clone(), verifies: false }
    }

    /// Sets the counters of all its passkeys, as a copy that was used less would have them.
    pub fn turn_counters_back(&self, to: u32) {
        for passkey in self.drawer.0.lock().iter_mut() {
            passkey.counter = Some(to);
        }
    }

    /// Says of all its passkeys that they are somebody else's.
    pub fn claim_to_be(&self, handle: [u8; 16]) {
        for passkey in self.drawer.0.lock().iter_mut() {
            passkey.user_handle = Some(handle.to_vec().into());
        }
    }
}

#[derive(Clone, Default)]
struct Drawer(Arc<Mutex<Vec<Passkey>>>);

#[async_trait::async_trait]
impl CredentialStore for Drawer {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let ids = ids.filter(|ids| !ids.is_empty());
        let is_meant = |passkey: &&Passkey| ids.is_none_or(|ids| ids.iter().any(|one| one.id == passkey.credential_id));
        let drawer = self.0.lock();
        let found: Vec<Passkey> =
            drawer.iter().rev().filter(|passkey| passkey.rp_id == rp_id).filter(is_meant).cloned().collect();
        if found.is_empty() { Err(Ctap2Error::NoCredentials.into()) } else { Ok(found) }
    }

    async fn save_credential(
        &mut self,
        passkey: Passkey,
        _user: User,
        _site: PublicKeyCredentialRpEntity,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.0.lock().push(passkey);
        Ok(())
    }

    async fn update_credential(&mut self, passkey: &Passkey) -> Result<(), StatusCode> {
        for kept in self.0.lock().iter_mut().filter(|kept| kept.credential_id == passkey.credential_id) {
            *kept = passkey.clone();
        }
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo { discoverability: DiscoverabilitySupport::Full }
    }
}

/// Who touches the device when it blinks.
struct Person {
    verifies: bool,
}

#[async_trait::async_trait]
impl UserValidationMethod for Person {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification: verification && self.verifies })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        self.verifies.then_some(true)
    }
}

//! Passkeys, with somebody else's device and browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::executor::block_on;
use serde_json::{Value, json};
use soundkeep_crypto::passkeys::{Assertion, Owner, Passkey, PasskeyError, RelyingParty};
use soundkeep_testkit::passkeys::Device;

const ORIGIN: &str = "https://vault.example.org";
const ADA: Owner<'static> = Owner { handle: [7; 16], account: "ada@example.org", name: "Ada" };

fn party() -> RelyingParty {
    RelyingParty::new(ORIGIN).unwrap()
}

/// Makes a passkey on a device.
fn made(party: &RelyingParty, device: &Device) -> Passkey {
    let asked = party.begin_registration(ADA, Vec::new()).unwrap();
    let answer = block_on(device.register(ORIGIN, &asked.options)).unwrap();
    let passkey = party.finish_registration(&asked.state, answer).unwrap();
    Passkey::from_bytes(&passkey.to_bytes().unwrap()).unwrap()
}

/// What a device signs for options that were changed on the way to it, from pages of this origin.
fn signed(device: &Device, origin: &str, options: &Value, change: impl Fn(&mut Value)) -> Assertion {
    let mut options = options.clone();
    change(&mut options);
    Assertion::parse(block_on(device.sign(origin, &options)).unwrap()).unwrap()
}

#[test]
fn a_passkey_is_made_and_signs_and_its_counter_goes_on() {
    let (party, device) = (party(), Device::default());
    let mut passkey = made(&party, &device);
    for _ in 0..3 {
        let before = passkey.to_bytes().unwrap();
        let asked = party.begin_authentication(&[]).unwrap();
        let assertion = signed(&device, ORIGIN, &asked.options, |_| {});
        assert_eq!(assertion.credential_id(), passkey.credential_id());
        assert_eq!(assertion.owner().unwrap(), Some(ADA.handle));
        party.finish_authentication(&asked.state, &assertion, &mut passkey).unwrap();
        assert_ne!(passkey.to_bytes().unwrap(), before, "what is kept goes on");
    }
    let asked = party.begin_authentication(&[passkey.credential_id().to_vec()]).unwrap();
    let assertion = signed(&device, ORIGIN, &asked.options, |_| {});
    party.finish_authentication(&asked.state, &assertion, &mut passkey).unwrap();
}

#[test]
fn an_answer_to_another_challenge_is_refused() {
    let (party, device) = (party(), Device::default());
    let mut passkey = made(&party, &device);
    let (one, two) = (party.begin_authentication(&[]).unwrap(), party.begin_authentication(&[]).unwrap());
    let assertion = signed(&device, ORIGIN, &one.options, |_| {});
    let refused = party.finish_authentication(&two.state, &assertion, &mut passkey);
    assert_eq!(refused, Err(PasskeyError::Challenge));
    party.finish_authentication(&one.state, &assertion, &mut passkey).unwrap();
    // Who keeps challenges lets each be answered once; if not, the counter still tells.
    assert_eq!(party.finish_authentication(&one.state, &assertion, &mut passkey), Err(PasskeyError::Counter));
    let registration = party.begin_registration(ADA, Vec::new()).unwrap();
    let answer = block_on(device.register(ORIGIN, &registration.options)).unwrap();
    let other = party.begin_registration(ADA, Vec::new()).unwrap();
    assert_eq!(party.finish_registration(&other.state, answer).err(), Some(PasskeyError::Challenge));
}

#[test]
fn pages_of_another_origin_and_passkeys_of_another_name_are_refused() {
    let (party, device) = (party(), Device::default());
    let mut passkey = made(&party, &device);
    let asked = party.begin_authentication(&[]).unwrap();
    // A page below our name may ask for our passkeys, and says where it is.
    for origin in ["https://evil.vault.example.org", "https://vault.example.org:8443"] {
        let assertion = signed(&device, origin, &asked.options, |_| {});
        let refused = party.finish_authentication(&asked.state, &assertion, &mut passkey);
        assert_eq!(refused, Err(PasskeyError::Origin), "{origin}");
        let registration = party.begin_registration(ADA, Vec::new()).unwrap();
        let answer = block_on(Device::default().register(origin, &registration.options)).unwrap();
        assert_eq!(party.finish_registration(&registration.state, answer).err(), Some(PasskeyError::Origin));
    }
    let wide = |options: &mut Value| options["rp"]["id"] = json!("example.org");
    let mut registration = party.begin_registration(ADA, Vec::new()).unwrap();
    wide(&mut registration.options);
    let answer = block_on(device.register(ORIGIN, &registration.options)).unwrap();
    assert_eq!(party.finish_registration(&registration.state, answer).err(), Some(PasskeyError::RelyingParty));
    let assertion = signed(&device, ORIGIN, &asked.options, |options| options["rpId"] = json!("example.org"));
    let refused = party.finish_authentication(&asked.state, &assertion, &mut passkey);
    assert_eq!(refused, Err(PasskeyError::Signature), "another passkey");
}

#[test]
fn a_device_that_does_not_verify_its_owner_is_refused() {
    let (party, device) = (party(), Device::default());
    let mut passkey = made(&party, &device);
    let careless = device.without_verification();
    let asked = party.begin_authentication(&[]).unwrap();
    let unasked = |options: &mut Value| options["userVerification"] = json!("discouraged");
    let assertion = signed(&careless, ORIGIN, &asked.options, unasked);
    let refused = party.finish_authentication(&asked.state, &assertion, &mut passkey);
    assert_eq!(refused, Err(PasskeyError::NotVerified));
    let mut registration = party.begin_registration(ADA, Vec::new()).unwrap();
    registration.options["authenticatorSelection"]["userVerification"] = json!("discouraged");
    let answer = block_on(careless.register(ORIGIN, &registration.options)).unwrap();
    assert_eq!(party.finish_registration(&registration.state, answer).err(), Some(PasskeyError::NotVerified));
}

#[test]
fn a_copy_that_was_used_less_is_found_by_its_counter() {
    let (party, device) = (party(), Device::default());
    let mut passkey = made(&party, &device);
    let copy = device.clone();
    for _ in 0..2 {
        let asked = party.begin_authentication(&[]).unwrap();
        let assertion = signed(&device, ORIGIN, &asked.options, |_| {});
        party.finish_authentication(&asked.state, &assertion, &mut passkey).unwrap();
    }
    let kept = passkey.to_bytes().unwrap();
    let asked = party.begin_authentication(&[]).unwrap();
    let assertion = signed(&copy, ORIGIN, &asked.options, |_| {});
    assert_eq!(party.finish_authentication(&asked.state, &assertion, &mut passkey), Err(PasskeyError::Counter));
    assert_eq!(passkey.to_bytes().unwrap(), kept, "a refusal moves nothing");
}

#[test]
fn a_passkey_of_somebody_else_signs_nothing_for_this_one() {
    let (party, ada, eve) = (party(), Device::default(), Device::default());
    let (mut of_ada, mut of_eve) = (made(&party, &ada), made(&party, &eve));
    let asked = party.begin_authentication(&[]).unwrap();
    let mut answer = block_on(eve.sign(ORIGIN, &asked.options)).unwrap();
    let assertion = Assertion::parse(answer.clone()).unwrap();
    assert_eq!(party.finish_authentication(&asked.state, &assertion, &mut of_ada), Err(PasskeyError::Signature));
    // Said to be Ada's, and signed by Eve's.
    let id = URL_SAFE_NO_PAD.encode(of_ada.credential_id());
    answer["id"] = json!(id);
    answer["rawId"] = json!(id);
    let forged = Assertion::parse(answer).unwrap();
    assert_eq!(party.finish_authentication(&asked.state, &forged, &mut of_ada), Err(PasskeyError::Signature));
    party.finish_authentication(&asked.state, &assertion, &mut of_eve).unwrap();
}

#[test]
fn a_flipped_bit_anywhere_in_what_is_signed_is_refused() {
    let (party, device) = (party(), Device::default());
    let passkey = made(&party, &device);
    let asked = party.begin_authentication(&[]).unwrap();
    let answer = block_on(device.sign(ORIGIN, &asked.options)).unwrap();
    let mut flipped = 0;
    for part in ["authenticatorData", "clientDataJSON", "signature"] {
        let bytes = URL_SAFE_NO_PAD.decode(answer["response"][part].as_str().unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            let mut answer = answer.clone();
            answer["response"][part] = json!(URL_SAFE_NO_PAD.encode(bytes));
            let refused = Assertion::parse(answer)
                .and_then(|assertion| party.finish_authentication(&asked.state, &assertion, &mut passkey.clone()));
            assert!(refused.is_err(), "{part} {at}");
            flipped += 1;
        }
    }
    assert!(flipped > 200, "{flipped}");
    let whole = Assertion::parse(answer).unwrap();
    party.finish_authentication(&asked.state, &whole, &mut passkey.clone()).unwrap();
}

#[test]
fn nonsense_is_refused_in_words() {
    let party = party();
    let asked = party.begin_registration(ADA, Vec::new()).unwrap();
    for nonsense in [json!(null), json!({}), json!({"id": "x", "rawId": "!", "response": {}, "type": "public-key"})] {
        assert_eq!(party.finish_registration(&asked.state, nonsense.clone()).err(), Some(PasskeyError::Malformed));
        assert_eq!(Assertion::parse(nonsense).err(), Some(PasskeyError::Malformed));
    }
    assert_eq!(party.finish_registration("{}", json!({})).err(), Some(PasskeyError::Kept));
    assert_eq!(Passkey::from_bytes(b"{}").err(), Some(PasskeyError::Kept));
}

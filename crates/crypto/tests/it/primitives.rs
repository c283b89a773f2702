//! Known answers: hashes, authentication codes, signatures, commitments.

use soundkeep_crypto::digest::{Sha256, commit, equal_in_constant_time, hmac_sha256, opens, sha256};
use soundkeep_crypto::signing::{SigningError, SigningKey, verify};

use crate::{NoEntropy, SeededEntropy};

fn bytes<const N: usize>(hex_digits: &str) -> [u8; N] {
    hex::decode(hex_digits).unwrap().try_into().unwrap()
}

#[test]
fn sha256_gives_the_values_of_fips_180() {
    let abc = bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(sha256(b"abc"), abc);
    let mut streamed = Sha256::new();
    streamed.update(b"a");
    streamed.update(b"");
    streamed.update(b"bc");
    assert_eq!(streamed.finish(), abc);
    assert_eq!(Sha256::default().finish(), bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
}

#[test]
fn hmac_gives_the_value_of_rfc_4231() {
    let expected = bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assert_eq!(hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]), expected);
}

#[test]
fn ed25519_gives_the_signature_of_rfc_8032() {
    let key =
        SigningKey::from_seed(&bytes("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")).unwrap();
    let public = bytes("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    let signature = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a";
    assert_eq!(key.public_key(), public);
    assert_eq!(key.sign(&[0xaf, 0x82]).unwrap(), bytes::<64>(signature));
    assert!(verify(&public, &[0xaf, 0x82], &bytes::<64>(signature)).is_ok());
}

#[test]
fn a_signature_fits_its_message_and_key_alone() {
    let entropy = SeededEntropy::default();
    let (key, other) = (SigningKey::generate(&entropy).unwrap(), SigningKey::generate(&entropy).unwrap());
    let signature = key.sign(b"message").unwrap();
    assert!(verify(&key.public_key(), b"message", &signature).is_ok());
    assert_eq!(verify(&key.public_key(), b"massage", &signature), Err(SigningError::BadSignature));
    assert_eq!(verify(&other.public_key(), b"message", &signature), Err(SigningError::BadSignature));
    assert_eq!(verify(&key.public_key(), b"message", &signature[..63]), Err(SigningError::BadSignature));
    for bit in 0..512 {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&key.public_key(), b"message", &flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn a_signing_key_comes_back_from_its_seed_and_does_not_show_it() {
    let key = SigningKey::generate(&SeededEntropy::default()).unwrap();
    let seed = key.seed().unwrap();
    assert_eq!(SigningKey::from_seed(&seed).unwrap().public_key(), key.public_key());
    assert!(!format!("{key:?}").contains(&hex::encode(&seed[..4])));
    assert!(matches!(SigningKey::generate(&NoEntropy), Err(SigningError::Entropy(_))));
}

#[test]
fn a_commitment_opens_to_its_own_salt_field_and_value_alone() {
    let salt = [7; 32];
    let commitment = commit(&salt, "caller", b"+49 30 1234");
    let by_hand = hmac_sha256(&salt, &[&[0, 0, 0, 6], b"caller+49 30 1234"]);
    assert_eq!(commitment, by_hand, "the documented form");
    assert!(opens(&commitment, &salt, "caller", b"+49 30 1234"));
    assert!(!opens(&commitment, &[8; 32], "caller", b"+49 30 1234"));
    assert!(!opens(&commitment, &salt, "callee", b"+49 30 1234"));
    assert!(!opens(&commitment, &salt, "caller", b"+49 30 1235"));
    assert!(!opens(&commitment, &salt, "calle", b"r+49 30 1234"), "field and value don't flow together");
}

#[test]
fn comparison_tells_lengths_and_values_apart() {
    assert!(equal_in_constant_time(b"abc", b"abc"));
    assert!(!equal_in_constant_time(b"abc", b"abd"));
    assert!(!equal_in_constant_time(b"abc", b"ab"));
}

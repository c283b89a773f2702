//! The key hierarchy: what unwraps, and what is told when it doesn't.

use soundkeep_crypto::keys::{KeyError, OrganisationKey, VersionKey, WRAPPED_KEY_BYTES, wrapping_key_id};
use soundkeep_crypto::sealed::{open_whole, seal_whole};

use crate::{NoEntropy, SeededEntropy};

const CONTEXT: &[u8] = b"organisation|recording|1";

#[test]
fn an_unwrapped_key_opens_what_the_wrapped_one_sealed() {
    let entropy = SeededEntropy::default();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let version = VersionKey::generate(&entropy).unwrap();
    let wrapped = organisation.wrap(CONTEXT, &version, &entropy).unwrap();
    assert_eq!(wrapped.len(), WRAPPED_KEY_BYTES);
    let sealed = seal_whole(&version.object_key("peaks", b"1").unwrap(), b"", b"peaks", &entropy).unwrap();
    let again = organisation.unwrap(CONTEXT, &wrapped).unwrap().object_key("peaks", b"1").unwrap();
    assert_eq!(open_whole(&again, b"", sealed).unwrap(), b"peaks");
}

#[test]
fn every_flipped_bit_of_a_wrapped_key_is_detected() {
    let entropy = SeededEntropy::default();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let wrapped = organisation.wrap(CONTEXT, &VersionKey::generate(&entropy).unwrap(), &entropy).unwrap();
    for bit in 0..wrapped.len() * 8 {
        let mut flipped = wrapped.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(organisation.unwrap(CONTEXT, &flipped).is_err(), "bit {bit}");
    }
    for len in 0..wrapped.len() {
        assert!(matches!(organisation.unwrap(CONTEXT, &wrapped[..len]), Err(KeyError::DamagedKey)), "cut to {len}");
    }
    assert!(organisation.unwrap(CONTEXT, &[wrapped.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn another_recording_does_not_get_the_key() {
    let entropy = SeededEntropy::default();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let wrapped = organisation.wrap(CONTEXT, &VersionKey::generate(&entropy).unwrap(), &entropy).unwrap();
    assert!(matches!(organisation.unwrap(b"organisation|recording|2", &wrapped), Err(KeyError::DamagedKey)));
}

#[test]
fn another_organisation_is_told_apart_from_damage() {
    let entropy = SeededEntropy::default();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let other = OrganisationKey::generate(&entropy).unwrap();
    let wrapped = organisation.wrap(CONTEXT, &VersionKey::generate(&entropy).unwrap(), &entropy).unwrap();
    assert!(matches!(other.unwrap(CONTEXT, &wrapped), Err(KeyError::WrongWrappingKey)));
    let others = other.wrap(CONTEXT, &VersionKey::generate(&entropy).unwrap(), &entropy).unwrap();
    assert_ne!(wrapping_key_id(&wrapped).unwrap(), wrapping_key_id(&others).unwrap());
}

#[test]
fn wrapping_twice_never_gives_the_same_bytes() {
    let entropy = SeededEntropy::default();
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let version = VersionKey::generate(&entropy).unwrap();
    assert_ne!(
        organisation.wrap(CONTEXT, &version, &entropy).unwrap(),
        organisation.wrap(CONTEXT, &version, &entropy).unwrap()
    );
}

#[test]
fn each_kind_and_each_object_has_a_key_of_its_own() {
    let version = VersionKey::generate(&SeededEntropy::default()).unwrap();
    let organisation = OrganisationKey::generate(&SeededEntropy::default()).unwrap();
    let mut ids: Vec<_> = [("a", &b"bc"[..]), ("ab", b"c"), ("abc", b""), ("", b"abc"), ("a", b"bd")]
        .iter()
        .map(|(kind, id)| version.object_key(kind, id).unwrap().id().to_string())
        .collect();
    // Made of the same bytes: a version's key and an organisation's key with equal bytes derive alike, which the random
    // making of both never lets happen.
    assert_eq!(organisation.object_key("a", b"bc").unwrap().id().to_string(), ids[0]);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn keys_do_not_show_in_debug() {
    let version = VersionKey::generate(&SeededEntropy::default()).unwrap();
    assert_eq!(format!("{version:?}"), "VersionKey(..)");
    assert_eq!(format!("{:?}", version.object_key("a", b"").unwrap()), "ObjectKey(..)");
    assert_eq!(format!("{:?}", OrganisationKey::generate(&SeededEntropy::default()).unwrap()), "OrganisationKey(..)");
}

#[test]
fn no_key_is_made_without_random_bytes() {
    assert!(matches!(VersionKey::generate(&NoEntropy), Err(KeyError::Entropy(_))));
    assert!(matches!(OrganisationKey::generate(&NoEntropy), Err(KeyError::Entropy(_))));
    let organisation = OrganisationKey::generate(&SeededEntropy::default()).unwrap();
    let version = VersionKey::generate(&SeededEntropy::default()).unwrap();
    assert!(matches!(organisation.wrap(CONTEXT, &version, &NoEntropy), Err(KeyError::Entropy(_))));
}

//! Whatever bytes come, reading them ends in an answer.
//!
//! It must not expect a particular answer.

use proptest::prelude::*;
use soundkeep_ledger::{Checkpoint, EntryProof, Event, VerifierKey, verify_bundle};

use crate::support::Log;

/// Text that is nearly a note, a key or a line.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\n\n".to_owned()),
        Just("\u{2014} ".to_owned()),
        Just("+".to_owned()),
        Just("vault.example/organisation/acme".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("{\"i\":".to_owned()),
        Just("{\"checkpoint\":\"".to_owned()),
        Just("\"}".to_owned()),
        Just("AAAA".to_owned()),
        Just(" ".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in nearly()) {
        let log = Log::of(1);
        let _ = VerifierKey::parse(&text);
        let _ = Checkpoint::parse_text(&text);
        let _ = Checkpoint::verify(&text, &log.signer.key);
        let _ = Event::parse(&text);
        let _ = EntryProof::from_json(&text);
        prop_assert!(verify_bundle(text.as_bytes(), &log.vkey(), &[]).is_err());
        prop_assert!(verify_bundle(&*log.bundle(1), &log.vkey(), &[text]).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(verify_bundle(&*bytes, &Log::of(0).vkey(), &[]).is_err());
    }

    #[test]
    fn arbitrary_bytes_within_a_bundle_never_panic(
        place in any::<prop::sample::Index>(), length in 0..40_usize, bytes in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let log = Log::of(6);
        let mut bundle = log.sealed(2);
        let whole = bundle.clone();
        let start = place.index(bundle.len());
        let end = (start + length).min(bundle.len());
        bundle.splice(start..end, bytes);
        let verified = verify_bundle(&*bundle, &log.vkey(), &[]);
        // Cutting the seal off at a line's end leaves a bundle that is whole, only without a seal.
        let unsealed = verified.as_ref().is_ok_and(|report| !report.sealed) && whole.starts_with(&bundle);
        prop_assert!(bundle == whole || verified.is_err() || unsealed);
    }
}

//! The ledger as it comes from outside: notes, checkpoints, proofs, exports and the JSON that they are made of.

use crate::{take, take_u64};
use serde_json::{Value, json};
use soundkeep_crypto::signing::SigningKey;
use soundkeep_ledger::canonical::{self, CanonicalError};
use soundkeep_ledger::{
    BundleWriter, Checkpoint, EntryProof, Event, Extent, Frontier, Hash, Header, Openings, Report, Salt, VerifierKey,
    leaf_hash, verify_bundle, verify_consistency, verify_extent, verify_inclusion,
};
use std::sync::OnceLock;

/// The name of the log that is fuzzed.
pub const ORIGIN: &str = "vault.example.org/fuzz";

/// The key that signs the log, and its public half.
///
/// # Panics
/// When the signature library doesn't work.
pub fn key() -> &'static (SigningKey, VerifierKey) {
    static KEY: OnceLock<(SigningKey, VerifierKey)> = OnceLock::new();
    KEY.get_or_init(|| {
        let signing = SigningKey::from_seed(&[7; 32]).expect("a seed is a key");
        let public = VerifierKey::new(ORIGIN, signing.public_key()).expect("a key with a name");
        (signing, public)
    })
}

/// Canonical JSON and events: what is printed reads back, and has one form.
///
/// # Panics
/// When something doesn't hold.
pub fn canonical(bytes: &[u8]) {
    if let Ok(value) = canonical::parse(bytes) {
        assert_eq!(canonical::to_string(&value).expect("it was canonical").as_bytes(), bytes);
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        assert_eq!(canonical::parse(bytes), Err(CanonicalError::Syntax));
        return;
    };
    let Ok(text) = canonical::to_string(&value) else {
        return;
    };
    assert_eq!(canonical::parse(text.as_bytes()).as_ref(), Ok(&value), "the canonical text is the value");
    if let Ok(event) = Event::from_value(value.clone()) {
        assert_eq!(Event::parse(&text).as_ref(), Ok(&event));
        concealed(value);
    }
}

/// A committed member opens with its salt, and with no other value.
fn concealed(mut value: Value) {
    let Ok(openings) =
        soundkeep_ledger::commitment::conceal(&mut value, &["/actor", "/id"], || Salt::from_bytes([3; 32]))
    else {
        return;
    };
    for (path, mut opening) in openings {
        assert_eq!(soundkeep_ledger::commitment::check_opening_in(&value, &path, &opening), Ok(()));
        opening.value = json!({ "not": opening.value });
        assert!(soundkeep_ledger::commitment::check_opening_in(&value, &path, &opening).is_err());
    }
}

/// Verifier keys, signed notes and checkpoints.
///
/// # Panics
/// When something doesn't hold.
pub fn note(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(parsed) = VerifierKey::parse(text) {
        assert_eq!(parsed.to_string(), text, "a key has one text");
    }
    let (signing, public) = key();
    if let Ok(signed) = public.open(text) {
        let note = public.sign_note(signed, |message| signing.sign(message)).expect("it was signed before");
        assert_eq!(public.open(&note), Ok(signed));
    }
    let Ok(checkpoint) = Checkpoint::parse_text(text) else {
        assert!(Checkpoint::verify(text, public).is_err() || text.contains("\n\n"));
        return;
    };
    assert_eq!(checkpoint.text(), text, "a checkpoint has one text");
    let Ok(made) = Checkpoint::new(checkpoint.origin(), checkpoint.size(), *checkpoint.root(), checkpoint.at()) else {
        panic!("what was read can be made: {text:?}");
    };
    assert_eq!(made.text(), Checkpoint::parse_text(&made.text()).expect("what was made can be read").text());
    // Whatever is signed as a checkpoint is read as that checkpoint.
    if checkpoint.origin() == ORIGIN
        && let Ok(note) = checkpoint.sign(public, |message| signing.sign(message))
    {
        assert_eq!(Checkpoint::verify(&note, public).as_ref(), Ok(&checkpoint));
    }
}

/// The proof of an entry, as it goes out with a recording.
///
/// # Panics
/// When something doesn't hold.
pub fn proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(proof) = EntryProof::from_json(text) else {
        return;
    };
    let again = proof.to_json().expect("it was canonical");
    assert_eq!(EntryProof::from_json(&again).as_ref(), Ok(&proof), "a proof reads back as it was written");
    let Ok((event, checkpoint)) = proof.verify(&key().1.to_string()) else {
        return;
    };
    assert!(proof.index < checkpoint.size());
    assert_eq!(event.leaf_hash(), leaf_hash(proof.leaf.as_bytes()));
    let changed = proof.leaf.replace("\"v\":1", "\"v\":2");
    if changed != proof.leaf {
        let proof = EntryProof::new(proof.index, changed, proof.openings, proof.proof, proof.checkpoint);
        assert!(proof.verify(&key().1.to_string()).is_err(), "another event isn't proven");
    }
}

/// Frontiers as they are stored, and proofs of numbers and hashes that fit nothing.
///
/// # Panics
/// When something doesn't hold.
pub fn tree(bytes: &[u8]) {
    if let Ok(mut frontier) = Frontier::from_bytes(bytes) {
        assert_eq!(frontier.to_bytes(), bytes, "a frontier has one form");
        let json = serde_json::to_string(&frontier).expect("a frontier is JSON");
        assert_eq!(serde_json::from_str::<Frontier>(&json).expect("which reads back"), frontier);
        let size = frontier.size();
        if let Ok(stored) = frontier.append_entry(bytes) {
            assert_eq!(frontier.size(), size + 1);
            assert_eq!(frontier.peaks().len(), Frontier::positions(size + 1).len());
            assert_eq!(stored.len() as u64, u64::from(size.trailing_ones()) + 1);
        }
    }
    let mut rest = bytes;
    let (one, other) = (take_u64(&mut rest), take_u64(&mut rest));
    let (root, leaf) = (Hash::from_bytes(take(&mut rest)), Hash::from_bytes(take(&mut rest)));
    let hashes: Vec<Hash> = rest.chunks_exact(Hash::BYTES).filter_map(Hash::from_slice).collect();
    // Nobody finds the roots of what isn't there; but a tree of one leaf is that leaf.
    if verify_inclusion(&leaf, one, other, &hashes, &root).is_ok() {
        assert!(one == 0 && other == 1 && hashes.is_empty() && leaf == root);
    }
    if verify_consistency(one, &leaf, other, &root, &hashes).is_ok() {
        assert!(hashes.is_empty() && ((one == other && leaf == root) || one == 0));
    }
}

/// An export, line by line. None that wasn't signed verifies.
///
/// # Panics
/// When something doesn't hold.
pub fn bundle(bytes: &[u8]) {
    let verifier = key().1.to_string();
    let newest = verify_bundle(bytes, &verifier, &[]);
    let part = verify_extent(bytes, &verifier, &[], Extent::Part);
    assert_eq!(newest.is_ok(), part.is_ok(), "without checkpoints from outside both ask for the same");
    match newest {
        Ok(report) => {
            assert_eq!(report.entries, report.until_index - report.from_index);
            assert!(report.checkpoints_matched > 0 || report.entries == 0, "what counts is signed");
        }
        Err(finding) => assert!(!finding.to_string().is_empty()),
    }
}

/// Makes a log of what the bytes say, exports it, and changes a byte of the export.
///
/// # Panics
/// When something doesn't hold.
pub fn history(bytes: &[u8]) {
    let mut rest = bytes;
    let [count, place, bit, sealed] = take(&mut rest);
    let place = u64::from(place) << 8 | u64::from(take::<1>(&mut rest)[0]);
    let words: Vec<String> = rest.chunks(16).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
    let export = export(usize::from(count % 8), &words, sealed & 1 == 1);
    let verifier = key().1.to_string();
    let check = |bundle: &[u8]| -> Option<Report> { verify_bundle(bundle, &verifier, &[]).ok() };
    let report = check(&export).expect("an untouched export verifies");
    assert_eq!(report.sealed, sealed & 1 == 1);

    let at = usize::try_from(place % export.len() as u64).expect("below a length");
    let mut changed = export.clone();
    if let Some(byte) = changed.get_mut(at) {
        *byte ^= 1 << (bit % 8);
    }
    let Some(after) = check(&changed) else {
        return;
    };
    // Only what a seal covers is proven byte by byte; of an unsealed export the entries and their root are.
    assert!(!after.sealed, "a changed byte of a sealed export is detected");
    assert_eq!((after.root, after.until_index), (report.root, report.until_index), "the entries are proven");
}

/// An export of `count` entries that say these words, as a file.
///
/// # Panics
/// When it can't be made.
#[must_use]
pub fn export(count: usize, words: &[String], is_sealed: bool) -> Vec<u8> {
    let (signing, public) = key();
    let sign = |message: &[u8]| signing.sign(message);
    let mut frontier = Frontier::new();
    let header = Header::new(ORIGIN, Some("0190a1b2-0000-7000-8000-000000000000"), 1_763_761_200_000_000, count as u64);
    let mut writer = BundleWriter::start(Vec::new(), &header).expect("a sound header");
    for index in 0..count {
        let word = words.get(index).map_or("nothing", String::as_str);
        let leaf = canonical::to_string(
            &json!({ "v": 1, "id": index.to_string(), "kind": "fuzz", "at": index, "said": word }),
        );
        let leaf = leaf.expect("words and numbers have a canonical form");
        frontier.append_entry(leaf.as_bytes()).expect("a small tree");
        writer.entry(index as u64, &leaf, leaf_hash(leaf.as_bytes()), &Openings::new()).expect("an entry");
    }
    if count > 0 {
        let checkpoint = Checkpoint::new(ORIGIN, count as u64, frontier.root(), Some(1)).expect("a checkpoint");
        writer.checkpoint(&checkpoint.sign(public, sign).expect("a signature")).expect("its place");
    }
    if is_sealed { writer.finish_sealed(public, sign).expect("a seal") } else { writer.finish().expect("an end") }
}

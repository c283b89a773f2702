//! Bundles and single proofs that are whole, and what the report says of them.
//!
//! It must not tamper: that is next door.

use soundkeep_ledger::bundle::WriteError;
use soundkeep_ledger::{
    BundleWriter, EntryProof, Extent, Finding, Hash, Header, Openings, verify_bundle, verify_extent,
};

use crate::support::{Log, ORIGIN, Parts};

#[test]
fn a_whole_bundle_is_verified_and_counted() {
    let log = Log::of(57);
    let published = vec![log.checkpoint(57), log.checkpoint(0), log.checkpoint(13), log.checkpoint(13)];
    let report = verify_bundle(&*log.bundle(10), &log.vkey(), &published).unwrap();
    assert_eq!((report.from_index, report.until_index, report.entries), (0, 57, 57));
    assert_eq!((report.checkpoints_matched, report.published_matched, report.published_size), (6, 3, Some(57)));
    assert_eq!((report.openings_verified, report.commitments_closed), (57 + 19, 0));
    assert_eq!((report.first_at, report.last_at), (Some(1_700_000_000_000_000), Some(1_700_000_000_000_056)));
    assert_eq!((report.origin.as_str(), report.root, report.sealed), (ORIGIN, log.root(57), false));
    assert_eq!(report.checkpoint_at, Some(1_700_000_000_000_057));
}

#[test]
fn a_sealed_bundle_says_so() {
    let log = Log::of(5);
    assert!(verify_bundle(&*log.sealed(2), &log.vkey(), &[]).unwrap().sealed);
}

#[test]
fn an_empty_log_is_verified() {
    let log = Log::of(0);
    let report = verify_bundle(&*log.bundle(1), &log.vkey(), &[]).unwrap();
    assert_eq!((report.entries, report.first_at), (0, None));
}

#[test]
fn a_forgotten_person_leaves_the_tree_whole() {
    let mut log = Log::of(9);
    for (_, openings) in &mut log.entries {
        openings.remove("/actor/name");
    }
    let report = verify_bundle(&*log.bundle(4), &log.vkey(), &[log.checkpoint(9)]).unwrap();
    assert_eq!((report.openings_verified, report.commitments_closed), (3, 9));
}

#[test]
fn a_later_start_is_bound_to_older_checkpoints_by_proofs() {
    let log = Log::of(50);
    for from in [1, 2, 7, 32, 49] {
        let bundle = log.write(from, 50, 8).finish().unwrap();
        let published: Vec<String> = (0..=50).map(|size| log.checkpoint(size)).collect();
        let report = verify_bundle(&*bundle, &log.vkey(), &published).unwrap();
        assert_eq!((report.from_index, report.entries), (from, 50 - from));
        assert_eq!((report.published_matched, report.published_untouched), (51, 0));
    }
}

#[test]
fn a_part_needs_not_reach_the_newest_checkpoint() {
    let log = Log::of(50);
    let bundle = log.write(10, 30, 8).finish().unwrap();
    let published = [log.checkpoint(20), log.checkpoint(40), log.checkpoint(50)];
    let report = verify_extent(&*bundle, &log.vkey(), &published, Extent::Part).unwrap();
    assert_eq!((report.published_matched, report.published_untouched), (1, 2));
    let finding = verify_bundle(&*bundle, &log.vkey(), &published).unwrap_err();
    assert_eq!(finding.entries(), Some(30..=49));
    assert_eq!(
        finding.to_string(),
        "entries 30 to 49 are missing at the end: 30 of 50 are there, as the newest checkpoint published outside says"
    );
}

#[test]
fn a_checkpoint_published_outside_covers_the_end_as_well() {
    let log = Log::of(12);
    let mut parts = Parts::of(&log.bundle(5));
    parts.lines.pop();
    assert_eq!(verify_bundle(&*parts.bytes(), &log.vkey(), &[]), Err(Finding::Unsigned { first: 10, last: 11 }));
    assert!(verify_bundle(&*parts.bytes(), &log.vkey(), &[log.checkpoint(12)]).is_ok());
}

#[test]
fn the_same_content_is_the_same_file() {
    let (log, again) = (Log::of(20), Log::of(20));
    assert_eq!(log.sealed(3), again.sealed(3));
}

#[test]
fn the_writer_keeps_the_order() {
    let log = Log::of(4);
    let header = log.header(0, 3);
    let mut writer = BundleWriter::start(Vec::new(), &header).unwrap();
    let none = Openings::new();
    assert!(matches!(writer.checkpoint(&log.checkpoint(1)), Err(WriteError::Checkpoint { next: 0 })));
    assert!(matches!(writer.checkpoint("no note"), Err(WriteError::Checkpoint { next: 0 })));
    writer.entry(0, "{}", log.leaf_hash(0), &none).unwrap();
    assert!(matches!(
        writer.entry(0, "{}", log.leaf_hash(0), &none),
        Err(WriteError::Order { index: 0, next: 1, until: 3 })
    ));
    assert!(matches!(
        writer.entry(3, "{}", log.leaf_hash(0), &none),
        Err(WriteError::Order { index: 3, next: 1, until: 3 })
    ));
    writer.entry(2, "{}", log.leaf_hash(0), &none).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::Unsigned)));
    let writer = BundleWriter::start(Vec::new(), &header).unwrap();
    assert!(matches!(writer.finish(), Err(WriteError::End { next: 0, until: 3 })));
    let contradicting = Header { from_index: 2, ..header };
    assert!(matches!(BundleWriter::start(Vec::new(), &contradicting), Err(WriteError::Header)));
}

#[test]
fn a_single_entry_is_proven_and_any_change_to_its_proof_is_refused() {
    let log = Log::of(23);
    let (leaf, openings) = log.entries[9].clone();
    let proof = EntryProof::new(9, leaf, openings, log.inclusion(9, 23), log.checkpoint(23));
    let document = proof.to_json().unwrap();
    let read = EntryProof::from_json(&document).unwrap();
    assert_eq!(read, proof);
    assert!(EntryProof::from_json(&document.replace("soundkeep-proof-1", "soundkeep-proof-2")).is_err());
    let (event, checkpoint) = read.verify(&log.vkey()).unwrap();
    assert_eq!((event.id(), checkpoint.size()), ("event-9", 23));

    let mut other = proof.clone();
    other.index = 8;
    assert!(other.verify(&log.vkey()).is_err());
    let mut other = proof.clone();
    other.leaf = log.entries[8].0.clone();
    assert!(other.verify(&log.vkey()).is_err());
    let mut other = proof.clone();
    other.proof[0] = Hash::of(&[]);
    assert!(other.verify(&log.vkey()).is_err());
    let mut other = proof.clone();
    other.openings.get_mut("/actor/name").unwrap().value = "Eve".into();
    assert!(other.verify(&log.vkey()).is_err());
    let mut other = proof.clone();
    other.checkpoint = log.checkpoint(22);
    assert!(other.verify(&log.vkey()).is_err());
    let stranger = crate::support::Signer::new(ORIGIN, 8);
    assert!(proof.verify(&stranger.key.to_string()).is_err());
}

//! Somebody tampers with a bundle: it is always noticed, and the entry is named as closely as can be.
//!
//! It must not accept "something is wrong" where the entry can be known.

use serde_json::{Value, json};
use soundkeep_ledger::bundle::Prefix;
use soundkeep_ledger::{Extent, Finding, Report, verify_bundle, verify_extent};

use crate::support::{Log, Parts, Signer, event};

pub(crate) const SIZE: u64 = 40;
pub(crate) const EVERY: u64 = 8;

pub(crate) fn verify(log: &Log, parts: &Parts) -> Result<Report, Finding> {
    verify_bundle(&*parts.bytes(), &log.vkey(), &[])
}

fn bundle() -> (Log, Parts) {
    let log = Log::of(SIZE as usize);
    let parts = Parts::of(&log.bundle(EVERY));
    (log, parts)
}

/// The entries between the checkpoints around an index: the closest that a careful forger leaves.
fn interval(index: u64) -> std::ops::RangeInclusive<u64> {
    index / EVERY * EVERY..=index / EVERY * EVERY + EVERY - 1
}

pub(crate) fn altered(leaf: &Value) -> Value {
    json!(leaf.as_str().unwrap().replace("\"allowed\"", "\"refused\""))
}

#[test]
fn a_changed_entry_is_named() {
    for index in 0..SIZE {
        let (log, mut parts) = bundle();
        let line = parts.line_of(index);
        parts.lines[line]["leaf"] = altered(&parts.lines[line]["leaf"]);
        let finding = verify(&log, &parts).unwrap_err();
        assert_eq!(finding, Finding::Changed { index });
        assert_eq!(finding.to_string(), format!("entry {index} was changed: it doesn't fit its hash"));
    }
}

#[test]
fn a_changed_entry_with_a_fitting_hash_is_narrowed_to_its_checkpoint() {
    for index in 0..SIZE {
        let (log, parts) = bundle();
        let mut entries = parts.entries();
        entries[index as usize]["leaf"] = altered(&entries[index as usize]["leaf"]);
        let finding = verify(&log, &parts.repaired(entries)).unwrap_err();
        assert_eq!(finding.entries(), Some(interval(index)));
        assert!(matches!(finding, Finding::Root { published: false, .. }));
    }
}

#[test]
fn a_changed_entry_with_its_own_checkpoint_is_named_even_when_its_hash_fits() {
    let log = Log::of(9);
    let parts = Parts::of(&log.bundle(1));
    let mut entries = parts.entries();
    entries[4]["leaf"] = altered(&entries[4]["leaf"]);
    let finding = verify(&log, &parts.repaired(entries)).unwrap_err();
    assert_eq!(finding.entries(), Some(4..=4));
    assert_eq!(
        finding.to_string(),
        "the entries don't lead to the checkpoint of 5 entries: entry 4 was (or, if the signing key was misused, \
         something from entry 0 on was) changed, removed, inserted or moved"
    );
}

#[test]
fn a_removed_entry_is_named() {
    for index in 0..SIZE - 1 {
        let (log, mut parts) = bundle();
        parts.lines.remove(parts.line_of(index));
        let finding = verify(&log, &parts).unwrap_err();
        assert_eq!(finding, Finding::Missing { first: index, last: index });
        let sentence = format!("entry {index} is missing: after that comes entry {}", index + 1);
        assert_eq!(finding.to_string(), sentence);
    }
}

#[test]
fn a_removed_entry_before_a_checkpoint_is_narrowed_when_the_later_ones_are_renumbered() {
    let (log, mut parts) = bundle();
    parts.lines.remove(parts.line_of(10));
    for line in &mut parts.lines {
        if let Some(index) = line["i"].as_u64().filter(|index| *index > 10) {
            line["i"] = json!(index - 1);
        }
    }
    let finding = verify(&log, &parts).unwrap_err();
    assert_eq!(finding, Finding::Displaced { size: 16, found: 15, first: 8 });
    assert_eq!(
        finding.to_string(),
        "the checkpoint of 16 entries stands after 15: 1 removed from entries 8 to 15, or its line was moved"
    );
}

#[test]
fn several_removed_entries_are_named() {
    let (log, mut parts) = bundle();
    let first = parts.line_of(17);
    parts.lines.drain(first..first + 3);
    let finding = verify(&log, &parts).unwrap_err();
    assert_eq!(finding, Finding::Missing { first: 17, last: 19 });
    assert_eq!(finding.to_string(), "entries 17 to 19 are missing: after that comes entry 20");
}

#[test]
fn a_removed_and_renumbered_entry_is_narrowed_to_its_checkpoint() {
    for index in 0..SIZE {
        let (log, parts) = bundle();
        let mut entries = parts.entries();
        entries.remove(index as usize);
        let finding = verify(&log, &parts.repaired(entries)).unwrap_err();
        // In the last interval no checkpoint of the bundle fits any longer.
        let expected = if index >= SIZE - EVERY { SIZE - EVERY..=SIZE - 2 } else { interval(index) };
        assert_eq!(finding.entries(), Some(expected));
    }
}

#[test]
fn an_inserted_entry_is_named_or_narrowed() {
    for index in 0..SIZE {
        let (log, parts) = bundle();
        let mut inserted = parts.lines[parts.line_of(index)].clone();
        inserted["leaf"] = json!(event(500, "role_change").0);
        inserted.as_object_mut().unwrap().remove("openings");
        inserted["h"] = json!(soundkeep_ledger::leaf_hash(inserted["leaf"].as_str().unwrap().as_bytes()));
        let mut plain = parts.clone();
        plain.lines.insert(parts.line_of(index), inserted.clone());
        let finding = verify(&log, &plain).unwrap_err();
        assert!(matches!(finding, Finding::Repeated { index: named, .. } if named == index));

        let mut entries = parts.entries();
        entries.insert(index as usize, inserted);
        let finding = verify(&log, &parts.repaired(entries)).unwrap_err();
        assert_eq!(finding.entries(), Some(interval(index)));
    }
}

#[test]
fn a_repeated_entry_is_named() {
    let (log, mut parts) = bundle();
    let line = parts.line_of(20);
    parts.lines.insert(line + 3, parts.lines[line].clone());
    assert!(matches!(verify(&log, &parts), Err(Finding::Repeated { index: 20, .. })));
}

#[test]
fn swapped_entries_are_named_or_narrowed() {
    for (one, other) in [(16, 17), (17, 22), (3, 39), (0, 1)] {
        let (log, mut parts) = bundle();
        let (left, right) = (parts.line_of(one), parts.line_of(other));
        let mut entries = parts.entries();
        parts.lines.swap(left, right);
        assert!(matches!(verify(&log, &parts), Err(Finding::Moved { index, .. }) if index == one));
        entries.swap(one as usize, other as usize);
        assert_eq!(verify(&log, &parts.repaired(entries)).unwrap_err().entries(), Some(interval(one)));
    }
}

#[test]
fn a_cut_off_end_is_counted() {
    for left in 0..SIZE {
        let (log, parts) = bundle();
        let mut cut = parts.clone();
        cut.lines.truncate(parts.line_of(left));
        let finding = verify(&log, &cut).unwrap_err();
        assert_eq!(finding.entries(), Some(left..=SIZE - 1));

        // The header is made to fit: then only what was published outside tells.
        let entries = parts.entries()[..left as usize].to_vec();
        let repaired = parts.repaired(entries);
        let published = [log.checkpoint(SIZE)];
        let finding = verify_bundle(&*repaired.bytes(), &log.vkey(), &published).unwrap_err();
        assert!(matches!(finding, Finding::CutOff { have, wanted: SIZE, .. } if have == left));
        assert_eq!(verify(&log, &repaired).is_ok(), left % EVERY == 0);
    }
}

#[test]
fn a_file_cut_in_the_middle_of_a_line_is_counted() {
    let (log, parts) = bundle();
    let bytes = parts.bytes();
    let lengths: usize = parts.lines[..5].iter().map(|line| line.to_string().len() + 1).sum();
    let header = parts.header.to_string().len() + 1;
    let finding = verify_bundle(&bytes[..header + lengths + 10], &log.vkey(), &[]).unwrap_err();
    assert_eq!(finding.entries(), Some(5..=SIZE - 1));
    assert!(matches!(
        verify_bundle(&bytes[..bytes.len() - 1], &log.vkey(), &[]),
        Err(Finding::Line { index: SIZE, .. })
    ));
}

#[test]
fn entries_beyond_the_header_are_named() {
    let (log, mut parts) = bundle();
    let mut more = parts.lines[0].clone();
    more["i"] = json!(SIZE);
    parts.lines.push(more);
    assert_eq!(verify(&log, &parts), Err(Finding::Surplus { index: SIZE, until: SIZE }));
}

#[test]
fn an_altered_opening_is_named() {
    let (log, parts) = bundle();
    for alteration in 0..3 {
        let mut parts = parts.clone();
        let line = parts.line_of(12);
        let openings = &mut parts.lines[line]["openings"];
        let path = match alteration {
            0 => {
                openings["/actor/name"]["value"] = json!("Eve");
                "/actor/name"
            }
            1 => {
                openings["/actor/name"]["salt"] = openings["/address"]["salt"].clone();
                "/actor/name"
            }
            _ => {
                openings["/actor/id"] = openings["/address"].clone();
                "/actor/id"
            }
        };
        assert!(matches!(verify(&log, &parts), Err(Finding::Opening { index: 12, path: named, .. }) if named == path));
    }
}

#[test]
fn an_entry_of_another_organisation_is_named() {
    let (log, mut parts) = bundle();
    parts.header["organisation"] = json!("other");
    assert_eq!(verify(&log, &parts), Err(Finding::Organisation { index: 0 }));
}

#[test]
fn a_line_that_is_no_entry_is_named() {
    let (log, parts) = bundle();
    for line in [json!({}), json!({"i": 5}), json!([1]), json!({"checkpoint": "x", "i": 5}), json!({"seal": 1})] {
        let mut parts = parts.clone();
        parts.lines[5] = line;
        assert!(matches!(verify(&log, &parts), Err(Finding::Line { line: 7, index: 5, .. })));
    }
    let mut extra = parts.clone();
    extra.lines[5]["note"] = json!("more");
    assert!(matches!(verify(&log, &extra), Err(Finding::Line { index: 5, .. })));
    let mut foreign = parts;
    let leaf = r#"{"at":1,"id":"x","v":1}"#;
    foreign.lines[5]["leaf"] = json!(leaf);
    foreign.lines[5]["h"] = json!(soundkeep_ledger::leaf_hash(leaf.as_bytes()));
    assert!(matches!(verify(&log, &foreign), Err(Finding::Event { index: 5, .. })));
}

#[test]
fn a_bundle_of_another_log_is_refused() {
    let (log, mut parts) = bundle();
    let other = Signer::new("vault.example/organisation/other", 7);
    assert!(matches!(verify_bundle(&*parts.bytes(), &other.key.to_string(), &[]), Err(Finding::Origin { .. })));
    parts.header["origin"] = json!(other.key.name());
    assert!(matches!(verify(&log, &parts), Err(Finding::Origin { .. })));
    assert!(matches!(
        verify_bundle(&*parts.bytes(), &other.key.to_string(), &[]),
        Err(Finding::Checkpoint { size: EVERY, .. })
    ));
    assert!(matches!(verify_bundle(&*parts.bytes(), "no key", &[]), Err(Finding::Key { .. })));
}

#[test]
fn a_false_beginning_is_found() {
    let log = Log::of(SIZE as usize);
    let honest = Parts::of(&log.write(12, SIZE, EVERY).finish().unwrap());
    let mut parts = honest.clone();
    let mut prefix: Prefix = serde_json::from_value(parts.header["prefix"].clone()).unwrap();
    prefix.peaks[0] = log.root(3);
    parts.header["prefix"] = serde_json::to_value(&prefix).unwrap();
    assert!(matches!(verify(&log, &parts), Err(Finding::Root { size: 16, first: 0, likely_first: 0, last: 15, .. })));
    for size in [5, 12] {
        let finding = verify_bundle(&*parts.bytes(), &log.vkey(), &[log.checkpoint(size)]).unwrap_err();
        assert_eq!(finding, Finding::Prefix { size, from_index: 12 });
    }
    prefix.peaks.pop();
    parts.header["prefix"] = serde_json::to_value(&prefix).unwrap();
    assert!(matches!(verify(&log, &parts), Err(Finding::Header { .. })));
    let mut none = honest;
    none.header.as_object_mut().unwrap().remove("prefix");
    assert!(matches!(verify(&log, &none), Err(Finding::Header { .. })));
}

#[test]
fn a_beginning_that_stands_for_nothing_is_refused() {
    let (log, mut parts) = bundle();
    parts.header["prefix"] = json!({"peaks": []});
    assert!(matches!(verify(&log, &parts), Err(Finding::Header { .. })));
}

#[test]
fn a_proof_to_an_older_checkpoint_narrows_what_comes_after() {
    let log = Log::of(SIZE as usize);
    let mut parts = Parts::of(&log.write(12, SIZE, EVERY).finish().unwrap());
    let line = parts.line_of(13);
    let leaf = altered(&parts.lines[line]["leaf"]);
    parts.lines[line]["h"] = json!(soundkeep_ledger::leaf_hash(leaf.as_str().unwrap().as_bytes()));
    parts.lines[line]["leaf"] = leaf;
    let published = [log.checkpoint(5), log.checkpoint(11)];
    let finding = verify_bundle(&*parts.bytes(), &log.vkey(), &published).unwrap_err();
    let expected = Finding::Root { size: 16, first: 11, likely_first: 11, last: 15, published: false };
    assert_eq!(finding, expected);
}

#[test]
fn an_unproven_beginning_alone_proves_nothing() {
    let log = Log::of(20);
    let mut parts = Parts::of(&log.write(20, 20, 1).finish().err().map_or_else(Vec::new, |_| {
        let mut writer = log.write(20, 20, 1);
        writer.checkpoint(&log.checkpoint(20)).unwrap();
        writer.finish().unwrap()
    }));
    assert_eq!(verify(&log, &parts).unwrap().entries, 0);
    parts.lines.clear();
    assert!(matches!(verify_extent(&*parts.bytes(), &log.vkey(), &[], Extent::Part), Err(Finding::Unsigned { .. })));
}

#[test]
fn a_seal_notices_what_entries_and_checkpoints_do_not() {
    let log = Log::of(10);
    let parts = Parts::of(&log.sealed(5));
    let mut forgotten = parts.clone();
    forgotten.lines[3].as_object_mut().unwrap().remove("openings");
    assert!(matches!(verify(&log, &forgotten), Err(Finding::Seal { .. })));
    let mut dated = parts.clone();
    dated.header["exported_at"] = json!(1);
    assert!(matches!(verify(&log, &dated), Err(Finding::Seal { .. })));
    let mut thinned = parts.clone();
    thinned.lines.remove(5);
    assert!(matches!(verify(&log, &thinned), Err(Finding::Seal { .. })));
    let mut added = parts.clone();
    added.lines.push(json!({"checkpoint": log.checkpoint(10)}));
    assert!(matches!(verify(&log, &added), Err(Finding::Line { .. })));
    let mut removed = parts;
    removed.lines.pop();
    assert!(!verify(&log, &removed).unwrap().sealed);
}

#[test]
fn any_flipped_byte_of_a_sealed_bundle_is_found() {
    let log = Log::of(4);
    let bundle = log.sealed(2);
    for place in 0..bundle.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut flipped = bundle.clone();
            flipped[place] ^= flip;
            assert!(verify_bundle(&*flipped, &log.vkey(), &[]).is_err(), "byte {place} xor {flip}");
        }
    }
}

//! Forgers who know the format, some with a signing key: found, and where they were.
//!
//! It must not accept a range wider than one stretch between checkpoints without a reason.

use proptest::prelude::*;
use serde_json::{Value, json};
use soundkeep_ledger::{Checkpoint, Finding, verify_bundle};

use crate::support::{Log, ORIGIN, Parts, Signer, event};
use crate::tampering::{EVERY, SIZE, altered, verify};

#[test]
fn a_forged_checkpoint_is_refused() {
    let log = Log::of(16);
    let notes = |note: String| {
        let mut parts = Parts::of(&log.bundle(8));
        let line = parts.lines.iter().position(|line| line.get("checkpoint").is_some()).unwrap();
        parts.lines[line] = json!({"checkpoint": note});
        verify(&log, &parts)
    };
    let root = log.root(8);
    assert!(notes(log.checkpoint(8)).is_ok());
    let unsigned = log.checkpoint(8).replace("soundkeep-time 1", "soundkeep-time 2");
    let stranger = Signer::new(ORIGIN, 8).checkpoint(8, root);
    // The same key under another log's name: its signature must not do here.
    let elsewhere = Signer::new("vault.example/organisation/other", 7).checkpoint(8, root);
    let renamed = elsewhere.replace("\u{2014} vault.example/organisation/other", &format!("\u{2014} {ORIGIN}"));
    // Text of another log, signed with the very key and name of this one.
    let other = Checkpoint::new("vault.example/organisation/other", 8, root, None).unwrap();
    let foreign = log.signer.key.sign_note(&other.text(), |text| log.signer.sign(text)).unwrap();
    for note in [unsigned, stranger, elsewhere, renamed, foreign] {
        let finding = notes(note.clone()).unwrap_err();
        assert!(matches!(finding, Finding::Checkpoint { line: 10, size: 8, .. }), "{finding}");
        let finding = verify_bundle(&*log.bundle(8), &log.vkey(), &[log.checkpoint(3), note]).unwrap_err();
        assert!(matches!(finding, Finding::Trusted { number: 1, .. }), "{finding}");
    }
    assert!(matches!(notes(log.checkpoint(7)), Err(Finding::Displaced { size: 7, found: 8, first: 0 })));
}

#[test]
fn history_rewritten_with_the_signing_key_is_found_by_what_was_published() {
    let log = Log::of(SIZE as usize);
    let mut entries = log.entries.clone();
    entries[21] = event(21, "role_change");
    let forged = Log::signed_by(Signer::new(ORIGIN, 7), entries);
    let rewritten = forged.bundle(EVERY);
    // By itself it can't be told from the truth.
    assert!(verify_bundle(&*rewritten, &log.vkey(), &[log.checkpoint(16)]).is_ok());
    let published: Vec<String> = [8, 16, 24, 40].into_iter().map(|size| log.checkpoint(size)).collect();
    let finding = verify_bundle(&*rewritten, &log.vkey(), &published).unwrap_err();
    assert_eq!(finding, Finding::Fork { size: 24, first: 16 });
    assert_eq!(finding.entries(), Some(16..=23));
    let published = [log.checkpoint(10), log.checkpoint(30)];
    let finding = verify_bundle(&*rewritten, &log.vkey(), &published).unwrap_err();
    // Checkpoints of the forger don't narrow what is certain, only what is likely.
    assert_eq!(finding, Finding::Root { size: 30, first: 10, likely_first: 24, last: 29, published: true });
    // A signed root that belongs to another size is no second history.
    let mut parts = Parts::of(&rewritten);
    let line = parts.line_of(23) + 1;
    parts.lines[line] = json!({"checkpoint": log.signer.checkpoint(25, forged.root(24))});
    let finding = verify_bundle(&*parts.bytes(), &log.vkey(), &[log.checkpoint(24)]).unwrap_err();
    assert!(matches!(finding, Finding::Root { size: 24, published: true, .. }), "{finding}");
}

#[test]
fn two_published_histories_are_found_even_beside_a_true_bundle() {
    let log = Log::of(9);
    let both = [log.checkpoint(8), log.signer.checkpoint(8, log.root(7))];
    let finding = verify_bundle(&*log.bundle(4), &log.vkey(), &both).unwrap_err();
    assert_eq!(finding, Finding::Fork { size: 8, first: 0 });
}

/// One act of a careful forger upon the entries.
fn forge(entries: &mut Vec<Value>, act: usize, one: usize, other: usize) {
    match act {
        0 => entries[one]["leaf"] = altered(&entries[one]["leaf"]),
        1 => drop(entries.remove(one)),
        2 => entries.insert(one, json!({"leaf": event(700 + other, "role_change").0})),
        3 => entries.swap(one, other),
        4 => entries.insert(other, entries[one].clone()),
        _ => {
            let moved = entries.remove(one);
            entries.insert(other, moved);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_careful_forger_is_always_found_where_he_was(
        size in 2..60_u64, every in 1..12_u64, act in 0..6_usize,
        one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), publish in any::<bool>(),
    ) {
        let log = Log::of(size as usize);
        let parts = Parts::of(&log.bundle(every));
        let before = parts.entries();
        let mut entries = before.clone();
        let (one, other) = (one.index(size as usize), other.index(size as usize));
        forge(&mut entries, act, one, other);
        let leaves = |entries: &[Value]| entries.iter().map(|entry| entry["leaf"].clone()).collect::<Vec<_>>();
        let (before, after) = (leaves(&before), leaves(&entries));
        // A mere cut at a checkpoint is as good as an older bundle, unless something was published.
        prop_assume!(before != after && (publish || !before.starts_with(&after)));
        // The first place where the leaves differ from before is what any checkpoint can see.
        let first = before.iter().zip(&after).position(|(left, right)| left != right).unwrap_or(before.len().min(after.len())) as u64;

        let repaired = parts.repaired(entries);
        let published = if publish { vec![log.checkpoint(size)] } else { Vec::new() };
        let finding = verify_bundle(&*repaired.bytes(), &log.vkey(), &published).unwrap_err();
        let named = finding.entries().unwrap();
        prop_assert!(named.contains(&first), "{} is not in {:?}: {}", first, named, finding);
        // Never wider than one stretch between checkpoints.
        prop_assert!(named.end() - named.start() < every + 1, "{:?}", named);
    }

    #[test]
    fn a_careless_forger_is_named_exactly(
        size in 3..60_u64, every in 1..12_u64, act in 0..4_usize,
        one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let log = Log::of(size as usize);
        let mut parts = Parts::of(&log.bundle(every));
        let (one, other) = (one.index(size as usize) as u64, other.index(size as usize) as u64);
        prop_assume!(one < other);
        let (line, later) = (parts.line_of(one), parts.line_of(other));
        match act {
            0 => parts.lines[line]["leaf"] = altered(&parts.lines[line]["leaf"]),
            1 => drop(parts.lines.remove(line)),
            2 => parts.lines.insert(later, parts.lines[line].clone()),
            _ => parts.lines.swap(line, later),
        }
        let finding = verify_bundle(&*parts.bytes(), &log.vkey(), &[]).unwrap_err();
        prop_assert_eq!(finding.entries(), Some(one..=one), "{}", finding);
    }
}

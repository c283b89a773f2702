//! `soundkeep doctor --deep`: what was changed behind the vault's back is found.

use crate::support::audio::{put, wave};
use crate::support::{Vault, files, ledger};
use std::path::PathBuf;

fn filled() -> (Vault, Vec<PathBuf>) {
    let (vault, folder) = (Vault::new(), tempfile::tempdir().unwrap());
    for seed in 0..3 {
        put(folder.path(), &format!("{seed}.wav"), &wave(seed, 6_000));
    }
    put(folder.path(), "letter.wav", b"dear all");
    vault.import(folder.path(), &[]).well();
    let said = vault.is_whole().out;
    assert!(said.contains("7 objects opened") && said.contains("3 originals"), "{said}");
    let objects = files(&vault.place().join("objects/objects"));
    assert_eq!(objects.len(), 7);
    (vault, objects)
}

#[test]
fn a_flipped_bit_in_any_object_is_found_and_stands_in_the_ledger() {
    let (vault, objects) = filled();
    for object in &objects {
        let good = std::fs::read(object).unwrap();
        let mut bad = good.clone();
        let at = bad.len() * 2 / 3;
        bad[at] ^= 0x10;
        std::fs::write(object, bad).unwrap();
        vault.run(&["doctor", "--deep"]).refused("is damaged or missing");
        std::fs::write(object, good).unwrap();
    }
    vault.is_whole();
    let exported = ledger::export(&vault, &vault.place().join("exported"));
    let text = std::fs::read_to_string(exported).unwrap();
    assert_eq!(text.matches("integrity_failure").count(), objects.len());
}

#[test]
fn a_cut_and_a_missing_object_and_one_in_the_place_of_another_are_found() {
    let (vault, objects) = filled();
    let good: Vec<Vec<u8>> = objects.iter().map(|object| std::fs::read(object).unwrap()).collect();
    let largest = (0..good.len()).max_by_key(|at| good[*at].len()).unwrap();
    let twin = (0..good.len()).find(|at| *at != largest && good[*at].len() == good[largest].len()).unwrap();
    std::fs::write(&objects[largest], &good[largest][..good[largest].len() - 1]).unwrap();
    vault.run(&["doctor", "--deep"]).refused("is damaged or missing");
    std::fs::remove_file(&objects[largest]).unwrap();
    vault.run(&["doctor", "--deep"]).refused("is damaged or missing");
    std::fs::write(&objects[largest], &good[twin]).unwrap();
    vault.run(&["doctor", "--deep"]).refused("is damaged or missing");
    std::fs::write(&objects[largest], &good[largest]).unwrap();
    vault.is_whole();
}

#[test]
fn it_looks_through_a_running_server_too() {
    let (vault, objects) = filled();
    let server = vault.serve(&[]);
    vault.is_whole();
    std::fs::remove_file(&objects[0]).unwrap();
    vault.run(&["doctor", "--deep"]).refused("is damaged or missing");
    server.stop();
}

#[test]
fn objects_that_nothing_refers_to_are_noted_and_old_ones_swept() {
    let (vault, objects) = filled();
    let before_yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 86_400);
    let age = |path: &PathBuf| {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(before_yesterday).unwrap()
    };
    objects.iter().for_each(age);
    // An object under another name, as a crash before the commit leaves it, in the folder where that name belongs.
    let name = objects[0].file_name().unwrap().to_str().unwrap();
    let (organisation, object) = name.split_once('+').unwrap();
    let forged = |digit: char| {
        let stray = format!("{organisation}+{}{digit}", &object[..object.len() - 1]);
        let fan_out = fan_out(&stray.replace('+', "/"));
        put(&vault.place().join("objects/objects"), &format!("{organisation}/{fan_out}/{stray}"), b"sealed")
    };
    let last = object.chars().last().unwrap();
    let mut digits = "0123456789abcdef".chars().filter(|digit| *digit != last);
    let (old, young) = (forged(digits.next().unwrap()), forged(digits.next().unwrap()));
    age(&old);
    let noted = vault.is_whole().out;
    assert!(noted.contains("2 objects that nothing refers to"), "{noted}");
    vault.serve(&[]).stop();
    assert!(!old.exists(), "an old leftover stays");
    assert!(young.exists(), "a young one may belong to a commit that is still to come");
    assert!(vault.is_whole().out.contains("7 objects opened"));
}

/// Where the store puts a name: it is fixed for good.
fn fan_out(name: &str) -> String {
    let hash = name.bytes().fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{:02x}", hash.to_be_bytes().into_iter().fold(0, |folded, byte| folded ^ byte))
}

//! The root key in a file and in the environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use soundkeep_crypto::keys::{
    EnvironmentRootKey, FileRootKey, KeyError, OrganisationKey, RootKeyFinding, RootKeyProvider, check_root_key,
    generate_root_key_text,
};

use crate::{NoEntropy, SeededEntropy};

fn made_in(folder: &Path) -> (FileRootKey, std::path::PathBuf) {
    let path = folder.join("root.key");
    (FileRootKey::create(&path, &SeededEntropy::default()).unwrap(), path)
}

fn key_line(path: &Path) -> String {
    fs::read_to_string(path).unwrap().lines().last().unwrap().to_owned()
}

#[test]
fn the_first_start_makes_a_key_and_the_second_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    let entropy = SeededEntropy::default();
    let (first, findings) = FileRootKey::open_or_create(&path, &entropy).unwrap();
    assert_eq!(findings, [RootKeyFinding::Created]);
    let (second, findings) = FileRootKey::open_or_create(&path, &entropy).unwrap();
    assert!(findings.is_empty());
    assert_eq!(first.id(), second.id());
    let organisation = OrganisationKey::generate(&entropy).unwrap();
    let wrapped = first.wrap(b"organisation", &organisation, &entropy).unwrap();
    let again = second.unwrap(b"organisation", &wrapped).unwrap();
    assert_eq!(again.object_key("a", b"").unwrap().id(), organisation.object_key("a", b"").unwrap().id());
}

#[test]
fn only_the_owner_may_read_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path) = made_in(folder.path());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_looser_mode_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path) = made_in(folder.path());
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(FileRootKey::open(&path).unwrap().1, [RootKeyFinding::LooseMode { mode }]);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(FileRootKey::open(&path).unwrap().1.is_empty());
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path) = made_in(folder.path());
    let before = fs::read(&path).unwrap();
    assert!(matches!(
        FileRootKey::create(&path, &SeededEntropy::default()),
        Err(KeyError::RootKeyFile { action: "make", .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn nothing_is_left_behind_when_no_key_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.key");
    assert!(FileRootKey::open_or_create(&path, &NoEntropy).is_err());
    assert!(!path.exists());
}

#[test]
fn every_mistyped_character_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path) = made_in(folder.path());
    let line = key_line(&path);
    for position in 0..line.len() {
        let mut typed = line.clone().into_bytes();
        typed[position] = if typed[position] == b'0' { b'1' } else { b'0' };
        let typed = String::from_utf8(typed).unwrap();
        assert!(
            matches!(EnvironmentRootKey::parse(&typed), Err(KeyError::MalformedRootKey { .. })),
            "position {position}"
        );
    }
}

#[test]
fn malformed_files_are_refused_and_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (_, path) = made_in(folder.path());
    let line = key_line(&path);
    let cut = &line[..line.len() - 1];
    for text in
        ["", "\n", "# only a remark\n", cut, &format!("{line}\n{line}"), "skr1", "skr1:::", &format!("{line}:0")]
    {
        fs::write(&path, text).unwrap();
        let outcome = FileRootKey::open_or_create(&path, &SeededEntropy::default());
        assert!(matches!(outcome, Err(KeyError::MalformedRootKey { .. })), "{text:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn an_id_that_is_not_of_the_key_is_refused_even_with_a_fitting_checksum() {
    let text = generate_root_key_text(&SeededEntropy::default()).unwrap();
    let (checked, _) = text.rsplit_once(':').unwrap();
    let id = checked.split(':').nth(1).unwrap();
    let with_id = |id: &str| {
        let key = checked.split(':').nth(2).unwrap();
        let checked = format!("skr1:{id}:{key}");
        let checksum = hex::encode(&soundkeep_crypto::digest::sha256(checked.as_bytes())[..4]);
        EnvironmentRootKey::parse(&format!("{checked}:{checksum}"))
    };
    assert!(with_id(id).is_ok(), "the documented form");
    for other in ["", "00000000000000000000000000000000", &id.to_uppercase(), &id[1..]] {
        assert!(matches!(with_id(other), Err(KeyError::MalformedRootKey { .. })), "{other:?}");
    }
}

#[test]
fn an_error_never_shows_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (key, path) = made_in(folder.path());
    let line = key_line(&path);
    let secret = line.split(':').nth(2).unwrap();
    let error = EnvironmentRootKey::parse(&line[..line.len() - 1]).unwrap_err();
    for text in
        [format!("{error} {error:?}"), format!("{key:?}"), format!("{:?}", EnvironmentRootKey::parse(&line).unwrap())]
    {
        assert!(!text.contains(&secret[..8]), "{text}");
    }
}

#[test]
fn the_line_of_the_file_works_in_the_environment_too() {
    let folder = tempfile::tempdir().unwrap();
    let (key, path) = made_in(folder.path());
    assert_eq!(EnvironmentRootKey::parse(&format!("  {}\n", key_line(&path))).unwrap().id(), key.id());
}

#[test]
fn another_root_key_is_told_apart_from_damage() {
    let entropy = SeededEntropy::default();
    let ours = EnvironmentRootKey::parse(&generate_root_key_text(&entropy).unwrap()).unwrap();
    let other = EnvironmentRootKey::parse(&generate_root_key_text(&entropy).unwrap()).unwrap();
    let wrapped = ours.wrap(b"organisation", &OrganisationKey::generate(&entropy).unwrap(), &entropy).unwrap();
    match other.unwrap(b"organisation", &wrapped) {
        Err(KeyError::RootKeyMismatch { expected, found }) => {
            assert_eq!((expected, found), (ours.id(), other.id()))
        }
        outcome => panic!("{outcome:?}"),
    }
    let mut damaged = wrapped.clone();
    damaged[40] ^= 1;
    assert!(matches!(ours.unwrap(b"organisation", &damaged), Err(KeyError::DamagedKey)));
    assert!(matches!(ours.unwrap(b"another", &wrapped), Err(KeyError::DamagedKey)));
    let mismatch = check_root_key(&other, &ours.id()).unwrap_err();
    assert!(mismatch.to_string().starts_with("the root key does not match this vault"));
    assert!(check_root_key(&ours, &ours.id()).is_ok());
}

#[test]
fn a_version_key_does_not_pass_for_an_organisation_key() {
    // A root key and an organisation key with the same bytes: only the level in the associated data keeps them apart.
    let text = generate_root_key_text(&SeededEntropy::default()).unwrap();
    let root = EnvironmentRootKey::parse(&text).unwrap();
    let organisation = OrganisationKey::generate(&SeededEntropy::default()).unwrap();
    let entropy = SeededEntropy::default();
    let version = soundkeep_crypto::keys::VersionKey::generate(&entropy).unwrap();
    let wrapped = organisation.wrap(b"context", &version, &entropy).unwrap();
    assert!(organisation.unwrap(b"context", &wrapped).is_ok());
    assert!(matches!(root.unwrap(b"context", &wrapped), Err(KeyError::DamagedKey)));
}

//! The root key: missing, another one, open to others.

use crate::support::{Vault, run};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_missing_root_key_stops_everything_and_no_new_one_is_made() {
    let vault = Vault::new();
    let key = vault.place().join("root.key");
    let text = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["ledger", "key"], &["doctor"]] {
        vault.run(words).refused("is missing: put it back");
        assert!(!key.exists(), "{words:?}");
    }
    std::fs::write(&key, text).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    vault.is_whole();
}

#[test]
fn the_root_key_of_another_vault_is_refused() {
    let (vault, other) = (Vault::new(), Vault::new());
    std::fs::copy(other.place().join("root.key"), vault.place().join("root.key")).unwrap();
    for words in [&["serve", "--listen", "127.0.0.1:0"][..], &["ledger", "export"], &["doctor"]] {
        let ran = vault.run(words).refused("root key");
        let text = std::fs::read_to_string(other.place().join("root.key")).unwrap();
        let secret = text.lines().last().unwrap();
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "the key is shown");
    }
}

#[test]
fn a_root_key_that_is_no_key_is_refused_without_showing_it() {
    let vault = Vault::new();
    let key = vault.place().join("root.key");
    let text = std::fs::read_to_string(&key).unwrap();
    let line = text.lines().last().unwrap();
    for broken in ["", "nonsense", &line[..line.len() - 2], &format!("{line}\n{line}")] {
        std::fs::write(&key, broken).unwrap();
        let ran = vault.run(&["serve", "--listen", "127.0.0.1:0"]).refused("the root key can't be used");
        assert!(broken.is_empty() || !ran.err.contains(&broken[..broken.len().min(20)]), "{ran:?}");
    }
}

#[test]
fn a_root_key_that_others_can_read_is_remarked() {
    let vault = Vault::new();
    let key = vault.place().join("root.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = vault.serve(&[]).stop();
    assert!(said.contains("can be read or changed by others"), "{said}");
    vault.run(&["doctor"]).refused("chmod 600");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    vault.run(&["doctor"]).well();
}

#[test]
fn the_root_key_may_come_from_the_environment() {
    let vault = Vault::new();
    let path = vault.place().join("root.key");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let line = text.lines().last().unwrap();
    run(vault.command(&["doctor", "--deep"]).env("SOUNDKEEP_ROOT_KEY", line)).well();
    run(vault.command(&["doctor", "--deep"]).env("SOUNDKEEP_ROOT_KEY", "x")).refused("the root key can't be used");
}

#[test]
fn what_a_first_start_makes_is_its_owners_alone() {
    let vault = Vault::new();
    let mode = |name: &str| std::fs::metadata(vault.place().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("root.key"), mode("objects")), (0o700, 0o600, 0o700));
}

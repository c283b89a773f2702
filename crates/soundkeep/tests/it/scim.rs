//! SCIM, held against somebody else's tester: PyPI scim2-tester asks the demo everything that it knows to ask.

use crate::support::Vault;
use std::process::Command;

/// Fails when any check ends in an error, and says which.
const TESTER: &str = include_str!("scim.py");

#[test]
fn somebody_elses_tester_finds_no_error() {
    let python = std::env::var("SOUNDKEEP_TEST_PYTHON")
        .expect("SOUNDKEEP_TEST_PYTHON names a Python with the packages of xtask/requirements.txt: `cargo xtask test` makes one");
    let vault = Vault::none();
    let (server, directory) = vault.demo_with_directory();
    let word = |name: &str| directory[name].as_str().unwrap().to_owned();
    let ran = Command::new(python).args(["-c", TESTER, &word("scim_url"), &word("scim_token")]).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{said}");
    let succeeded = said.lines().last().and_then(|line| line.split(' ').next()?.parse::<u32>().ok());
    assert!(succeeded.is_some_and(|checks| checks > 60), "too few checks succeeded: {said}");
    server.stop();
}

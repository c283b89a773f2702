//! The arrows between rooms run downwards only. The table is that of ARCHITECTURE.md.

use crate::outcome::{Failure, Outcome};
use crate::workspace::{Member, Workspace};

/// Which sisters a crate may know.
enum Sees {
    /// Only these.
    Only(&'static [&'static str]),
    /// Every crate of the house, but no tool around it.
    House,
    /// Everything: it stands outside.
    All,
}

const FLOORS: [(&str, Sees); 16] = [
    ("soundkeep-domain", Sees::Only(&[])),
    ("soundkeep-crypto", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-ledger", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-media", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-federation", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-store", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-blobs", Sees::Only(&["soundkeep-domain"])),
    ("soundkeep-outbound", Sees::Only(&["soundkeep-domain"])),
    (
        "soundkeep-app",
        Sees::Only(&[
            "soundkeep-domain",
            "soundkeep-crypto",
            "soundkeep-ledger",
            "soundkeep-media",
            "soundkeep-federation",
            "soundkeep-store",
            "soundkeep-blobs",
            "soundkeep-outbound",
        ]),
    ),
    ("soundkeep-http", Sees::Only(&["soundkeep-domain", "soundkeep-app"])),
    ("soundkeep-intake", Sees::Only(&["soundkeep-domain", "soundkeep-app"])),
    ("soundkeep", Sees::House),
    ("soundkeep-testkit", Sees::All),
    ("soundkeep-bench", Sees::All),
    // What is fuzzed is the house as it is, with nothing around it.
    ("soundkeep-fuzz-targets", Sees::House),
    ("xtask", Sees::Only(&[])),
];

/// Crates around the house; no crate of the house depends on them but for tests.
const AROUND: [&str; 4] = ["soundkeep-testkit", "soundkeep-bench", "soundkeep-fuzz-targets", "xtask"];

const TEST_KIT: &str = "soundkeep-testkit";

/// Foreign crates that belong to one room: whoever else asks for them would be doing its work.
const WALLS: [(&str, &[&str]); 6] = [
    ("axum", &["soundkeep-http", "soundkeep"]),
    ("sqlx", &["soundkeep-store"]),
    ("object_store", &["soundkeep-blobs"]),
    ("reqwest", &["soundkeep-outbound"]),
    ("lettre", &["soundkeep-outbound"]),
    ("clap", &["soundkeep", "soundkeep-bench"]),
];

/// Floor 0 computes; it waits for nothing.
const WITHOUT_ASYNC: [&str; 5] =
    ["soundkeep-domain", "soundkeep-crypto", "soundkeep-ledger", "soundkeep-media", "soundkeep-federation"];

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let complaints: Vec<String> = workspace.members.iter().flat_map(complaints).collect();
    Failure::unless_empty(&complaints)
}

fn complaints(member: &Member) -> Vec<String> {
    let Some((_, sees)) = FLOORS.iter().find(|(name, _)| *name == member.name) else {
        return vec![format!(
            "{} stands on no floor: give it one in xtask/src/tidy/arrows.rs and ARCHITECTURE.md",
            member.name
        )];
    };
    let mut complaints = Vec::new();
    for dependency in &member.dependencies {
        let (name, is_for_tests) = (dependency.name.as_str(), dependency.kind.as_deref() == Some("dev"));
        if dependency.is_local {
            let may = match sees {
                Sees::Only(sisters) => sisters.contains(&name),
                Sees::House => !AROUND.contains(&name),
                Sees::All => true,
            };
            // Tests may put a vault together; what a crate's library knows is what the table says.
            let may_in_tests = is_for_tests && (name == TEST_KIT || !AROUND.contains(&name));
            if !(may || may_in_tests) {
                complaints.push(format!("{} must not know {name}", member.name));
            }
        } else if dependency.requirement == "*" {
            complaints.push(format!("{} takes any version of {name}", member.name));
        }
        if !is_for_tests && !AROUND.contains(&member.name.as_str()) {
            complaints.extend(wall_complaint(&member.name, name));
        }
    }
    complaints
}

fn wall_complaint(member: &str, dependency: &str) -> Option<String> {
    if dependency == "tokio" && WITHOUT_ASYNC.contains(&member) {
        return Some(format!("{member} is on floor 0 and must not know tokio"));
    }
    let (_, rooms) = WALLS.iter().find(|(name, _)| *name == dependency)?;
    (!rooms.contains(&member)).then(|| format!("{member} must not know {dependency}: only {} may", rooms.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::workspace::Dependency;

    fn member(name: &str, dependencies: &[(&str, Option<&str>, bool)]) -> Member {
        Member {
            name: name.to_owned(),
            folder: PathBuf::new(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind, is_local)| Dependency {
                    name: (*name).to_owned(),
                    kind: kind.map(str::to_owned),
                    requirement: "^1".to_owned(),
                    is_local: *is_local,
                })
                .collect(),
        }
    }

    #[test]
    fn a_door_that_sees_the_store_is_told() {
        let told = complaints(&member("soundkeep-http", &[("soundkeep-store", None, true)]));
        assert_eq!(told, ["soundkeep-http must not know soundkeep-store"]);
    }

    #[test]
    fn a_door_may_see_the_use_cases() {
        assert!(complaints(&member("soundkeep-http", &[("soundkeep-app", None, true)])).is_empty());
    }

    #[test]
    fn the_test_kit_is_for_tests_only() {
        let for_tests = [("soundkeep-testkit", Some("dev"), true)];
        let for_all = [("soundkeep-testkit", None, true)];
        assert!(complaints(&member("soundkeep-store", &for_tests)).is_empty());
        assert_eq!(complaints(&member("soundkeep-store", &for_all)).len(), 1);
        assert_eq!(complaints(&member("soundkeep", &for_all)).len(), 1);
    }

    #[test]
    fn the_tests_of_a_door_may_put_a_vault_together() {
        let for_tests = [("soundkeep-store", Some("dev"), true)];
        assert!(complaints(&member("soundkeep-http", &for_tests)).is_empty());
        let a_tool = [("soundkeep-bench", Some("dev"), true)];
        assert_eq!(complaints(&member("soundkeep-http", &a_tool)).len(), 1);
    }

    #[test]
    fn what_is_fuzzed_is_the_house_and_no_crate_leans_on_it() {
        let targets = |on: &str| complaints(&member("soundkeep-fuzz-targets", &[(on, None, true)]));
        assert!(targets("soundkeep-http").is_empty());
        assert_eq!(targets("soundkeep-testkit").len(), 1);
        for kind in [None, Some("dev")] {
            assert_eq!(complaints(&member("soundkeep-http", &[("soundkeep-fuzz-targets", kind, true)])).len(), 1);
        }
    }

    #[test]
    fn use_cases_can_not_see_the_http_library() {
        assert_eq!(complaints(&member("soundkeep-app", &[("axum", None, false)])).len(), 1);
        assert_eq!(complaints(&member("soundkeep-app", &[("sqlx", None, false)])).len(), 1);
    }

    #[test]
    fn the_ground_floor_waits_for_nothing() {
        assert_eq!(complaints(&member("soundkeep-media", &[("tokio", None, false)])).len(), 1);
    }

    #[test]
    fn a_crate_without_a_floor_is_told() {
        assert_eq!(complaints(&member("soundkeep-attic", &[])).len(), 1);
    }
}

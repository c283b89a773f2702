//! What may come into the house from outside: licences, banned crates, and how many double versions.
//!
//! `deny.toml` says the same to cargo-deny, for those who have it; this needs nothing but cargo.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::outcome::{Failure, Outcome, While};
use crate::process;
use crate::tidy;
use crate::workspace::Workspace;

const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Licences that only packages of the console's build carry: data and tools, nothing that is served.
const ALLOWED_FOR_PAGES: [&str; 4] = ["BlueOak-1.0.0", "CC-BY-4.0", "Python-2.0", "CC-BY-3.0"];

/// Packages of the browser tests that don't say their licence as SPDX does: read by hand, each in this version, and none of
/// them shipped.
const READ_BY_HAND: [(&str, &str, &str); 7] = [
    ("@auth0/xmldom", "0.1.21", "MIT"),
    ("samlp", "8.0.0", "MIT"),
    ("utils-flatten", "1.0.0", "MIT"),
    ("valid-url", "1.0.9", "MIT"),
    // WTFPL: whatever one wants.
    ("xml-name-validator", "2.0.1", "0BSD"),
    ("xpath", "0.0.5", "MIT"),
    ("xtend", "1.0.3", "MIT"),
];

const BANNED: [(&str, &str); 4] = [
    ("openssl", "aws-lc-rs is the one library for ciphers"),
    ("openssl-sys", "no system library"),
    ("native-tls", "rustls is the one library for TLS"),
    ("ring", "aws-lc-rs is the one library for ciphers"),
];

/// A crate that is really compiled.
struct Foreign {
    name: String,
    version: String,
    licence: String,
}

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut complaints = Vec::new();
    let everything = compiled(workspace, "normal,build,dev")?;
    for foreign in &everything {
        if !is_allowed(&foreign.licence, &ALLOWED) {
            complaints
                .push(format!("{} {}: licence '{}' isn't on the list", foreign.name, foreign.version, foreign.licence));
        }
    }
    let shipped = compiled(workspace, "normal,build")?;
    complaints.extend(bans(&shipped));
    complaints.extend(duplicates(workspace, &shipped)?);
    for lock in ["console/package-lock.json", "e2e/package-lock.json"] {
        if workspace.path(lock).is_file() {
            complaints.extend(pages(workspace, lock)?);
        }
    }
    Failure::unless_empty(&complaints)
}

/// `cargo tree` knows which features are on, which the lock file and `cargo metadata` don't.
fn compiled(workspace: &Workspace, edges: &str) -> Outcome<Vec<Foreign>> {
    let text = process::output(&mut workspace.cargo(&[
        "tree",
        "--workspace",
        "--edges",
        edges,
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]))?;
    let lines: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(lines
        .into_iter()
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let mut words = package.split(' ');
            Some(Foreign {
                name: words.next()?.to_owned(),
                version: words.next()?.to_owned(),
                licence: licence.trim().to_owned(),
            })
        })
        .collect())
}

fn bans(shipped: &[Foreign]) -> Vec<String> {
    shipped
        .iter()
        .filter_map(|foreign| {
            let (name, reason) = BANNED.iter().find(|(name, _)| *name == foreign.name)?;
            Some(format!("{name} is banned: {reason}"))
        })
        .collect()
}

fn duplicates(workspace: &Workspace, shipped: &[Foreign]) -> Outcome<Vec<String>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for foreign in shipped {
        versions.entry(&foreign.name).or_default().insert(&foreign.version);
    }
    let double: BTreeSet<String> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| (*name).to_owned()).collect();
    let excepted = tidy::exceptions(workspace, "duplicate_crates")?;
    Ok(tidy::weigh(&double, &excepted, "duplicate_crates", "is compiled in more than one version"))
}

fn pages(workspace: &Workspace, lock: &str) -> Outcome<Vec<String>> {
    let text = std::fs::read_to_string(workspace.path(lock)).while_(format!("read {lock}"))?;
    let lock_file: Value = serde_json::from_str(&text)?;
    let allowed = [ALLOWED.as_slice(), ALLOWED_FOR_PAGES.as_slice()].concat();
    let Some(packages) = lock_file.get("packages").and_then(Value::as_object) else {
        return Ok(vec![format!("{lock} lists no packages")]);
    };
    Ok(packages
        .iter()
        .filter(|(path, package)| !path.is_empty() && package.get("link").is_none())
        .filter_map(|(path, package)| {
            let version = package.get("version").and_then(Value::as_str).unwrap_or_default();
            let name = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, name)| name);
            let read = READ_BY_HAND.iter().find(|known| (known.0, known.1) == (name, version)).map(|known| known.2);
            let said = package.get("license").and_then(Value::as_str);
            let licence = read.or(said).unwrap_or("none");
            (!is_allowed(licence, &allowed)).then(|| format!("{lock}: {path}: licence '{licence}' isn't on the list"))
        })
        .collect())
}

/// Whether a licence expression (SPDX, or the older form with a slash) can be met with what is allowed.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Expression { words: &words, at: 0, allowed };
    let is_met = reader.any();
    is_met && reader.at == words.len()
}

struct Expression<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a [&'a str],
}

impl Expression<'_> {
    fn any(&mut self) -> bool {
        let mut is_met = self.all();
        while self.take("OR") {
            is_met |= self.all();
        }
        is_met
    }

    fn all(&mut self) -> bool {
        let mut is_met = self.one();
        while self.take("AND") {
            is_met &= self.one();
        }
        is_met
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let is_met = self.any();
            return self.take(")") && is_met;
        }
        let Some(name) = self.words.get(self.at) else {
            return false;
        };
        self.at += 1;
        if self.take("WITH") {
            let exception = self.words.get(self.at).copied().unwrap_or_default();
            self.at += 1;
            return self.allowed.contains(&format!("{name} WITH {exception}").as_str());
        }
        self.allowed.contains(name)
    }

    fn take(&mut self, word: &str) -> bool {
        let is_next = self.words.get(self.at) == Some(&word);
        if is_next {
            self.at += 1;
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_needs_one_and_a_sum_needs_all() {
        assert!(is_allowed("MIT OR GPL-3.0-only", &ALLOWED));
        assert!(is_allowed("MIT/Apache-2.0", &ALLOWED));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0", &ALLOWED));
        assert!(is_allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0", &ALLOWED));
        assert!(!is_allowed("MIT AND GPL-3.0-only", &ALLOWED));
        assert!(!is_allowed("AGPL-3.0-only", &ALLOWED));
        assert!(!is_allowed("", &ALLOWED));
    }

    #[test]
    fn a_banned_crate_is_told() {
        let shipped = [Foreign { name: "ring".to_owned(), version: "v1".to_owned(), licence: "MIT".to_owned() }];
        assert_eq!(bans(&shipped).len(), 1);
    }
}

//! Rules over the project's text and manifests that no compiler knows.
//!
//! Exceptions stand in `xtask/tidy.toml`. They only shrink: one that isn't needed any more fails too.

pub(crate) mod arrows;
pub(crate) mod files;
pub(crate) mod licences;
pub(crate) mod walls;

use std::collections::BTreeSet;
use std::path::Path;

use crate::outcome::{Failure, Outcome, While};
use crate::workspace::Workspace;

const EXCEPTIONS: &str = "xtask/tidy.toml";

/// Reads one list of exceptions.
fn exceptions(workspace: &Workspace, list: &str) -> Outcome<BTreeSet<String>> {
    let table = exceptions_table(workspace)?;
    let values = table
        .get(list)
        .and_then(toml::Value::as_array)
        .ok_or_else(|| Failure::new(format!("{EXCEPTIONS} has no list '{list}'")))?;
    Ok(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
}

fn exceptions_table(workspace: &Workspace) -> Outcome<toml::Table> {
    let text = std::fs::read_to_string(workspace.path(EXCEPTIONS)).while_(format!("read {EXCEPTIONS}"))?;
    Ok(toml::from_str(&text)?)
}

/// Weighs offenders against a list of exceptions; what stands in the list and offends no more is told too.
fn weigh(offenders: &BTreeSet<String>, excepted: &BTreeSet<String>, list: &str, rule: &str) -> Vec<String> {
    let new = offenders.difference(excepted).map(|path| format!("{path}: {rule}"));
    let needless = excepted
        .difference(offenders)
        .map(|path| format!("{EXCEPTIONS}: {path} needs no exception in '{list}' any more"));
    new.chain(needless).collect()
}

/// A file's text, or nothing when it isn't text.
fn text_of(workspace: &Workspace, path: &Path) -> Outcome<Option<String>> {
    let bytes = std::fs::read(workspace.root.join(path)).while_(format!("read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_offender_and_a_needless_exception_are_both_told() {
        let offenders = BTreeSet::from(["new".to_owned(), "known".to_owned()]);
        let excepted = BTreeSet::from(["known".to_owned(), "mended".to_owned()]);
        let complaints = weigh(&offenders, &excepted, "list", "is too long");
        assert_eq!(complaints.len(), 2);
        assert!(complaints[0].starts_with("new:"));
        assert!(complaints[1].contains("mended"));
    }
}

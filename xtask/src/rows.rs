//! `rows.toml`: for each feature that works, the tests that fail when it is taken out.
//!
//! `check` sees that the named tests are written somewhere; `test` that they ran and passed, by their
//! full names.

use std::collections::{BTreeMap, BTreeSet};

use crate::outcome::{Failure, Outcome, While};
use crate::workspace::Workspace;

const FILE: &str = "rows.toml";

/// Row ids and the names of their tests.
type Rows = BTreeMap<String, Vec<String>>;

/// # Errors
/// When a row names no test, or one that stands in no source file.
pub(crate) fn exist(workspace: &Workspace) -> Outcome {
    let rows = read(workspace)?;
    let sources = Sources::read(workspace)?;
    let mut complaints = shape_complaints(&rows);
    for (row, test) in tests(&rows) {
        if !sources.hold(workspace, test) {
            complaints.push(format!("{FILE}: {row} names {test}, which no source file holds"));
        }
    }
    Failure::unless_empty(&complaints)
}

/// # Errors
/// When a named test isn't among those that passed.
pub(crate) fn ran(workspace: &Workspace, passed: &BTreeSet<String>) -> Outcome {
    let rows = read(workspace)?;
    let mut complaints = shape_complaints(&rows);
    complaints.extend(missing(&rows, passed));
    Failure::unless_empty(&complaints)
}

fn missing(rows: &Rows, passed: &BTreeSet<String>) -> Vec<String> {
    tests(rows)
        .filter(|(_, test)| !passed.contains(*test))
        .map(|(row, test)| format!("{FILE}: {row} names {test}, which didn't run and pass"))
        .collect()
}

fn read(workspace: &Workspace) -> Outcome<Rows> {
    let text = std::fs::read_to_string(workspace.path(FILE)).while_(format!("read {FILE}"))?;
    parse(&text)
}

fn parse(text: &str) -> Outcome<Rows> {
    let table: toml::Table = toml::from_str(text)?;
    let Some(rows) = table.get("rows").and_then(toml::Value::as_table) else {
        return Err(Failure::new(format!("{FILE} has no [rows]")));
    };
    let mut found = Rows::new();
    for (row, value) in rows {
        let tests = value
            .get("tests")
            .and_then(toml::Value::as_array)
            .ok_or_else(|| Failure::new(format!("{FILE}: {row} has no list `tests`")))?
            .iter()
            .filter_map(|test| test.as_str().map(str::to_owned))
            .collect();
        found.insert(row.clone(), tests);
    }
    Ok(found)
}

fn tests(rows: &Rows) -> impl Iterator<Item = (&str, &str)> {
    rows.iter().flat_map(|(row, tests)| tests.iter().map(move |test| (row.as_str(), test.as_str())))
}

fn shape_complaints(rows: &Rows) -> Vec<String> {
    let mut complaints = Vec::new();
    for (row, tests) in rows {
        let digits = row.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
        if digits.is_empty() || digits.len() == row.len() || digits.parse::<u32>().is_err() {
            complaints.push(format!("{FILE}: '{row}' is no row id"));
        }
        if tests.is_empty() {
            complaints.push(format!("{FILE}: {row} names no test"));
        }
    }
    complaints
}

/// The text of everything that can hold a test.
struct Sources {
    files: Vec<(std::path::PathBuf, String)>,
}

impl Sources {
    fn read(workspace: &Workspace) -> Outcome<Self> {
        let mut files = Vec::new();
        for path in workspace.files()? {
            let kind = path.extension().and_then(|kind| kind.to_str());
            if matches!(kind, Some("rs" | "ts" | "tsx" | "mjs")) {
                let text =
                    std::fs::read_to_string(workspace.root.join(&path)).while_(format!("read {}", path.display()))?;
                files.push((path, text));
            }
        }
        Ok(Self { files })
    }

    fn hold(&self, workspace: &Workspace, test: &str) -> bool {
        let Some((suite, name)) = test.split_once("::") else {
            return false;
        };
        match suite {
            // A title may stand in groups; each of their titles must be somewhere in the same file.
            "console" | "e2e" => {
                self.any(std::path::Path::new(suite), |text| name.split(" > ").all(|title| text.contains(title)))
            }
            package => {
                let Some(member) = workspace.members.iter().find(|member| member.name == package) else {
                    return false;
                };
                let folder = member.folder.strip_prefix(&workspace.root).unwrap_or(&member.folder);
                let function = name.rsplit("::").find(|part| !part.starts_with("case_"));
                function.is_some_and(|function| self.any(folder, |text| has_word(text, function)))
            }
        }
    }

    fn any(&self, folder: &std::path::Path, holds: impl Fn(&str) -> bool) -> bool {
        self.files.iter().any(|(path, text)| path.starts_with(folder) && holds(text))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_whose_test_did_not_pass_is_told() {
        let rows = parse("[rows.A1]\ntests = [\"soundkeep-domain::a\", \"soundkeep-domain::b\"]").unwrap();
        let passed = BTreeSet::from(["soundkeep-domain::a".to_owned()]);
        let complaints = missing(&rows, &passed);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("soundkeep-domain::b"));
    }

    #[test]
    fn a_row_without_tests_and_a_row_without_number_are_told() {
        let rows = parse("[rows.A1]\ntests = []\n[rows.AX]\ntests = [\"a::b\"]").unwrap();
        assert_eq!(shape_complaints(&rows).len(), 2);
    }

    #[test]
    fn a_name_counts_only_as_a_whole_word() {
        assert!(has_word("fn a_hold_blocks() {", "a_hold_blocks"));
        assert!(!has_word("fn a_hold_blocks_it() {", "a_hold_blocks"));
    }
}

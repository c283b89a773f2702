//! How files begin, how long they get, and what no line says.

use std::collections::BTreeSet;
use std::path::Path;

use crate::outcome::{Failure, Outcome};
use crate::tidy;
use crate::workspace::Workspace;

/// A source file past this many lines needs an exception.
const LINES_MAX: usize = 600;

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut complaints = Vec::new();
    let mut long = BTreeSet::new();
    for path in workspace.files()? {
        let Some(text) = tidy::text_of(workspace, &path)? else {
            continue;
        };
        complaints.extend(line_complaints(&path, &text));
        if is_source(&path) && text.lines().count() > LINES_MAX {
            long.insert(path.display().to_string());
        }
        if tidy::is_rust(&path) && !is_build_output(&path) && !text.starts_with("//!") {
            complaints.push(format!("{}: opens with no `//!` that says what it is for", path.display()));
        }
    }
    let excepted = tidy::exceptions(workspace, "long_files")?;
    let rule = format!("is longer than {LINES_MAX} lines");
    complaints.extend(tidy::weigh(&long, &excepted, "long_files", &rule));
    Failure::unless_empty(&complaints)
}

fn is_source(path: &Path) -> bool {
    let kind = path.extension().and_then(|kind| kind.to_str());
    matches!(kind, Some("rs" | "ts" | "tsx" | "mjs")) && path != Path::new("console/src/api/schema.d.ts")
}

/// Inputs of compile-fail tests are judged by the compiler's answer, which gives line numbers.
fn is_build_output(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "compile_fail")
}

/// Words that stand in no line, each with the reason. Put together from halves, so that this file passes.
const FORBIDDEN: [(&str, &str); 9] = [
    (concat!("/wo", "rk/"), "names a folder of one machine"),
    (concat!("/ro", "ot/"), "names a folder of one machine"),
    (concat!("registry.", "npmjs"), "names a package registry's host"),
    (concat!("static.", "crates.io"), "names a package registry's host"),
    (concat!("deb.", "debian.org"), "names a package registry's host"),
    (concat!("pypi", ".org"), "names a package registry's host"),
    (concat!("TO", "DO"), "puts work off: do it or leave its place"),
    (concat!("FIX", "ME"), "puts work off: do it or leave its place"),
    (concat!("to", "do!("), "puts work off: do it or leave its place"),
];

/// Words that skip a test, by the kind of file.
const SKIPS: [(&str, &[&str]); 6] = [
    (concat!("#[ig", "nore"), &["rs"]),
    (concat!("it.sk", "ip("), &["ts", "tsx", "mjs"]),
    (concat!("test.sk", "ip("), &["ts", "tsx", "mjs"]),
    (concat!("it.on", "ly("), &["ts", "tsx", "mjs"]),
    (concat!("test.on", "ly("), &["ts", "tsx", "mjs"]),
    (concat!("describe.on", "ly("), &["ts", "tsx", "mjs"]),
];

fn line_complaints(path: &Path, text: &str) -> Vec<String> {
    let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut complaints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = || format!("{}:{}", path.display(), number + 1);
        for (word, reason) in FORBIDDEN {
            if holds(line, word) {
                complaints.push(format!("{}: `{word}` {reason}", at()));
            }
        }
        for (word, kinds) in SKIPS {
            if kinds.contains(&kind) && line.trim_start().contains(word) {
                complaints.push(format!("{}: `{word}` skips a test", at()));
            }
        }
        if name == "package-lock.json" && line.contains("\"resolved\": \"http") {
            complaints.push(format!("{}: names where a package came from; set omit-lockfile-registry-resolved", at()));
            break;
        }
    }
    complaints
}

/// Whether a line holds the word, and not as a part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let may_go_on = word.ends_with('/') || word.ends_with('(');
        !is_letter(before) && before != Some('.') && (may_go_on || !is_letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_names_a_machine_is_told() {
        let text = concat!("let path = \"/wo", "rk/main\";");
        assert_eq!(line_complaints(Path::new("a.rs"), text).len(), 1);
    }

    #[test]
    fn a_web_path_that_looks_alike_is_not() {
        assert!(line_complaints(Path::new("a.md"), concat!("see ../wo", "rk/that")).is_empty());
        assert!(line_complaints(Path::new("a.md"), concat!("a netwo", "rk/loop")).is_empty());
    }

    #[test]
    fn a_skipped_test_is_told() {
        assert_eq!(line_complaints(Path::new("a.rs"), concat!("    #[ig", "nore]")).len(), 1);
        assert_eq!(line_complaints(Path::new("a.test.ts"), concat!("it.sk", "ip('a')")).len(), 1);
    }

    #[test]
    fn a_lock_file_that_names_a_host_is_told() {
        let text = "\"resolved\": \"https://example.org/a.tgz\"";
        assert_eq!(line_complaints(Path::new("e2e/package-lock.json"), text).len(), 1);
    }
}

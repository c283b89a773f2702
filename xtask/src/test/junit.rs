//! Reads which tests ran, and how they ended, from the JUnit files that three test runners write.
//!
//! Only what those runners write is understood; this is no XML parser.

use std::path::Path;

use crate::outcome::{Outcome, While};
use crate::test::suite::Tally;

/// One test of a report.
struct Case {
    /// The file or binary that holds it.
    class: String,
    name: String,
    ending: Ending,
}

#[derive(Debug, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    Skipped,
}

/// How a test is called in `rows.toml`.
#[derive(Clone, Copy)]
pub(crate) enum Naming {
    /// `<binary>::<path of the test>`, as nextest calls it.
    Rust,
    /// `<suite>::<title>`, with the titles of the groups around it before it.
    Title(&'static str),
}

/// # Errors
/// When the file can't be read.
pub(crate) fn read(file: &Path, naming: Naming) -> Outcome<Tally> {
    let text = std::fs::read_to_string(file).while_(format!("read {}", file.display()))?;
    Ok(tally(&text, naming))
}

fn tally(report: &str, naming: Naming) -> Tally {
    let mut tally = Tally::default();
    for case in cases(report) {
        let name = match naming {
            Naming::Rust => format!("{}::{}", case.class, case.name),
            Naming::Title(suite) => format!("{suite}::{}", case.name),
        };
        match case.ending {
            Ending::Passed => tally.passed.insert(name),
            Ending::Failed => tally.failed.insert(name),
            // Nothing is skipped here, so a skipped test is one that should have run.
            Ending::Skipped => tally.failed.insert(format!("{name} (skipped)")),
        };
    }
    tally
}

fn cases(report: &str) -> Vec<Case> {
    report
        .split("<testcase ")
        .skip(1)
        .filter_map(|rest| {
            let (attributes, after) = rest.split_once('>')?;
            let ending = if attributes.ends_with('/') {
                Ending::Passed
            } else {
                let body = after.split("</testcase>").next().unwrap_or_default();
                ending(body)
            };
            Some(Case { class: attribute(attributes, "classname"), name: attribute(attributes, "name"), ending })
        })
        .collect()
}

fn ending(body: &str) -> Ending {
    if body.contains("<failure") || body.contains("<error") {
        Ending::Failed
    } else if body.contains("<skipped") {
        Ending::Skipped
    } else {
        Ending::Passed
    }
}

fn attribute(attributes: &str, name: &str) -> String {
    let padded = format!(" {attributes}");
    padded
        .split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| plain(value))
        .unwrap_or_default()
}

fn plain(escaped: &str) -> String {
    escaped
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"<testsuites><testsuite name="soundkeep-domain">
        <testcase name="access::deny_is_the_default" classname="soundkeep-domain" time="0.1"/>
        <testcase name="ids::a &lt;b&gt; c" classname="soundkeep-domain"><system-out>ok</system-out></testcase>
        <testcase name="broken" classname="soundkeep-http::it"><failure message="no"/></testcase>
        <testcase name="later" classname="soundkeep-http::it"><skipped/></testcase>
    </testsuite></testsuites>"#;

    #[test]
    fn endings_and_names_are_read() {
        let tally = tally(REPORT, Naming::Rust);
        let passed: Vec<&str> = tally.passed.iter().map(String::as_str).collect();
        assert_eq!(passed, ["soundkeep-domain::access::deny_is_the_default", "soundkeep-domain::ids::a <b> c"]);
        assert!(tally.failed.contains("soundkeep-http::it::broken"));
    }

    #[test]
    fn a_skipped_test_counts_as_failed() {
        let tally = tally(REPORT, Naming::Title("e2e"));
        assert!(tally.failed.contains("e2e::later (skipped)"));
    }
}

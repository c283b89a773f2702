//! Sections of `docs/reference/benchmarks.md`: each benchmark replaces its own and leaves the others.

use std::fmt::Write as _;
use std::path::Path;

use crate::Outcome;

const FILE: &str = "docs/reference/benchmarks.md";

const OPENING: &str = "# Benchmarks\n\n\
Written by `cargo xtask bench`. Ours and the peer ran in turns in one run on one machine; the middle of the \
rounds stands here, and the ratio is that of the middles. Figures of different runs don't compare.\n";

/// What a benchmark found.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// The conditions: how much, how often, on what.
    pub(crate) conditions: String,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Vec<String>>,
}

impl Section {
    fn text(&self, name: &str) -> String {
        let mut text = format!("{}\n## {}\n\n{}\n\n", begins(name), self.title, self.conditions);
        let rule = vec!["---"; self.columns.len()].join(" | ");
        let _ = writeln!(text, "| {} |\n| {rule} |", self.columns.join(" | "));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        let _ = write!(text, "{}", ends(name));
        text
    }
}

/// Shows a section and puts it in its place.
///
/// # Errors
/// When the file can't be written.
pub(crate) fn keep(name: &str, section: &Section) -> Outcome {
    let text = section.text(name);
    println!("{text}");
    let page = std::fs::read_to_string(FILE).unwrap_or_else(|_| OPENING.to_owned());
    if let Some(folder) = Path::new(FILE).parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(FILE, placed(&page, name, &text))?;
    Ok(())
}

fn placed(page: &str, name: &str, text: &str) -> String {
    let old = page
        .split_once(&begins(name))
        .and_then(|(before, rest)| rest.split_once(&ends(name)).map(|(_, after)| (before, after)));
    match old {
        Some((before, after)) => format!("{before}{text}{after}"),
        None => format!("{}\n\n{text}\n", page.trim_end()),
    }
}

fn begins(name: &str) -> String {
    format!("<!-- {name} -->")
}

fn ends(name: &str) -> String {
    format!("<!-- end of {name} -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let page = format!("# Top\n\n{}old{}\n\n{}other{}\n", begins("a"), ends("a"), begins("b"), ends("b"));
        let new = placed(&page, "a", &format!("{}new{}", begins("a"), ends("a")));
        assert!(new.contains("new") && !new.contains("old") && new.contains("other"));
    }

    #[test]
    fn a_first_section_comes_last() {
        assert_eq!(placed("# Top\n", "a", "text"), "# Top\n\ntext\n");
    }
}

//! That no sentence of an error is left out.

use super::SENTENCES;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn no_sentence_is_translated_twice() {
    let known: BTreeSet<&str> = SENTENCES.iter().map(|(english, _)| *english).collect();
    assert_eq!(known.len(), SENTENCES.len());
}

/// The sentences of errors that stand in a file: what follows `Conflict(`, and the second of `invalid(`.
fn sentences(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    // A text goes on in the next line.
    let code = code
        .split("\\\n")
        .enumerate()
        .fold(String::new(), |joined, (at, part)| joined + if at == 0 { part } else { part.trim_start() });
    let quoted = |text: &str| {
        let text = text.trim_start().strip_prefix('"')?;
        text.split_once('"').map(|(sentence, _)| sentence.to_owned())
    };
    let conflicts = code.split("Conflict(").skip(1).filter_map(quoted);
    let invalid = code.split("invalid(").skip(1).filter_map(|call| {
        let (field, rest) = call.split_once(',')?;
        if field.contains(['(', ')', ';']) { None } else { quoted(rest) }
    });
    conflicts.chain(invalid).collect()
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.extend(sentences(&std::fs::read_to_string(path).unwrap()));
        }
    }
}

#[test]
fn no_sentence_of_an_error_is_in_english_alone() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    for name in ["app", "domain", "http", "store"] {
        walk(&crates.join(name).join("src"), &mut found);
    }
    assert!(found.len() > 100, "{} sentences found", found.len());
    let known: BTreeSet<&str> = SENTENCES.iter().map(|(english, _)| *english).collect();
    found.retain(|sentence| !known.contains(sentence.as_str()));
    assert!(found.is_empty(), "not in German: {found:#?}");
}

//! What rights hang on is never changed without being remembered: the store's own sources, read for writes that forget.

use std::path::Path;

/// Tables whose rows decide who reaches what.
const DECIDING: [&str; 12] = [
    "users",
    "groups",
    "{table}",
    "{}",
    "roles",
    "role_permissions",
    "assignments",
    "assignment_groups",
    "access_groups",
    "access_group_targets",
    "conversation_agents",
    "conversation_tags",
];

/// Functions of the store that write such rows and remember nothing, and why they needn't.
const EXCEPT: [(&str, &str); 10] = [
    ("set_password", "no right hangs on it"),
    ("seen", "no right hangs on it"),
    ("changed", "counts a version up"),
    ("both_changed", "counts a version up"),
    ("add_lines", "called by those who make and change roles"),
    ("limit_to", "called by who gives a role"),
    ("set_targets", "called by those who make and change access groups"),
    ("set_agents", "called by those who file, change and correct a conversation"),
    ("pairs", "files many conversations"),
    ("set_tags", "called by those who file and change a conversation"),
];

/// The functions of a source file, with their bodies.
fn functions(source: &str) -> Vec<(String, String)> {
    let mut functions: Vec<(String, String)> = Vec::new();
    for line in source.lines() {
        let mut rest = line.trim_start();
        for word in ["pub(crate) ", "pub(super) ", "pub ", "async ", "const "] {
            rest = rest.strip_prefix(word).unwrap_or(rest);
        }
        if let Some(named) = rest.strip_prefix("fn ") {
            let name: String = named.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            functions.push((name, String::new()));
        }
        if let Some((_, body)) = functions.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    functions
}

fn writes_what_decides(body: &str) -> bool {
    ["INSERT INTO ", "UPDATE ", "DELETE FROM "].into_iter().any(|verb| {
        body.split(verb).skip(1).any(|rest| {
            let table = rest.split([' ', '\n', '"']).next().unwrap_or_default();
            DECIDING.contains(&table)
        })
    })
}

#[test]
fn whoever_writes_what_decides_remembers_it() {
    let (mut writers, mut excepted, mut forgetful) = (0, Vec::new(), Vec::new());
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for (name, body) in functions(&std::fs::read_to_string(&path).unwrap()) {
                if !writes_what_decides(&body) {
                    continue;
                }
                writers += 1;
                if body.contains("remember(") || body.contains("past::keep(") {
                    continue;
                }
                if EXCEPT.iter().any(|(except, _)| *except == name) {
                    excepted.push(name);
                } else {
                    forgetful.push(format!("{name} in {}", path.display()));
                }
            }
        }
    }
    assert!(forgetful.is_empty(), "these change rights and forget what was: {forgetful:#?}");
    assert!(writers > 15, "{writers} functions were found");
    let idle: Vec<_> = EXCEPT.iter().filter(|(name, _)| !excepted.iter().any(|found| found == name)).collect();
    assert!(idle.is_empty(), "these need no exception: {idle:?}");
}

//! SQL stands in the store and nowhere else; routes stand in the route table and nowhere else.

use std::collections::BTreeSet;

use crate::outcome::{Failure, Outcome};
use crate::tidy;
use crate::workspace::Workspace;

/// Beginnings of statements, as they stand after a quotation mark or at the start of a line.
const SQL: [&str; 9] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "ALTER TABLE ",
    "DROP TABLE ",
];

pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut with_sql = BTreeSet::new();
    let mut with_routes = BTreeSet::new();
    for path in workspace.files()? {
        if !tidy::is_rust(&path) {
            continue;
        }
        let Some(text) = tidy::text_of(workspace, &path)? else {
            continue;
        };
        let is_inside = |folder: &str| path.starts_with(folder);
        if !is_inside("crates/store") && !is_inside("xtask") && text.lines().any(holds_sql) {
            with_sql.insert(path.display().to_string());
        }
        if is_inside("crates") && text.lines().any(adds_route) {
            with_routes.insert(path.display().to_string());
        }
    }
    let mut complaints = tidy::weigh(
        &with_sql,
        &tidy::exceptions(workspace, "sql")?,
        "sql",
        "holds SQL, which stands in crates/store only",
    );
    complaints.extend(tidy::weigh(
        &with_routes,
        &tidy::exceptions(workspace, "routes")?,
        "routes",
        "adds a route, which only the route table may",
    ));
    Failure::unless_empty(&complaints)
}

fn holds_sql(line: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with("//") {
        return false;
    }
    SQL.iter().any(|word| {
        line.starts_with(word)
            || line.match_indices(word).any(|(at, _)| line.get(..at).is_some_and(|before| before.ends_with('"')))
    })
}

fn adds_route(line: &str) -> bool {
    let line = line.trim_start();
    !line.starts_with("//") && (line.contains(".route(\"") || line.starts_with(".route(") || line.contains(".route(&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_seen_and_a_sentence_is_not() {
        assert!(holds_sql("    sqlx::query(\"SELECT id FROM users\")"));
        assert!(holds_sql("  UPDATE users SET name = $1"));
        assert!(!holds_sql("// SELECT the newest first"));
        assert!(!holds_sql("println!(\"please UPDATE your browser\");"));
    }

    #[test]
    fn a_route_is_seen() {
        assert!(adds_route("    .route(path, handler)"));
        assert!(adds_route("let router = router.route(\"/livez\", get(live));"));
        assert!(!adds_route("// never call .route(\"/x\") here"));
    }
}

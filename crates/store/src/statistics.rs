//! What SQLite is told of the sizes of its tables: always the same, and always that they are large.
//!
//! Without statistics SQLite takes it that an organisation has ten rows, and walks through all of them where it should
//! look for one. With those of `ANALYZE`, which tell of a vault as it once was, a vault that has grown since walks
//! through millions. So plans follow from the schema alone: they are the same in a test as after years.

use crate::Result;
use crate::database::{Sql, sql, sqlite_execute, sqlite_rows};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// Rows that every table is said to have, all of one organisation.
const ROWS: u64 = 1_000_000;
/// Rows that every partial index is said to have.
const PARTIAL_ROWS: u64 = 10_000;

/// How many values a column is said to have among those rows.
fn values_of(column: Option<&str>) -> u64 {
    match column {
        Some("organisation_id") => 1,
        Some("kind" | "outcome" | "state" | "role" | "channel" | "tag") => 20,
        Some("group_id" | "assignment_id" | "access_group_id") => 500,
        Some("user_id" | "actor_id" | "session" | "agent_label") => 1000,
        _ => ROWS,
    }
}

struct Index {
    unique: bool,
    partial: bool,
    columns: Vec<Option<String>>,
}

impl Index {
    /// The rows of the whole, then of each value of the first column, of the first two, and so on.
    fn statistics(&self) -> String {
        let mut rows = if self.partial { PARTIAL_ROWS } else { ROWS };
        let mut text = rows.to_string();
        for (at, column) in self.columns.iter().enumerate() {
            rows = (rows / values_of(column.as_deref())).max(1);
            if self.unique && at + 1 == self.columns.len() {
                rows = 1;
            }
            text.push(' ');
            text.push_str(&rows.to_string());
        }
        text
    }
}

/// Tells SQLite, unless it has been told already.
pub(crate) async fn tell(connection: &mut SqliteConnection) -> Result<()> {
    let wanted = wanted(&mut *connection).await?;
    // Makes the tables of statistics when there are none; they can't be made otherwise.
    sqlite_execute(&mut *connection, Sql::new("ANALYZE sqlite_master")).await?;
    let mut told = BTreeMap::new();
    for row in sqlite_rows(&mut *connection, Sql::new("SELECT tbl, coalesce(idx, ''), stat FROM sqlite_stat1")).await? {
        told.insert((row.get::<String>(0)?, row.get::<String>(1)?), row.get::<String>(2)?);
    }
    sqlite_execute(&mut *connection, Sql::new("DROP TABLE IF EXISTS sqlite_stat4")).await?;
    if told != wanted {
        sqlite_execute(&mut *connection, Sql::new("BEGIN IMMEDIATE; DELETE FROM sqlite_stat1")).await?;
        for ((table, index), statistics) in wanted {
            let insert = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)";
            sqlite_execute(&mut *connection, sql!(insert, table, index, statistics)).await?;
        }
        sqlite_execute(&mut *connection, Sql::new("COMMIT; ANALYZE sqlite_master")).await?;
    }
    Ok(())
}

/// By table and index; the key of a table without row numbers goes by the name of the table.
async fn wanted(connection: &mut SqliteConnection) -> Result<BTreeMap<(String, String), String>> {
    let query = "SELECT t.name, CASE WHEN l.origin = 'pk' AND t.wr = 1 THEN t.name ELSE l.name END, l.\"unique\", l.partial, i.name
                 FROM pragma_table_list() AS t, pragma_index_list(t.name) AS l, pragma_index_info(l.name) AS i
                 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
                 ORDER BY t.name, l.name, i.seqno";
    let mut indices: BTreeMap<(String, String), Index> = BTreeMap::new();
    for row in sqlite_rows(&mut *connection, Sql::new(query)).await? {
        let index = indices.entry((row.get(0)?, row.get(1)?)).or_insert(Index {
            unique: row.get::<i64>(2)? == 1,
            partial: row.get::<i64>(3)? == 1,
            columns: Vec::new(),
        });
        index.columns.push(row.get(4)?);
    }
    Ok(indices.into_iter().map(|(name, index)| (name, index.statistics())).collect())
}

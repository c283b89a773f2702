//! Migrations: forward only, each in one transaction, the same file for both databases.
//!
//! Knows the differences between the two in data definitions, and nothing of what tables are for.

use crate::database::{Dialect, Queries, Sql, sql};
use crate::{Error, Result, Transaction};

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_vault.sql"),
    include_str!("../migrations/0002_identity.sql"),
    include_str!("../migrations/0003_providers.sql"),
    include_str!("../migrations/0004_saml.sql"),
    include_str!("../migrations/0005_passkeys.sql"),
    include_str!("../migrations/0006_programs.sql"),
    include_str!("../migrations/0007_directory.sql"),
    include_str!("../migrations/0008_messages.sql"),
    include_str!("../migrations/0009_sent_codes.sql"),
    include_str!("../migrations/0010_phone_numbers.sql"),
    include_str!("../migrations/0011_provider_sessions.sql"),
    include_str!("../migrations/0012_program_keys.sql"),
    include_str!("../migrations/0013_confirmed_phones.sql"),
];

/// PostgreSQL's advisory lock of whoever changes the schema: "soundkee" in ASCII.
const LOCK: i64 = 0x736f_756e_646b_6565;

/// The statements of a migration for one database.
fn statements(text: &str, dialect: Dialect) -> Vec<String> {
    let (bytes, integer, clustered, other) = match dialect {
        Dialect::Sqlite => ("BLOB", "INTEGER", "WITHOUT ROWID", "postgres"),
        Dialect::Postgres => ("BYTEA", "BIGINT", "", "sqlite"),
    };
    let mut kept = String::new();
    let mut skipping = false;
    for line in text.lines() {
        match line.trim() {
            "{sqlite}" | "{postgres}" => skipping = line.trim().trim_matches(['{', '}']) == other,
            "{end}" => skipping = false,
            line_text if skipping || line_text.starts_with("--") => {}
            _ => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    kept.replace("{bytes}", bytes)
        .replace("{integer}", integer)
        .replace("{clustered}", clustered)
        .split(";\n")
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Brings the schema to this version's, and says how many migrations ran.
///
/// # Errors
/// When the database was made by a newer version, or refuses.
pub(crate) async fn migrate(mut transaction: Transaction) -> Result<usize> {
    if transaction.dialect() == Dialect::Postgres {
        // Nodes that start at once: on an empty database there is no table yet that could be locked.
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        transaction.execute(Sql::new(&lock)).await?;
    }
    transaction
        .execute(Sql::new(
            "CREATE TABLE IF NOT EXISTS schema_version (id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)",
        ))
        .await?;
    let found: i64 =
        transaction.scalar(Sql::new("SELECT version FROM schema_version WHERE id = 1")).await?.unwrap_or(0);
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let mut ran = 0;
    for text in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        for statement in statements(text, transaction.dialect()) {
            transaction.execute(Sql::new(&statement)).await?;
        }
        ran += 1;
    }
    transaction
        .execute(sql!(
            "INSERT INTO schema_version (id, version) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET version = excluded.version",
            known
        ))
        .await?;
    transaction.commit().await?;
    Ok(ran)
}

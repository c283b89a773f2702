//! Opening a store, and the two ways to speak to it: reading, and a transaction.
//!
//! Knows where the database lives and how it must be set; nothing of what is in it.

use crate::database::{Dialect, Queries, Reader, Sql, sqlite_execute};
use crate::transaction::{BUSY_TIMEOUT, Signals, Writer};
use crate::{Error, Result, Transaction, migrate};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Executor, PgPool, SqlitePool};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};

/// Where a store lives.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file; its folder must exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as `postgres://user@host/name`.
    Postgres(String),
}

#[derive(Clone)]
enum Database {
    Sqlite {
        readers: SqlitePool,
        writer: Arc<Mutex<Writer>>,
    },
    /// Apart, so that whoever reads while they hold a transaction never waits for others who wait for theirs.
    Postgres {
        readers: PgPool,
        transactions: PgPool,
    },
}

/// An open store. Clones share it.
#[derive(Clone)]
pub struct Store {
    database: Database,
    signals: Signals,
}

/// Readers of a SQLite store: more only queue for the same two or more cores.
const SQLITE_READERS_MAX: u32 = 8;
/// Connections to PostgreSQL per node, for reading and for transactions each.
const POSTGRES_CONNECTIONS_MAX: u32 = 12;

impl Store {
    /// Opens a store and brings its schema up to date.
    ///
    /// # Errors
    /// When the database can't be reached, is in use by another process, or was made by a newer version.
    pub async fn open(location: &Location) -> Result<Self> {
        let database = match location {
            Location::Sqlite(path) => open_sqlite(path).await?,
            Location::Postgres(url) => open_postgres(url).await?,
        };
        let store = Self { database, signals: Signals::default() };
        // Whoever was here before may have ended between forgetting and folding.
        store.signals.forgotten.store(true, Ordering::Release);
        let ran = migrate::migrate(store.begin().await?).await?;
        if ran > 0 {
            tracing::info!(migrations = ran, "the database schema was brought up to date");
        }
        if let Database::Sqlite { writer, .. } = &store.database {
            writer.lock().await.tell_statistics().await?;
        }
        Ok(store)
    }

    /// Which database it is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match &self.database {
            Database::Sqlite { .. } => Dialect::Sqlite,
            Database::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Begins a transaction; on SQLite it waits for its turn to write. The database hears of it with the first statement.
    ///
    /// # Errors
    /// When the store was closed.
    pub async fn begin(&self) -> Result<Transaction> {
        let signals = self.signals.clone();
        match &self.database {
            Database::Sqlite { writer, .. } => Ok(Transaction::begin_sqlite(Arc::clone(writer), signals).await),
            Database::Postgres { transactions, .. } if transactions.is_closed() => {
                Err(Error::Database(sqlx::Error::PoolClosed))
            }
            Database::Postgres { transactions, .. } => Ok(Transaction::begin_postgres(transactions.clone(), signals)),
        }
    }

    /// Reads outside a transaction: each query sees what was committed before it.
    #[must_use]
    pub fn reader(&self) -> Reader {
        match &self.database {
            Database::Sqlite { readers, .. } => Reader::Sqlite(readers.clone()),
            Database::Postgres { readers, .. } => Reader::Postgres(readers.clone()),
        }
    }

    /// Wakes when events were committed that wait for their numbers in the ledger.
    #[must_use]
    pub fn events_waiting(&self) -> Arc<Notify> {
        Arc::clone(&self.signals.events_waiting)
    }

    /// How many changes of rights were committed through this store; what was read before may be out of date.
    #[must_use]
    pub fn policy_changes(&self) -> u64 {
        self.signals.policy_changes.load(Ordering::Acquire)
    }

    /// Whether the database answers and, should the last that was written have failed, takes writes again.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<()> {
        self.reader().rows(Sql::new("SELECT 1")).await?;
        if !self.signals.write_failed.load(Ordering::Acquire) {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        let probe = "INSERT INTO leases (name, holder, until_at) VALUES ('write probe', '', 0)
                     ON CONFLICT (name) DO UPDATE SET until_at = leases.until_at + 1";
        transaction.execute(Sql::new(probe)).await?;
        transaction.commit().await
    }

    /// Sees to it that no file holds what was taken out of the index since the last time: SQLite's write-ahead log is
    /// folded into the database and emptied. Says whether nothing is left to do; a reader may be in the way, and then
    /// it is for later. PostgreSQL looks after its own log.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fold_forgotten(&self) -> Result<bool> {
        let Database::Sqlite { writer, .. } = &self.database else { return Ok(true) };
        if !self.signals.forgotten.swap(false, Ordering::AcqRel) {
            return Ok(true);
        }
        let folded = writer.lock().await.fold_log().await;
        if !matches!(folded, Ok(true)) {
            self.signals.forgotten.store(true, Ordering::Release);
        }
        folded
    }

    /// Closes all connections; on SQLite the write-ahead log is folded in and truncated.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> Result<()> {
        match self.database {
            Database::Sqlite { readers, writer } => {
                readers.close().await;
                if let Some(writer) = Arc::into_inner(writer) {
                    writer.into_inner().close().await?;
                }
            }
            Database::Postgres { readers, transactions } => {
                readers.close().await;
                transactions.close().await;
            }
        }
        Ok(())
    }
}

async fn open_sqlite(path: &std::path::Path) -> Result<Database> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("secure_delete", "ON")
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(256);
    let mut writer = options.connect().await?;
    sqlite_execute(&mut writer, Sql::new("PRAGMA wal_autocheckpoint = 2000")).await?;
    // A file doesn't go away between two queries: asking each time whether it is still there doubles their trips.
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS_MAX)
        .test_before_acquire(false)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Database::Sqlite { readers, writer: Arc::new(Mutex::new(Writer::new(writer))) })
}

/// Every statement is made to find few rows by an index: to compile it, to start workers for it or to read a table from
/// its beginning instead takes longer than it does.
const POSTGRES_SESSION: &str = "SET jit = off; SET max_parallel_workers_per_gather = 0; SET random_page_cost = 1.1";

/// A connection that wasn't used for so long is asked whether it still stands: one in use has just answered, and asking it
/// each time would be another trip with every statement.
const TESTED_AFTER: Duration = Duration::from_secs(1);

async fn open_postgres(url: &str) -> Result<Database> {
    let options = PgConnectOptions::from_str(url).map_err(Error::Database)?.statement_cache_capacity(256);
    let pool = async || {
        PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for >= TESTED_AFTER {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(sqlx::raw_sql(POSTGRES_SESSION)).await.map(|_| ()) })
            })
            .connect_with(options.clone())
            .await
    };
    Ok(Database::Postgres { readers: pool().await?, transactions: pool().await? })
}

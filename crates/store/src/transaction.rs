//! Transactions: one shape for both databases, and one writer on SQLite that commits in groups.
//!
//! On SQLite `begin` waits in a fair queue for the only write connection. Each use case is a savepoint
//! inside an open transaction; after it is released its maker queues once more, and whoever gets the
//! lock commits for everybody who was released by then. So N waiting writers share one fsync, and an
//! answer is given only after its commit. Use cases do no other I/O between `begin` and `commit`.

use crate::database::{
    Dialect, Queries, Row, Sql, postgres_execute, postgres_rows, sqlite_execute, sqlite_rows,
};
use crate::{Error, Result};
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

type Answer = std::result::Result<(), String>;

/// The only write connection of a SQLite store.
pub(crate) struct Writer {
    connection: SqliteConnection,
    /// `BEGIN IMMEDIATE` was sent and no commit since.
    open: bool,
    /// A savepoint was set and neither released nor rolled back: its owner went away.
    unfinished: bool,
    /// Released use cases that wait for the commit.
    waiting: Vec<oneshot::Sender<Answer>>,
}

impl Writer {
    pub(crate) const fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            open: false,
            unfinished: false,
            waiting: Vec::new(),
        }
    }

    async fn send(&mut self, text: &str) -> Result<()> {
        sqlite_execute(&mut self.connection, Sql::new(text))
            .await
            .map(|_| ())
    }

    /// Rolls back what an owner left who went away without committing.
    async fn settle(&mut self) -> Result<()> {
        if self.unfinished {
            self.send("ROLLBACK TO use_case").await?;
            self.send("RELEASE use_case").await?;
            self.unfinished = false;
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<()> {
        self.settle().await?;
        if !self.open {
            self.send("BEGIN IMMEDIATE").await?;
            self.open = true;
        }
        self.send("SAVEPOINT use_case").await?;
        self.unfinished = true;
        Ok(())
    }

    /// After an error nobody can tell what the connection holds: everything since the last commit goes.
    async fn abandon(&mut self, error: &Error) {
        let _ = self.send("ROLLBACK").await;
        self.open = false;
        self.unfinished = false;
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(Err(error.to_string()));
        }
    }

    async fn commit_all(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let outcome = match self.settle().await {
            Ok(()) => self.send("COMMIT").await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => {
                self.open = false;
                for waiting in self.waiting.drain(..) {
                    let _ = waiting.send(Ok(()));
                }
            }
            Err(error) => self.abandon(&error).await,
        }
    }

    /// Ends the connection after folding the write-ahead log into the database.
    pub(crate) async fn close(self) -> Result<()> {
        let Self { mut connection, .. } = self;
        sqlite_execute(&mut connection, Sql::new("PRAGMA optimize")).await?;
        connection.close().await?;
        Ok(())
    }
}

enum Inner {
    Sqlite {
        guard: OwnedMutexGuard<Writer>,
        writer: Arc<Mutex<Writer>>,
    },
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// A transaction. What isn't committed when it is dropped didn't happen.
pub struct Transaction {
    inner: Inner,
    told: Option<(Arc<Notify>, Arc<AtomicU64>)>,
    wrote_events: bool,
    changed_policy: bool,
}

impl Transaction {
    pub(crate) async fn begin_sqlite(writer: Arc<Mutex<Writer>>) -> Result<Self> {
        let mut guard = Arc::clone(&writer).lock_owned().await;
        if let Err(error) = guard.start().await {
            guard.abandon(&error).await;
            return Err(error);
        }
        Ok(Self {
            inner: Inner::Sqlite { guard, writer },
            told: None,
            wrote_events: false,
            changed_policy: false,
        })
    }

    pub(crate) async fn begin_postgres(pool: &sqlx::PgPool) -> Result<Self> {
        Ok(Self {
            inner: Inner::Postgres(pool.begin().await?),
            told: None,
            wrote_events: false,
            changed_policy: false,
        })
    }

    pub(crate) fn tell(&mut self, events_waiting: &Arc<Notify>, policy_changes: &Arc<AtomicU64>) {
        self.told = Some((Arc::clone(events_waiting), Arc::clone(policy_changes)));
    }

    /// Remembers to say after the commit that rights changed.
    pub(crate) const fn changed_policy(&mut self) {
        self.changed_policy = true;
    }

    /// Remembers to wake the sequencer after the commit.
    pub(crate) const fn wrote_event(&mut self) {
        self.wrote_events = true;
    }

    /// Makes it durable: when this answers well, a power cut can't undo it.
    ///
    /// # Errors
    /// When the database couldn't; then nothing of the transaction happened.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            Inner::Postgres(transaction) => transaction.commit().await?,
            Inner::Sqlite { mut guard, writer } => {
                if let Err(error) = guard.send("RELEASE use_case").await {
                    guard.abandon(&error).await;
                    return Err(error);
                }
                guard.unfinished = false;
                let (sender, answer) = oneshot::channel();
                guard.waiting.push(sender);
                drop(guard);
                // In a task of its own: a caller that goes away must not leave others waiting.
                tokio::spawn(async move { writer.lock_owned().await.commit_all().await });
                match answer.await {
                    Ok(Ok(())) => {}
                    Ok(Err(text)) => return Err(Error::Commit(text)),
                    Err(_) => return Err(Error::Commit("the writer went away".to_owned())),
                }
            }
        }
        let Some((events_waiting, policy_changes)) = self.told else {
            return Ok(());
        };
        if self.changed_policy {
            policy_changes.fetch_add(1, Ordering::Release);
        }
        if self.wrote_events {
            events_waiting.notify_one();
        }
        Ok(())
    }
}

impl Queries for Transaction {
    fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite { .. } => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }
    async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>> {
        match &mut self.inner {
            Inner::Sqlite { guard, .. } => sqlite_rows(&mut guard.connection, sql).await,
            Inner::Postgres(transaction) => postgres_rows(&mut **transaction, sql).await,
        }
    }
    async fn execute(&mut self, sql: Sql) -> Result<u64> {
        match &mut self.inner {
            Inner::Sqlite { guard, .. } => sqlite_execute(&mut guard.connection, sql).await,
            Inner::Postgres(transaction) => postgres_execute(&mut **transaction, sql).await,
        }
    }
}

//! Transactions: one shape for both databases, and one writer on SQLite that commits in groups.
//!
//! On SQLite `begin` waits in a fair queue for the only write connection. Each use case is a savepoint
//! inside an open transaction; after it is released its maker queues once more, and whoever gets the
//! lock commits for everybody who was released by then. So N waiting writers share one fsync, and an
//! answer is given only after its commit. Use cases do no other I/O between `begin` and `commit`.
//!
//! A use case may be dropped at any point, because its client hung up. So what opens, releases and commits runs
//! in tasks of its own: half of it must never be done to a connection that others share.

use crate::access::KeyRights;
use crate::database::{Dialect, Queries, Row, Sql, postgres_execute, postgres_rows, sqlite_execute, sqlite_rows};
use crate::{Error, Result};
use soundkeep_domain::{ApiKeyId, UserId};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, oneshot};

type Answer = std::result::Result<(), String>;

/// How long SQLite waits for a lock that another connection holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

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
        Self { connection, open: false, unfinished: false, waiting: Vec::new() }
    }

    async fn send(&mut self, text: &str) -> Result<()> {
        sqlite_execute(&mut self.connection, Sql::new(text)).await.map(|_| ())
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
        // Two statements and one trip to the connection's thread.
        self.send(if self.open { "SAVEPOINT use_case" } else { "BEGIN IMMEDIATE; SAVEPOINT use_case" }).await?;
        self.open = true;
        self.unfinished = true;
        Ok(())
    }

    /// Rolls back what an owner left, and holds nothing open when nobody waits for a commit.
    async fn leave(&mut self) {
        let left = match self.settle().await {
            Ok(()) if self.open && self.waiting.is_empty() => self.send("ROLLBACK").await,
            settled => settled,
        };
        match left {
            Ok(()) => self.open = !self.waiting.is_empty(),
            Err(error) => self.abandon(&error).await,
        }
    }

    /// Tells SQLite how large its tables are, when nobody writes yet.
    pub(crate) async fn tell_statistics(&mut self) -> Result<()> {
        self.leave().await;
        crate::statistics::tell(&mut self.connection).await
    }

    /// Folds the write-ahead log into the database and empties it; says whether no reader was in the way.
    pub(crate) async fn fold_log(&mut self) -> Result<bool> {
        self.commit_all().await;
        self.leave().await;
        // Everybody who writes waits meanwhile: better to try again later than to wait for a reader.
        self.send("PRAGMA busy_timeout = 50").await?;
        let fold = Sql::new("PRAGMA wal_checkpoint(TRUNCATE)");
        let folded = sqlite_rows(&mut self.connection, fold).await;
        let usual = format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis());
        self.send(&usual).await?;
        let row = folded?.into_iter().next();
        let row = row.ok_or(Error::Corrupt("a checkpoint without an answer"))?;
        Ok(row.get::<i64>(0)? == 0)
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
        let Self { connection, .. } = self;
        connection.close().await?;
        Ok(())
    }
}

/// A use case's turn at the only write connection.
struct Turn {
    /// Always there until the turn ends.
    guard: Option<OwnedMutexGuard<Writer>>,
    writer: Arc<Mutex<Writer>>,
}

impl Turn {
    async fn begin(writer: Arc<Mutex<Writer>>) -> Result<Self> {
        let mut guard = Arc::clone(&writer).lock_owned().await;
        if let Err(error) = guard.start().await {
            guard.abandon(&error).await;
            return Err(error);
        }
        let guard = Some(guard);
        Ok(Self { guard, writer })
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection> {
        let guard = self.guard.as_mut();
        let guard = guard.ok_or(Error::Corrupt("a use case went on after its end"))?;
        Ok(&mut guard.connection)
    }

    /// Releases the savepoint, and answers when somebody has committed for all.
    async fn commit(mut self) -> Result<()> {
        let gone = || Error::Commit("the writer went away".to_owned());
        let mut guard = self.guard.take().ok_or_else(gone)?;
        if let Err(error) = guard.send("RELEASE use_case").await {
            guard.abandon(&error).await;
            return Err(error);
        }
        guard.unfinished = false;
        let (sender, answer) = oneshot::channel();
        guard.waiting.push(sender);
        drop(guard);
        Arc::clone(&self.writer).lock_owned().await.commit_all().await;
        answer.await.map_err(|_| gone())?.map_err(Error::Commit)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Without a runtime nothing can be sent: then the next turn begins with it.
        if let Some(mut guard) = self.guard.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { guard.leave().await });
        }
    }
}

enum Inner {
    Sqlite(Turn),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Whose rights a transaction changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Those of these users, and of nobody else.
    Users(BTreeSet<UserId>),
    /// Those of the program with this key, which has these rights.
    Program(ApiKeyId, KeyRights),
    /// Those of anybody.
    Everybody,
}

/// What a transaction wants of the rights of its organisation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Policy {
    Unheard,
    Held,
    Locked,
}

/// A transaction. What isn't committed when it is dropped didn't happen.
pub struct Transaction {
    inner: Inner,
    signals: Signals,
    counts: crate::counts::Deltas,
    untold: Vec<crate::history::Untold>,
    wrote_events: bool,
    changed_policy: Option<Whose>,
    policy: Policy,
    forgot: bool,
    /// A statement failed: PostgreSQL would take the commit and do nothing of it, and SQLite would do the rest.
    failed: bool,
}

/// What a store is told after commits.
#[derive(Clone, Default)]
pub(crate) struct Signals {
    /// Wakes the sequencer.
    pub(crate) events_waiting: Arc<Notify>,
    /// Counts changes of rights.
    pub(crate) policy_changes: Arc<AtomicU64>,
    /// Something was taken out that must stand in no file any more.
    pub(crate) forgotten: Arc<AtomicBool>,
    /// The last that was written failed, and nobody has tried since.
    pub(crate) write_failed: Arc<AtomicBool>,
}

/// Waits for work that goes on when whoever waits for it goes away.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let ended = tokio::spawn(work).await;
    ended.map_err(|_| Error::Commit("the task went away".to_owned()))?
}

impl Transaction {
    pub(crate) async fn begin_sqlite(writer: Arc<Mutex<Writer>>, signals: Signals) -> Result<Self> {
        let turn = to_its_end(Turn::begin(writer)).await?;
        Ok(Self::over(Inner::Sqlite(turn), signals))
    }

    pub(crate) async fn begin_postgres(pool: &sqlx::PgPool, signals: Signals) -> Result<Self> {
        Ok(Self::over(Inner::Postgres(pool.begin().await?), signals))
    }

    fn over(inner: Inner, signals: Signals) -> Self {
        Self {
            inner,
            signals,
            counts: crate::counts::Deltas::default(),
            untold: Vec::new(),
            wrote_events: false,
            changed_policy: None,
            policy: Policy::Unheard,
            forgot: false,
            failed: false,
        }
    }

    /// What it changes of the counts of conversations, to be written before the commit.
    pub(crate) const fn counts(&mut self) -> &mut crate::counts::Deltas {
        &mut self.counts
    }

    /// Changes of rights of which no event has told yet.
    pub(crate) const fn untold(&mut self) -> &mut Vec<crate::history::Untold> {
        &mut self.untold
    }

    /// Remembers to say after the commit that rights changed.
    pub(crate) fn changed_policy(&mut self, whose: Whose) {
        self.changed_policy = Some(match (self.changed_policy.take(), whose) {
            (None, whose) => whose,
            (Some(Whose::Users(mut users)), Whose::Users(more)) => {
                users.extend(more);
                Whose::Users(users)
            }
            _ => Whose::Everybody,
        });
    }

    /// Whose rights it changes, if anybody's.
    #[must_use]
    pub const fn changes_rights_of(&self) -> Option<&Whose> {
        self.changed_policy.as_ref()
    }

    /// Remembers that rights are to stay as they are; says whether that is still to be seen to.
    pub(crate) fn hold_policy(&mut self) -> bool {
        let first = self.policy == Policy::Unheard;
        if first {
            self.policy = Policy::Held;
        }
        first
    }

    /// Remembers that nobody else is to act on rights; says whether that is still to be seen to.
    pub(crate) fn lock_policy(&mut self) -> Result<bool> {
        let before = std::mem::replace(&mut self.policy, Policy::Locked);
        match before {
            Policy::Unheard => Ok(true),
            Policy::Locked => Ok(false),
            Policy::Held => Err(Error::Corrupt("a transaction that holds rights wants to change them")),
        }
    }

    /// Remembers to say after the commit that something must stand in no file any more.
    pub(crate) const fn forgot(&mut self) {
        self.forgot = true;
    }

    /// Remembers to wake the sequencer after the commit.
    pub(crate) const fn wrote_event(&mut self) {
        self.wrote_events = true;
    }

    /// Makes it durable: when this answers well, a power cut can't undo it. Once begun it goes on, also when
    /// whoever waits for the answer goes away.
    ///
    /// # Errors
    /// When the database couldn't, or a statement had failed; then nothing of the transaction happened.
    pub async fn commit(mut self) -> Result<()> {
        if self.failed {
            return Err(Error::Commit("a statement had failed before".to_owned()));
        }
        crate::counts::write(&mut self).await?;
        to_its_end(async move {
            let committed = match self.inner {
                Inner::Postgres(transaction) => transaction.commit().await.map_err(Error::from),
                Inner::Sqlite(turn) => turn.commit().await,
            };
            self.signals.write_failed.store(committed.is_err(), Ordering::Release);
            committed?;
            if self.changed_policy.is_some() {
                self.signals.policy_changes.fetch_add(1, Ordering::Release);
            }
            if self.forgot {
                self.signals.forgotten.store(true, Ordering::Release);
            }
            if self.wrote_events {
                self.signals.events_waiting.notify_one();
            }
            Ok(())
        })
        .await
    }
}

impl Queries for Transaction {
    fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }
    async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>> {
        let rows = match &mut self.inner {
            Inner::Sqlite(turn) => sqlite_rows(turn.connection()?, sql).await,
            Inner::Postgres(transaction) => postgres_rows(&mut **transaction, sql).await,
        };
        self.failed |= rows.is_err();
        rows
    }
    async fn execute(&mut self, sql: Sql) -> Result<u64> {
        let touched = match &mut self.inner {
            Inner::Sqlite(turn) => sqlite_execute(turn.connection()?, sql).await,
            Inner::Postgres(transaction) => postgres_execute(&mut **transaction, sql).await,
        };
        self.failed |= touched.is_err();
        if matches!(touched, Err(Error::Database(_))) {
            self.signals.write_failed.store(true, Ordering::Release);
        }
        touched
    }
}

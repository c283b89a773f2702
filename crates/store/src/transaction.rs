//! Transactions: one shape for both databases. SQLite has one writer, which commits in groups.
//!
//! A transaction opens with its first statement. Use cases do no other I/O between `begin` and `commit`.

mod opened;
mod writer;

pub(crate) use writer::{BUSY_TIMEOUT, Writer};

use crate::access::KeyRights;
use crate::database::{Dialect, Part, Queries, Row, Sql, postgres_execute, postgres_rows, postgres_together};
use crate::{Error, Result};
use opened::Opened;
use soundkeep_domain::{ApiKeyId, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::{Mutex, Notify};
use writer::Turn;

enum Inner {
    /// Always there but while it starts.
    Sqlite(Option<Turn>),
    /// Nothing was sent yet.
    Unopened(sqlx::PgPool),
    Postgres(Opened),
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
    pub(crate) async fn begin_sqlite(writer: Arc<Mutex<Writer>>, signals: Signals) -> Self {
        Self::over(Inner::Sqlite(Some(Turn::begin(writer).await)), signals)
    }

    pub(crate) fn begin_postgres(pool: sqlx::PgPool, signals: Signals) -> Self {
        Self::over(Inner::Unopened(pool), signals)
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
        self.is_whole()?;
        crate::counts::write(&mut self).await?;
        to_its_end(async move {
            let committed = match self.inner {
                Inner::Postgres(opened) => opened.commit().await,
                Inner::Sqlite(Some(turn)) => turn.commit().await,
                Inner::Sqlite(None) => Err(GONE),
                // Nothing was asked of it.
                Inner::Unopened(_) => Ok(()),
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

/// The task that opened a transaction broke down, and took its turn along.
const GONE: Error = Error::Corrupt("a transaction went on after its end");

impl Transaction {
    /// Asks for a lock of PostgreSQL's, which ends with the transaction: in the trip that opens it, if it can.
    pub(crate) async fn take_lock(&mut self, function: &str, number: i64) -> Result<()> {
        let lock = format!("SELECT {function}({number})");
        if let Inner::Unopened(pool) = &self.inner {
            let opened = Opened::open(pool, format!("BEGIN; {lock}")).await;
            self.inner = Inner::Postgres(self.ended(opened)?);
            return Ok(());
        }
        self.execute(Sql::new(&lock)).await.map(|_| ())
    }

    /// Sends statements to SQLite; says what each did.
    async fn ask_sqlite(&mut self, sql: Sql) -> Result<Vec<Part>> {
        let Inner::Sqlite(turn) = &mut self.inner else { return Err(GONE) };
        match turn {
            Some(turn) if turn.has_begun() => turn.go_on(sql).await,
            waiting => {
                let start = waiting.take().ok_or(GONE)?.start(sql);
                let (turn, parts) = tokio::spawn(start).await.map_err(|_| GONE)?;
                *waiting = Some(turn);
                parts
            }
        }
    }

    async fn postgres(&mut self) -> Result<&mut sqlx::PgConnection> {
        if let Inner::Unopened(pool) = &self.inner {
            self.inner = Inner::Postgres(Opened::open(pool, "BEGIN".to_owned()).await?);
        }
        match &mut self.inner {
            Inner::Postgres(opened) => opened.connection(),
            Inner::Unopened(_) | Inner::Sqlite(_) => Err(GONE),
        }
    }

    /// After a statement that failed there is no other: PostgreSQL refuses it, and SQLite might have ended the
    /// transaction with it, so that the next would be durable at once.
    fn is_whole(&self) -> Result<()> {
        match self.failed {
            true => Err(Error::Commit("a statement had failed before".to_owned())),
            false => Ok(()),
        }
    }

    /// Remembers whether a statement failed.
    fn ended<T>(&mut self, outcome: Result<T>) -> Result<T> {
        self.failed |= outcome.is_err();
        if matches!(outcome, Err(Error::Database(_))) {
            self.signals.write_failed.store(true, Ordering::Release);
        }
        outcome
    }

    /// Makes several writes and reads a number, in one trip: how many rows each write touched, and the number. A write
    /// that asks for [`crate::database::BEFORE`] is made only when the one before it touched a row. On PostgreSQL the
    /// number is read as it was before the writes.
    pub(crate) async fn together(&mut self, writes: Vec<Sql>, number: Sql) -> Result<(Vec<u64>, Option<i64>)> {
        self.is_whole()?;
        let outcome = match &self.inner {
            Inner::Sqlite(_) => match self.ask_sqlite(Sql::one_by_one(writes, number)).await {
                Ok(parts) => read_together(parts),
                Err(error) => Err(error),
            },
            Inner::Unopened(_) | Inner::Postgres(_) => match self.postgres().await {
                Ok(connection) => postgres_together(connection, writes, number).await,
                Err(error) => Err(error),
            },
        };
        self.ended(outcome)
    }
}

/// What [`Sql::one_by_one`] did.
fn read_together(mut parts: Vec<Part>) -> Result<(Vec<u64>, Option<i64>)> {
    let number = parts.pop().ok_or(Error::Corrupt("statements without an answer"))?;
    let number = number.rows.first().map(|row| row.get(0)).transpose()?;
    Ok((parts.iter().map(|part| part.touched).collect(), number))
}

impl Queries for Transaction {
    fn dialect(&self) -> Dialect {
        match &self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Unopened(_) | Inner::Postgres(_) => Dialect::Postgres,
        }
    }
    async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>> {
        self.is_whole()?;
        let rows = match &self.inner {
            Inner::Sqlite(_) => {
                self.ask_sqlite(sql).await.map(|parts| parts.into_iter().flat_map(|part| part.rows).collect())
            }
            Inner::Unopened(_) | Inner::Postgres(_) => match self.postgres().await {
                Ok(connection) => postgres_rows(connection, sql).await,
                Err(error) => Err(error),
            },
        };
        self.ended(rows)
    }
    async fn execute(&mut self, sql: Sql) -> Result<u64> {
        self.is_whole()?;
        let touched = match &self.inner {
            Inner::Sqlite(_) => self.ask_sqlite(sql).await.map(|parts| parts.iter().map(|part| part.touched).sum()),
            Inner::Unopened(_) | Inner::Postgres(_) => match self.postgres().await {
                Ok(connection) => postgres_execute(connection, sql).await,
                Err(error) => Err(error),
            },
        };
        self.ended(touched)
    }
}

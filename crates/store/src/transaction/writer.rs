//! SQLite's only write connection, and a use case's turn at it.
//!
//! `begin` waits in a fair queue for the connection. Each use case works behind a savepoint inside an open transaction;
//! after it is finished its maker queues once more, and whoever gets the lock commits for everybody who was finished by
//! then. So N waiting writers share one fsync, and an answer is given only after its commit.
//!
//! A trip to the connection's thread takes longer than most statements, and all other writers wait for it: a savepoint
//! is set and released in the same trip as the statement, or the commit, that comes next.
//!
//! A use case may be dropped at any point, because its client hung up. So what opens and commits runs in tasks of its
//! own: half of it must never be done to a connection that others share.

use crate::database::{Part, Sql, sqlite_execute, sqlite_parts, sqlite_rows};
use crate::{Error, Result};
use sqlx::{Connection, SqliteConnection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

type Answer = std::result::Result<(), String>;

/// How long SQLite waits for a lock that another connection holds.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What stands of the savepoint that a use case works behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    /// There is none.
    Unset,
    /// Of a use case that works, or that went away.
    Unfinished,
    /// Of one that is finished, and waits for the commit.
    Finished,
}

/// The only write connection of a SQLite store.
pub(crate) struct Writer {
    connection: SqliteConnection,
    /// `BEGIN IMMEDIATE` was sent and no commit since.
    open: bool,
    savepoint: Savepoint,
    /// Finished use cases that wait for the commit.
    waiting: Vec<oneshot::Sender<Answer>>,
}

impl Writer {
    pub(crate) const fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false, savepoint: Savepoint::Unset, waiting: Vec::new() }
    }

    async fn send(&mut self, text: &str) -> Result<()> {
        sqlite_execute(&mut self.connection, Sql::new(text)).await.map(|_| ())
    }

    /// Sends the first statements of a use case behind a savepoint of its own; says what they did, as far as they came.
    async fn start(&mut self, sql: Sql) -> (Vec<Part>, Result<()>) {
        let leading: &[&str] = match (self.open, self.savepoint) {
            (false, _) => &["BEGIN IMMEDIATE", "SAVEPOINT use_case"],
            (true, Savepoint::Unset) => &["SAVEPOINT use_case"],
            (true, Savepoint::Finished) => &["RELEASE use_case", "SAVEPOINT use_case"],
            // Takes back what was done since it was set, and leaves it set.
            (true, Savepoint::Unfinished) => &["ROLLBACK TO use_case"],
        };
        let (mut parts, outcome) = sqlite_parts(&mut self.connection, sql.led_by(leading)).await;
        if parts.len() >= leading.len() {
            self.open = true;
            self.savepoint = Savepoint::Unfinished;
            return (parts.split_off(leading.len()), outcome);
        }
        if let Err(error) = &outcome {
            self.abandon(error).await;
        }
        (Vec::new(), outcome)
    }

    /// Rolls back what an owner left, and holds nothing open when nobody waits for a commit.
    async fn leave(&mut self) {
        let left = match (self.open, self.savepoint) {
            (false, _) => return,
            (true, _) if self.waiting.is_empty() => self.send("ROLLBACK").await,
            (true, Savepoint::Unfinished) => self.send("ROLLBACK TO use_case; RELEASE use_case").await,
            (true, Savepoint::Unset | Savepoint::Finished) => return,
        };
        match left {
            Ok(()) => {
                self.open = !self.waiting.is_empty();
                self.savepoint = Savepoint::Unset;
            }
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
        self.savepoint = Savepoint::Unset;
        for waiting in self.waiting.drain(..) {
            let _ = waiting.send(Err(error.to_string()));
        }
    }

    async fn commit_all(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let outcome = match self.savepoint {
            Savepoint::Unset => self.send("COMMIT").await,
            Savepoint::Finished => self.send("RELEASE use_case; COMMIT").await,
            Savepoint::Unfinished => self.send("ROLLBACK TO use_case; RELEASE use_case; COMMIT").await,
        };
        match outcome {
            Ok(()) => {
                self.open = false;
                self.savepoint = Savepoint::Unset;
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
pub(super) struct Turn {
    /// Always there until the turn ends.
    guard: Option<OwnedMutexGuard<Writer>>,
    writer: Arc<Mutex<Writer>>,
    /// It has its savepoint.
    begun: bool,
}

impl Turn {
    /// Waits for the turn. Nothing is sent yet.
    pub(super) async fn begin(writer: Arc<Mutex<Writer>>) -> Self {
        let guard = Some(Arc::clone(&writer).lock_owned().await);
        Self { guard, writer, begun: false }
    }

    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    fn held(&mut self) -> Result<&mut Writer> {
        let guard = self.guard.as_mut();
        guard.map(|guard| &mut **guard).ok_or(Error::Corrupt("a use case went on after its end"))
    }

    /// Sends the first statements. To be polled to its end: the savepoint is half set meanwhile.
    pub(super) async fn start(mut self, sql: Sql) -> (Self, Result<Vec<Part>>) {
        let (parts, outcome) = match self.held() {
            Ok(writer) => writer.start(sql).await,
            Err(error) => return (self, Err(error)),
        };
        self.begun = self.guard.as_ref().is_some_and(|writer| writer.open);
        if !self.begun {
            // Whatever came now would be durable at once.
            self.guard = None;
        }
        (self, outcome.map(|()| parts))
    }

    /// Sends what comes after them.
    pub(super) async fn go_on(&mut self, sql: Sql) -> Result<Vec<Part>> {
        let (parts, outcome) = sqlite_parts(&mut self.held()?.connection, sql).await;
        outcome.map(|()| parts)
    }

    /// Finishes the use case, and answers when somebody has committed for all.
    pub(super) async fn commit(mut self) -> Result<()> {
        if !self.begun {
            return Ok(());
        }
        let gone = || Error::Commit("the writer went away".to_owned());
        let mut guard = self.guard.take().ok_or_else(gone)?;
        guard.savepoint = Savepoint::Finished;
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
            && self.begun
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { guard.leave().await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Turn, Writer};
    use crate::database::Sql;
    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::Mutex;

    async fn connection(path: &std::path::Path) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).busy_timeout(Duration::ZERO);
        options.connect().await.unwrap()
    }

    async fn rows(connection: &mut SqliteConnection) -> Vec<i64> {
        sqlx::query_scalar("SELECT number FROM numbers ORDER BY number").fetch_all(connection).await.unwrap()
    }

    fn insert(number: i64) -> Sql {
        Sql::new(&format!("INSERT INTO numbers VALUES ({number})"))
    }

    #[tokio::test]
    async fn who_could_not_open_writes_nothing_and_the_next_one_can() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.sqlite");
        let mut other = connection(&path).await;
        other.execute("CREATE TABLE numbers (number INTEGER)").await.unwrap();
        let writer = Arc::new(Mutex::new(Writer::new(connection(&path).await)));
        other.execute("BEGIN IMMEDIATE").await.unwrap();
        let (mut late, outcome) = Turn::begin(Arc::clone(&writer)).await.start(insert(1)).await;
        assert!(outcome.is_err());
        other.execute("ROLLBACK").await.unwrap();
        // What came now would be in no transaction.
        assert!(late.go_on(insert(2)).await.is_err());
        late.commit().await.unwrap();
        assert!(rows(&mut other).await.is_empty());
        let (next, outcome) = Turn::begin(Arc::clone(&writer)).await.start(insert(3)).await;
        outcome.unwrap();
        next.commit().await.unwrap();
        assert_eq!(rows(&mut other).await, [3]);
    }

    #[tokio::test]
    async fn a_finished_use_case_stays_when_the_one_after_it_goes_at_any_point() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.sqlite");
        let mut other = connection(&path).await;
        other.execute("CREATE TABLE numbers (number INTEGER)").await.unwrap();
        let writer = Arc::new(Mutex::new(Writer::new(connection(&path).await)));
        let mut expected = Vec::new();
        for (at, sent) in [0, 1, 2].into_iter().enumerate() {
            let number = i64::try_from(at).unwrap() * 10;
            let (first, outcome) = Turn::begin(Arc::clone(&writer)).await.start(insert(number)).await;
            outcome.unwrap();
            // It is second in the queue for the lock: the other has its turn between its end and its commit.
            let second = tokio::spawn(Turn::begin(Arc::clone(&writer)));
            tokio::task::yield_now().await;
            let first = tokio::spawn(first.commit());
            let mut second = second.await.unwrap();
            if sent > 0 {
                let (begun, outcome) = second.start(insert(number + 1)).await;
                outcome.unwrap();
                second = begun;
            }
            if sent > 1 {
                second.go_on(insert(number + 2)).await.unwrap();
            }
            drop(second);
            first.await.unwrap().unwrap();
            expected.push(number);
            assert_eq!(rows(&mut other).await, expected);
        }
    }
}

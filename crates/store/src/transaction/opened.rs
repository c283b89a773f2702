//! A transaction of PostgreSQL's: a connection of the pool, from `BEGIN` to its end.
//!
//! The library's own kind takes a `BEGIN` with a lock in the same trip, but lets a connection that fails or is
//! abandoned on the way go back to the pool as it is, with the transaction and the lock. Here whatever wasn't committed
//! is rolled back, from the first word on.

use crate::{Error, Result};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, raw_sql};

/// Always there but after the commit.
pub(super) struct Opened(Option<PoolConnection<Postgres>>);

impl Opened {
    /// Takes a connection and sends `text`, which begins with `BEGIN`.
    pub(super) async fn open(pool: &PgPool, text: String) -> Result<Self> {
        // Boxed: it is large, and every statement of a transaction has room for it.
        let mut opened = Self(Some(Box::pin(pool.acquire()).await?));
        opened.connection()?.execute(raw_sql(AssertSqlSafe(text))).await?;
        Ok(opened)
    }

    pub(super) fn connection(&mut self) -> Result<&mut PgConnection> {
        self.0.as_deref_mut().ok_or(Error::Corrupt("a transaction went on after its end"))
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.connection()?.execute(raw_sql("COMMIT")).await?;
        self.0 = None;
        Ok(())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // Outside of a runtime nothing can be sent, by the pool neither: that is at the end of the process alone, and
        // the server rolls back.
        if let Some(mut connection) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if connection.execute(raw_sql("ROLLBACK")).await.is_err() {
                    connection.close_on_drop();
                }
            });
        }
    }
}

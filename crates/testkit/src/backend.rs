//! Databases for tests: a SQLite file always, and a PostgreSQL database of its own where a server is configured.
//!
//! `SOUNDKEEP_TEST_POSTGRES=postgres://user:password@host/postgres` names the server; `cargo xtask test` and
//! `cargo xtask postgres COMMAND` start one and set it.

use soundkeep_store::{Dialect, Location, Store};
use sqlx::{Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const SERVER: &str = "SOUNDKEEP_TEST_POSTGRES";

/// A fresh database, gone with this value.
#[derive(Debug)]
pub struct Backend {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

static NUMBER: AtomicU32 = AtomicU32::new(0);
static TOLD: Once = Once::new();

impl Backend {
    /// A SQLite file in a folder of its own.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { place: Place::Sqlite(folder) }
    }

    /// A database on the configured PostgreSQL server, if there is one.
    #[must_use]
    pub fn postgres() -> Option<Self> {
        let server = std::env::var(SERVER).ok().filter(|server| !server.is_empty())?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        // Tests run in many processes at once, and a killed one leaves its database behind.
        let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), number);
        let name = format!("soundkeep_{}_{number}_{random:016x}", std::process::id());
        order(&server, format!("CREATE DATABASE {name}"));
        Some(Self { place: Place::Postgres { server, name } })
    }

    /// One of each that is at hand; says once which those are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let all: Vec<Self> = [Some(Self::sqlite()), Self::postgres()].into_iter().flatten().collect();
        TOLD.call_once(|| match all.len() {
            1 => println!("databases: SQLite; {SERVER} is not set, so PostgreSQL is left out"),
            _ => println!("databases: SQLite and PostgreSQL"),
        });
        all
    }

    /// Which database it is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.place {
            Place::Sqlite(_) => Dialect::Sqlite,
            Place::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Where it lives.
    #[must_use]
    pub fn location(&self) -> Location {
        match &self.place {
            Place::Sqlite(folder) => Location::Sqlite(file_in(folder.path())),
            Place::Postgres { server, name } => Location::Postgres(database_on(server, name)),
        }
    }

    /// The SQLite file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::Sqlite(folder) => Some(file_in(folder.path())),
            Place::Postgres { .. } => None,
        }
    }

    /// Opens a store over it.
    pub async fn open(&self) -> Store {
        Store::open(&self.location()).await.expect("the store opens")
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Place::Postgres { server, name } = &self.place {
            order(server, format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        if std::thread::panicking() {
            println!("this failed on {:?}", self.dialect());
        }
    }
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join("vault.sqlite")
}

/// The server's address with another database behind the last slash.
fn database_on(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{base}/{name}")
}

/// Sends one order to the server from a thread of its own: the caller may be inside of a runtime or unwinding.
fn order(server: &str, text: String) {
    let server = server.to_owned();
    let ordered = std::thread::spawn(move || {
        runtime().block_on(async {
            let mut connection = PgConnection::connect(&server).await?;
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut connection).await?;
            connection.close().await
        })
    });
    let ordered = ordered.join().expect("the thread ends");
    if let Err(error) = ordered
        && !std::thread::panicking()
    {
        panic!("the PostgreSQL server of the tests refused: {error}");
    }
}

/// A runtime for one test.
#[must_use]
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Runs a test on every database that is at hand, each time on a fresh one.
pub fn for_each_backend(test: impl AsyncFn(&Backend)) {
    for backend in Backend::all() {
        runtime().block_on(test(&backend));
    }
}

//! One way to speak to both databases: statements in the common subset of SQL, with `$1` places.
//!
//! Both SQLite and PostgreSQL take `$n`, `ON CONFLICT`, partial indexes and row values, so a statement
//! is written once. Values are integers (64 bits), texts and bytes, nothing else; booleans are 0 and 1.
//! Nothing in here knows what a table means.

// The module is private: its types may be handed around and can be used in here alone.
#![allow(unreachable_pub, missing_docs)]

use crate::{Error, Result};
use futures::TryStreamExt as _;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor, PgConnection, PgPool, Row as _, SqliteConnection, SqlitePool};

/// Which database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded SQLite.
    Sqlite,
    /// PostgreSQL from 14 on.
    Postgres,
}

/// A value that goes in. Nulls have a type too, because PostgreSQL asks for it.
#[derive(Debug, Clone)]
pub enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $to:expr;)*) => {$(
        impl From<$from> for Value { fn from($it: $from) -> Self { $to } }
    )*};
}
value_from! {
    i64 => |it| Value::Integer(Some(it));
    Option<i64> => |it| Value::Integer(it);
    u32 => |it| Value::Integer(Some(i64::from(it)));
    bool => |it| Value::Integer(Some(i64::from(it)));
    &str => |it| Value::Text(Some(it.to_owned()));
    &String => |it| Value::Text(Some(it.clone()));
    String => |it| Value::Text(Some(it));
    Option<String> => |it| Value::Text(it);
    Option<&str> => |it| Value::Text(it.map(str::to_owned));
    Vec<u8> => |it| Value::Bytes(Some(it));
    Option<Vec<u8>> => |it| Value::Bytes(it);
    &[u8] => |it| Value::Bytes(Some(it.to_vec()));
    &[u8; 16] => |it| Value::Bytes(Some(it.to_vec()));
    &[u8; 32] => |it| Value::Bytes(Some(it.to_vec()));
    [u8; 32] => |it| Value::Bytes(Some(it.to_vec()));
    Option<&[u8; 16]> => |it| Value::Bytes(it.map(|bytes| bytes.to_vec()));
    soundkeep_domain::Timestamp => |it| Value::Integer(Some(it.as_unix_micros()));
    Option<soundkeep_domain::Timestamp> => |it| Value::Integer(it.map(soundkeep_domain::Timestamp::as_unix_micros));
}
macro_rules! value_from_ids {
    ($($id:ident)*) => {$(
        impl From<soundkeep_domain::$id> for Value {
            fn from(id: soundkeep_domain::$id) -> Self { Value::Bytes(Some(id.as_bytes().to_vec())) }
        }
        impl From<Option<soundkeep_domain::$id>> for Value {
            fn from(id: Option<soundkeep_domain::$id>) -> Self { Value::Bytes(id.map(|id| id.as_bytes().to_vec())) }
        }
        impl FromColumn for soundkeep_domain::$id {
            fn from_column(row: &Row, at: usize) -> Result<Self> {
                Self::from_slice(&Vec::<u8>::from_column(row, at)?).map_err(|_| Error::Corrupt("an id isn't 16 bytes long"))
            }
        }
        impl FromColumn for Option<soundkeep_domain::$id> {
            fn from_column(row: &Row, at: usize) -> Result<Self> {
                let bytes = Option::<Vec<u8>>::from_column(row, at)?;
                bytes.map(|bytes| soundkeep_domain::$id::from_slice(&bytes)).transpose()
                    .map_err(|_| Error::Corrupt("an id isn't 16 bytes long"))
            }
        }
    )*};
}
value_from_ids! {
    AccessGroupId AccessTokenId AgentIdId ApiKeyId AssignmentId ConversationId DirectoryGroupId EventId
    FactorId FederatedSignInId GroupId JobId LinkId ListeningId MappingId MessageId NoteId ObjectId
    OrganisationId ProviderId QuarantineId RecordingId RoleId ScimTokenId SessionId SignInId UserId
}

/// A statement under construction: text, and the values for its places.
#[derive(Debug, Clone, Default)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// A statement that is all text.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }
    /// Adds text. Only ever our own: what comes from outside goes through [`Sql::bind`].
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }
    /// Adds a place and its value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }
    /// Adds places and values, separated by commas.
    pub fn bind_all<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }
}

/// In a write among several: whether the one before it touched a row.
pub const BEFORE: &str = "{before}";

impl Sql {
    /// The statement with others before it that have no values.
    pub fn led_by(mut self, others: &[&str]) -> Self {
        self.text = format!("{}; {}", others.join("; "), self.text);
        self
    }
    /// Adds a statement and its values: its places count on from those that are there.
    fn add(&mut self, other: Self) {
        let first = self.values.len();
        let mut rest = other.text.as_str();
        while let Some((text, after)) = rest.split_once('$') {
            let digits = after.len() - after.trim_start_matches(|sign: char| sign.is_ascii_digit()).len();
            let (number, after) = after.split_at(digits);
            self.text.push_str(text);
            self.text.push('$');
            if let Ok(place) = number.parse::<usize>() {
                self.text.push_str(&(first + place).to_string());
            }
            rest = after;
        }
        self.text.push_str(rest);
        self.values.extend(other.values);
    }
    /// Several writes and a query as SQLite takes them in one trip: one after the other.
    pub fn one_by_one(writes: Vec<Self>, query: Self) -> Self {
        let mut all = Self::default();
        for write in writes {
            all.add(write);
            all.push("; ");
        }
        all.add(query);
        all.text = all.text.replace(BEFORE, "changes() > 0");
        all
    }
    /// Several writes and a query of one number as PostgreSQL takes them in one trip: parts of one statement, which
    /// answers with how many rows each write touched, and the number.
    fn as_one(writes: Vec<Self>, query: Self) -> Self {
        let (mut all, mut counts) = (Self::new("WITH "), String::new());
        for (at, mut write) in writes.into_iter().enumerate() {
            if let Some(before) = at.checked_sub(1) {
                write.text = write.text.replace(BEFORE, &format!("EXISTS (SELECT 1 FROM w{before})"));
                all.push(", ");
            }
            all.push(&format!("w{at} AS ("));
            all.add(write);
            all.push(" RETURNING 1)");
            counts.push_str(&format!("(SELECT count(*) FROM w{at}), "));
        }
        all.push(&format!(" SELECT {counts}("));
        all.add(query);
        all.push(")");
        all
    }
}

/// What one of several statements did that were sent in one trip.
pub struct Part {
    /// How many rows it touched. Of a statement that is no write this means nothing.
    pub touched: u64,
    pub rows: Vec<Row>,
}

/// A statement with values for `$1`, `$2`, ... in their order.
macro_rules! sql {
    ($text:expr $(, $value:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut statement = $crate::database::Statement::new($text);
        $(statement.value($value);)*
        statement.done()
    }};
}
pub(crate) use sql;

/// Collects the values of [`sql!`].
pub struct Statement(Sql);
impl Statement {
    pub fn new(text: &str) -> Self {
        Self(Sql::new(text))
    }
    pub fn value(&mut self, value: impl Into<Value>) {
        self.0.values.push(value.into());
    }
    pub fn done(self) -> Sql {
        self.0
    }
}

/// A row that came out.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A type that can be read from a column.
pub trait FromColumn: Sized {
    fn from_column(row: &Row, at: usize) -> Result<Self>;
}

macro_rules! from_column {
    ($($type:ty)*) => {$(
        impl FromColumn for $type {
            fn from_column(row: &Row, at: usize) -> Result<Self> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(at)?,
                    Row::Postgres(row) => row.try_get(at)?,
                })
            }
        }
    )*};
}
from_column! { i64 Option<i64> String Option<String> Vec<u8> Option<Vec<u8>> }

impl FromColumn for soundkeep_domain::Timestamp {
    fn from_column(row: &Row, at: usize) -> Result<Self> {
        i64::from_column(row, at).map(Self::from_unix_micros)
    }
}
impl FromColumn for Option<soundkeep_domain::Timestamp> {
    fn from_column(row: &Row, at: usize) -> Result<Self> {
        Ok(Option::<i64>::from_column(row, at)?.map(soundkeep_domain::Timestamp::from_unix_micros))
    }
}
impl FromColumn for bool {
    fn from_column(row: &Row, at: usize) -> Result<Self> {
        i64::from_column(row, at).map(|number| number != 0)
    }
}

impl Row {
    /// Reads the columns one after the other.
    pub const fn columns(&self) -> Columns<'_> {
        Columns { row: self, at: 0 }
    }
    /// Reads one column.
    pub fn get<T: FromColumn>(&self, at: usize) -> Result<T> {
        T::from_column(self, at)
    }
}

/// Reads the columns of a row one after the other.
pub struct Columns<'row> {
    row: &'row Row,
    at: usize,
}

impl Columns<'_> {
    /// The next column.
    pub fn next<T: FromColumn>(&mut self) -> Result<T> {
        let value = T::from_column(self.row, self.at)?;
        self.at += 1;
        Ok(value)
    }
}

/// PostgreSQL has no text with a NUL in it; a search for one must not end otherwise on SQLite.
fn refuse_nul(values: &[Value]) -> Result<()> {
    let holds_nul = |value: &Value| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    if values.iter().any(holds_nul) { Err(Error::NulInText) } else { Ok(()) }
}

fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments> {
    refuse_nul(&values)?;
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments> {
    refuse_nul(&values)?;
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Where statements can be sent: a reader over a pool, or a transaction.
pub trait Queries: Send {
    /// Which database answers.
    fn dialect(&self) -> Dialect;
    /// All rows of a query.
    fn rows(&mut self, sql: Sql) -> impl Future<Output = Result<Vec<Row>>> + Send;
    /// Runs a statement, and says how many rows it touched.
    fn execute(&mut self, sql: Sql) -> impl Future<Output = Result<u64>> + Send;

    /// The first row, if there is one.
    fn row(&mut self, sql: Sql) -> impl Future<Output = Result<Option<Row>>> + Send {
        async move { Ok(self.rows(sql).await?.into_iter().next()) }
    }
    /// The first column of the first row.
    fn scalar<T: FromColumn + Send>(&mut self, sql: Sql) -> impl Future<Output = Result<Option<T>>> + Send {
        async move { self.row(sql).await?.map(|row| row.get(0)).transpose() }
    }
    /// Runs a statement that must touch a row.
    fn execute_one(&mut self, sql: Sql) -> impl Future<Output = Result<()>> + Send {
        async move { if self.execute(sql).await? == 0 { Err(Error::NotFound) } else { Ok(()) } }
    }
}

pub async fn sqlite_rows<'c, E>(executor: E, sql: Sql) -> Result<Vec<Row>>
where
    E: Executor<'c, Database = sqlx::Sqlite>,
{
    let query = sqlx::query_with(AssertSqlSafe(sql.text), sqlite_arguments(sql.values)?);
    Ok(query.fetch_all(executor).await?.into_iter().map(Row::Sqlite).collect())
}

pub async fn sqlite_execute<'c, E>(executor: E, sql: Sql) -> Result<u64>
where
    E: Executor<'c, Database = sqlx::Sqlite>,
{
    let query = sqlx::query_with(AssertSqlSafe(sql.text), sqlite_arguments(sql.values)?);
    Ok(query.execute(executor).await?.rows_affected())
}

/// Runs all statements of a text one after the other; says what each did, as far as they came.
pub async fn sqlite_parts(connection: &mut SqliteConnection, sql: Sql) -> (Vec<Part>, Result<()>) {
    let arguments = match sqlite_arguments(sql.values) {
        Ok(arguments) => arguments,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let query = sqlx::query_with(AssertSqlSafe(sql.text), arguments);
    let mut answers = Executor::fetch_many(connection, query);
    let (mut parts, mut rows) = (Vec::new(), Vec::new());
    loop {
        match answers.try_next().await {
            Ok(Some(Either::Right(row))) => rows.push(Row::Sqlite(row)),
            Ok(Some(Either::Left(done))) => {
                parts.push(Part { touched: done.rows_affected(), rows: std::mem::take(&mut rows) });
            }
            Ok(None) => return (parts, Ok(())),
            Err(error) => return (parts, Err(error.into())),
        }
    }
}

/// Makes several writes and reads a number; says how many rows each write touched, and the number.
pub async fn postgres_together(
    connection: &mut PgConnection,
    writes: Vec<Sql>,
    number: Sql,
) -> Result<(Vec<u64>, Option<i64>)> {
    let many = writes.len();
    let rows = postgres_rows(connection, Sql::as_one(writes, number)).await?;
    let row = rows.first().ok_or(Error::Corrupt("statements without an answer"))?;
    let mut columns = row.columns();
    let touched = (0..many).map(|_| columns.next::<i64>().map(i64::unsigned_abs)).collect::<Result<_>>()?;
    Ok((touched, columns.next()?))
}

pub async fn postgres_rows<'c, E>(executor: E, sql: Sql) -> Result<Vec<Row>>
where
    E: Executor<'c, Database = sqlx::Postgres>,
{
    let query = sqlx::query_with(AssertSqlSafe(sql.text), postgres_arguments(sql.values)?);
    Ok(query.fetch_all(executor).await?.into_iter().map(Row::Postgres).collect())
}

pub async fn postgres_execute<'c, E>(executor: E, sql: Sql) -> Result<u64>
where
    E: Executor<'c, Database = sqlx::Postgres>,
{
    let query = sqlx::query_with(AssertSqlSafe(sql.text), postgres_arguments(sql.values)?);
    Ok(query.execute(executor).await?.rows_affected())
}

/// Reads outside a transaction: each query sees what was committed before it.
#[derive(Clone)]
pub enum Reader {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Queries for Reader {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
    async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(pool) => sqlite_rows(&*pool, sql).await,
            Self::Postgres(pool) => postgres_rows(&*pool, sql).await,
        }
    }
    async fn execute(&mut self, _: Sql) -> Result<u64> {
        Err(Error::Corrupt("a write outside a transaction"))
    }
}

#[cfg(test)]
mod tests {
    use super::{BEFORE, Sql, Value};

    fn two() -> (Vec<Sql>, Sql) {
        let condition = format!("INSERT INTO b SELECT $2, $1 || '$.x' WHERE {BEFORE}");
        let writes = vec![sql!("INSERT INTO a VALUES ($1, $2, '$')", 1_i64, 2_i64), sql!(&condition, 3_i64, 4_i64)];
        (writes, sql!("SELECT n FROM c WHERE id = $1", 5_i64))
    }

    fn values(sql: &Sql) -> Vec<i64> {
        let number = |value: &Value| if let Value::Integer(Some(number)) = value { *number } else { 0 };
        sql.values.iter().map(number).collect()
    }

    #[test]
    fn several_statements_keep_their_values_one_by_one() {
        let (writes, query) = two();
        let all = Sql::one_by_one(writes, query);
        let expected = "INSERT INTO a VALUES ($1, $2, '$'); INSERT INTO b SELECT $4, $3 || '$.x' WHERE changes() > 0; \
                        SELECT n FROM c WHERE id = $5";
        assert_eq!((all.text.as_str(), values(&all)), (expected, vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn several_statements_keep_their_values_as_one() {
        let (writes, query) = two();
        let all = Sql::as_one(writes, query);
        let expected = "WITH w0 AS (INSERT INTO a VALUES ($1, $2, '$') RETURNING 1), \
                        w1 AS (INSERT INTO b SELECT $4, $3 || '$.x' WHERE EXISTS (SELECT 1 FROM w0) RETURNING 1) \
                        SELECT (SELECT count(*) FROM w0), (SELECT count(*) FROM w1), (SELECT n FROM c WHERE id = $5)";
        assert_eq!((all.text.as_str(), values(&all)), (expected, vec![1, 2, 3, 4, 5]));
    }
}

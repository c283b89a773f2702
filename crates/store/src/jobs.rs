//! Jobs in rows: work over many things, claimed by one node at a time and resumed by another when that one is gone.
//!
//! A node holds a job by a lease with a fence: a number that grows with every claim. Whoever comes back after the
//! lease ran out finds another fence and writes nothing. Knows no kind of work.

use crate::database::{Queries, Row, Sql, sql};
use crate::{Error, Result, Transaction};
use soundkeep_domain::{JobId, OrganisationId, Timestamp};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for its turn, for the first time or after something went wrong.
    Queued,
    /// A node works at it.
    Running,
    /// Everything was done.
    Done,
    /// It was given up.
    Failed,
    /// Somebody called it off; what was done stays.
    Cancelled,
}

impl JobState {
    /// All of them.
    pub const ALL: [JobState; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];
    /// The word in the database and in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// What exactly is to be done, as JSON.
    pub parameters: String,
    /// How many things were looked at.
    pub done: i64,
    /// How many there were when it was ordered.
    pub total: i64,
    /// Where the next batch begins, in the words of its kind.
    pub cursor: Option<String>,
    /// What came of it, as JSON.
    pub outcome: Option<String>,
    /// What went wrong last.
    pub failure: Option<String>,
    /// Who ordered it: kind and id as in the ledger.
    pub by: (String, String),
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When work at it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The number of the claim by which it is held.
    pub fence: i64,
    /// How often it was claimed since a batch was last committed.
    pub attempts: i64,
}

/// A job that is ordered.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: &'static str,
    /// The same for the same work: it isn't queued twice while one is open.
    pub work_key: String,
    /// What exactly is to be done, as JSON.
    pub parameters: String,
    /// How many things there are.
    pub total: i64,
    /// Who orders it: kind and id as in the ledger.
    pub by: (&'static str, String),
    /// When.
    pub created_at: Timestamp,
}

/// By which claim a node holds a job.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Whose job.
    pub organisation: OrganisationId,
    /// Which.
    pub id: JobId,
    /// The number of the claim.
    pub fence: i64,
}

const COLUMNS: &str =
    "organisation_id, id, kind, state, parameters, done, total, cursor_text, outcome, failure, by_kind,
     by_id, created_at, started_at, ended_at, fence, attempts";

fn job(row: &Row) -> Result<Job> {
    let mut columns = row.columns();
    let (organisation, id, kind) = (columns.next()?, columns.next()?, columns.next()?);
    let word: String = columns.next()?;
    let state = JobState::ALL.into_iter().find(|state| state.word() == word);
    Ok(Job {
        organisation,
        id,
        kind,
        state: state.ok_or(Error::Corrupt("an unknown state of a job"))?,
        parameters: columns.next()?,
        done: columns.next()?,
        total: columns.next()?,
        cursor: columns.next()?,
        outcome: columns.next()?,
        failure: columns.next()?,
        by: (columns.next()?, columns.next()?),
        created_at: columns.next()?,
        started_at: columns.next()?,
        ended_at: columns.next()?,
        fence: columns.next()?,
        attempts: columns.next()?,
    })
}

/// Orders a job, unless the same work is open already; answers the one that is open, and whether it is new.
///
/// # Errors
/// When the database refuses.
pub async fn add(transaction: &mut Transaction, organisation: OrganisationId, new: &NewJob) -> Result<(Job, bool)> {
    let insert = sql!(
        "INSERT INTO jobs (organisation_id, id, kind, work_key, state, parameters, done, total, by_kind, by_id,
         created_at, not_before, fence, attempts) VALUES ($1, $2, $3, $4, 'queued', $5, 0, $6, $7, $8, $9, $9, 0, 0)
         ON CONFLICT (organisation_id, kind, work_key) WHERE ended_at IS NULL DO NOTHING",
        organisation,
        new.id,
        new.kind,
        &new.work_key,
        &new.parameters,
        new.total,
        new.by.0,
        &new.by.1,
        new.created_at
    );
    let added = transaction.execute(insert).await? > 0;
    let query = format!(
        "SELECT {COLUMNS} FROM jobs WHERE organisation_id = $1 AND kind = $2 AND work_key = $3 AND ended_at IS NULL"
    );
    let row = transaction.row(sql!(&query, organisation, new.kind, &new.work_key)).await?;
    Ok((job(&row.ok_or(Error::NotFound)?)?, added))
}

/// One job.
///
/// # Errors
/// [`Error::NotFound`] when the organisation has no such job.
pub async fn get(queries: &mut impl Queries, organisation: OrganisationId, id: JobId) -> Result<Job> {
    let query = format!("SELECT {COLUMNS} FROM jobs WHERE organisation_id = $1 AND id = $2");
    job(&queries.row(sql!(&query, organisation, id)).await?.ok_or(Error::NotFound)?)
}

/// Jobs of these kinds, newest first.
///
/// # Errors
/// When the database is away.
pub async fn page(
    queries: &mut impl Queries,
    organisation: OrganisationId,
    kinds: &[&str],
    before: Option<JobId>,
    limit: u32,
) -> Result<Vec<Job>> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM jobs WHERE organisation_id = ").bind(organisation);
    query.push(" AND kind IN (").bind_all(kinds.iter().copied()).push(")");
    if let Some(before) = before {
        query.push(" AND id < ").bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").bind(limit);
    queries.rows(query).await?.iter().map(job).collect()
}

/// Whether there is a job that nobody holds.
///
/// # Errors
/// When the database is away.
pub async fn is_waiting(queries: &mut impl Queries, now: Timestamp) -> Result<bool> {
    let query = "SELECT 1 FROM jobs WHERE ended_at IS NULL AND not_before <= $1
                 AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1";
    Ok(queries.row(sql!(query, now)).await?.is_some())
}

/// Claims the oldest job that nobody holds, for this node until this time.
///
/// # Errors
/// When the database refuses.
pub async fn claim(transaction: &mut Transaction, node: &str, now: Timestamp, until: Timestamp) -> Result<Option<Job>> {
    let free = "ended_at IS NULL AND not_before <= $2 AND (lease_until IS NULL OR lease_until <= $2)";
    let update = format!(
        "UPDATE jobs SET state = 'running', holder = $1, lease_until = $3, fence = fence + 1, attempts = attempts + 1,
         started_at = coalesce(started_at, $2)
         WHERE id = (SELECT id FROM jobs WHERE {free} ORDER BY id LIMIT 1) AND {free} RETURNING {COLUMNS}"
    );
    transaction.row(sql!(&update, node, now, until)).await?.as_ref().map(job).transpose()
}

/// Holds a job until the end of this transaction, and its lease until this time.
///
/// # Errors
/// [`Error::NotFound`] when another node has claimed it meanwhile, or it has ended.
pub async fn hold(transaction: &mut Transaction, claim: Claim, until: Timestamp) -> Result<Job> {
    let update = format!(
        "UPDATE jobs SET lease_until = $4 WHERE organisation_id = $1 AND id = $2 AND fence = $3 AND ended_at IS NULL
         RETURNING {COLUMNS}"
    );
    let row = transaction.row(sql!(&update, claim.organisation, claim.id, claim.fence, until)).await?;
    job(&row.ok_or(Error::NotFound)?)
}

/// Writes down how far a job is, in the transaction of what was done.
///
/// # Errors
/// [`Error::NotFound`] when it is no longer held by this claim.
pub async fn progress(transaction: &mut Transaction, claim: Claim, done: i64, cursor: Option<String>) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE jobs SET done = done + $4, cursor_text = $5, attempts = 0, failure = NULL
             WHERE organisation_id = $1 AND id = $2 AND fence = $3 AND ended_at IS NULL",
            claim.organisation,
            claim.id,
            claim.fence,
            done,
            cursor
        ))
        .await
}

/// Ends a job that this claim holds.
///
/// # Errors
/// [`Error::NotFound`] when it no longer does.
pub async fn end(
    transaction: &mut Transaction,
    claim: Claim,
    state: JobState,
    (outcome, failure): (Option<String>, Option<String>),
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE jobs SET state = $4, outcome = $5, failure = $6, ended_at = $7, holder = NULL, lease_until = NULL
             WHERE organisation_id = $1 AND id = $2 AND fence = $3 AND ended_at IS NULL",
            claim.organisation,
            claim.id,
            claim.fence,
            state.word(),
            outcome,
            failure,
            now
        ))
        .await
}

/// Lets go of a job, so that any node may claim it from this time on.
///
/// # Errors
/// [`Error::NotFound`] when it is no longer held by this claim.
pub async fn release(
    transaction: &mut Transaction,
    claim: Claim,
    failure: Option<String>,
    not_before: Timestamp,
) -> Result<()> {
    transaction
        .execute_one(sql!(
            "UPDATE jobs SET state = 'queued', holder = NULL, lease_until = NULL, failure = $4, not_before = $5
             WHERE organisation_id = $1 AND id = $2 AND fence = $3 AND ended_at IS NULL",
            claim.organisation,
            claim.id,
            claim.fence,
            failure,
            not_before
        ))
        .await
}

/// Calls a job off, whoever works at it, and says how far it was; what is done stays.
///
/// # Errors
/// [`Error::NotFound`] when there is no such job; [`Error::Conflict`] when it has ended.
pub async fn cancel(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: JobId,
    now: Timestamp,
) -> Result<Job> {
    let update = format!(
        "UPDATE jobs SET state = 'cancelled', ended_at = $3, holder = NULL, lease_until = NULL
         WHERE organisation_id = $1 AND id = $2 AND ended_at IS NULL RETURNING {COLUMNS}"
    );
    if let Some(row) = transaction.row(sql!(&update, organisation, id, now)).await? {
        return job(&row);
    }
    get(transaction, organisation, id).await?;
    Err(Error::Conflict("the job has ended already"))
}

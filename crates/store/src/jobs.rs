//! Jobs in rows: work that outlives a request, with leases, fences and retries.
//!
//! Knows no kind of work; only that there is some, who does it and how it went.

use crate::database::{Dialect, Queries, sql};
use crate::{Result, Transaction};
use soundkeep_domain::{JobId, OrganisationId, Timestamp};

/// A job that somebody took on.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its id.
    pub id: JobId,
    /// What kind of work.
    pub kind: String,
    /// On what.
    pub subject: String,
    /// More about it, as JSON.
    pub payload: String,
    /// Which try this is, from one.
    pub attempts: i64,
    /// Grows each time somebody takes it on; who holds an older one has lost it.
    pub fence: i64,
}

/// Orders work, once per kind and subject while it waits or runs.
///
/// # Errors
/// When the database refuses.
#[allow(clippy::too_many_arguments)]
pub async fn add(
    transaction: &mut Transaction,
    organisation: OrganisationId,
    id: JobId,
    kind: &str,
    subject: &str,
    payload: &str,
    now: Timestamp,
) -> Result<()> {
    transaction
        .execute(sql!(
            "INSERT INTO jobs (organisation_id, id, kind, subject, payload, state, attempts, run_at, fence, created_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, 0, $6) ON CONFLICT DO NOTHING",
            organisation,
            id,
            kind,
            subject,
            payload,
            now
        ))
        .await
        .map(|_| ())
}

/// Takes on the job that has been due longest, until the lease ends.
///
/// # Errors
/// When the database refuses.
pub async fn take(transaction: &mut Transaction, now: Timestamp, lease_until: Timestamp) -> Result<Option<Job>> {
    let lock = match transaction.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
    };
    let text = format!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_until = $2, fence = fence + 1
         WHERE id = (SELECT id FROM jobs WHERE (state = 'waiting' AND run_at <= $1)
                     OR (state = 'running' AND lease_until < $1) ORDER BY run_at LIMIT 1{lock})
         RETURNING organisation_id, id, kind, subject, payload, attempts, fence"
    );
    let Some(row) = transaction.row(sql!(&text, now, lease_until)).await? else { return Ok(None) };
    let mut columns = row.columns();
    Ok(Some(Job {
        organisation: columns.next()?,
        id: columns.next()?,
        kind: columns.next()?,
        subject: columns.next()?,
        payload: columns.next()?,
        attempts: columns.next()?,
        fence: columns.next()?,
    }))
}

/// Ends a job that is done; says whether it was still held.
///
/// # Errors
/// When the database refuses.
pub async fn done(transaction: &mut Transaction, job: &Job) -> Result<bool> {
    let ended = transaction
        .execute(sql!(
            "DELETE FROM jobs WHERE organisation_id = $1 AND id = $2 AND fence = $3",
            job.organisation,
            job.id,
            job.fence
        ))
        .await?;
    Ok(ended == 1)
}

/// Puts a job back for later, or gives it up when `run_at` is none.
///
/// # Errors
/// When the database refuses.
pub async fn put_back(
    transaction: &mut Transaction,
    job: &Job,
    run_at: Option<Timestamp>,
    error: &str,
) -> Result<()> {
    transaction
        .execute(sql!(
            "UPDATE jobs SET state = $4, run_at = coalesce($5, run_at), last_error = $6, lease_until = NULL
             WHERE organisation_id = $1 AND id = $2 AND fence = $3",
            job.organisation,
            job.id,
            job.fence,
            if run_at.is_some() { "waiting" } else { "failed" },
            run_at,
            error
        ))
        .await
        .map(|_| ())
}

/// How many jobs wait or run, for the metrics.
///
/// # Errors
/// When the database is away.
pub async fn pending(queries: &mut impl Queries) -> Result<i64> {
    let query = sql!("SELECT count(*) FROM jobs WHERE state = 'waiting' OR state = 'running'");
    Ok(queries.scalar(query).await?.unwrap_or(0))
}

//! Jobs: work over many things, done in batches that are each one commit, on whichever node has time.
//!
//! What a batch did and how far the job is are one commit, so that a crash leaves nothing half done and nothing is
//! done twice. A kind says what a batch is; this room says whose turn it is, and knows nothing of the work.

pub mod attribution;
pub(crate) mod names;

use crate::event::{self, Draft};
use crate::{Caller, Error, Result, Vault};
use serde_json::{Value, json};
use soundkeep_domain::access::{Permission, Scope};
use soundkeep_domain::audit::{Actor, EventKind, Object, Outcome};
use soundkeep_domain::{JobId, OrganisationId, UserId};
use soundkeep_store::jobs::{self as rows, Claim};
pub use soundkeep_store::jobs::{Job, JobState};
use soundkeep_store::{Transaction, access as facts};

/// A node that says nothing for so long has lost its job; seconds.
const LEASE_SECONDS: i64 = 30;
/// A job that got nowhere so often is given up.
const ATTEMPTS_MAX: i64 = 5;
/// How long a job waits after its first failure; twice as long after each further one. Seconds.
const PAUSE_SECONDS: i64 = 2;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Gives conversations to the agent whose they were.
    AttributionCorrection,
    /// Makes an agent's conversations findable by a new name.
    AgentName,
}

impl JobKind {
    /// All of them.
    pub const ALL: [JobKind; 2] = [Self::AttributionCorrection, Self::AgentName];
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::AttributionCorrection => "attribution_correction",
            Self::AgentName => "agent_name",
        }
    }
    fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
    /// What whoever orders, sees or calls it off must hold without limit.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::AttributionCorrection => Permission::ConversationsEdit,
            Self::AgentName => Permission::UsersManage,
        }
    }
    /// Whether its batches change who reaches what.
    const fn changes_rights(self) -> bool {
        match self {
            Self::AttributionCorrection => true,
            Self::AgentName => false,
        }
    }
    /// In whose name it works.
    const fn worker(self) -> &'static str {
        match self {
            Self::AttributionCorrection => "attribution",
            Self::AgentName => "search",
        }
    }
    fn concerns(self, caller: &Caller) -> bool {
        caller.facts().grants().scope(self.permission()) == Scope::All
    }
    async fn batch(self, vault: &Vault, transaction: &mut Transaction, job: &Job) -> Result<Step> {
        match self {
            Self::AttributionCorrection => attribution::batch(vault, transaction, job).await,
            Self::AgentName => names::batch(transaction, job).await,
        }
    }
}

/// What a batch came to.
pub(crate) struct Step {
    /// How many things were looked at.
    pub(crate) done: i64,
    /// Where the next batch begins; nothing when there is none.
    pub(crate) cursor: Option<String>,
    /// What the job has come to so far.
    pub(crate) outcome: Value,
}

/// A job as pages show it.
#[derive(Debug, Clone)]
pub struct ShownJob {
    /// The job.
    pub job: Job,
    /// The name of whoever ordered it, if it is known.
    pub by_name: Option<String>,
}

async fn shown(vault: &Vault, job: Job) -> Result<ShownJob> {
    let by_name = match (job.by.0.as_str(), job.by.1.parse::<UserId>()) {
        ("user", Ok(user)) => facts::user_name(&mut vault.store().reader(), job.organisation, user).await.ok(),
        _ => None,
    };
    Ok(ShownJob { job, by_name })
}

/// Jobs that concern the caller, newest first.
///
/// # Errors
/// When the database is away.
pub async fn jobs(vault: &Vault, caller: &Caller, before: Option<JobId>, limit: u32) -> Result<Vec<ShownJob>> {
    let kinds: Vec<&str> = JobKind::ALL.iter().filter(|kind| kind.concerns(caller)).map(|kind| kind.key()).collect();
    let mut reader = vault.store().reader();
    let mut all = Vec::new();
    for job in rows::page(&mut reader, caller.organisation(), &kinds, before, limit).await? {
        all.push(shown(vault, job).await?);
    }
    Ok(all)
}

/// One job that concerns the caller.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it doesn't concern them.
pub async fn job(vault: &Vault, caller: &Caller, id: JobId) -> Result<ShownJob> {
    let job = rows::get(&mut vault.store().reader(), caller.organisation(), id).await?;
    match JobKind::of(&job.kind) {
        Some(kind) if kind.concerns(caller) => shown(vault, job).await,
        _ => Err(Error::NotFound),
    }
}

/// Calls a job off; what is done stays.
///
/// # Errors
/// [`Error::NotFound`] as for [`job`], [`Error::Conflict`] when it has ended.
pub async fn cancel(vault: &Vault, caller: &Caller, id: JobId) -> Result<()> {
    job(vault, caller, id).await?;
    let mut transaction = vault.store().begin().await?;
    let cancelled = rows::cancel(&mut transaction, caller.organisation(), id, vault.now()).await?;
    let draft = Draft::of(vault, caller, EventKind::JobCancelled)?
        .object(Object::new("job", id))
        .detail("kind", cancelled.kind)
        .detail("done", cancelled.done);
    event::record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

/// Orders a job in the transaction of its order, unless the same work is open already.
/// `started` is the draft of its event, as whoever orders it.
async fn order(
    vault: &Vault,
    transaction: &mut Transaction,
    (organisation, by): (OrganisationId, (&'static str, String)),
    started: Draft,
    new: &NewJob,
) -> Result<Job> {
    let parameters = serde_json::to_string(&new.parameters).map_err(Error::bug)?;
    let id = JobId::make(vault.now(), &vault.random()?);
    let row = rows::NewJob {
        id,
        kind: new.kind.key(),
        work_key: hex::encode(soundkeep_crypto::digest::sha256(parameters.as_bytes())),
        parameters,
        total: new.total,
        by,
        created_at: vault.now(),
    };
    let (job, is_new) = rows::add(transaction, organisation, &row).await?;
    if is_new {
        let draft = started
            .object(Object::new("job", id))
            .detail("kind", new.kind.key())
            .detail("parameters", new.parameters.clone())
            .detail("total", new.total);
        event::record(vault, transaction, draft).await?;
    }
    Ok(job)
}

/// A job that is ordered.
struct NewJob {
    kind: JobKind,
    parameters: Value,
    total: i64,
}

/// Works at jobs until there are none or `go_on` says no; says how many batches were done.
///
/// # Errors
/// When the database is away. What goes wrong in a job is kept with the job.
pub async fn work(vault: &Vault, go_on: impl Fn() -> bool) -> Result<usize> {
    let mut batches = 0;
    while go_on() {
        let now = vault.now();
        if !rows::is_waiting(&mut vault.store().reader(), now).await? {
            break;
        }
        let mut transaction = vault.store().begin().await?;
        let claimed = rows::claim(&mut transaction, vault.node(), now, now.plus_seconds(LEASE_SECONDS)).await?;
        let Some(job) = claimed else { break };
        transaction.commit().await?;
        batches += work_at(vault, &job, &go_on).await?;
    }
    Ok(batches)
}

async fn work_at(vault: &Vault, job: &Job, go_on: &impl Fn() -> bool) -> Result<usize> {
    let claim = Claim { organisation: job.organisation, id: job.id, fence: job.fence };
    if job.attempts > ATTEMPTS_MAX {
        give_up(vault, claim, job, "it was begun anew too often").await?;
        return Ok(0);
    }
    let Some(kind) = JobKind::of(&job.kind) else {
        give_up(vault, claim, job, "this version doesn't know the work").await?;
        return Ok(0);
    };
    let mut batches = 0;
    while go_on() {
        match batch(vault, kind, claim).await {
            Ok(ended) => {
                batches += 1;
                if ended {
                    return Ok(batches);
                }
            }
            // Called off, or another node's by now.
            Err(Error::NotFound) => return Ok(batches),
            Err(error) => {
                tracing::warn!(%error, job = %job.id, "a batch of a job failed");
                // Somebody changed rights between two looks: that is no failure of the job.
                let pause = if batches > 0 { PAUSE_SECONDS } else { PAUSE_SECONDS << job.attempts.clamp(0, 10) };
                if batches == 0 && job.attempts >= ATTEMPTS_MAX {
                    give_up(vault, claim, job, &error.to_string()).await?;
                } else {
                    let_go(vault, claim, Some(error.to_string()), pause).await?;
                }
                return Ok(batches);
            }
        }
    }
    let_go(vault, claim, None, 0).await?;
    Ok(batches)
}

/// One batch, one commit; says whether it was the last.
async fn batch(vault: &Vault, kind: JobKind, claim: Claim) -> Result<bool> {
    let mut transaction = vault.store().begin().await?;
    if kind.changes_rights() {
        // Before any row: so nobody waits in a ring.
        facts::lock_policy(&mut transaction, claim.organisation).await?;
    }
    let now = vault.now();
    let job = rows::hold(&mut transaction, claim, now.plus_seconds(LEASE_SECONDS)).await?;
    let step = kind.batch(vault, &mut transaction, &job).await?;
    let ended = step.cursor.is_none();
    rows::progress(&mut transaction, claim, step.done, step.cursor).await?;
    if ended {
        let outcome = serde_json::to_string(&step.outcome).map_err(Error::bug)?;
        rows::end(&mut transaction, claim, JobState::Done, (Some(outcome), None), now).await?;
        let draft = ending(vault, kind.worker(), &job)?.detail("done", job.done + step.done);
        event::record(vault, &mut transaction, draft.detail("outcome", step.outcome)).await?;
    }
    transaction.commit().await?;
    Ok(ended)
}

/// An event of the work itself.
fn by_worker(vault: &Vault, worker: &str, job: &Job, kind: EventKind) -> Result<Draft> {
    let actor = Actor { kind: "system", id: Some(worker.to_owned()), name: None };
    Ok(Draft::by(vault, job.organisation, actor, kind)?
        .detail("job", job.id.to_string())
        .detail("ordered_by", json!({"kind": job.by.0, "id": job.by.1})))
}

fn ending(vault: &Vault, worker: &str, job: &Job) -> Result<Draft> {
    Ok(by_worker(vault, worker, job, EventKind::JobDone)?
        .object(Object::new("job", job.id))
        .detail("kind", job.kind.clone()))
}

async fn give_up(vault: &Vault, claim: Claim, job: &Job, why: &str) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    let end = rows::end(&mut transaction, claim, JobState::Failed, (None, Some(why.to_owned())), vault.now()).await;
    match end {
        Err(soundkeep_store::Error::NotFound) => return Ok(()),
        end => end?,
    }
    let draft = ending(vault, "jobs", job)?.outcome(Outcome::Failed).detail("done", job.done).detail("why", why);
    event::record(vault, &mut transaction, draft).await?;
    transaction.commit().await?;
    Ok(())
}

async fn let_go(vault: &Vault, claim: Claim, failure: Option<String>, pause_seconds: i64) -> Result<()> {
    let mut transaction = vault.store().begin().await?;
    match rows::release(&mut transaction, claim, failure, vault.now().plus_seconds(pause_seconds)).await {
        Err(soundkeep_store::Error::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(transaction.commit().await?),
    }
}

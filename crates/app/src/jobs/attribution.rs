//! Correcting whose conversations were whose: by the agent id that a source named, by time, or one by one.
//!
//! Each conversation is stamped with the agent's groups at its start, as if it had come in so, and has an event of
//! its own. Erased ones are left as they are.

use super::{Job, JobKind, NewJob, ShownJob, Step, by_worker, order, shown};
use crate::event::{Draft, record};
use crate::{Caller, Error, Result, Vault};
use serde::{Deserialize, Serialize};
use serde_json::json;
use soundkeep_domain::access::{CallerFacts, Permission, SystemCaller, authorize_list, decide_everything};
use soundkeep_domain::audit::{EventKind, Field, Object};
use soundkeep_domain::{ConversationId, Timestamp, UserId};
pub use soundkeep_store::conversations::attribution::Unattributed;
use soundkeep_store::conversations::attribution::{self as rows, Selection};
use soundkeep_store::{Transaction, access as facts, identity};

/// Conversations corrected in one transaction, while nobody acts on rights.
const BATCH: u32 = 25;
/// Most conversations that may be named one by one.
pub const NAMED_MAX: usize = 1000;
/// Most different agent ids that are listed.
const LABELS_MAX: u32 = 200;

/// What is to be corrected: those of nobody with this agent id, of this time, or both; or those that are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Whose they were.
    pub user: UserId,
    /// The agent id that their source named.
    pub agent_label: Option<String>,
    /// Those that began at this time or later.
    pub from: Option<Timestamp>,
    /// Those that began before this time.
    pub until: Option<Timestamp>,
    /// These, and no others.
    #[serde(default)]
    pub conversations: Vec<ConversationId>,
}

impl Correction {
    fn selection(&self) -> Selection {
        Selection {
            agent_label: self.agent_label.clone(),
            from: self.from,
            until: self.until,
            conversations: self.conversations.clone(),
        }
    }

    fn checked(mut self) -> Result<Self> {
        let narrowed = self.agent_label.is_some() || self.from.is_some() || self.until.is_some();
        if self.conversations.is_empty() && !narrowed {
            return Err(Error::invalid("agent_label", "say which: an agent id, a time, or conversations"));
        }
        if !self.conversations.is_empty() && narrowed {
            return Err(Error::invalid("conversations", "either conversations, or an agent id and a time"));
        }
        if self.conversations.len() > NAMED_MAX {
            return Err(Error::invalid("conversations", format!("at most {NAMED_MAX} conversations")));
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from >= until
        {
            return Err(Error::invalid("until", "a time after the beginning"));
        }
        // The same work is the same work in any order.
        self.conversations.sort_unstable();
        self.conversations.dedup();
        Ok(self)
    }
}

/// The scope over everything, or a refusal that says what keeps the caller from it.
fn scope_of(facts: &CallerFacts) -> Result<rows::Scope> {
    let decision = decide_everything(facts, Permission::ConversationsEdit);
    if !decision.allowed() {
        return Err(Error::Denied(Box::new(decision)));
    }
    Ok(authorize_list(facts)?)
}

async fn everything(vault: &Vault, caller: &Caller) -> Result<rows::Scope> {
    let scope = scope_of(caller.facts());
    if let Err(Error::Denied(decision)) = &scope {
        crate::access::refuse(vault, caller, decision, None).await?;
    }
    scope
}

/// What is nobody's, by the agent id that the source named; the most first.
///
/// # Errors
/// [`Error::Denied`] to whoever may not correct attribution everywhere.
pub async fn unattributed(vault: &Vault, caller: &Caller) -> Result<Vec<Unattributed>> {
    let scope = everything(vault, caller).await?;
    Ok(rows::unattributed(&mut vault.store().reader(), &scope, LABELS_MAX).await?)
}

/// Orders a correction; the same one that is still open isn't ordered twice.
///
/// # Errors
/// [`Error::Denied`] to whoever may not correct attribution everywhere; [`Error::Invalid`] when it isn't said which
/// conversations are meant, or there is no such user.
pub async fn correct(vault: &Vault, caller: &Caller, correction: Correction) -> Result<ShownJob> {
    let correction = correction.checked()?;
    everything(vault, caller).await?;
    let (organisation, now) = (caller.organisation(), vault.now());
    let mut transaction = vault.store().begin().await?;
    let epoch = facts::hold_policy(&mut transaction, organisation).await?;
    let in_force = if epoch == caller.facts().policy_epoch() {
        caller.facts().clone()
    } else {
        let kind = caller.facts().kind();
        match identity::caller_now(&mut transaction, organisation, kind, caller.shown(), now).await {
            Err(soundkeep_store::Error::NotFound) => return Err(Error::NotSignedIn),
            facts => facts?,
        }
    };
    let scope = scope_of(&in_force)?;
    match facts::user_name(&mut transaction, organisation, correction.user).await {
        Err(soundkeep_store::Error::NotFound) => return Err(Error::invalid("user", "there is no such user")),
        name => name?,
    };
    let total = rows::count(&mut transaction, &scope, &correction.selection()).await?;
    let parameters = serde_json::to_value(&correction).map_err(Error::bug)?;
    let new = NewJob { kind: JobKind::AttributionCorrection, parameters, total };
    let started = Draft::of(vault, caller, EventKind::JobStarted)?;
    let job = order(vault, &mut transaction, (organisation, caller.identity()), started, &new).await?;
    transaction.commit().await?;
    shown(vault, job).await
}

/// Where a correction stands between batches.
#[derive(Serialize, Deserialize)]
struct Place {
    ord: i64,
    corrected: i64,
}

/// Corrects the next conversations.
pub(super) async fn batch(vault: &Vault, transaction: &mut Transaction, job: &Job) -> Result<Step> {
    let correction: Correction = serde_json::from_str(&job.parameters).map_err(Error::bug)?;
    let place: Option<Place> = job.cursor.as_deref().map(serde_json::from_str).transpose().map_err(Error::bug)?;
    let system = facts::system_caller(transaction, job.organisation, SystemCaller::Attribution).await?;
    let scope = scope_of(&system)?;
    let (after, before) = place.map_or((None, 0), |place| (Some(place.ord), place.corrected));
    let found = rows::next(transaction, &scope, &correction.selection(), after, BATCH).await?;
    let corrected = rows::correct(transaction, &scope, &found, correction.user, vault.now()).await?;
    for conversation in &corrected {
        let old: Vec<String> = conversation.old.iter().map(ToString::to_string).collect();
        let groups: Vec<String> = conversation.groups.iter().map(ToString::to_string).collect();
        let draft = by_worker(vault, SystemCaller::Attribution.name(), job, EventKind::AttributionChange)?
            .object(Object::new("conversation", conversation.id))
            .conversation(conversation.id)
            .old(Field::Plain(json!({"agents": old})))
            .new_value(Field::Plain(json!({"agents": [correction.user.to_string()], "groups": groups})));
        record(vault, transaction, draft).await?;
    }
    let count = |length: usize| i64::try_from(length).map_err(Error::bug);
    let total = before + count(corrected.len())?;
    let full = found.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
    let cursor = match found.last() {
        Some(last) if full => {
            Some(serde_json::to_string(&Place { ord: last.ord, corrected: total }).map_err(Error::bug)?)
        }
        _ => None,
    };
    Ok(Step { done: count(found.len())?, cursor, outcome: json!({"corrected": total}) })
}

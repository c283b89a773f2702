//! Opening listenings: whoever asks at the same time shares one transaction, and each is answered after its commit.
//!
//! Who asks stands in a line of their organisation. One of them takes a turn for all that stand there, while the next
//! gather behind it. What stops one is no matter of the others. Knows no key and no byte of what is heard.

use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::{ListeningId, OrganisationId};
use soundkeep_store::recordings::{NewListening, open_listenings};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Most listenings of one transaction.
const TOGETHER_MAX: usize = 32;

/// The lines of this node, one for each organisation: rights are held for one at a time.
#[derive(Default)]
pub(crate) struct Openings(Mutex<HashMap<OrganisationId, Arc<Line>>>);

#[derive(Default)]
struct Line {
    waiting: Mutex<Vec<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Waiting {
    new: NewListening,
    answer: oneshot::Sender<Result<ListeningId>>,
}

impl Openings {
    fn line(&self, organisation: OrganisationId) -> Arc<Line> {
        Arc::clone(self.0.lock().entry(organisation).or_default())
    }
}

impl Line {
    /// The first who still wait; those who went away meanwhile listen to nothing.
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock();
        waiting.retain(|one| !one.answer.is_closed());
        let count = waiting.len().min(TOGETHER_MAX);
        waiting.drain(..count).collect()
    }
}

/// Opens a listening, or finds the one that its session has open. It is durable when this answers.
///
/// # Errors
/// When rights changed since the decision, or the event can't be written; then nothing may be heard.
pub(crate) async fn open(vault: &Vault, new: NewListening) -> Result<ListeningId> {
    let organisation = new.permit.organisation();
    let line = vault.openings().line(organisation);
    let (answer, mut answered) = oneshot::channel();
    line.waiting.lock().push(Waiting { new, answer });
    let turn = tokio::select! {
        biased;
        outcome = &mut answered => return outcome.map_err(Error::bug)?,
        turn = Arc::clone(&line.turn).lock_owned() => turn,
    };
    // Others are in it: it goes on when whoever took the turn goes away.
    let vault = vault.clone();
    tokio::spawn(async move {
        let (asked, answers): (Vec<_>, Vec<_>) = line.take().into_iter().map(|one| (one.new, one.answer)).unzip();
        let outcomes = open_all(&vault, organisation, &asked).await;
        drop(vault);
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            // Nobody may wait for it any more.
            let _ = answer.send(outcome);
        }
        drop(turn);
    });
    answered.await.map_err(Error::bug)?
}

async fn open_all(vault: &Vault, organisation: OrganisationId, asked: &[NewListening]) -> Vec<Result<ListeningId>> {
    let now = vault.now();
    let used_since = now.plus_seconds(-super::listening::SILENT_SECONDS_MAX);
    let outcomes = open_listenings(vault.store(), organisation, asked, used_since, now).await;
    for (new, outcome) in asked.iter().zip(&outcomes) {
        if matches!(outcome, Ok(opened) if *opened == new.id) {
            vault.metrics().event_written();
            vault.metrics().listening_opened();
        }
    }
    outcomes.into_iter().map(|outcome| outcome.map_err(Error::from)).collect()
}

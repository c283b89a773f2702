//! Counting conversation by conversation, when rules look at numbers or tags: no class tells these apart.
//!
//! A small vault is walked through while the change waits; a large one beside it, with progress, and what was found is
//! kept for a while under the token of the change.

use super::tally::{Scale, Tally};
use super::{Counting, Moved};
use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_domain::{OrganisationId, Timestamp};
use soundkeep_store::counts;
use soundkeep_store::things::{self, Which};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Conversations looked at between two moments at which others may go on.
const BATCH: u32 = 4000;
/// So many are looked at while the change waits.
const AT_ONCE: i64 = 20_000;
/// What was counted holds for so long; seconds.
const KEPT_SECONDS: i64 = 900;
/// Walks remembered per node; the oldest goes first.
const KEPT_MAX: usize = 32;

struct State {
    begun_at: Timestamp,
    done: i64,
    total: i64,
    last: i64,
    ended: bool,
    tallies: Vec<Tally>,
}

/// The walks of this node, by the token of the change.
#[derive(Default)]
pub(crate) struct Walks(Mutex<HashMap<String, Arc<Mutex<State>>>>);

/// Whether a change can't be counted by class.
pub(super) fn is_needed(moved: &[Moved]) -> bool {
    moved.iter().any(|group| group.before.looks_at_numbers_or_tags() || group.after.looks_at_numbers_or_tags())
}

fn find(vault: &Vault, token: &str) -> Option<Arc<Mutex<State>>> {
    let mut walks = vault.walks().0.lock();
    let now = vault.now();
    walks.retain(|_, walk| now.micros_since(walk.lock().begun_at) < KEPT_SECONDS * 1_000_000);
    walks.get(token).map(Arc::clone)
}

/// How far the counting is; nothing when it has ended or none is needed.
pub(super) fn progress(vault: &Vault, token: &str) -> Option<Counting> {
    let walk = find(vault, token)?;
    let state = walk.lock();
    (!state.ended).then_some(Counting { done: state.done, total: state.total.max(state.done) })
}

/// What was counted, once that has ended.
pub(super) fn tallies(vault: &Vault, token: &str, moved: usize) -> Vec<Option<Tally>> {
    let ended = find(vault, token).and_then(|walk| {
        let state = walk.lock();
        state.ended.then(|| state.tallies.clone())
    });
    ended.map_or_else(|| vec![None; moved], |tallies| tallies.into_iter().map(Some).collect())
}

/// Begins to count, unless that has begun, and goes on beside whoever asked when there is much.
pub(super) async fn begin(
    vault: &Vault,
    organisation: OrganisationId,
    token: &str,
    moved: &Arc<Vec<Moved>>,
) -> Result<()> {
    if !is_needed(moved) || find(vault, token).is_some() {
        return Ok(());
    }
    let total = counts::total(&mut vault.store().reader(), organisation).await?;
    let state = State {
        begun_at: vault.now(),
        done: 0,
        total,
        last: i64::MIN,
        ended: false,
        tallies: vec![Tally::default(); moved.len()],
    };
    let walk = Arc::new(Mutex::new(state));
    {
        let mut walks = vault.walks().0.lock();
        let oldest = walks.iter().min_by_key(|(_, walk)| walk.lock().begun_at).map(|(token, _)| token.clone());
        if walks.len() >= KEPT_MAX
            && let Some(oldest) = oldest
        {
            walks.remove(&oldest);
        }
        walks.insert(token.to_owned(), Arc::clone(&walk));
    }
    // In a task of its own: whoever asked may hang up, and the next one finds what was counted.
    let (tell, hear) = oneshot::channel();
    let (vault, token, moved) = (vault.clone(), token.to_owned(), Arc::clone(moved));
    tokio::spawn(async move {
        let first = advance(&vault, organisation, &moved, &walk, Some(AT_ONCE)).await;
        let goes_on = matches!(first, Ok(false));
        if first.is_err() {
            vault.walks().0.lock().remove(&token);
        }
        // Whoever hung up hears nothing of it.
        let _ = tell.send(first.map(|_| ()));
        if goes_on && let Err(error) = advance(&vault, organisation, &moved, &walk, None).await {
            // Whoever asks again begins anew.
            tracing::warn!(%error, "a change of rights could not be counted");
            vault.walks().0.lock().remove(&token);
        }
    });
    hear.await.map_err(Error::bug)?
}

/// Looks at the next conversations, at most so many; says whether those were the last.
async fn advance(
    vault: &Vault,
    organisation: OrganisationId,
    moved: &[Moved],
    walk: &Mutex<State>,
    most: Option<i64>,
) -> Result<bool> {
    let mut looked_at = 0;
    loop {
        if most.is_some_and(|most| looked_at >= most) {
            return Ok(false);
        }
        let (last, tallies) = {
            let mut state = walk.lock();
            (state.last, std::mem::take(&mut state.tallies))
        };
        let found = things::facts(&mut vault.store().reader(), organisation, Which::After(last, BATCH)).await;
        let mut scales: Vec<Scale<'_>> =
            moved.iter().zip(tallies).map(|(moved, tally)| Scale::new(moved, tally)).collect();
        let found = found?;
        for (_, thing) in &found {
            let another = thing.as_anothers();
            for scale in &mut scales {
                scale.take(&another, 1);
                for agent in thing.agents() {
                    scale.take_own(*agent, (thing, &another), 1);
                }
            }
        }
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        looked_at += count;
        let mut state = walk.lock();
        state.tallies = scales.into_iter().map(|scale| scale.tally).collect();
        state.done += count;
        state.last = found.last().map_or(state.last, |(ord, _)| *ord);
        state.ended = found.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        if state.ended {
            return Ok(true);
        }
    }
}

//! Listenings: one caller's session hearing one recording version, opened by a committed event.
//!
//! The first range writes `recording_play` before its first byte; later ranges write none, and nothing is
//! read from the database for them while the policy epoch stands. After ten silent minutes a listening
//! is closed with what was heard.

use crate::event::{self, Draft};
use crate::{Caller, Result, Vault};
use parking_lot::Mutex;
use soundkeep_blobs::BlobName;
use soundkeep_crypto::sealed::Opener;
use soundkeep_domain::audit::{Actor, EventKind, Object};
use soundkeep_domain::{ConversationId, ListeningId, OrganisationId, RecordingId, Timestamp};
use soundkeep_store::recordings;
use std::collections::HashMap;
use std::sync::Arc;

/// A listening ends after so many silent seconds.
pub const SILENT_SECONDS_MAX: i64 = 600;
/// The database hears of a listening that goes on at most this often; seconds.
const TOUCH_SECONDS: i64 = 30;
/// Most ranges remembered per listening before the smallest gap between two is closed.
const INTERVALS_MAX: usize = 64;
/// Most listenings kept in memory; the longest unused go first, and are found in the database again.
const KEPT_MAX: usize = 4096;

/// Plain byte ranges that were delivered, sorted and merged.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Intervals(Vec<(u64, u64)>);

impl Intervals {
    pub(crate) fn add(&mut self, from: u64, until: u64) {
        if from >= until {
            return;
        }
        let (mut from, mut until) = (from, until);
        self.0.retain(|(start, end)| {
            let apart = *end < from || until < *start;
            if !apart {
                from = from.min(*start);
                until = until.max(*end);
            }
            apart
        });
        let at = self.0.partition_point(|(start, _)| *start < from);
        self.0.insert(at, (from, until));
        if self.0.len() > INTERVALS_MAX {
            self.close_smallest_gap();
        }
    }
    fn close_smallest_gap(&mut self) {
        let gaps = self.0.windows(2).map(|pair| match pair {
            [(_, end), (start, _)] => start - end,
            _ => u64::MAX,
        });
        if let Some((at, _)) = gaps.enumerate().min_by_key(|(_, gap)| *gap)
            && at + 1 < self.0.len()
        {
            let (_, until) = self.0.remove(at + 1);
            if let Some((_, end)) = self.0.get_mut(at) {
                *end = until;
            }
        }
    }
    fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".to_owned())
    }
}

/// What a listening needs to go on without asking anybody.
pub(crate) struct Open {
    pub(crate) organisation: OrganisationId,
    pub(crate) listening: ListeningId,
    pub(crate) policy_epoch: i64,
    pub(crate) opener: Opener,
    pub(crate) blob: BlobName,
    pub(crate) media_type: String,
    pub(crate) etag: String,
    pub(crate) conversation: ConversationId,
    pub(crate) recording: RecordingId,
    delivered: Mutex<Delivered>,
}

struct Delivered {
    intervals: Intervals,
    used_at: Timestamp,
    touched_at: Timestamp,
}

impl Open {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn new(
        organisation: OrganisationId,
        listening: ListeningId,
        policy_epoch: i64,
        opener: Opener,
        blob: BlobName,
        media_type: String,
        etag: String,
        ids: (ConversationId, RecordingId),
        now: Timestamp,
    ) -> Self {
        let delivered = Delivered { intervals: Intervals::default(), used_at: now, touched_at: now };
        Self {
            organisation,
            listening,
            policy_epoch,
            opener,
            blob,
            media_type,
            etag,
            conversation: ids.0,
            recording: ids.1,
            delivered: Mutex::new(delivered),
        }
    }

    /// Takes note of what was delivered, and tells the database now and then.
    pub(crate) async fn deliver(&self, vault: &Vault, from: u64, until: u64) -> Result<()> {
        let now = vault.now();
        let due = {
            let mut delivered = self.delivered.lock();
            delivered.intervals.add(from, until);
            delivered.used_at = now;
            let due = now.micros_since(delivered.touched_at) >= TOUCH_SECONDS * 1_000_000;
            if due {
                delivered.touched_at = now;
            }
            due
        };
        if due { self.touch(vault).await } else { Ok(()) }
    }

    async fn touch(&self, vault: &Vault) -> Result<()> {
        let (used_at, intervals) = {
            let delivered = self.delivered.lock();
            (delivered.used_at, delivered.intervals.text())
        };
        let mut transaction = vault.store().begin().await?;
        recordings::touch_listening(&mut transaction, self.organisation, self.listening, used_at, &intervals).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn silent_since(&self, now: Timestamp) -> i64 {
        now.micros_since(self.delivered.lock().used_at)
    }
}

/// The listenings of this node.
#[derive(Default)]
pub(crate) struct Listenings(Mutex<HashMap<(String, RecordingId), Arc<Open>>>);

impl Listenings {
    /// The listening of this caller's session, if it is open and was used lately.
    pub(crate) fn get(&self, caller: &Caller, recording: RecordingId, now: Timestamp) -> Option<Arc<Open>> {
        let open = self.0.lock().get(&(caller.session().to_owned(), recording)).map(Arc::clone)?;
        (open.organisation == caller.organisation() && open.silent_since(now) < SILENT_SECONDS_MAX * 1_000_000)
            .then_some(open)
    }
    pub(crate) fn put(&self, caller: &Caller, open: &Arc<Open>, now: Timestamp) {
        let mut held = self.0.lock();
        if held.len() >= KEPT_MAX {
            // A quarter at once: to look for the longest unused among all is too much work for each that comes.
            let mut silent: Vec<i64> = held.values().map(|open| open.silent_since(now)).collect();
            let (_, limit, _) = silent.select_nth_unstable(KEPT_MAX / 4 * 3);
            let limit = *limit;
            held.retain(|_, open| open.silent_since(now) < limit);
        }
        held.insert((caller.session().to_owned(), open.recording), Arc::clone(open));
    }
    pub(crate) fn forget(&self, caller: &Caller, recording: RecordingId) {
        self.0.lock().remove(&(caller.session().to_owned(), recording));
    }
    fn all(&self) -> Vec<Arc<Open>> {
        self.0.lock().values().map(Arc::clone).collect()
    }
    fn drop_silent(&self, now: Timestamp) {
        self.0.lock().retain(|_, open| open.silent_since(now) < SILENT_SECONDS_MAX * 1_000_000);
    }
}

/// Closes listenings that were silent for ten minutes, each with its event; says how many.
///
/// # Errors
/// When the database is away.
pub async fn close_silent(vault: &Vault) -> Result<usize> {
    let now = vault.now();
    for open in vault.listenings().all() {
        open.touch(vault).await?;
    }
    vault.listenings().drop_silent(now);
    let before = now.plus_seconds(-SILENT_SECONDS_MAX);
    let silent = recordings::silent_listenings(&mut vault.store().reader(), before, 200).await?;
    let count = silent.len();
    for listening in silent {
        let mut transaction = vault.store().begin().await?;
        if !recordings::close_listening(&mut transaction, listening.organisation, listening.id, now).await? {
            continue;
        }
        let (kind, id) = listening.caller.split_once(':').unwrap_or(("user", ""));
        let kind = if kind == "api_key" { "api_key" } else { "user" };
        let actor = Actor { kind, id: Some(id.to_owned()), name: None };
        let heard: serde_json::Value = serde_json::from_str(&listening.intervals).unwrap_or_default();
        let draft = Draft::by(vault, listening.organisation, actor, EventKind::ListeningEnd)?
            .object(Object::new("recording", listening.recording))
            .conversation(listening.conversation)
            .detail("listening", listening.id.to_string())
            .detail("version", listening.version)
            .detail("delivered_byte_ranges", heard);
        event::record(vault, &mut transaction, draft).await?;
        transaction.commit().await?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delivered_ranges_merge_and_stay_few() {
        let mut intervals = Intervals::default();
        intervals.add(10, 20);
        intervals.add(30, 40);
        intervals.add(20, 30);
        assert_eq!(intervals.0, [(10, 40)]);
        for at in 0..1000_u64 {
            intervals.add(at * 100, at * 100 + 10 + at % 7);
        }
        assert!(intervals.0.len() <= INTERVALS_MAX);
        assert!(intervals.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}

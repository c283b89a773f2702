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
use soundkeep_store::recordings::{self, Heard};
use std::collections::HashMap;
use std::sync::Arc;

/// A listening ends after so many silent seconds.
pub const SILENT_SECONDS_MAX: i64 = 600;
/// The database hears of a listening that goes on at most this often; seconds.
const TELL_SECONDS: i64 = 30;
/// Most listenings that it hears of in one transaction.
const TOLD_MAX: usize = 256;
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
    /// When the database was told, and whether anything was delivered since.
    told_at: Timestamp,
    untold: bool,
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
        let delivered = Delivered { intervals: Intervals::default(), used_at: now, told_at: now, untold: false };
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
        {
            let mut delivered = self.delivered.lock();
            delivered.intervals.add(from, until);
            delivered.used_at = now;
            delivered.untold = true;
        }
        match self.heard(now, TELL_SECONDS) {
            Some(heard) => tell(vault, &[(self, heard)], now).await,
            None => Ok(()),
        }
    }

    /// What the database doesn't know yet, when it was told for the last time so many seconds ago or longer.
    fn heard(&self, now: Timestamp, seconds: i64) -> Option<Heard> {
        let delivered = self.delivered.lock();
        let due = delivered.untold && now.micros_since(delivered.told_at) >= seconds * 1_000_000;
        due.then(|| Heard {
            organisation: self.organisation,
            id: self.listening,
            used_at: delivered.used_at,
            intervals: delivered.intervals.text(),
        })
    }

    fn told(&self, heard: &Heard, now: Timestamp) {
        let mut delivered = self.delivered.lock();
        delivered.told_at = now;
        delivered.untold = delivered.used_at != heard.used_at || delivered.intervals.text() != heard.intervals;
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
    /// Keeps a listening; gives those that have to go for it.
    fn put(&self, caller: &Caller, open: &Arc<Open>, now: Timestamp) -> Vec<Arc<Open>> {
        let mut held = self.0.lock();
        let mut gone = Vec::new();
        if held.len() >= KEPT_MAX {
            // A quarter at once: to look for the longest unused among all is too much work for each that comes.
            let mut silent: Vec<i64> = held.values().map(|open| open.silent_since(now)).collect();
            let (_, limit, _) = silent.select_nth_unstable(KEPT_MAX / 4 * 3);
            let limit = *limit;
            gone.extend(held.extract_if(|_, open| open.silent_since(now) >= limit).map(|(_, open)| open));
        }
        held.insert((caller.session().to_owned(), open.recording), Arc::clone(open));
        gone
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

/// Tells the database what was heard.
async fn tell(vault: &Vault, heard: &[(&Open, Heard)], now: Timestamp) -> Result<()> {
    for together in heard.chunks(TOLD_MAX) {
        let rows: Vec<Heard> = together.iter().map(|(_, heard)| heard.clone()).collect();
        let mut transaction = vault.store().begin().await?;
        recordings::note_heard(&mut transaction, &rows).await?;
        transaction.commit().await?;
        for (open, heard) in together {
            open.told(heard, now);
        }
    }
    Ok(())
}

/// Keeps a listening on this node.
pub(crate) async fn keep(vault: &Vault, caller: &Caller, open: &Arc<Open>, now: Timestamp) -> Result<()> {
    let gone = vault.listenings().put(caller, open, now);
    tell_of(vault, &gone, 0).await
}

/// Tells the database what it doesn't know yet of these listenings, unless it was told so many seconds ago.
async fn tell_of(vault: &Vault, all: &[Arc<Open>], seconds: i64) -> Result<()> {
    let now = vault.now();
    let heard: Vec<(&Open, Heard)> =
        all.iter().filter_map(|open| Some((open.as_ref(), open.heard(now, seconds)?))).collect();
    tell(vault, &heard, now).await
}

/// Tells the database what was heard and is still known to this node alone. Call it once before closing.
///
/// # Errors
/// When the database is away.
pub async fn settle(vault: &Vault) -> Result<()> {
    tell_of(vault, &vault.listenings().all(), 0).await
}

/// Closes listenings that were silent for ten minutes, each with its event; says how many.
///
/// # Errors
/// When the database is away.
pub async fn close_silent(vault: &Vault) -> Result<usize> {
    let now = vault.now();
    tell_of(vault, &vault.listenings().all(), TELL_SECONDS).await?;
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

//! Exporting the ledger: a bundle that `soundkeep verify` reads with nothing but a public key.

use crate::access::plain_permit;
use crate::event::{self, Draft};
use crate::identity::refreshed;
use crate::{Caller, Error, Result, Vault};
use bytes::Bytes;
use futures::Stream;
use parking_lot::Mutex;
use soundkeep_domain::access::{Columns, OrganisationPermit, marks};
use soundkeep_domain::audit::EventKind;
use soundkeep_ledger::bundle::{BundleWriter, Header};
use soundkeep_ledger::tree::{Position, leaf_hash};
use soundkeep_ledger::{Hash, Openings};
use soundkeep_store::audit::{self, Checkpoint};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;

const PAGE: u32 = 500;

/// The whole ledger up to its newest checkpoint, as a stream of JSON Lines.
///
/// # Errors
/// [`Error::Denied`]; [`Error::Conflict`] when nothing was numbered yet. Later failures end the stream.
pub async fn export(vault: &Vault, caller: &Caller) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
    let permit = plain_permit::<marks::AuditExport>(vault, caller).await?;
    let draft = Draft::of(vault, caller, EventKind::LedgerExport)?;
    event::record_alone(vault, draft).await?;
    super::sequence::sequence(vault).await?;
    let newest = audit::newest_checkpoint(&mut vault.store().reader(), permit.organisation()).await?;
    let newest = newest.ok_or(Error::Conflict("there is nothing in the ledger yet"))?;
    let checkpoints = audit::checkpoints(&mut vault.store().reader(), &permit, newest.size, 10_000).await?;
    let (sender, receiver) = mpsc::channel(4);
    let (vault, caller) = (vault.clone(), caller.clone());
    tokio::spawn(async move {
        if let Err(error) = write(&vault, &caller, permit, &newest, checkpoints.into(), &sender).await {
            // A receiver that went away doesn't want to know.
            let _ = sender.send(Err(error)).await;
        }
    });
    Ok(futures::stream::unfold(
        receiver,
        |mut receiver| async move { receiver.recv().await.map(|chunk| (chunk, receiver)) },
    ))
}

async fn write(
    vault: &Vault,
    caller: &Caller,
    mut permit: OrganisationPermit<marks::AuditExport>,
    newest: &Checkpoint,
    mut checkpoints: VecDeque<Checkpoint>,
    sender: &mpsc::Sender<Result<Bytes>>,
) -> Result<()> {
    let organisation = permit.organisation();
    let keys = vault.keys(organisation).await?;
    let size = u64::try_from(newest.size).map_err(Error::bug)?;
    let name = organisation.to_string();
    let header = Header::new(keys.verifier.name(), Some(&name), vault.now().as_unix_micros(), size);
    let outbox = Outbox::default();
    let mut bundle = BundleWriter::start(outbox.clone(), &header).map_err(Error::bug)?;
    let mut next = 0_i64;
    let mut epoch = caller.facts().policy_epoch();
    while next < newest.size {
        let now = vault.policy_epoch(organisation).await?;
        if now != epoch {
            // Shut out, or narrowed, while the file goes out?
            permit = plain_permit::<marks::AuditExport>(vault, &refreshed(vault, caller).await?).await?;
            epoch = now;
        }
        let rows = audit::export(&mut vault.store().reader(), &permit, next, newest.size, PAGE).await?;
        let Some(last) = rows.last().and_then(|row| row.leaf_index) else {
            break;
        };
        let indexes: Vec<i64> = rows.iter().filter_map(|row| row.leaf_index).collect();
        let hashes = leaf_hashes(vault, &permit, &indexes).await?;
        for (row, hash) in rows.iter().zip(hashes) {
            let index = u64::try_from(row.leaf_index.unwrap_or_default()).map_err(Error::bug)?;
            // To whom a column is hidden, what was written down of a conversation stays committed to and unopened.
            let openings: Openings = match &row.openings {
                Some(text) if permit.columns() == Columns::ALL => serde_json::from_str(text).map_err(Error::bug)?,
                Some(_) | None => Openings::new(),
            };
            let hash = hash.unwrap_or_else(|| leaf_hash(row.leaf.as_bytes()));
            bundle.entry(index, &row.leaf, hash, &openings).map_err(Error::bug)?;
            while checkpoints.front().is_some_and(|checkpoint| u64::try_from(checkpoint.size) == Ok(index + 1)) {
                if let Some(checkpoint) = checkpoints.pop_front() {
                    bundle.checkpoint(&checkpoint.note).map_err(Error::bug)?;
                }
            }
        }
        next = last + 1;
        send(sender, outbox.take()).await?;
    }
    bundle.finish_sealed(&keys.verifier, |text| keys.signing.sign(text)).map_err(Error::bug)?;
    send(sender, outbox.take()).await
}

/// The leaf hashes as they were stored when the events were numbered, so that a changed leaf is named.
async fn leaf_hashes(
    vault: &Vault,
    permit: &OrganisationPermit<marks::AuditExport>,
    indexes: &[i64],
) -> Result<Vec<Option<Hash>>> {
    let positions: Vec<i64> = indexes
        .iter()
        .map(|index| {
            let index = u64::try_from(*index).map_err(Error::bug)?;
            super::sequence::stored_position(&Position { level: 0, index })
        })
        .collect::<Result<_>>()?;
    let found = audit::hashes(&mut vault.store().reader(), permit.organisation(), &positions).await?;
    let found: std::collections::HashMap<i64, Vec<u8>> = found.into_iter().collect();
    Ok(positions
        .iter()
        .map(|position| {
            let bytes: [u8; 32] = found.get(position)?.as_slice().try_into().ok()?;
            Some(Hash::from_bytes(bytes))
        })
        .collect())
}

async fn send(sender: &mpsc::Sender<Result<Bytes>>, bytes: Bytes) -> Result<()> {
    sender.send(Ok(bytes)).await.map_err(|_| Error::Unavailable("nobody reads the export any more".to_owned()))
}

/// Collects what the bundle writes until it is sent on.
#[derive(Clone, Default)]
struct Outbox(Arc<Mutex<Vec<u8>>>);

impl Outbox {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(&mut *self.0.lock()))
    }
}

impl std::io::Write for Outbox {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

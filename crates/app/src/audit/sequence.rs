//! The sequencer: gives events their numbers, grows the tree and signs checkpoints.
//!
//! It takes the events that have no number (never "id greater than the last": commits come out of order),
//! in one transaction per batch. Two sequencers can't both win: numbers are unique, and a lease says whose
//! turn it is.

use crate::{Error, Result, Vault};
use soundkeep_domain::OrganisationId;
use soundkeep_ledger::tree::{Frontier, Position};
use soundkeep_ledger::{Checkpoint, Hash, publish_name};
use soundkeep_store::audit;
use std::path::Path;

/// Most events numbered in one transaction.
const BATCH_MAX: u32 = 512;
/// A sequencer that says nothing for so long has lost its turn; seconds.
const LEASE_SECONDS: i64 = 10;
/// A checkpoint is published at most this often; seconds.
const PUBLISH_SECONDS: i64 = 60;

/// Where a hash of the tree is kept: its level and index in one number.
pub(crate) fn stored_position(position: &Position) -> Result<i64> {
    let index = i64::try_from(position.index).map_err(Error::bug)?;
    Ok((i64::from(position.level) << 56) | index)
}

/// Numbers everything that waits, in all organisations; says how many events.
///
/// # Errors
/// When the database is away.
pub async fn sequence(vault: &Vault) -> Result<usize> {
    let mut numbered = 0;
    for organisation in audit::organisations_with_unnumbered(&mut vault.store().reader()).await? {
        loop {
            let batch = sequence_batch(vault, organisation).await?;
            numbered += batch;
            if batch < usize::try_from(BATCH_MAX).unwrap_or(usize::MAX) {
                break;
            }
        }
    }
    Ok(numbered)
}

async fn sequence_batch(vault: &Vault, organisation: OrganisationId) -> Result<usize> {
    let keys = vault.keys(organisation).await?;
    let now = vault.now();
    let mut transaction = vault.store().begin().await?;
    let lease = format!("sequencer/{organisation}");
    if !audit::take_lease(&mut transaction, &lease, vault.node(), now, now.plus_seconds(LEASE_SECONDS)).await? {
        return Ok(0);
    }
    let waiting = audit::unnumbered(&mut transaction, organisation, BATCH_MAX).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let newest = audit::newest_checkpoint(&mut transaction, organisation).await?;
    let mut frontier = match &newest {
        Some(checkpoint) => Frontier::from_bytes(&checkpoint.frontier).map_err(Error::bug)?,
        None => Frontier::new(),
    };
    let first = i64::try_from(frontier.size()).map_err(Error::bug)?;
    let mut hashes = Vec::new();
    let mut ids = Vec::with_capacity(waiting.len());
    for (id, leaf) in &waiting {
        ids.push(*id);
        for stored in frontier.append_entry(leaf.as_bytes()).map_err(Error::bug)? {
            hashes.push((stored_position(&stored.position)?, *stored.hash.as_bytes()));
        }
    }
    audit::number(&mut transaction, organisation, first, &ids).await?;
    audit::add_hashes(&mut transaction, organisation, &hashes).await?;
    let root: Hash = frontier.root();
    let checkpoint =
        Checkpoint::new(keys.verifier.name(), frontier.size(), root, Some(now.as_unix_micros())).map_err(Error::bug)?;
    let note = checkpoint.sign(&keys.verifier, |text| keys.signing.sign(text)).map_err(Error::bug)?;
    let new = audit::Checkpoint {
        size: i64::try_from(frontier.size()).map_err(Error::bug)?,
        root: root.as_bytes().to_vec(),
        frontier: frontier.to_bytes(),
        note,
        made_at: now,
    };
    audit::replace_checkpoint(&mut transaction, organisation, newest.map(|checkpoint| checkpoint.size), &new).await?;
    transaction.commit().await?;
    Ok(waiting.len())
}

/// Publishes the newest checkpoint of each organisation to the folder, when the last was published a while
/// ago or `now_at_once`; says how many were written.
///
/// # Errors
/// When the database is away or the folder can't be written.
pub async fn publish(vault: &Vault, at_once: bool) -> Result<usize> {
    let Some(folder) = vault.checkpoints_folder() else {
        return Ok(0);
    };
    let mut published = 0;
    let epochs = soundkeep_store::access::policy_epochs(&mut vault.store().reader()).await?;
    for (organisation, _) in epochs {
        let Some(newest) = audit::newest_checkpoint(&mut vault.store().reader(), organisation).await? else {
            continue;
        };
        let last = audit::last_published(&mut vault.store().reader(), organisation).await?;
        let due = last.is_none_or(|(size, at)| {
            newest.size > size && (at_once || vault.now().micros_since(at) >= PUBLISH_SECONDS * 1_000_000)
        });
        if !due {
            continue;
        }
        let keys = vault.keys(organisation).await?;
        let name = publish_name(u64::try_from(newest.size).map_err(Error::bug)?);
        write_checkpoint(&folder.join(&keys.slug), &name, &newest.note, &keys.verifier.to_string()).await?;
        let mut transaction = vault.store().begin().await?;
        audit::set_published(&mut transaction, organisation, newest.size, vault.now()).await?;
        transaction.commit().await?;
        published += 1;
    }
    Ok(published)
}

async fn write_checkpoint(folder: &Path, name: &str, note: &str, verifier: &str) -> Result<()> {
    let (folder, name) = (folder.to_owned(), name.to_owned());
    let (note, verifier) = (note.to_owned(), verifier.to_owned());
    let written = tokio::task::spawn_blocking(move || {
        soundkeep_blobs::make_folder(&folder, 0o755)?;
        write_durably(&folder, "verifier-key.txt", &format!("{verifier}\n"))?;
        write_durably(&folder, &name, &note)
    });
    written
        .await
        .map_err(Error::bug)?
        .map_err(|error| Error::Unavailable(format!("the checkpoint folder can't be written: {error}")))
}

/// Written beside, synced, and moved into place: a power cut leaves the old or the new, never half.
fn write_durably(folder: &Path, name: &str, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let beside = folder.join(format!(".{name}.part"));
    let mut file = std::fs::File::create(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, folder.join(name))?;
    std::fs::File::open(folder)?.sync_all()
}

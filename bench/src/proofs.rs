//! Inclusion proofs in a ledger of ten million entries, without the database: hashing and arithmetic alone.

use std::time::{Duration, Instant};

use soundkeep_ledger::Hash;
use soundkeep_ledger::tree::{Frontier, HashReader, Position, inclusion_proof, root_at, verify_inclusion};

use crate::Outcome;
use crate::measure::{nanoseconds_each, written};
use crate::report::Section;

const ENTRIES: u64 = 10_000_000;

/// Every stored hash, by level and index.
#[derive(Default)]
struct Levels(Vec<Vec<Hash>>);

impl HashReader for Levels {
    type Error = Box<dyn std::error::Error>;

    fn read(&self, positions: &[Position]) -> Result<Vec<Hash>, Self::Error> {
        positions
            .iter()
            .map(|position| {
                let index = usize::try_from(position.index)?;
                let level = self.0.get(usize::from(position.level)).ok_or("no such level")?;
                Ok(*level.get(index).ok_or("no such hash")?)
            })
            .collect()
    }
}

pub(crate) fn run() -> Outcome<Section> {
    let mut levels = Levels::default();
    let mut frontier = Frontier::new();
    let start = Instant::now();
    for number in 0..ENTRIES {
        for stored in frontier.append_entry(&number.to_le_bytes())? {
            let level = usize::from(stored.position.level);
            if levels.0.len() <= level {
                levels.0.resize_with(level + 1, Vec::new);
            }
            if let Some(hashes) = levels.0.get_mut(level) {
                hashes.push(stored.hash);
            }
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "ten million is far below 2^52")]
    let appends = ENTRIES as f64 / start.elapsed().as_secs_f64();
    let root = root_at(ENTRIES, &levels)?;
    let mut index = 0;
    let mut broken: Result<(), Box<dyn std::error::Error>> = Ok(());
    let proof_time = nanoseconds_each(Duration::from_secs(2), || {
        index = (index + 7_368_787) % ENTRIES;
        if let Err(error) = inclusion_proof(index, ENTRIES, &levels) {
            broken = Err(error);
        }
    });
    broken?;
    let proof = inclusion_proof(index, ENTRIES, &levels)?;
    let leaf = soundkeep_ledger::tree::leaf_hash(&index.to_le_bytes());
    verify_inclusion(&leaf, index, ENTRIES, &proof, &root)?;
    let verify_time = nanoseconds_each(Duration::from_secs(1), || {
        std::hint::black_box(verify_inclusion(&leaf, index, ENTRIES, &proof, &root).is_ok());
    });
    Ok(Section {
        title: "Ledger proofs",
        conditions: "Ten million entries, hashes in memory.".to_owned(),
        columns: &["what", "measured", "wanted"],
        rows: vec![
            vec!["inclusion proof".to_owned(), format!("{} µs", written(proof_time / 1000.0)), "1,000 µs".to_owned()],
            vec!["verifying it".to_owned(), format!("{} µs", written(verify_time / 1000.0)), String::new()],
            vec!["appending".to_owned(), format!("{} entries/s", written(appends)), String::new()],
        ],
    })
}

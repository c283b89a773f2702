//! A log in memory, its key, and bundles of it that can be taken apart.
//!
//! It must not decide what is right: only tests do.

use std::collections::BTreeMap;
use std::convert::Infallible;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use soundkeep_ledger::bundle::PrefixProof;
use soundkeep_ledger::commitment::{Salt, conceal};
use soundkeep_ledger::tree::{InclusionPlan, consistency_proof};
use soundkeep_ledger::{
    BundleWriter, Checkpoint, Event, Frontier, Hash, HashReader, Header, Openings, Position, StoredHash, TreeError,
    VerifierKey, canonical,
};

pub(crate) const ORIGIN: &str = "vault.example/organisation/acme";

pub(crate) struct Signer {
    pub(crate) key: VerifierKey,
    pair: Ed25519KeyPair,
}

impl Signer {
    pub(crate) fn new(origin: &str, seed: u8) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        let key = VerifierKey::new(origin, pair.public_key().as_ref().try_into().unwrap()).unwrap();
        Self { key, pair }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; 64], Infallible> {
        Ok(self.pair.sign(message).as_ref().try_into().unwrap())
    }

    pub(crate) fn checkpoint(&self, size: u64, root: Hash) -> String {
        let at = 1_700_000_000_000_000 + size as i64;
        let checkpoint = Checkpoint::new(self.key.name(), size, root, Some(at)).unwrap();
        checkpoint.sign(&self.key, |text| self.sign(text)).unwrap()
    }
}

/// Stored hashes, as a table would keep them.
#[derive(Default)]
pub(crate) struct Store(pub(crate) BTreeMap<Position, Hash>);

impl Store {
    pub(crate) fn keep(&mut self, stored: Vec<StoredHash>) {
        for hash in stored {
            assert!(self.0.insert(hash.position, hash.hash).is_none(), "a stored hash never changes");
        }
    }
}

impl HashReader for Store {
    type Error = TreeError;

    fn read(&self, positions: &[Position]) -> Result<Vec<Hash>, TreeError> {
        Ok(positions.iter().filter_map(|position| self.0.get(position).copied()).collect())
    }
}

pub(crate) struct Log {
    pub(crate) signer: Signer,
    pub(crate) entries: Vec<(String, Openings)>,
    pub(crate) frontiers: Vec<Frontier>,
    pub(crate) store: Store,
}

impl Log {
    pub(crate) fn of(size: usize) -> Self {
        Self::signed_by(Signer::new(ORIGIN, 7), (0..size).map(|number| event(number, "recording_play")).collect())
    }

    pub(crate) fn signed_by(signer: Signer, entries: Vec<(String, Openings)>) -> Self {
        let mut frontier = Frontier::new();
        let mut frontiers = vec![frontier.clone()];
        let mut store = Store::default();
        for (leaf, _) in &entries {
            store.keep(frontier.append_entry(leaf.as_bytes()).unwrap());
            frontiers.push(frontier.clone());
        }
        Self { signer, entries, frontiers, store }
    }

    pub(crate) fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn vkey(&self) -> String {
        self.signer.key.to_string()
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        self.frontiers[size as usize].root()
    }

    pub(crate) fn checkpoint(&self, size: u64) -> String {
        self.signer.checkpoint(size, self.root(size))
    }

    pub(crate) fn leaf_hash(&self, index: u64) -> Hash {
        self.store.0[&Position { level: 0, index }]
    }

    pub(crate) fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        let plan = InclusionPlan::new(index, size).unwrap();
        plan.finish(&self.store.read(plan.positions()).unwrap()).unwrap()
    }

    pub(crate) fn header(&self, from: u64, until: u64) -> Header {
        let consistency = (1..from)
            .map(|size| PrefixProof { size, proof: consistency_proof(size, from, &self.store).unwrap() })
            .collect();
        Header::new(self.signer.key.name(), Some("acme"), 1_700_000_001_000_000, until)
            .starting_at(&self.frontiers[from as usize], consistency)
    }

    /// A bundle with a checkpoint after every `every` entries and at the end.
    pub(crate) fn write(&self, from: u64, until: u64, every: u64) -> BundleWriter<Vec<u8>> {
        let mut writer = BundleWriter::start(Vec::new(), &self.header(from, until)).unwrap();
        for index in from..until {
            let (leaf, openings) = &self.entries[index as usize];
            writer.entry(index, leaf, self.leaf_hash(index), openings).unwrap();
            let size = writer.next_index();
            if size == until || size.is_multiple_of(every) {
                writer.checkpoint(&self.checkpoint(size)).unwrap();
            }
        }
        writer
    }

    pub(crate) fn bundle(&self, every: u64) -> Vec<u8> {
        self.write(0, self.size(), every).finish().unwrap()
    }

    pub(crate) fn sealed(&self, every: u64) -> Vec<u8> {
        let signer = &self.signer;
        self.write(0, self.size(), every).finish_sealed(&signer.key, |text| signer.sign(text)).unwrap()
    }
}

/// An event with a committed name and, every third time, a committed address.
pub(crate) fn event(number: usize, kind: &str) -> (String, Openings) {
    let mut value = json!({
        "v": 1, "id": format!("event-{number}"), "organisation": "acme", "at": 1_700_000_000_000_000_i64 + number as i64,
        "kind": kind, "outcome": "allowed", "actor": {"id": "u1", "name": "Ada"}, "address": null, "reason": "",
    });
    if number.is_multiple_of(3) {
        value["address"] = json!("192.0.2.7");
    }
    let mut drawn = 0;
    let openings = conceal(&mut value, &["/actor/name", "/address"], || {
        drawn += 1;
        Salt::from_bytes([(number * 2 + drawn) as u8; 32])
    });
    let leaf = Event::from_value(value).unwrap().leaf().to_owned();
    (leaf, openings.unwrap())
}

/// A bundle taken apart into its lines, to be tampered with.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) header: Value,
    pub(crate) lines: Vec<Value>,
}

impl Parts {
    pub(crate) fn of(bundle: &[u8]) -> Self {
        let mut lines = std::str::from_utf8(bundle).unwrap().lines().map(|line| serde_json::from_str(line).unwrap());
        Self { header: lines.next().unwrap(), lines: lines.collect() }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let lines = std::iter::once(&self.header).chain(&self.lines);
        lines.map(|line| canonical::to_string(line).unwrap() + "\n").collect::<String>().into_bytes()
    }

    /// The line on which entry `index` stands.
    pub(crate) fn line_of(&self, index: u64) -> usize {
        self.lines.iter().position(|line| line["i"] == index).unwrap()
    }

    pub(crate) fn entries(&self) -> Vec<Value> {
        self.lines.iter().filter(|line| line.get("i").is_some()).cloned().collect()
    }

    pub(crate) fn checkpoints(&self) -> BTreeMap<u64, Value> {
        let noted = self.lines.iter().filter(|line| line.get("checkpoint").is_some());
        noted
            .map(|line| (line["checkpoint"].as_str().unwrap().lines().nth(1).unwrap().parse().unwrap(), line.clone()))
            .collect()
    }

    /// What a careful forger does: numbers, hashes, the header and the places of checkpoints fit again.
    pub(crate) fn repaired(&self, entries: Vec<Value>) -> Self {
        let mut checkpoints = self.checkpoints();
        let mut header = self.header.clone();
        header["until_index"] = json!(entries.len());
        let mut lines = Vec::new();
        for (index, mut entry) in entries.into_iter().enumerate() {
            entry["i"] = json!(index);
            entry["h"] = json!(soundkeep_ledger::leaf_hash(entry["leaf"].as_str().unwrap().as_bytes()));
            lines.push(entry);
            lines.extend(checkpoints.remove(&(index as u64 + 1)));
        }
        Self { header, lines }
    }
}

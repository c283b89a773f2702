//! Trees and proofs against the vectors of certificate transparency, ct-merkle and tlog_tiles.
//!
//! It must not know events.

use std::cell::Cell;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use soundkeep_ledger::tree::{
    ProofError, RootPlan, SIZE_MAX, consistency_proof, empty_root, inclusion_proof, node_hash, root_at,
};
use soundkeep_ledger::{
    Frontier, Hash, HashReader, Position, TreeError, leaf_hash, verify_consistency, verify_inclusion,
};
use tlog_tiles::tlog;

use crate::support::Store;

const LARGEST: u64 = 300;

fn leaf(number: u64) -> Vec<u8> {
    format!("leaf {number}").into_bytes()
}

fn grown(size: u64) -> (Frontier, Store) {
    let mut store = Store::default();
    let mut frontier = Frontier::new();
    store.keep(frontier.append_batch((0..size).map(|number| leaf_hash(&leaf(number)))).unwrap());
    (frontier, store)
}

#[test]
fn roots_are_those_of_the_certificate_transparency_vectors() {
    let leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|start| u8::from_str_radix(&text[start..start + 2], 16).unwrap()).collect()
    };
    let mut frontier = Frontier::new();
    assert_eq!(
        frontier.root().as_bytes().to_vec(),
        hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    for (leaf, root) in leaves.iter().zip(roots) {
        frontier.append_entry(&hex(leaf)).unwrap();
        assert_eq!(frontier.root().as_bytes().to_vec(), hex(root));
    }
}

#[test]
fn roots_and_all_proofs_are_those_of_ct_merkle() {
    let (_, store) = grown(LARGEST);
    let mut other = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    for size in 1..=LARGEST {
        other.push(leaf(size - 1));
        let root = root_at(size, &store).unwrap();
        assert_eq!(other.root().as_bytes().as_slice(), root.as_bytes());
        for index in 0..size {
            let proof = inclusion_proof(index, size, &store).unwrap();
            let flat: Vec<u8> = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(other.prove_inclusion(index as usize).as_bytes(), flat);
            assert_eq!(verify_inclusion(&leaf_hash(&leaf(index)), index, size, &proof, &root), Ok(()));
        }
        for old in 1..=size {
            let proof = consistency_proof(old, size, &store).unwrap();
            let flat: Vec<u8> = proof.iter().flat_map(|hash| *hash.as_bytes()).collect();
            assert_eq!(other.prove_consistency((size - old) as usize).as_bytes(), flat);
            assert_eq!(verify_consistency(old, &root_at(old, &store).unwrap(), size, &root, &proof), Ok(()));
        }
    }
}

struct Tlog(Vec<tlog::Hash>);

impl tlog::HashReader for Tlog {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

#[test]
fn stored_hashes_and_proofs_are_those_of_tlog_tiles() {
    let (_, store) = grown(LARGEST);
    let mut other = Tlog(Vec::new());
    for number in 0..LARGEST {
        let stored = tlog::stored_hashes(number, &leaf(number), &other).unwrap();
        other.0.extend(stored);
    }
    assert_eq!(other.0.len(), store.0.len());
    for (index, hash) in other.0.iter().enumerate() {
        let (level, index) = tlog::split_stored_hash_index(index as u64);
        assert_eq!(store.0[&Position { level, index }].as_bytes(), &hash.0);
    }
    let bytes = |hashes: Vec<Hash>| hashes.iter().map(|hash| *hash.as_bytes()).collect::<Vec<_>>();
    let theirs = |hashes: Vec<tlog::Hash>| hashes.iter().map(|hash| hash.0).collect::<Vec<_>>();
    for size in 1..=LARGEST {
        for index in 0..size {
            let proof = theirs(tlog::prove_record(size, index, &other).unwrap());
            assert_eq!(bytes(inclusion_proof(index, size, &store).unwrap()), proof);
            let proof = theirs(tlog::prove_tree(size, index + 1, &other).unwrap());
            assert_eq!(bytes(consistency_proof(index + 1, size, &store).unwrap()), proof);
        }
    }
}

#[test]
fn what_can_not_be_proven_is_refused() {
    let (_, store) = grown(5);
    assert_eq!(inclusion_proof(5, 5, &store), Err(TreeError::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(consistency_proof(0, 5, &store), Err(TreeError::NoSuchPrefix { old: 0, new: 5 }));
    assert_eq!(consistency_proof(6, 5, &store), Err(TreeError::NoSuchPrefix { old: 6, new: 5 }));
    assert_eq!(inclusion_proof(0, SIZE_MAX + 1, &store), Err(TreeError::Full));
    // Hashes that the store no longer has are noticed, not skipped.
    assert_eq!(inclusion_proof(0, 8, &store), Err(TreeError::WrongCount { wanted: 3, given: 2 }));
    assert_eq!(RootPlan::new(7).finish(&[]), Err(TreeError::WrongCount { wanted: 3, given: 0 }));
    let root = root_at(5, &store).unwrap();
    assert_eq!(verify_inclusion(&root, 5, 5, &[], &root), Err(ProofError::Sizes));
    assert_eq!(verify_consistency(6, &root, 5, &root, &[]), Err(ProofError::Sizes));
    assert_eq!(verify_consistency(0, &empty_root(), 5, &root, &[]), Ok(()));
    assert_eq!(verify_consistency(0, &root, 5, &root, &[]), Err(ProofError::Root));
}

#[test]
fn a_proof_of_another_length_than_the_sizes_ask_for_is_refused() {
    let (_, store) = grown(2);
    let root = root_at(2, &store).unwrap();
    let first = leaf_hash(&leaf(0));
    let proof = inclusion_proof(0, 2, &store).unwrap();
    assert_eq!(verify_inclusion(&first, 0, 2, &proof, &root), Ok(()));
    // The path leads to this root, but a tree of four leaves is one step higher.
    assert_eq!(verify_inclusion(&first, 0, 4, &proof, &root), Err(ProofError::Length));
    let proof = consistency_proof(1, 2, &store).unwrap();
    assert_eq!(verify_consistency(1, &first, 2, &root, &proof), Ok(()));
    assert_eq!(verify_consistency(1, &first, 4, &root, &proof), Err(ProofError::Length));
    assert_eq!(verify_consistency(2, &root, 2, &root, &proof), Err(ProofError::Length));
    assert_eq!(verify_consistency(0, &empty_root(), 2, &root, &proof), Err(ProofError::Length));
}

#[test]
fn a_full_tree_takes_no_leaf() {
    let root = empty_root();
    let mut frontier = Frontier::from_peaks(SIZE_MAX, vec![root; 53]).unwrap();
    assert_eq!(frontier.append(root), Err(TreeError::Full));
    assert_eq!(Frontier::from_peaks(SIZE_MAX + 1, vec![root]), Err(TreeError::Full));
}

/// A tree of equal leaves but one: the hash at any position is known without storing the tree.
struct Sparse {
    special: u64,
    common: Vec<Hash>,
    path: Vec<Hash>,
    reads: Cell<usize>,
}

impl Sparse {
    fn new(special: u64) -> Self {
        let (mut common, mut path) = (vec![leaf_hash(b"common")], vec![leaf_hash(b"special")]);
        for level in 0..24 {
            let (plain, marked) = (common[level], path[level]);
            common.push(node_hash(&plain, &plain));
            let right = (special >> level) & 1 == 1;
            path.push(if right { node_hash(&plain, &marked) } else { node_hash(&marked, &plain) });
        }
        Self { special, common, path, reads: Cell::new(0) }
    }
}

impl HashReader for Sparse {
    type Error = TreeError;

    fn read(&self, positions: &[Position]) -> Result<Vec<Hash>, TreeError> {
        self.reads.set(self.reads.get() + positions.len());
        let at = |position: &Position| {
            let level = usize::from(position.level);
            if self.special >> position.level == position.index { self.path[level] } else { self.common[level] }
        };
        Ok(positions.iter().map(at).collect())
    }
}

proptest! {
    #[test]
    fn proofs_of_ten_million_leaves_read_at_most_twice_log2(special in 0..10_000_000_u64, old in 1..10_000_000_u64) {
        let size = 10_000_000;
        let most = 2 * 24;
        let reader = Sparse::new(special);
        let root = root_at(size, &reader).unwrap();
        prop_assert!(reader.reads.replace(0) <= 24);
        let proof = inclusion_proof(special, size, &reader).unwrap();
        prop_assert!(reader.reads.replace(0) <= most);
        prop_assert_eq!(verify_inclusion(&leaf_hash(b"special"), special, size, &proof, &root), Ok(()));
        prop_assert!(verify_inclusion(&leaf_hash(b"common"), special, size, &proof, &root).is_err());
        let old_root = root_at(old, &reader).unwrap();
        reader.reads.set(0);
        let proof = consistency_proof(old, size, &reader).unwrap();
        prop_assert!(reader.reads.get() <= most);
        prop_assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()));
        // Appending goes on from the edge alone.
        let positions = Frontier::positions(size);
        let mut frontier = Frontier::from_peaks(size, reader.read(&positions).unwrap()).unwrap();
        prop_assert_eq!(frontier.root(), root);
        prop_assert_eq!(frontier.append(leaf_hash(b"next")).unwrap()[0].position, Position { level: 0, index: size });
    }

    #[test]
    fn random_batches_give_what_one_by_one_gives(batches in prop::collection::vec(0..40_u64, 0..8)) {
        let total = batches.iter().sum();
        let (whole, expected) = grown(total);
        let mut store = Store::default();
        let mut kept = Frontier::new().to_bytes();
        let mut next = 0;
        for batch in batches {
            // Each batch is a new sequencer that has only what the last one kept.
            let mut frontier = Frontier::from_bytes(&kept).unwrap();
            store.keep(frontier.append_batch((next..next + batch).map(|number| leaf_hash(&leaf(number)))).unwrap());
            next += batch;
            kept = frontier.to_bytes();
            let text = serde_json::to_string(&frontier).unwrap();
            prop_assert_eq!(serde_json::from_str::<Frontier>(&text).unwrap(), frontier);
        }
        prop_assert_eq!(Frontier::from_bytes(&kept).unwrap(), whole);
        prop_assert_eq!(store.0, expected.0);
    }

    #[test]
    fn an_altered_proof_proves_nothing(size in 2..LARGEST, index in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), what in 0..6) {
        let (frontier, store) = grown(size);
        let index = index.index(size as usize) as u64;
        let (mut at, mut of, mut hash, mut root) = (index, size, leaf_hash(&leaf(index)), frontier.root());
        let mut proof = inclusion_proof(index, size, &store).unwrap();
        let place = place.index(proof.len());
        let wrong = Hash::of(&[b"wrong"]);
        match what {
            0 => proof[place] = wrong,
            1 => drop(proof.remove(place)),
            2 => proof.insert(place, wrong),
            3 => hash = wrong,
            4 => root = wrong,
            // The neighbour of another parity, or another size, needs another path.
            _ => { at = index ^ 1; of = of.max(at + 1); }
        }
        prop_assert!(verify_inclusion(&hash, at, of, &proof, &root).is_err());
    }

    #[test]
    fn an_altered_consistency_proof_proves_nothing(new in 3..LARGEST, old in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), what in 0..5) {
        let (frontier, store) = grown(new);
        let old = old.index(new as usize - 1) as u64 + 1;
        let (mut old_root, mut root) = (root_at(old, &store).unwrap(), frontier.root());
        let mut proof = consistency_proof(old, new, &store).unwrap();
        let place = place.index(proof.len());
        let wrong = Hash::of(&[b"wrong"]);
        match what {
            0 => proof[place] = wrong,
            1 => drop(proof.remove(place)),
            2 => proof.insert(place, wrong),
            3 => old_root = wrong,
            _ => root = wrong,
        }
        prop_assert!(verify_consistency(old, &old_root, new, &root, &proof).is_err());
    }

    #[test]
    fn a_frontier_never_reads_bytes_that_do_not_fit(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}

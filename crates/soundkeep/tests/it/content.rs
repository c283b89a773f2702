//! No plain content on the disk, whatever happens.

use crate::support::audio::{put, wave};
use crate::support::{Random, Vault, files, http};
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;

/// A run of 64 bytes holds a whole block of this length wherever it begins.
const BLOCK: usize = 32;

/// Blocks of content, to be looked for.
pub(crate) struct Content {
    blocks: HashSet<[u8; BLOCK]>,
    /// Whether a block begins with these two bytes: asked first, because it is quick.
    starts: Vec<bool>,
}

impl Content {
    pub(crate) fn of<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let (mut blocks, mut starts) = (HashSet::new(), vec![false; 1 << 16]);
        for content in contents {
            for block in content.chunks_exact(BLOCK) {
                blocks.insert(block.try_into().unwrap());
                starts[usize::from(u16::from_le_bytes([block[0], block[1]]))] = true;
            }
        }
        Self { blocks, starts }
    }
    /// Whether a run of 64 bytes of the content is in there, wherever.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let mut start = usize::from(bytes.first().copied().unwrap_or_default()) << 8;
        for (at, byte) in bytes.iter().enumerate().skip(1) {
            start = start >> 8 | usize::from(*byte) << 8;
            if self.starts[start] && bytes.get(at - 1..at - 1 + BLOCK).is_some_and(|run| self.blocks.contains(run)) {
                return true;
            }
        }
        false
    }
    /// Panics if it is in a file below the folder.
    #[track_caller]
    pub(crate) fn is_in_no_file_of(&self, folder: &Path) {
        for file in files(folder) {
            // A file may go while it is looked for.
            let bytes = std::fs::read(&file).unwrap_or_default();
            assert!(!self.is_in(&bytes), "{} holds plain content", file.display());
        }
    }
}

#[test]
fn the_search_itself_finds_a_run_wherever_it_begins() {
    let audio = wave(1, 1_000);
    let content = Content::of([&audio[44..]]);
    let mut random = Random::new(5);
    for _ in 0..50 {
        let from = 44 + random.below(audio.len() as u64 - 108) as usize;
        let mut file = vec![7_u8; random.below(300) as usize];
        file.extend(&audio[from..from + 64]);
        file.extend([9; 100]);
        assert!(content.is_in(&file), "from {from}");
    }
    assert!(!content.is_in(&wave(2, 1_000)));
}

#[test]
fn neither_audio_nor_notes_lie_plain_in_the_data_folder() {
    let vault = Vault::none();
    let (server, people) = vault.demo();
    let folder = tempfile::tempdir().unwrap();
    let calls: Vec<Vec<u8>> = (0..4).map(|seed| wave(100 + seed, 4_000)).collect();
    let letter = wave(200, 500).split_off(50);
    let note = "the caller wants her money back before the ladder is collected";
    for (at, call) in calls.iter().enumerate() {
        put(folder.path(), &format!("{at}.wav"), call);
    }
    put(folder.path(), "unreadable.wav", &letter);
    vault.import(folder.path(), &[]).well();

    let key = people.iter().find(|person| person["role"] == "manager").unwrap()["api_key"].as_str().unwrap();
    let page = http::ask(&server.origin, key, "GET", "/api/v1/conversations?limit=1", None).json();
    let conversation = page["items"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/conversations/{conversation}/notes");
    let answer = http::ask(&server.origin, key, "POST", &path, Some(&json!({ "text": note })));
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
    let read = http::ask(&server.origin, key, "GET", &path, None);
    assert!(String::from_utf8_lossy(&read.body).contains(note));

    let samples = calls.iter().map(|call| &call[44..]);
    let content = Content::of(samples.chain([letter.as_slice(), note.as_bytes()]));
    content.is_in_no_file_of(vault.place());
    server.stop();
    content.is_in_no_file_of(vault.place());
    // The demo's own files, which hold what people say and write in it.
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/audio");
    let own: Vec<Vec<u8>> = files(&own).iter().map(|file| std::fs::read(file).unwrap()).collect();
    // Headers and silence look alike everywhere: only blocks that say something count.
    let telling = own.iter().map(|file| file.get(1_000..).unwrap_or_default());
    let mut spoken = Content::of(telling);
    spoken.blocks.retain(|block| block.iter().collect::<HashSet<_>>().len() > 16);
    assert!(spoken.blocks.len() > 1_000);
    spoken.is_in_no_file_of(vault.place());
}

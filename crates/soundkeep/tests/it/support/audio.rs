//! Recordings whose every block of bytes is recognised again.

use super::Random;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// A WAVE file of noise: one channel, 8,000 samples a second, 16 bits.
pub(crate) fn wave(seed: u64, milliseconds: u32) -> Vec<u8> {
    let mut random = Random::new(seed);
    let bytes = milliseconds * 16;
    let noise = (0..bytes.div_ceil(8)).flat_map(|_| random.number().to_le_bytes()).take(bytes as usize);
    let mut file = header(bytes);
    file.extend(noise);
    file
}

/// The header of a WAVE file that says that so many bytes of samples follow.
pub(crate) fn header(bytes: u32) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(b"RIFF");
    header.extend((36 + bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        header.extend(field.to_le_bytes());
    }
    for field in [8_000_u32, 16_000] {
        header.extend(field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        header.extend(field.to_le_bytes());
    }
    header.extend(b"data");
    header.extend(bytes.to_le_bytes());
    header
}

/// Writes a file below a folder, with the folders that it needs.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Its SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

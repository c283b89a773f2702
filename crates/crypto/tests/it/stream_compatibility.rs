//! The same container, opened and made by an independent implementation of STREAM (RustCrypto's `aead-stream`).

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{KeyInit, Payload};
use soundkeep_crypto::keys::{ObjectKey, VersionKey};
use soundkeep_crypto::sealed::{HEADER_BYTES, Header, Opener, SEALED_CHUNK_BYTES, seal_whole};

use crate::SeededEntropy;

const CHUNK: usize = 64 * 1024;
const CONTEXT: &[u8] = b"context";

/// The object key's bytes, found again by HKDF with RustCrypto-free arithmetic: RFC 5869 over HMAC, one block.
fn raw_object_key(version_key: &[u8; 32], kind: &str, object_id: &[u8]) -> [u8; 32] {
    use soundkeep_crypto::digest::hmac_sha256;
    let extracted = hmac_sha256(&[0; 32], &[version_key]);
    let kind_bytes = (kind.len() as u32).to_be_bytes();
    hmac_sha256(&extracted, &[b"soundkeep object key v1", &kind_bytes, kind.as_bytes(), object_id, &[1]])
}

/// Gives one fixed value: the version key made of it is known outside.
struct Fixed;

impl soundkeep_crypto::Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), soundkeep_crypto::EntropyError> {
        bytes.fill(0x42);
        Ok(())
    }
}

fn keys() -> (ObjectKey, Aes256Gcm) {
    let ours = VersionKey::generate(&Fixed).unwrap().object_key("original", b"17").unwrap();
    let raw = raw_object_key(&[0x42; 32], "original", b"17");
    (ours, Aes256Gcm::new(&raw.into()))
}

fn associated(header: &Header) -> Vec<u8> {
    [header.to_bytes().as_slice(), CONTEXT].concat()
}

#[test]
fn an_independent_stream_opens_our_containers() {
    let (ours, theirs) = keys();
    for len in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
        let plain: Vec<u8> = (0..len).map(|position| (position * 7 % 256) as u8).collect();
        let sealed = seal_whole(&ours, CONTEXT, &plain, &SeededEntropy::default()).unwrap();
        let header = Header::parse(&sealed).unwrap();
        let aad = associated(&header);
        let stream = StreamBE32::from_aead(theirs.clone(), &header.nonce_prefix.into());
        let chunks: Vec<&[u8]> = sealed[HEADER_BYTES..].chunks(SEALED_CHUNK_BYTES as usize).collect();
        let mut opened = Vec::new();
        for (index, chunk) in chunks.iter().enumerate() {
            let last = index + 1 == chunks.len();
            opened.extend(stream.decrypt(index as u32, last, Payload { msg: chunk, aad: &aad }).unwrap());
        }
        assert_eq!(opened, plain, "{len} bytes");
    }
}

#[test]
fn we_open_the_containers_of_an_independent_stream() {
    let (ours, theirs) = keys();
    let header = Header { key_id: ours.id(), nonce_prefix: *b"prefix7" };
    let aad = associated(&header);
    let stream = StreamBE32::from_aead(theirs, &header.nonce_prefix.into());
    let plain: Vec<u8> = (0..2 * CHUNK + 99).map(|position| (position % 253) as u8).collect();
    let mut sealed = header.to_bytes().to_vec();
    for (index, chunk) in plain.chunks(CHUNK).enumerate() {
        sealed.extend(stream.encrypt(index as u32, index == 2, Payload { msg: chunk, aad: &aad }).unwrap());
    }
    let opener = Opener::new(&ours, CONTEXT, &sealed, sealed.len() as u64).unwrap();
    let mut opened = Vec::new();
    for (index, chunk) in sealed[HEADER_BYTES..].chunks_mut(SEALED_CHUNK_BYTES as usize).enumerate() {
        opened.extend_from_slice(opener.open_chunk(index as u32, chunk).unwrap());
    }
    assert_eq!(opened, plain);
}

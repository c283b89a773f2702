//! What is fuzzed: for every parser of foreign bytes one plain function that feeds it and asserts what must hold.
//!
//! The binaries in `fuzz/` drive these functions with libFuzzer; the tests here run them over `fuzz/seeds`, so that
//! what a fuzzer once found stays mended without one. Beyond "no panic" a target says what is true of every input:
//! what is printed reads back the same, what is decoded fits its declaration, a range lies inside its file, and what
//! was changed doesn't verify.
//!
//! Must not know libFuzzer, nor anything that a parser keeps to itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a target says no")]

pub mod http;
pub mod intake;
pub mod ledger;
pub mod media;
pub mod openid;
pub mod saml;
pub mod scim;
pub mod sealed;
pub mod words;

/// A fuzz target: its name, which is also that of its binary and its folder of seeds, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 33] = [
    ("http_body", http::body),
    ("http_headers", http::headers),
    ("http_oauth", http::oauth),
    ("http_query", http::query),
    ("http_range", http::range),
    ("http_upload", http::upload),
    ("intake_name", intake::name),
    ("intake_sidecar", intake::sidecar),
    ("ledger_bundle", ledger::bundle),
    ("ledger_canonical", ledger::canonical),
    ("ledger_history", ledger::history),
    ("ledger_note", ledger::note),
    ("ledger_proof", ledger::proof),
    ("ledger_tree", ledger::tree),
    ("media_file", media::file),
    ("media_ogg", media::ogg),
    ("media_worker", media::worker),
    ("openid_document", openid::document),
    ("openid_token", openid::token),
    ("saml_logout", saml::logout),
    ("saml_metadata", saml::metadata),
    ("saml_response", saml::response),
    ("scim_filter", scim::filter),
    ("scim_patch", scim::patch),
    ("scim_path", scim::path),
    ("sealed_container", sealed::container),
    ("sealed_keys", sealed::keys),
    ("sealed_secret", sealed::secret),
    ("sealed_stream", sealed::stream),
    ("words_assertions", words::assertions),
    ("words_cursor", words::cursor),
    ("words_domain", words::domain),
    ("words_search", words::search),
];

/// Takes the first `N` bytes off, filled up with zeros where there are fewer.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let mut taken = [0; N];
    let (front, rest) = bytes.split_at(bytes.len().min(N));
    taken.iter_mut().zip(front).for_each(|(to, from)| *to = *from);
    *bytes = rest;
    taken
}

/// Takes a number off.
fn take_u64(bytes: &mut &[u8]) -> u64 {
    u64::from_le_bytes(take(bytes))
}

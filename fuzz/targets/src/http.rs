//! What a request says before anybody knows who sends it.

use crate::intake::checked;
use crate::{take, take_u64};
use bytes::Bytes;
use ipnet::IpNet;
use soundkeep_http::fuzzing::{self, Headers, Refused};
use std::net::{IpAddr, Ipv4Addr};

/// A refusal is the sender's fault, says why in every language, and isn't longer than what was sent allows.
fn is_fair<T>(outcome: Result<T, Refused>, sent_bytes: usize) -> Option<T> {
    let refused = match outcome {
        Ok(value) => return Some(value),
        Err(refused) => refused,
    };
    assert!((400..500).contains(&refused.status), "{refused:?} is the house's own fault");
    assert!(!refused.code.is_empty());
    for detail in &refused.details {
        assert!(!detail.is_empty() && detail.len() <= 4096 + 16 * sent_bytes, "a refusal is bounded");
    }
    None
}

/// The `Range` header, after the length of what is asked for.
///
/// # Panics
/// When something doesn't hold.
pub fn range(bytes: &[u8]) {
    let mut rest = bytes;
    let length = take_u64(&mut rest);
    let value = String::from_utf8_lossy(rest);
    for length in [length, length % 4096, 0, u64::MAX] {
        let Some(range) = fuzzing::range(&value, length) else {
            continue;
        };
        assert!(range.start <= range.end && range.end <= length, "no range lies outside of its file");
        assert!(!range.is_empty() || length == 0, "no range is empty");
        let exact = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        if length > 0 && range.end < u64::MAX {
            assert_eq!(fuzzing::range(&exact, length), Some(range), "a range that is spelled out is itself");
        }
    }
}

/// Headers, one to a line: who asks, from where, with what in hand.
///
/// # Panics
/// When something doesn't hold.
pub fn headers(bytes: &[u8]) {
    let mut headers = Headers::default();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        headers.add(parts.next().unwrap_or_default(), parts.next().unwrap_or_default().trim_ascii());
    }
    let stranger = IpAddr::from(Ipv4Addr::new(203, 0, 113, 9));
    let proxy = IpAddr::from(Ipv4Addr::new(10, 1, 2, 3));
    let trusted: [IpNet; 2] = ["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
    assert_eq!(headers.client(stranger, &trusted), stranger, "a stranger's header isn't believed");
    assert_eq!(headers.client(proxy, &[]), proxy, "nobody is believed where nobody is trusted");
    let client = headers.client(proxy, &trusted);
    assert_eq!(client, client.to_canonical());
    assert!(headers.expected().unwrap_or_default().len() <= bytes.len());
    if let Some(credential) = headers.credential() {
        assert!(credential.len() <= bytes.len());
    }
    let _ = (headers.is_forged("https://vault.example.org"), headers.knows("\"v1\""), headers.language());
}

/// Queries of lists, and the link to the next page.
///
/// # Panics
/// When something doesn't hold.
pub fn query(bytes: &[u8]) {
    if let Some(filter) = is_fair(fuzzing::conversation_filter(bytes), bytes.len()) {
        assert!(format!("{filter:?}").len() <= 64 * 1024 + 16 * bytes.len(), "a filter is bounded");
    }
    for outcome in fuzzing::queries(bytes) {
        is_fair(outcome, bytes.len());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Some(link) = fuzzing::next_page(&format!("/api/v1/conversations?{text}"), "x.y") else {
        return;
    };
    let target = link.strip_prefix('<').and_then(|rest| rest.strip_suffix(">; rel=\"next\"")).expect("a link");
    assert!(!target.contains(['<', '>', '"', '\n', '\r', ' ']), "nobody writes into the header: {link}");
    let again = fuzzing::next_page(target, "x.y").expect("a link is an address");
    assert_eq!(again, link, "the next page keeps the filters, page after page");
}

/// JSON bodies of every kind.
///
/// # Panics
/// When something doesn't hold.
pub fn body(bytes: &[u8]) {
    for outcome in fuzzing::bodies(bytes) {
        is_fair(outcome, bytes.len());
    }
    if let Some(metadata) = is_fair(fuzzing::upload_metadata(bytes), bytes.len()) {
        checked(metadata);
    }
}

/// The form of an upload: the first line is its content type.
///
/// # Panics
/// When something doesn't hold.
pub fn upload(bytes: &[u8]) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    let mut rest = bytes;
    let mut content_type = Vec::new();
    loop {
        let [byte] = take::<1>(&mut rest);
        if byte == b'\n' || rest.is_empty() {
            break;
        }
        content_type.push(byte);
    }
    let read = fuzzing::upload(&content_type, Bytes::copy_from_slice(rest));
    let outcome = RUNTIME.with(|runtime| runtime.block_on(read));
    if let Some((metadata, audio_bytes)) = is_fair(outcome, bytes.len()) {
        assert!(audio_bytes <= rest.len() as u64, "no byte is made up");
        metadata.into_iter().for_each(checked);
    }
}

/// A form of OAuth 2.0 behind two `Authorization` lines, of which the first and the second may be empty.
///
/// # Panics
/// When something doesn't hold.
pub fn oauth(bytes: &[u8]) {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let (one, two) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let form = parts.next().unwrap_or_default();
    let lines: Vec<&[u8]> = [one, two].into_iter().filter(|line| !line.is_empty()).collect();
    match fuzzing::oauth_client(&lines, form) {
        Ok((id, _)) => {
            assert!(lines.len() < 2, "a client shows who it is once");
            assert!(!lines.is_empty() || !id.is_empty(), "a parameter without a value is none");
        }
        Err((status, error)) => {
            assert!(matches!((status, error), (400, "invalid_request") | (401, "invalid_client")), "{status} {error}");
        }
    }
}

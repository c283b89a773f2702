//! What lies in watched folders beside the sound: names and sidecars.

use jiff::tz::TimeZone;
use soundkeep_app::recordings::ingest::Metadata;
use soundkeep_domain::Timestamp;
use soundkeep_intake::{names, sidecar};
use std::sync::OnceLock;

/// The stem of a file's name, as a PBX writes it.
///
/// # Panics
/// When something doesn't hold.
pub fn name(bytes: &[u8]) {
    static BERLIN: OnceLock<TimeZone> = OnceLock::new();
    let stem = String::from_utf8_lossy(bytes);
    let berlin = BERLIN.get_or_init(|| TimeZone::get("Europe/Berlin").expect("a zone of the bundled database"));
    let (there, utc) = (names::parse(&stem, berlin), names::parse(&stem, &TimeZone::UTC));
    let (Some(there), Some(utc)) = (there, utc) else {
        return;
    };
    let apart = utc.started_at.micros_since(there.started_at) / 1_000_000;
    assert!((0..=7200).contains(&apart), "the zone moves the time by its offset and no more: {apart} s");
    assert_eq!((&there.number, &there.extension, &there.unique_id), (&utc.number, &utc.extension, &utc.unique_id));
    for part in [utc.number.as_deref(), utc.extension.as_deref(), Some(utc.unique_id.as_str())].into_iter().flatten() {
        assert!(!part.is_empty() && stem.contains(part), "nothing is made up: {part:?}");
    }
}

/// A sidecar's JSON.
///
/// # Panics
/// When something doesn't hold.
pub fn sidecar(bytes: &[u8]) {
    let Ok(said) = sidecar::parse(bytes) else {
        return;
    };
    let json = serde_json::to_vec(&said).expect("metadata is JSON");
    assert_eq!(sidecar::parse(&json).expect("which reads back"), said);
    assert_eq!(sidecar::over(said.clone(), Metadata::default()), said);
    checked(said);
}

/// What passes the check passes it again unchanged, and is bounded.
pub(crate) fn checked(said: Metadata) {
    let now = Timestamp::from_unix_micros(1_800_000_000_000_000);
    let Ok(checked) = said.checked(now) else {
        return;
    };
    assert_eq!(checked.clone().checked(now).ok().as_ref(), Some(&checked));
    for text in [&checked.from_number, &checked.to_number, &checked.contact, &checked.agent, &checked.external_id] {
        let fits = |text: &String| !text.is_empty() && text.chars().count() <= 200 && !text.contains('\0');
        assert!(text.as_ref().is_none_or(fits), "{text:?}");
    }
    assert!(checked.tags.is_sorted() && checked.tags.len() <= 50);
}

//! The small words of the house: ids, times, roles, names, cursors, and what people type into a search.

use soundkeep_app::identity::KeyRights;
use soundkeep_blobs::BlobName;
use soundkeep_domain::access::assertion::{LINE_CHARACTERS_MAX, parse, parse_line, quoted};
use soundkeep_domain::access::{Permission, RoleKey};
use soundkeep_domain::identity::{EMAIL_CHARACTERS_MAX, normal_email};
use soundkeep_domain::{ConversationId, Timestamp};
use soundkeep_store::conversations::Cursor;
use soundkeep_store::identity::NameCursor;
use soundkeep_store::search::{Query, digits, words};
use std::fmt::{Debug, Display};
use std::str::FromStr;

/// What is read, printed and read again is the same, and so is its JSON.
fn is_stable<T: FromStr + Display + PartialEq + Debug>(text: &str) -> Option<T> {
    let value = text.parse::<T>().ok()?;
    let printed = value.to_string();
    let again = printed.parse::<T>().ok();
    assert_eq!(again.as_ref(), Some(&value), "{text:?} is printed as {printed:?}");
    Some(value)
}

/// Ids, times, roles, permissions, object names and addresses.
///
/// # Panics
/// When something doesn't hold.
pub fn domain(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some(id) = is_stable::<ConversationId>(text) {
        assert_eq!(ConversationId::from_bytes(*id.as_bytes()), id);
        assert!(id.to_string().eq_ignore_ascii_case(text), "an id has one text");
    }
    if let Some(time) = is_stable::<Timestamp>(text) {
        assert_eq!(Timestamp::from_unix_micros(time.as_unix_micros()), time);
        let json = serde_json::to_string(&time).expect("a time is JSON");
        assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("which reads back"), time);
        assert!(time.plus_seconds(i64::MAX) >= time && time.plus_seconds(i64::MIN) <= time);
    }
    is_stable::<RoleKey>(text);
    is_stable::<KeyRights>(text);
    is_stable::<Permission>(text);
    if let Some(name) = is_stable::<BlobName>(text) {
        assert!(!name.as_str().contains("..") && !name.as_str().starts_with('/'), "no name climbs out of its folder");
    }
    if let Some(email) = normal_email(text) {
        assert_eq!(normal_email(&email).as_ref(), Some(&email), "what is normal stays normal");
        assert!(email.chars().count() <= EMAIL_CHARACTERS_MAX);
    }
}

/// Access tests: what is read says the same in its shortest form, its names stand where it says, and a name in
/// quotation marks may be anything.
///
/// # Panics
/// When something doesn't hold.
pub fn assertions(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let fits = |line: &str| line.chars().count() <= LINE_CHARACTERS_MAX;
    let (lines, errors) = parse(text);
    for line in &lines {
        let printed = line.assertion.to_string();
        if fits(&printed) {
            let again = parse_line(1, &printed).unwrap_or_else(|error| panic!("{printed:?}: {error}"));
            assert_eq!(again.as_ref(), Some(&line.assertion), "{:?} is printed as {printed:?}", line.text);
        }
        let whole = text.lines().nth(line.number - 1).expect("a line of the text");
        for name in line.assertion.names() {
            let written = whole.get(name.bytes.clone()).expect("a name lies in its line");
            let called = format!("role {} never plays", quoted(written));
            if fits(&called) {
                let named = parse_line(1, &called).unwrap_or_else(|error| panic!("{called:?}: {error}"));
                let named = named.expect("a sentence");
                assert_eq!(named.names().first().expect("a name").text, written);
            }
        }
    }
    for error in &errors {
        let whole = text.lines().nth(error.line - 1).expect("a line of the text");
        assert!(error.column >= 1 && error.column <= whole.chars().count() + 1, "{error} in {whole:?}");
        assert!(!error.expected.is_empty() && !error.to_string().is_empty());
    }
}

/// Cursors of lists.
///
/// # Panics
/// When something doesn't hold.
pub fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // No row has a number below zero, so no list hands such a cursor out.
    if let Ok(cursor) = Cursor::parse(text)
        && cursor.ord >= 0
        && cursor.duration_ms >= 0
    {
        assert_eq!(Cursor::parse(&cursor.text()).ok(), Some(cursor));
    }
    if let Ok(cursor) = NameCursor::parse(text) {
        assert_eq!(NameCursor::parse(&cursor.text()).ok(), Some(cursor));
    }
}

/// What people type into a search, and the words that are indexed.
///
/// # Panics
/// When something doesn't hold.
pub fn search(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for word in words(&text) {
        assert!(!word.is_empty() && word.len() <= 48, "a token is bounded: {word:?}");
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(word.bytes().all(is_plain), "no database's own tokeniser has anything left to decide: {word:?}");
    }
    if let Some(digits) = digits(&text) {
        assert!(digits.len() <= 48 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(Query::number(&text).is_some());
    }
    if let Some(typed) = Query::typed(&text) {
        assert!(format!("{typed:?}").len() < 64 * 1024, "a search is bounded");
        assert_eq!(Query::typed(&text), Some(typed));
    }
}

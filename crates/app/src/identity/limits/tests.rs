//! Who guesses is slowed down, more and more; who doesn't never is.

use super::*;

fn network(text: &str) -> Network {
    Network::of(Some(text.parse().unwrap()))
}
fn from(text: &str) -> Trying {
    Trying::From(network(text))
}
const START: Timestamp = Timestamp::from_unix_micros(1_790_000_000_000_000);
const ADA: &str = "ada@example.org";

fn seconds(wait: u64) -> i64 {
    i64::try_from(wait).unwrap()
}

#[test]
fn guessing_at_one_account_waits_longer_after_each_try_and_is_forgiven_in_time() {
    let limits = Limits::default();
    for _ in 0..10 {
        limits.take(ADA, from("192.0.2.1"), START).unwrap();
    }
    let (mut now, mut waits) = (START, Vec::new());
    for _ in 0..9 {
        let wait = limits.take(ADA, from("192.0.2.77"), now).unwrap_err();
        waits.push(wait);
        now = now.plus_seconds(seconds(wait));
        limits.take(ADA, from("192.0.2.1"), now).unwrap();
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert_eq!(waits[..6], [16, 31, 61, 121, 241, 481], "twice as long each time, and a second to be sure");
    assert!(waits.iter().all(|wait| *wait <= 901) && waits[8] > 800, "{waits:?}");
    for _ in 0..10 {
        limits.take(ADA, from("192.0.2.1"), now.plus_seconds(8 * 60 * 60)).unwrap();
    }
}

#[test]
fn a_day_of_guessing_is_a_few_hundred_tries() {
    let limits = Limits::default();
    let tries =
        (0..24 * 60 * 60).filter(|second| limits.take(ADA, from("192.0.2.1"), START.plus_seconds(*second)).is_ok());
    let count = tries.count();
    assert!((100..250).contains(&count), "{count}");
}

#[test]
fn nobody_is_locked_out_by_somebody_elsewhere() {
    let limits = Limits::default();
    while limits.take(ADA, from("203.0.113.9"), START).is_ok() {}
    limits.take(ADA, from("192.0.2.1"), START).unwrap();
    limits.take("bob@example.org", from("203.0.113.9"), START).unwrap();
}

#[test]
fn a_known_device_stays_open_whoever_guesses_beside_it() {
    let limits = Limits::default();
    let (device, other) = (KnownDevice([1; 16]), KnownDevice([2; 16]));
    while limits.take(ADA, from("203.0.113.9"), START).is_ok() {}
    for each in 0..100 {
        let _ = limits.take(&format!("{each}@x.org"), from("203.0.113.9"), START);
    }
    limits.take(ADA, Trying::On(device), START).unwrap();
    let user = UserId::from_bytes([9; 16]);
    while limits.take_code(user, from("203.0.113.9"), START).is_ok() {}
    limits.take_code(user, Trying::On(device), START).unwrap();
    limits.take_in_session("session", START).unwrap();
    // And has no more tries than any other, nor those of the others.
    while limits.take(ADA, Trying::On(device), START).is_ok() {}
    limits.take(ADA, Trying::On(other), START).unwrap();
}

#[test]
fn trying_one_password_on_many_accounts_is_slowed_down() {
    let limits = Limits::default();
    let taken = (0..200).filter(|each| limits.take(&format!("{each}@x.org"), from("2001:db8::1"), START).is_ok());
    assert_eq!(taken.count(), 60);
    assert!(limits.take("new@x.org", from("2001:db8:1::1"), START).is_ok());
    assert!(limits.take("new@x.org", from("2001:db8::1"), START.plus_seconds(2)).is_ok());
}

#[test]
fn who_signs_in_rightly_is_never_limited() {
    let limits = Limits::default();
    for _ in 0..500 {
        let taken = limits.take(ADA, from("192.0.2.1"), START).unwrap();
        limits.give_back(&taken);
    }
    // Also after having waited: what was right takes no wait with it.
    for _ in 0..10 {
        limits.take(ADA, from("192.0.2.1"), START).unwrap();
    }
    let wait = limits.take(ADA, from("192.0.2.1"), START).unwrap_err();
    let later = START.plus_seconds(seconds(wait));
    for _ in 0..20 {
        let taken = limits.take(ADA, from("192.0.2.1"), later).unwrap();
        limits.give_back(&taken);
    }
}

#[test]
fn a_known_device_and_an_open_session_have_codes_sent_whoever_asks_for_them_elsewhere() {
    let limits = Limits::default();
    let user = UserId::from_bytes([9; 16]);
    for _ in 0..3 {
        limits.take_sent_code(user, from("203.0.113.9"), START).unwrap();
    }
    assert!(limits.take_sent_code(user, from("192.0.2.1"), START).is_err(), "whatever the network");
    assert!(limits.take_sent_code(user, from("192.0.2.1"), START.plus_seconds(60)).is_ok());
    let device = Trying::On(KnownDevice([1; 16]));
    for _ in 0..3 {
        limits.take_sent_code(user, device, START).unwrap();
        limits.take_sent_code_in_session("session", START).unwrap();
    }
    assert!(limits.take_sent_code(user, device, START).is_err());
    assert!(limits.take_sent_code_in_session("session", START).is_err());
    limits.take_sent_code_in_session("another", START).unwrap();
    limits.take_sent_code(UserId::from_bytes([8; 16]), from("192.0.2.1"), START).unwrap();
}

#[test]
fn memory_stays_bounded() {
    let mut all: HashMap<Key, Held> = HashMap::new();
    for each in 0..REMEMBERED_MAX {
        let each = u32::try_from(each).unwrap();
        let held = Held { full_at: i64::from(each) + 10, waits_until: 0 };
        all.insert(Key::Network(Network::V4(each.into())), held);
    }
    forget(&mut all, 5);
    assert!(all.len() <= REMEMBERED_MAX / 2);
    assert!(all.values().all(|held| held.full_at > 1000), "the hardest tried stay");
}

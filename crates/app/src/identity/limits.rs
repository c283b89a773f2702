//! How often a sign-in may be tried, without anybody being able to lock others out.
//!
//! Tries are counted per account *and* network, and per network. There is no count per account alone: with
//! one, whoever knows an address could keep its owner out from anywhere. A password that is guessed from ten
//! thousand networks at once still gets a few tries a minute from each, against at least fifteen characters.
//! Accounts that don't exist are counted the same way, so that being limited tells nothing.
//!
//! A try is taken before the password is looked at and given back when it was right, so that a busy office
//! isn't refused and many tries at once can't slip through. Held in memory: a node that starts anew forgives.

use super::Network;
use parking_lot::Mutex;
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::{Timestamp, UserId};
use std::collections::HashMap;

/// How many tries at once, and how soon there is another.
#[derive(Debug, Clone, Copy)]
struct Rate {
    tries: i64,
    interval_micros: i64,
}

const SECOND: i64 = 1_000_000;
/// For one account from one network.
const PER_ACCOUNT: Rate = Rate { tries: 10, interval_micros: 60 * SECOND };
/// For one network, whatever the accounts.
const PER_NETWORK: Rate = Rate { tries: 60, interval_micros: 2 * SECOND };
/// For codes of one account: some five hundred a day at most, each right by chance three times in a million.
const PER_CODES: Rate = Rate { tries: 20, interval_micros: 180 * SECOND };
/// More than this isn't remembered; those nearest to being forgiven are forgotten first.
const REMEMBERED_MAX: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// The address is hashed: nobody's spelling of it stays in memory, and keys are of one size.
    Account([u8; 32], Network),
    Network(Network),
    /// Codes of a second factor, whatever the network: whoever tries them knows the password already.
    Codes(UserId),
}

impl Key {
    const fn rate(self) -> Rate {
        match self {
            Self::Account(..) => PER_ACCOUNT,
            Self::Network(_) => PER_NETWORK,
            Self::Codes(_) => PER_CODES,
        }
    }
}

/// Tries taken lately. A token bucket as one time per key: when all of its tries will be there again.
#[derive(Default)]
pub(crate) struct Limits(Mutex<HashMap<Key, i64>>);

/// A try that was taken.
#[derive(Debug)]
pub(crate) struct Try(Vec<Key>);

impl Limits {
    /// Takes a try, or says in how many seconds there will be one.
    pub(crate) fn take(&self, email: &str, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(vec![Key::Account(sha256(email.as_bytes()), network), Key::Network(network)], now)
    }

    /// The same where nobody is named: for a passkey at the door.
    pub(crate) fn take_network(&self, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(vec![Key::Network(network)], now)
    }

    /// The same for a code of a second factor.
    pub(crate) fn take_code(&self, user: UserId, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(vec![Key::Codes(user), Key::Network(network)], now)
    }

    fn take_all(&self, keys: Vec<Key>, now: Timestamp) -> Result<Try, u64> {
        let now = now.as_unix_micros();
        let mut held = self.0.lock();
        let mut wait = 0;
        for key in &keys {
            let rate = key.rate();
            let full_at = held.get(key).copied().unwrap_or(now).max(now);
            wait = wait.max(full_at + rate.interval_micros - now - rate.tries * rate.interval_micros);
        }
        if wait > 0 {
            return Err(u64::try_from(wait / SECOND + 1).unwrap_or(1));
        }
        if held.len() >= REMEMBERED_MAX {
            forget(&mut held, now);
        }
        for key in &keys {
            let full_at = held.entry(*key).or_insert(now);
            *full_at = (*full_at).max(now) + key.rate().interval_micros;
        }
        Ok(Try(keys))
    }

    /// Gives a try back, because the password was right.
    pub(crate) fn give_back(&self, taken: &Try) {
        let mut held = self.0.lock();
        for key in &taken.0 {
            if let Some(full_at) = held.get_mut(key) {
                *full_at -= key.rate().interval_micros;
            }
        }
    }
}

fn forget(held: &mut HashMap<Key, i64>, now: i64) {
    held.retain(|_, full_at| *full_at > now);
    if held.len() < REMEMBERED_MAX {
        return;
    }
    let mut times: Vec<i64> = held.values().copied().collect();
    let middle = times.len() / 2;
    let median = *times.select_nth_unstable(middle).1;
    held.retain(|_, full_at| *full_at > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::of(Some(text.parse().unwrap()))
    }
    const START: Timestamp = Timestamp::from_unix_micros(1_790_000_000_000_000);

    #[test]
    fn guessing_at_one_account_is_slowed_down_and_forgiven_in_time() {
        let limits = Limits::default();
        let here = network("192.0.2.1");
        for _ in 0..10 {
            limits.take("ada@example.org", here, START).unwrap();
        }
        let wait = limits.take("ada@example.org", network("192.0.2.77"), START).unwrap_err();
        assert!((59..=61).contains(&wait), "{wait}");
        let later = START.plus_seconds(i64::try_from(wait).unwrap());
        limits.take("ada@example.org", here, later).unwrap();
        assert!(limits.take("ada@example.org", here, later).is_err());
    }

    #[test]
    fn nobody_is_locked_out_by_somebody_elsewhere() {
        let limits = Limits::default();
        while limits.take("ada@example.org", network("203.0.113.9"), START).is_ok() {}
        limits.take("ada@example.org", network("192.0.2.1"), START).unwrap();
        limits.take("bob@example.org", network("203.0.113.9"), START).unwrap();
    }

    #[test]
    fn trying_one_password_on_many_accounts_is_slowed_down() {
        let limits = Limits::default();
        let taken =
            (0..200).filter(|each| limits.take(&format!("{each}@x.org"), network("2001:db8::1"), START).is_ok());
        assert_eq!(taken.count(), 60);
        assert!(limits.take("new@x.org", network("2001:db8:1::1"), START).is_ok());
    }

    #[test]
    fn who_signs_in_rightly_is_never_limited() {
        let limits = Limits::default();
        for _ in 0..500 {
            let taken = limits.take("ada@example.org", network("192.0.2.1"), START).unwrap();
            limits.give_back(&taken);
        }
    }

    #[test]
    fn memory_stays_bounded() {
        let mut held: HashMap<Key, i64> = HashMap::new();
        for each in 0..REMEMBERED_MAX {
            let each = u32::try_from(each).unwrap();
            held.insert(Key::Network(Network::V4(each.into())), i64::from(each) + 10);
        }
        forget(&mut held, 5);
        assert!(held.len() <= REMEMBERED_MAX / 2);
        assert!(held.values().all(|full_at| *full_at > 1000), "the hardest tried stay");
    }
}

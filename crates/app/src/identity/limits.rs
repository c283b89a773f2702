//! How often a sign-in may be tried, without anybody being able to lock others out.
//!
//! Tries are counted per account *and* network, and per network. There is no count per account alone: with
//! one, whoever knows an address could keep its owner out from anywhere. A password that is guessed from ten
//! thousand networks at once still gets a few tries a day from each, against at least fifteen characters.
//! Accounts that don't exist are counted the same way, so that being limited tells nothing.
//!
//! A device on which somebody signed in before has a count of its own and none of the others: whoever guesses in the
//! same office uses up nothing of it. So has an open session.
//!
//! A try is taken before the password is looked at and given back when it was right, so that a busy office
//! isn't refused and many tries at once can't slip through. Held in memory: a node that starts anew forgives.

use super::Network;
use super::devices::KnownDevice;
use parking_lot::Mutex;
use soundkeep_crypto::digest::sha256;
use soundkeep_domain::{Timestamp, UserId};
use std::collections::HashMap;

/// How many tries at once, how soon one is forgotten, and how long the next has to wait when there are none left.
#[derive(Debug, Clone, Copy)]
struct Rate {
    tries: i64,
    forget_micros: i64,
    wait: Wait,
}

#[derive(Debug, Clone, Copy)]
enum Wait {
    /// Until one is forgotten.
    Even,
    /// After each wrong one twice as long, from `first` to `most`.
    Growing { first_micros: i64, most_micros: i64 },
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
/// For one account from one network, for one client, for one known device and in one open session.
const PER_ACCOUNT: Rate = Rate {
    tries: 10,
    forget_micros: 20 * MINUTE,
    wait: Wait::Growing { first_micros: 15 * SECOND, most_micros: 15 * MINUTE },
};
/// For one network, whatever the accounts.
const PER_NETWORK: Rate = Rate { tries: 60, forget_micros: 2 * SECOND, wait: Wait::Even };
/// For codes of one account: some five hundred a day at most, each right by chance three times in a million.
const PER_CODES: Rate = Rate { tries: 20, forget_micros: 3 * MINUTE, wait: Wait::Even };
/// For links to choose another password, asked for one address from one network.
const PER_RESET: Rate = Rate { tries: 5, forget_micros: 10 * MINUTE, wait: Wait::Even };
/// The same from one network, whatever the addresses.
const PER_RESETS_OF_NETWORK: Rate = Rate { tries: 20, forget_micros: MINUTE, wait: Wait::Even };
/// For mails with such a link to one account: the mail before is in the mailbox already.
const PER_RESET_MAIL: Rate = Rate { tries: 1, forget_micros: 5 * MINUTE, wait: Wait::Even };
/// For codes that are sent to one account, for one known device and in one open session: whoever has them sent knows
/// its password, or holds a session.
const PER_SENT_CODE: Rate = Rate { tries: 3, forget_micros: MINUTE, wait: Wait::Even };
/// More than this isn't remembered; those nearest to being forgiven are forgotten first.
const REMEMBERED_MAX: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    /// The address is hashed: nobody's spelling of it stays in memory, and keys are of one size.
    Account([u8; 32], Network),
    Network(Network),
    /// A device that the account's owner signed in on before.
    Device(KnownDevice),
    /// A program by the id of its key, which is public; hashed like an address.
    Client([u8; 32], Network),
    /// Links for a new password, asked for one address from one network.
    Reset([u8; 32], Network),
    /// The same of a network.
    Resets(Network),
    /// Mails with such a link.
    ResetMail(UserId),
    /// Codes that are sent, whatever the network.
    SentCodes(UserId),
    /// The same to a device that their owner signed in on before.
    DeviceSentCodes(KnownDevice),
    /// The same in an open session, by its hashed id.
    SessionSentCodes([u8; 32]),
    /// Codes of a second factor, whatever the network: whoever tries them knows the password already.
    Codes(UserId),
    /// The same on a device that their owner signed in on before.
    DeviceCodes(KnownDevice),
    /// The same, and passwords, in an open session, by its hashed id.
    Session([u8; 32]),
}

impl Key {
    const fn rate(self) -> Rate {
        match self {
            Self::Account(..) | Self::Client(..) | Self::Device(_) | Self::Session(_) => PER_ACCOUNT,
            Self::Network(_) => PER_NETWORK,
            Self::Codes(_) | Self::DeviceCodes(_) => PER_CODES,
            Self::Reset(..) => PER_RESET,
            Self::Resets(_) => PER_RESETS_OF_NETWORK,
            Self::ResetMail(_) => PER_RESET_MAIL,
            Self::SentCodes(_) | Self::DeviceSentCodes(_) | Self::SessionSentCodes(_) => PER_SENT_CODE,
        }
    }
}

/// Tries taken lately of one key.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// When all of them will be forgotten.
    full_at: i64,
    /// When a wait ends that grows with each try.
    waits_until: i64,
}

impl Held {
    const fn none(now: i64) -> Self {
        Self { full_at: now, waits_until: now }
    }

    /// How many tries aren't forgotten.
    fn tries(self, rate: Rate, now: i64) -> i64 {
        let left = (self.full_at - now).max(0);
        left / rate.forget_micros + i64::from(left % rate.forget_micros > 0)
    }

    /// From when on there is another try.
    fn next_at(self, rate: Rate, now: i64) -> i64 {
        match rate.wait {
            Wait::Even => self.full_at.max(now) - (rate.tries - 1) * rate.forget_micros,
            Wait::Growing { .. } if self.tries(rate, now) < rate.tries => now,
            Wait::Growing { .. } => self.waits_until,
        }
    }

    /// After one more try.
    fn taken(self, rate: Rate, now: i64) -> Self {
        let after = Self { full_at: self.full_at.max(now) + rate.forget_micros, ..self };
        let Wait::Growing { first_micros, most_micros } = rate.wait else { return after };
        let beyond = u32::try_from(after.tries(rate, now) - rate.tries).unwrap_or(0);
        let doubled = 1_i64.checked_shl(beyond.min(32)).unwrap_or(i64::MAX);
        Self { waits_until: now + first_micros.saturating_mul(doubled).min(most_micros), ..after }
    }
}

/// Whoever tries, as far as it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trying {
    /// Somebody from a network.
    From(Network),
    /// The owner's device.
    On(KnownDevice),
}

impl Trying {
    pub(crate) const fn new(device: Option<KnownDevice>, network: Network) -> Self {
        match device {
            Some(device) => Self::On(device),
            None => Self::From(network),
        }
    }
}

/// All tries that count.
#[derive(Default)]
pub(crate) struct Limits(Mutex<HashMap<Key, Held>>);

/// A try that was taken: of which keys, and when their waits ended before and end now.
#[derive(Debug)]
pub(crate) struct Try(Vec<(Key, i64, i64)>);

impl Limits {
    /// Takes a try, or says in how many seconds there will be one.
    pub(crate) fn take(&self, email: &str, trying: Trying, now: Timestamp) -> Result<Try, u64> {
        match trying {
            Trying::On(device) => self.take_all(&[Key::Device(device)], now),
            Trying::From(network) => {
                self.take_all(&[Key::Account(sha256(email.as_bytes()), network), Key::Network(network)], now)
            }
        }
    }

    /// The same where nobody is named: for a passkey at the door.
    pub(crate) fn take_network(&self, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::Network(network)], now)
    }

    /// The same for a code of a second factor.
    pub(crate) fn take_code(&self, user: UserId, trying: Trying, now: Timestamp) -> Result<Try, u64> {
        match trying {
            Trying::On(device) => self.take_all(&[Key::DeviceCodes(device)], now),
            Trying::From(network) => self.take_all(&[Key::Codes(user), Key::Network(network)], now),
        }
    }

    /// The same for a password or code in an open session: who has none can use nothing of it up.
    pub(crate) fn take_in_session(&self, session: &str, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::Session(sha256(session.as_bytes()))], now)
    }

    /// The same for a program that asks for an access token.
    pub(crate) fn take_client(&self, id: &str, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::Client(sha256(id.as_bytes()), network)], now)
    }

    /// The same for asking for a new password; never given back.
    pub(crate) fn take_reset(&self, email: &str, network: Network, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::Reset(sha256(email.as_bytes()), network), Key::Resets(network)], now)
    }

    /// The same for the mail that follows.
    pub(crate) fn take_reset_mail(&self, user: UserId, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::ResetMail(user)], now)
    }

    /// The same for having a code sent on the way in; never given back.
    pub(crate) fn take_sent_code(&self, user: UserId, trying: Trying, now: Timestamp) -> Result<Try, u64> {
        match trying {
            Trying::On(device) => self.take_all(&[Key::DeviceSentCodes(device)], now),
            Trying::From(network) => self.take_all(&[Key::SentCodes(user), Key::Network(network)], now),
        }
    }

    /// The same in an open session.
    pub(crate) fn take_sent_code_in_session(&self, session: &str, now: Timestamp) -> Result<Try, u64> {
        self.take_all(&[Key::SessionSentCodes(sha256(session.as_bytes()))], now)
    }

    fn take_all(&self, keys: &[Key], now: Timestamp) -> Result<Try, u64> {
        let now = now.as_unix_micros();
        let mut all = self.0.lock();
        let held = |all: &HashMap<Key, Held>, key| all.get(key).copied().unwrap_or(Held::none(now));
        let next_at = keys.iter().map(|key| held(&all, key).next_at(key.rate(), now)).max().unwrap_or(now);
        if next_at > now {
            return Err(u64::try_from((next_at - now) / SECOND + 1).unwrap_or(1));
        }
        if all.len() >= REMEMBERED_MAX {
            forget(&mut all, now);
        }
        let mut taken = Vec::with_capacity(keys.len());
        for key in keys {
            let before = held(&all, key);
            let after = before.taken(key.rate(), now);
            all.insert(*key, after);
            taken.push((*key, before.waits_until, after.waits_until));
        }
        Ok(Try(taken))
    }

    /// Gives a try back, because what was shown was right.
    pub(crate) fn give_back(&self, taken: &Try) {
        let mut all = self.0.lock();
        for (key, before, after) in &taken.0 {
            if let Some(held) = all.get_mut(key) {
                held.full_at -= key.rate().forget_micros;
                if held.waits_until == *after {
                    held.waits_until = *before;
                }
            }
        }
    }
}

fn forget(all: &mut HashMap<Key, Held>, now: i64) {
    all.retain(|_, held| held.full_at > now);
    if all.len() < REMEMBERED_MAX {
        return;
    }
    let mut times: Vec<i64> = all.values().map(|held| held.full_at).collect();
    let middle = times.len() / 2;
    let median = *times.select_nth_unstable(middle).1;
    all.retain(|_, held| held.full_at > median);
}

#[cfg(test)]
#[path = "limits/tests.rs"]
mod tests;

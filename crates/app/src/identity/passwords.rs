//! Passwords: what one must be like, and hashing them without stopping everything else.
//!
//! Length and strength count, not riddles of character classes (NIST SP 800-63B-4, section 3.1.1.2). A password is
//! taken as it was typed, without Unicode normalisation: two that look alike and aren't equal are two.

use crate::{Error, Result, Vault};
use parking_lot::Mutex;
use soundkeep_crypto::password::{HashMemory, PasswordCost, PasswordHasher};
use soundkeep_domain::identity::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MIN_OF_TWO};
use soundkeep_domain::settings::Settings;
use std::collections::BTreeSet;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, oneshot};
use zxcvbn::Score;
use zxcvbn::feedback::Warning;

/// Hashes at once, whatever the number of cores: each takes a core and 19 MiB.
const AT_ONCE: std::ops::RangeInclusive<usize> = 2..=16;
/// Hashes that wait for their turn; about a second of work. More are sent away instead of piling up. It is more
/// than one network may try at once, so that one alone can't fill the room.
const WAITING_MAX: usize = 64;
/// Fewer different characters than this make no password.
const DIFFERENT_CHARACTERS_MIN: usize = 5;

type Work = Box<dyn FnOnce(&mut PasswordHasher) + Send>;

/// Threads that hash and nothing else, as many as there are cores. Each goes from one hash to the next that waits, in the
/// memory that it has: neither a wake nor fresh pages come between them. Where nobody waits it keeps none.
pub(crate) struct Hashing {
    room: Arc<Semaphore>,
    queue: LazyLock<Sender<Work>>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(WAITING_MAX)), queue: LazyLock::new(start) }
    }
}

/// Starts the threads, which end with the queue.
fn start() -> Sender<Work> {
    let (queue, work) = std::sync::mpsc::channel();
    let work = Arc::new(Mutex::new(work));
    let cores = std::thread::available_parallelism().map_or(*AT_ONCE.start(), NonZero::get);
    for _ in 0..cores.clamp(*AT_ONCE.start(), *AT_ONCE.end()) {
        let work = Arc::clone(&work);
        let started = std::thread::Builder::new().name("hashing".to_owned()).spawn(move || keep_hashing(&work));
        if let Err(error) = started {
            tracing::error!(%error, "a thread for hashing passwords couldn't be started");
        }
    }
    queue
}

fn keep_hashing(work: &Mutex<Receiver<Work>>) {
    let mut memory = HashMemory::default();
    loop {
        // Who holds the lock waits for work: then there is none.
        let next = work.try_lock().and_then(|work| work.try_recv().ok());
        let next = next.or_else(|| {
            memory = HashMemory::default();
            work.lock().recv().ok()
        });
        let Some(next) = next else { return };
        let Ok(mut hasher) = PasswordHasher::with_memory(PasswordCost::default(), std::mem::take(&mut memory)) else {
            continue;
        };
        // Whoever waits for it is told by the end of their channel.
        if std::panic::catch_unwind(AssertUnwindSafe(|| next(&mut hasher))).is_ok() {
            memory = hasher.into_memory();
        }
    }
}

impl Hashing {
    /// Has something worked at when its turn comes.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PasswordHasher) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = || Error::Unavailable("too many people are signing in at this moment: try again".to_owned());
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let (answer, done) = oneshot::channel();
        let work: Work = Box::new(move |hasher| {
            // Also where the work breaks down there is room again before whoever waits for it hears.
            let (answer, room) = (answer, room);
            // Whoever went away meanwhile needs no hash.
            if answer.is_closed() {
                return;
            }
            let done = work(hasher);
            drop(room);
            let _ = answer.send(done);
        });
        self.queue.send(work).map_err(|_| Error::bug("no thread hashes passwords"))?;
        done.await.map_err(|_| Error::bug("hashing a password broke down"))?
    }
}

/// Whose a new password is to be, and what the organisation wants of it.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) organisation: String,
    pub(super) characters_min: usize,
}

/// How long a password has to be: longer where it may be the only factor. A mailbox is often opened by a password, too, so
/// that a code by mail counts for none here.
pub(super) fn characters_min(settings: &Settings) -> usize {
    if settings.second_factor() == "always" && settings.second_factor_mode() == "app" {
        PASSWORD_CHARACTERS_MIN_OF_TWO
    } else {
        PASSWORD_CHARACTERS_MIN
    }
}

/// Says what is wrong with a new password, if anything.
fn complaint(password: &str, owner: &Owner) -> Option<String> {
    let Owner { email, name, characters_min, .. } = owner;
    let characters = password.chars().count();
    if characters < *characters_min {
        return Some(format!("at least {characters_min} characters: a few words that only you put together"));
    }
    if characters > PASSWORD_CHARACTERS_MAX {
        return Some(format!("at most {PASSWORD_CHARACTERS_MAX} characters"));
    }
    if password.chars().collect::<BTreeSet<_>>().len() < DIFFERENT_CHARACTERS_MIN {
        return Some("too few different characters".to_owned());
    }
    let lower = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let name = name.trim().to_lowercase();
    // Two or three letters are in any sentence by chance.
    let mut known = [email.as_str(), local, &name].into_iter().filter(|word| word.chars().count() >= 4);
    if known.any(|word| lower.contains(word)) {
        return Some("it must not contain your name or email address".to_owned());
    }
    weakness(password, owner).map(|why| format!("easy to guess: {why}"))
}

/// Why a password is easy to guess, if it is: found in lists of common and leaked passwords, made of rows of keys,
/// dates, repeats, or of what is known of its owner.
fn weakness(password: &str, owner: &Owner) -> Option<&'static str> {
    let local = owner.email.split('@').next().unwrap_or_default();
    let domain = owner.email.split('@').nth(1).and_then(|domain| domain.split('.').next()).unwrap_or_default();
    let words = owner.name.split_whitespace().chain(owner.organisation.split_whitespace());
    let known: Vec<&str> = words.chain([local, domain, "soundkeep"]).filter(|word| !word.is_empty()).collect();
    let judged = zxcvbn::zxcvbn(password, &known);
    // A hundred million guesses where it is the only factor, a million where it is one of two.
    let wanted = if owner.characters_min < PASSWORD_CHARACTERS_MIN { Score::Two } else { Score::Three };
    if judged.score() >= wanted {
        return None;
    }
    Some(match judged.feedback().and_then(|feedback| feedback.warning()) {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "rows of keys are tried first"
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "repeats add little"
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "it is in lists of common and leaked passwords, or like one that is",
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => "sequences such as abc or 6543 are tried first",
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "years and dates are tried first"
        }
        Some(Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess) => {
            "names are tried first"
        }
        Some(Warning::AWordByItselfIsEasyToGuess) | None => "add another word or two, uncommon ones",
    })
}

async fn blocking<T: Send + 'static>(
    vault: &Vault,
    work: impl FnOnce(&mut PasswordHasher) -> Result<T> + Send + 'static,
) -> Result<T> {
    let worker = vault.clone();
    let counted = move |hasher: &mut PasswordHasher| {
        let done = work(hasher);
        worker.metrics().passwords_hashed(hasher.worked_kib());
        done
    };
    vault.identity_state().hashing.work(counted).await
}

/// Whether a password is in the operator's list of leaked ones. What can't be looked up isn't taken for safe.
fn is_breached(vault: &Vault, password: &str) -> Result<bool> {
    let Some(list) = vault.breached_passwords() else { return Ok(false) };
    list.contains(password).map_err(|error| {
        tracing::error!(%error, "the list of breached passwords can't be read");
        Error::Unavailable("the list of breached passwords can't be read: tell whoever runs this vault".to_owned())
    })
}

/// The PHC string of a new password that fits and is none of those used before; else what is wrong with it.
pub(super) async fn choose(
    vault: &Vault,
    password: String,
    owner: Owner,
    used: Vec<String>,
) -> Result<Result<String, String>> {
    let worker = vault.clone();
    blocking(vault, move |hasher| {
        if let Some(complaint) = complaint(&password, &owner) {
            return Ok(Err(complaint));
        }
        if is_breached(&worker, &password)? {
            return Ok(Err("it is in a list of passwords that were leaked: choose another".to_owned()));
        }
        for used in used {
            if hasher.verify(&password, &used).map_err(Error::bug)? {
                return Ok(Err("you used this one before: choose another".to_owned()));
            }
        }
        hasher.hash(&password, worker.entropy()).map(Ok).map_err(Error::bug)
    })
    .await
}

/// The same password hashed at today's cost.
pub(super) async fn hash_anew(vault: &Vault, password: String) -> Result<String> {
    let worker = vault.clone();
    blocking(vault, move |hasher| hasher.hash(&password, worker.entropy()).map_err(Error::bug)).await
}

/// What came of comparing a password.
pub(super) struct Verified {
    pub(super) right: bool,
    /// The password was right, and its hash was made at another cost than today's.
    pub(super) hash_anew: bool,
}

/// Compares a password with a hash. Without a hash the same work is done, and it is never right: the time of
/// the answer must not tell whether there is such an account.
pub(super) async fn verify(vault: &Vault, password: String, stored: Option<String>) -> Result<Verified> {
    blocking(vault, move |hasher| {
        let right = match &stored {
            Some(stored) => hasher.verify(&password, stored).map_err(Error::bug)?,
            None => hasher.verify_absent(&password),
        };
        let hash_anew = right && stored.is_some_and(|stored| hasher.needs_rehash(&stored));
        Ok(Verified { right, hash_anew })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(email: &str, name: &str) -> Owner {
        let (email, name) = (email.to_owned(), name.to_owned());
        Owner { email, name, organisation: "Analytical Engines".to_owned(), characters_min: PASSWORD_CHARACTERS_MIN }
    }

    #[tokio::test]
    async fn hashing_goes_on_after_what_broke_down_and_takes_in_no_more_than_there_is_room_for() {
        let hashing = Arc::new(Hashing::default());
        for _ in 0..2 * AT_ONCE.end() {
            let broke = hashing.work::<()>(|_| panic!("on purpose")).await;
            assert!(matches!(broke, Err(Error::Bug(_))), "{broke:?}");
        }
        assert_eq!(hashing.work(|_| Ok(7)).await.unwrap(), 7);
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let closed = Arc::new(Mutex::new(closed));
        let work = || {
            let (hashing, closed) = (Arc::clone(&hashing), Arc::clone(&closed));
            tokio::spawn(async move { hashing.work(move |_| Ok(closed.lock().recv().is_err())).await })
        };
        let inside: Vec<_> = (0..WAITING_MAX).map(|_| work()).collect();
        while hashing.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(work().await.unwrap(), Err(Error::Unavailable(_))));
        drop(open);
        for one in inside {
            assert!(one.await.unwrap().unwrap());
        }
        work().await.unwrap().unwrap();
    }

    #[test]
    fn length_counts_in_characters_and_riddles_do_not() {
        let ada = owner("ada@example.org", "Ada Lovelace");
        assert_eq!(complaint("correct horse b", &ada), None);
        assert!(complaint("correct horse ", &ada).is_some());
        assert_eq!(complaint("ünïcödé zählt äu", &ada), None);
        let long = "many words that only I put together; ".repeat(4);
        assert_eq!(complaint(&long[..128], &ada), None);
        assert!(complaint(&long[..129], &ada).is_some());
        assert!(complaint("aaaaaaaaaaaaaaaaaaa", &ada).is_some());
    }

    #[test]
    fn with_a_second_factor_a_shorter_one_is_enough() {
        let two = Owner { characters_min: PASSWORD_CHARACTERS_MIN_OF_TWO, ..owner("ada@example.org", "Ada") };
        assert_eq!(complaint("kf7!xq2w", &two), None);
        assert!(complaint("kf7!xq2", &two).is_some());
    }

    #[test]
    fn a_password_must_not_contain_what_everybody_knows_of_its_owner() {
        let ada = owner("ada@example.org", "Ada Lovelace");
        for password in ["my ADA@example.org key", "I am ada lovelace, hello"] {
            assert!(complaint(password, &ada).is_some(), "{password}");
        }
        assert!(complaint("grace.hopper is my boss", &owner("grace.hopper@x.org", "G")).is_some());
        assert_eq!(complaint("a canadian in adagio", &owner("ada@example.org", "Ada")), None);
    }

    #[test]
    fn what_is_guessed_first_is_refused_with_the_reason() {
        let ada = Owner { characters_min: 8, ..owner("ada@example.org", "Ada Lovelace") };
        for (password, reason) in [
            ("password", "lists"),
            ("iloveyou1", "lists"),
            ("qwertyuiop", "lists"),
            ("zxcvbnm,./", "rows of keys"),
            ("mxzqpmxzqpmxzqp", "repeats"),
            ("analytical", "another word"),
            ("soundkeep", "another word"),
        ] {
            let complaint = complaint(password, &ada).unwrap_or_default();
            assert!(complaint.starts_with("easy to guess: ") && complaint.contains(reason), "{password}: {complaint}");
        }
    }
}

//! Passwords: what one must be like, and hashing them without stopping everything else.
//!
//! Length counts, not riddles of character classes (NIST SP 800-63B-4, section 3.1.1.2). A password is taken
//! as it was typed, without Unicode normalisation: two that look alike and aren't equal are two.

use crate::{Error, Result, Vault};
use soundkeep_crypto::password::{PasswordCost, PasswordHasher};
use soundkeep_domain::identity::{PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hashes at once: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;
/// Hashes that wait for their turn; about a second of work. More are sent away instead of piling up. It is more
/// than one network may try at once, so that one alone can't fill the room.
const WAITING_MAX: usize = 64;
/// Fewer different characters than this make no password.
const DIFFERENT_CHARACTERS_MIN: usize = 5;

/// Turns at hashing.
pub(crate) struct Hashing {
    room: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { room: Arc::new(Semaphore::new(WAITING_MAX)), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Hashing {
    async fn turn(&self) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let busy = || Error::Unavailable("too many people are signing in at this moment: try again".to_owned());
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        Ok((room, turn))
    }
}

/// Says what is wrong with a new password, if anything.
pub(super) fn complaint(password: &str, email: &str, name: &str) -> Option<String> {
    let characters = password.chars().count();
    if characters < PASSWORD_CHARACTERS_MIN {
        return Some(format!("at least {PASSWORD_CHARACTERS_MIN} characters: a few words that only you put together"));
    }
    if characters > PASSWORD_CHARACTERS_MAX {
        return Some(format!("at most {PASSWORD_CHARACTERS_MAX} characters"));
    }
    if password.chars().collect::<BTreeSet<_>>().len() < DIFFERENT_CHARACTERS_MIN {
        return Some("too few different characters".to_owned());
    }
    let password = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let name = name.trim().to_lowercase();
    // Two or three letters are in any sentence by chance.
    let known = [email, local, &name].into_iter().filter(|word| word.chars().count() >= 4);
    known
        .into_iter()
        .any(|word| password.contains(word))
        .then(|| "it must not contain your name or email address".to_owned())
}

fn hasher() -> Result<PasswordHasher> {
    PasswordHasher::new(PasswordCost::default()).map_err(Error::bug)
}

async fn blocking<T: Send + 'static>(
    vault: &Vault,
    work: impl FnOnce(PasswordHasher) -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = vault.identity_state().hashing.turn().await?;
    let hasher = hasher()?;
    tokio::task::spawn_blocking(move || {
        let done = work(hasher);
        drop(turn);
        done
    })
    .await
    .map_err(Error::bug)?
}

/// The PHC string of a new password.
pub(super) async fn hash(vault: &Vault, password: String) -> Result<String> {
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

    #[test]
    fn length_counts_in_characters_and_riddles_do_not() {
        let complaint = |password: &str| complaint(password, "ada@example.org", "Ada Lovelace");
        assert!(complaint("correct horse b").is_none());
        assert!(complaint("correct horse ").is_some());
        assert!(complaint("ünïcödé zählt äu").is_none());
        assert!(complaint(&"abcdefgh".repeat(16)).is_none());
        assert!(complaint(&"abcdefgh".repeat(17)).is_some());
        assert!(complaint("aaaaaaaaaaaaaaaaaaa").is_some());
    }

    #[test]
    fn a_password_must_not_contain_what_everybody_knows_of_its_owner() {
        for password in ["my ADA@example.org key", "I am ada lovelace, hello"] {
            assert!(complaint(password, "ada@example.org", "Ada Lovelace").is_some(), "{password}");
        }
        assert!(complaint("grace.hopper is my boss", "grace.hopper@x.org", "G").is_some());
        assert!(complaint("a canadian in adagio", "ada@example.org", "Ada").is_none());
    }
}

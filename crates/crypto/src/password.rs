//! Argon2id password hashes (RFC 9106) as PHC strings.
//!
//! Must not know: accounts, or rules of length and strength: those are the caller's. A password is compared byte by byte,
//! without any Unicode normalisation.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::entropy::{Entropy, EntropyError, random_bytes};

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Hashing or checking a password failed. Never says anything about the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The stored hash isn't an Argon2 hash in PHC form.
    #[error("the stored password hash is malformed")]
    MalformedHash,
    /// The cost asked for is outside of what Argon2 allows.
    #[error("the password hashing cost is out of bounds")]
    CostOutOfBounds,
    /// Argon2 failed, most likely for want of memory.
    #[error("hashing the password failed")]
    Failed,
    /// No random bytes for the salt.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    /// 19 MiB, two passes, one lane: the OWASP minimum for Argon2id, about 25 ms.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

/// Memory that hashes are made in, kept from one hash to the next: fresh pages cost up to a fifth of a hash. What it holds
/// is as secret as the password that was hashed last.
#[derive(Default)]
pub struct HashMemory(Vec<Block>);

impl HashMemory {
    /// So many blocks, whatever is in them: the first pass writes each before it is read (RFC 9106, section 3.2).
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], PasswordError> {
        let missing = count.saturating_sub(self.0.len());
        self.0.try_reserve_exact(missing).map_err(|_| PasswordError::Failed)?;
        self.0.resize_with(count, Block::new);
        Ok(&mut self.0)
    }
}

impl std::fmt::Debug for HashMemory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "HashMemory({} KiB)", self.0.len())
    }
}

/// Hashes and checks passwords at one cost, one after another. Blocks for the whole work: call it off the async threads.
#[derive(Debug)]
pub struct PasswordHasher {
    params: Params,
    memory: HashMemory,
    worked_kib: u64,
}

impl PasswordHasher {
    /// A hasher at `cost`.
    ///
    /// # Errors
    /// [`PasswordError::CostOutOfBounds`].
    pub fn new(cost: PasswordCost) -> Result<Self, PasswordError> {
        Self::with_memory(cost, HashMemory::default())
    }

    /// The same in memory that another hasher is done with.
    ///
    /// # Errors
    /// [`PasswordError::CostOutOfBounds`].
    pub fn with_memory(cost: PasswordCost, memory: HashMemory) -> Result<Self, PasswordError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_BYTES))
            .map_err(|_| PasswordError::CostOutOfBounds)?;
        Ok(Self { params, memory, worked_kib: 0 })
    }

    /// The memory, for the next hasher.
    #[must_use]
    pub fn into_memory(self) -> HashMemory {
        self.memory
    }

    /// The memory that its hashes went through since it was made, in KiB: that of each by its passes. It tells whether
    /// two askers were given the same work, as no clock does.
    #[must_use]
    pub const fn worked_kib(&self) -> u64 {
        self.worked_kib
    }

    /// The PHC string of a password, with a new random salt.
    ///
    /// # Errors
    /// [`PasswordError::Entropy`], [`PasswordError::Failed`].
    pub fn hash(&mut self, password: &str, entropy: &dyn Entropy) -> Result<String, PasswordError> {
        let salt = random_bytes::<SALT_BYTES>(entropy)?;
        let output = self.work(&Cost::todays(&self.params), password, &salt)?;
        let failed = |_| PasswordError::Failed;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(|_| PasswordError::Failed)?,
            salt: Some(Salt::new(&salt).map_err(failed)?),
            hash: Some(output),
        };
        Ok(hash.to_string())
    }

    /// Whether `password` is the one that was hashed; the work is that of the stored hash's own cost.
    ///
    /// # Errors
    /// [`PasswordError::MalformedHash`], [`PasswordError::Failed`].
    pub fn verify(&mut self, password: &str, stored_hash: &str) -> Result<bool, PasswordError> {
        let stored = PasswordHash::new(stored_hash).map_err(|_| PasswordError::MalformedHash)?;
        let cost = Cost::of(&stored).ok_or(PasswordError::MalformedHash)?;
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else {
            return Err(PasswordError::MalformedHash);
        };
        // Two outputs are compared in constant time.
        Ok(self.work(&cost, password, salt)? == *expected)
    }

    /// Does the work of [`Self::verify`] for an account that doesn't exist, so that the time of an answer doesn't tell
    /// which accounts do. Always false.
    pub fn verify_absent(&mut self, password: &str) -> bool {
        let worked = self.work(&Cost::todays(&self.params), password, &[0; SALT_BYTES]);
        std::hint::black_box(worked.is_ok());
        false
    }

    /// Whether a stored hash was made at another cost than this hasher's, and so should be replaced at the next sign-in.
    #[must_use]
    pub fn needs_rehash(&self, stored_hash: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(stored_hash) else {
            return true;
        };
        let Ok(params) = Params::try_from(&parsed) else {
            return true;
        };
        parsed.algorithm.as_str() != Algorithm::Argon2id.as_str()
            || parsed.version != Some(Version::V0x13.into())
            || params.m_cost() != self.params.m_cost()
            || params.t_cost() != self.params.t_cost()
            || params.p_cost() != self.params.p_cost()
            || params.output_len() != Some(HASH_BYTES)
    }

    /// One hash, which is counted. It fails for want of memory, or because what was stored can't be worked with.
    fn work(&mut self, cost: &Cost, password: &str, salt: &[u8]) -> Result<Output, PasswordError> {
        let params = &cost.params;
        self.worked_kib += u64::from(params.m_cost()) * u64::from(params.t_cost());
        let mut output = [0; Output::MAX_LENGTH];
        let length = params.output_len().unwrap_or(HASH_BYTES);
        let output = output.get_mut(..length).ok_or(PasswordError::MalformedHash)?;
        let blocks = self.memory.blocks(params.block_count())?;
        Argon2::new(cost.algorithm, cost.version, params.clone())
            .hash_password_into_with_memory(password.as_bytes(), salt, output, blocks)
            .map_err(|_| PasswordError::MalformedHash)?;
        Output::new(output).map_err(|_| PasswordError::MalformedHash)
    }
}

/// How a hash is made.
struct Cost {
    algorithm: Algorithm,
    version: Version,
    params: Params,
}

impl Cost {
    fn todays(params: &Params) -> Self {
        Self { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: params.clone() }
    }

    /// As a stored hash was made; nothing when that isn't Argon2.
    fn of(stored: &PasswordHash) -> Option<Self> {
        let algorithm = Algorithm::new(stored.algorithm.as_str()).ok()?;
        let version = stored.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
        Some(Self { algorithm, version, params: Params::try_from(stored).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWASP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(7);
            Ok(())
        }
    }

    #[test]
    fn the_default_cost_is_nineteen_mebibytes_and_two_passes() {
        let hash = PasswordHasher::new(PasswordCost::default()).unwrap().hash("correct horse", &Zeros).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn only_the_same_password_verifies() {
        let mut hasher = PasswordHasher::new(OWASP).unwrap();
        let hash = hasher.hash("pässword", &Zeros).unwrap();
        assert!(hasher.verify("pässword", &hash).unwrap());
        assert!(!hasher.verify("pässwore", &hash).unwrap());
        assert!(!hasher.verify("pa\u{308}ssword", &hash).unwrap(), "Unicode forms aren't folded");
        assert!(!hasher.verify("", &hash).unwrap());
    }

    #[test]
    fn a_hash_made_elsewhere_verifies() {
        // Argon2 reference implementation's test: password "password", salt "somesalt", t=2, m=2^16, p=1, 32 bytes.
        let hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let mut hasher = PasswordHasher::new(OWASP).unwrap();
        assert!(hasher.verify("password", hash).unwrap());
        assert!(!hasher.verify("Password", hash).unwrap());
        assert!(hasher.needs_rehash(hash));
    }

    #[test]
    fn a_change_of_cost_asks_for_a_rehash() {
        let mut hasher = PasswordHasher::new(OWASP).unwrap();
        let hash = hasher.hash("x", &Zeros).unwrap();
        assert!(!hasher.needs_rehash(&hash));
        for dearer in [
            PasswordCost { memory_kib: 128, ..OWASP },
            PasswordCost { passes: 2, ..OWASP },
            PasswordCost { memory_kib: 64, lanes: 2, passes: 1 },
        ] {
            assert!(PasswordHasher::new(dearer).unwrap().needs_rehash(&hash), "{dearer:?}");
        }
        assert!(hasher.needs_rehash("plain"));
        assert!(hasher.needs_rehash(&hash.replace("argon2id", "argon2i")));
    }

    #[test]
    fn a_malformed_hash_is_an_error_and_not_a_wrong_password() {
        let mut hasher = PasswordHasher::new(OWASP).unwrap();
        for malformed in [
            "",
            "x",
            "$argon2id$",
            "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        ] {
            assert_eq!(hasher.verify("x", malformed), Err(PasswordError::MalformedHash), "{malformed:?}");
        }
    }

    #[test]
    fn memory_of_other_hashes_changes_none() {
        let alone = PasswordHasher::new(OWASP).unwrap().hash("x", &Zeros).unwrap();
        let mut dearer = PasswordHasher::new(PasswordCost { memory_kib: 256, passes: 3, ..OWASP }).unwrap();
        let dear = dearer.hash("y", &Zeros).unwrap();
        let mut after = PasswordHasher::with_memory(OWASP, dearer.into_memory()).unwrap();
        assert_eq!(after.hash("x", &Zeros).unwrap(), alone);
        assert!(after.verify("y", &dear).unwrap());
        assert!(after.verify("x", &alone).unwrap());
        assert_eq!(format!("{:?}", after.into_memory()), "HashMemory(64 KiB)");
    }

    #[test]
    fn an_absent_account_never_verifies() {
        assert!(!PasswordHasher::new(OWASP).unwrap().verify_absent("x"));
    }

    #[test]
    fn an_absent_account_is_given_the_work_of_one_that_is_there() {
        let mut hasher = PasswordHasher::new(OWASP).unwrap();
        let hash = hasher.hash("x", &Zeros).unwrap();
        let each = hasher.worked_kib();
        assert_eq!(each, 64);
        for (wrong, sum) in [("x", 2), ("y", 3)] {
            hasher.verify(wrong, &hash).unwrap();
            assert_eq!(hasher.worked_kib(), sum * each);
        }
        hasher.verify_absent("x");
        assert_eq!(hasher.worked_kib(), 4 * each);
        // What is compared with an old hash costs what that one cost.
        let mut dearer = PasswordHasher::new(PasswordCost { memory_kib: 128, passes: 3, ..OWASP }).unwrap();
        let old = dearer.hash("x", &Zeros).unwrap();
        hasher.verify("x", &old).unwrap();
        assert_eq!(hasher.worked_kib(), 4 * each + 3 * 128);
    }
}

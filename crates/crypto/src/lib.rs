//! Sealed streams, key hierarchy, passwords, tokens and signatures of the vault.
//!
//! | module | what it gives |
//! |---|---|
//! | [`sealed`] | the sealed container: chunked, authenticated, seekable |
//! | [`keys`] | recording version key, organisation key, root key; wrapping and derivation |
//! | [`password`] | Argon2id password hashes |
//! | [`otp`] | codes of authenticator apps, recovery codes |
//! | [`token`] | opaque random tokens and their hashes at rest |
//! | [`signed_secret`] | what programs sign a day at a time instead of showing their key |
//! | [`signing`] | Ed25519 signatures |
//! | [`digest`] | SHA-256, HMAC-SHA256, salted commitments |
//! | [`entropy`] | where random bytes come from |
//!
//! Must not know: any other crate of the house, a database, a network, a clock, or what a recording is. Randomness comes in
//! through [`Entropy`]; the only I/O is the root key file in [`keys::FileRootKey`].

pub mod digest;
pub mod entropy;
pub mod keys;
pub mod otp;
pub mod passkeys;
pub mod password;
pub mod sealed;
pub mod signed_secret;
pub mod signing;
pub mod token;

pub use entropy::{Entropy, EntropyError, SystemEntropy};

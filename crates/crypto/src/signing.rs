//! Ed25519 key pairs (RFC 8032) that sign ledger checkpoints and exports.
//!
//! Must not know: what is signed, or where the seed is kept (seal it).

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError, random_secret};

/// Signing or verifying failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The signature doesn't belong to this message and public key.
    #[error("the signature is not valid")]
    BadSignature,
    /// The seed can't be made a key pair of.
    #[error("the signing key is not valid")]
    BadKey,
    /// AWS-LC refused to sign.
    #[error("signing failed")]
    Failed,
    /// No random bytes for a new key.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A key pair that can sign. Never shown by `Debug`.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public_key: [u8; 32],
}

impl SigningKey {
    /// A new random key pair.
    ///
    /// # Errors
    /// [`SigningError::Entropy`].
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, SigningError> {
        Self::from_seed(&*random_secret(entropy)?)
    }

    /// The key pair of a seed of 32 bytes (the private key of RFC 8032).
    ///
    /// # Errors
    /// [`SigningError::BadKey`].
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, SigningError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SigningError::BadKey)?;
        let public_key = pair.public_key().as_ref().try_into().map_err(|_| SigningError::BadKey)?;
        Ok(Self { pair, public_key })
    }

    /// The seed, to be sealed and stored.
    ///
    /// # Errors
    /// [`SigningError::BadKey`].
    pub fn seed(&self) -> Result<Zeroizing<[u8; 32]>, SigningError> {
        use aws_lc_rs::encoding::AsBigEndian;
        let seed = self.pair.seed().map_err(|_| SigningError::BadKey)?;
        let bytes = seed.as_be_bytes().map_err(|_| SigningError::BadKey)?;
        let array = <[u8; 32]>::try_from(bytes.as_ref()).map_err(|_| SigningError::BadKey)?;
        Ok(Zeroizing::new(array))
    }

    /// The public key, 32 bytes.
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        self.public_key
    }

    /// The signature of `message`, 64 bytes.
    ///
    /// # Errors
    /// [`SigningError::Failed`].
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], SigningError> {
        let signature = self.pair.try_sign(message).map_err(|_| SigningError::Failed)?;
        signature.as_ref().try_into().map_err(|_| SigningError::Failed)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("public_key", &hex::encode(self.public_key)).finish_non_exhaustive()
    }
}

/// Checks a signature.
///
/// # Errors
/// [`SigningError::BadSignature`], also for a public key that is none.
pub fn verify(public_key: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), SigningError> {
    UnparsedPublicKey::new(&ED25519, public_key).verify(message, signature).map_err(|_| SigningError::BadSignature)
}

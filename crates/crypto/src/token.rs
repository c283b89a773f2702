//! Opaque random tokens: API keys, share links, sessions and the like.
//!
//! A token is a prefix that names its kind, 32 random bytes in base62 (43 characters) and a CRC-32 in base62 (6
//! characters): secret scanners find it and a mistyped one is refused without a look-up. Only its hash is stored.
//!
//! Must not know: what a token allows, or where its hash is kept.

use zeroize::Zeroizing;

use crate::digest::{Digest32, equal_in_constant_time, sha256};
use crate::entropy::{Entropy, EntropyError, random_secret};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_CHARACTERS: usize = 43;
const CHECKSUM_CHARACTERS: usize = 6;

/// What a token is for; told by its first three characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// `sk_`: an API key.
    ApiKey,
    /// `sl_`: a share link.
    Link,
    /// `ss_`: a session of a person.
    Session,
    /// `st_`: a short-lived ticket for one thing.
    Ticket,
    /// `si_`: an invitation or a password reset.
    Invitation,
    /// `sn_`: a sign-in that isn't complete.
    SignIn,
    /// `sa_`: an access token of a program (OAuth 2.0).
    AccessToken,
    /// `sd_`: a directory that speaks SCIM.
    Directory,
}

impl TokenKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::ApiKey,
        Self::Link,
        Self::Session,
        Self::Ticket,
        Self::Invitation,
        Self::SignIn,
        Self::AccessToken,
        Self::Directory,
    ];

    /// The three characters that begin a token of this kind.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "sk_",
            Self::Link => "sl_",
            Self::Session => "ss_",
            Self::Ticket => "st_",
            Self::Invitation => "si_",
            Self::SignIn => "sn_",
            Self::AccessToken => "sa_",
            Self::Directory => "sd_",
        }
    }
}

/// A text isn't a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Wrong prefix, length, characters, or a number too large for 32 bytes.
    #[error("this is not a token of the expected kind")]
    Malformed,
    /// The last six characters don't fit the rest: mistyped or cut.
    #[error("the token is mistyped: its checksum does not fit")]
    BadChecksum,
}

/// A token in plain. Wiped when dropped, never shown by `Debug`.
#[derive(Clone)]
pub struct Token {
    kind: TokenKind,
    text: Zeroizing<String>,
}

impl Token {
    /// A new random token.
    ///
    /// # Errors
    /// When `entropy` fails.
    pub fn generate(kind: TokenKind, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let secret = random_secret::<32>(entropy)?;
        let mut text = Zeroizing::new(String::with_capacity(3 + SECRET_CHARACTERS + CHECKSUM_CHARACTERS));
        text.push_str(kind.prefix());
        push_base62(&mut text, secret.as_slice(), SECRET_CHARACTERS);
        let checksum = crc32(text.as_bytes());
        push_base62(&mut text, &checksum.to_be_bytes(), CHECKSUM_CHARACTERS);
        Ok(Self { kind, text })
    }

    /// Reads a token of any kind.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let kind =
            TokenKind::ALL.iter().copied().find(|kind| text.starts_with(kind.prefix())).ok_or(TokenError::Malformed)?;
        let body = text.get(kind.prefix().len()..).unwrap_or_default();
        if body.len() != SECRET_CHARACTERS + CHECKSUM_CHARACTERS || !body.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(TokenError::Malformed);
        }
        let (checked, checksum) =
            text.split_at_checked(text.len() - CHECKSUM_CHARACTERS).ok_or(TokenError::Malformed)?;
        let mut expected = String::new();
        push_base62(&mut expected, &crc32(checked.as_bytes()).to_be_bytes(), CHECKSUM_CHARACTERS);
        if expected != checksum {
            return Err(TokenError::BadChecksum);
        }
        Ok(Self { kind, text: Zeroizing::new(text.to_owned()) })
    }

    /// Reads a token of this kind alone.
    ///
    /// # Errors
    /// [`TokenError`]; another kind is [`TokenError::Malformed`].
    pub fn parse_kind(text: &str, kind: TokenKind) -> Result<Self, TokenError> {
        Self::parse(text).and_then(|token| if token.kind == kind { Ok(token) } else { Err(TokenError::Malformed) })
    }

    /// What the token is for.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The token in plain, to be shown to its owner once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The prefix and the first four characters: enough for people to tell their keys apart.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.text.get(..7).unwrap_or_default()
    }

    /// What is stored and looked up in place of the token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.text.as_bytes()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Token").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// SHA-256 of a whole token; compared in constant time. A slow hash isn't needed: the token has 256 random bits.
#[derive(Clone, Copy, Debug)]
pub struct TokenHash(Digest32);

impl TokenHash {
    /// A hash read back from storage.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        equal_in_constant_time(&self.0, &other.0)
    }
}

impl Eq for TokenHash {}

/// Appends `bytes` as one big-endian number in base62, padded with zeros to `characters`.
fn push_base62(text: &mut String, bytes: &[u8], characters: usize) {
    let mut number = Zeroizing::new(bytes.to_vec());
    let mut digits = Zeroizing::new(Vec::with_capacity(characters));
    for _ in 0..characters {
        let mut remainder = 0_u16;
        for byte in number.iter_mut() {
            let value = remainder * 256 + u16::from(*byte);
            // The remainder stays below 62, so that the quotient is below 256.
            *byte = u8::try_from(value / 62).unwrap_or_default();
            remainder = value % 62;
        }
        digits.push(ALPHABET.get(usize::from(remainder)).copied().unwrap_or(b'0'));
    }
    text.extend(digits.iter().rev().map(|digit| char::from(*digit)));
}

/// CRC-32 as in ISO-HDLC (zip, Ethernet).
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    #[test]
    fn the_checksum_is_the_usual_crc32() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn base62_is_positional_and_padded() {
        let encode = |bytes: &[u8], characters| {
            let mut text = String::new();
            push_base62(&mut text, bytes, characters);
            text
        };
        assert_eq!(encode(&[61], 2), "0z");
        assert_eq!(encode(&[62], 2), "10");
        assert_eq!(encode(&u32::MAX.to_be_bytes(), 6), "4gfFC3");
        assert_eq!(encode(&[0; 32], 43), "0".repeat(43));
        assert_eq!(encode(&[255; 32], 43).len(), 43);
    }

    #[test]
    fn every_kind_comes_back_as_itself() {
        for kind in TokenKind::ALL.iter().copied() {
            for entropy in [&SystemEntropy::new() as &dyn Entropy, &Fixed(0), &Fixed(255)] {
                let token = Token::generate(kind, entropy).unwrap();
                assert_eq!(token.reveal().len(), 52);
                let parsed = Token::parse(token.reveal()).unwrap();
                assert_eq!(parsed.kind(), kind);
                assert_eq!(parsed.hash(), token.hash());
                assert!(Token::parse_kind(token.reveal(), kind).is_ok());
            }
        }
    }

    #[test]
    fn another_kind_is_refused_where_one_is_expected() {
        let token = Token::generate(TokenKind::Link, &Fixed(3)).unwrap();
        assert_eq!(Token::parse_kind(token.reveal(), TokenKind::ApiKey).unwrap_err(), TokenError::Malformed);
        let renamed = token.reveal().replacen("sl_", "sk_", 1);
        assert_eq!(Token::parse(&renamed).unwrap_err(), TokenError::BadChecksum);
    }

    #[test]
    fn every_single_mistyped_character_is_refused() {
        let token = Token::generate(TokenKind::ApiKey, &Fixed(9)).unwrap();
        for position in 0..token.reveal().len() {
            let mut text = token.reveal().to_owned().into_bytes();
            text[position] = if text[position] == b'a' { b'b' } else { b'a' };
            assert!(Token::parse(std::str::from_utf8(&text).unwrap()).is_err(), "position {position}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let token = Token::generate(TokenKind::ApiKey, &Fixed(9)).unwrap();
        let cut = &token.reveal()[..51];
        for text in [
            "",
            "sk_",
            "sk",
            "xx_",
            cut,
            &format!("{}0", token.reveal()),
            &format!(" {}", token.reveal()),
            &format!("sk_{}", "é".repeat(24)),
        ] {
            assert_eq!(Token::parse(text).unwrap_err(), TokenError::Malformed, "{text:?}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_whole_text_and_nothing_else_shows() {
        let token = Token::generate(TokenKind::Session, &Fixed(1)).unwrap();
        assert_eq!(token.hash().as_bytes(), &sha256(token.reveal().as_bytes()));
        assert_ne!(token.hash(), Token::generate(TokenKind::Session, &Fixed(2)).unwrap().hash());
        assert!(!format!("{token:?}").contains(&token.reveal()[3..9]));
        assert_eq!(token.hint(), &token.reveal()[..7]);
    }
}

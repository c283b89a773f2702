//! C2SP signed notes: a text and the Ed25519 signatures under it (c2sp.org/signed-note).
//!
//! It must not know what the text says, and never sees a private key: signing is an argument.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;

use crate::hash::Hash;

/// The signature type of Ed25519 in key ids and verifier keys.
const ED25519_TYPE: u8 = 0x01;

/// Length of an Ed25519 signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// Notes beyond this length are refused unread.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Notes may carry this many signature lines.
const SIGNATURES_MAX: usize = 100;

const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Why a note or a verifier key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoteError {
    /// A key name is empty or contains a space or a plus sign.
    #[error("a key name is empty or contains a space, a plus sign or a control character")]
    Name,
    /// The verifier key isn't `name+id+base64`, or is no Ed25519 key.
    #[error("the verifier key is malformed")]
    Key,
    /// The id in the verifier key isn't that of its name and key.
    #[error("the verifier key carries the id of another key")]
    KeyId,
    /// The note isn't text, blank line and signature lines.
    #[error("the signed note is malformed")]
    Malformed,
    /// No signature is by this key.
    #[error("the signed note carries no signature of this key")]
    Unsigned,
    /// A signature names this key and doesn't verify.
    #[error("the signature doesn't fit the signed note")]
    Signature,
}

/// Why a note wasn't signed.
#[derive(Debug, Error)]
pub enum SignError<E: std::error::Error + 'static> {
    /// The signer failed.
    #[error("sign a note")]
    Signer(#[source] E),
    /// The signer used another key, or the text can't be a note.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// The public half of a named Ed25519 key. Its text form is `name+id+base64(0x01 ‖ key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    public_key: [u8; 32],
}

impl VerifierKey {
    /// Names a public key.
    ///
    /// # Errors
    /// [`NoteError::Name`].
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Name);
        }
        let id = key_id(name, &public_key);
        Ok(Self { name: name.to_owned(), id, public_key })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`NoteError::Name`], [`NoteError::Key`], [`NoteError::KeyId`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        // The base64 part may contain plus signs; name and id can't.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let decoded = STANDARD.decode(encoded).map_err(|_| NoteError::Key)?;
        let public_key = match decoded.split_first() {
            Some((&ED25519_TYPE, key)) => key.try_into().map_err(|_| NoteError::Key)?,
            _ => return Err(NoteError::Key),
        };
        let key = Self::new(name, public_key)?;
        if key.id_text() == id { Ok(key) } else { Err(NoteError::KeyId) }
    }

    /// The key's name, which for a log is its origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub const fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// The first four bytes of SHA-256 of name, newline, 0x01 and key, as eight hexadecimal digits.
    #[must_use]
    pub fn id_text(&self) -> String {
        self.id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the signature is by this key over these bytes.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public_key).verify(message, signature).is_ok()
    }

    /// Puts a signature under a text. For signers that are asynchronous: sign `text` first, as it stands.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when the text isn't lines of plain text, [`NoteError::Signature`] when
    /// the signature isn't by this key over this text: a broken note is never published.
    pub fn note(&self, text: &str, signature: &[u8; SIGNATURE_BYTES]) -> Result<String, NoteError> {
        if !is_note_text(text) {
            return Err(NoteError::Malformed);
        }
        if !self.verifies(text.as_bytes(), signature) {
            return Err(NoteError::Signature);
        }
        let mut blob = self.id.to_vec();
        blob.extend_from_slice(signature);
        Ok(format!("{text}\n{SIGNATURE_PREFIX}{} {}\n", self.name, STANDARD.encode(blob)))
    }

    /// Signs a text with the closure and puts the signature under it.
    ///
    /// # Errors
    /// [`SignError::Signer`] with what the closure gave; else as [`VerifierKey::note`].
    pub fn sign_note<E: std::error::Error + 'static>(
        &self,
        text: &str,
        sign: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_BYTES], E>,
    ) -> Result<String, SignError<E>> {
        let signature = sign(text.as_bytes()).map_err(SignError::Signer)?;
        Ok(self.note(text, &signature)?)
    }

    /// The text of a note that this key signed. Signatures of other keys (witnesses) are left alone.
    ///
    /// # Errors
    /// [`NoteError::Malformed`], [`NoteError::Unsigned`], [`NoteError::Signature`].
    pub fn open<'note>(&self, note: &'note str) -> Result<&'note str, NoteError> {
        let (text, lines) = split_note(note)?;
        let mut signed = false;
        for line in lines {
            let (name, blob) = parse_signature_line(line)?;
            let (id, signature) = blob.split_first_chunk::<4>().ok_or(NoteError::Malformed)?;
            if name != self.name || *id != self.id {
                continue;
            }
            if !self.verifies(text.as_bytes(), signature) {
                return Err(NoteError::Signature);
            }
            signed = true;
        }
        if signed { Ok(text) } else { Err(NoteError::Unsigned) }
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut typed = vec![ED25519_TYPE];
        typed.extend_from_slice(&self.public_key);
        write!(formatter, "{}+{}+{}", self.name, self.id_text(), STANDARD.encode(typed))
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        Self::parse(text)
    }
}

fn key_id(name: &str, public_key: &[u8; 32]) -> [u8; 4] {
    let hash = Hash::of(&[name.as_bytes(), b"\n", &[ED25519_TYPE], public_key]);
    let [first, second, third, fourth, ..] = *hash.as_bytes();
    [first, second, third, fourth]
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|character: char| character.is_whitespace() || character == '+' || character.is_control())
}

fn is_note_text(text: &str) -> bool {
    text.len() > 1
        && text.len() <= NOTE_BYTES_MAX
        && text.ends_with('\n')
        && !text.contains(|character: char| character < ' ' && character != '\n')
}

fn split_note(note: &str) -> Result<(&str, std::str::Split<'_, char>), NoteError> {
    if !is_note_text(note) {
        return Err(NoteError::Malformed);
    }
    let blank = note.rfind("\n\n").ok_or(NoteError::Malformed)?;
    let (text, rest) = note.split_at_checked(blank + 1).ok_or(NoteError::Malformed)?;
    let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n')).ok_or(NoteError::Malformed)?;
    if lines.split('\n').count() > SIGNATURES_MAX {
        return Err(NoteError::Malformed);
    }
    Ok((text, lines.split('\n')))
}

fn parse_signature_line(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let (name, encoded) =
        line.strip_prefix(SIGNATURE_PREFIX).and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Malformed)?;
    let blob = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed)?;
    // Four bytes of id and at least one of signature: witnesses may sign in ways unknown here.
    if !is_key_name(name) || blob.len() < 5 {
        return Err(NoteError::Malformed);
    }
    Ok((name, blob))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
    use std::convert::Infallible;

    /// The key, text and signature of the tests of Go's `sumdb/note`, where the format comes from.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TYPED_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn pair() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&STANDARD.decode(TYPED_SEED).unwrap()[1..]).unwrap()
    }

    fn sign(message: &[u8]) -> Result<[u8; 64], Infallible> {
        Ok(pair().sign(message).as_ref().try_into().unwrap())
    }

    #[test]
    fn the_note_of_the_reference_is_made_and_opened() {
        let key = VerifierKey::parse(KEY).unwrap();
        assert_eq!(key.to_string(), KEY);
        assert_eq!(VerifierKey::new("PeterNeumann", pair().public_key().as_ref().try_into().unwrap()).unwrap(), key);
        let note = key.sign_note(TEXT, sign).unwrap();
        assert_eq!(note, format!("{TEXT}\n{SIGNATURE}"));
        assert_eq!(key.open(&note), Ok(TEXT));
    }

    #[test]
    fn a_malformed_verifier_key_is_refused() {
        for (text, why) in [
            ("", NoteError::Key),
            ("PeterNeumann", NoteError::Key),
            ("PeterNeumann+c74f20a3", NoteError::Key),
            ("PeterNeumann+c74f20a3+", NoteError::Key),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", NoteError::Key),
            ("PeterNeumann+c74f20a3+AhpcrQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::Key),
            ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::KeyId),
            ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::KeyId),
            ("EveNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::KeyId),
            ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::Name),
            ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NoteError::Name),
        ] {
            assert_eq!(VerifierKey::parse(text), Err(why), "{text}");
        }
        assert_eq!(VerifierKey::new("a+b", [0; 32]), Err(NoteError::Name));
        assert_eq!(VerifierKey::new("a\u{2003}b", [0; 32]), Err(NoteError::Name));
    }

    #[test]
    fn a_malformed_note_is_refused() {
        let key = VerifierKey::parse(KEY).unwrap();
        let bare = SIGNATURE.trim_end();
        for note in [
            String::new(),
            TEXT.to_owned(),
            format!("{TEXT}{SIGNATURE}"),
            format!("{TEXT}\n"),
            format!("{TEXT}\n{bare}"),
            format!("\n{SIGNATURE}"),
            format!("{TEXT}\n{SIGNATURE}\n"),
            format!("{TEXT}\n{SIGNATURE}more\n"),
            format!("{TEXT}\n{}", SIGNATURE.replace('\u{2014}', "-")),
            format!("{TEXT}\n{}", SIGNATURE.replace("PeterNeumann", "Peter+Neumann")),
            format!("{TEXT}\n{}", SIGNATURE.replace("nAM=", "nAM")),
            format!("{TEXT}\n\u{2014} PeterNeumann x08gow==\n"),
            format!("{}\n{SIGNATURE}", TEXT.replace('\n', "\r\n")),
            format!("a\0b\n\n{SIGNATURE}"),
            format!("{TEXT}\n{}", SIGNATURE.repeat(SIGNATURES_MAX + 1)),
            format!("{}\n\n{SIGNATURE}", "a".repeat(NOTE_BYTES_MAX)),
        ] {
            assert_eq!(key.open(&note), Err(NoteError::Malformed), "{note}");
        }
    }

    #[test]
    fn only_a_fitting_signature_of_this_key_opens_a_note() {
        let key = VerifierKey::parse(KEY).unwrap();
        let stranger = "\u{2014} witness.example/w AAAAAAEC\n";
        assert_eq!(key.open(&format!("{TEXT}\n{stranger}")), Err(NoteError::Unsigned));
        assert_eq!(key.open(&format!("{TEXT}\n{stranger}{SIGNATURE}{stranger}")), Ok(TEXT));
        assert_eq!(key.open(&format!("More.\n{TEXT}\n{SIGNATURE}")), Err(NoteError::Signature));
        assert_eq!(
            key.open(&format!("{TEXT}\n{}", SIGNATURE.replace("PeterNeumann", "EveNeumann"))),
            Err(NoteError::Unsigned)
        );
        // One false signature under the right name spoils the note, whatever stands beside it.
        let broken = SIGNATURE.replace("nAM=", "nAQ=");
        assert_eq!(key.open(&format!("{TEXT}\n{SIGNATURE}{broken}")), Err(NoteError::Signature));
    }

    #[test]
    fn the_text_ends_at_the_last_blank_line() {
        let key = VerifierKey::parse(KEY).unwrap();
        let text = format!("{TEXT}\nmore\n");
        let note = key.sign_note(&text, sign).unwrap();
        assert_eq!(key.open(&note), Ok(text.as_str()));
    }

    #[test]
    fn a_broken_note_is_never_made() {
        let key = VerifierKey::parse(KEY).unwrap();
        for text in ["", "\n", "no end", "a\tb\n"] {
            assert_eq!(key.note(text, &sign(text.as_bytes()).unwrap()), Err(NoteError::Malformed));
        }
        assert_eq!(key.note(TEXT, &[0; 64]), Err(NoteError::Signature));
    }
}

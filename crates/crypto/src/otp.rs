//! One-time passwords by time (RFC 6238) and recovery codes.
//!
//! Must not know: whose they are, which were used, or what time it is.

use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::digest::{Digest32, sha256};
use crate::entropy::{Entropy, EntropyError, random_secret};

/// Length of a secret, in bytes: that of the hash (RFC 4226, section 4, R6).
pub const SECRET_BYTES: usize = 20;
/// How long a code is shown, in seconds (RFC 6238, section 5.2).
pub const STEP_SECONDS: u64 = 30;
/// Steps before and after that are taken too, because clocks differ.
const SKEW_STEPS: u16 = 1;
/// RFC 4648 would be easier to mistake: no I, L, O and U (Crockford's base 32).
const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a recovery code without its hyphens: 125 bits, so that a plain hash is enough (OWASP ASVS 5.0, 6.5.2).
const RECOVERY_CHARACTERS: usize = 25;
const RECOVERY_GROUP: usize = 5;

/// What an authenticator app and the vault both know; wiped when dropped, never shown by `Debug`.
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

impl TotpSecret {
    /// A new random secret.
    ///
    /// # Errors
    /// When `entropy` fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        random_secret(entropy).map(Self)
    }

    /// A secret read back from storage; nothing when it has another length.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The bytes, for sealing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// What somebody types into an app that can't see: base 32 (RFC 4648) without padding.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.secret().to_base32())
    }

    /// What a QR code says to an app (the Key Uri Format of Google Authenticator, which all apps read).
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account, secret) = (percent_encoded(issuer), percent_encoded(account), self.base32());
        let secret = secret.as_str();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP_SECONDS}"
        ))
    }

    /// The step (seconds since 1970 / 30) whose code this is, among those around this time. Whoever accepts it has to
    /// refuse this step and all before it from then on (RFC 6238, section 5.2).
    #[must_use]
    pub fn matched_step(&self, code: &str, unix_seconds: u64) -> Option<u64> {
        // Apps show "123 456".
        let digits: Zeroizing<String> = Zeroizing::new(code.chars().filter(|one| !one.is_whitespace()).collect());
        let plausible = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plausible.then(|| self.totp().check(&digits, unix_seconds)).flatten()
    }

    fn secret(&self) -> Secret {
        Secret::from(*self.0)
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_secret(self.secret())
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_SECONDS)
            .build_noncompliant()
    }
}

/// Everything but unreserved characters as `%XX` (RFC 3986, section 2.1).
fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A code for the day on which the phone is lost, such as `7K2QF-…`; wiped when dropped.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    /// A new random code.
    ///
    /// # Errors
    /// When `entropy` fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let random = random_secret::<RECOVERY_CHARACTERS>(entropy)?;
        let characters = random.iter().filter_map(|byte| RECOVERY_ALPHABET.get(usize::from(byte & 31)));
        Ok(Self(Zeroizing::new(characters.copied().map(char::from).collect())))
    }

    /// The code as somebody typed it: in any case, with or without hyphens and spaces, 0 for O and 1 for I and L.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(RECOVERY_CHARACTERS));
        for character in text.chars().filter(|one| !one.is_whitespace() && *one != '-') {
            let meant = match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = meant.is_ascii() && RECOVERY_ALPHABET.contains(&u8::try_from(meant).unwrap_or(b'?'));
            if !known || code.len() == RECOVERY_CHARACTERS {
                return None;
            }
            code.push(meant);
        }
        (code.len() == RECOVERY_CHARACTERS).then_some(Self(code))
    }

    /// The code in groups, to be written down.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        let mut shown =
            Zeroizing::new(String::with_capacity(RECOVERY_CHARACTERS + RECOVERY_CHARACTERS / RECOVERY_GROUP));
        for (at, character) in self.0.chars().enumerate() {
            if at > 0 && at % RECOVERY_GROUP == 0 {
                shown.push('-');
            }
            shown.push(character);
        }
        shown
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> Digest32 {
        sha256(self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    /// RFC 6238, appendix B: the secret of the SHA-1 rows; the last six of eight digits.
    #[test]
    fn the_codes_of_rfc_6238_are_found_in_their_step_and_next_to_it() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let step = seconds / STEP_SECONDS;
            assert_eq!(secret.matched_step(code, seconds), Some(step), "{code}");
            assert_eq!(secret.matched_step(&format!(" {} {} ", &code[..3], &code[3..]), seconds), Some(step));
            assert_eq!(secret.matched_step(code, seconds + STEP_SECONDS), Some(step), "a slow clock");
            assert_eq!(secret.matched_step(code, seconds - STEP_SECONDS), Some(step), "a quick clock");
            assert_eq!(secret.matched_step(code, seconds + 2 * STEP_SECONDS), None);
        }
        for nonsense in ["", "28708", "2870822", "28708x", "-87082", "２８７０８２"] {
            assert_eq!(secret.matched_step(nonsense, 59), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_uri_holds_names_that_have_anything_in_them() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(
            secret.uri("Analytical: Engines & Co", "ada@example.org").as_str(),
            "otpauth://totp/Analytical%3A%20Engines%20%26%20Co:ada%40example.org\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Analytical%3A%20Engines%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed_and_no_other_text_is_one() {
        let code = RecoveryCode::generate(&SystemEntropy::new()).unwrap();
        let shown = code.reveal();
        assert_eq!(shown.len(), 29);
        for typed in [
            shown.to_string(),
            shown.to_lowercase(),
            shown.replace('-', " "),
            shown.replace('-', "").replace('0', "o").replace('1', "l"),
        ] {
            assert_eq!(RecoveryCode::parse(&typed).unwrap().hash(), code.hash(), "{typed}");
        }
        for nonsense in
            ["", "AAAAA", &format!("{}A", shown.as_str()), &shown.replace('-', "!"), &"U".repeat(25), &"Ä".repeat(25)]
        {
            assert!(RecoveryCode::parse(nonsense).is_none(), "{nonsense}");
        }
        assert_ne!(RecoveryCode::generate(&SystemEntropy::new()).unwrap().hash(), code.hash());
    }
}

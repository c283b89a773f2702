//! People and programs: how they are named and what they may be called.
//!
//! Knows no password and no token; those are crypto's.

mod phone;
mod programs;
mod provider;
mod sign_in;

pub use phone::normal_phone;
pub use programs::{END_NOTICE_SECONDS, ProgramWay, ends_soon};
pub use provider::{
    Arrived, Claims, Gives, Guide, Oidc, Protocol, Provider, ProviderDocument, ProviderState, Purpose, Saml, Unfit,
    domain_of, is_slug, own_path,
};
pub use sign_in::{Arrival, Step};

use crate::conversations::words;
use serde::{Deserialize, Serialize};

words! {
    /// What a one-time link is for.
    LinkPurpose {
        /// Make the first administrator.
        Setup = "setup",
        /// Come in for the first time, and choose a password.
        Invitation = "invitation",
        /// Choose a new password.
        Password = "password",
        /// Sign in to the demo.
        Demo = "demo",
    }
}

words! {
    /// What a second factor is.
    FactorKind {
        /// An authenticator app, whose codes are typed.
        App = "app",
        /// A passkey: of a phone, a computer or a security key. It stands for both factors, because it asks its owner
        /// for a PIN, a finger or a face.
        Passkey = "passkey",
    }
}

/// Shortest password, in characters, where it may be the only factor (NIST SP 800-63B-4, section 3.1.1.2).
pub const PASSWORD_CHARACTERS_MIN: usize = 15;
/// Shortest password, in characters, where a second factor is always asked for (the same place).
pub const PASSWORD_CHARACTERS_MIN_OF_TWO: usize = 8;
/// Longest password, in characters.
pub const PASSWORD_CHARACTERS_MAX: usize = 128;
/// Longest name of a person, group, role or key, in characters.
pub const NAME_CHARACTERS_MAX: usize = 100;
/// Longest email address, in characters (RFC 5321, section 4.5.3.1.3).
pub const EMAIL_CHARACTERS_MAX: usize = 254;

/// The form in which email addresses are stored and compared: trimmed and in lower case.
///
/// Returns nothing when it can't be an address: one `@` with something on both sides, a dot or a
/// plain host behind it, no white space and no control characters.
#[must_use]
pub fn normal_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.split_once('@')?;
    let fits = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && email.chars().count() <= EMAIL_CHARACTERS_MAX
        && !email.chars().any(|character| character.is_whitespace() || character.is_control());
    fits.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case_and_nonsense_is_refused() {
        assert_eq!(normal_email("  Ada@Example.ORG "), Some("ada@example.org".to_owned()));
        for nonsense in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b@c", "a@.org", "a\u{7}@b.org"] {
            assert_eq!(normal_email(nonsense), None, "{nonsense:?}");
        }
    }
}

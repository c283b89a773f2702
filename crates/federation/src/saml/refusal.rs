//! Why a message was refused: a code that programs and translations know, and a sentence for the administrator.
//!
//! Sentences name what stood in the message beside what was expected, and no secret. The person at the door gets to
//! read neither. Must not know: who reads it.

use saml_rs::SamlError;
use saml_rs::error::SubjectConfirmationReason;

use super::xml::BadXml;

/// How much of a document is shown.
const SHOWN_BYTES_MAX: usize = 128 * 1024;
/// How much of one value is quoted.
const QUOTED_CHARACTERS_MAX: usize = 200;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)+) => {
        /// Why a message was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its code, which never changes.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

reasons! {
    /// No Base64, no XML, too large, or of another kind.
    Unreadable = "unreadable",
    /// The provider itself says that the sign-in failed.
    Failed = "provider_refused",
    /// From somebody else.
    Issuer = "wrong_issuer",
    /// Nothing is signed.
    Unsigned = "not_signed",
    /// The signature doesn't fit.
    Signature = "bad_signature",
    /// Signed with a certificate that isn't the provider's.
    Certificate = "unknown_certificate",
    /// Signed in a way that can be forged.
    Algorithm = "weak_algorithm",
    /// Arranged so that one thing is signed and another read.
    Shape = "suspicious_shape",
    /// No assertion, or more than one.
    Assertions = "not_one_assertion",
    /// The provider must encrypt, and didn't.
    NotEncrypted = "not_encrypted",
    /// Encrypted for somebody else, or in a way that isn't accepted.
    Encryption = "bad_encryption",
    /// Meant for another service.
    Audience = "wrong_audience",
    /// Sent to another address.
    Recipient = "wrong_recipient",
    /// Sent to another address, as the whole message says.
    Destination = "wrong_destination",
    /// Answers another request, or one that nobody made.
    InResponseTo = "wrong_request",
    /// Too late.
    Expired = "expired",
    /// Too early.
    NotYet = "not_yet_valid",
    /// Lacks something that the standard demands.
    Incomplete = "incomplete",
}

/// A message that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {sentence}", reason.code())]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// Why, in words for the administrator.
    pub sentence: String,
    /// The document as far as it could be read, opened when it was encrypted; bounded. Full of personal data.
    pub document: Option<String>,
}

impl Refusal {
    pub(super) fn new(reason: Reason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into(), document: None }
    }

    /// Whether it is about what the message says, not about who says it.
    pub(super) fn is_of_content(&self) -> bool {
        use Reason::{Audience, Expired, InResponseTo, Incomplete, NotYet, Recipient};
        matches!(self.reason, Audience | Expired | InResponseTo | Incomplete | NotYet | Recipient)
    }

    pub(super) fn showing(mut self, document: &str) -> Self {
        self.document.get_or_insert_with(|| shown(document));
        self
    }
}

/// The beginning of a document.
pub(super) fn shown(document: &str) -> String {
    let mut end = document.len().min(SHOWN_BYTES_MAX);
    while !document.is_char_boundary(end) {
        end -= 1;
    }
    document.get(..end).unwrap_or_default().to_owned()
}

/// A value from a message, in quotation marks.
pub(super) fn quoted(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "nothing".into();
    };
    let mut short: String = value.chars().filter(|letter| !letter.is_control()).take(QUOTED_CHARACTERS_MAX).collect();
    if value.chars().count() > QUOTED_CHARACTERS_MAX {
        short.push('…');
    }
    format!("“{short}”")
}

impl From<BadXml> for Refusal {
    fn from(bad: BadXml) -> Self {
        Self::new(Reason::Unreadable, bad.to_string())
    }
}

impl From<SamlError> for Refusal {
    fn from(error: SamlError) -> Self {
        let reason = match &error {
            SamlError::IssuerMismatch { .. } | SamlError::UnmatchIssuer => Reason::Issuer,
            SamlError::DestinationMismatch { .. } | SamlError::UnmatchDestination => Reason::Destination,
            SamlError::InResponseToMismatch { .. } | SamlError::InvalidInResponseTo => Reason::InResponseTo,
            SamlError::AudienceMismatch { .. } | SamlError::UnmatchAudience => Reason::Audience,
            SamlError::StatusNotSuccess { .. } | SamlError::FailedStatus { .. } => Reason::Failed,
            SamlError::TimeWindowInvalid { .. } | SamlError::ExpiredSession => Reason::Expired,
            SamlError::SubjectConfirmationInvalid { reason } => match reason {
                SubjectConfirmationReason::TimeWindowInvalid => Reason::Expired,
                SubjectConfirmationReason::RecipientMismatch => Reason::Recipient,
                SubjectConfirmationReason::InResponseToMismatch => Reason::InResponseTo,
                _ => Reason::Incomplete,
            },
            SamlError::SignatureMissing | SamlError::AssertionSignatureRequired => Reason::Unsigned,
            SamlError::MissingBindingParameter { .. } | SamlError::MissingSigAlg => Reason::Unsigned,
            SamlError::SignatureVerification { .. }
            | SamlError::FailedMessageSignatureVerification
            | SamlError::FailedToVerifySignature
            | SamlError::NoTrustedCertificate => Reason::Signature,
            SamlError::CertificateMismatch | SamlError::UnmatchCertificate => Reason::Certificate,
            SamlError::AlgorithmUnsupported => Reason::Algorithm,
            SamlError::PotentialWrappingAttack
            | SamlError::SignedReferenceMismatch
            | SamlError::ReferenceResolution { .. } => Reason::Shape,
            SamlError::PrincipalMismatch => Reason::Assertions,
            SamlError::UnrecognizedCondition { .. } | SamlError::ProtocolProfile(_) => Reason::Incomplete,
            SamlError::Crypto(_) | SamlError::Unsupported(_) => Reason::Signature,
            _ => Reason::Unreadable,
        };
        let sentence = match reason {
            Reason::Certificate => "it is signed with a certificate that isn't among this provider's".into(),
            Reason::Signature => {
                "the signature doesn't fit: the message was changed on its way, or it was signed with a \
                                  key whose certificate isn't among this provider's"
                    .into()
            }
            Reason::Unsigned => "neither the response nor the assertion is signed".into(),
            Reason::Shape => "what is signed isn't what would be read; this is how forged messages look".into(),
            _ => quoted(Some(&error.to_string())),
        };
        Self::new(reason, sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_and_documents_are_bounded() {
        assert_eq!(quoted(Some(&"a\n".repeat(300))).chars().count(), 203);
        assert_eq!(quoted(None), "nothing");
        assert!(shown(&"ü".repeat(SHOWN_BYTES_MAX)).len() <= SHOWN_BYTES_MAX);
    }

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let codes: std::collections::BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}

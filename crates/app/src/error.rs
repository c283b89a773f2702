//! What can go wrong in a use case: few meanings, each with one answer at every door.
//!
//! Carries codes and parameters; doors make sentences of them. Holds no secret and no content.

use crate::access::weigh::Effect;
use crate::in_use::InUse;
use soundkeep_domain::access::{Decision, Denied};
use soundkeep_domain::identity::ProgramWay;

/// Why a use case didn't happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or not any more.
    #[error("not signed in")]
    NotSignedIn,
    /// Decided against, with what every gate said.
    #[error("not allowed")]
    Denied(Box<Decision>),
    /// There is no such thing, or none that the caller may see.
    #[error("not found")]
    NotFound,
    /// It contradicts what is there; the sentence says how.
    #[error("{0}")]
    Conflict(&'static str),
    /// It can't be deleted, because somebody uses it.
    #[error("it is in use")]
    InUse(Box<InUse>),
    /// A change of rights would break access tests.
    #[error("an access test would be broken")]
    AssertionBroken(Vec<crate::access::tests::BrokenLine>),
    /// Access tests with lines that can't be kept as they are.
    #[error("some lines don't fit")]
    UnfitAssertions(Vec<crate::access::tests::UnfitLine>),
    /// It was changed since the caller read it.
    #[error("it was changed in between: read it again")]
    Changed,
    /// The settings were changed since the caller read them, in these.
    #[error("it was changed in between: read it again")]
    SettingsChanged(Box<crate::settings::Meanwhile>),
    /// What a change of rights would do, to somebody who only asked; nothing was changed.
    #[error("nothing was changed")]
    Weighed(Box<Effect>),
    /// A change of rights that has to be confirmed, or is still being counted; nothing was changed.
    #[error("this change has to be confirmed")]
    Unconfirmed(Box<Effect>),
    /// Fields that don't fit, by name and with a sentence.
    #[error("some fields don't fit")]
    Invalid(Vec<(String, String)>),
    /// A sensitive change, long after somebody proved who they are.
    #[error("prove who you are first")]
    StepUpNeeded,
    /// From an address that isn't on the organisation's list; the address.
    #[error("you come from {0}, which is none of your organisation's networks")]
    WrongNetwork(String),
    /// From an address that isn't on the list of the key itself; the address.
    #[error("you come from {0}, which is none of this key's networks")]
    WrongKeyNetwork(String),
    /// An identity provider doesn't let them in, or isn't believed: a stable code and a sentence.
    #[error("{1}")]
    AtProvider(&'static str, &'static str),
    /// A program came in another way than its organisation asks for: in this one.
    #[error("{}", way_sentence(*.0))]
    WrongWay(ProgramWay),
    /// A request of a directory that can't be carried out, in the words of SCIM.
    #[error("{0}")]
    Scim(soundkeep_federation::scim::ScimError),
    /// Too many requests; try again after so many seconds.
    #[error("too many requests: try again in {0} seconds")]
    TooMany(u64),
    /// Longer than may be.
    #[error("it is too large: {0}")]
    TooLarge(&'static str),
    /// The house can't at the moment; the sentence says what is missing.
    #[error("{0}")]
    Unavailable(String),
    /// A stored object was changed or damaged; nothing of it was given out.
    #[error("the stored recording is damaged and was not opened")]
    Damaged,
    /// A mistake of ours.
    #[error("an unexpected error")]
    Bug(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What a program has to do that came in another way than is asked for.
const fn way_sentence(asked: ProgramWay) -> &'static str {
    match asked {
        ProgramWay::Key => "your organisation asks programs for their API key: send it as a bearer token",
        ProgramWay::SignedSecret => {
            "your organisation asks programs for a secret signed with their key, and for nothing else: make one with \
             soundkeep api-secret, and send it as a bearer token"
        }
        ProgramWay::AccessToken => {
            "your organisation asks programs for an access token, and for nothing else: get one for the key's id and \
             text at /oauth2/token, and send it as a bearer token"
        }
    }
}

/// Answers of use cases.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// One field that doesn't fit.
    #[must_use]
    pub fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(field.to_owned(), sentence.into())])
    }

    pub(crate) fn bug(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Bug(cause.into())
    }
}

impl From<soundkeep_federation::scim::ScimError> for Error {
    fn from(error: soundkeep_federation::scim::ScimError) -> Self {
        Self::Scim(error)
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied.0)
    }
}

impl From<soundkeep_store::Error> for Error {
    fn from(error: soundkeep_store::Error) -> Self {
        use soundkeep_store::Error as Store;
        match error {
            Store::NotFound => Self::NotFound,
            Store::Conflict(what) => Self::Conflict(what),
            Store::StalePermit => Self::Unavailable("rights were changed at this moment: try again".to_owned()),
            Store::NulInText => Self::invalid("text", "a NUL character stands in no text"),
            Store::BadCursor => Self::invalid("cursor", "not a cursor of this list"),
            Store::Commit(_) | Store::Database(_) => {
                tracing::error!(%error, "the database failed");
                Self::Unavailable("the database can't be reached or can't write".to_owned())
            }
            Store::Corrupt(_) | Store::Newer { .. } | Store::File(..) => Self::bug(error),
        }
    }
}

impl From<soundkeep_blobs::BlobError> for Error {
    fn from(error: soundkeep_blobs::BlobError) -> Self {
        match error {
            soundkeep_blobs::BlobError::NotFound { .. } | soundkeep_blobs::BlobError::Truncated { .. } => {
                tracing::error!(%error, "a sealed object is missing or cut");
                Self::Damaged
            }
            error => {
                tracing::error!(%error, "the object store failed");
                Self::Unavailable(error.to_string())
            }
        }
    }
}

impl From<soundkeep_crypto::keys::KeyError> for Error {
    fn from(error: soundkeep_crypto::keys::KeyError) -> Self {
        tracing::error!(%error, "a key could not be used");
        Self::bug(error)
    }
}

impl From<soundkeep_crypto::sealed::SealedError> for Error {
    fn from(error: soundkeep_crypto::sealed::SealedError) -> Self {
        tracing::error!(%error, "a sealed object could not be handled");
        Self::Damaged
    }
}

impl From<soundkeep_crypto::EntropyError> for Error {
    fn from(error: soundkeep_crypto::EntropyError) -> Self {
        Self::bug(error)
    }
}

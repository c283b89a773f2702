//! Ids are types: a group's id can't stand where a user's is wanted.
//!
//! All are `UUIDv7` (RFC 9562, section 5.7), kept as 16 bytes. Making one takes the time and ten
//! random bytes from the caller; nothing here draws its own.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// What was given as an id is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected a UUID such as 0190a1b2-0000-7000-8000-000000000000")]
pub struct BadId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an id from the time (milliseconds are kept) and ten random bytes.
            #[must_use]
            pub fn make(now: Timestamp, random: &[u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(now.as_unix_millis(), random).into_uuid())
            }
            /// The id that these 16 bytes are.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self { Self(Uuid::from_bytes(bytes)) }
            /// The 16 bytes as they are stored.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
            /// The id that this slice is.
            ///
            /// # Errors
            /// When it isn't 16 bytes long.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, BadId> {
                Uuid::from_slice(bytes).map(Self).map_err(|_| BadId)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}({})", stringify!($name), self.0) }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                if text.len() != 36 { return Err(BadId); }
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    )*};
}

ids! {
    /// A tenant of the vault.
    OrganisationId;
    /// A person who signs in.
    UserId;
    /// A team of agents.
    GroupId;
    /// A custom role.
    RoleId;
    /// A role given to a user.
    AssignmentId;
    /// Rules over rows and columns for those who belong to it.
    AccessGroupId;
    /// A spell in which an extension, login or phone id belonged to a user.
    AgentIdId;
    /// A signed-in session.
    SessionId;
    /// A sign-in that isn't complete.
    SignInId;
    /// Somebody else's service that vouches for people of an organisation.
    ProviderId;
    /// What a value of a provider means here: a role, or belonging to a group.
    MappingId;
    /// A sign-in that is at a provider at the moment.
    FederatedSignInId;
    /// Something that somebody proves with who they are besides a password.
    FactorId;
    /// A key for programs.
    ApiKeyId;
    /// What a program came in with for a while, instead of its key.
    AccessTokenId;
    /// What a directory comes in with.
    ScimTokenId;
    /// A group of a directory.
    DirectoryGroupId;
    /// A one-time link: set-up, invitation, demo.
    LinkId;
    /// A call or chat.
    ConversationId;
    /// Audio or video of a conversation.
    RecordingId;
    /// A sealed object of a recording version.
    ObjectId;
    /// A note on a conversation.
    NoteId;
    /// A file that could not be read.
    QuarantineId;
    /// A piece of background work.
    JobId;
    /// Something to be sent to somebody.
    MessageId;
    /// One caller listening to one recording version.
    ListeningId;
    /// An entry of the ledger.
    EventId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_text_and_bytes() {
        let id = UserId::make(Timestamp::from_unix_micros(1_700_000_000_123_456), &[7; 10]);
        assert_eq!(id.to_string().parse::<UserId>(), Ok(id));
        assert_eq!(UserId::from_slice(id.as_bytes()), Ok(id));
        assert!("not-an-id".parse::<UserId>().is_err());
        assert!(id.to_string().replace('-', "").parse::<UserId>().is_err());
    }

    #[test]
    fn later_ids_sort_later() {
        let early = EventId::make(Timestamp::from_unix_micros(1_000_000), &[255; 10]);
        let late = EventId::make(Timestamp::from_unix_micros(2_000_000), &[0; 10]);
        assert!(early < late);
    }
}

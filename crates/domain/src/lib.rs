//! The nouns and rules of every room of Soundkeep.
//!
//! Nothing here does I/O, waits, reads a clock or draws a random number: time and randomness are
//! arguments. This crate knows no other crate of the house, so every floor may lean on it.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used))]

pub mod access;
pub mod audit;
pub mod conversations;
pub mod identity;
pub mod ids;
pub mod recordings;
pub mod settings;
pub mod time;

pub use ids::{
    AccessGroupId, AccessTokenId, AgentIdId, ApiKeyId, AssignmentId, ConversationId, DirectoryGroupId, EventId,
    FactorId, FederatedSignInId, GroupId, JobId, LinkId, ListeningId, MappingId, MessageId, NoteId, ObjectId,
    OrganisationId, ProviderId, QuarantineId, RecordingId, RoleId, ScimTokenId, SessionId, SignInId, UserId,
};
pub use time::Timestamp;

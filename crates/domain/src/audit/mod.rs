//! The catalogue of ledger events, and one event before it is written down.
//!
//! An event says who did what to which thing, with what outcome. Secrets and content never stand in
//! it; personal values are marked, and reach the tree only as salted commitments. Knows no tree, no
//! hash and no database.

use crate::ids::{EventId, OrganisationId};
use crate::time::Timestamp;
use serde_json::Value;

macro_rules! kinds {
    ($($name:ident $key:literal $sentence:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum EventKind { $($name,)* }
        impl EventKind {
            /// All kinds, in the order of the catalogue.
            pub const ALL: &[EventKind] = &[$(EventKind::$name,)*];
            /// Its stable name.
            #[must_use]
            pub const fn key(self) -> &'static str { match self { $(EventKind::$name => $key,)* } }
            /// What it tells, in a few words.
            #[must_use]
            pub const fn sentence(self) -> &'static str { match self { $(EventKind::$name => $sentence,)* } }
            /// The kind of this name.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> { Self::ALL.iter().copied().find(|kind| kind.key() == key) }
        }
    };
}

kinds! {
    OrganisationCreated "organisation_created" "an organisation was made, with its keys";
    SetupLinkCreated "setup_link_created" "a one-time set-up link was made";
    SetupCompleted "setup_completed" "the first administrator was made";
    SignIn "sign_in" "somebody signed in";
    SignInStep "sign_in_step" "somebody showed one proof of who they are, and has more to do before they are in";
    SecondFactorRefused "second_factor_refused" "a code of a second factor was wrong, or a passkey wasn't taken";
    SecondFactorBegun "second_factor_begun" "somebody began to set a second factor up";
    SecondFactorAdded "second_factor_added" "a second factor was set up";
    SecondFactorRenamed "second_factor_renamed" "a second factor was given another name";
    SecondFactorRemoved "second_factor_removed" "second factors were taken away";
    CodeSent "code_sent" "a code to prove who somebody is was made, to be sent to them";
    PhoneChange "phone_change" "the phone number that codes are sent to was changed";
    RecoveryCodesCreated "recovery_codes_created" "recovery codes were made, and those before them ended";
    RecoveryCodeUsed "recovery_code_used" "a recovery code was used";
    StepUp "step_up" "somebody proved anew who they are, for sensitive changes";
    StepUpRefused "step_up_refused" "somebody signed in couldn't prove anew who they are";
    SignInRefused "sign_in_refused" "a sign-in was refused";
    ProgramRefused "program_refused" "a program was refused";
    SessionEnded "session_ended" "a session was ended from elsewhere";
    SignOut "sign_out" "somebody signed out";
    AccessRefused "access_refused" "something was asked for that the caller may not do";
    InvitationCreated "invitation_created" "an invitation link was made";
    PasswordLinkCreated "password_link_created" "a link to choose a new password was made";
    PasswordChange "password_change" "somebody chose a new password";
    UserCreated "user_created" "a user was added";
    UserChange "user_change" "a user was changed";
    UserRecovered "user_recovered" "the operator let a user in again, without their second factors";
    UserDeprovisioned "user_deprovisioned" "a user was switched off and their sessions ended";
    RoleChange "role_change" "a role was given, taken away, made, changed or deleted";
    AccessGroupChange "access_group_change" "an access group was made, changed or deleted";
    AccessTestsChange "access_tests_change" "the access tests were changed";
    GroupCreated "group_created" "a group was made";
    GroupChange "group_change" "a group was renamed";
    GroupDeleted "group_deleted" "a group was deleted";
    MembershipChange "membership_change" "a member or supervisor joined or left a group";
    AgentIdChange "agent_id_change" "an agent id was given or taken away";
    ProviderCreated "provider_created" "an identity provider was set up";
    ProviderChange "provider_change" "an identity provider was changed";
    ProviderDeleted "provider_deleted" "an identity provider was deleted";
    ProviderTest "provider_test" "a sign-in through an identity provider was tried out";
    ProviderRefused "provider_refused" "what an identity provider said was not accepted";
    ProviderCertificateEnds "provider_certificate_ends" "a certificate of an identity provider ends soon";
    ProviderSignOut "provider_sign_out" "an identity provider ended sessions of somebody";
    IdentityLinked "identity_linked" "a user came in through an identity provider for the first time";
    IdentityUnlinked "identity_unlinked" "a user comes in through their identity providers no more";
    ScimTokenCreated "scim_token_created" "a SCIM token of an identity provider was made";
    ScimTokenRotated "scim_token_rotated" "a SCIM token was given another text";
    ScimTokenRevoked "scim_token_revoked" "a SCIM token was revoked";
    ScimTokenEnds "scim_token_ends" "a SCIM token of an identity provider ends soon";
    DirectoryGroupChange "directory_group_change" "a directory made, changed or deleted one of its groups";
    ApiKeyCreated "api_key_created" "an API key was made";
    ApiKeyChange "api_key_change" "an API key was changed";
    ApiKeyRotated "api_key_rotated" "an API key was given another text";
    ApiKeyRevoked "api_key_revoked" "an API key was revoked";
    ApiKeyEnds "api_key_ends" "an API key ends soon";
    AccessTokenIssued "access_token_issued" "a program was given an access token";
    AccessTokenRevoked "access_token_revoked" "access tokens of a program were ended";
    RecordingIngest "recording_ingest" "a recording came in and was sealed";
    RecordingDuplicate "recording_duplicate" "a recording came in that was there already";
    RecordingQuarantine "recording_quarantine" "a file could not be read";
    QuarantineRetry "quarantine_retry" "reading a quarantined file again was ordered";
    QuarantineDelete "quarantine_delete" "a quarantined file was deleted";
    RecordingPlay "recording_play" "somebody listened to a recording";
    ListeningEnd "listening_end" "a listening ended, with what was heard";
    WaveformView "waveform_view" "somebody saw a recording's waveform";
    NoteView "note_view" "somebody read the notes of a conversation";
    NoteAdd "note_add" "a note was added";
    NoteDelete "note_delete" "a note was deleted";
    ConversationEdit "conversation_edit" "tags or contact of a conversation were changed";
    AttributionChange "attribution_change" "a conversation was given to another agent";
    ConversationDelete "conversation_delete" "a conversation was ordered to be erased";
    KeyDestroyed "key_destroyed" "the key of a recording version was destroyed";
    JobStarted "job_started" "work over many things was ordered";
    JobCancelled "job_cancelled" "work over many things was called off";
    JobDone "job_done" "work over many things ended";
    AccessExplain "access_explain" "somebody asked what another user may do";
    LedgerView "ledger_view" "somebody read the ledger";
    LedgerExport "ledger_export" "somebody exported the ledger";
    MailTest "mail_test" "a test mail was sent";
    SmsTest "sms_test" "a text message was sent as a test";
    MessageSent "message_sent" "a message to somebody left the house, or couldn't";
    SettingsChange "settings_change" "settings of the organisation were changed";
    IntegrityFailure "integrity_failure" "a stored object was damaged and was not opened";
}

impl EventKind {
    /// The version of the kind's members; grows when their meaning changes.
    pub const VERSION: i64 = 1;
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was not allowed.
    Refused,
    /// It was allowed and did not work.
    Failed,
}

impl Outcome {
    /// The word in the ledger.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
    /// The outcome that this word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Success, Self::Refused, Self::Failed].into_iter().find(|outcome| outcome.word() == word)
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user`, `api_key`, `scim_token`, `system` or `anonymous`.
    pub kind: &'static str,
    /// The id, or the name of inner work.
    pub id: Option<String>,
    /// The name or address that a person is known by; personal.
    pub name: Option<String>,
}

impl Actor {
    /// Somebody who is not signed in.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { kind: "anonymous", id: None, name: None }
    }
}

/// The thing it was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// `conversation`, `recording`, `user`, ...
    pub kind: &'static str,
    /// The id.
    pub id: String,
    /// What people call it; personal.
    pub name: Option<String>,
}

impl Object {
    /// A thing without a name.
    #[must_use]
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        Self { kind, id: id.to_string(), name: None }
    }
    /// The same with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// A value of an event: plain, or personal and then only committed to.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// Stands in the tree as it is.
    Plain(Value),
    /// Stands in the tree as a salted commitment; the value can be forgotten.
    Personal(Value),
}

/// An event before it is written down.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The organisation whose log it goes to.
    pub organisation: OrganisationId,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Who.
    pub actor: Actor,
    /// From which network address; personal.
    pub address: Option<String>,
    /// To what.
    pub object: Option<Object>,
    /// The value before.
    pub old: Option<Field>,
    /// The value after.
    pub new: Option<Field>,
    /// Why, in the actor's words; personal.
    pub reason: Option<String>,
    /// More members by name.
    pub detail: Vec<(&'static str, Field)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_sources_are_kept() {
        for key in ["recording_play", "role_change", "user_deprovisioned"] {
            assert!(EventKind::from_key(key).is_some(), "{key}");
        }
        let mut keys: Vec<_> = EventKind::ALL.iter().map(|kind| kind.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), EventKind::ALL.len());
    }
}

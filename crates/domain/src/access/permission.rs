//! The permission table: one line each, and everything that is known of a permission follows from it.
//!
//! To add a permission, add a line here (and its line in the documentation's access matrix). Existing
//! cells never change. A permission whose feature does not exist yet is `Coming`: it stands in the
//! matrix and is offered nowhere.

use super::columns::Column;
use super::role::Scope;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which scopes a permission knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// `own | groups | all`: it is about conversations.
    Scoped,
    /// `yes | no`: it is about the organisation.
    Plain,
}

/// Which state a recording must be in for the permission to mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateNeed {
    /// Any, erased ones too: their fact stays visible.
    Any,
    /// Any but erased.
    NotErased,
    /// Audio that can be heard.
    Ready,
}

/// What is known of a permission.
#[derive(Debug, Clone, Copy)]
pub struct PermissionRow {
    /// The permission.
    pub permission: Permission,
    /// Its stable name, such as `recordings.play`.
    pub key: &'static str,
    /// Which scopes it knows.
    pub kind: ScopeKind,
    /// Scopes of the built-in roles in the order of [`super::BUILT_IN_ROLES`]; for plain ones `All` is yes.
    pub defaults: [Scope; 5],
    /// Where it comes from.
    pub source: &'static str,
    /// What it allows, in a few words.
    pub meaning: &'static str,
    /// Which record state it needs.
    pub state: StateNeed,
    /// Whether its feature exists; else it is coming and offered nowhere.
    pub available: bool,
}

/// Says which permission a type stands for; only the types in [`marks`] can implement it.
pub trait PermissionKind: sealed::Sealed + Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}
/// A permission about conversations.
pub trait ScopedPermission: PermissionKind {}
/// A permission about the organisation.
pub trait PlainPermission: PermissionKind {}

mod sealed {
    pub trait Sealed {}
}

/// What was given as a permission is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission of that name")]
pub struct BadPermission;

macro_rules! kind_of {
    (Scoped, $name:ident) => {
        #[diagnostic::do_not_recommend]
        impl super::ScopedPermission for $name {}
    };
    (Plain, $name:ident) => {
        #[diagnostic::do_not_recommend]
        impl super::PlainPermission for $name {}
    };
}
macro_rules! cell {
    (all) => {
        Scope::All
    };
    (yes) => {
        Scope::All
    };
    (groups) => {
        Scope::Groups
    };
    (own) => {
        Scope::Own
    };
    (none) => {
        Scope::None
    };
    (no) => {
        Scope::None
    };
}
macro_rules! available {
    (Here) => {
        true
    };
    (Coming) => {
        false
    };
}

macro_rules! permissions {
    ($($name:ident $key:literal $kind:ident [$a:ident $b:ident $c:ident $d:ident $e:ident] $state:ident $there:ident $source:literal $meaning:literal;)*) => {
        /// A thing that one may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Permission { $($name,)* }

        impl Permission {
            /// All permissions, in the order of the table.
            pub const ALL: &[Permission] = &[$(Permission::$name,)*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();
            /// What is known of it.
            #[must_use]
            pub const fn row(self) -> PermissionRow {
                match self { $(Permission::$name => PermissionRow {
                    permission: Permission::$name, key: $key, kind: ScopeKind::$kind,
                    defaults: [cell!($a), cell!($b), cell!($c), cell!($d), cell!($e)],
                    source: $source, meaning: $meaning, state: StateNeed::$state, available: available!($there),
                },)* }
            }
        }

        /// A type per permission, so that a permit of one can't stand where another's is wanted.
        pub mod marks {
            use super::{Permission, PermissionKind, sealed};
            $(
                #[doc = concat!("`", $key, "`: ", $meaning, ".")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                #[diagnostic::do_not_recommend]
                impl sealed::Sealed for $name {}
                impl PermissionKind for $name { const PERMISSION: Permission = Permission::$name; }
                kind_of!($kind, $name);
            )*
        }
    };
}

permissions! {
    ConversationsView "conversations.view" Scoped [all all all all own] Any Here "S3 S4" "see conversation list entries and metadata";
    TranscriptsView "transcripts.view" Scoped [all all all all none] NotErased Coming "S3" "read transcripts and summaries";
    RecordingsPlay "recordings.play" Scoped [all all all none none] Ready Here "S3 S4" "play audio recordings";
    RecordingsListenLive "recordings.listen_live" Scoped [all all all none none] NotErased Coming "S1 S4" "listen while a call is being recorded";
    RecordingsDownload "recordings.download" Scoped [all all none none none] Ready Coming "S3 S4" "download or export recordings";
    RecordingsEmail "recordings.email" Scoped [all all none none none] Ready Coming "S4" "send a recording by email";
    ConversationsEmail "conversations.email" Scoped [all all none none none] NotErased Coming "S0 S2" "send a conversation's id and metadata by email or forward it";
    RecordingsShare "recordings.share" Scoped [all all none none none] Ready Coming "S0" "make share links";
    RecordingsDelete "recordings.delete" Scoped [all none none none none] NotErased Here "S3 S4" "delete conversations and recordings";
    RecordingsBlackout "recordings.blackout" Scoped [all none none none none] Ready Coming "S4" "black out a range for good";
    VideoView "video.view" Scoped [all all all none none] Ready Coming "S4" "view screen video";
    VideoWatchLive "video.watch_live" Scoped [all all all none none] NotErased Coming "S4" "watch a screen live";
    BookmarksWrite "bookmarks.write" Scoped [all all all all own] NotErased Coming "S4" "add public and private bookmarks";
    TranscriptsEdit "transcripts.edit" Scoped [all all all none none] NotErased Coming "S0" "enter or edit transcripts and summaries";
    SentimentApprove "sentiment.approve" Scoped [all all all none none] NotErased Coming "S0" "approve or reject sentiment";
    SchedulesView "schedules.view" Plain [yes yes yes no no] Any Coming "S4" "see recording schedules";
    SchedulesCreate "schedules.create" Plain [yes yes no no no] Any Coming "S4" "create recording schedules";
    SchedulesEdit "schedules.edit" Plain [yes yes no no no] Any Coming "S4" "edit recording schedules";
    SchedulesDelete "schedules.delete" Plain [yes yes no no no] Any Coming "S4" "delete recording schedules";
    ExportMasksManage "export_masks.manage" Plain [yes yes no no no] Any Coming "S4" "create and delete export file masks";
    RecordingSettingsManage "recording_settings.manage" Plain [yes no no no no] Any Coming "S3" "change recording settings";
    KnowledgeEdit "knowledge.edit" Plain [yes yes yes no no] Any Coming "S3" "edit knowledge base and scripts";
    IntegrationsManage "integrations.manage" Plain [yes no no no no] Any Coming "S3" "manage integrations";
    RetentionManage "retention.manage" Plain [yes no no no no] Any Coming "S3" "change retention settings";
    UsersManage "users.manage" Plain [yes no no no no] Any Here "S3" "manage users and roles";
    AnalyticsView "analytics.view" Plain [yes yes yes yes no] Any Coming "S3" "view the analytics dashboard";
    SecuritySettingsManage "security_settings.manage" Plain [yes no no no no] Any Here "S0 S2" "change security and privacy settings";
    AuditView "audit.view" Plain [yes no no no no] Any Here "S2 S3" "read the ledger";
    AuditExport "audit.export" Plain [yes no no no no] Any Here "S3" "export the ledger";
    HoldsManage "holds.manage" Plain [yes no no no no] Any Coming "X11" "apply and release legal holds";
    RemoteAccessUse "remote_access.use" Plain [yes no no no no] Any Here "S2" "sign in from outside the management network";
    ConversationsEdit "conversations.edit" Scoped [all all all none own] NotErased Here "" "edit tags and notes and correct attribution";
    ConversationsExport "conversations.export" Scoped [all all none none none] Any Coming "S1" "export the conversation log";
    AttachmentsAdd "attachments.add" Scoped [all all all none own] NotErased Coming "S2" "add files to a conversation";
    RecordingsIngest "recordings.ingest" Plain [yes no no no no] Any Here "" "put recordings in";
    RecordingsPlayUnredacted "recordings.play_unredacted" Scoped [all none none none none] Ready Coming "X14" "hear what a redaction covers";
    RecordingsMaskLive "recordings.mask_live" Scoped [all all all none own] NotErased Coming "S4" "start and stop a blackout during a call";
    QuarantineManage "quarantine.manage" Plain [yes no no no no] Any Here "R1" "see and retry what could not be read";
    HoldsRelease "holds.release" Plain [yes no no no no] Any Coming "X11" "release legal holds";
    SubjectRequestsManage "subject_requests.manage" Plain [yes no no no no] Any Coming "X13" "answer erasure and access requests";
    ApiKeysManage "api_keys.manage" Plain [yes no no no no] Any Here "S2" "make rotate and revoke API keys";
    AccessExplain "access.explain" Plain [yes yes no no no] Any Here "X1 X2" "ask why and who for other users";
    AccessGroupsManage "access_groups.manage" Plain [yes no no no no] Any Here "S1" "manage access groups and access tests";
    LicencesManage "licences.manage" Plain [yes no no no no] Any Coming "S0" "assign licences";
    ApprovalsDecide "approvals.decide" Plain [yes no no no no] Any Coming "X6" "approve or refuse requests for access and second-person acts";
}

impl Permission {
    /// The columns that must be left to somebody who does it: taking away and sharing need hearing too, so that no
    /// detour is a way round.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::RecordingsPlay | Self::RecordingsListenLive | Self::RecordingsPlayUnredacted => {
                &[Column::Audio, Column::Playback]
            }
            Self::RecordingsDownload | Self::RecordingsEmail | Self::RecordingsShare => {
                &[Column::Audio, Column::Playback, Column::Download]
            }
            _ => &[],
        }
    }
    /// Its stable name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.row().key
    }
    /// Whether it is about conversations.
    #[must_use]
    pub fn is_scoped(self) -> bool {
        self.row().kind == ScopeKind::Scoped
    }
    /// Permissions whose feature exists.
    pub fn available() -> impl Iterator<Item = Permission> {
        Self::ALL.iter().copied().filter(|permission| permission.row().available)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Permission {
    type Err = BadPermission;
    fn from_str(text: &str) -> Result<Self, BadPermission> {
        Self::ALL.iter().copied().find(|permission| permission.key() == text).ok_or(BadPermission)
    }
}

impl Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

//! What a decision knows of its caller and of the thing: facts, and nothing that decides.
//!
//! Facts are witnessed by the store alone: it reads them in the same breath as the rows that they
//! tell of. The constructors are banned elsewhere by clippy.toml.

use super::grants::Grants;
use super::permission::Permission;
use super::permission_set::PermissionSet;
use super::restrictions::Restrictions;
use crate::conversations::{Channel, Direction, Source};
use crate::ids::{ApiKeyId, ConversationId, GroupId, OrganisationId, RecordingId, UserId};
use crate::time::Timestamp;
use std::sync::Arc;

/// Inner work that runs in its own name, with listed permissions and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SystemCaller {
    /// Takes recordings in, analyses them and files them.
    Intake,
    /// The operator at the command line of the machine that the vault runs on.
    Operator,
    /// Corrects whose conversations were whose, when somebody who may has ordered it.
    Attribution,
    /// Makes users, and gives and takes roles, as identity providers say that the organisation trusts.
    Directory,
}

impl SystemCaller {
    /// All of them.
    pub const ALL: [SystemCaller; 4] = [Self::Intake, Self::Operator, Self::Attribution, Self::Directory];
    /// Its name in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Operator => "operator",
            Self::Attribution => "attribution",
            Self::Directory => "directory",
        }
    }
    /// What it may do, everywhere in the organisation.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Intake => &[Permission::RecordingsIngest, Permission::ConversationsView],
            Self::Operator => &[Permission::AuditView, Permission::AuditExport, Permission::AccessExplain],
            Self::Attribution => &[Permission::ConversationsEdit],
            Self::Directory => &[Permission::UsersManage],
        }
    }
}

/// Whether an account may act at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountState {
    /// It may.
    Active,
    /// Invited, but not yet come in.
    Invited,
    /// Switched off by an administrator.
    Disabled,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A person.
    User(UserId),
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// Inner work.
    System(SystemCaller),
}

/// What a decision knows of its caller.
#[derive(Debug, Clone)]
pub struct CallerFacts {
    pub(super) organisation: OrganisationId,
    pub(super) kind: CallerKind,
    pub(super) account: AccountState,
    pub(super) grants: Arc<Grants>,
    pub(super) restrictions: Arc<Restrictions>,
    pub(super) policy_epoch: i64,
    /// Whose conversations are `own`.
    pub(super) own: Option<UserId>,
}

impl CallerFacts {
    /// The facts of a caller, as the store read them at this policy epoch. For the store alone.
    #[must_use]
    pub fn witnessed(
        organisation: OrganisationId,
        kind: CallerKind,
        account: AccountState,
        grants: Arc<Grants>,
        policy_epoch: i64,
    ) -> Self {
        let own = match kind {
            CallerKind::User(user) => Some(user),
            CallerKind::ApiKey(_) | CallerKind::System(_) => None,
        };
        let restrictions = Arc::new(Restrictions::default());
        Self { organisation, kind, account, grants, restrictions, policy_epoch, own }
    }
    /// Narrowed by access groups, besides those that narrow already.
    #[must_use]
    pub fn narrowed(mut self, restrictions: Restrictions) -> Self {
        let held = Arc::unwrap_or_clone(self.restrictions);
        self.restrictions = Arc::new(held.and(restrictions));
        self
    }
    /// The same with these permissions alone, where any are named: a key or token that was narrowed to them.
    #[must_use]
    pub fn limited_to(mut self, permissions: Option<PermissionSet>) -> Self {
        if let Some(permissions) = permissions {
            self.grants = Arc::new(self.grants.only(permissions));
        }
        self
    }
    /// The same rights in the hands of a key that acts for this user. For the store alone.
    #[must_use]
    pub fn through_key(mut self, key: ApiKeyId) -> Self {
        self.kind = CallerKind::ApiKey(key);
        self
    }
    /// The facts of inner work in an organisation.
    #[must_use]
    pub fn system(organisation: OrganisationId, system: SystemCaller, policy_epoch: i64) -> Self {
        Self {
            organisation,
            kind: CallerKind::System(system),
            account: AccountState::Active,
            grants: Arc::new(Grants::of_system(system)),
            restrictions: Arc::new(Restrictions::default()),
            policy_epoch,
            own: None,
        }
    }
    /// The organisation that the caller belongs to.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// Who asks.
    #[must_use]
    pub const fn kind(&self) -> CallerKind {
        self.kind
    }
    /// The user behind the caller: the person who asks, or for whom a key acts.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.own
    }
    /// Whether the account may act.
    #[must_use]
    pub const fn account(&self) -> AccountState {
        self.account
    }
    /// What was granted.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }
    /// What access groups leave of it.
    #[must_use]
    pub fn restrictions(&self) -> &Restrictions {
        &self.restrictions
    }
    /// The policy epoch at which this was read.
    #[must_use]
    pub const fn policy_epoch(&self) -> i64 {
        self.policy_epoch
    }
    /// Until when these facts hold by themselves: an assignment ends then.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.grants.valid_until()
    }
}

/// The state of a conversation's recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordState {
    /// There is a conversation and no recording.
    NoRecording,
    /// Being read; can't be heard yet.
    Processing,
    /// Can be heard.
    Ready,
    /// Could not be read.
    Failed,
    /// Its keys are destroyed.
    Erased,
}

impl RecordState {
    /// All of them.
    pub const ALL: [RecordState; 5] = [Self::NoRecording, Self::Processing, Self::Ready, Self::Failed, Self::Erased];
    /// The word in the database and in answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoRecording => "none",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Erased => "erased",
        }
    }
    /// The state that this word means.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What rules over rows, and appointments, ask of a conversation.
#[derive(Debug, Clone)]
pub struct Traits {
    /// When it began.
    pub started_at: Timestamp,
    /// By what means.
    pub channel: Channel,
    /// Which way it went.
    pub direction: Direction,
    /// How it came in.
    pub source: Source,
    /// The digits of its phone numbers ([`super::number_digits`]).
    pub numbers: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What a decision knows of a conversation.
#[derive(Debug, Clone)]
pub struct ThingFacts {
    pub(super) organisation: OrganisationId,
    pub(super) conversation: ConversationId,
    pub(super) recording: Option<RecordingId>,
    pub(super) recording_version: i64,
    pub(super) agents: Vec<UserId>,
    pub(super) groups: Vec<GroupId>,
    pub(super) state: RecordState,
    pub(super) traits: Traits,
    pub(super) policy_epoch: i64,
}

impl ThingFacts {
    /// The facts of a conversation, as the store read them. For the store alone.
    ///
    /// `agents` are the users who took part as agent, `groups` the stamp: their groups at its start.
    #[must_use]
    #[allow(clippy::too_many_arguments)]
    pub fn witnessed(
        organisation: OrganisationId,
        conversation: ConversationId,
        recording: Option<(RecordingId, i64)>,
        agents: Vec<UserId>,
        groups: Vec<GroupId>,
        state: RecordState,
        traits: Traits,
        policy_epoch: i64,
    ) -> Self {
        Self {
            organisation,
            conversation,
            recording: recording.map(|(id, _)| id),
            recording_version: recording.map_or(0, |(_, version)| version),
            agents,
            groups,
            state,
            traits,
            policy_epoch,
        }
    }
    /// The same as if it were nobody's: that can only narrow.
    #[must_use]
    pub fn as_anothers(&self) -> Self {
        Self { agents: Vec::new(), ..self.clone() }
    }
    /// The conversation.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }
    /// The organisation that it belongs to.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }
    /// Its recording, if there is one.
    #[must_use]
    pub const fn recording(&self) -> Option<RecordingId> {
        self.recording
    }
    /// The users who took part as agent.
    #[must_use]
    pub fn agents(&self) -> &[UserId] {
        &self.agents
    }
    /// The groups that it was stamped with at its start.
    #[must_use]
    pub fn groups(&self) -> &[GroupId] {
        &self.groups
    }
    /// The state of its recording.
    #[must_use]
    pub const fn state(&self) -> RecordState {
        self.state
    }
    /// What rules over rows ask of it.
    #[must_use]
    pub const fn traits(&self) -> &Traits {
        &self.traits
    }
}

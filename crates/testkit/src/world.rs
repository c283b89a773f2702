//! A world: organisations with everything that a decision may depend on, as plain lists.
//!
//! [`plan`] draws worlds at random, [`filing`] writes one into a store by the store's own functions. Nothing in
//! here knows what anybody may do.

pub mod filing;
pub mod plan;

use soundkeep_domain::access::{AccountState, Column, Limit, Permission, RecordState, RoleKey, Scope, SystemCaller};
use soundkeep_domain::conversations::{Channel, Direction, Source};
use soundkeep_domain::{
    AccessGroupId, AgentIdId, ApiKeyId, AssignmentId, ConversationId, GroupId, NoteId, OrganisationId, RoleId,
    Timestamp, UserId,
};
use soundkeep_store::access::KeyRights;
use soundkeep_store::access_groups::Target;

/// Several organisations in one vault, at one moment.
#[derive(Debug, Clone)]
pub struct World {
    /// The moment at which is asked.
    pub now: Timestamp,
    /// At least two.
    pub organisations: Vec<Organisation>,
}

/// One organisation with all its people and conversations.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its groups.
    pub groups: Vec<GroupId>,
    /// Its users.
    pub users: Vec<User>,
    /// Its own roles.
    pub roles: Vec<CustomRole>,
    /// Its API keys, each with a role of its own or acting for a user.
    pub keys: Vec<(ApiKeyId, KeyRights)>,
    /// Who was a member of which group.
    pub members: Vec<Spell>,
    /// Who looked after which group.
    pub supervisors: Vec<Spell>,
    /// Whose an agent id was.
    pub agent_ids: Vec<AgentIdSpell>,
    /// Roles given to users.
    pub assignments: Vec<Assignment>,
    /// Whether supervisors reach only what came since their appointment.
    pub since_appointment: bool,
    /// Rules over rows and columns.
    pub access_groups: Vec<AccessGroup>,
    /// Its conversations.
    pub conversations: Vec<Conversation>,
    /// Somebody who may do everything, for putting things in; not one of `users`.
    pub keeper: UserId,
}

/// A person.
#[derive(Debug, Clone)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Whether the account may act.
    pub state: AccountState,
}

/// A role that the organisation made.
#[derive(Debug, Clone)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// Its lines; a permission stands in one at most.
    pub scopes: Vec<(Permission, Scope)>,
}

/// A user's belonging to a group, from `from` until before `until`.
#[derive(Debug, Clone, Copy)]
pub struct Spell {
    /// Who.
    pub user: UserId,
    /// To which group.
    pub group: GroupId,
    /// From when on.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

/// A user's time with an agent id, from `from` until before `until`.
#[derive(Debug, Clone)]
pub struct AgentIdSpell {
    /// The spell's id.
    pub id: AgentIdId,
    /// The extension, login or phone id.
    pub value: String,
    /// Whose.
    pub user: UserId,
    /// From when on.
    pub from: Timestamp,
    /// Until when, not included.
    pub until: Option<Timestamp>,
}

/// A role given to a user.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// To whom.
    pub user: UserId,
    /// Which role.
    pub role: RoleKey,
    /// Which groups it is limited to.
    pub limit: Limit,
    /// From when on it no longer counts.
    pub until: Option<Timestamp>,
}

/// Rules over rows and columns, and for whom. Of a field without values, nothing is asked.
#[derive(Debug, Clone)]
pub struct AccessGroup {
    /// Its id.
    pub id: AccessGroupId,
    /// Numbers as people write them.
    pub numbers: Vec<&'static str>,
    /// How it came in.
    pub sources: Vec<Source>,
    /// The state of its recording.
    pub states: Vec<RecordState>,
    /// Tags.
    pub tags: Vec<&'static str>,
    /// By what means.
    pub channels: Vec<Channel>,
    /// Which way.
    pub directions: Vec<Direction>,
    /// The stamp.
    pub groups: Vec<GroupId>,
    /// The columns that it shows.
    pub columns: Vec<Column>,
    /// For whom.
    pub targets: Vec<Target>,
}

/// A conversation as its source told of it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// When it began.
    pub started_at: Timestamp,
    /// The agent id that the source named.
    pub agent_label: Option<String>,
    /// The state of its recording.
    pub state: RecordState,
    /// How long it was, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Which way it went.
    pub direction: Direction,
    /// By what means.
    pub channel: Channel,
    /// How it came in.
    pub source: Source,
    /// The number that called.
    pub from_number: Option<String>,
    /// The number that was called.
    pub to_number: Option<String>,
    /// Who was on the other side.
    pub contact: Option<String>,
    /// Tags, sorted and without doubles.
    pub tags: Vec<String>,
    /// A note on it.
    pub note: Option<(NoteId, String)>,
}

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A person.
    User(UserId),
    /// A program.
    Key(ApiKeyId),
    /// Inner work.
    System(SystemCaller),
}

impl Organisation {
    /// Everybody who can ask.
    #[must_use]
    pub fn callers(&self) -> Vec<Caller> {
        let users = self.users.iter().map(|user| Caller::User(user.id));
        let keys = self.keys.iter().map(|(key, _)| Caller::Key(*key));
        users.chain(keys).chain(SystemCaller::ALL.map(Caller::System)).collect()
    }
}

//! What a user reaches: each permission with the roles that give it, how far and until when, and what narrows it.

use super::groups::TargetName;
use super::roles::RoleName;
use crate::door::Door;
use crate::extract::{At, Signed, Speaks};
use crate::problem::{Answer, GateAnswer, gate};
use crate::wire::{Id, Time, UserState};
use crate::words::{self, Language, Person};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::access::reach::{self, Extent, Given};
use soundkeep_app::domain::{Timestamp, UserId};
use utoipa::ToSchema;

/// What a user reaches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserReach {
    user: ReachingUser,
    /// Every permission about conversations.
    conversations: Vec<PermissionReach>,
    /// The permissions about the organisation that they hold.
    organisation: Vec<PlainReach>,
    /// Whether access groups narrow all of it.
    narrowed: bool,
    /// The access groups that do; null when you may not see them.
    #[schema(required = true)]
    access_groups: Option<Vec<Narrowing>>,
}

/// Whose rights these are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReachingUser {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    email: String,
    /// Nothing is reached but by an active account.
    state: UserState,
}

/// How far a user reaches with a permission about conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionReach {
    permission: &'static str,
    /// What it allows.
    sentence: String,
    /// Whether its feature exists; else it says what they reach once it comes.
    available: bool,
    /// What each role gives; empty when none gives it.
    ways: Vec<Way>,
    /// The gate that refuses it in every conversation: an access group hides a column that it needs.
    #[schema(required = true)]
    refused: Option<GateAnswer>,
}

/// What a role gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Way {
    extent: ReachExtent,
    /// Which conversations, in words.
    sentence: String,
    /// The groups that are reached; null for everything, and for only their own.
    #[schema(required = true)]
    groups: Option<Vec<ReachedGroup>>,
    role: RoleName,
    /// The assignment that gives the role.
    #[schema(value_type = Option<Id>, required = true)]
    assignment: Option<String>,
    /// From when on it no longer counts.
    #[schema(value_type = Option<Time>, required = true)]
    until: Option<Timestamp>,
}

/// Which conversations a role reaches.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReachExtent {
    /// Every one.
    Everything,
    /// Their own, and those of groups that are named.
    Groups,
    /// Their own, and those of the groups that they supervise.
    Supervised,
    /// Their own.
    Own,
}

/// A group that is reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReachedGroup {
    #[schema(value_type = Id)]
    id: String,
    /// Null when you may not see groups.
    #[schema(required = true)]
    name: Option<String>,
    /// Only conversations that began since then; null from the beginning.
    #[schema(value_type = Option<Time>, required = true)]
    since: Option<Timestamp>,
}

/// A permission about the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlainReach {
    permission: &'static str,
    /// What it allows.
    sentence: String,
    role: RoleName,
    /// From when on it no longer counts.
    #[schema(value_type = Option<Time>, required = true)]
    until: Option<Timestamp>,
}

/// An access group that narrows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NarrowingAccessGroup)]
pub(crate) struct Narrowing {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Why it is theirs: what they are that it is assigned to.
    through: Vec<TargetName>,
    /// Which conversations it leaves, in words; all of these hold. Empty when it leaves all.
    rules: Vec<String>,
    /// The columns that it hides.
    hidden_columns: Vec<&'static str>,
}

/// Tells what a user reaches: oneself, or with `access.explain` another.
#[utoipa::path(get, path = "/api/v1/users/{id}/reach", tag = "access",
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 200, description = "Every permission, and what narrows them.", body = UserReach)))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(id): At<UserId>,
) -> Answer<Json<UserReach>> {
    let found = reach::reach(&door.vault, &caller, id).await?;
    Ok(Json(UserReach::of(language, found)))
}

/// The answer as JSON, for who asks at the command line.
#[must_use]
pub fn document(language: Language, found: reach::UserReach) -> serde_json::Value {
    serde_json::json!(UserReach::of(language, found))
}

impl UserReach {
    fn of(language: Language, found: reach::UserReach) -> Self {
        let person = if found.is_own { Person::You } else { Person::Other(found.person.name.clone()) };
        let permission = |reach: reach::PermissionReach| PermissionReach {
            permission: reach.permission.key(),
            sentence: words::capital(words::permission(language, reach.permission)),
            available: reach.permission.row().available,
            refused: reach.refused.map(|refused| gate(language, &refused, reach.permission, &person)),
            ways: reach.ways.into_iter().map(|way| Way::of(language, way, &person)).collect(),
        };
        let plain = |plain: reach::PlainReach| PlainReach {
            permission: plain.permission.key(),
            sentence: words::capital(words::permission(language, plain.permission)),
            role: role(&plain.given),
            until: plain.given.until,
        };
        let narrowing = |narrowing: reach::Narrowing| Narrowing {
            id: narrowing.access_group.to_string(),
            through: narrowing.through.into_iter().map(TargetName::from).collect(),
            rules: words::row_rules(language, &narrowing.rows, &narrowing.group_names),
            hidden_columns: narrowing.hides.iter().map(|column| column.key()).collect(),
            name: narrowing.name,
        };
        Self {
            user: ReachingUser {
                id: found.person.id.to_string(),
                name: found.person.name,
                email: found.person.email,
                state: found.person.state.into(),
            },
            conversations: found.conversations.into_iter().map(permission).collect(),
            organisation: found.plain.into_iter().map(plain).collect(),
            narrowed: found.is_narrowed,
            access_groups: found.narrowing.map(|groups| groups.into_iter().map(narrowing).collect()),
        }
    }
}

impl Way {
    fn of(language: Language, way: reach::Way, person: &Person) -> Self {
        let sentence = words::reach_way(language, &way, person);
        let (extent, groups) = match way.extent {
            Extent::Everything => (ReachExtent::Everything, None),
            Extent::Own => (ReachExtent::Own, None),
            Extent::Groups { groups, supervised } => {
                (if supervised { ReachExtent::Supervised } else { ReachExtent::Groups }, Some(groups))
            }
        };
        let group = |group: reach::ReachedGroup| ReachedGroup {
            id: group.group.to_string(),
            name: group.name,
            since: group.since,
        };
        Self {
            extent,
            sentence,
            groups: groups.map(|groups| groups.into_iter().map(group).collect()),
            role: role(&way.given),
            assignment: way.given.assignment.map(|id| id.to_string()),
            until: way.given.until,
        }
    }
}

fn role(given: &Given) -> RoleName {
    RoleName { key: given.role.to_string(), name: given.role_name.clone() }
}

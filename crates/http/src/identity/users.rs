//! Users: the list, and inviting somebody.

use super::assignments::{Assignment, NewAssignment};
use crate::door::Door;
use crate::extract::{Asks, Sent, Signed, Speaks};
use crate::paging::{self, List};
use crate::problem::{Answer, Refusal};
use crate::settings::mail::letterhead;
use crate::wire::{Id, Named, Time, UserState, named};
use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::{self, ListOptions};
use utoipa::{IntoParams, ToSchema};

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct User {
    #[schema(value_type = Id)]
    id: String,
    email: String,
    name: String,
    state: UserState,
    /// Roles given to them that haven't ended.
    assignments: Vec<Assignment>,
    /// Extensions, logins and phone ids, ended ones too.
    agent_ids: Vec<AgentId>,
    /// The groups that they are a member of.
    groups: Vec<Named>,
    /// The groups that they supervise.
    supervises: Vec<Named>,
    /// Whether they weren't there for longer than the organisation wants.
    inactive: bool,
    /// Whether they have a second factor.
    second_factor: bool,
    /// The phone number that codes are sent to.
    #[schema(required = true)]
    phone: Option<String>,
    /// Whether they showed a code that was sent there.
    phone_confirmed: bool,
    /// The identity providers through which they come in.
    identities: Vec<Identity>,
    /// The identity provider whose directory says what they are called, if one does.
    #[schema(required = true)]
    managed_by: Option<Named>,
    #[schema(value_type = Option<Time>, required = true)]
    last_sign_in_at: Option<Timestamp>,
    /// Grows with every change.
    pub(crate) version: i64,
}

/// An identity provider through which somebody comes in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identity {
    /// The provider's name.
    provider: String,
    /// The provider's short name.
    slug: String,
}

impl From<identity::Identity> for Identity {
    fn from(identity: identity::Identity) -> Self {
        Self { provider: identity.name, slug: identity.slug }
    }
}

/// An extension, login or phone id, and while it belongs to somebody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentId {
    #[schema(value_type = Id)]
    id: String,
    /// The id itself, as sources name it.
    value: String,
    #[schema(value_type = Time)]
    from: Timestamp,
    /// Until when, not included; null while it goes on.
    #[schema(value_type = Option<Time>, required = true)]
    until: Option<Timestamp>,
}

impl From<identity::AgentId> for AgentId {
    fn from(agent_id: identity::AgentId) -> Self {
        Self { id: agent_id.id.to_string(), value: agent_id.value, from: agent_id.from, until: agent_id.until }
    }
}

impl From<identity::User> for User {
    fn from(user: identity::User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            name: user.name,
            state: user.state.into(),
            assignments: user.assignments.into_iter().map(Assignment::from).collect(),
            agent_ids: user.agent_ids.into_iter().map(AgentId::from).collect(),
            groups: named(user.groups),
            supervises: named(user.supervises),
            inactive: user.inactive,
            second_factor: user.second_factor,
            phone: user.phone,
            phone_confirmed: user.phone_confirmed,
            identities: user.identities.into_iter().map(Identity::from).collect(),
            managed_by: user.managed_by.map(Named::from),
            last_sign_in_at: user.last_sign_in_at,
            version: user.version,
        }
    }
}

/// Which users or groups.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Search {
    /// A part of the name, or of the email address.
    #[serde(default)]
    #[param(nullable = false)]
    q: Option<String>,
    /// Rows of a page.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    limit: Option<u32>,
    /// Where the page before said that it goes on.
    #[serde(default)]
    #[param(nullable = false)]
    cursor: Option<String>,
}

impl Search {
    pub(crate) fn options(self) -> Answer<ListOptions> {
        Ok(ListOptions { search: self.q, cursor: self.cursor, limit: paging::rows(self.limit)? })
    }
}

/// Lists users in the order of their names.
#[utoipa::path(get, path = "/api/v1/users", tag = "identity", params(Search),
    responses((status = 200, description = "A page.", body = List<User>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(search): Asks<Search>,
) -> Answer<Response> {
    let page = identity::users(&door.vault, &caller, &search.options()?).await?;
    Ok(paging::page(&uri, page.items.into_iter().map(User::from).collect(), page.next))
}

/// Somebody who is invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    email: String,
    name: String,
    /// Roles that they are given at once.
    #[serde(default)]
    #[schema(required = false)]
    assignments: Vec<NewAssignment>,
}

/// An invited user, and the link for them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invited {
    user: User,
    /// The link, shown this once.
    invitation_link: String,
    /// The address that it was sent to, where mail is set up.
    #[schema(required = true)]
    sent_to: Option<String>,
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

/// Invites somebody, by mail where that is set up.
#[utoipa::path(post, path = "/api/v1/users", tag = "identity", request_body = NewUser,
    responses((status = 201, description = "Invited.", body = Invited)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    Sent(sent): Sent<NewUser>,
) -> Answer<(StatusCode, Json<Invited>)> {
    let assignments = sent.assignments.into_iter().enumerate().map(|(at, assignment)| {
        assignment
            .understood()
            .map_err(|(field, sentence)| Refusal::invalid(&format!("assignments[{at}].{field}"), sentence))
    });
    let invitation =
        identity::Invitation { email: sent.email, name: sent.name, assignments: assignments.collect::<Answer<_>>()? };
    let head = letterhead(&door, language);
    let invited = identity::invite_by_mail(&door.vault, &caller, &invitation, &head).await?;
    let answer = Invited {
        user: invited.user.into(),
        invitation_link: super::invitations::link(&door, &invited.link.token),
        sent_to: invited.sent_to,
        expires_at: invited.link.expires_at,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

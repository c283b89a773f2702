//! Sessions that are open: one's own, and those of others.

use crate::door::Door;
use crate::extract::{At, Signed};
use crate::problem::Answer;
use crate::reason::{Because, Why};
use crate::wire::{Id, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use soundkeep_app::domain::{ProviderId, SessionId, Timestamp, UserId};
use soundkeep_app::identity;
use utoipa::ToSchema;

/// A session that is open.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    #[schema(value_type = Id)]
    id: String,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    /// To a minute.
    #[schema(value_type = Time)]
    used_at: Timestamp,
    /// When it ends whatever happens.
    #[schema(value_type = Time)]
    expires_at: Timestamp,
    /// From which network address it began.
    #[schema(required = true)]
    address: Option<String>,
    /// What somebody showed first: `password`, or what a link was for.
    #[schema(required = true)]
    way: Option<String>,
    /// What they came with, as it said of itself.
    #[schema(required = true)]
    device: Option<String>,
    /// Whether that is a phone or tablet.
    is_mobile: bool,
    /// Whether it is the one that asks.
    is_own: bool,
}

/// Sessions, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sessions {
    items: Vec<Session>,
}

impl From<Vec<identity::Session>> for Sessions {
    fn from(sessions: Vec<identity::Session>) -> Self {
        let session = |session: identity::Session| Session {
            id: session.id.to_string(),
            created_at: session.created_at,
            used_at: session.used_at,
            expires_at: session.expires_at,
            address: session.address,
            way: session.way,
            device: session.device,
            is_mobile: session.is_mobile,
            is_own: session.is_own,
        };
        Self { items: sessions.into_iter().map(session).collect() }
    }
}

/// Lists one's own sessions that are open.
#[utoipa::path(get, path = "/api/v1/account/sessions", tag = "identity",
    responses((status = 200, description = "The sessions.", body = Sessions)))]
pub(crate) async fn own(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<Sessions>> {
    Ok(Json(identity::own_sessions(&door.vault, &caller).await?.into()))
}

/// Ends one of one's own sessions, with whatever it has open.
#[utoipa::path(delete, path = "/api/v1/account/sessions/{id}", tag = "identity",
    params(("id" = Id, Path, description = "The session.")),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_own(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<SessionId>,
) -> Answer<StatusCode> {
    identity::end_own_session(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's own sessions but the one that asks, with whatever they have open.
#[utoipa::path(delete, path = "/api/v1/account/sessions", tag = "identity",
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_own_others(State(door): State<Door>, Signed(caller): Signed) -> Answer<StatusCode> {
    identity::end_own_other_sessions(&door.vault, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the sessions of a user that are open.
#[utoipa::path(get, path = "/api/v1/users/{id}/sessions", tag = "identity",
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 200, description = "The sessions.", body = Sessions)))]
pub(crate) async fn of_user(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<UserId>,
) -> Answer<Json<Sessions>> {
    Ok(Json(identity::sessions_of(&door.vault, &caller, id).await?.into()))
}

/// Ends a session of a user, with whatever it has open.
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions/{session_id}", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The user."), ("session_id" = Id, Path, description = "The session.")),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_of_user(
    State(door): State<Door>,
    At((id, session)): At<(UserId, SessionId)>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::end_session_of(&door.vault, &caller, id, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of a user, with whatever they have open; of one's own all but the one that asks.
#[utoipa::path(delete, path = "/api/v1/users/{id}/sessions", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_all_of_user(
    State(door): State<Door>,
    At(id): At<UserId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::end_sessions_of(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions that came in through an identity provider, with whatever they have open. Switching it off ends none.
#[utoipa::path(delete, path = "/api/v1/identity-providers/{id}/sessions", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 204, description = "Ended.")))]
pub(crate) async fn end_through(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
) -> Answer<StatusCode> {
    identity::end_sessions_through(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! One user: showing, renaming, switching off and on.

use super::users::User;
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::reason::Reason;
use crate::versions::{etag, expected, versioned};
use crate::wire::{Id, UserState};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use soundkeep_app::domain::UserId;
use soundkeep_app::identity::{self, UserChange};
use utoipa::ToSchema;

fn answer(user: identity::User) -> Response {
    let tag = etag(user.version);
    versioned(&HeaderMap::new(), &tag, User::from(user))
}

/// Shows a user.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "identity", params(("id" = Id, Path, description = "The user.")),
    responses((status = 200, description = "The user.", body = User), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<UserId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let user = identity::user(&door.vault, &caller, id).await?;
    let tag = etag(user.version);
    Ok(versioned(&headers, &tag, User::from(user)))
}

/// What is changed of a user.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserPatch {
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<String>,
    /// `active` or `disabled`.
    #[serde(default)]
    #[schema(nullable = false)]
    state: Option<UserState>,
    /// Why, for the ledger.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000, nullable = false)]
    reason: Option<Reason>,
}

/// Changes a user. Switching one off ends their sessions at once.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "identity", request_body = UserPatch,
    params(("id" = Id, Path, description = "The user."), ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = User)))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<UserId>,
    headers: HeaderMap,
    Sent(sent): Sent<UserPatch>,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(identity::user(&door.vault, &caller, id).await?.version)?,
    };
    let caller = Reason::of(&caller, sent.reason);
    let change = UserChange { name: sent.name, state: sent.state.map(Into::into) };
    Ok(answer(identity::change_user(&door.vault, &caller, id, version, &change).await?))
}

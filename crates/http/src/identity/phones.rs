//! The phone numbers that codes are sent to: one's own, and those of users.

use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::wire::Id;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use soundkeep_app::domain::UserId;
use soundkeep_app::identity;
use utoipa::ToSchema;

/// A phone number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phone {
    /// International, such as `+49 30 123456`.
    number: String,
}

/// Sets the number that codes for oneself are sent to.
#[utoipa::path(put, path = "/api/v1/account/phone", tag = "identity", request_body = Phone,
    responses((status = 204, description = "Set.")))]
pub(crate) async fn set_own(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<Phone>,
) -> Answer<StatusCode> {
    identity::change_own_phone(&door.vault, &caller, Some(&sent.number)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the number away that codes for oneself are sent to.
#[utoipa::path(delete, path = "/api/v1/account/phone", tag = "identity",
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove_own(State(door): State<Door>, Signed(caller): Signed) -> Answer<StatusCode> {
    identity::change_own_phone(&door.vault, &caller, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the number that codes for a user are sent to.
#[utoipa::path(put, path = "/api/v1/users/{id}/phone", tag = "identity", request_body = Phone,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Set.")))]
pub(crate) async fn set(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<UserId>,
    Sent(sent): Sent<Phone>,
) -> Answer<StatusCode> {
    identity::change_phone_of(&door.vault, &caller, id, Some(&sent.number)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the number away that codes for a user are sent to.
#[utoipa::path(delete, path = "/api/v1/users/{id}/phone", tag = "identity",
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove(State(door): State<Door>, Signed(caller): Signed, At(id): At<UserId>) -> Answer<StatusCode> {
    identity::change_phone_of(&door.vault, &caller, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

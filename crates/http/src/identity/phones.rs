//! The phone numbers that codes are sent to: one's own, and those of users.

use super::steps::CodeSent;
use crate::door::Door;
use crate::extract::{At, Sent, Signed, Speaks};
use crate::problem::Answer;
use crate::reason::{Because, Why};
use crate::settings::mail::letterhead;
use crate::wire::Id;
use axum::Json;
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

/// Sends a code to a number that is to be one's own. The number before goes on until the code is shown.
#[utoipa::path(put, path = "/api/v1/account/phone", tag = "identity", request_body = Phone,
    responses((status = 202, description = "The code is on its way.", body = CodeSent)))]
pub(crate) async fn set_own(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    Sent(sent): Sent<Phone>,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    let head = letterhead(&door, language);
    let sent = identity::claim_own_phone(&door.vault, &caller, &sent.number, &head).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

/// The code that was sent to a number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhoneCode {
    code: String,
}

/// Shows the code that was sent to a number: codes for oneself go there from now on.
#[utoipa::path(post, path = "/api/v1/account/phone/confirm", tag = "identity", request_body = PhoneCode,
    responses((status = 204, description = "Confirmed.")))]
pub(crate) async fn confirm_own(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<PhoneCode>,
) -> Answer<StatusCode> {
    identity::confirm_own_phone(&door.vault, &caller, &sent.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the number away that codes for oneself are sent to.
#[utoipa::path(delete, path = "/api/v1/account/phone", tag = "identity",
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove_own(State(door): State<Door>, Signed(caller): Signed) -> Answer<StatusCode> {
    identity::remove_own_phone(&door.vault, &caller).await?;
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
#[utoipa::path(delete, path = "/api/v1/users/{id}/phone", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove(
    State(door): State<Door>,
    At(id): At<UserId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::change_phone_of(&door.vault, &caller, id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

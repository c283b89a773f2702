//! Passkeys: what devices are asked, and what they answer, in the JSON of the Web Authentication standard (Level 3, section 5.1).

use super::account::RecoveryCodes;
use super::session::Me;
use super::steps::{NextStep, entered};
use crate::door::Door;
use crate::extract::{Comes, Sent, Signed};
use crate::problem::Answer;
use crate::wire::Time;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::{self, Answered, AskedInStep};
use utoipa::ToSchema;

/// What a device is asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyQuestion {
    /// Comes back with the answer, which there is one of.
    challenge: String,
    /// For `navigator.credentials`: `PublicKeyCredentialRequestOptionsJSON`, or `PublicKeyCredentialCreationOptionsJSON`
    /// where a passkey is to be made.
    #[schema(value_type = Object)]
    options: Value,
    /// Until when it can be answered.
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

impl From<identity::Asked> for PasskeyQuestion {
    fn from(asked: identity::Asked) -> Self {
        Self { challenge: asked.challenge, options: asked.options, expires_at: asked.expires_at }
    }
}

/// What a device answered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    /// What came with the question.
    challenge: String,
    /// `AuthenticationResponseJSON` of the browser.
    #[schema(value_type = Object)]
    credential: Value,
}

impl PasskeyAnswer {
    pub(super) fn at(self, door: &Door) -> Answered {
        Answered { site: door.site.clone(), challenge: self.challenge, credential: self.credential }
    }
}

/// A passkey that a device made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskey {
    /// What came with the question.
    challenge: String,
    /// `RegistrationResponseJSON` of the browser.
    #[schema(value_type = Object)]
    credential: Value,
    /// What its owner calls it.
    name: String,
}

impl NewPasskey {
    pub(super) fn at(self, door: &Door) -> identity::NewPasskey {
        let answered = PasskeyAnswer { challenge: self.challenge, credential: self.credential }.at(door);
        identity::NewPasskey { answered, name: self.name }
    }
}

/// Asks for a passkey at the door, of whoever it may be.
#[utoipa::path(post, path = "/api/v1/session/passkey/options", tag = "identity",
    responses((status = 200, description = "What the device is asked.", body = PasskeyQuestion)))]
pub(crate) async fn ask_to_sign_in(State(door): State<Door>) -> Answer<Json<PasskeyQuestion>> {
    Ok(Json(identity::ask_to_sign_in(&door.vault, &door.site).await?.into()))
}

/// Signs in by a passkey alone, and sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session/passkey", tag = "identity", request_body = PasskeyAnswer,
    responses((status = 200, description = "Signed in.", body = Me),
              (status = 202, description = "Something is still to be done.", body = NextStep)))]
pub(crate) async fn sign_in(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Sent(sent): Sent<PasskeyAnswer>,
) -> Answer<Response> {
    let answered = sent.at(&door);
    entered(&door, identity::sign_in_with_passkey(&door.vault, answered, &visitor).await?).await
}

/// A sign-in that isn't complete.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInToken {
    /// The token of the step before.
    sign_in: String,
}

/// Asks for a passkey in a sign-in that isn't complete: for one that there is, or for a new one, as the step says.
#[utoipa::path(post, path = "/api/v1/session/step/passkey", tag = "identity", request_body = SignInToken,
    responses((status = 200, description = "What the device is asked.", body = PasskeyQuestion)))]
pub(crate) async fn ask_in_sign_in(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Sent(sent): Sent<SignInToken>,
) -> Answer<Json<PasskeyQuestion>> {
    let asked = identity::ask_in_sign_in(&door.vault, &door.site, &sent.sign_in, &visitor).await?;
    let (AskedInStep::Existing(asked) | AskedInStep::New(asked)) = asked;
    Ok(Json(asked.into()))
}

/// Asks for one of one's own passkeys, to prove anew who one is.
#[utoipa::path(post, path = "/api/v1/session/step-up/passkey", tag = "identity",
    responses((status = 200, description = "What the device is asked.", body = PasskeyQuestion)))]
pub(crate) async fn ask_to_step_up(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<PasskeyQuestion>> {
    Ok(Json(identity::ask_to_step_up(&door.vault, &door.site, &caller).await?.into()))
}

/// A link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyLink {
    /// What stands behind the `#` of the link.
    token: String,
}

/// Asks for a passkey in place of a password, of somebody who is invited.
#[utoipa::path(post, path = "/api/v1/links/passkey", tag = "identity", request_body = PasskeyLink,
    responses((status = 200, description = "What the device is asked.", body = PasskeyQuestion)))]
pub(crate) async fn ask_by_link(
    State(door): State<Door>,
    Sent(sent): Sent<PasskeyLink>,
) -> Answer<Json<PasskeyQuestion>> {
    Ok(Json(identity::ask_by_link(&door.vault, &door.site, &sent.token).await?.into()))
}

/// Begins to add a passkey for oneself.
#[utoipa::path(post, path = "/api/v1/account/passkeys/options", tag = "identity",
    responses((status = 200, description = "What the device is asked.", body = PasskeyQuestion)))]
pub(crate) async fn ask_for_new(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<PasskeyQuestion>> {
    Ok(Json(identity::ask_for_new_passkey(&door.vault, &door.site, &caller).await?.into()))
}

/// Adds a passkey for oneself. From then on a second factor is asked for after the password.
#[utoipa::path(post, path = "/api/v1/account/passkeys", tag = "identity", request_body = NewPasskey,
    responses((status = 201, description = "It counts.", body = RecoveryCodes)))]
pub(crate) async fn add(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<NewPasskey>,
) -> Answer<(StatusCode, Json<RecoveryCodes>)> {
    let new = sent.at(&door);
    let recovery_codes = identity::add_passkey(&door.vault, &caller, new).await?;
    Ok((StatusCode::CREATED, Json(RecoveryCodes { recovery_codes })))
}

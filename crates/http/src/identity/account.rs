//! One's own account: password, second factors, recovery codes, and proving oneself anew.

use super::passkeys::PasskeyAnswer;
use super::session::renewed;
use super::steps::{CodeSent, Enrolment};
use crate::door::Door;
use crate::extract::{At, Sent, Signed, Speaks};
use crate::problem::{Answer, Refusal};
use crate::reason::{Because, Why};
use crate::settings::mail::letterhead;
use crate::wire::{FactorKind, Id, SentBy, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::{FactorId, Timestamp, UserId};
use soundkeep_app::identity::{self, Proof};
use utoipa::ToSchema;

/// What somebody's account is protected by.
#[derive(Serialize, ToSchema)]
pub(crate) struct Account {
    /// When they chose their password.
    #[schema(value_type = Option<Time>, required = true)]
    password_set_at: Option<Timestamp>,
    /// From when on they may choose another; null when they may now.
    #[schema(value_type = Option<Time>, required = true)]
    password_changeable_from: Option<Timestamp>,
    /// When they have to choose another at their next sign-in.
    #[schema(value_type = Option<Time>, required = true)]
    password_expires_at: Option<Timestamp>,
    /// How long a password has to be, in characters.
    password_characters_min: usize,
    /// Second factors, oldest first.
    factors: Vec<Factor>,
    /// How many recovery codes weren't used.
    recovery_codes_left: i64,
    /// Whether the organisation asks everybody for a second factor.
    second_factor_asked: bool,
    /// How a code comes that they prove who they are with, where one is sent.
    #[schema(required = true)]
    code_sent_by: Option<SentBy>,
    /// The phone number that codes are sent to.
    #[schema(required = true)]
    phone: Option<String>,
    /// Whether they showed a code that was sent there.
    phone_confirmed: bool,
    /// A number that waits for the code that was sent there.
    #[schema(required = true)]
    phone_waiting: Option<String>,
    /// Whether the organisation sends text messages.
    has_text_messages: bool,
    /// Whether an authenticator app can be set up: not where the organisation has no second factor.
    has_apps: bool,
    /// Until when sensitive changes don't ask who somebody is.
    #[schema(value_type = Option<Time>, required = true)]
    step_up_until: Option<Timestamp>,
    /// The name of the identity provider through which this session came in: there somebody proves anew who they are.
    #[schema(required = true)]
    came_through: Option<String>,
    /// Whether the password proves anew who somebody is: not with a second factor, nor in a session that began at a provider
    /// where people sign in through providers alone.
    password_proves: bool,
}

/// A second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct Factor {
    #[schema(value_type = Id)]
    id: String,
    kind: FactorKind,
    name: String,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    /// When it was last shown.
    #[schema(value_type = Option<Time>, required = true)]
    used_at: Option<Timestamp>,
}

impl From<identity::Account> for Account {
    fn from(account: identity::Account) -> Self {
        let factor = |factor: identity::Factor| Factor {
            id: factor.id.to_string(),
            kind: factor.kind.into(),
            name: factor.name,
            created_at: factor.created_at,
            used_at: factor.used_at,
        };
        Self {
            password_set_at: account.password_set_at,
            password_changeable_from: account.password_changeable_from,
            password_expires_at: account.password_expires_at,
            password_characters_min: account.password_characters_min,
            factors: account.factors.into_iter().map(factor).collect(),
            recovery_codes_left: account.recovery_codes_left,
            second_factor_asked: account.second_factor_asked,
            code_sent_by: account.code_sent_by.map(SentBy::from),
            phone: account.phone,
            phone_confirmed: account.phone_confirmed,
            phone_waiting: account.phone_waiting,
            has_text_messages: account.has_text_messages,
            has_apps: account.has_apps,
            step_up_until: account.step_up_until,
            came_through: account.came_through,
            password_proves: account.password_proves,
        }
    }
}

/// Says what one's own account is protected by.
#[utoipa::path(get, path = "/api/v1/account", tag = "identity",
    responses((status = 200, description = "The account.", body = Account)))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<Account>> {
    Ok(Json(identity::account(&door.vault, &caller).await?.into()))
}

/// Another password for oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    #[schema(format = Password)]
    current_password: String,
    #[schema(format = Password)]
    new_password: String,
}

/// Chooses another password, and sets the session's new cookie. All other sessions of the user end.
#[utoipa::path(put, path = "/api/v1/account/password", tag = "identity", request_body = NewPassword,
    responses((status = 204, description = "Chosen.")))]
pub(crate) async fn change_password(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<NewPassword>,
) -> Answer<Response> {
    let changed = identity::change_password(&door.vault, &caller, sent.current_password, sent.new_password).await?;
    renewed(&door, &caller, changed).await
}

/// Begins to set an authenticator app up. It counts once a code of it was shown.
#[utoipa::path(post, path = "/api/v1/account/factors", tag = "identity",
    responses((status = 201, description = "What the app needs, shown this once.", body = Enrolment)))]
pub(crate) async fn begin_app(
    State(door): State<Door>,
    Signed(caller): Signed,
) -> Answer<(StatusCode, Json<Enrolment>)> {
    Ok((StatusCode::CREATED, Json(identity::begin_app(&door.vault, &caller).await?.into())))
}

/// A code of an authenticator app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    code: String,
}

/// Recovery codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Shown this once; empty when those that there are go on.
    pub(super) recovery_codes: Vec<String>,
}

/// Shows that the app that was set up works. From then on it is asked for at every sign-in.
#[utoipa::path(post, path = "/api/v1/account/factors/confirm", tag = "identity", request_body = Code,
    responses((status = 200, description = "It counts.", body = RecoveryCodes)))]
pub(crate) async fn confirm_app(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<Code>,
) -> Answer<Json<RecoveryCodes>> {
    Ok(Json(RecoveryCodes { recovery_codes: identity::confirm_app(&door.vault, &caller, &sent.code).await? }))
}

/// What a second factor is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactorName {
    name: String,
}

/// Gives a second factor another name.
#[utoipa::path(patch, path = "/api/v1/account/factors/{id}", tag = "identity", request_body = FactorName,
    params(("id" = Id, Path, description = "The factor.")),
    responses((status = 204, description = "Renamed.")))]
pub(crate) async fn rename_factor(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<FactorId>,
    Sent(sent): Sent<FactorName>,
) -> Answer<StatusCode> {
    identity::rename_factor(&door.vault, &caller, id, &sent.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a second factor away.
#[utoipa::path(delete, path = "/api/v1/account/factors/{id}", tag = "identity",
    params(("id" = Id, Path, description = "The factor.")),
    responses((status = 204, description = "Gone.")))]
pub(crate) async fn remove_factor(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<FactorId>,
) -> Answer<StatusCode> {
    identity::remove_factor(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes recovery codes; those before end.
#[utoipa::path(post, path = "/api/v1/account/recovery-codes", tag = "identity",
    responses((status = 201, description = "The codes, shown this once.", body = RecoveryCodes)))]
pub(crate) async fn renew_recovery_codes(
    State(door): State<Door>,
    Signed(caller): Signed,
) -> Answer<(StatusCode, Json<RecoveryCodes>)> {
    let recovery_codes = identity::renew_recovery_codes(&door.vault, &caller).await?;
    Ok((StatusCode::CREATED, Json(RecoveryCodes { recovery_codes })))
}

/// What somebody proves who they are with: one of these.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUp {
    /// For those without a second factor.
    #[serde(default)]
    #[schema(format = Password, nullable = false)]
    password: Option<String>,
    /// A code of the authenticator app, or the one that was sent.
    #[serde(default)]
    #[schema(nullable = false)]
    code: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    recovery_code: Option<String>,
    /// A passkey, asked for at `/session/step-up/passkey`.
    #[serde(default)]
    #[schema(nullable = false)]
    passkey: Option<PasskeyAnswer>,
}

/// Proves anew who one is, which sensitive changes ask for after an hour, and sets the session's new cookie.
#[utoipa::path(post, path = "/api/v1/session/step-up", tag = "identity", request_body = StepUp,
    responses((status = 204, description = "Proven.")))]
pub(crate) async fn step_up(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<StepUp>,
) -> Answer<Response> {
    let proof = match (sent.password, sent.code, sent.recovery_code, sent.passkey) {
        (Some(password), None, None, None) => Proof::Password(password),
        (None, Some(code), None, None) => Proof::Code(code),
        (None, None, Some(code), None) => Proof::RecoveryCode(code),
        (None, None, None, Some(passkey)) => Proof::Passkey(passkey.at(&door)),
        _ => return Err(Refusal::invalid("code", "one of password, code, recovery_code and passkey is expected")),
    };
    let proven = identity::step_up(&door.vault, &caller, proof).await?;
    renewed(&door, &caller, proven).await
}

/// Sends a code by mail or text message to prove anew who one is; a code that was sent before ends.
#[utoipa::path(post, path = "/api/v1/session/step-up/code", tag = "identity",
    responses((status = 202, description = "It is on its way.", body = CodeSent)))]
pub(crate) async fn send_code(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    let sent = identity::send_step_up_code(&door.vault, &caller, &letterhead(&door, language)).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

/// Takes all second factors of a user away, for one whose phone is lost. Their sessions end.
#[utoipa::path(delete, path = "/api/v1/users/{id}/factors", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 204, description = "Gone: they set another up at their next sign-in, if one is asked for.")))]
pub(crate) async fn reset(
    State(door): State<Door>,
    At(id): At<UserId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::reset_second_factor(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

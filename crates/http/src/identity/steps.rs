//! Going on with a sign-in that a first proof began. The token comes in the body, so that no log has it.

use super::passkeys::{NewPasskey, PasskeyAnswer};
use super::session::{Me, admitted};
use crate::credentials::{STEP_COOKIE, cookie};
use crate::door::Door;
use crate::extract::{Comes, Sent, Speaks};
use crate::problem::{Answer, Refusal};
use crate::settings::mail::letterhead;
use crate::wire::{FactorKind, SentBy, Time};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::domain::identity::Step as DomainStep;
use soundkeep_app::identity::{self, Entered, Said};
use utoipa::ToSchema;

/// What somebody has to do next before their session begins.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Send a `recovery_code`: the organisation signs in through providers alone, and this is the way back.
    WayBack,
    /// Send a `code` of the authenticator app, a `passkey`, or a `recovery_code`; where `code_sent_by` says how, the `code` that is
    /// sent by `POST /api/v1/session/step/code`.
    SecondFactor,
    /// Set the app in `enrolment` up, and send a `code` of it; or a `new_passkey`.
    Enrolment,
    /// Keep the codes in `recovery_codes`, and send `kept`.
    RecoveryCodes,
    /// Send a `new_password`, because the old one is too old.
    NewPassword,
}

impl From<DomainStep> for Step {
    fn from(step: DomainStep) -> Self {
        match step {
            DomainStep::WayBack => Self::WayBack,
            DomainStep::SecondFactor => Self::SecondFactor,
            DomainStep::Enrolment => Self::Enrolment,
            DomainStep::RecoveryCodes => Self::RecoveryCodes,
            DomainStep::NewPassword => Self::NewPassword,
        }
    }
}

/// An authenticator app that is to be set up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrolment {
    /// What is typed into an app that can't see, in base 32.
    secret: String,
    /// What a QR code says to an app: `otpauth://totp/...`.
    uri: String,
}

impl From<identity::Enrolment> for Enrolment {
    fn from(enrolment: identity::Enrolment) -> Self {
        Self { secret: enrolment.secret, uri: enrolment.uri }
    }
}

/// A sign-in that isn't complete.
#[derive(Serialize, ToSchema)]
pub(crate) struct NextStep {
    /// Goes on with this sign-in, and opens nothing else.
    sign_in: String,
    step: Step,
    /// Until when the sign-in has to be complete.
    #[schema(value_type = Time)]
    expires_at: Timestamp,
    /// What can be shown where a second factor is asked for.
    second_factors: Vec<FactorKind>,
    #[schema(required = true)]
    enrolment: Option<Enrolment>,
    /// Shown this once.
    recovery_codes: Vec<String>,
    /// How a code comes, where it is one that is sent when it is asked for.
    #[schema(required = true)]
    code_sent_by: Option<SentBy>,
    /// How long a password has to be, in characters.
    password_characters_min: usize,
}

/// The answer to somebody who has proven something: their session, or what comes next.
pub(crate) async fn entered(door: &Door, entered: Entered) -> Answer<Response> {
    match entered {
        Entered::In(signed_in) => admitted(door, *signed_in).await,
        Entered::Next(next) => {
            let next = NextStep {
                sign_in: next.token,
                step: next.step.into(),
                expires_at: next.expires_at,
                second_factors: next.second_factors.into_iter().map(FactorKind::from).collect(),
                enrolment: next.enrolment.map(Enrolment::from),
                recovery_codes: next.recovery_codes,
                code_sent_by: next.code_sent_by.map(SentBy::from),
                password_characters_min: next.password_characters_min,
            };
            Ok((StatusCode::ACCEPTED, Json(next)).into_response())
        }
    }
}

/// What somebody says to the step that comes next: one of these, or nothing to learn which step it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepAnswer {
    /// The token of the step before; left out after a provider sent somebody, whose browser keeps it in a cookie.
    #[serde(default)]
    #[schema(nullable = false)]
    sign_in: Option<String>,
    /// A code of the authenticator app.
    #[serde(default)]
    #[schema(nullable = false)]
    code: Option<String>,
    /// A passkey, asked for at `/session/step/passkey`.
    #[serde(default)]
    #[schema(nullable = false)]
    passkey: Option<PasskeyAnswer>,
    /// A passkey that was set up, asked for in the same place.
    #[serde(default)]
    #[schema(nullable = false)]
    new_passkey: Option<NewPasskey>,
    #[serde(default)]
    #[schema(nullable = false)]
    recovery_code: Option<String>,
    #[serde(default)]
    #[schema(format = Password, nullable = false)]
    new_password: Option<String>,
    /// True: the recovery codes are kept.
    #[serde(default)]
    #[schema(nullable = false)]
    kept: Option<bool>,
}

impl StepAnswer {
    fn said(self, door: &Door) -> Answer<Said> {
        let said = [
            self.code.map(Said::Code),
            self.passkey.map(|passkey| Said::Passkey(passkey.at(door))),
            self.new_passkey.map(|new| Said::NewPasskey(new.at(door))),
            self.recovery_code.map(Said::RecoveryCode),
            self.new_password.map(Said::NewPassword),
            self.kept.filter(|kept| *kept).map(|_| Said::Kept),
        ];
        let mut said = said.into_iter().flatten();
        match (said.next(), said.next()) {
            (Some(said), None) => Ok(said),
            (None, None) => Ok(Said::Nothing),
            _ => Err(Refusal::invalid(
                "code",
                "one of code, passkey, new_passkey, recovery_code, new_password and kept is expected",
            )),
        }
    }
}

/// Goes on with a sign-in, and sets the session's cookie once nothing is left to do.
#[utoipa::path(post, path = "/api/v1/session/step", tag = "identity", request_body = StepAnswer,
    responses((status = 200, description = "Signed in.", body = Me),
              (status = 202, description = "Something else is to be done.", body = NextStep)))]
pub(crate) async fn go_on(
    State(door): State<Door>,
    Comes(visitor): Comes,
    headers: HeaderMap,
    Sent(sent): Sent<StepAnswer>,
) -> Answer<Response> {
    let kept = cookie(&headers, STEP_COOKIE).map(str::to_owned);
    let token = sent.sign_in.clone().or(kept).ok_or(soundkeep_app::Error::NotSignedIn)?;
    let said = sent.said(&door)?;
    entered(&door, identity::continue_sign_in(&door.vault, &token, said, &visitor).await?).await
}

/// A sign-in that waits for a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendCode {
    /// The sign-in that waits.
    sign_in: String,
}

/// A code that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeSent {
    by: SentBy,
    /// Where it goes, with most of it hidden.
    to: String,
    /// Until when it can be used.
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

impl From<identity::CodeSent> for CodeSent {
    fn from(sent: identity::CodeSent) -> Self {
        Self { by: sent.by.into(), to: sent.to, expires_at: sent.expires_at }
    }
}

/// Sends a code by mail or text message for a sign-in that waits for one; a code that was sent before ends.
#[utoipa::path(post, path = "/api/v1/session/step/code", tag = "identity", request_body = SendCode,
    responses((status = 202, description = "It is on its way.", body = CodeSent)))]
pub(crate) async fn send_code(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Speaks(language): Speaks,
    Sent(sent): Sent<SendCode>,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    let head = letterhead(&door, language);
    let sent = identity::send_sign_in_code(&door.vault, &sent.sign_in, &head, &visitor).await?;
    Ok((StatusCode::ACCEPTED, Json(sent.into())))
}

//! What went wrong, once: from an error of a use case to the answer of RFC 9457.
//!
//! Handlers hand a [`Refusal`] on; the guard makes the sentence, because it knows language and caller.

use crate::access::effect::{self, EffectAnswer};
use crate::door::Door;
use crate::settings::wire::{SettingChange, changes};
use crate::words::{self, Language, Person};
use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soundkeep_app::access::explain::{Explained, ExplainedGate, explain_denied};
use soundkeep_app::domain::QuarantineId;
use soundkeep_app::domain::access::{Gate, Permission};
use soundkeep_app::{Caller, Error};
use std::sync::Arc;
use utoipa::ToSchema;

/// Answers of handlers.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// Why a request wasn't answered as it was wished.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// A use case said no.
    App(Arc<Error>),
    /// Another site stands behind it.
    CrossSite,
    /// There is no such method here.
    MethodNotAllowed,
    /// A change without `If-Match`.
    PreconditionRequired,
    /// A range of bytes that there aren't; the length that there is.
    RangeNotSatisfiable(u64),
    /// The upload is no audio that can be read; it is kept in quarantine.
    Unreadable { detail: String, quarantine: QuarantineId },
    /// An `Idempotency-Key` was used for something else before.
    KeyReused,
    /// What was asked for under this `Idempotency-Key` is still being done.
    KeyInUse,
    /// It was done already, and its answer held a secret that is shown only once.
    AnswerShownOnce,
    /// It took too long, or nothing came for too long.
    TimedOut,
    /// A sensitive change, long after somebody proved who they are.
    StepUpNeeded,
    /// A SCIM token somewhere else, or something else where SCIM is spoken.
    WrongToken,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::App(Arc::new(error))
    }
}

impl Refusal {
    /// One field that doesn't fit.
    pub(crate) fn invalid(field: &str, sentence: impl Into<String>) -> Self {
        Error::invalid(field, sentence).into()
    }
    /// What somebody wrote in a file.
    pub(crate) fn read_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
        serde_json::from_str(text).map_err(|error| Error::invalid("file", error.to_string()))
    }
    /// What doesn't fit, in one sentence: for what comes from a file.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::App(error) => match error.as_ref() {
                Error::Invalid(fields) => {
                    let told = |(field, sentence): &(String, String)| format!("{field}: {sentence}");
                    fields.iter().map(told).collect::<Vec<_>>().join("; ")
                }
                error => error.to_string(),
            },
            _ => "it can't be read".to_owned(),
        }
    }
    /// The use case's no, where nothing else can have said it.
    pub(crate) fn into_app(self) -> Error {
        let sentence = self.meaning().1;
        match self {
            Self::App(error) => Arc::try_unwrap(error).unwrap_or_else(|_| Error::Conflict(sentence)),
            _ => Error::Conflict(sentence),
        }
    }
    pub(crate) fn not_found() -> Self {
        Error::NotFound.into()
    }

    /// Status and stable code.
    pub(crate) fn meaning(&self) -> (StatusCode, &'static str) {
        match self {
            Self::App(error) => match error.as_ref() {
                Error::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
                Error::Denied(_) => (StatusCode::FORBIDDEN, "denied"),
                Error::NotFound => (StatusCode::NOT_FOUND, "not_found"),
                Error::Conflict(_) | Error::InUse(_) => (StatusCode::CONFLICT, "conflict"),
                Error::AssertionBroken(_) => (StatusCode::CONFLICT, "access_test_broken"),
                Error::Weighed(_) => (StatusCode::OK, "weighed"),
                Error::Unconfirmed(effect) if effect.counting.is_some() => (StatusCode::CONFLICT, "still_counting"),
                Error::Unconfirmed(_) => (StatusCode::CONFLICT, "confirmation_needed"),
                Error::Changed | Error::SettingsChanged(_) => (StatusCode::PRECONDITION_FAILED, "precondition_failed"),
                Error::Invalid(_) | Error::UnfitAssertions(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields"),
                Error::StepUpNeeded => (StatusCode::FORBIDDEN, "step_up_needed"),
                Error::AtProvider(..) => (StatusCode::FORBIDDEN, "at_provider"),
                Error::WrongNetwork(_) | Error::WrongKeyNetwork(_) => (StatusCode::FORBIDDEN, "wrong_network"),
                Error::WrongWay(_) => (StatusCode::UNAUTHORIZED, "wrong_authentication"),
                Error::Scim(_) => (StatusCode::BAD_REQUEST, "invalid_fields"),
                Error::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
                Error::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
                Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
                Error::Damaged => (StatusCode::INTERNAL_SERVER_ERROR, "damaged"),
                Error::Bug(_) => (StatusCode::INTERNAL_SERVER_ERROR, "bug"),
            },
            Self::StepUpNeeded => (StatusCode::FORBIDDEN, "step_up_needed"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::WrongToken => (StatusCode::FORBIDDEN, "wrong_token"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::PreconditionRequired => (StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
            Self::RangeNotSatisfiable(_) => (StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable"),
            Self::Unreadable { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "unreadable_audio"),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields"),
            Self::KeyInUse | Self::AnswerShownOnce => (StatusCode::CONFLICT, "conflict"),
            Self::TimedOut => (StatusCode::REQUEST_TIMEOUT, "timed_out"),
        }
    }

    pub(crate) fn detail(&self, language: Language) -> String {
        let english = match self {
            Self::App(error) => match error.as_ref() {
                Error::InUse(found) => return words::in_use(language, found),
                Error::AssertionBroken(lines) => return words::assertions_broken(language, lines),
                Error::StepUpNeeded | Error::Bug(_) | Error::Denied(_) | Error::Weighed(_) | Error::Unconfirmed(_) => {
                    words::detail(language, self.meaning().1).to_owned()
                }
                error => error.to_string(),
            },
            Self::Unreadable { detail, .. } => detail.clone(),
            Self::KeyReused => "this Idempotency-Key was used for another request before".to_owned(),
            Self::KeyInUse => "the request with this Idempotency-Key is still being carried out".to_owned(),
            Self::AnswerShownOnce => {
                "this was done already, and its answer held a secret that is shown only once".to_owned()
            }
            other => words::detail(language, other.meaning().1).to_owned(),
        };
        words::translated(language, &english)
    }

    fn errors(&self, language: Language) -> Option<Vec<FieldError>> {
        let fields = match self {
            Self::App(error) => match error.as_ref() {
                Error::Invalid(fields) => fields.clone(),
                Error::UnfitAssertions(lines) => {
                    let unfit = lines.iter().map(|line| FieldError {
                        field: format!("lines[{}]", line.number()),
                        message: words::unfit(language, line),
                    });
                    return Some(unfit.collect());
                }
                _ => return None,
            },
            Self::KeyReused => {
                let sentence = "this Idempotency-Key was used for another request before";
                vec![("Idempotency-Key".to_owned(), sentence.to_owned())]
            }
            _ => return None,
        };
        let fields = fields
            .into_iter()
            .map(|(field, sentence)| FieldError { field, message: words::translated(language, &sentence) });
        Some(fields.collect())
    }

    /// The answer, with sentences in this language.
    pub(crate) async fn answer(&self, door: &Door, caller: Option<&Caller>, language: Language) -> Response {
        self.log();
        if let Self::App(error) = self
            && let Error::Weighed(effect) = error.as_ref()
        {
            return effect::told(effect, language);
        }
        let (status, code) = self.meaning();
        let mut problem = Problem {
            kind: "about:blank",
            title: words::title(language, code).to_owned(),
            status: status.as_u16(),
            detail: self.detail(language),
            code,
            errors: self.errors(language),
            gates: None,
            quarantine_id: None,
            changes: None,
            effect: None,
        };
        if let Self::App(error) = self
            && let Error::Unconfirmed(effect) = error.as_ref()
        {
            problem.effect = Some(EffectAnswer::of(effect, language));
        }
        if let Self::App(error) = self
            && let Error::SettingsChanged(meanwhile) = error.as_ref()
        {
            problem.changes = Some(changes(&meanwhile.differences, language));
        }
        if let (Self::App(error), Some(caller)) = (self, caller)
            && let Error::Denied(decision) = error.as_ref()
            && let Ok(explained) = explain_denied(&door.vault, caller, decision).await
        {
            let gates = gates(language, &explained, &Person::You);
            let deciding = gates.iter().find(|gate| gate.outcome == GateOutcome::Failed);
            problem.detail = deciding.map_or_else(|| problem.detail.clone(), |gate| gate.sentence.clone());
            problem.gates = Some(gates);
        }
        if let Self::Unreadable { quarantine, .. } = self {
            problem.quarantine_id = Some(quarantine.to_string());
        }
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.add_headers(headers);
        response
    }

    /// What an answer says beside its body.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        match self {
            Self::RangeNotSatisfiable(len) => {
                if let Ok(value) = HeaderValue::from_str(&format!("bytes */{len}")) {
                    headers.insert(CONTENT_RANGE, value);
                }
            }
            Self::App(error) => match error.as_ref() {
                Error::TooMany(seconds) => {
                    headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
                }
                Error::Unconfirmed(effect) if effect.counting.is_some() => {
                    headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
                }
                Error::Unavailable(_) => {
                    headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
                }
                Error::NotSignedIn | Error::WrongWay(_) => {
                    headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"soundkeep\""));
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(crate) fn log(&self) {
        if let Self::App(error) = self {
            match error.as_ref() {
                Error::Bug(cause) => tracing::error!(%cause, "a request met a mistake of ours"),
                Error::Unavailable(what) => {
                    tracing::warn!(%what, "a request could not be answered")
                }
                _ => {}
            }
        }
    }
}

/// Carries the refusal to the guard; whoever sees this answer itself has gone around the guard.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.meaning().0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is, in the language asked for; the same for all problems of a code.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What it is this time.
    detail: String,
    /// Stable name for programs.
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// Fields that don't fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    errors: Option<Vec<FieldError>>,
    /// What each gate of the decision said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    gates: Option<Vec<GateAnswer>>,
    /// What somebody else changed in between.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    changes: Option<Vec<SettingChange>>,
    /// What the change would do, when it has to be confirmed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    effect: Option<EffectAnswer>,
    /// Where an unreadable file is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    quarantine_id: Option<String>,
}

/// Stable names of problems.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "the list is for the API description; codes themselves are texts")]
pub(crate) enum ProblemCode {
    NotSignedIn,
    Denied,
    CrossSite,
    WrongToken,
    NotFound,
    MethodNotAllowed,
    TimedOut,
    StepUpNeeded,
    WrongNetwork,
    AtProvider,
    WrongAuthentication,
    Conflict,
    AccessTestBroken,
    ConfirmationNeeded,
    StillCounting,
    PreconditionFailed,
    PayloadTooLarge,
    RangeNotSatisfiable,
    InvalidFields,
    UnreadableAudio,
    PreconditionRequired,
    TooManyRequests,
    Unavailable,
    Damaged,
    Bug,
}

/// A field that doesn't fit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// Its path, such as `tags[2]`.
    field: String,
    /// What is wrong with it.
    message: String,
}

/// Whether a gate let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "gates that are asked only after others come with later features")]
pub(crate) enum GateOutcome {
    /// It let through.
    Passed,
    /// It did not.
    Failed,
    /// It wasn't asked.
    NotReached,
}

/// A gate of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GateName {
    /// Whether the account may act at all.
    Account,
    /// Whether a role grants the permission, and reaches the thing.
    RoleAndScope,
    /// Whether every access group of the caller lets the conversation through.
    AccessGroupRows,
    /// Whether every access group of the caller leaves the columns that it takes.
    AccessGroupColumns,
    /// Whether the recording is in a state in which the permission means anything.
    RecordState,
}

/// What one gate said.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Gate)]
pub(crate) struct GateAnswer {
    /// Which gate.
    gate: GateName,
    /// Whether it let through.
    pub(crate) outcome: GateOutcome,
    /// Why, for programs.
    code: &'static str,
    /// Why, for people.
    pub(crate) sentence: String,
    /// Where in the console this can be changed.
    #[schema(required = true)]
    set_in: Option<&'static str>,
}

/// The gates of a decision, as this person may read them.
pub(crate) fn gates(language: Language, explained: &Explained, person: &Person) -> Vec<GateAnswer> {
    explained.gates.iter().map(|said| gate(language, said, explained.permission, person)).collect()
}

/// What one gate said of a permission, as this person may read it.
pub(crate) fn gate(language: Language, gate: &ExplainedGate, permission: Permission, person: &Person) -> GateAnswer {
    GateAnswer {
        gate: match gate.gate {
            Gate::Account => GateName::Account,
            Gate::RoleAndScope => GateName::RoleAndScope,
            Gate::AccessGroupRows => GateName::AccessGroupRows,
            Gate::AccessGroupColumns => GateName::AccessGroupColumns,
            Gate::RecordState => GateName::RecordState,
        },
        outcome: if gate.passed { GateOutcome::Passed } else { GateOutcome::Failed },
        code: gate.code,
        sentence: words::gate(language, gate, permission, person),
        set_in: if gate.passed { None } else { words::set_in(language, gate) },
    }
}

//! What a client did wrong, as RFC 6749 (section 5.2) has it said.

use crate::problem::Refusal;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use soundkeep_app::Error;
use soundkeep_app::identity::OAuthError;
use utoipa::ToSchema;

/// What went wrong.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The request isn't one, and why.
    InvalidRequest(&'static str),
    /// A grant that isn't given here.
    UnsupportedGrantType,
    /// Nobody can say who the client is: no credentials came, or by a scheme that isn't taken.
    NoClient,
    /// What the use case said.
    App(std::sync::Arc<OAuthError>),
    /// What goes wrong everywhere, in the form that it has everywhere.
    House(Refusal),
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::House(Error::TooMany(_)) => Self::App(std::sync::Arc::new(error)),
            OAuthError::House(error) => Self::House(error.into()),
            error => Self::App(std::sync::Arc::new(error)),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::House(refusal)
    }
}

/// An error of OAuth 2.0.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OAuthProblem {
    /// Stable name for programs.
    error: &'static str,
    /// For people.
    error_description: String,
}

impl Fault {
    /// Status and stable name.
    pub(crate) fn meaning(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidRequest(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::NoClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::App(error) => match error.as_ref() {
                OAuthError::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
                OAuthError::WrongWay => (StatusCode::BAD_REQUEST, "unauthorized_client"),
                OAuthError::WrongNetwork(_) | OAuthError::WrongKeyNetwork(_) => {
                    (StatusCode::FORBIDDEN, "unauthorized_client")
                }
                OAuthError::InvalidScope => (StatusCode::BAD_REQUEST, "invalid_scope"),
                OAuthError::OthersToken => (StatusCode::BAD_REQUEST, "invalid_grant"),
                OAuthError::House(Error::TooMany(_)) => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
                OAuthError::House(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
            },
            Self::House(refusal) => refusal.meaning(),
        }
    }

    fn description(&self) -> String {
        match self {
            Self::InvalidRequest(why) => (*why).to_owned(),
            Self::UnsupportedGrantType => "the grant given here is client_credentials".to_owned(),
            Self::NoClient => "show the id and the text of an API key, by HTTP Basic or in the form".to_owned(),
            Self::App(error) => error.to_string(),
            Self::House(_) => String::new(),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if let Self::House(refusal) = self {
            return refusal.into_response();
        }
        let (status, error) = self.meaning();
        let mut response = answer(status, &OAuthProblem { error, error_description: self.description() });
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"soundkeep\", charset=\"UTF-8\""));
        }
        if let Self::App(error) = &self
            && let OAuthError::House(Error::TooMany(seconds)) = error.as_ref()
        {
            headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }
}

/// An answer that nobody may keep (RFC 6749, section 5.1).
pub(crate) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, serde_json::to_vec(body).unwrap_or_default()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

//! Why somebody takes something from others: read in one place, for the ledger.

use crate::door::Door;
use crate::extract::{Signed, from_json, is_json, read_body};
use crate::problem::{Answer, Refusal};
use axum::extract::{FromRequest, FromRequestParts, Request};
use serde::Deserialize;
use soundkeep_app::Caller;
use utoipa::ToSchema;

/// Longest reason, in characters.
const CHARACTERS_MAX: usize = 1000;

/// A reason, not too long.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Reason(String);

impl TryFrom<String> for Reason {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.chars().count() > CHARACTERS_MAX {
            true => Err(format!("at most {CHARACTERS_MAX} characters")),
            false => Ok(Self(text.trim().to_owned())),
        }
    }
}

impl Reason {
    /// The caller who gives this reason, if it says anything.
    pub(crate) fn of(caller: &Caller, reason: Option<Self>) -> Caller {
        caller.because(reason.map(|Self(text)| text).filter(|text| !text.is_empty()))
    }
}

/// Why something is taken away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    /// Why, for the ledger.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 1000, nullable = false)]
    reason: Option<Reason>,
}

/// Whoever is signed in, with the reason in the body, if there is one.
pub(crate) struct Because(pub(crate) Caller);

impl FromRequest<Door> for Because {
    type Rejection = Refusal;
    async fn from_request(request: Request, door: &Door) -> Answer<Self> {
        let (mut parts, body) = request.into_parts();
        let Signed(caller) = Signed::from_request_parts(&mut parts, door).await?;
        let body = read_body(body).await?;
        if body.is_empty() {
            return Ok(Self(Caller::clone(&caller)));
        }
        is_json(&parts.headers)?;
        let why: Why = from_json(&body)?;
        Ok(Self(Reason::of(&caller, why.reason)))
    }
}

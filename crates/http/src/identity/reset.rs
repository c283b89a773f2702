//! Asking for a link to choose another password, by somebody who isn't signed in.

use crate::door::Door;
use crate::extract::{Comes, Sent, Speaks};
use crate::problem::Answer;
use crate::settings::mail::letterhead;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use soundkeep_app::identity;
use utoipa::ToSchema;

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Forgotten {
    email: String,
    /// The organisation's short name, when the address is known in several.
    #[serde(default)]
    organisation: Option<String>,
}

/// Asks for a mail with a link to choose another password. The answer is the same whether there is such an account or not.
#[utoipa::path(post, path = "/api/v1/session/reset", tag = "identity", request_body = Forgotten,
    responses((status = 202, description = "If there is such an account, and its organisation sends mail, a mail is on its way.")))]
pub(crate) async fn create(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Speaks(language): Speaks,
    Sent(sent): Sent<Forgotten>,
) -> Answer<StatusCode> {
    let head = letterhead(&door, language);
    identity::ask_for_reset(&door.vault, &sent.email, sent.organisation.as_deref(), head, &visitor).await?;
    Ok(StatusCode::ACCEPTED)
}

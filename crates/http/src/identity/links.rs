//! One-time links: what one is for, and using it. Tokens come in bodies, never in paths, so that no log has them.

use super::passkeys::NewPasskey;
use super::session::Me;
use super::steps::{NextStep, entered};
use crate::door::Door;
use crate::extract::{Comes, Sent};
use crate::problem::Answer;
use crate::wire::{Purpose, Time};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::{self, Redeem};
use utoipa::ToSchema;

/// A token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkToken {
    /// What stands behind the `#` of the link.
    token: String,
}

/// What a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkPurpose {
    purpose: Purpose,
    /// Of whom it is for, if that is known.
    #[schema(required = true)]
    email: Option<String>,
    /// Their name, if it is known.
    #[schema(required = true)]
    name: Option<String>,
    /// The organisation's name.
    organisation: String,
    /// How long a password has to be, in characters.
    password_characters_min: usize,
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

/// Says what a link is for, without using it.
#[utoipa::path(post, path = "/api/v1/links/inspect", tag = "identity", request_body = LinkToken,
    responses((status = 200, description = "What it is for.", body = LinkPurpose)))]
pub(crate) async fn inspect(State(door): State<Door>, Sent(sent): Sent<LinkToken>) -> Answer<Json<LinkPurpose>> {
    let link = identity::inspect_link(&door.vault, &sent.token).await?;
    Ok(Json(LinkPurpose {
        purpose: link.purpose.into(),
        email: link.email,
        name: link.name,
        organisation: link.organisation,
        password_characters_min: link.password_characters_min,
        expires_at: link.expires_at,
    }))
}

/// What somebody says when they use a link. Set-up needs all but a passkey, an invitation a password or passkey, a new
/// password only itself, the demo nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedeemLink {
    /// What stands behind the `#` of the link.
    token: String,
    #[serde(default)]
    #[schema(nullable = false)]
    email: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    name: Option<String>,
    #[serde(default)]
    #[schema(format = Password, nullable = false)]
    password: Option<String>,
    /// A passkey in place of the password, for an invitation; asked for at `/links/passkey`.
    #[serde(default)]
    #[schema(nullable = false)]
    passkey: Option<NewPasskey>,
    #[serde(default)]
    #[schema(nullable = false)]
    organisation_name: Option<String>,
}

/// Uses a link up, signs in whom it was for, and sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/links/redeem", tag = "identity", request_body = RedeemLink,
    responses((status = 200, description = "Signed in.", body = Me),
              (status = 202, description = "Something is still to be done.", body = NextStep)))]
pub(crate) async fn redeem(
    State(door): State<Door>,
    Comes(visitor): Comes,
    Sent(sent): Sent<RedeemLink>,
) -> Answer<Response> {
    let said = Redeem {
        email: sent.email,
        name: sent.name,
        password: sent.password,
        passkey: sent.passkey.map(|new| new.at(&door)),
        organisation_name: sent.organisation_name,
    };
    entered(&door, identity::redeem_link(&door.vault, &sent.token, said, &visitor).await?).await
}

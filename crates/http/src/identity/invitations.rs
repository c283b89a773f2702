//! A new link for a user: an invitation for who hasn't come in yet, else one to choose a new password.

use crate::door::Door;
use crate::extract::{At, Signed, Speaks};
use crate::problem::Answer;
use crate::settings::mail::letterhead;
use crate::wire::{Id, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use soundkeep_app::domain::{Timestamp, UserId};
use soundkeep_app::identity;
use utoipa::ToSchema;

/// A link for a user.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// The link, shown this once. Null where it is for a new password and was sent: nobody chooses somebody else's then.
    #[schema(required = true)]
    invitation_link: Option<String>,
    /// The address that it was sent to, where mail is set up.
    #[schema(required = true)]
    sent_to: Option<String>,
    #[schema(value_type = Time)]
    expires_at: Timestamp,
}

/// The address of a one-time link. The token stands behind `#`, which browsers send to nobody.
pub(crate) fn link(door: &Door, token: &str) -> String {
    format!("{}/welcome#{token}", door.config.public_origin)
}

/// Makes a new link for a user, and sends it where mail is set up; earlier ones end.
#[utoipa::path(post, path = "/api/v1/users/{id}/invitation", tag = "identity",
    params(("id" = Id, Path, description = "The user.")),
    responses((status = 201, description = "The link.", body = Invitation)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<UserId>,
    Speaks(language): Speaks,
) -> Answer<(StatusCode, Json<Invitation>)> {
    let made = identity::send_user_link(&door.vault, &caller, id, &letterhead(&door, language)).await?;
    let answer = Invitation {
        invitation_link: made.token.map(|token| link(&door, &token)),
        sent_to: made.sent_to,
        expires_at: made.expires_at,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

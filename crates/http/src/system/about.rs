//! What this server is, for whoever isn't signed in yet.

use crate::door::Door;
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::{identity, messages};
use utoipa::ToSchema;

/// What this server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct About {
    name: &'static str,
    version: String,
    /// Whether nobody could sign in yet: the set-up link is in the server's output.
    needs_setup: bool,
    /// Whether this is the demo.
    demo: bool,
    /// Whether browsers give passkeys to this address: it has a name, and is reached over https.
    passkeys: bool,
    /// Whether an organisation sends mail, so that whoever forgot a password can ask for a link.
    sends_mail: bool,
}

/// Says what this server is.
#[utoipa::path(get, path = "/api/v1/about", tag = "system",
    responses((status = 200, description = "What it is.", body = About)))]
pub(crate) async fn show(State(door): State<Door>) -> Answer<Json<About>> {
    Ok(Json(About {
        name: "Soundkeep",
        version: door.config.version.clone(),
        needs_setup: identity::needs_setup(&door.vault).await?,
        demo: door.config.demo,
        passkeys: door.site.has_passkeys(),
        sends_mail: messages::anybody_sends_mail(&door.vault).await?,
    }))
}

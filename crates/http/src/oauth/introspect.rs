//! What a token says of itself.

use super::fault::{Fault, OAuthProblem, answer};
use super::form::FromClient;
use super::revoke::TokenNamed;
use crate::door::Door;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::identity::introspect_token;
use utoipa::ToSchema;

/// What a token says of itself. Of one that isn't active nothing else is said.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenState {
    /// Whether it is one of the client's own that may act now.
    active: bool,
    #[serde(flatten)]
    facts: Option<TokenFacts>,
}

/// What is said of an active token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenFacts {
    /// What it allows: names of permissions with spaces between.
    scope: String,
    /// The id of the key that it was given for.
    client_id: String,
    /// The same.
    sub: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// When it was given out, in seconds since 1970.
    iat: i64,
    /// When it ends, in seconds since 1970.
    exp: i64,
    /// Who gave it out.
    iss: String,
}

const fn seconds(at: Timestamp) -> i64 {
    at.as_unix_micros().div_euclid(1_000_000)
}

/// Says of an access token of one's own what it allows and when it ends.
#[utoipa::path(post, path = "/oauth2/introspect", tag = "oauth2",
    request_body(content = TokenNamed, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What it says.", body = TokenState),
        (status = "4XX", description = "What is wrong.", body = OAuthProblem)))]
pub(crate) async fn create(State(door): State<Door>, sent: FromClient) -> Result<Response, Fault> {
    let token = sent.form.need("token", "token is missing")?;
    let found = introspect_token(&door.vault, &sent.client, token).await?;
    let facts = found.map(|found| TokenFacts {
        scope: found.scopes.to_string(),
        client_id: found.client.to_string(),
        sub: found.client.to_string(),
        token_type: "Bearer",
        iat: seconds(found.issued_at),
        exp: seconds(found.expires_at),
        iss: door.config.public_origin.clone(),
    });
    Ok(answer(StatusCode::OK, &TokenState { active: facts.is_some(), facts }))
}

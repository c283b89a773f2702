//! Ending access tokens.

use super::fault::{Fault, OAuthProblem, answer};
use super::form::FromClient;
use crate::door::Door;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use soundkeep_app::identity::revoke_token;
use utoipa::ToSchema;

/// A token that is asked about or ended. Id and secret of the client stand in the form, or in an `Authorization` header
/// of HTTP Basic.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the form is read by name; this describes it")]
pub(crate) struct TokenNamed {
    /// The token.
    token: String,
    /// Not looked at: there is one type.
    #[schema(nullable = false)]
    token_type_hint: Option<String>,
    /// The id of an API key.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// The text of the key.
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// Ends an access token of one's own. What is no token, or has ended, is fine.
#[utoipa::path(post, path = "/oauth2/revoke", tag = "oauth2",
    request_body(content = TokenNamed, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It doesn't act any more."),
        (status = "4XX", description = "What is wrong.", body = OAuthProblem)))]
pub(crate) async fn create(State(door): State<Door>, sent: FromClient) -> Result<Response, Fault> {
    let token = sent.form.need("token", "token is missing")?;
    revoke_token(&door.vault, &sent.client, token).await?;
    Ok(answer(StatusCode::OK, &serde_json::Map::new()))
}

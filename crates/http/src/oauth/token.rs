//! Giving out access tokens.

use super::fault::{Fault, OAuthProblem, answer};
use super::form::FromClient;
use crate::door::Door;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::identity::issue_token;
use utoipa::ToSchema;

/// What a client sends. Its id and secret stand in the form, or in an `Authorization` header of HTTP Basic.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the form is read by name; this describes it")]
pub(crate) struct TokenRequest {
    /// Always `client_credentials`.
    grant_type: String,
    /// Names of permissions with spaces between, to narrow the token; everything that the key holds, when left out.
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The id of an API key.
    #[schema(nullable = false)]
    client_id: Option<String>,
    /// The text of the key.
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenAnswer {
    /// The token, shown this once.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// After how many seconds it ends.
    expires_in: i64,
    /// What it allows: names of permissions with spaces between.
    scope: String,
}

/// Gives a program an access token for the id and text of its API key.
#[utoipa::path(post, path = "/oauth2/token", tag = "oauth2",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token.", body = TokenAnswer),
        (status = "4XX", description = "What is wrong.", body = OAuthProblem)))]
pub(crate) async fn create(State(door): State<Door>, sent: FromClient) -> Result<Response, Fault> {
    if sent.form.need("grant_type", "grant_type is missing")? != "client_credentials" {
        return Err(Fault::UnsupportedGrantType);
    }
    let issued = issue_token(&door.vault, &sent.client, sent.form.get("scope")).await?;
    let told = TokenAnswer {
        access_token: issued.token,
        token_type: "Bearer",
        expires_in: issued.expires_in,
        scope: issued.scopes.to_string(),
    };
    Ok(answer(StatusCode::OK, &told))
}

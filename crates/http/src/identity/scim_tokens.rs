//! SCIM tokens of an identity provider, and the groups that its directory pushed.

use super::api_keys::KeyRotation;
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::reason::{Because, Why};
use crate::wire::{Id, Named, Time};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::{ProviderId, ScimTokenId, Timestamp};
use soundkeep_app::identity::scim;
use utoipa::ToSchema;

/// A SCIM token, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScimToken {
    #[schema(value_type = Id)]
    id: String,
    /// Its first characters, by which people know it.
    prefix: String,
    #[schema(value_type = Time)]
    created_at: Timestamp,
    #[schema(value_type = Option<Time>, required = true)]
    expires_at: Option<Timestamp>,
    /// Whether that is soon, so that it is to be rotated.
    ends_soon: bool,
    /// To a minute.
    #[schema(value_type = Option<Time>, required = true)]
    last_used_at: Option<Timestamp>,
    /// Who made it, if a person did.
    #[schema(required = true)]
    created_by: Option<Named>,
}

impl From<scim::ScimToken> for ScimToken {
    fn from(token: scim::ScimToken) -> Self {
        Self {
            id: token.id.to_string(),
            prefix: token.prefix,
            created_at: token.created_at,
            expires_at: token.expires_at,
            ends_soon: token.ends_soon,
            last_used_at: token.last_used_at,
            created_by: token.created_by.map(Named::from),
        }
    }
}

/// The SCIM tokens of a provider, and where its directory finds us.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScimTokens {
    /// The address to enter at the directory.
    base_url: String,
    /// Newest first.
    tokens: Vec<ScimToken>,
}

/// Lists the SCIM tokens of a provider.
#[utoipa::path(get, path = "/api/v1/identity-providers/{id}/scim-tokens", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 200, description = "All.", body = ScimTokens)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
) -> Answer<Json<ScimTokens>> {
    let tokens = scim::tokens(&door.vault, &caller, id).await?;
    let base_url = crate::scim::request::base(&door);
    Ok(Json(ScimTokens { base_url, tokens: tokens.into_iter().map(ScimToken::from).collect() }))
}

/// A SCIM token that is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScimToken {
    /// After how many days it ends; 90, when nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 365, nullable = false)]
    expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    #[serde(default)]
    #[schema(required = false)]
    never_expires: bool,
}

/// A SCIM token with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedScimToken {
    #[serde(flatten)]
    token: ScimToken,
    /// The token itself, shown this once.
    text: String,
}

impl From<scim::CreatedToken> for CreatedScimToken {
    fn from(made: scim::CreatedToken) -> Self {
        Self { token: made.token.into(), text: made.text }
    }
}

/// Makes a SCIM token for a provider.
#[utoipa::path(post, path = "/api/v1/identity-providers/{id}/scim-tokens", tag = "identity", request_body = NewScimToken,
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 201, description = "The token, shown this once.", body = CreatedScimToken)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
    Sent(sent): Sent<NewScimToken>,
) -> Answer<(StatusCode, Json<CreatedScimToken>)> {
    let new = scim::NewToken { expires_in_days: sent.expires_in_days, never_expires: sent.never_expires };
    let made = scim::create_token(&door.vault, &caller, id, &new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Gives a SCIM token another text.
#[utoipa::path(post, path = "/api/v1/identity-providers/{id}/scim-tokens/{token_id}/rotate", tag = "identity",
    request_body = KeyRotation,
    params(("id" = Id, Path, description = "The provider."), ("token_id" = Id, Path, description = "The token.")),
    responses((status = 200, description = "The token, shown this once.", body = CreatedScimToken)))]
pub(crate) async fn rotate(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(which): At<(ProviderId, ScimTokenId)>,
    Sent(sent): Sent<KeyRotation>,
) -> Answer<Json<CreatedScimToken>> {
    Ok(Json(scim::rotate_token(&door.vault, &caller, which, &sent.into()).await?.into()))
}

/// Revokes a SCIM token for good.
#[utoipa::path(delete, path = "/api/v1/identity-providers/{id}/scim-tokens/{token_id}", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The provider."), ("token_id" = Id, Path, description = "The token.")),
    responses((status = 204, description = "Revoked.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    At(which): At<(ProviderId, ScimTokenId)>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    scim::revoke_token(&door.vault, &caller, which).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A group that a directory pushed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DirectoryGroup {
    #[schema(value_type = Id)]
    id: String,
    /// Its name, by which the provider's mappings know it.
    name: String,
    /// The directory's name of it, by which they may know it too.
    #[schema(required = true)]
    external_id: Option<String>,
    /// How many users belong to it.
    members: i64,
}

/// Lists the groups that a provider's directory pushed, by name.
#[utoipa::path(get, path = "/api/v1/identity-providers/{id}/directory-groups", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 200, description = "At most a thousand.", body = Vec<DirectoryGroup>)))]
pub(crate) async fn groups(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
) -> Answer<Json<Vec<DirectoryGroup>>> {
    let groups = scim::directory_groups(&door.vault, &caller, id).await?;
    let told = |group: scim::DirectoryGroup| DirectoryGroup {
        id: group.id.to_string(),
        name: group.name,
        external_id: group.external_id,
        members: group.members,
    };
    Ok(Json(groups.into_iter().map(told).collect()))
}

//! API keys of programs: listing, making, changing, revoking.

use crate::access::roles::RoleName;
use crate::door::Door;
use crate::extract::{Asks, At, Sent, Signed};
use crate::paging::{self, List, Paging};
use crate::problem::{Answer, Refusal};
use crate::reason::{Because, Why};
use crate::settings::networks::AddressTest;
use crate::wire::{Id, Named, Time};
use axum::Json;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use soundkeep_app::domain::access::{Permission, PermissionSet};
use soundkeep_app::domain::{ApiKeyId, Timestamp};
use soundkeep_app::identity::{self, KeyRights, ListOptions};
use utoipa::ToSchema;

/// An API key, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApiKey {
    #[schema(value_type = Id)]
    id: String,
    name: String,
    /// Its first characters, by which people know it.
    prefix: String,
    /// What it may do. Where it acts for a user the key is `user`, and the name theirs.
    role: RoleName,
    /// The user whose rights it has, if it acts for one.
    #[schema(required = true)]
    acts_for: Option<Named>,
    /// The permissions that it is narrowed to; nothing is everything that its role or user may.
    #[schema(required = true)]
    scopes: Option<Vec<&'static str>>,
    /// From where it may be used, besides what the organisation says of all programs; none is everywhere.
    networks: Vec<String>,
    /// Whether it can sign secrets of the day; one that was made before there were any has to be rotated first.
    signs: bool,
    /// How many access tokens of it may act now.
    access_tokens: i64,
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

impl From<identity::ApiKey> for ApiKey {
    fn from(key: identity::ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            role: match key.rights {
                KeyRights::Role(role) => RoleName { key: role.to_string(), name: key.rights_name.clone() },
                KeyRights::User(_) => RoleName { key: "user".to_owned(), name: key.rights_name.clone() },
            },
            scopes: key.scopes.map(|scopes| scopes.iter().map(Permission::key).collect()),
            networks: key.networks,
            signs: key.signs,
            access_tokens: key.access_tokens,
            acts_for: key.rights.user().map(|user| Named::from((user, key.rights_name))),
            created_at: key.created_at,
            expires_at: key.expires_at,
            ends_soon: key.ends_soon,
            last_used_at: key.last_used_at,
            created_by: key.created_by.map(Named::from),
        }
    }
}

/// Lists API keys, newest first.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "identity", params(Paging),
    responses((status = 200, description = "A page.", body = List<ApiKey>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    OriginalUri(uri): OriginalUri,
    Asks(paging): Asks<Paging>,
) -> Answer<Response> {
    let options = ListOptions { search: None, limit: paging::rows(paging.limit)?, cursor: paging.cursor };
    let page = identity::api_keys(&door.vault, &caller, &options).await?;
    Ok(paging::page(&uri, page.items.into_iter().map(ApiKey::from).collect(), page.next))
}

/// A key that is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    name: String,
    /// Stable name of a built-in role, or id of another: what the key may do, for a program that is nobody.
    #[serde(default)]
    #[schema(nullable = false)]
    role: Option<String>,
    /// The user whose rights the key has instead of a role's, for as long as their account is active.
    #[serde(default)]
    #[schema(value_type = Option<Id>, nullable = false)]
    acts_for: Option<String>,
    /// Names of permissions that the key is narrowed to; everything that its role or user may, when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    scopes: Option<Vec<String>>,
    /// From where it may be used, besides what the organisation says of all programs: addresses and networks such as
    /// 192.0.2.0/24; everywhere, when left out.
    #[serde(default)]
    #[schema(required = false, max_items = 200)]
    networks: Vec<String>,
    /// After how many days it ends; 90, when nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 365, nullable = false)]
    expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    #[serde(default)]
    #[schema(required = false)]
    never_expires: bool,
}

/// Permissions by name.
fn scopes_of(names: &[String]) -> Answer<PermissionSet> {
    let named = names.iter().enumerate().map(|(place, name)| {
        let known = name.parse().ok().filter(|permission: &Permission| permission.row().available);
        known.ok_or_else(|| Refusal::invalid(&format!("scopes[{place}]"), "there is no permission of that name"))
    });
    named.collect()
}

/// A key with its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    #[serde(flatten)]
    api_key: ApiKey,
    /// The key itself, shown this once.
    key: String,
}

/// Makes an API key.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "identity", request_body = NewApiKey,
    responses((status = 201, description = "The key, shown this once.", body = CreatedApiKey)))]
pub(crate) async fn create(
    State(door): State<Door>,
    Signed(caller): Signed,
    Sent(sent): Sent<NewApiKey>,
) -> Answer<(StatusCode, Json<CreatedApiKey>)> {
    let rights = match (sent.role, sent.acts_for) {
        (Some(role), None) => {
            KeyRights::Role(role.parse().map_err(|_| Refusal::invalid("role", "there is no such role"))?)
        }
        (None, Some(user)) => {
            KeyRights::User(user.parse().map_err(|_| Refusal::invalid("acts_for", "there is no such user"))?)
        }
        _ => return Err(Refusal::invalid("role", "either a role or a user in acts_for is expected")),
    };
    let new = identity::NewApiKey {
        name: sent.name,
        rights,
        scopes: sent.scopes.map(|scopes| scopes_of(&scopes)).transpose()?,
        networks: sent.networks,
        expires_in_days: sent.expires_in_days,
        never_expires: sent.never_expires,
    };
    let made = identity::create_api_key(&door.vault, &caller, &new).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { api_key: made.api_key.into(), key: made.key })))
}

/// From where a key may be used.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyNetworks {
    /// Addresses and networks such as 192.0.2.0/24, in place of those before; none is everywhere.
    #[schema(max_items = 200)]
    networks: Vec<String>,
}

/// Says from where an API key may be used.
#[utoipa::path(put, path = "/api/v1/api-keys/{id}/networks", tag = "identity", request_body = KeyNetworks,
    params(("id" = Id, Path, description = "The key.")),
    responses((status = 200, description = "The key.", body = ApiKey)))]
pub(crate) async fn change_networks(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ApiKeyId>,
    Sent(sent): Sent<KeyNetworks>,
) -> Answer<Json<ApiKey>> {
    Ok(Json(identity::change_key_networks(&door.vault, &caller, id, &sent.networks).await?.into()))
}

/// Whether an address may come with a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyAddressTested {
    /// The address in its plain form.
    address: String,
    /// Whether programs may come from it at all.
    programs: bool,
    /// Whether it is on the list that was given.
    listed: bool,
    /// Where the asker comes from.
    #[schema(required = true)]
    yours: Option<String>,
}

/// Tests an address against a list for a key, and against the organisation's list for programs.
#[utoipa::path(get, path = "/api/v1/api-keys/networks", tag = "identity", params(AddressTest),
    responses((status = 200, description = "What came of it.", body = KeyAddressTested)))]
pub(crate) async fn test_address(
    State(door): State<Door>,
    Signed(caller): Signed,
    Asks(asked): Asks<AddressTest>,
) -> Answer<Json<KeyAddressTested>> {
    let networks = asked.networks().unwrap_or_default();
    let tested = identity::test_key_address(&door.vault, &caller, asked.address(), &networks).await?;
    Ok(Json(KeyAddressTested {
        address: tested.address.to_string(),
        programs: tested.programs,
        listed: tested.listed.unwrap_or(true),
        yours: tested.yours.map(|address| address.to_string()),
    }))
}

/// Another text for a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRotation {
    /// For how many days the text before is taken too; 0 ends it at once.
    #[serde(default)]
    #[schema(required = false, maximum = 30)]
    overlap_days: u32,
    /// After how many days the key ends; 90, when nothing is said.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 365, nullable = false)]
    expires_in_days: Option<u32>,
    /// It never ends, whatever the days say.
    #[serde(default)]
    #[schema(required = false)]
    never_expires: bool,
}

impl From<KeyRotation> for identity::KeyRotation {
    fn from(sent: KeyRotation) -> Self {
        Self {
            overlap_days: sent.overlap_days,
            expires_in_days: sent.expires_in_days,
            never_expires: sent.never_expires,
        }
    }
}

/// Gives an API key another text, with what it may do as it was.
#[utoipa::path(post, path = "/api/v1/api-keys/{id}/rotate", tag = "identity", request_body = KeyRotation,
    params(("id" = Id, Path, description = "The key.")),
    responses((status = 200, description = "The key, shown this once.", body = CreatedApiKey)))]
pub(crate) async fn rotate(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ApiKeyId>,
    Sent(sent): Sent<KeyRotation>,
) -> Answer<Json<CreatedApiKey>> {
    let made = identity::rotate_api_key(&door.vault, &caller, id, &sent.into()).await?;
    Ok(Json(CreatedApiKey { api_key: made.api_key.into(), key: made.key }))
}

/// Revokes an API key for good.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The key.")),
    responses((status = 204, description = "Revoked.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    At(id): At<ApiKeyId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::revoke_api_key(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all access tokens of an API key.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}/access-tokens", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The key.")),
    responses((status = 204, description = "None of them acts any more.")))]
pub(crate) async fn end_tokens(
    State(door): State<Door>,
    At(id): At<ApiKeyId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::end_access_tokens(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

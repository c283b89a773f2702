//! One identity provider: showing, changing, deleting.

use super::providers::{IdentityProvider, NewIdentityProvider};
use crate::door::Door;
use crate::extract::{At, Sent, Signed};
use crate::problem::Answer;
use crate::reason::{Because, Why};
use crate::versions::{etag, expected, versioned};
use crate::wire::Id;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use soundkeep_app::domain::ProviderId;
use soundkeep_app::identity;

/// Shows an identity provider.
#[utoipa::path(get, path = "/api/v1/identity-providers/{id}", tag = "identity",
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 200, description = "The provider.", body = IdentityProvider),
              (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let view = identity::provider(&door.vault, &caller, id).await?;
    let tag = etag(view.version);
    Ok(versioned(&headers, &tag, IdentityProvider::of(&door, view)))
}

/// Changes an identity provider to what is sent. A client secret that is left out stays as it is.
#[utoipa::path(put, path = "/api/v1/identity-providers/{id}", tag = "identity", request_body = NewIdentityProvider,
    params(("id" = Id, Path, description = "The provider."),
           ("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "As it is now.", body = IdentityProvider)))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    At(id): At<ProviderId>,
    headers: HeaderMap,
    Sent(sent): Sent<NewIdentityProvider>,
) -> Answer<Response> {
    let meant = expected(&headers);
    let version = match meant.single()? {
        Some(version) => version,
        None => meant.required(identity::provider(&door.vault, &caller, id).await?.version)?,
    };
    let view = identity::change_provider(&door.vault, &caller, id, version, sent.read()?).await?;
    let tag = etag(view.version);
    Ok(versioned(&HeaderMap::new(), &tag, IdentityProvider::of(&door, view)))
}

/// Deletes an identity provider. What it gave to people is taken from them; they stay.
#[utoipa::path(delete, path = "/api/v1/identity-providers/{id}", tag = "identity", request_body = Option<Why>,
    params(("id" = Id, Path, description = "The provider.")),
    responses((status = 204, description = "Deleted.")))]
pub(crate) async fn delete(
    State(door): State<Door>,
    At(id): At<ProviderId>,
    Because(caller): Because,
) -> Answer<StatusCode> {
    identity::delete_provider(&door.vault, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! What there is of OAuth 2.0 here, for clients that look it up (RFC 8414).

use crate::door::Door;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::domain::access::Permission;
use utoipa::ToSchema;

/// How a client may say who it is.
const METHODS: &[&str] = &["client_secret_basic", "client_secret_post"];

/// What there is of OAuth 2.0 here.
#[derive(Serialize, ToSchema)]
pub(crate) struct Metadata {
    issuer: String,
    token_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    scopes_supported: Vec<&'static str>,
    /// None: there is no authorization end point.
    response_types_supported: &'static [&'static str],
    grant_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
}

/// Says what there is of OAuth 2.0 here.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "oauth2",
    responses((status = 200, description = "What there is.", body = Metadata)))]
pub(crate) async fn show(State(door): State<Door>) -> Json<Metadata> {
    let origin = &door.config.public_origin;
    Json(Metadata {
        issuer: origin.clone(),
        token_endpoint: format!("{origin}/oauth2/token"),
        revocation_endpoint: format!("{origin}/oauth2/revoke"),
        introspection_endpoint: format!("{origin}/oauth2/introspect"),
        scopes_supported: Permission::available().map(Permission::key).collect(),
        response_types_supported: &[],
        grant_types_supported: &["client_credentials"],
        token_endpoint_auth_methods_supported: METHODS,
        revocation_endpoint_auth_methods_supported: METHODS,
        introspection_endpoint_auth_methods_supported: METHODS,
    })
}

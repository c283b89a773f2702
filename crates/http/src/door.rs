//! The door itself: what all routes share, and the router that is built from the table alone.

use crate::config::Config;
use crate::console;
use crate::guard::{Guarded, guard, refuse};
use crate::limits::Limits;
use crate::measures::Measures;
use crate::problem::Refusal;
use crate::routes::ROUTES;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use soundkeep_app::Vault;
use soundkeep_app::identity::Site;
use std::sync::Arc;

/// What all routes share.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) vault: Vault,
    pub(crate) config: Arc<Config>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) measures: Arc<Measures>,
    /// Where passkeys are asked for.
    pub(crate) site: Site,
}

/// Everything that the door answers: the API, health, metrics and the console.
///
/// Put the peer's address into each request as `ConnectInfo<SocketAddr>`; [`crate::serve`] does.
pub fn router(vault: Vault, config: Config) -> Router {
    let door = Door {
        vault,
        limits: Arc::new(Limits::new(config.rate_limits)),
        measures: Arc::new(Measures::new()),
        site: Site::new(&config.public_origin),
        config: Arc::new(config),
    };
    let mut router = Router::new();
    for (index, route) in ROUTES.iter().enumerate() {
        let (_, _, handler) = (route.mount)();
        let guarded = Guarded { door: door.clone(), route, index };
        let handler = handler.route_layer(from_fn_with_state(guarded, guard));
        #[allow(clippy::disallowed_methods, reason = "the one place where the table becomes a router")]
        {
            router = router.route(route.path, handler);
        }
    }
    router
        .method_not_allowed_fallback(not_allowed)
        .fallback(console::serve)
        // Bodies are limited where they are read: JSON to 1 MiB, uploads by the disk.
        .layer(DefaultBodyLimit::disable())
        .with_state(door)
}

async fn not_allowed(State(door): State<Door>, uri: Uri, headers: HeaderMap) -> Response {
    refuse(&door, uri.path(), &headers, Refusal::MethodNotAllowed).await
}

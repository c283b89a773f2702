//! Metrics for Prometheus.

use crate::door::Door;
use crate::problem::{Answer, Refusal};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

/// Shows the metrics; to loopback alone, unless they are open. Not found for everybody else.
#[utoipa::path(get, path = "/metrics", tag = "system",
    responses((status = 200, description = "Prometheus text.", body = String, content_type = "text/plain")))]
pub(crate) async fn show(State(door): State<Door>, request: Request) -> Answer<Response> {
    // The peer itself, and only when it speaks for nobody: a proxy on this machine is loopback too.
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let forwarded = ["x-forwarded-for", "forwarded", "via"].iter().any(|name| request.headers().contains_key(*name));
    if !door.config.metrics_open && (forwarded || !peer.is_some_and(|peer| peer.is_loopback())) {
        return Err(Refusal::not_found());
    }
    let text = door.measures.text(door.vault.metrics(), &door.config.version);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

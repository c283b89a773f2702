//! Whether the process lives, and whether it can do its work.

use crate::door::Door;
use crate::extract::Asks;
use crate::problem::Answer;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use std::fmt::Write as _;
use utoipa::IntoParams;

/// Says that the process lives.
#[utoipa::path(get, path = "/livez", tag = "system",
    responses((status = 200, description = "It lives.", body = String, content_type = "text/plain")))]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// How much is told.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Verbosity {
    /// Tell of every check; it needs no value.
    #[serde(default)]
    #[param(nullable = false)]
    verbose: Option<String>,
}

/// Says whether the vault can do its work: 503 names what fails.
#[utoipa::path(get, path = "/readyz", tag = "system", params(Verbosity),
    responses((status = 200, description = "It can.", body = String, content_type = "text/plain"),
        (status = 503, description = "What fails.", body = String, content_type = "text/plain")))]
pub(crate) async fn ready(State(door): State<Door>, Asks(verbosity): Asks<Verbosity>) -> Answer<(StatusCode, String)> {
    let checks = door.vault.checks().await;
    let failing = checks.iter().any(|(_, outcome)| outcome.is_err());
    let mut text = String::new();
    for (name, outcome) in &checks {
        // Writing to a string doesn't fail.
        let _ = match outcome {
            Ok(()) if verbosity.verbose.is_some() => writeln!(text, "[+] {name} ok"),
            Ok(()) => Ok(()),
            Err(sentence) => writeln!(text, "[-] {name} failed: {sentence}"),
        };
    }
    text.push_str(if failing { "not ready\n" } else { "ok\n" });
    Ok((if failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, text))
}

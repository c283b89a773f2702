//! The catalogue of what the ledger tells.

use crate::extract::Speaks;
use crate::paging::All;
use crate::problem::Answer;
use crate::words;
use axum::Json;
use serde::Serialize;
use soundkeep_app::domain::audit::EventKind;
use utoipa::ToSchema;

/// A kind of event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerKind)]
pub(crate) struct Kind {
    /// Its stable name.
    kind: &'static str,
    /// What it tells, in a few words.
    sentence: &'static str,
}

/// Lists what the ledger can tell.
#[utoipa::path(get, path = "/api/v1/ledger/kinds", tag = "audit",
    responses((status = 200, description = "All kinds.", body = All<Kind>)))]
pub(crate) async fn list(Speaks(language): Speaks) -> Answer<Json<All<Kind>>> {
    let kind = |kind: &EventKind| Kind { kind: kind.key(), sentence: words::event(language, *kind) };
    Ok(Json(All { items: EventKind::ALL.iter().map(kind).collect() }))
}

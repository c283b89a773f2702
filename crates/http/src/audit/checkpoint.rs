//! The newest signed state of the ledger.

use crate::door::Door;
use crate::extract::Signed;
use crate::problem::{Answer, Refusal};
use crate::wire::Time;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::audit::read;
use soundkeep_app::domain::Timestamp;
use utoipa::ToSchema;

/// A signed state of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checkpoint {
    /// The name of the log.
    origin: String,
    /// How many entries.
    size: i64,
    /// The root of the tree (RFC 9162), in lower-case hex.
    root_hash: String,
    /// The signed note (C2SP).
    signed_note: String,
    #[schema(value_type = Time)]
    at: Timestamp,
    /// What verifies it.
    public_key: String,
}

/// Shows the newest checkpoint. Not found while nothing is numbered yet.
#[utoipa::path(get, path = "/api/v1/ledger/checkpoint", tag = "audit",
    responses((status = 200, description = "The newest checkpoint.", body = Checkpoint)))]
pub(crate) async fn show(State(door): State<Door>, Signed(caller): Signed) -> Answer<Json<Checkpoint>> {
    let newest = read::checkpoint(&door.vault, &caller).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(Checkpoint {
        origin: newest.origin,
        size: newest.size,
        root_hash: newest.root_hash,
        signed_note: newest.signed_note,
        at: newest.at,
        public_key: newest.public_key,
    }))
}

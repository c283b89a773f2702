//! How many conversations a filter finds.

use super::list::filtered_query;
use crate::door::Door;
use crate::extract::{Asks, Signed};
use crate::problem::Answer;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::conversations::list;
use utoipa::ToSchema;

filtered_query! {
    /// Which conversations, and how exactly.
    Counted {
        /// Count all, also beyond 1,000.
        #[serde(default)]
        #[param(default = false, nullable = false)]
        exact: Option<bool>,
    }
}

/// A number of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Count {
    /// The number, or the highest that was counted to.
    count: i64,
    /// Whether it is all.
    exact: bool,
}

/// Counts conversations: exact to 1,000, beyond that on request.
#[utoipa::path(get, path = "/api/v1/conversations/count", tag = "conversations", params(Counted),
    responses((status = 200, description = "How many.", body = Count)))]
pub(crate) async fn count(
    State(door): State<Door>,
    Signed(caller): Signed,
    Asks(query): Asks<Counted>,
) -> Answer<Json<Count>> {
    let count = list::count(&door.vault, &caller, &query.filter()?, query.exact.unwrap_or(false)).await?;
    Ok(Json(Count { count: count.count, exact: count.exact }))
}

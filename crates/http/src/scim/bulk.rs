//! Several operations in one request (RFC 7644, section 3.7).

use super::answer::{self, ScimMessage};
use super::request::{Message, base};
use crate::door::Door;
use crate::extract::{Signed, Speaks};
use crate::problem::{Answer, Refusal};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use soundkeep_app::identity::scim;
use std::sync::Arc;

const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// Carries several operations out, each by itself.
#[utoipa::path(post, path = "/scim/v2/Bulk", tag = "scim",
    request_body(content = ScimMessage, content_type = "application/scim+json"),
    responses((status = 200, description = "What became of each.", body = ScimMessage, content_type = "application/scim+json")))]
pub(crate) async fn bulk(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    Message(body): Message,
) -> Answer<Response> {
    let done = scim::bulk(&door.vault, &caller, &base(&door), &body).await?;
    let told = done.into_iter().map(|mut done| {
        let failed = match std::mem::replace(&mut done.outcome, Ok(None)) {
            Ok(shown) => {
                done.outcome = Ok(shown);
                None
            }
            Err(error) => {
                let refusal = Refusal::App(Arc::new(error));
                refusal.log();
                Some(answer::error(&refusal, language))
            }
        };
        done.told(failed.map(|(status, body)| (status.as_u16(), body)))
    });
    let operations: Vec<Value> = told.collect();
    Ok(answer::message(StatusCode::OK, &json!({"schemas": [RESPONSE], "Operations": operations})))
}

//! A test mail by the mail server in force, and a test of the gateway for text messages.

use crate::door::Door;
use crate::extract::{Signed, Speaks};
use crate::problem::Answer;
use crate::words::Language;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use soundkeep_app::messages::{self, Letterhead};
use utoipa::ToSchema;

/// What came of a test mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailTested {
    /// The address that it went to: the asker's own.
    address: String,
    /// Whether the mail server took it.
    taken: bool,
    /// What the mail server said, or why it couldn't be asked.
    answer: String,
}

/// What messages need of the door.
pub(crate) fn letterhead(door: &Door, language: Language) -> Letterhead {
    Letterhead { origin: door.config.public_origin.clone(), language: language.tag().to_owned() }
}

/// Sends a test mail to whoever asks, by the settings that are saved, and says what the mail server answered.
#[utoipa::path(post, path = "/api/v1/settings/mail/test", tag = "settings",
    responses((status = 200, description = "What came of it.", body = MailTested)))]
pub(crate) async fn test(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
) -> Answer<Json<MailTested>> {
    let tested = messages::test(&door.vault, &caller, &letterhead(&door, language)).await?;
    Ok(Json(MailTested { address: tested.address, taken: tested.taken, answer: tested.answer }))
}

/// What came of a test of the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SmsTested {
    /// The number that it went to: the asker's own.
    number: String,
    /// Whether the gateway took it.
    taken: bool,
    /// What the gateway answered, or why it couldn't be asked.
    answer: String,
}

/// Sends a text message to whoever asks, by the settings that are saved, and says what the gateway answered.
#[utoipa::path(post, path = "/api/v1/settings/sms/test", tag = "settings",
    responses((status = 200, description = "What came of it.", body = SmsTested)))]
pub(crate) async fn test_sms(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
) -> Answer<Json<SmsTested>> {
    let tested = messages::test_text_message(&door.vault, &caller, &letterhead(&door, language)).await?;
    Ok(Json(SmsTested { number: tested.address, taken: tested.taken, answer: tested.answer }))
}

//! The history of settings, and restoring an earlier version.

use super::document::{SettingsAnswer, meant};
use super::wire::SettingChange;
use crate::door::Door;
use crate::extract::{Asks, At, Signed, Speaks};
use crate::paging::{self, List, Paging};
use crate::problem::Answer;
use crate::wire::Time;
use crate::words::Language;
use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use soundkeep_app::domain::Timestamp;
use soundkeep_app::settings;
use utoipa::ToSchema;

/// Who saved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedBy {
    /// `user` or `api_key`.
    #[serde(rename = "type")]
    kind: String,
    id: String,
    /// The name that they have now; null when they are gone.
    #[schema(required = true)]
    name: Option<String>,
}

/// A save of the settings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsSave {
    /// The version that it made.
    version: i64,
    #[schema(value_type = Time)]
    at: Timestamp,
    by: SavedBy,
    /// The version that it restored.
    #[schema(required = true)]
    restored_version: Option<i64>,
    changes: Vec<SettingChange>,
}

impl SettingsSave {
    fn of(entry: settings::Entry, language: Language) -> Self {
        Self {
            version: entry.version,
            at: entry.at,
            by: SavedBy { kind: entry.by.kind, id: entry.by.id, name: entry.by.name },
            restored_version: entry.restored,
            changes: entry.changes.iter().map(|change| SettingChange::kept(change, language)).collect(),
        }
    }
}

/// Lists the saves of the settings, newest first.
#[utoipa::path(get, path = "/api/v1/settings/history", tag = "settings", params(Paging),
    responses((status = 200, description = "A page.", body = List<SettingsSave>)))]
pub(crate) async fn list(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    OriginalUri(uri): OriginalUri,
    Asks(paging): Asks<Paging>,
) -> Answer<Response> {
    let (limit, before) = paging.before::<i64>()?;
    let mut entries = settings::history(&door.vault, &caller, before, limit + 1).await?;
    let next = paging::cut(&mut entries, limit, |entry| entry.version.to_string());
    Ok(paging::page(&uri, entries.into_iter().map(|entry| SettingsSave::of(entry, language)).collect(), next))
}

/// Decides everything as it was decided at a version: 0 is before the first save. A save like any other.
#[utoipa::path(post, path = "/api/v1/settings/history/{version}/restore", tag = "settings",
    params(("version" = i64, Path, description = "The version that comes back."),
        ("If-Match" = String, Header, description = "The version in force that is replaced.")),
    responses((status = 200, description = "The difference, and the settings in force.", body = SettingsAnswer)))]
pub(crate) async fn restore(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    At(restored): At<i64>,
    headers: HeaderMap,
) -> Answer<Response> {
    let version = meant(&headers)?;
    let saved = settings::restore(&door.vault, &caller, version, restored).await?;
    Ok(SettingsAnswer::of(&saved, language))
}

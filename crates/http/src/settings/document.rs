//! The settings as one document: showing it, and changing it all or nothing.

use super::wire::{SettingChange, SettingValue, Settings, changes};
use crate::door::Door;
use crate::extract::{Sent, Signed, Speaks};
use crate::problem::{Answer, Refusal};
use crate::versions::{Expected, etag, expected, represented, versioned};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use soundkeep_app::Error;
use soundkeep_app::domain::conversations::Channel;
use soundkeep_app::domain::settings::Wish;
use soundkeep_app::settings;
use std::collections::BTreeMap;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// Shows all settings: what is known of each, its value in force, and where that comes from.
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings",
    responses((status = 200, description = "The settings.", body = Settings), (status = 304, description = "Not changed.")))]
pub(crate) async fn show(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    headers: HeaderMap,
) -> Answer<Response> {
    let settings = settings::view(&door.vault, &caller).await?;
    represented(&headers, settings.version(), &Settings::of(&settings, language))
}

/// How a wished value is described.
pub(crate) struct SettingWish;
impl PartialSchema for SettingWish {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(Ref::from_schema_name("SettingValue"))
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .description(Some("A value that fits the setting; null takes the decision back."))
            .into()
    }
}
impl ToSchema for SettingWish {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push(("SettingValue".to_owned(), SettingValue::schema()));
    }
}

/// What is decided anew; what isn't there stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsPatch {
    /// New values for the organisation by key; null goes back to the default.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, SettingWish>)]
    organisation: BTreeMap<String, Value>,
    /// New values by channel and key; null goes back to the organisation's.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, BTreeMap<String, SettingWish>>)]
    channels: BTreeMap<String, BTreeMap<String, Value>>,
    /// Only says what it would change.
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

impl SettingsPatch {
    fn wishes(self) -> Answer<Vec<Wish>> {
        let wish = |channel, (key, value): (String, Value)| Wish {
            channel,
            key,
            value: Some(value).filter(|value| !value.is_null()),
        };
        let mut wishes: Vec<Wish> = self.organisation.into_iter().map(|one| wish(None, one)).collect();
        for (word, values) in self.channels {
            let channel = Channel::from_word(&word)
                .ok_or_else(|| Refusal::invalid(&format!("channels.{word}"), "there is no such channel"))?;
            wishes.extend(values.into_iter().map(|one| wish(Some(channel), one)));
        }
        Ok(wishes)
    }
}

/// What a change made, or would make.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SettingsAnswer {
    /// Whether anything was saved.
    saved: bool,
    /// The difference.
    changes: Vec<SettingChange>,
    /// The settings in force.
    settings: Settings,
}

impl SettingsAnswer {
    pub(crate) fn of(saved: &settings::Saved, language: crate::words::Language) -> Response {
        let answer = Self {
            saved: !saved.differences.is_empty(),
            changes: changes(&saved.differences, language),
            settings: Settings::of(&saved.settings, language),
        };
        versioned(&HeaderMap::new(), &etag(saved.settings.version()), answer)
    }
}

/// The version that a change is meant for; none for whichever there is.
pub(crate) fn meant(headers: &HeaderMap) -> Answer<Option<i64>> {
    match expected(headers) {
        Expected::OneOf(versions) => match versions.as_slice() {
            [version] => Ok(Some(*version)),
            _ => Err(Error::Changed.into()),
        },
        Expected::Any => Ok(None),
        Expected::Unsaid => Err(Refusal::PreconditionRequired),
    }
}

/// Changes settings: all of what is sent, or nothing. `dry_run` tells the difference and changes nothing.
#[utoipa::path(patch, path = "/api/v1/settings", tag = "settings", request_body = SettingsPatch,
    params(("If-Match" = String, Header, description = "The version that is changed.")),
    responses((status = 200, description = "The difference, and the settings in force.", body = SettingsAnswer)))]
pub(crate) async fn change(
    State(door): State<Door>,
    Signed(caller): Signed,
    Speaks(language): Speaks,
    headers: HeaderMap,
    Sent(sent): Sent<SettingsPatch>,
) -> Answer<Response> {
    let version = meant(&headers)?;
    let dry_run = sent.dry_run;
    let wishes = sent.wishes()?;
    if !dry_run {
        let saved = settings::change(&door.vault, &caller, version, &wishes).await?;
        return Ok(SettingsAnswer::of(&saved, language));
    }
    let preview = settings::preview(&door.vault, &caller, version, &wishes).await?;
    let answer = SettingsAnswer {
        saved: false,
        changes: changes(&preview.differences, language),
        settings: Settings::of(&settings::view(&door.vault, &caller).await?, language),
    };
    Ok(versioned(&HeaderMap::new(), &etag(preview.version), answer))
}
